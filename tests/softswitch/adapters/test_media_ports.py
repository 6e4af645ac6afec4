"""Legs that have their port at once: where a worker keeps some, refilled in time; a worker that cannot is asked leg by leg."""

from __future__ import annotations

import pytest

from media.plane.client import MediaError, Opened
from media.plane.events import Overload
from softswitch.adapters.media_ports import KEPT_MAX
from tests.softswitch.adapters.test_media import Plane, Worker


def keeping(monkeypatch: pytest.MonkeyPatch, keeps: int | None = KEPT_MAX) -> tuple[Plane, Worker]:
    """A plane whose only worker keeps ports."""
    plane = Plane(monkeypatch, 1)
    worker = plane.up["media-0"]
    worker.keeps = keeps
    return plane, worker


def test_the_first_leg_asks_and_those_after_it_have_a_port_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, worker = keeping(monkeypatch)
    assert [None, Opened("media-0", 100), Opened("media-0", 101)] == [plane.open(leg) for leg in ("a", "b", "c")]
    assert [("open", "a", 4), ("open", "b", 4, 100), ("open", "c", 4, 101)] == worker.did("open")
    assert {"a", "b", "c"} == set(plane.where)


def test_there_are_always_some_however_many_calls_come(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, worker = keeping(monkeypatch)
    plane.open("first")
    opened = [plane.open(f"leg {index}") for index in range(5 * KEPT_MAX)]
    assert list(range(100, 100 + 5 * KEPT_MAX)) == [one.port for one in opened if one is not None]
    assert {4} == {family for family, _ in worker.kept}
    assert sum(count for _, count in worker.kept) <= 6 * KEPT_MAX
    assert len(worker.kept) < 12
    assert [] == plane.failed


def test_each_family_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, worker = keeping(monkeypatch)
    assert [None, None] == [plane.open("four"), plane.open("six", family=6)]
    assert [True, True] == [plane.open(leg, family=family) is not None for leg, family in (("a", 4), ("b", 6))]
    assert [(4, KEPT_MAX), (6, KEPT_MAX)] == worker.kept


def test_a_worker_that_keeps_none_is_asked_leg_by_leg_and_now_and_then_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for keeps in (0, None):
        plane, worker = keeping(monkeypatch, keeps)
        assert [None] * 5 == [plane.open(f"leg {index}") for index in range(5)]
        assert 1 == len(worker.kept)
        worker.keeps = 4
        plane.clock.advance(1)
        assert 2 == len(worker.kept)
        assert plane.open("later") is not None


def test_a_leg_whose_name_is_still_looked_for_waits_for_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, worker = keeping(monkeypatch)
    plane.open("first")
    assert plane.open("phone", at_once=False) is None
    assert ("open", "phone", 4, 100) == worker.did("open")[-1]  # those kept may be the last that there are
    assert "media-0" == plane.where["phone"]


def test_a_port_that_was_said_and_cannot_be_opened_fails_the_leg(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, worker = keeping(monkeypatch)
    plane.open("first")
    worker.refuses = MediaError("timeout", "the media worker does not answer")
    assert plane.open("a") is not None
    assert ["timeout: the media worker does not answer"] == plane.failed


def test_a_busy_worker_lets_no_call_in_by_a_port_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, worker = keeping(monkeypatch)
    plane.open("a1")
    worker.on_event(Overload(80.0))
    assert plane.open("b1") is None
    assert ("b1", False) == worker.urgent[-1]  # the worker says whether it has room
    assert plane.open("a2", "a1") is not None
    assert plane.open("emergency", urgent=True) is not None


def test_ports_die_with_their_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, _ = keeping(monkeypatch)
    plane.open("a")
    plane.open("b")
    plane.kill("media-0")
    assert plane.open("c") is None
    assert ["no media worker"] == plane.failed
    plane.dead.clear()
    plane.clock.pump([0.25] * 4)
    assert plane.open("d") is None
    assert [("claim", (), 30.0), ("open", "d", 4)] == plane.up["media-0"].asked
