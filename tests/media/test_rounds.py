"""Windows and reports of all legs come in rounds: on virtual time."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from twisted.internet.task import Clock

from media.plane import records
from media.plane.engine import Engine
from media.plane.events import Windows
from media.plane.legs import Leg, Legs
from media.plane.reports import LegReports
from media.plane.rounds import PERIOD_S, Rounds


class StandingEngine:
    """Its clock is the reactor's, and nothing comes in."""

    def __init__(self, clock: Clock, legs: int) -> None:
        self._clock = clock
        self.statistics = np.zeros(legs, records.STATISTICS)

    def now(self) -> int:
        return int(self._clock.seconds() * 1e9)


class Hall:
    """Rounds over some legs, and what was told when."""

    def __init__(self, places: int = 4) -> None:
        self.clock, self.legs = Clock(), Legs(places)
        self.told: list[tuple[float, list[str]]] = []
        engine = cast(Engine, StandingEngine(self.clock, places))
        self.statistics = engine.statistics
        self.rounds = Rounds(self.clock, engine, self.legs, "us", lambda now: 1e9 + now, self.tell)

    def tell(self, owner: object, windows: Windows) -> None:
        self.told.append((self.clock.seconds(), windows.legs))

    def open(self, name: str) -> Leg:
        handle = self.legs.reserve(name)
        leg = Leg(name, handle, None, None, LegReports(0.0, "us", self.rounds.begin(handle.index)), None)
        self.legs.add(leg)
        return leg

    def run(self, seconds: float) -> None:
        self.clock.pump([0.01] * round(seconds * 100))


def test_a_window_ends_after_five_seconds_and_at_most_a_round_later() -> None:
    hall = Hall()
    hall.open("a")
    hall.run(2.5)
    hall.open("b")
    hall.run(9.0)
    assert [["a"], ["b"], ["a"]] == [legs for _, legs in hall.told]
    for (came, _), due in zip(hall.told, (5.0, 7.5, hall.told[0][0] + 5.0), strict=True):
        assert due <= came <= due + PERIOD_S + 0.011


def test_there_is_no_timer_when_no_leg_is_left_and_one_again_when_one_opens() -> None:
    hall = Hall()
    assert [] == hall.clock.getDelayedCalls()
    for _ in range(2):
        leg = hall.open("a")
        assert 1 == len(hall.clock.getDelayedCalls())
        hall.run(1.0)
        hall.rounds.end(leg.handle.index)
        hall.legs.forget_name(leg)
        hall.legs.free(leg)
        hall.run(0.2)
        assert [] == hall.clock.getDelayedCalls()


def test_a_leg_that_is_closed_has_no_more_windows() -> None:
    hall = Hall()
    leg, _ = hall.open("a"), hall.open("b")
    leg.closed = True
    hall.run(5.2)
    assert [["b"]] == [legs for _, legs in hall.told]


def test_a_round_that_breaks_is_logged_and_the_next_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    hall, broken = Hall(), list[float]()
    hall.open("a")

    def breaks(*of: Any) -> list[int]:
        broken.append(hall.clock.seconds())
        raise ValueError("broken")

    monkeypatch.setattr(hall.rounds.reporting, "due", breaks)
    hall.run(5.2)
    assert 20 < len(broken)
    assert [["a"]] == [legs for _, legs in hall.told]
