"""language: from here the caller hears another language."""

from __future__ import annotations

from typing import ClassVar, Literal

from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk

Spoken = Literal["en", "ru", "es"]


class Language(Node):
    """System sounds and spoken text follow it, and a prompt X where a prompt X-<language> exists."""

    title: ClassVar[str] = "Language"
    family: ClassVar[Family] = "speak"

    kind: Literal["language"] = "language"
    language: Spoken
    next: NodeId

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        talk.take("language", f"Speak {self.language}", language=self.language)
        talk.language = self.language
        talk.go(self.next)

    def edges(self) -> dict[str, str]:
        return {"next": self.next}
