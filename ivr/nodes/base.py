"""What every node of a flow is: a frozen value with a rule for entering it and one for what happens there."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from configdb.model import Value
from ivr.events import Event
from ivr.talk import Talk

NodeId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
PromptName = Annotated[str, Field(pattern=r"^(prompt|sound|tone):[a-z0-9][a-z0-9_-]{0,62}$")]
Prompts = Annotated[tuple[PromptName, ...], Field(max_length=20)]


class Node(Value):
    """Base of the kinds. `waits` says whether the node gives the caller or a person time to act (a loop needs one).

    drawn: people may put it into a flow; others are made by the switch.
    """

    title: ClassVar[str]
    waits: ClassVar[bool] = False
    drawn: ClassVar[bool] = True

    kind: str
    label: str = Field(default="", max_length=120)

    def enter(self, talk: Talk) -> None:
        """The call comes to this node."""
        raise TypeError(f"{type(self).__name__} has no rule")

    def hear(self, event: Event, talk: Talk) -> None:
        """Something happened while the call is here; what does not matter is ignored."""

    def edges(self) -> dict[str, str]:
        """Where the call may go on, by edge name."""
        return {}

    def prompts_used(self) -> tuple[str, ...]:
        """Names of all prompts a caller may hear here."""
        return ()

    def references(self) -> tuple[tuple[str, str], ...]:
        """Configuration objects it needs, as (kind, id)."""
        return tuple(("prompt", name[7:]) for name in self.prompts_used() if name.startswith("prompt:"))


def present(**edges: str | None) -> dict[str, str]:
    """The edges that are set."""
    return {name: node for name, node in edges.items() if node is not None}
