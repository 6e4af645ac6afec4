"""directory: find somebody by name: the caller keys the first letters, hears who fits, and chooses.

ASKING --letters, #--> nobody fits: again, after `tries` on_nobody
                       some fit --> OFFERING: "for Ann Baker press 1", up to 8 --key--> the person is called
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Target, User
from configdb.snapshot import TenantView
from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.nodes.base import Family, Node, NodeId, Prompts, present
from ivr.reach import Reach
from ivr.spoken.words import FOR_PRESS
from ivr.talk import Talk

TIMER = "directory"
OFFERED_MAX = 8
LETTERS = {
    "2": "abcабвг",
    "3": "defдежз",
    "4": "ghiийкл",
    "5": "jklмноп",
    "6": "mnoрсту",
    "7": "pqrsфхцч",
    "8": "tuvшщъы",
    "9": "wxyzьэюя",
}
KEY_OF = {letter: key for key, letters in LETTERS.items() for letter in letters}


class Directory(Node):
    """`by` says whether first or last names are keyed."""

    title: ClassVar[str] = "Directory by name"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    kind: Literal["directory"] = "directory"
    prompts: Prompts = ("sound:directory",)
    by: Literal["first", "last", "both"] = "both"
    letters: int = Field(default=3, ge=1, le=8)
    timeout_s: float = Field(default=5.0, ge=1.0, le=60.0)
    tries: int = Field(default=3, ge=1, le=9)
    on_nobody: NodeId | None = None
    on_no_answer: NodeId | None = None
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        talk.take("directory", "Ask for the first letters of a name")
        talk.memory |= {"tries": 0}
        self._ask(talk, ())

    def _ask(self, talk: Talk, before: tuple[str, ...]) -> None:
        talk.memory |= {"keys": "", "found": ()}
        talk.memory["token"] = talk.play((*before, *self.prompts))

    def hear(self, event: Event, talk: Talk) -> None:
        if "reach" in talk.memory:
            talk.memory["reach"].hear(event, talk)
            return
        match event:
            case PlayDone(token) if token == talk.memory["token"]:
                talk.start_timer(TIMER, self.timeout_s)
            case TimerFired(name) if name == TIMER:
                self._waited(talk)
            case Digit(digit):
                talk.cancel_timer(TIMER)
                talk.stop_play()
                if talk.memory["found"]:
                    self._choose(digit, talk)
                else:
                    self._letter(digit, talk)

    def _waited(self, talk: Talk) -> None:
        if talk.memory["keys"] and not talk.memory["found"]:
            self._search(talk)
        else:
            self._nobody(talk, "No answer")

    def _letter(self, digit: str, talk: Talk) -> None:
        if digit != "#":
            talk.memory["keys"] += digit
        if digit == "#" or len(talk.memory["keys"]) >= self.letters:
            self._search(talk)
        else:
            talk.start_timer(TIMER, self.timeout_s)

    def _search(self, talk: Talk) -> None:
        keys = talk.memory["keys"]
        people = sorted(talk.view.users.values(), key=lambda user: (user.name, user.id))
        found = tuple(user for user in people if keys and self._fits(user, keys))[:OFFERED_MAX]
        if not found:
            self._nobody(talk, f"Nobody's name begins with {keys or 'nothing'}")
            return
        talk.memory["found"] = found
        talk.take("directory.found", f"{keys}: {', '.join(user.name for user in found)}")
        offer = FOR_PRESS.get(talk.language, FOR_PRESS["en"])
        talk.memory["token"] = talk.play(
            tuple("say:" + offer.format(name=plain(user.name), key=key) for key, user in enumerate(found, start=1))
        )

    def _fits(self, user: User, keys: str) -> bool:
        names = user.name.lower().split()
        tried = {"first": names[:1], "last": names[-1:], "both": names}[self.by]
        return any("".join(KEY_OF.get(letter, "") for letter in name).startswith(keys) for name in tried)

    def _choose(self, digit: str, talk: Talk) -> None:
        found = talk.memory["found"]
        if not (digit.isdigit() and 1 <= int(digit) <= len(found)):
            self._nobody(talk, f"Key {digit} is nobody's")
            return
        user = found[int(digit) - 1]
        talk.take("directory.chosen", f"Key {digit}: {user.name}", user=user.id)
        talk.memory["reach"] = reach = Reach(self.on_no_answer, None, self.next)
        reach.begin(Target(kind="user", id=user.id), None, talk)

    def _nobody(self, talk: Talk, why: str) -> None:
        talk.memory["tries"] += 1
        tried = talk.memory["tries"]
        talk.take("directory.nobody", f"{why} (try {tried} of {self.tries})", tried=tried)
        if tried < self.tries:
            self._ask(talk, ("sound:option-invalid",))
        elif self.on_nobody is not None:
            talk.go(self.on_nobody)
        else:
            talk.fail("directory.given_up", "Nobody was chosen after the last try", "normal")

    def examples(self, view: TenantView) -> tuple[str, ...]:
        names = sorted(user.name for user in view.users.values())[:1]
        keys = "".join(KEY_OF.get(letter, "") for name in names for letter in name.lower())[: self.letters]
        return (f"{keys}{'#' if len(keys) < self.letters else ''}1",) if keys else ()

    def edges(self) -> dict[str, str]:
        return present(on_nobody=self.on_nobody, on_no_answer=self.on_no_answer, next=self.next)

    def cut_off(self) -> tuple[str, ...]:
        return ("on_nobody",) if self.on_nobody is None else ()

    def prompts_used(self) -> tuple[str, ...]:
        return (*self.prompts, "sound:option-invalid")


def plain(name: str) -> str:
    """A name without what a template would take for a variable."""
    return name.replace("{", "(").replace("}", ")")
