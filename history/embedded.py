"""The history on sqlite3: real columns for what is asked, the whole document as JSON beside them; WAL, tenant first."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import orjson

from history.documents import Activity, Call, Document, Leg, QualityWindow, SipMessage, Step
from history.store import PAGE_MAX, BadCursor, Batch, CallFilter, Page

SCHEMA = """
CREATE TABLE IF NOT EXISTS call (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL,
    direction TEXT NOT NULL, outcome TEXT, party TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_newest ON call (tenant, started_at DESC, id DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS call_outcome ON call (tenant, outcome, started_at DESC, id DESC) WHERE ended_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS leg (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, call TEXT NOT NULL, started_at REAL NOT NULL,
    body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS leg_call ON leg (tenant, call, started_at, id);
CREATE TABLE IF NOT EXISTS step (tenant TEXT NOT NULL, call TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, call, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quality (tenant TEXT NOT NULL, call TEXT NOT NULL, leg TEXT NOT NULL, at REAL NOT NULL,
    direction TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, call, leg, at, direction)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ladder (tenant TEXT NOT NULL, call TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, call)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS activity (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, call TEXT NOT NULL, at REAL NOT NULL,
    state TEXT NOT NULL, unread INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS activity_newest ON activity (tenant, at DESC, id DESC);
CREATE INDEX IF NOT EXISTS activity_state ON activity (tenant, state, at DESC, id DESC);
CREATE INDEX IF NOT EXISTS activity_call ON activity (tenant, call);
CREATE INDEX IF NOT EXISTS activity_voicemail ON activity (tenant, json_extract(body, '$.mailbox'), unread)
    WHERE state = 'open' AND json_extract(body, '$.kind') = 'voicemail';
CREATE TABLE IF NOT EXISTS open_thing (id TEXT PRIMARY KEY, node TEXT NOT NULL, boot TEXT NOT NULL, body TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boot (boot TEXT PRIMARY KEY, seen_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""

CURSOR_CHARS_MAX = 400
_MAILBOX = "json_extract(body, '$.mailbox')"
_VOICEMAIL = "state = 'open' AND json_extract(body, '$.kind') = 'voicemail'"

D = TypeVar("D", bound=Document)


class EmbeddedStore:
    """`HistoryStore` in one file. Any thread may ask: each has its own connection; writers queue up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        with self._writing:
            self._sql().executescript(SCHEMA)

    def _sql(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA busy_timeout = 30000")
            self._local.connection = connection
            self._all.append(connection)
        return connection

    # -- writing ---------------------------------------------------------------------------------------------------

    def apply(self, batch: Batch, source: str, position: int) -> None:
        with self._writing:
            sql = self._sql()
            sql.execute("BEGIN IMMEDIATE")
            try:
                _write(sql, batch)
                sql.execute("INSERT OR REPLACE INTO source VALUES (?, ?)", (source, position))
            except BaseException:
                sql.execute("ROLLBACK")
                raise
            sql.execute("COMMIT")

    def position(self, source: str) -> int:
        row = self._sql().execute("SELECT position FROM source WHERE name = ?", (source,)).fetchone()
        return int(row[0]) if row else 0

    def update_activity(
        self, tenant: str, activity_id: str, unread: bool | None = None, state: str | None = None
    ) -> Activity | None:
        with self._writing:
            sql = self._sql()
            sql.execute("BEGIN IMMEDIATE")
            try:
                found = self.activity(tenant, activity_id)
                if found is not None:
                    said = {"unread": unread, "state": state}
                    changed = found.to_document() | {key: value for key, value in said.items() if value is not None}
                    found = Activity.from_document(changed)
                    _write_activity(sql, found)
            except BaseException:
                sql.execute("ROLLBACK")
                raise
            sql.execute("COMMIT")
        return found

    # -- what was left open ----------------------------------------------------------------------------------------

    def open_things(self, node: str, but_boot: str) -> list[dict[str, Any]]:
        rows = self._sql().execute(
            "SELECT body FROM open_thing WHERE node = ? AND boot <> ? ORDER BY id", (node, but_boot)
        )
        return [json.loads(row[0]) for row in rows]

    def open_thing(self, thing_id: str) -> dict[str, Any] | None:
        row = self._sql().execute("SELECT body FROM open_thing WHERE id = ?", (thing_id,)).fetchone()
        return json.loads(row[0]) if row else None

    def boot_seen_at(self, boot: str) -> float | None:
        row = self._sql().execute("SELECT seen_at FROM boot WHERE boot = ?", (boot,)).fetchone()
        return float(row[0]) if row else None

    # -- questions -------------------------------------------------------------------------------------------------

    def calls(self, tenant: str, wanted: CallFilter, cursor: str | None, limit: int) -> Page[Call]:
        where, values = ["tenant = ?", "ended_at IS NOT NULL"], [tenant]
        said: list[tuple[str, Any]] = [
            ("direction = ?", wanted.direction),
            ("outcome = ?", wanted.outcome),
            ("started_at >= ?", wanted.since),
            ("started_at < ?", wanted.until),
            ("instr(party, ?) > 0", wanted.party.lower() if wanted.party else None),
        ]
        for clause, value in said:
            if value is not None:
                where.append(clause)
                values.append(value)
        return self._page(
            "call", "started_at", where, values, cursor, limit, Call.from_document, lambda c: c.started_at
        )

    def activities(self, tenant: str, state: str | None, cursor: str | None, limit: int) -> Page[Activity]:
        where, values = ["tenant = ?"], [tenant]
        if state is not None:
            where.append("state = ?")
            values.append(state)
        return self._page("activity", "at", where, values, cursor, limit, Activity.from_document, lambda a: a.at)

    def _page(
        self,
        table: str,
        order: str,
        where: list[str],
        values: list[Any],
        cursor: str | None,
        limit: int,
        make: Callable[[Mapping[str, Any]], Any],
        stamp: Callable[[Any], float],
    ) -> Page[Any]:
        limit = max(1, min(limit, PAGE_MAX))
        if cursor is not None:
            where = [*where, f"({order}, id) < (?, ?)"]
            values = [*values, *_read_cursor(cursor)]
        query = f"SELECT body FROM {table} WHERE {' AND '.join(where)} ORDER BY {order} DESC, id DESC LIMIT ?"
        rows = [make(json.loads(row[0])) for row in self._sql().execute(query, (*values, limit + 1))]
        if len(rows) <= limit:
            return Page(tuple(rows))
        last = rows[limit - 1]
        return Page(tuple(rows[:limit]), _cursor(stamp(last), last.id))

    def call(self, tenant: str, call_id: str) -> Call | None:
        return self._one(Call, "SELECT body FROM call WHERE tenant = ? AND id = ?", tenant, call_id)

    def legs(self, tenant: str, call_id: str) -> tuple[Leg, ...]:
        return self._many(
            Leg, "SELECT body FROM leg WHERE tenant = ? AND call = ? ORDER BY started_at, id", tenant, call_id
        )

    def steps(self, tenant: str, call_id: str) -> tuple[Step, ...]:
        return self._many(Step, "SELECT body FROM step WHERE tenant = ? AND call = ? ORDER BY number", tenant, call_id)

    def quality(self, tenant: str, call_id: str) -> tuple[QualityWindow, ...]:
        query = "SELECT body FROM quality WHERE tenant = ? AND call = ? ORDER BY at, leg, direction"
        return self._many(QualityWindow, query, tenant, call_id)

    def messages(self, tenant: str, call_id: str) -> tuple[SipMessage, ...]:
        row = self._sql().execute("SELECT body FROM ladder WHERE tenant = ? AND call = ?", (tenant, call_id)).fetchone()
        return tuple(SipMessage.from_document(one) for one in json.loads(row[0])) if row else ()

    def activity(self, tenant: str, activity_id: str) -> Activity | None:
        return self._one(Activity, "SELECT body FROM activity WHERE tenant = ? AND id = ?", tenant, activity_id)

    def activity_of_call(self, tenant: str, call_id: str) -> Activity | None:
        return self._one(
            Activity, "SELECT body FROM activity WHERE tenant = ? AND call = ? ORDER BY at, id", tenant, call_id
        )

    def counts(self, tenant: str) -> dict[str, int]:
        query = "SELECT state, count(*), sum(unread) FROM activity WHERE tenant = ? GROUP BY state"
        counts = {"open": 0, "done": 0, "unread": 0}
        for state, count, unread in self._sql().execute(query, (tenant,)):
            counts[state] = count
            counts["unread"] += unread or 0
        return counts

    def mailboxes(self) -> dict[tuple[str, str], tuple[int, int]]:
        query = f"SELECT tenant, {_MAILBOX}, sum(unread), count(*) FROM activity WHERE {_VOICEMAIL} GROUP BY 1, 2"
        rows = self._sql().execute(query)
        return {(tenant, mailbox): (new, total - new) for tenant, mailbox, new, total in rows if mailbox is not None}

    def mailbox(self, tenant: str, mailbox: str) -> tuple[int, int]:
        query = f"SELECT sum(unread), count(*) FROM activity WHERE {_VOICEMAIL} AND tenant = ? AND {_MAILBOX} = ?"
        new, total = self._sql().execute(query, (tenant, mailbox)).fetchone()
        return (new or 0, total - (new or 0))

    def _one(self, kind: type[D], query: str, *values: str) -> D | None:
        row = self._sql().execute(query, values).fetchone()
        return kind.from_document(json.loads(row[0])) if row else None

    def _many(self, kind: type[D], query: str, *values: str) -> tuple[D, ...]:
        return tuple(kind.from_document(json.loads(row[0])) for row in self._sql().execute(query, values))

    def close(self) -> None:
        with self._writing:
            for connection in self._all:
                connection.close()
            self._all.clear()


def _body(document: Document) -> str:
    return orjson.dumps(document.to_document()).decode()


def _write(sql: sqlite3.Connection, batch: Batch) -> None:
    put = "INSERT OR REPLACE INTO {} VALUES ({})"
    for call in batch.calls:
        party = " ".join(filter(None, (call.from_, call.from_name, call.to, call.to_name, call.who))).lower()
        row = (call.id, call.tenant, call.started_at, call.ended_at, call.direction, call.outcome, party, _body(call))
        sql.execute(put.format("call", "?,?,?,?,?,?,?,?"), row)
    for leg in batch.legs:
        sql.execute(put.format("leg", "?,?,?,?,?"), (leg.id, leg.tenant, leg.call, leg.started_at, _body(leg)))
    for step in batch.steps:
        sql.execute(put.format("step", "?,?,?,?"), (step.tenant, step.call, step.index, _body(step)))
    for one in batch.quality:
        row_of = (one.tenant, one.call, one.leg, one.at, one.direction, _body(one))
        sql.execute(put.format("quality", "?,?,?,?,?,?"), row_of)
    for tenant, call_id, messages in batch.messages:
        body = orjson.dumps([message.to_document() for message in messages]).decode()
        sql.execute(put.format("ladder", "?,?,?"), (tenant, call_id, body))
    for tenant, activity_id in batch.dropped_activities:
        sql.execute("DELETE FROM activity WHERE tenant = ? AND id = ?", (tenant, activity_id))
    for activity in batch.activities:
        _write_activity(sql, activity)
    for thing in batch.open_things:
        row_open = (thing["id"], thing["node"], thing["boot"], json.dumps(thing, ensure_ascii=False))
        sql.execute(put.format("open_thing", "?,?,?,?"), row_open)
    sql.executemany("DELETE FROM open_thing WHERE id = ?", [(thing_id,) for thing_id in batch.closed_things])
    sql.executemany(put.format("boot", "?,?"), list(batch.boots.items()))


def _write_activity(sql: sqlite3.Connection, activity: Activity) -> None:
    row = (activity.id, activity.tenant, activity.call, activity.at, activity.state, activity.unread, _body(activity))
    sql.execute("INSERT OR REPLACE INTO activity VALUES (?,?,?,?,?,?,?)", row)


def _cursor(stamp: float, row_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([float(stamp), row_id]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[float, str]:
    try:
        if len(cursor) > CURSOR_CHARS_MAX:
            raise ValueError("too long")
        stamp, row_id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if type(stamp) is not float or not isfinite(stamp) or type(row_id) is not str:
            raise ValueError("not a place")
    except (ValueError, TypeError) as error:
        raise BadCursor("this cursor is not ours") from error
    return stamp, row_id
