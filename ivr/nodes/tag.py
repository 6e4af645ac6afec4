"""tag: mark the call with a word that reports and people can look for."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.nodes.base import Family, Node, NodeId, Template, present
from ivr.talk import Talk


class Tag(Node):
    """The tags are among the steps of the call."""

    title: ClassVar[str] = "Tag the call"
    family: ClassVar[Family] = "program"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["tag"] = "tag"
    tag: Template = Field(min_length=1)
    next: NodeId | None = None

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        tag = talk.filled_plainly(self.tag)[:80]
        talk.take("tag", f"Tagged {tag!r}", tag=tag)
        talk.go_or_end(self.next)

    def edges(self) -> dict[str, str]:
        return present(next=self.next)
