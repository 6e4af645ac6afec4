"""finish: this flow is over: back to the flow that ran it, or the end of the call when none did."""

from __future__ import annotations

from typing import ClassVar, Literal

from ivr.nodes.base import Family, Node
from ivr.talk import Talk


class Finish(Node):
    """Has no edges: the flow that ran this one says where it goes on."""

    title: ClassVar[str] = "Return"
    family: ClassVar[Family] = "end"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["finish"] = "finish"

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        talk.take("flow.return", "This flow is over")
        talk.go_back()
