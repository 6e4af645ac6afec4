"""Leaving a message: greeting, tone, message, confirmation.

GREETING --played--> TONE --played--> RECORDING --recorded--> CONFIRMING --played--> DONE
   | a key skips                          | the caller hangs up: what was said is kept
"""

from __future__ import annotations

from enum import Enum

from ivr.effects import Record
from ivr.events import Event, PlayDone, RecordDone
from ivr.talk import Talk

MESSAGE_S_MIN = 1.0
SILENCE_S = 6.0


class State(Enum):
    """Where the caller is; see the figure above."""

    GREETING = "greeting"
    TONE = "tone"
    RECORDING = "recording"
    CONFIRMING = "confirming"
    DONE = "done"


class Leave:
    """One caller at one mailbox."""

    def __init__(self, mailbox: str) -> None:
        self._mailbox = mailbox
        self._token = ""
        self.state = State.GREETING

    @property
    def done(self) -> bool:
        """The caller is through."""
        return self.state is State.DONE

    def begin(self, talk: Talk) -> None:
        """Play the greeting; a mailbox that is gone is not entered."""
        mailbox = talk.view.mailboxes.get(self._mailbox)
        if mailbox is None:
            talk.take("mailbox.unknown", f"There is no mailbox {self._mailbox}", mailbox=self._mailbox)
            self.state = State.DONE
            return
        owner = talk.view.users.get(mailbox.user or "")
        status = owner.now if owner is not None else None
        own = mailbox.greeting if status is None else status.greeting or mailbox.greeting
        while_ = f", greeting while {status.name}" if status is not None and status.greeting else ""
        talk.take("mailbox.greeting", f"Voicemail of {mailbox.name}{while_}", mailbox=mailbox.id)
        self._token = talk.play((f"prompt:{own}" if own else "sound:vm-intro",))

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (State.GREETING, PlayDone(token)) if token == self._token:
                self.state = State.TONE
                self._token = talk.play(("tone:beep",), stop_on_key=False)
            case (State.TONE, PlayDone(token)) if token == self._token:
                self._record(talk)
            case (State.RECORDING, RecordDone(_, seconds)):
                self.state = State.CONFIRMING
                kept = seconds >= MESSAGE_S_MIN
                self._token = talk.play(("sound:vm-saved" if kept else "sound:vm-too-short",))
            case (State.CONFIRMING, PlayDone(token)) if token == self._token:
                self.state = State.DONE

    def _record(self, talk: Talk) -> None:
        mailbox = talk.view.mailboxes[self._mailbox]
        self.state = State.RECORDING
        talk.take("mailbox.record", f"Record a message, at most {mailbox.message_s_max} s", mailbox=mailbox.id)
        talk.ask(Record(mailbox.id, float(mailbox.message_s_max), SILENCE_S))
