"""The spool: records appended together are read one by one, all of them or none are written, octets that are no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from history.spool import RECORD_BYTES_MAX, Spool, SpoolFull, SpoolReader


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
