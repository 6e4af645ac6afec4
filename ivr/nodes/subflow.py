"""subflow: run another flow of the tenant and go on here when it returns (`finish`)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id
from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk


class Subflow(Node):
    """Variables are shared. A flow that ends the call ends it."""

    title: ClassVar[str] = "Run another flow"
    family: ClassVar[Family] = "program"

    kind: Literal["subflow"] = "subflow"
    flow: Id = Field(json_schema_extra={"x-form": "flow"})
    next: NodeId

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        talk.take("flow.call", f"Run flow {self.flow}", flow=self.flow)
        talk.go_to_flow(self.flow, self.next)

    def edges(self) -> dict[str, str]:
        return {"next": self.next}

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("flow", self.flow),)
