"""The drain: in order, each record once however often it is read, and what means nothing is set aside and blocks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from history.embedded import EmbeddedStore
from history.shelves import StoreAway
from history.spool import Spool, segments
from history.store import Batch, CallFilter
from history.writer import Writer
from tests.history.stores import NOW
from tests.history.test_records import NoSound, closed

NONSENSE: tuple[Any, ...] = (
    {},
    {"kind": "nobody knows"},
    {"kind": "call.close"},
    {"kind": "call.close", "call": {"id": 7}},
    {"kind": "heartbeat", "boot": "n/1", "at": "soon"},
    {"kind": "recording.close", "id": "r", "tenant": "acme", "call": "c", "at": NOW, "path": 7},
    {"kind": None, "at": [1, 2]},
    {"kind": "messages", "tenant": "acme", "call": "c", "messages": ["INVITE"]},
)


class Desk:
    """A spool, its drain and the history behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.alarms, self.told = folder, list[str](), list[str]()
        self.spool = Spool(folder / "spool", segment_bytes_max=2_000)
        self.store = EmbeddedStore(folder / "history.sqlite3")
        self.writer = self.again()

    def again(self) -> Writer:
        """The drain of another start."""
        return Writer(
            self.store,
            self.folder / "spool",
            "here",
            NoSound(),
            self.folder,
            lambda tenant, kind, document: self.told.append(str(document["id"])),
            self.alarms.append,
        )

    def drained(self) -> int:
        """All that is there."""
        assert self.spool.flush()
        done = 0
        while count := self.writer.drain():
            done += count
        return done

    def calls(self) -> list[str]:
        """Those that are filed."""
        return [one for one in (f"c{n}" for n in range(100)) if self.store.call("acme", one) is not None]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.spool.close()
    made.store.close()


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_record_that_means_nothing_is_set_aside_with_an_alarm_and_those_around_it_are_filed(
    desk: Desk, nonsense: Any
) -> None:
    desk.spool.append(closed("c1"), nonsense, closed("c2"))
    assert 3 == desk.drained()
    assert ["c1", "c2"] == desk.calls()
    assert 1 == len(desk.alarms)
    assert 1 == len((desk.folder / "spool" / "poison").read_bytes().splitlines())
    assert 0 == desk.drained()


def test_a_record_that_the_disk_damaged_is_set_aside_with_all_behind_it_in_its_segment_and_the_next_segment_is_filed(
    desk: Desk,
) -> None:
    for number in range(20):
        desk.spool.append(closed(f"c{number}"))
        assert desk.spool.flush()
    first = segments(desk.folder / "spool")[0][1]
    data = first.read_bytes()
    first.write_bytes(data[:40] + b"\x00" + data[41:])
    desk.drained()
    filed = desk.calls()
    assert "c19" in filed
    assert "c0" not in filed
    assert 1 == len(desk.alarms)


def test_what_is_read_again_after_a_crash_is_filed_once_and_segments_go_only_when_they_are_filed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        desk.spool.append(closed(f"c{number}"))
        assert desk.spool.flush()
    before, apply = segments(desk.folder / "spool"), desk.store.apply

    def away(*_: object) -> None:
        raise StoreAway("nobody there")

    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "apply", away)
        with pytest.raises(StoreAway):
            desk.writer.drain()
    assert set(before) <= set(segments(desk.folder / "spool"))
    with monkeypatch.context() as patched:  # killed behind what was applied: nobody let go of the spool
        patched.setattr("history.spool.SpoolReader.drained", lambda *_: None)
        desk.drained()
    desk.writer = desk.again()
    assert 0 == desk.drained()
    apply(Batch(), "here", 0)  # as if the position had been lost
    desk.writer = desk.again()
    assert 20 == desk.drained()
    assert [f"c{number}" for number in range(20)] == desk.calls()
    assert 20 == len(desk.store.calls("acme", CallFilter(), None, 100).rows)
    assert 1 == len(segments(desk.folder / "spool"))
