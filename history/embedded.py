"""The history in one sqlite3 file: a table a shelf, the document as JSON, an index on expressions for each filter; WAL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from history.migrate import migrate
from history.shelves import SHELVES, BadDocument, Body, Change, Drop, Index, Put, Query, Row, Shelf, StoreAway, Where
from history.spans import span
from history.store import HistoryStore
from history.words import words_of

WAIT_S = 30
BATCH = 100
BATCH_CACHE_KIB = 8_000  # of who writes batches: what a batch of calls changes and does not fit is written twice
CHECKPOINT_PAGES = 4_000  # pages that come again are copied into the file once
WIPE_BLOCK = 5_000
WALK_BLOCK = 500
RARE_MAX = 2_000
_WORDS = """CREATE TABLE IF NOT EXISTS word (shelf TEXT NOT NULL, tenant TEXT NOT NULL, word TEXT NOT NULL,
    id TEXT NOT NULL, PRIMARY KEY (shelf, tenant, word, id)) WITHOUT ROWID"""


class EmbeddedStore(HistoryStore):
    """`HistoryStore` in one file."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteShelves(path))


class SqliteShelves:
    """`Shelves` in one file. Any thread may ask: each has its own connection; writers queue up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        with self._transaction() as sql:
            for shelf in SHELVES:
                for statement in schema(shelf):
                    sql.execute(statement)
            sql.execute(_WORDS)
            migrate(sql, lambda change: _write(sql, change))

    def _sql(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self._local.connection = connection
            self._all.append(connection)
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, _away():
            sql = self._sql()
            sql.execute("BEGIN IMMEDIATE")
            try:
                yield sql
                sql.execute("COMMIT")
            except BaseException:
                if sql.in_transaction:
                    sql.execute("ROLLBACK")
                raise

    def write(self, changes: Sequence[Change]) -> None:
        with self._transaction() as sql:
            if len(changes) >= BATCH:  # each thread has a connection, and most of them read and write little
                sql.execute(f"PRAGMA cache_size = -{BATCH_CACHE_KIB}")
            for _, alike in groupby(changes, _alike):
                _write_all(sql, list(alike))

    def change(self, shelf: Shelf, tenant: str, id: str, make: Callable[[Body], Body | None]) -> Body | None:
        with self._transaction() as sql:
            before = _get(sql, shelf, tenant, id)
            if before is None:
                return None
            made = make(before)
            if made is None:
                _drop(sql, shelf, tenant, id, before)
                return None
            body = shelf.merged(made, None)
            _put(sql, shelf, tenant, id, body, before)
            return body

    def settle(self, shelf: Shelf, rows: Sequence[Row]) -> None:
        with self._transaction() as sql:
            for row in rows:
                if _get(sql, shelf, row.tenant, row.id) == row.body:
                    _drop(sql, shelf, row.tenant, row.id, row.body)

    def get(self, shelf: Shelf, tenant: str, id: str) -> Body | None:
        with _away():
            return _get(self._sql(), shelf, tenant, id)

    def page(self, shelf: Shelf, tenant: str, query: Query) -> list[Row]:
        with _away():
            text, values = select(shelf, tenant, query, self._rare(shelf, tenant, query.words))
            return [
                Row(tenant, id, at, orjson.loads(body)) for id, at, body in self._sql().execute(text, values).fetchall()
            ]

    def explain(self, shelf: Shelf, tenant: str, query: Query) -> str:
        """How sqlite3 would answer: for tests of the indexes."""
        text, values = select(shelf, tenant, query, self._rare(shelf, tenant, query.words))
        return "; ".join(row[3] for row in self._sql().execute(f"EXPLAIN QUERY PLAN {text}", values))

    def _rare(self, shelf: Shelf, tenant: str, words: tuple[str, ...]) -> bool:
        """Whether a word is in so few documents that these are looked at, and not the newest until enough have it."""
        found = "SELECT 1 FROM word WHERE shelf = ? AND tenant = ? AND word >= ? AND word < ? LIMIT ?"
        for word in words:
            values = (shelf.name, tenant, word, _after(word), RARE_MAX)
            if self._sql().execute(f"SELECT count(*) FROM ({found})", values).fetchone()[0] < RARE_MAX:
                return True
        return False

    def below(self, shelf: Shelf, tenant: str, prefix: str) -> list[Body]:
        text = f"SELECT body FROM {shelf.name} WHERE tenant = ? AND id >= ? AND id < ? ORDER BY id"
        with _away():
            rows = self._sql().execute(text, (tenant, prefix, _after(prefix))).fetchall()
        return [orjson.loads(body) for (body,) in rows]

    def documents(self, shelf: Shelf, tenant: str) -> Iterator[Row]:
        text = f"SELECT id, at, body FROM {shelf.name} WHERE tenant = ? AND id > ? ORDER BY id LIMIT {WALK_BLOCK}"
        after, more = "", True
        while more:
            with _away():
                rows = self._sql().execute(text, (tenant, after)).fetchall()
            for after, at, body in rows:
                yield Row(tenant, after, at, orjson.loads(body))
            more = len(rows) == WALK_BLOCK

    def count(self, shelf: Shelf, tenant: str, where: tuple[Where, ...], count_max: int) -> int:
        clauses, values = _where(where)
        text = f"SELECT 1 FROM {shelf.name} WHERE tenant = ? AND at >= 0.0{clauses} LIMIT ?"
        with _away():
            found = self._sql().execute(f"SELECT count(*) FROM ({text})", (tenant, *values, count_max)).fetchone()
        return int(found[0])

    def wipe(self, shelf: Shelf, tenant: str) -> int:
        count = 0
        while True:
            with self._transaction() as sql:  # by blocks: calls are written in between
                found = f"SELECT id FROM {shelf.name} WHERE tenant = ? LIMIT {WIPE_BLOCK}"
                gone = sql.execute(f"DELETE FROM {shelf.name} WHERE tenant = ? AND id IN ({found})", (tenant, tenant))
                if gone.rowcount <= 0:
                    sql.execute("DELETE FROM word WHERE shelf = ? AND tenant = ?", (shelf.name, tenant))
                    return count
                count += gone.rowcount

    def size(self, shelf: Shelf, tenant: str) -> int:
        with _away():
            found = self._sql().execute(f"SELECT count(*) FROM {shelf.name} WHERE tenant = ?", (tenant,)).fetchone()
        return int(found[0])

    def everywhere(self, shelf: Shelf, where: tuple[Where, ...]) -> Iterator[Row]:
        clauses, values = _where(where)
        text = f"SELECT tenant, id, at, body FROM {shelf.name} WHERE true{clauses}"
        with _away():
            for tenant, id, at, body in self._sql().execute(text, values):
                yield Row(tenant, id, at, orjson.loads(body))

    def close(self) -> None:
        with self._writing:
            for connection in self._all:
                connection.close()
            self._all.clear()


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreAway(f"the history does not answer: {error}") from error


def schema(shelf: Shelf) -> Iterator[str]:
    """The statements that make a table and its indexes."""
    yield (
        f"CREATE TABLE IF NOT EXISTS {shelf.name} (tenant TEXT NOT NULL, id TEXT NOT NULL, at REAL, body TEXT NOT NULL,"
        " PRIMARY KEY (tenant, id)) WITHOUT ROWID"
    )
    for index in shelf.indexes:
        yield _index(shelf, index)


def _index(shelf: Shelf, index: Index) -> str:
    parts = ["tenant", *map(_field, index.fields), "at DESC", "id DESC"]
    known = [_field(index.fields[0])] if index.sparse else []
    if shelf.ends is not None:
        known.append("at")  # what is not over is on no page, and costs no index anything
    only = f" WHERE {' AND '.join(f'{one} IS NOT NULL' for one in known)}" if known else ""
    return f"CREATE INDEX IF NOT EXISTS {shelf.name}_{index.name} ON {shelf.name} ({', '.join(parts)}){only}"


def _field(name: str) -> str:
    if not name.replace("_", "").isalnum():
        raise ValueError(f"{name!r} is no field")
    return f"json_extract(body, '$.{name}')"


def _where(conditions: Sequence[Where]) -> tuple[str, list[Any]]:
    text, values = "", list[Any]()
    for one in conditions:
        if one.op == "known":
            text += f" AND {_field(one.field)} IS NOT NULL"
        elif one.op == "in":
            text += f" AND {_field(one.field)} IN ({', '.join('?' * len(one.value))})"
            values += one.value
        else:
            text += f" AND {_field(one.field)} {one.op} ?"
            values.append(one.value)
    return text, values


def select(shelf: Shelf, tenant: str, query: Query, rare: bool = False) -> tuple[str, list[Any]]:
    """The statement of a page and its values; `rare` asks the index of words and sorts what it gives."""
    at = "+at" if rare else "at"  # the plus keeps sqlite3 from walking the documents by their moment
    clauses, more = _where(query.where)
    since, until = span(query)
    values: list[Any] = [tenant, since, *more]
    if query.until is not None:  # else the place alone bounds it, and sqlite3 keeps to the index
        clauses += f" AND {at} < ?"
        values.append(until)
    for word in query.words:
        clauses += " AND id IN (SELECT id FROM word WHERE shelf = ? AND tenant = ? AND word >= ? AND word < ?)"
        values += [shelf.name, tenant, word, _after(word)]
    order, than = ("ASC", ">") if query.oldest_first else ("DESC", "<")
    if query.after is not None:
        clauses += f" AND ({at}, id) {than} (?, ?)"
        values += query.after
    ranges = [one.field for one in query.where if one.op in (">=", "<", "in")]
    hint = f" INDEXED BY {shelf.name}_{ranges[0]}" if ranges else ""  # few have it: better sorted than sought
    text = f"SELECT id, at, body FROM {shelf.name}{hint} WHERE tenant = ? AND {at} >= ?{clauses}"
    return f"{text} ORDER BY {at} {order}, id {order} LIMIT ?", [*values, query.limit]


def _after(prefix: str) -> str:
    return prefix + "\U0010ffff"


def _get(sql: sqlite3.Connection, shelf: Shelf, tenant: str, id: str) -> Body | None:
    row = sql.execute(f"SELECT body FROM {shelf.name} WHERE tenant = ? AND id = ?", (tenant, id)).fetchone()
    return orjson.loads(row[0]) if row else None


def _alike(change: Change) -> tuple[str, bool]:
    """Changes one after the other that are alike can be one statement."""
    return change.shelf.name, isinstance(change, Put)


def _write_all(sql: sqlite3.Connection, alike: Sequence[Change]) -> None:
    shelf = alike[0].shelf
    if shelf.marks or shelf.words:
        for change in alike:
            _write(sql, change)
    elif isinstance(alike[0], Put):
        rows = [_row(shelf, one.tenant, one.id, shelf.merged(one.body, None)) for one in alike if isinstance(one, Put)]
        sql.executemany(_insert(shelf), rows)
    else:
        sql.executemany(_delete(shelf), [(one.tenant, one.id) for one in alike])


def _write(sql: sqlite3.Connection, change: Change) -> None:
    shelf, tenant, id = change.shelf, change.tenant, change.id
    before = _get(sql, shelf, tenant, id)
    match change:
        case Put(body=body):
            _put(sql, shelf, tenant, id, shelf.merged(body, before), before)
        case Drop():
            _drop(sql, shelf, tenant, id, before)


def _row(shelf: Shelf, tenant: str, id: str, body: Body) -> tuple[str, str, float | None, str]:
    try:
        return tenant, id, shelf.moment(body), orjson.dumps(body).decode()
    except (TypeError, ValueError) as error:
        raise BadDocument(f"{shelf.name} {id} is not JSON: {error}") from error


def _insert(shelf: Shelf) -> str:
    return f"INSERT OR REPLACE INTO {shelf.name} VALUES (?, ?, ?, ?)"


def _delete(shelf: Shelf) -> str:
    return f"DELETE FROM {shelf.name} WHERE tenant = ? AND id = ?"


def _put(sql: sqlite3.Connection, shelf: Shelf, tenant: str, id: str, body: Body, before: Body | None) -> None:
    sql.execute(_insert(shelf), _row(shelf, tenant, id, body))
    if shelf.words and (before is None or any(before.get(name) != body.get(name) for name in shelf.words)):
        old, new = set(words_of(before or {}, shelf.words)), set(words_of(body, shelf.words))
        _unword(sql, shelf, tenant, id, old - new)
        added = [(shelf.name, tenant, word, id) for word in new - old]
        sql.executemany("INSERT OR IGNORE INTO word VALUES (?, ?, ?, ?)", added)


def _drop(sql: sqlite3.Connection, shelf: Shelf, tenant: str, id: str, before: Body | None) -> None:
    sql.execute(_delete(shelf), (tenant, id))
    if before is not None:
        _unword(sql, shelf, tenant, id, set(words_of(before, shelf.words)))


def _unword(sql: sqlite3.Connection, shelf: Shelf, tenant: str, id: str, words: set[str]) -> None:
    gone = [(shelf.name, tenant, word, id) for word in words]
    sql.executemany("DELETE FROM word WHERE shelf = ? AND tenant = ? AND word = ? AND id = ?", gone)
