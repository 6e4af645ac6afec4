"""The back ends of the history that the contract suite is run against, and small documents for it.

sqlite3 always; real pymongo over the wire to an acted replica set always; a foreign server in Python where Python 3.13 is
there (`make test` installs it); and whatever `MONGODB_URI` names: a real replica set runs the same suite unchanged.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from history.activity import Activity
from history.documents import Call
from history.embedded import EmbeddedStore
from history.mongo import MongoStore
from history.store import Batch, HistoryStore
from tests.history.replica_set import acted

NOW = 1_800_000_000.0
FILE = "history.sqlite3"
FOREIGN = Path(sys.prefix) / "mongo" / "bin" / "python"
REAL = os.environ.get("MONGODB_URI")
BACK_ENDS = ("sqlite3", "acted", *(("foreign",) if FOREIGN.exists() else ()), *(("real",) if REAL else ()))


@contextmanager
def opened(back_end: str, folder: Path, url: str = "") -> Iterator[HistoryStore]:
    """An empty history on a back end; `url` is that of the foreign or the real server."""
    match back_end:
        case "sqlite3":
            with _closing(EmbeddedStore(folder / FILE)) as store:
                yield store
        case "acted":
            with acted() as replica_set, _closing(MongoStore(replica_set.url)) as store:
                yield store
        case _:
            with _own_database(url) as own, _closing(MongoStore(own)) as store:
                yield store


@contextmanager
def _closing(store: HistoryStore) -> Iterator[HistoryStore]:
    try:
        yield store
    finally:
        store.close()


@contextmanager
def foreign() -> Iterator[str]:
    """A server that somebody else wrote, in its own Python: its URL."""
    program = Path(__file__).with_name("foreign_server.py")
    with subprocess.Popen([str(FOREIGN), str(program)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    name = f"softswitch_test_{secrets.token_hex(4)}"
    client: MongoClient[Any] = MongoClient(url)
    place, _, options = url.partition("?")
    try:
        yield f"{place.rstrip('/')}/{name}?{options}"
    finally:
        client.drop_database(name)
        client.close()


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
