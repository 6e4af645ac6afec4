"""Moves the tables of the first version of history.sqlite3 into the shelves, once, in one transaction; drops what is not used."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from history.shelves import (
    ACTIVITIES,
    BOOTS,
    CALLS,
    LADDERS,
    LEGS,
    NODE,
    SOURCES,
    STEPS,
    THINGS,
    WINDOWS,
    Put,
)

VERSION = 3
_OLD = ("call", "leg", "step", "quality", "ladder", "activity", "open_thing", "boot", "source")


def migrate(sql: sqlite3.Connection, write: Callable[[Put], None]) -> None:
    """Inside a transaction; does nothing when it was done."""
    if sql.execute("PRAGMA user_version").fetchone()[0] >= VERSION:
        return
    if sql.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'open_thing'").fetchone():
        for put in _documents(sql):
            write(put)
        for table in _OLD:
            sql.execute(f"DROP TABLE {table}")
    sql.execute("DROP INDEX IF EXISTS untold_source")
    sql.execute(f"PRAGMA user_version = {VERSION}")


def _documents(sql: sqlite3.Connection) -> Iterator[Put]:
    def bodies(table: str) -> Iterator[Any]:
        for (body,) in sql.execute(f"SELECT body FROM {table}"):
            yield json.loads(body)

    for table, shelf in (("call", CALLS), ("leg", LEGS)):
        for body in bodies(table):
            yield Put(shelf, body["tenant"], body["id"], body)
    for body in bodies("step"):
        yield Put(STEPS, body["tenant"], f"{body['call']}/{body['index']:06d}", body)
    for body in bodies("quality"):
        yield Put(
            WINDOWS, body["tenant"], f"{body['call']}/{body['at']:017.6f}/{body['leg']}/{body['direction']}", body
        )
    for tenant, call, body in sql.execute("SELECT tenant, call, body FROM ladder"):
        yield Put(LADDERS, tenant, call, {"messages": json.loads(body)})
    for body in bodies("activity"):
        state = "finished" if body.get("state") == "done" else body.get("state", "open")
        yield Put(ACTIVITIES, body["tenant"], body["id"], {**body, "state": state, "origin": "inbound"})
    for body in bodies("open_thing"):
        yield Put(THINGS, NODE, body["id"], body)
    for boot, at in sql.execute("SELECT boot, seen_at FROM boot"):
        yield Put(BOOTS, NODE, boot, {"seen_at": at})
    for name, position in sql.execute("SELECT name, position FROM source"):
        yield Put(SOURCES, NODE, name, {"position": position})
