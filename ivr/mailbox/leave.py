"""Leaving a message: greeting, tone, message, and what to do with it.

GREETING --played--> TONE --played--> RECORDING --#--> REVIEWING --1--> heard again    --2--> TONE
   |  | a key skips                       | silence, limit |  --3--> urgent    nothing more: CONFIRMING
   |  | the box is full: CONFIRMING       +----------------+--> CONFIRMING --played--> DONE
   |  * --> VISITING: its owner, with a PIN (`visit`)
the caller hangs up: what was said is kept
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from configdb.model import Mailbox
from ivr.effects import AskRoom, Record, Settle
from ivr.events import BoxTold, Digit, Event, PlayDone, RecordDone
from ivr.mailbox.ask import Ask
from ivr.talk import Talk

if TYPE_CHECKING:
    from ivr.mailbox.visit import Visit

MESSAGE_S_MIN = 1.0
SILENCE_S = 6.0
OWNER_KEY = "*"


class State(Enum):
    """Where the caller is; see the figure above."""

    GREETING = "greeting"
    TONE = "tone"
    RECORDING = "recording"
    REVIEWING = "reviewing"
    CONFIRMING = "confirming"
    VISITING = "visiting"
    DONE = "done"


class Leave:
    """One caller at one mailbox. `because`: why nobody took the call; `reply`: it is one to a message, with these prompts.

    greeting: instead of those of the box.
    """

    def __init__(
        self, mailbox: str, because: str = "", reply: tuple[str, ...] = (), greeting: tuple[str, ...] = ()
    ) -> None:
        self._mailbox, self._because, self._reply, self._instead = mailbox, because, reply, greeting
        self._token, self._draft = "", ""
        self._ask: Ask | None = None
        self._visit: Visit | None = None
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
        if self._reply:
            talk.take("mailbox.reply", f"A reply to {mailbox.name}", mailbox=mailbox.id)
            self._token = talk.play(self._reply)
        else:
            prompts, while_ = self._greeting(mailbox, talk)
            talk.take("mailbox.greeting", f"Voicemail of {mailbox.name}{while_}", mailbox=mailbox.id)
            self._token = talk.play(prompts)
        talk.ask(AskRoom(mailbox.id))

    def _greeting(self, mailbox: Mailbox, talk: Talk) -> tuple[tuple[str, ...], str]:
        """What is heard, and in words why that."""
        if self._instead:
            return self._instead, ", another greeting"
        owner = talk.view.users.get(mailbox.user or "")
        status = owner.now if owner is not None else None
        if mailbox.greeting_temporary is not None:
            return (f"prompt:{mailbox.greeting_temporary}",), ", temporary greeting"
        if status is not None and status.greeting is not None:
            return (f"prompt:{status.greeting}",), f", greeting while {status.name}"
        if mailbox.greeting_busy is not None and self._because in ("busy", "declined"):
            return (f"prompt:{mailbox.greeting_busy}",), ", greeting while busy"
        if mailbox.greeting is not None:
            return (f"prompt:{mailbox.greeting}",), ""
        if mailbox.spoken_name is not None:
            return (f"prompt:{mailbox.spoken_name}", "sound:vm-intro-named"), ""
        return ("sound:vm-intro",), ""

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (State.VISITING, _) if self._visit is not None:
                self._visit.hear(event, talk)
                self._after_visit()
            case (State.GREETING | State.TONE, Digit(key)) if key == OWNER_KEY and not self._reply:
                self._let_in(talk)
            case (State.GREETING | State.TONE, BoxTold(True)):
                talk.take("mailbox.full", f"Mailbox {self._mailbox} is full", mailbox=self._mailbox)
                self._confirm("sound:vm-full", talk)
            case (State.GREETING, PlayDone(token)) if token == self._token:
                self._tone(talk)
            case (State.TONE, PlayDone(token)) if token == self._token:
                self._record(talk)
            case (State.RECORDING, RecordDone(reason, seconds, draft)):
                self._draft = draft
                self._recorded(reason, seconds, talk)
            case (State.REVIEWING, _) if self._ask is not None:
                self._ask.hear(event, talk)
                if self._ask.answered:
                    self._decided(self._ask.keys, talk)
            case (State.CONFIRMING, PlayDone(token)) if token == self._token:
                self.state = State.DONE

    def _let_in(self, talk: Talk) -> None:
        from ivr.mailbox.visit import Visit  # a visit may leave replies

        self.state, self._visit = State.VISITING, Visit(self._mailbox)
        talk.stop_play()
        self._visit.begin(talk)
        self._after_visit()

    def _after_visit(self) -> None:
        if self._visit is not None and self._visit.over:
            self.state = State.DONE

    def _tone(self, talk: Talk) -> None:
        self.state = State.TONE
        self._token = talk.play(("tone:beep",), stop_on_key=False)

    def _record(self, talk: Talk) -> None:
        mailbox = talk.view.mailboxes[self._mailbox]
        self.state = State.RECORDING
        talk.take("mailbox.record", f"Record a message, at most {mailbox.message_s_max} s", mailbox=mailbox.id)
        talk.ask(Record(mailbox.id, float(mailbox.message_s_max), SILENCE_S))

    def _recorded(self, reason: str, seconds: float, talk: Talk) -> None:
        if seconds < MESSAGE_S_MIN:
            self._confirm("sound:vm-too-short", talk)
        elif reason == "key" and talk.view.mailboxes[self._mailbox].review:
            self._review(("sound:vm-saved", "sound:vm-review"), talk)
        else:
            talk.ask(Settle(keep=True))
            self._confirm("sound:vm-replied" if self._reply else "sound:vm-saved", talk)

    def _review(self, prompts: tuple[str, ...], talk: Talk) -> None:
        self.state, self._ask = State.REVIEWING, Ask(prompts)
        self._ask.begin(talk)

    def _decided(self, key: str | None, talk: Talk) -> None:
        match key:
            case "1":
                self._review((f"draft:{self._draft}", "sound:vm-review"), talk)
            case "2":
                talk.take("mailbox.again", "The caller records the message again")
                talk.ask(Settle(keep=False))
                self._tone(talk)
            case "3":
                talk.take("mailbox.urgent", "The caller marks the message as urgent")
                talk.ask(Settle(keep=True, urgent=True))
                self._confirm("sound:vm-urgent", talk)
            case _:
                talk.ask(Settle(keep=True))
                self.state = State.DONE

    def _confirm(self, prompt: str, talk: Talk) -> None:
        self.state = State.CONFIRMING
        self._token = talk.play((prompt,), stop_on_key=False)
