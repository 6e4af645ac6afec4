"""The log as a file: written from a replica, put into an empty log, refused when it is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb import logfile
from configdb.client import ConfigClient
from configdb.log import Change
from configdb.log_memory import MemoryLog
from configdb.logfile import BadLogFile
from configdb.store import Store

TENANT = {"id": "riverside", "name": "Riverside", "timezone": "America/New_York", "country": "US"}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file of a log with three entries."""
    store = Store(tmp_path / "store")
    client = ConfigClient(tmp_path, "one", MemoryLog(), store=store)
    client.start()
    for name in ("Riverside", "Riverside Dental", "Riverside Dental Care"):
        client.transact("riverside", [Change("tenant", "riverside", {**TENANT, "name": name})], "test", "test")
    assert 3 == logfile.write(tmp_path / "log", store)
    client.stop()
    return tmp_path / "log"


def test_a_log_made_of_the_file_is_followed_to_the_same_state(written: Path, tmp_path: Path) -> None:
    log = MemoryLog()
    assert 3 == logfile.put_back(written, log)
    client = ConfigClient(tmp_path, "two", log)
    client.start()
    assert client.wait_current(10)
    assert "Riverside Dental Care" == client.directory.tenants["riverside"].tenant.name
    assert 3 == client.state.sequence
    client.stop()


@pytest.mark.parametrize("lines", [0, 1, 2, 4])
def test_a_file_that_was_cut_off_is_not_put_back(written: Path, lines: int) -> None:
    written.write_text("".join(written.read_text().splitlines(keepends=True)[:lines]))
    with pytest.raises(BadLogFile):
        logfile.put_back(written, MemoryLog())


@pytest.mark.parametrize(
    ("was", "now"), [("softswitch-log-1", "softswitch-log-9"), ('"entries":3', '"entries":4'), ("payload", "p")]
)
def test_a_damaged_file_is_not_put_back(written: Path, was: str, now: str) -> None:
    written.write_text(written.read_text().replace(was, now))
    with pytest.raises(BadLogFile):
        logfile.put_back(written, MemoryLog())
