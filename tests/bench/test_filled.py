"""A history that was filled in one go is the one that comes of writing call by call."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from history.embedded import EmbeddedStore
from tests.bench.filled import fill
from tests.bench.journal import BATCH, batches

CALLS = 2 * BATCH + 7


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table and index, row by row, but how far the writer was read."""
    sql = sqlite3.connect(path)
    try:
        made = sql.execute("SELECT name, type, sql FROM sqlite_master ORDER BY name").fetchall()
        tables = [name for name, type, _ in made if type == "table" and name != "sources"]
        return {"made": made} | {name: sql.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    finally:
        sql.close()


def test_filled_and_written_are_the_same(tmp_path: Path) -> None:
    written, filled = tmp_path / "written", tmp_path / "filled"
    store = EmbeddedStore(written)
    for batch in batches(0, CALLS):
        store.apply(batch, "bench", 0)
    store.close()
    fill(filled, batches(0, BATCH))
    fill(filled, batches(BATCH, CALLS))
    assert CALLS == len(content(filled)["calls"])
    assert content(written) == content(filled)
