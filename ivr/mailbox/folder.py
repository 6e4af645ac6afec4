"""Listening to messages, new ones or saved ones, one after another.

    1 again, 0 who and when, 7 before, # or 9 next      3 deleted, 3 again: restored
    +--------------------------------------------+      2 saved, next
    v                                            |
LISTENING --4--> ASKING whom --> RECORDING --> WAITING for the copy --> LISTENING
    |    --5--> REPLYING (`leave`)   --6--> CALLING        every mark is told to the history at once
    +--> * or no more messages: OVER
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from configdb.model import User
from ivr.effects import Dial, ForwardMessage, MarkMessage, Party, Record
from ivr.events import Changed, DialDone, Digit, Event, Message, PlayDone, RecordDone
from ivr.mailbox.ask import Ask
from ivr.mailbox.boxes import box_at, box_of
from ivr.mailbox.leave import Leave
from ivr.spoken import mail
from ivr.talk import Talk

EXTENSION_KEYS_MAX = 10
INTRODUCTION_S_MAX = 60.0
SILENCE_S = 6.0
RING_S = 30.0
SILENT_MAX = 3


class State(Enum):
    """See the figure above. INTRODUCING: until the tone was heard; MARKING: until a mark is kept."""

    LISTENING = "listening"
    MARKING = "marking"
    ASKING = "asking"
    INTRODUCING = "introducing"
    RECORDING = "recording"
    WAITING = "waiting"
    REPLYING = "replying"
    CALLING = "calling"
    OVER = "over"


class Folder:
    """The new or the saved messages of one mailbox; `left` what there is when it is over."""

    last_words: tuple[str, ...] = ("sound:vm-no-more",)

    def __init__(self, mailbox: str, messages: list[Message], new: bool) -> None:
        self._mailbox, self._new = mailbox, new
        self._others = [one for one in messages if one.new != new]
        self._messages = [one for one in messages if one.new == new]
        self._at = 0
        self._marks: dict[str, str] = {}
        self._unawaited = 0
        self._silent = 0
        self._ask: Ask | None = None
        self._leave: Leave | None = None
        self._to, self._token, self._wanted = "", "", ""
        self.state = State.LISTENING

    @property
    def over(self) -> bool:
        """Back to the menu."""
        return self.state is State.OVER

    def left(self) -> list[Message]:
        """The messages that are in the mailbox now."""
        kept = [one for one in self._messages if self._marks.get(one.id) != "deleted"]
        return self._others + [replace(one, new=False) if one.id in self._marks else one for one in kept]

    def begin(self, talk: Talk) -> None:
        """The first message."""
        self._play(talk)

    # -- listening -------------------------------------------------------------------------------------------------

    def _play(self, talk: Talk, before: tuple[str, ...] = ()) -> None:
        if self._at >= len(self._messages):
            self.state = State.OVER
            return
        message = self._messages[self._at]
        kind = "new" if self._new else "saved"
        text = f"Message {self._at + 1} of {len(self._messages)}, {kind}"
        talk.take("messages.play", text, mailbox=self._mailbox, number=self._at + 1)
        sound = f"message:{message.media}"
        self._listen((*before, f"say:{self._envelope(message, talk)}", sound, "sound:vm-end"), talk)

    def _envelope(self, message: Message, talk: Talk) -> str:
        zone = ZoneInfo(talk.view.tenant.timezone)
        at, now = datetime.fromtimestamp(message.at, UTC).astimezone(zone), talk.now.astimezone(zone)
        of = mail.Envelope(
            self._at + 1, self._new, message.urgent, message.name, message.caller, at, now, message.seconds
        )
        return mail.envelope(of, talk.language)

    def _listen(self, prompts: tuple[str, ...], talk: Talk) -> None:
        self.state, self._ask = State.LISTENING, Ask(prompts)
        self._ask.begin(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (_, Changed()) if self._unawaited:
                self._unawaited -= 1
            case (State.LISTENING | State.ASKING, _) if self._ask is not None:
                if self.state is State.LISTENING and (isinstance(event, Digit) or self._ask.is_played(event)):
                    self._heard(event, talk)
                self._ask.hear(event, talk)
                if self._ask.answered:
                    self._answered(self._ask.keys, talk)
            case (State.MARKING, Changed(problem)):
                self._marked(problem, talk)
            case (State.INTRODUCING, PlayDone(token)) if token == self._token:
                self.state = State.RECORDING
                talk.ask(Record(None, INTRODUCTION_S_MAX, SILENCE_S, draft=True))
            case (State.RECORDING, RecordDone(_, seconds, draft)):
                self._send(draft if seconds >= 1.0 else "", talk)
            case (State.WAITING, Changed(problem)):
                said = "sound:vm-failed" if problem else "sound:vm-forwarded"
                self._listen((said, "sound:vm-end"), talk)
            case (State.REPLYING, _) if self._leave is not None:
                self._leave.hear(event, talk)
                if self._leave.done:
                    self._listen(("sound:vm-end",), talk)
            case (State.CALLING, DialDone(outcome)):
                talk.take("messages.called", f"The call back is over: {outcome}")
                sorry = () if outcome == "answered" else ("sound:unavailable",)
                self._listen((*sorry, "sound:vm-end"), talk)

    def _heard(self, event: Event, talk: Talk) -> None:
        """A message that was played to its end, or stopped with a key, is new no more."""
        message = self._messages[self._at]
        if not message.new or message.id in self._marks:
            return
        if not isinstance(event, Digit) or event.digit not in "237":
            self._marks[message.id] = "heard"
            self._unawaited += 1
            talk.ask(MarkMessage(self._mailbox, message.id, "heard"))

    def _answered(self, keys: str | None, talk: Talk) -> None:
        asking, self._ask = self.state is State.ASKING, None
        if asking:
            self._forward(keys, talk)
            return
        self._silent = self._silent + 1 if keys is None else 0
        match keys:
            case "1":
                self._play(talk)
            case "2" | "3":
                self._mark(keys, talk)
            case "4":
                self.state, self._ask = State.ASKING, Ask(("sound:vm-forward-to",), EXTENSION_KEYS_MAX)
                self._ask.begin(talk)
            case "5":
                self._reply(talk)
            case "6":
                self._call(talk)
            case "7":
                self._at = max(0, self._at - 1)
                self._play(talk)
            case "9" | "#":
                self._next(talk)
            case "0":
                self._listen((f"say:{self._envelope(self._messages[self._at], talk)}", "sound:vm-end"), talk)
            case "*":
                self.last_words, self.state = (), State.OVER
            case None if self._marks.get(self._messages[self._at].id) in ("saved", "deleted"):
                self._next(talk)
            case _ if self._silent < SILENT_MAX:
                self._listen(("sound:vm-end",), talk)
            case _:
                self.last_words, self.state = (), State.OVER

    def _next(self, talk: Talk) -> None:
        self._at += 1
        self._play(talk)

    # -- what is done with a message -------------------------------------------------------------------------------

    def _mark(self, key: str, talk: Talk) -> None:
        message = self._messages[self._at]
        deleted = self._marks.get(message.id) == "deleted"
        self._wanted = "saved" if key == "2" else "restored" if deleted else "deleted"
        self.state = State.MARKING
        talk.take(f"messages.{self._wanted}", f"Message {self._at + 1} is to be {self._wanted}", mailbox=self._mailbox)
        talk.ask(MarkMessage(self._mailbox, message.id, self._wanted))  # type: ignore[arg-type]  # one of its words

    def _marked(self, problem: str, talk: Talk) -> None:
        if problem:
            talk.take("messages.failed", f"It was not done: {problem}", problem=problem)
            self._listen(("sound:vm-failed", "sound:vm-end"), talk)
            return
        self._marks[self._messages[self._at].id] = self._wanted
        if self._wanted == "saved":
            self._at += 1
            if self._at < len(self._messages):
                self._play(talk, ("sound:vm-message-saved",))
            else:
                self.last_words, self.state = ("sound:vm-message-saved", "sound:vm-no-more"), State.OVER
        else:
            self._listen((f"sound:vm-message-{self._wanted}",), talk)

    def _forward(self, keys: str | None, talk: Talk) -> None:
        box = box_at(talk.view, keys or "")
        if box is None:
            self._listen(("sound:vm-nobody", "sound:vm-end"), talk)
            return
        self._to, self.state = box.id, State.INTRODUCING
        self._token = talk.play(("sound:vm-introduction", "tone:beep"), stop_on_key=False)

    def _send(self, draft: str, talk: Talk) -> None:
        self.state = State.WAITING
        with_ = "with an introduction" if draft else "without an introduction"
        talk.take("messages.forward", f"Message {self._at + 1} goes to {self._to} {with_}", mailbox=self._to)
        talk.ask(ForwardMessage(self._mailbox, self._messages[self._at].id, self._to, draft))

    def _reply(self, talk: Talk) -> None:
        sender = talk.view.by_extension.get(self._messages[self._at].caller)
        box = box_of(talk.view, sender) if isinstance(sender, User) else None
        if box is None:
            self._listen(("sound:vm-no-reply", "sound:vm-end"), talk)
            return
        self.state, self._leave = State.REPLYING, Leave(box.id, reply=("sound:vm-reply",))
        self._leave.begin(talk)

    def _call(self, talk: Talk) -> None:
        """Back to who left it; a number outside only from a phone of ours, so that a PIN alone buys nobody calls."""
        number = self._messages[self._at].caller
        sender = talk.view.by_extension.get(number)
        if isinstance(sender, User):
            party = Party("user", sender.id)
        elif number.startswith("+") and talk.caller.user is not None:
            party = Party("number", number)
        else:
            self._listen(("sound:vm-no-call", "sound:vm-end"), talk)
            return
        self.state = State.CALLING
        talk.take("messages.call", f"Call back {party.id}", to=party.id)
        talk.ask(Dial((party,), RING_S))
