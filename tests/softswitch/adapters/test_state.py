"""The state log: what was put is there again, whatever happened to the process, the disk or the last record."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from softswitch.adapters.state import StateLog
from tests.conftest import NIGHTLY


class Reactor:
    """Takes what comes from threads."""

    def __init__(self) -> None:
        self.called = threading.Event()

    def callFromThread(self, then: Callable[[], None]) -> None:
        then()
        self.called.set()


@pytest.fixture
def log(tmp_path: Path) -> StateLog:
    return StateLog(Reactor(), tmp_path)


def again(tmp_path: Path, **options: Any) -> StateLog:
    """Another process in its place; the one before said nothing when it died."""
    return StateLog(Reactor(), tmp_path, **options)


def test_rows_are_there_again_after_a_process_that_was_killed(log: StateLog, tmp_path: Path) -> None:
    people, places = log.table("people"), log.table("places")
    people.put("ann", {"at": 1})
    places.put("ann", ["other table"])
    people.put("ben", {"at": 2})
    people.put("ann", {"at": 3})
    people.put("ben", None)
    people.put("nobody", None)
    assert {"ann": {"at": 3}} == again(tmp_path).table("people").load()
    assert {"ann": ["other table"]} == again(tmp_path).table("places").load()


def test_a_torn_record_costs_only_itself(log: StateLog, tmp_path: Path) -> None:
    table = log.table("t")
    table.put("a", 1)
    table.put("b", 2)
    log.close()
    [path] = tmp_path.glob("*.spool")
    path.write_bytes(path.read_bytes()[:-3])
    assert {"a": 1} == again(tmp_path).table("t").load()


def test_it_says_when_a_row_is_on_disk(log: StateLog) -> None:
    log.table("t").put("a", 1)
    done: list[str] = []
    log.durable(lambda: done.append("on disk"))
    assert log._reactor.called.wait(10)
    assert ["on disk"] == done


def test_a_disk_that_takes_nothing_is_no_reason_to_stop(log: StateLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    log.table("t").put("a", 1)
    assert {"a": 1} == log.table("t").load()


@pytest.mark.parametrize("seed", range(200 if NIGHTLY else 10))
def test_the_log_stays_short_and_says_the_same_as_a_table_in_memory(seed: int, tmp_path: Path) -> None:
    dice, segment = random.Random(seed), 10_000
    log = again(tmp_path, segment_bytes_max=segment)
    expected: dict[str, Any] = {f"old-{n}": n for n in range(20)}
    for key, value in expected.items():
        log.table("t").put(key, value)
    for number in range(3000):
        key = f"k{dice.randrange(30)}"
        value = None if dice.random() < 0.2 else {"number": number, "text": "x" * dice.randrange(100)}
        log.table("t").put(key, value)
        if value is None:
            expected.pop(key, None)
        else:
            expected[key] = value
        if number % 1000 == 999:
            log.close()
            log = again(tmp_path, segment_bytes_max=segment)
            assert expected == log.table("t").load()
    log._spool.flush()
    log.close()
    assert expected == again(tmp_path, segment_bytes_max=segment).table("t").load()
    assert sum(path.stat().st_size for path in tmp_path.glob("*.spool")) < 20 * segment


def test_a_row_says_when_it_was_changed_also_after_a_kill_and_however_the_clock_went(tmp_path: Path) -> None:
    clock = [1000.0]
    log = again(tmp_path, wall=lambda: clock[0])
    log.table("t").put("a", 1)
    clock[0] = 900.0
    log.table("t").put("a", 2)
    assert 1000.0 < (log.changed_at(("t", "a")) or 0.0) < 1000.1
    log.put(("t", "b"), 1, 800.0)
    log.put(("t", "b"), None, 950.0)
    found = again(tmp_path, wall=lambda: 2000.0)
    assert log.changed_at(("t", "a")) == found.changed_at(("t", "a"))
    assert (None, log.changed_at(("t", "a"))) == (found.changed_at(("t", "b")), found.known_until)
    assert 970.0 == again(tmp_path, wall=lambda: 970.0).known_until


def test_what_a_version_before_has_written_is_older_than_everything(log: StateLog, tmp_path: Path) -> None:
    log._spool.append({"table": "t", "key": "a", "row": 1})
    found = again(tmp_path)
    assert (0.0, 0.0, {"a": 1}) == (found.changed_at(("t", "a")), found.known_until, found.table("t").load())
