"""What the owner of a mailbox sets by telephone: greetings, their name, the PIN.

MENU --1..4--> DRAFTING (`draft`) --kept, or the standard one--> WAITING --changed--> MENU
  |  --5--> PIN --> AGAIN --the same--> WAITING         * or nothing: OVER
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from configdb.pins import KEYS_MAX, is_pin
from ivr.effects import ChangePin, KeepGreeting
from ivr.events import Changed, Event
from ivr.mailbox.ask import Ask
from ivr.mailbox.draft import Draft
from ivr.talk import Talk

Which = Literal["greeting", "greeting_busy", "greeting_temporary", "spoken_name"]
GREETINGS: dict[str, Which] = {"1": "greeting", "2": "greeting_busy", "3": "greeting_temporary", "4": "spoken_name"}
TRIES = 3


class State(Enum):
    """See the figure above."""

    MENU = "menu"
    DRAFTING = "drafting"
    PIN = "pin"
    AGAIN = "again"
    WAITING = "waiting"
    OVER = "over"


class Settings:
    """One visit to the settings of a mailbox."""

    last_words: tuple[str, ...] = ()

    def __init__(self, mailbox: str) -> None:
        self._mailbox = mailbox
        self._ask: Ask | None = None
        self._draft: Draft | None = None
        self._which: Which = "greeting"
        self._pin, self._done, self._silent = "", "", 0
        self.state = State.MENU

    @property
    def over(self) -> bool:
        """Back to where they came from."""
        return self.state is State.OVER

    def begin(self, talk: Talk) -> None:
        """What there is to set."""
        self._question(State.MENU, Ask(("sound:vm-settings",)), talk)

    def _question(self, state: State, ask: Ask, talk: Talk) -> None:
        self.state, self._ask = state, ask
        ask.begin(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (State.WAITING | State.PIN | State.AGAIN, Changed(problem)):
                talk.hushed = False
                self._changed(problem, talk)
            case (State.DRAFTING, _) if self._draft is not None:
                self._draft.hear(event, talk)
                if self._draft.over:
                    self._drafted(self._draft, talk)
            case (State.MENU | State.PIN | State.AGAIN, _) if self._ask is not None:
                self._ask.hear(event, talk)
                if self._ask.answered:
                    self._answered(self._ask.keys, talk)

    def _answered(self, keys: str | None, talk: Talk) -> None:
        match self.state:
            case State.PIN:
                self._pin = keys or ""
                self._question(State.AGAIN, Ask(("sound:vm-new-pin-again",), KEYS_MAX + 1, secret=True), talk)
            case State.AGAIN:
                self._twice(keys or "", talk)
            case _:
                self._chosen(keys, talk)

    def _chosen(self, key: str | None, talk: Talk) -> None:
        self._silent += key is None
        if key in GREETINGS:
            self._which = GREETINGS[key]
            talk.take("messages.record", f"Record the {self._which} of mailbox {self._mailbox}", mailbox=self._mailbox)
            self.state, self._draft = State.DRAFTING, Draft()
            self._draft.begin(talk)
        elif key == "5":
            self._question(State.PIN, Ask(("sound:vm-new-pin",), KEYS_MAX + 1, secret=True), talk)
        elif key == "*" or self._silent >= TRIES:
            self.state = State.OVER
        else:
            self.begin(talk)

    def _drafted(self, draft: Draft, talk: Talk) -> None:
        self._draft = None
        if draft.kept is None and not draft.standard:
            self.begin(talk)
            return
        self.state, self._done = State.WAITING, "sound:vm-kept" if draft.kept else "sound:vm-standard"
        what = "is recorded anew" if draft.kept else "is the standard one again"
        talk.take("messages.greeting", f"The {self._which} of mailbox {self._mailbox} {what}", mailbox=self._mailbox)
        talk.ask(KeepGreeting(self._mailbox, self._which, draft.kept))

    def _twice(self, keys: str, talk: Talk) -> None:
        pin, self._pin = self._pin, ""
        if keys != pin or not is_pin(keys):
            self._question(State.MENU, Ask(("sound:vm-pin-bad", "sound:vm-settings")), talk)
            return
        self.state, self._done = State.WAITING, "sound:vm-pin-changed"
        talk.ask(ChangePin(self._mailbox, keys))

    def _changed(self, problem: str, talk: Talk) -> None:
        said = "sound:vm-failed" if problem else self._done or "sound:vm-pin-changed"
        if problem:
            talk.take("messages.failed", f"It was not done: {problem}", mailbox=self._mailbox, problem=problem)
        else:
            talk.take("messages.changed", "It was done", mailbox=self._mailbox)
        self._question(State.MENU, Ask((said, "sound:vm-settings")), talk)
