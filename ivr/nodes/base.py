"""What every node of a flow is: a frozen value with a rule for entering it and one for what happens there."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from configdb.model import Value
from configdb.snapshot import TenantView
from ivr.events import Event
from ivr.talk import Talk

Family = Literal["speak", "ask", "decide", "connect", "program", "end"]


def form(name: str) -> dict[str, str]:
    """What an editor offers for a field, as a part of its schema."""
    return {"x-form": name}


NodeId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", json_schema_extra={"x-form": "node"})]
PromptName = Annotated[
    str,
    Field(
        pattern=r"^(?:(?:prompt|sound|tone):[a-z0-9][a-z0-9_-]{0,62}|say:[^\x00-\x1f]{1,1000})$",
        json_schema_extra={"x-form": "prompt"},
    ),
]
Prompts = Annotated[tuple[PromptName, ...], Field(max_length=20)]
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", json_schema_extra={"x-form": "variable"})]
Template = Annotated[str, Field(max_length=1000, json_schema_extra={"x-form": "template"})]
"""Text in which {variable} stands for what it says (`ivr.spoken.template`)."""


class Node(Value):
    """Base of the kinds.

    waits: the node gives the caller or a person time to act (a loop needs one).
    needs_nobody: it may also run when the caller has hung up.  asks: it wants keys.
    drawn: people may put it into a flow; others are made by the switch.
    hides_keys: what is pressed here is not told.
    begins_again: a caller whom the switch lost here may come to the node again: nothing was begun but what they heard.
    on_hangup: where the flow goes on without the caller who hung up here.
    """

    title: ClassVar[str]
    family: ClassVar[Family] = "program"
    waits: ClassVar[bool] = False
    needs_nobody: ClassVar[bool] = False
    asks: ClassVar[bool] = False
    drawn: ClassVar[bool] = True
    begins_again: ClassVar[bool] = False

    kind: str
    label: str = Field(default="", max_length=120)
    on_hangup: NodeId | None = None

    @property
    def hides_keys(self) -> bool:
        """Whether what is pressed here stays out of the steps."""
        return False

    def asks_now(self, talk: Talk) -> bool:
        """Whether a key that is pressed at this moment is listened to."""
        return self.asks

    def right_keys(self, view: TenantView) -> str:
        """The right answer to a question for something secret."""
        return ""

    @property
    def quiet_s(self) -> float | None:
        """How long the caller hears nothing here at most; None: they hear something."""
        return None

    def enter(self, talk: Talk) -> None:
        """The call comes to this node."""
        raise TypeError(f"{type(self).__name__} has no rule")

    def hear(self, event: Event, talk: Talk) -> None:
        """Something happened while the call is here; what does not matter is ignored."""

    def can_begin_again(self, talk: Talk) -> bool:
        """Whether a call that is here now may."""
        return self.begins_again

    def edges(self) -> dict[str, str]:
        """Where the call may go on, by edge name."""
        return {}

    def ways(self) -> dict[str, str]:
        """The same, and where the flow goes on without the caller."""
        return self.edges() | present(on_hangup=self.on_hangup)

    def examples(self, view: TenantView) -> tuple[str, ...]:
        """Of a node that asks for keys: answers worth trying, right ones and wrong ones."""
        return ()

    def cut_off(self) -> tuple[str, ...]:
        """Edges that are not drawn although the call would be cut off without a word there."""
        return ()

    def prompts_used(self) -> tuple[str, ...]:
        """Names of all prompts a caller may hear here."""
        return ()

    def references(self) -> tuple[tuple[str, str], ...]:
        """Configuration objects it needs, as (kind, id)."""
        return prompts_of(self.prompts_used())


def prompts_of(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The tenant's prompts among them, as references."""
    return tuple(("prompt", name[7:]) for name in names if name.startswith("prompt:"))


def present(**edges: str | None) -> dict[str, str]:
    """The edges that are set."""
    return {name: node for name, node in edges.items() if node is not None}
