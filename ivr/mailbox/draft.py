"""Recording something of one's own over the telephone, and keeping it only when it is right: greetings, a name, prompts.

RECORDING --recorded--> CHOOSING --1--> OVER: kept    --2--> heard, CHOOSING    --3--> RECORDING
                           | 4: the standard one again (where there is one)  | *, nothing: as it was
"""

from __future__ import annotations

from enum import Enum

from ivr.effects import Record
from ivr.events import Event, PlayDone, RecordDone
from ivr.mailbox.ask import Ask
from ivr.talk import Talk

SECONDS_MAX, SILENCE_S = 120.0, 8.0
TRIES = 3


class State(Enum):
    """See the figure above."""

    SPEAKING = "speaking"
    RECORDING = "recording"
    CHOOSING = "choosing"
    OVER = "over"


class Draft:
    """One recording. When it is OVER, `kept` names it, or `standard` says that there is to be none of one's own."""

    def __init__(self, has_standard: bool = True, prompts: tuple[str, ...] = ("sound:vm-record",)) -> None:
        self._has_standard, self._prompts = has_standard, prompts
        self._token, self._draft, self._tries = "", "", 0
        self._ask: Ask | None = None
        self.state = State.SPEAKING
        self.kept: str | None = None
        self.standard = False

    @property
    def over(self) -> bool:
        """It is decided."""
        return self.state is State.OVER

    def begin(self, talk: Talk) -> None:
        """Say what to do, and the tone."""
        self.state, self._ask = State.SPEAKING, None
        self._token = talk.play((*self._prompts, "tone:beep"), stop_on_key=False)

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (State.SPEAKING, PlayDone(token)) if token == self._token:
                self.state = State.RECORDING
                talk.ask(Record(None, SECONDS_MAX, SILENCE_S, draft=True))
            case (State.RECORDING, RecordDone(_, seconds, draft)):
                self._draft = draft if seconds >= 1.0 else ""
                self._choose(("sound:vm-draft",) if self._draft else ("sound:vm-too-short", "sound:vm-draft"), talk)
            case (State.CHOOSING, _) if self._ask is not None:
                self._ask.hear(event, talk)
                if self._ask.answered:
                    self._chosen(self._ask.keys, talk)

    def _choose(self, prompts: tuple[str, ...], talk: Talk) -> None:
        self.state = State.CHOOSING
        self._ask = Ask(prompts)
        self._ask.begin(talk)

    def _chosen(self, key: str | None, talk: Talk) -> None:
        self._tries += key is None
        match key:
            case "1" if self._draft:
                self.state, self.kept = State.OVER, self._draft
            case "2" if self._draft:
                self._choose((f"draft:{self._draft}", "sound:vm-draft"), talk)
            case "3":
                self.begin(talk)
            case "4" if self._has_standard:
                self.state, self.standard = State.OVER, True
            case "*":
                self.state = State.OVER
            case _ if self._tries < TRIES:
                self._choose(("sound:vm-draft",), talk)
            case _:
                self.state = State.OVER
