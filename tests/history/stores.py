"""The back ends of the history that the contract suite is run against, and small documents for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from history.activity import Activity
from history.documents import Call
from history.embedded import EmbeddedStore
from history.store import Batch, HistoryStore

NOW = 1_800_000_000.0
BACK_ENDS = ("sqlite3",)


@contextmanager
def opened(back_end: str, folder: Path) -> Iterator[HistoryStore]:
    """An empty history on a back end."""
    store = EmbeddedStore(folder / f"{back_end}.sqlite3")
    try:
        yield store
    finally:
        store.close()


def call(id: str, tenant: str = "acme", at: float = NOW, **more: Any) -> Call:
    """A finished inbound call."""
    given: dict[str, Any] = {"ended_at": at + 60, "outcome": "answered", **more}
    return Call(id, tenant, given.pop("direction", "inbound"), "+12025550100", "+12025550199", at, **given)


def item(id: str, tenant: str = "acme", at: float = NOW, **more: Any) -> Activity:
    """A voicemail."""
    given: dict[str, Any] = {"kind": "voicemail", "call": f"c{id}", **more}
    return Activity(id, tenant, given.pop("kind"), given.pop("call"), at, "+12025550100", "+12025550199", **given)


def keep(store: HistoryStore, *documents: Call | Activity) -> None:
    """Apply documents as if a spool had brought them."""
    calls = [one for one in documents if isinstance(one, Call)]
    store.apply(Batch(calls=calls, activities=[one for one in documents if isinstance(one, Activity)]), "test", 1)
