"""record: record what the caller says into the call, for example their consent or the reason of the call."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.effects import Record as RecordVoice
from ivr.events import Event, PlayDone, RecordDone
from ivr.nodes.base import Family, Node, NodeId, Prompts, present
from ivr.talk import Talk


class Record(Node):
    """Prompts, a tone, the recording: it ends with #, after `silence_s` or at `seconds_max`. Nothing said: `on_nothing`."""

    title: ClassVar[str] = "Record"
    family: ClassVar[Family] = "ask"
    waits: ClassVar[bool] = True

    kind: Literal["record"] = "record"
    prompts: Prompts = ()
    seconds_max: int = Field(default=60, ge=1, le=1800)
    silence_s: float = Field(default=4.0, ge=1.0, le=30.0)
    next: NodeId | None = None
    on_nothing: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        talk.take("record", f"Record the caller, at most {self.seconds_max} s")
        talk.memory["token"] = talk.play((*self.prompts, "tone:beep"))

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case PlayDone(token) if token == talk.memory["token"]:
                talk.ask(RecordVoice(None, float(self.seconds_max), self.silence_s))
            case RecordDone(_, seconds) if seconds >= 1.0:
                talk.learn({"recorded_s": f"{seconds:.0f}"})
                talk.take("recording.done", f"{seconds:.0f} s were recorded", seconds=round(seconds, 2))
                talk.go_or_end(self.next)
            case RecordDone():
                talk.take("recording.nothing", "Nothing was said")
                talk.go_or_end(self.on_nothing or self.next)

    def edges(self) -> dict[str, str]:
        return present(next=self.next, on_nothing=self.on_nothing)

    def prompts_used(self) -> tuple[str, ...]:
        return (*self.prompts, "tone:beep")
