"""Random walks: phones call, hold, transfer, replace, pick up, park, listen, join, wait, work at a queue, dial and press feature
codes and hang up in any order, while programs do what they like with the calls, answering machines and faxes are heard, and
the switch is killed now and then; and everything adds up at the end.

Every call ends, every leg has one record, no bridge or room has a leg that is gone, nobody hears two unless somebody asked
for that, nothing is left anywhere (`Stage.over`).
"""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from media.plane.events import Fax, Speaking
from softswitch.control.messages import ControlError
from tests.conftest import NIGHTLY
from tests.softswitch.scripted_phone import Dialog, Phone
from tests.softswitch.stage import Stage
from tests.softswitch.test_flows import Play

STEPS = 60
WALKS = 300 if NIGHTLY else 12
PLACES = ("101", "102", "103", "200", "+12025550123", "12025550177", "999")
CODES = (
    "*68",
    "*6801",
    "*6901",
    "*6902",
    "**102",
    "**200",
    "*8",
    "*80103",
    "*81101",
    "*82102",
    "*83103",
    "*78",
    "*72102",
)
ROOMS = ("*301", "*301", "*302", "*80200", "*80200", "*66102", "*66103")
QUEUES = ("300", "300", "*84", "*84", "*85", "*86", "*87")
TARGETS = (*PLACES, *PLACES, *CODES, *ROOMS, *QUEUES)
KEYS = ("*2103#", "*2", "*2*", "*5", "*3", "1", "2", "4", "5", "6", "*", "#", "*2999#")
MOBILE = {"kind": "number", "id": "+12025550177"}
PATCHES: dict[tuple[str, str], dict[str, Any]] = {
    ("trunk", "demo-carrier"): {"refer": "inside"},
    ("tenant", "riverside"): {"park_s": 15},
    ("user", "ann"): {"role": "owner", "follow_me": [{"kind": "user", "id": "ben"}, MOBILE]},
    ("user", "ben"): {"role": "manager", "call_waiting": False, "on_busy": {"kind": "user", "id": "carla"}},
    ("user", "carla"): {"role": "owner", "screen": "everywhere", "blocked": ["+1202*"], "vips": ["101"]},
    ("room", "team"): {"name": "Team", "number": "1", "leaders": ["ann"], "waits": True},
    ("room", "all"): {"name": "All", "number": "2", "members_max": 2},
    ("group", "front-desk"): {"members": ["ann", "ben", "carla"]},
    ("number", "+12025550124"): {"fax": {"kind": "user", "id": "carla"}},
    ("queue", "sales"): {
        "name": "Sales",
        "extension": "300",
        "agents": [{"user": "ann"}, {"user": "ben"}],
        "empty": "wait",
        "callback_on_hangup": True,
        "no_answer": {"kind": "mailbox", "id": "front-desk"},
    },
}
VERBS: tuple[dict[str, Any], ...] = (
    {"op": "hold", "side": "callee"},
    {"op": "resume", "side": "callee"},
    {"op": "mute"},
    {"op": "unmute"},
    {"op": "park"},
    {"op": "answer"},
    {"op": "hangup"},
    {"op": "play", "prompts": ["sound:vm-intro"], "side": "callee"},
    {"op": "stop", "side": "callee"},
    {"op": "record", "mode": "stop"},
    {"op": "record", "mode": "start"},
    {"op": "bridge"},
)


class Walk:
    """One walk over a stage."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.random = stage, random.Random(seed)
        self.phones = list(stage.phones.values())

    def step(self) -> None:
        """Anybody does anything that a phone can do now."""
        phone = self.random.choice(self.phones)
        open_dialogs = [dialog for dialog in phone.dialogs if not dialog.over]
        if self.random.random() < 0.1:
            self.hear()
        elif self.random.random() < 0.05:
            self.click()
        elif len(open_dialogs) < 1 or self.random.random() < 0.3:
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
        assert set(sounds.partner) | set(sounds.seats) <= sounds.open_legs
        assert not set(sounds.partner) & set(sounds.seats)
        for live in self.stage.switch.service._board.calls.values():
            codes = {step["code"] for step in live.call.desk.ledger.steps}
            asked_for = live.call._stage.table.guests or "conference.enter" in codes
            assert asked_for or all(len(sounds.heard_by(leg)) < 2 for leg in live.call.desk.legs)
        assert [] == self.stage.switch.troubles

    def legs(self) -> list[str]:
        """Those that the media plane has, oldest first: their names are drawn by lot."""
        return [leg for leg in self.stage.sounds.ports.values() if leg in self.stage.sounds.open_legs]

    def hear(self) -> None:
        """The media plane hears a voice, or a fax machine, at some leg."""
        legs = self.legs()
        if legs:
            leg, tone = self.random.choice(legs), self.random.choice(("cng", "ced"))
            event = self.random.choice((Speaking(leg, True), Speaking(leg, False), Fax(leg, tone)))  # type: ignore[arg-type]  # one of its words
            self.stage.switch.service._board.media_event(event)

    def click(self) -> None:
        """A program calls for somebody."""
        who, machines = self.random.choice(("ann", "ben", "carla")), self.random.choice(("connect", "skip", "wait"))
        request = {"op": "originate", "tenant": "riverside", "from": who, "to": self.random.choice(TARGETS)}
        with suppress(ControlError):
            self.stage.switch.service._operations["originate"]({**request, "machines": machines})

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
        match self.random.randrange(14):
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
            case 7:
                self.order()
            case 9 | 10 | 11:
                leg = self.stage.sounds.ports.get(dialog.port or 0, "")
                for key in self.random.choice(KEYS):
                    self.stage.switch.hears(leg, key)
            case _:
                self.verb()
        return None

    def verb(self) -> None:
        """A program does something with some call."""
        calls = list(self.stage.switch.service._board.calls)
        if calls:
            request = {**self.random.choice(VERBS), "tenant": "riverside", "call": self.random.choice(calls)}
            if request["op"] == "bridge":
                request["with"] = self.random.choice(calls)
            with suppress(ControlError):
                self.stage.switch.service._operations[request["op"]](request)

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
        for number in range(STEPS):
            if number == STEPS // 2 and seed % 4 == 0:
                stage.turn(1)
                stage.switch_dies()
                stage.turn(2)
                assert [] == [
                    dialog for phone in walk.phones for dialog in phone.dialogs if dialog.up and not dialog.over
                ]
            walk.step()
        stage.switch.service._orders.release({"riverside"})  # or promised calls go on being made
        for user in ("ann", "ben"):
            stage.switch.service._queues.order(lambda floor, user=user: floor.staff.logout("riverside", user))
        assert [] == stage.over()
    finally:
        stage.close()
