"""transfer: the caller goes on to an extension or number that a variable says, or to a target, and leaves the flow."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from configdb.model import Target
from ivr.events import Event
from ivr.nodes.base import Family, Node, NodeId, Template, present
from ivr.reach import Reach
from ivr.talk import Talk


class Transfer(Node):
    """`extension` may hold {variables}; of who is there, people and groups of the tenant are reached, nobody outside.

    Nobody has it: `on_unknown`. What happens then is the rule of who is called.
    """

    title: ClassVar[str] = "Transfer"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["transfer"] = "transfer"
    target: Target | None = None
    extension: Template | None = None
    on_unknown: NodeId | None = None

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Transfer:
        if (self.target is None) == (self.extension is None):
            raise ValueError("a transfer has either a target or an extension")
        return self

    def enter(self, talk: Talk) -> None:
        target = self.target
        if self.extension is not None:
            wanted = talk.filled_plainly(self.extension).strip()
            target = extension_of(wanted, talk)
            if target is None:
                self._unknown(wanted, talk)
                return
        if target is not None:
            talk.take("transfer", f"Transfer to {target.kind} {target.id}", kind=target.kind, id=target.id)
            talk.memory["reach"] = reach = Reach()
            reach.begin(target, None, talk)

    def _unknown(self, wanted: str, talk: Talk) -> None:
        text = f"Nobody has extension {wanted[:32]!r}"
        if self.on_unknown is not None:
            talk.take("transfer.unknown", text)
            talk.go(self.on_unknown)
        else:
            talk.fail("transfer.unknown", text, "not_found")

    def hear(self, event: Event, talk: Talk) -> None:
        if "reach" in talk.memory:
            talk.memory["reach"].hear(event, talk)

    def edges(self) -> dict[str, str]:
        return present(on_unknown=self.on_unknown)

    def cut_off(self) -> tuple[str, ...]:
        return ("on_unknown",) if self.extension is not None and self.on_unknown is None else ()

    def references(self) -> tuple[tuple[str, str], ...]:
        target = self.target
        return () if target is None or target.kind == "number" else ((target.kind, target.id),)


def extension_of(wanted: str, talk: Talk) -> Target | None:
    """Who of the tenant has an extension."""
    found = talk.view.by_extension.get(wanted)
    if found is None:
        return None
    return Target.model_validate({"kind": type(found).__name__.lower(), "id": found.id})
