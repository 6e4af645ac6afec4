"""Random walks: phones call, hold, transfer, replace, pick up and hang up in any order, and everything adds up at the end.

Every call ends, every leg has one record, no bridge has a leg that is gone, nobody hears two, nothing is left anywhere
(`Stage.over`).
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conftest import NIGHTLY
from tests.softswitch.stage import Dialog, Phone, Stage
from tests.softswitch.test_flows import Play

STEPS = 60
WALKS = 300 if NIGHTLY else 12
TARGETS = ("101", "102", "103", "200", "+12025550123", "12025550177", "999")
PATCHES = {("trunk", "demo-carrier"): {"refer": "inside"}}


class Walk:
    """One walk over a stage."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.random = stage, random.Random(seed)
        self.phones = list(stage.phones.values())

    def step(self) -> None:
        """Anybody does anything that a phone can do now."""
        phone = self.random.choice(self.phones)
        open_dialogs = [dialog for dialog in phone.dialogs if not dialog.over]
        if len(open_dialogs) < 1 or self.random.random() < 0.3:
            self.begin(phone)
        else:
            self.go_on(phone, self.random.choice(open_dialogs))
        self.stage.turn(self.random.choice((0.02, 0.1, 0.1, 0.1, 0.6, 3.0, 20.0)))
        self.look()

    def look(self) -> None:
        """What must always hold."""
        sounds = self.stage.sounds
        assert [] == sounds.wrong
        assert all(sounds.partner[other] == leg for leg, other in sounds.partner.items())
        assert set(sounds.partner) <= sounds.open_legs
        assert [] == self.stage.switch.troubles

    def begin(self, phone: Phone) -> None:
        """A new call, perhaps for somebody's place."""
        target = "+12025550124" if phone.name == "sam" else self.random.choice(TARGETS)
        others = [(other, dialog) for other in self.phones for dialog in other.dialogs if dialog.tags[1]]
        if others and self.random.random() < 0.4:
            holder, dialog = self.random.choice(others)
            value = holder.replacing(dialog, self.random.random() < 0.2, self.random.random() < 0.3)
            phone.call(target, ("Replaces", value))
        else:
            phone.call(target)

    def go_on(self, phone: Phone, dialog: Dialog) -> None:
        """Something in a call."""
        if not dialog.up:
            return self.wait(phone, dialog)
        match self.random.randrange(9):
            case 0:
                phone.hangs_up(dialog)
            case 1 | 8:
                phone.holds(dialog, self.random.choice(("sendonly", "inactive", "sendrecv")))
            case 2 | 3:
                phone.refers(dialog, f"<sip:{self.random.choice(TARGETS)}@127.0.0.1>")
            case 4:
                phone.refers_beside(dialog, f"<sip:{self.random.choice(TARGETS)}@127.0.0.1>")
            case 5 | 6:
                mine = [one for one in phone.dialogs if one.up and not one.over and one is not dialog] or phone.dialogs
                phone.refers(dialog, Play.replacing(phone, self.random.choice(mine)))
            case _:
                self.order()
        return None

    def wait(self, phone: Phone, dialog: Dialog) -> None:
        """Something before the answer."""
        match self.random.randrange(6):
            case 0 if dialog.ours:
                phone.hangs_up(dialog)
            case _ if dialog.ours:
                pass
            case 0:
                phone.rejects(dialog, self.random.choice((486, 603, 480)))
            case 1:
                phone.rings(dialog)
            case _:
                phone.answers(dialog)

    def order(self) -> None:
        """The control socket sends some call elsewhere."""
        lives = list(self.stage.switch.service._board.calls.values())
        if lives:
            keep = self.random.choice((None, "caller", "callee"))
            self.stage.switch.service._transfers.order(
                self.random.choice(lives), self.random.choice(TARGETS), keep, None
            )


@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_phones_do_everything_ends_and_adds_up(seed: int, tmp_path: Path) -> None:
    stage = Stage(tmp_path, PATCHES)
    try:
        walk = Walk(stage, seed)
        for _ in range(STEPS):
            walk.step()
        assert [] == stage.over()
    finally:
        stage.close()
