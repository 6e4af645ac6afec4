"""The embedded store: every filter of the journal is answered by its index, and the file of the first version is read."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from history.embedded import BATCH, BATCH_CACHE_KIB, EmbeddedStore, SqliteShelves, schema
from history.shelves import ACTIVITIES, CALLS, SHELVES, Query, Shelf, Where
from history.store import ActivityFilter, CallFilter
from tests.history.stores import NOW, call, keep
from tests.history.test_store import ACTIVITY_FILTERS, CALL_FILTERS, MANY_CALLS


@pytest.mark.parametrize(
    ("shelf", "wanted"),
    [*((CALLS, wanted) for wanted, _ in CALL_FILTERS), *((ACTIVITIES, wanted) for wanted, _ in ACTIVITY_FILTERS)],
)
def test_a_filter_uses_its_index(tmp_path: Path, shelf: Shelf, wanted: CallFilter | ActivityFilter) -> None:
    shelves = SqliteShelves(tmp_path / "history.sqlite3")
    query = wanted.query()
    query = replace(query, where=tuple(Where(w.field, "=", "x") if w.op == "in" else w for w in query.where))
    plan = shelves.explain(shelf, "acme", query)
    if query.words:
        assert "SEARCH word USING PRIMARY KEY" in plan
    elif query.where:
        assert f"USING INDEX {shelf.name}_{query.where[0].field} " in plan
    else:
        assert f"USING INDEX {shelf.name}_newest " in plan
    assert "SCAN" not in plan.replace("LIST SUBQUERY", "")
    one_value = not query.words and all(where.op == "=" for where in query.where)
    assert not one_value or "TEMP B-TREE" not in plan, "rows come out of the index in order"
    shelves.close()


@pytest.mark.parametrize(
    ("shelf", "field"),
    [
        pytest.param(shelf, index.fields, id=f"{shelf.name}-{'-'.join(index.fields)}")
        for shelf in SHELVES
        for index in shelf.indexes
    ],
)
def test_every_index_serves_pages_in_order_also_behind_a_cursor(
    tmp_path: Path, shelf: Shelf, field: tuple[str, ...]
) -> None:
    shelves = SqliteShelves(tmp_path / "history.sqlite3")
    query = Query(tuple(Where(name, "=", "x") for name in field), after=(5.0, "z"))
    plan = shelves.explain(shelf, "acme", query)
    assert f"SEARCH {shelf.name} USING INDEX {shelf.name}_{'_'.join(field) or 'newest'} " in plan
    assert "TEMP B-TREE" not in plan
    shelves.close()


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_page_far_down_a_span_costs_no_more_than_its_first(tmp_path: Path, oldest_first: bool) -> None:
    keep(store := EmbeddedStore(tmp_path / "history.sqlite3"), *(call(f"c{n:04}", at=NOW + n) for n in range(2000)))
    span = Query(since=NOW - 1, until=NOW + 3000, limit=20, oldest_first=oldest_first)
    costs, sql, after = list[int](), store.shelves._sql(), None
    for _ in range(100):
        steps = list[int]()
        sql.set_progress_handler(partial(steps.append, 1), 10)
        rows = store.shelves.page(CALLS, "acme", replace(span, after=after))
        sql.set_progress_handler(None, 10)
        costs.append(len(steps))
        after = (rows[-1].at or 0.0, rows[-1].id)
    assert costs[99] < 1.5 * costs[1]
    store.close()


def test_a_rare_word_is_sought_in_the_index_of_words_and_a_common_one_among_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("history.embedded.RARE_MAX", 20)
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    keep(store, *(call(f"c{n:02d}", at=NOW + n, from_name="Zoe" if n % 10 == 0 else "Ann") for n in range(60)))
    shelves = store.shelves
    assert isinstance(shelves, SqliteShelves)
    rare = shelves.explain(CALLS, "acme", CallFilter(party="zoe").query())
    assert "SEARCH calls USING PRIMARY KEY (tenant=? AND id=?)" in rare
    assert "calls_newest" in shelves.explain(CALLS, "acme", CallFilter(party="ann").query())
    for party, count in (("zoe", 6), ("ann", 54), ("ann 0100", 54), ("zoe 0100", 6), ("zoe ann", 0)):
        found, cursor = list[str](), None
        while True:
            page = store.calls("acme", CallFilter(party=party, since=NOW, until=NOW + 60), cursor, 4)
            found += [one.id for one in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert count == len(found)
        assert sorted(found, reverse=True) == found
    store.close()


@pytest.mark.parametrize("before", [(), tuple(schema(replace(CALLS, ends=None)))], ids=["new", "old"])
def test_an_open_call_is_on_no_page_whether_the_indexes_hold_it_or_not(tmp_path: Path, before: tuple[str, ...]) -> None:
    path = tmp_path / "history.sqlite3"
    with sqlite3.connect(path) as sql:
        for statement in before:
            sql.execute(statement)
    sql.close()
    store = EmbeddedStore(path)
    keep(store, *MANY_CALLS, *(replace(one, id=f"open-{one.id}", ended_at=None) for one in MANY_CALLS))
    assert isinstance(store.shelves, SqliteShelves)
    for wanted, expected in CALL_FILTERS:
        assert [expected] == [one.id for one in store.calls("acme", wanted, None, 50).rows]
        assert "SCAN" not in store.shelves.explain(CALLS, "acme", wanted.query()).replace("LIST SUBQUERY", "")
    assert len(MANY_CALLS) == len(store.calls("acme", CallFilter(), None, 50).rows)
    store.close()


def test_only_who_writes_batches_has_a_large_cache(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    assert isinstance(store.shelves, SqliteShelves)
    keep(store, call("c1"))
    (small,) = store.shelves._sql().execute("PRAGMA cache_size").fetchone()
    keep(store, *(call(f"c{n}") for n in range(BATCH)))
    (large,) = store.shelves._sql().execute("PRAGMA cache_size").fetchone()
    assert (-BATCH_CACHE_KIB, True) == (large, -large > 2 * -small)
    store.close()


def test_what_is_acknowledged_is_synced(tmp_path: Path) -> None:
    """WAL and FULL: a commit ends with a sync of the journal (https://sqlite.org/pragma.html#pragma_synchronous)."""
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    assert isinstance(store.shelves, SqliteShelves)
    keep(store, *(call(f"c{n}") for n in range(BATCH)))
    asked = [store.shelves._sql().execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert ["wal", 2] == asked
    store.close()


OLD = """
CREATE TABLE call (id TEXT PRIMARY KEY, tenant TEXT, started_at REAL, ended_at REAL, direction TEXT, outcome TEXT, party TEXT,
    body TEXT);
CREATE TABLE leg (id TEXT PRIMARY KEY, tenant TEXT, call TEXT, started_at REAL, body TEXT);
CREATE TABLE step (tenant TEXT, call TEXT, number INTEGER, body TEXT, PRIMARY KEY (tenant, call, number));
CREATE TABLE quality (tenant TEXT, call TEXT, leg TEXT, at REAL, direction TEXT, body TEXT);
CREATE TABLE ladder (tenant TEXT, call TEXT, body TEXT, PRIMARY KEY (tenant, call));
CREATE TABLE activity (id TEXT PRIMARY KEY, tenant TEXT, call TEXT, at REAL, state TEXT, unread INTEGER, body TEXT);
CREATE TABLE open_thing (id TEXT PRIMARY KEY, node TEXT, boot TEXT, body TEXT);
CREATE TABLE boot (boot TEXT PRIMARY KEY, seen_at REAL);
CREATE TABLE source (name TEXT PRIMARY KEY, position INTEGER);
"""
OLD_CALL = {
    "id": "c1",
    "tenant": "acme",
    "direction": "inbound",
    "from": "+12025550100",
    "from_name": "Ann",
    "to": "+1",
    "started_at": 5.0,
    "ended_at": 9.0,
}
OLD_ITEM = {
    "id": "ac1",
    "tenant": "acme",
    "kind": "voicemail",
    "call": "c1",
    "at": 5.0,
    "from": "+12025550100",
    "to": "+1",
    "state": "done",
    "unread": False,
}


def test_a_history_of_the_first_version_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    with sqlite3.connect(path) as sql:
        sql.executescript(OLD)
        sql.execute("INSERT INTO call (id, tenant, body) VALUES ('c1', 'acme', ?)", (json.dumps(OLD_CALL),))
        step = {"call": "c1", "tenant": "acme", "index": 0, "at": 5.0, "code": "a", "text": "b"}
        sql.execute("INSERT INTO step VALUES ('acme', 'c1', 0, ?)", (json.dumps(step),))
        sql.execute("INSERT INTO activity (id, tenant, body) VALUES ('ac1', 'acme', ?)", (json.dumps(OLD_ITEM),))
        sql.execute("INSERT INTO source VALUES ('spool', 42)")
        sql.execute("INSERT INTO boot VALUES ('n/1', 8.0)")
    sql.close()
    for _ in range(2):
        store = EmbeddedStore(path)
        assert ["c1"] == [one.id for one in store.calls("acme", CallFilter(party="ann"), None, 9).rows]
        assert ["ac1"] == [
            one.id for one in store.activities("acme", ActivityFilter(states=("finished",)), None, 9).rows
        ]
        assert (1, 42, 8.0) == (len(store.steps("acme", "c1")), store.position("spool"), store.boot_seen_at("n/1"))
        store.close()
