"""A whole node for hours of virtual time: phones do everything that `test_feature_walk` knows, with pauses as people make them,
while what a node has to stand happens by a seed: the switch is killed with and without its media, a media worker dies, the
node is drained, people change what they want.

What must hold is what holds of a walk, at each step and at the end; and the node goes on serving after each fault.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from configdb.log import Change
from tests.conftest import NIGHTLY
from tests.softswitch.stage import Stage
from tests.softswitch.test_feature_walk import PATCHES, Walk

HOURS, SEEDS = (24, 20) if NIGHTLY else (2, 2)
FAULTS_PER_HOUR = 6.0
REGISTER_S = 1_200.0
PAUSES_S = (0.3, 1.0, 2.0, 5.0, 15.0, 40.0, 90.0)
IDLE_TURN_S = 0.25
"""How late phones are when nobody is in a hurry."""


class Hours(Walk):
    """A walk with the clock of a working day. `faults` are the names of what happened."""

    def __init__(self, stage: Stage, seed: int) -> None:
        super().__init__(stage, seed)
        self.faults: list[str] = []
        self._earlier_s = self._registered = 0.0

    @property
    def now(self) -> float:
        """Seconds since the first switch began; each one has a clock of its own."""
        return self._earlier_s + float(self.stage.switch.reactor.seconds())

    def go(self, seconds: float) -> None:
        """So much time passes."""
        end = self.now + seconds
        while self.now < end:
            before = self.now
            self.step()
            self.rest(self.random.choice(PAUSES_S))
            if self.random.random() < FAULTS_PER_HOUR * (self.now - before) / 3600:
                self.fault()
            self.register()

    def rest(self, seconds: float) -> None:
        """Nobody does anything new."""
        for _ in range(max(1, round(seconds / IDLE_TURN_S))):
            self.stage._deliver()
            self.stage.switch.run(IDLE_TURN_S)
        self.stage._deliver()
        self.look()

    def register(self) -> None:
        if self.now - self._registered > REGISTER_S:
            self._registered = self.now
            for phone in self.phones[:3]:
                phone.register()
                self.stage.turn()

    def fault(self) -> None:
        faults: tuple[Callable[[], None], ...] = (self.kill, self.crash, self.lose_media, self.drain, self.change)
        one = self.random.choice(faults)
        self.faults.append(one.__name__)
        one()
        self.rest(2)

    def kill(self) -> None:
        """The switch alone: who talks goes on."""
        self.rest(1)
        self._earlier_s = self.now
        self.stage.switch_is_killed()
        self.again()

    def crash(self) -> None:
        """The switch and its media."""
        self.rest(1)
        self._earlier_s = self.now
        self.stage.switch_dies()
        self.again()
        self.rest(2)
        assert [] == [dialog for phone in self.phones for dialog in phone.dialogs if dialog.up and not dialog.over]

    def again(self) -> None:
        """Another switch: phones give up what was not answered (RFC 3261 13.3.1.4, 17.1.1.2)."""
        self._registered = self.now
        for phone in self.phones:
            for dialog in phone.dialogs:
                dialog.over = dialog.over or not dialog.up

    def lose_media(self) -> None:
        """Half of the legs were at a worker that died."""
        legs = self.legs()[::2]
        for leg in legs:
            self.stage.sounds.closed(leg)
        self.stage.switch.service._board.media_lost(legs)

    def drain(self) -> None:
        """New calls go elsewhere for a while."""
        self.stage.switch.service._operations["drain"]({"on": True})
        self.rest(20)
        self.stage.switch.service._operations["drain"]({"on": False})

    def change(self) -> None:
        """Somebody wants to be left alone, or not any more."""
        directory = self.stage.switch.config.directory
        user = directory.tenants["riverside"].users[self.random.choice(("ann", "ben", "carla"))]
        document = {**user.model_dump(mode="json"), "dnd": not user.dnd}
        self.stage.switch.reconfigured([Change("user", user.id, document)])

    def serves(self) -> bool:
        """Whether a call from outside to the menu is answered."""
        sam = self.stage.phones["sam"]
        dialog = sam.call("+12025550123")
        self.stage.turn(1)
        answered = dialog.up
        sam.hangs_up(dialog)
        self.stage.turn(1)
        return answered


@pytest.mark.timeout(4 * 3600 if NIGHTLY else 300)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_node_stands_hours_of_calls_and_faults_and_everything_adds_up(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, began = Stage(tmp_path, PATCHES), time.time()
    try:
        hours = Hours(stage, 1000 + seed)
        monkeypatch.setattr(time, "time", lambda: began + hours.now)  # the calendar does not begin anew with a switch
        hours.go(HOURS * 3600.0)
        assert len(set(hours.faults)) > 2
        hours.stage.switch.service._orders.release({"riverside"})  # or promised calls go on being made
        for user in ("ann", "ben"):
            stage.switch.service._queues.order(lambda floor, user=user: floor.staff.logout("riverside", user))
        assert [] == stage.over()
        assert hours.serves()
        assert [] == stage.over()
    finally:
        stage.close()
