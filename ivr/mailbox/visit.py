"""Somebody listens to a mailbox: which one, may they, and what then.

BOX --an extension--> PIN --right--> OPENING --> MENU --1, 2--> FOLDER (`folder`)   --3--> SETTINGS (`settings`)
 | nobody's             | wrong      | own phone  |  ^----------------------------------------+
 +----------------------+--> three times, locked, no PIN: GOODBYE --played--> OVER    * or nothing more: OVER
"""

from __future__ import annotations

from enum import Enum

from ivr.effects import OpenBox
from ivr.events import BoxOpened, Event, Message, PlayDone
from ivr.mailbox.ask import Ask
from ivr.mailbox.boxes import box_at
from ivr.mailbox.folder import Folder
from ivr.mailbox.settings import Settings
from ivr.spoken import mail
from ivr.talk import Talk

TRIES = 3
BOX_KEYS_MAX = 10
PIN_KEYS_MAX = 12
REFUSED = {
    "locked": "sound:vm-locked",
    "no_pin": "sound:vm-no-pin",
    "unknown": "sound:vm-nobody",
    "failed": "sound:vm-failed",
}
WORDS = {
    "wrong": "that is not its PIN",
    "locked": "it is locked after too many wrong PINs",
    "no_pin": "it has no PIN",
    "unknown": "it is gone",
    "failed": "the history does not answer",
}


class State(Enum):
    """See the figure above."""

    BOX = "box"
    PIN = "pin"
    OPENING = "opening"
    MENU = "menu"
    FOLDER = "folder"
    SETTINGS = "settings"
    GOODBYE = "goodbye"
    OVER = "over"


class Visit:
    """One visit. `mailbox` None: it is asked which."""

    def __init__(self, mailbox: str | None, settings_only: bool = False) -> None:
        self._id, self._settings_only = mailbox or "", settings_only
        self._asks_box = mailbox is None
        self._ask: Ask | None = None
        self._part: Folder | Settings | None = None
        self._messages: list[Message] = []
        self._tries, self._token = 0, ""
        self.state = State.BOX

    @property
    def over(self) -> bool:
        """The visitor is through."""
        return self.state is State.OVER

    def begin(self, talk: Talk) -> None:
        """Find out which box, and whose phone this is."""
        talk.answer()
        if self._asks_box:
            self._question(State.BOX, Ask(("sound:vm-box",), BOX_KEYS_MAX), talk)
        else:
            self._knock(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (State.PIN | State.OPENING, BoxOpened(outcome, messages)):
                talk.hushed = False
                self._opened(outcome, messages, talk)
            case (State.BOX | State.PIN | State.MENU, _) if self._ask is not None:
                self._ask.hear(event, talk)
                if self._ask.answered:
                    self._answered(self._ask.keys, talk)
            case (State.FOLDER | State.SETTINGS, _) if self._part is not None:
                self._part.hear(event, talk)
                self._after_part(talk)
            case (State.GOODBYE, PlayDone(token)) if token == self._token:
                self.state = State.OVER

    # -- the door --------------------------------------------------------------------------------------------------

    def _question(self, state: State, ask: Ask, talk: Talk) -> None:
        self.state, self._ask = state, ask
        ask.begin(talk)

    def _answered(self, keys: str | None, talk: Talk) -> None:
        state, self._ask = self.state, None
        match state:
            case State.BOX:
                box = box_at(talk.view, keys or "")
                if box is not None:
                    self._id = box.id
                    self._knock(talk)
                else:
                    self._wrong(Ask(("sound:vm-nobody", "sound:vm-box"), BOX_KEYS_MAX), talk)
            case State.PIN if keys:
                self.state = State.OPENING
                talk.ask(OpenBox(self._id, keys))
            case State.PIN:
                self._wrong(_pin("sound:vm-pin"), talk)
            case _:
                self._chosen(keys, talk)

    def _knock(self, talk: Talk) -> None:
        mailbox, user = talk.view.mailboxes.get(self._id), talk.view.users.get(talk.caller.user or "")
        if mailbox is None:
            self._refuse("unknown", talk)
        elif user is not None and mailbox.is_of(user) and not (mailbox.pin_always and mailbox.pin):
            talk.take(
                "messages.own", f"{user.name} listens to {mailbox.name} from a phone of their own", mailbox=self._id
            )
            self.state = State.OPENING
            talk.ask(OpenBox(self._id, None))
        elif mailbox.pin is None:
            self._refuse("no_pin", talk)
        else:
            talk.take("messages.pin", f"{mailbox.name} asks for its PIN", mailbox=self._id)
            self._question(State.PIN, _pin("sound:vm-pin"), talk)

    def _wrong(self, again: Ask, talk: Talk) -> None:
        self._tries += 1
        if self._tries < TRIES:
            self._question(self.state, again, talk)
        else:
            self._goodbye(("sound:goodbye",), talk)

    def _refuse(self, outcome: str, talk: Talk) -> None:
        talk.take(f"messages.{outcome}", f"Mailbox {self._id} is not opened: {WORDS[outcome]}", mailbox=self._id)
        self._goodbye((REFUSED[outcome], "sound:goodbye"), talk)

    def _goodbye(self, prompts: tuple[str, ...], talk: Talk) -> None:
        self.state = State.GOODBYE
        self._token = talk.play(prompts, stop_on_key=False)

    def _opened(self, outcome: str, messages: tuple[Message, ...], talk: Talk) -> None:
        if outcome == "wrong":
            talk.take("messages.wrong", f"Mailbox {self._id} is not opened: {WORDS[outcome]}", mailbox=self._id)
            self.state = State.PIN
            self._wrong(_pin("sound:vm-pin-wrong", "sound:vm-pin"), talk)
        elif outcome != "open":
            self._refuse(outcome, talk)
        else:
            self._messages, self._tries = list(messages), 0
            new = sum(one.new for one in messages)
            text = f"Mailbox {self._id}: {new} new, {len(messages) - new} saved"
            talk.take("messages.open", text, mailbox=self._id, new=new, saved=len(messages) - new)
            if self._settings_only:
                self._enter(State.SETTINGS, Settings(self._id), talk)
            else:
                counts = mail.counts(new, len(messages) - new, talk.language)
                self._question(State.MENU, Ask((f"say:{counts}", "sound:vm-menu")), talk)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _chosen(self, key: str | None, talk: Talk) -> None:
        match key:
            case "1" | "2":
                self._enter(State.FOLDER, Folder(self._id, self._messages, key == "1"), talk)
            case "3":
                self._enter(State.SETTINGS, Settings(self._id), talk)
            case "*" | "#":
                self._goodbye(("sound:goodbye",), talk)
            case _:
                self._wrong(Ask(("sound:vm-menu",)), talk)

    def _enter(self, state: State, part: Folder | Settings, talk: Talk) -> None:
        self._tries = 0
        self.state, self._part = state, part
        part.begin(talk)
        self._after_part(talk)

    def _after_part(self, talk: Talk) -> None:
        part = self._part
        if part is None or not part.over:
            return
        self._part = None
        if isinstance(part, Folder):
            self._messages = part.left()
        if self._settings_only:
            self._goodbye(("sound:goodbye",), talk)
        else:
            self._question(State.MENU, Ask((*part.last_words, "sound:vm-menu")), talk)


def _pin(*prompts: str) -> Ask:
    return Ask(prompts, PIN_KEYS_MAX, secret=True)
