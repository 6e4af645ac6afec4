"""The spool: records appended together are read one by one, all of them or none are written, octets that are no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from history.spool import RECORD_BYTES_MAX, Spool, SpoolFull, SpoolReader

READ_BYTES = 1_000


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("history.spool.READ_BYTES", READ_BYTES)


def read(folder: Path) -> list[object]:
    return [record for _, record in SpoolReader(folder).read(0, 100)]


def test_records_appended_together_are_read_one_by_one_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append({"id": 1})
    spool.append({"id": 2}, {"id": 3}, {"id": 4})
    spool.close()
    assert [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}] == read(tmp_path)


def test_a_record_that_is_too_large_writes_none_of_those_with_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(SpoolFull):
        spool.append({"id": 1}, {"text": "x" * RECORD_BYTES_MAX})
    spool.append({"id": 2})
    spool.close()
    assert [{"id": 2}] == read(tmp_path)


def test_a_disk_that_takes_half_of_them_keeps_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, write = Spool(tmp_path), os.pwrite

    def half(descriptor: int, data: bytes, at: int) -> int:
        if len(data) < 30:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[: len(data) // 2], at)

    with monkeypatch.context() as patched:
        patched.setattr("history.spool.os.pwrite", half)
        with pytest.raises(SpoolFull):
            spool.append({"id": 1, "text": "x" * 50}, {"id": 2, "text": "x" * 50})
    spool.append({"id": 3})
    spool.close()
    assert [{"id": 3}] == read(tmp_path)


def test_octets_of_the_network_that_are_no_text_do_not_lose_the_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append({"from_name": b"J\xf6rg".decode("utf-8", "surrogateescape"), "to": "Zoë"})
    spool.close()
    assert [{"from_name": "J?rg", "to": "Zoë"}] == read(tmp_path)


@pytest.mark.parametrize("segment_bytes_max", [1, 100_000_000])
def test_more_than_is_read_at_once_comes_piece_by_piece_and_a_long_record_whole(
    tmp_path: Path, in_pieces: None, segment_bytes_max: int
) -> None:
    spool = Spool(tmp_path, segment_bytes_max=segment_bytes_max)
    sizes = (READ_BYTES // 2, READ_BYTES // 2, READ_BYTES // 2, 3 * READ_BYTES, 1, READ_BYTES)
    for size in sizes:
        spool.append({"text": "x" * size})
        spool.flush()
    spool.close()
    found: list[int] = []
    reader, position = SpoolReader(tmp_path), 0
    while some := reader.read(position, 100):
        position = some[-1][0]
        found += [len(record["text"]) for _, record in some if isinstance(record, dict)]
    assert [*sizes] == found


def test_what_is_damaged_behind_much_that_is_right_is_told_once(tmp_path: Path, in_pieces: None) -> None:
    spool = Spool(tmp_path, segment_bytes_max=2 * READ_BYTES)
    for _ in range(4):
        spool.append({"text": "x" * (READ_BYTES * 6 // 10)})
    spool.flush()
    spool.append({"id": 2})
    spool.close()
    first = min(tmp_path.glob("*.spool"))
    with open(first, "r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"\0")
    reader, position, found = SpoolReader(tmp_path), 0, list[object]()
    while some := reader.read(position, 100):
        position = some[-1][0]
        found += [record for _, record in some]
    assert [dict, dict, dict, bytes, dict] == [type(one) for one in found]
    assert {"id": 2} == found[-1]
