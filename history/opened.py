"""Opens the history that the node's settings name."""

from __future__ import annotations

from pathlib import Path

from history.embedded import EmbeddedStore
from history.store import HistoryStore

FILE = "history.sqlite3"


def open_history(data: Path, url: str | None) -> HistoryStore:
    """MongoDB at `url`, or the file of the data directory. A server is not asked before the first question."""
    if url is None:
        return EmbeddedStore(data / FILE)
    from history.mongo import MongoStore  # slow to import: only where it is used

    return MongoStore(url)


def history_source(node: str, url: str | None) -> str:
    """The name of a node's spool in the history: in a shared one with the node's before it."""
    return "spool" if url is None else f"{node}/spool"
