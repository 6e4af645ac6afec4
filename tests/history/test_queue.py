"""The queue of work for later: durable, tried again with patience, in no other's way, given up after weeks and not before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from history.queue import WAIT_S_MAX, Queue
from history.spool import Spool, segments


class Desk:
    """A queue, its clock and what it cried."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.alarms = folder, 1000.0, list[str]()
        self.queue = self.open()

    def open(self) -> Queue:
        return Queue(self.folder, lambda: self.now, self.alarms.append, age_s_max=86_400.0)

    def again(self) -> None:
        self.queue.close()
        self.queue = self.open()

    def due(self) -> list[tuple[str, Any]]:
        return [(id, dict(item)) for id, item in self.queue.due(100)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path / "queue")
    yield found
    found.queue.close()


def test_what_was_put_waits_in_order_also_after_a_restart(desk: Desk) -> None:
    for number in range(3):
        desk.queue.put(f"i{number}", {"n": number})
    expected = [("i0", {"n": 0}), ("i1", {"n": 1}), ("i2", {"n": 2})]
    assert expected == desk.due()
    desk.again()
    assert expected == desk.due()
    assert (3, 1000.0) == (len(desk.queue), desk.queue.oldest_at)


def test_what_is_done_is_gone_also_after_a_restart(desk: Desk) -> None:
    for number in range(3):
        desk.queue.put(f"i{number}", {})
    desk.queue.done("i1")
    desk.queue.done("never")
    desk.again()
    assert ["i0", "i2"] == [id for id, _ in desk.due()]


def test_an_item_that_is_put_twice_waits_once_with_its_newest_form(desk: Desk) -> None:
    desk.queue.put("i", {"n": 1})
    desk.now += 5
    desk.queue.put("i", {"n": 2})
    assert [("i", {"n": 2})] == desk.due()
    desk.again()
    assert ([("i", {"n": 2})], 1000.0) == (desk.due(), desk.queue.oldest_at)


def test_one_that_fails_waits_longer_and_longer_and_stands_in_nobodys_way(desk: Desk) -> None:
    desk.queue.put("bad", {})
    desk.queue.put("good", {})
    desk.queue.later("bad", "no route")
    assert ["good"] == [id for id, _ in desk.due()]
    waits = []
    for _ in range(14):
        began = desk.now
        while "bad" not in [id for id, _ in desk.due()]:
            desk.now += 0.25
        waits.append(desk.now - began)
        desk.queue.later("bad", "no route")
    assert [True] * 4 == [2 ** (n - 1) < waits[n] <= 2**n for n in (1, 2, 3, 4)]
    assert WAIT_S_MAX * 0.7 < waits[-1] <= WAIT_S_MAX + 1
    assert [] == desk.alarms


def test_one_that_is_too_old_is_set_aside_with_an_alarm(desk: Desk) -> None:
    desk.queue.put("bad", {"name": "r1"})
    desk.now += 86_399
    desk.queue.later("bad", "no route")
    assert 1 == len(desk.queue)
    desk.now += 1000
    desk.queue.later("bad", "no route")
    assert (0, 1) == (len(desk.queue), len(desk.alarms))
    assert b'"name":"r1"' in (desk.folder / "poison").read_bytes()
    desk.again()
    assert [] == desk.due()


def test_disk_space_is_given_back_when_the_oldest_is_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.queue.close()
    monkeypatch.setattr("history.queue.Spool", lambda folder, alarm: Spool(folder, alarm, segment_bytes_max=2_000))
    desk.queue = desk.open()
    for number in range(200):
        desk.queue.put(f"i{number}", {"text": "x" * 200})
        if number % 10 == 0:
            assert desk.queue.flush()
    many = len(segments(desk.folder))
    for number in range(1, 200):
        desk.queue.done(f"i{number}")
    assert many <= len(segments(desk.folder))
    desk.queue.done("i0")
    assert 3 > len(segments(desk.folder))
