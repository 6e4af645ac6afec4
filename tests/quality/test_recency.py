"""The recency model: the same trouble costs more when it was last."""

from __future__ import annotations

import pytest

from quality.recency import Stretch, remembered

GOOD, BAD = 93.0, 50.0


def call(*ratings: float) -> float:
    found = remembered([Stretch(5.0, r) for r in ratings])
    assert found is not None
    return found


def test_nothing_rated_is_nothing_remembered() -> None:
    assert None is remembered([])
    assert None is remembered([Stretch(0.0, 93.0)])


def test_a_call_that_was_always_the_same_is_remembered_so() -> None:
    assert GOOD == pytest.approx(call(*[GOOD] * 12))
    assert BAD == pytest.approx(call(*[BAD] * 12))


def test_trouble_at_the_end_costs_more_than_trouble_at_the_start() -> None:
    early, late = call(BAD, BAD, *[GOOD] * 10), call(*[GOOD] * 10, BAD, BAD)
    assert late < early - 5
    assert BAD < late < GOOD


def test_what_was_bad_is_forgotten_within_some_minutes() -> None:
    assert GOOD - 2 < call(GOOD, BAD, *[GOOD] * 100) < GOOD


def test_longer_trouble_costs_more() -> None:
    assert call(*[GOOD] * 6, BAD, BAD, BAD, *[GOOD] * 3) < call(*[GOOD] * 6, BAD, GOOD, GOOD, *[GOOD] * 3)
