"""desk: somebody logs in at the phone that calls, with the PIN of their mailbox, or out; the phone is theirs until then.

enter --user--> PIN --right--> CHANGING --done--> told, and hung up
  |               | wrong, up to TRIES; locked, none: told, and hung up
  +--nobody: out--+-----------> CHANGING
"""

from __future__ import annotations

from typing import ClassVar, Literal

from configdb.model import Id
from ivr.effects import ChangeDesk, OpenBox
from ivr.events import BoxOpened, Changed, Event, PlayDone
from ivr.mailbox.ask import Ask
from ivr.mailbox.visit import PIN_KEYS_MAX, REFUSED
from ivr.nodes.base import Node
from ivr.talk import Talk

TRIES = 3


class Desk(Node):
    """`user` logs in at the `device`; None: it is its owner's again. Made by the switch alone."""

    title: ClassVar[str] = "Log in at a phone"
    drawn: ClassVar[bool] = False
    waits: ClassVar[bool] = True

    kind: Literal["desk"] = "desk"
    device: Id
    user: Id | None = None

    @property
    def hides_keys(self) -> bool:
        return True

    def enter(self, talk: Talk) -> None:
        talk.answer()
        user = talk.view.users.get(self.user or "")
        if user is None:
            self._change(talk)
            return
        box = talk.view.mailboxes.get(user.mailbox or "")
        if box is None or box.pin is None:
            self._refuse("no_pin", talk)
            return
        talk.take("desk.pin", f"{user.name} is asked for the PIN of their mailbox", user=user.id)
        talk.memory["box"], talk.memory["tries"] = box.id, 0
        self._question(("sound:vm-pin",), talk)

    def _question(self, prompts: tuple[str, ...], talk: Talk) -> None:
        talk.memory["ask"] = question = Ask(prompts, PIN_KEYS_MAX, secret=True)
        question.begin(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        question = talk.memory.get("ask")
        match event:
            case BoxOpened("open", _):
                self._change(talk)
            case BoxOpened("wrong", _) if (tried := talk.memory["tries"] + 1) < TRIES:
                talk.memory["tries"] = tried
                self._question(("sound:vm-pin-wrong", "sound:vm-pin"), talk)
            case BoxOpened(outcome, _):
                self._refuse(outcome, talk)
            case Changed(problem):
                self._changed(problem, talk)
            case PlayDone(token) if token == talk.memory.get("bye"):
                talk.hang_up()
            case _ if question is not None:
                question.hear(event, talk)
                if question.answered:
                    self._typed(question.keys, talk)

    def _typed(self, keys: str | None, talk: Talk) -> None:
        talk.memory["ask"] = None
        if keys:
            talk.ask(OpenBox(talk.memory["box"], keys))
        else:
            self._refuse("wrong", talk)

    def _change(self, talk: Talk) -> None:
        talk.ask(ChangeDesk(self.device, self.user))

    def _changed(self, problem: str, talk: Talk) -> None:
        if problem:
            talk.take("desk.failed", f"{self.device} could not be changed: {problem}", problem=problem)
            self._bye("sound:call-failed", talk)
            return
        who = f"is that of {self.user} now" if self.user is not None else "is its owner's again"
        talk.take("desk.changed", f"{self.device} {who}", device=self.device, user=self.user)
        self._bye("sound:setting-saved", talk)

    def _refuse(self, outcome: str, talk: Talk) -> None:
        talk.take("desk.refused", f"Nobody is logged in: {outcome}")
        self._bye(REFUSED.get(outcome, "sound:goodbye"), talk)

    def _bye(self, sound: str, talk: Talk) -> None:
        talk.memory["bye"] = talk.play((sound,), stop_on_key=False)
