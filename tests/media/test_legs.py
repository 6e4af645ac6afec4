"""Places in the engine's tables: as many are used as there were legs at once, however many came one after another."""

from __future__ import annotations

from media.plane.legs import Leg, Legs
from media.plane.records import Handle
from media.plane.reports import LegReports, nothing_told

PLACES = 64


def taken(legs: Legs, name: str) -> Leg:
    leg = Leg(name, legs.reserve(name), None, None, LegReports(0.0, "worker", nothing_told()), None)
    legs.add(leg)
    return leg


def left(legs: Legs, leg: Leg) -> Handle:
    legs.forget_name(leg)
    legs.free(leg)
    return leg.handle


def test_who_comes_after_another_sits_in_its_place_as_the_next_generation() -> None:
    legs = Legs(PLACES)
    taken(legs, "stays")
    handles = [left(legs, taken(legs, f"leg {n}")) for n in range(3 * PLACES)]
    assert {1} == {handle.index for handle in handles}
    assert list(range(1, 3 * PLACES + 1)) == [handle.generation for handle in handles]


def test_two_that_are_there_at_once_never_share_a_place() -> None:
    legs = Legs(PLACES)
    first, second = taken(legs, "a"), taken(legs, "b")
    left(legs, first)
    third, fourth = taken(legs, "c"), taken(legs, "d")
    assert 3 == len({one.handle.index for one in (second, third, fourth)})
