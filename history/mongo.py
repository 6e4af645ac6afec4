"""The history on a MongoDB replica set: a collection a shelf; acknowledged by the majority's journals, or not at all.

A stored document is `{_id: "tenant/id", tenant, id, at, words, rev, body}`. Asked is only what every MongoDB since 4.4 does:
equality and ranges on indexed fields, sorted pages by keyset, replacement by `_id` and revision. Nothing needs a transaction: a
batch is a list of whole documents that may be written again, its position comes last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bson.errors import InvalidBSON, InvalidDocument, InvalidStringData
from pymongo import ASCENDING, DESCENDING, DeleteOne, MongoClient, ReadPreference, ReplaceOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern

from history.shelves import SHELVES, BadDocument, Body, Change, Drop, Index, Put, Query, Row, Shelf, StoreAway, Where
from history.spans import span
from history.store import HistoryStore
from history.words import words_of

Stored = dict[str, Any]
DATABASE = "softswitch"
SERVER_WAIT_MS = 5_000
ANSWER_WAIT_MS = 20_000
WRITES_MAX = 500
"""Documents written with one command: far below the 100,000 and 48 MB of MongoDB, also with SIP ladders."""
RACES_MAX = 50
WALK_BLOCK = 500
DUPLICATE_KEY = 11000
BAD_DOCUMENT = frozenset({2, 9, 121, 10334, 17419, 17420})
"""BadValue, FailedToParse, DocumentValidationFailure, BSONObjectTooLarge and its kin: the same again would end the same."""


class MongoStore(HistoryStore):
    """`HistoryStore` on the servers of `url`, in its database (none named: `softswitch`)."""

    def __init__(self, url: str, answer_wait_ms: int = ANSWER_WAIT_MS) -> None:
        super().__init__(MongoShelves(url, answer_wait_ms))


class MongoShelves:
    """`Shelves` over pymongo. Made without asking the servers; indexes are made at the first write."""

    def __init__(self, url: str, answer_wait_ms: int = ANSWER_WAIT_MS) -> None:
        self._client: MongoClient[Stored] = MongoClient(
            url,
            tz_aware=True,
            appname="softswitch",
            retryWrites=True,
            serverSelectionTimeoutMS=min(SERVER_WAIT_MS, answer_wait_ms),
            connectTimeoutMS=SERVER_WAIT_MS,
            socketTimeoutMS=answer_wait_ms,
            connect=False,
        )
        self._database = self._client.get_default_database(DATABASE).with_options(
            write_concern=WriteConcern(w="majority", j=True, wtimeout=answer_wait_ms),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._indexed = False

    def _of(self, shelf: Shelf) -> Collection[Stored]:
        return self._database[shelf.name]

    def _index(self) -> None:
        if not self._indexed:
            for shelf in SHELVES:
                for index in shelf.indexes:
                    options: dict[str, Any] = {"name": index.name}
                    if index.sparse:
                        options["partialFilterExpression"] = {f"body.{index.fields[0]}": {"$exists": True}}
                    self._of(shelf).create_index(keys_of(index), **options)
                if shelf.words:
                    self._of(shelf).create_index([("tenant", ASCENDING), ("words", ASCENDING)], name="words")
                self._of(shelf).create_index([("tenant", ASCENDING), ("_id", ASCENDING)], name="tenant")
            self._indexed = True

    def write(self, changes: Sequence[Change]) -> None:
        with _away():
            self._index()
            for start in range(0, len(changes), WRITES_MAX):
                for shelf, some in _by_shelf(changes[start : start + WRITES_MAX]):
                    self._write(shelf, some)

    def _write(self, shelf: Shelf, changes: dict[str, Change]) -> None:
        """Documents with marks are replaced only as they were read; who was faster makes us read again."""
        for _ in range(RACES_MAX):
            before = self._stored(shelf, list(changes)) if shelf.marks else {}
            todo = [_request(change, before.get(key)) for key, change in changes.items()]
            try:
                done = self._of(shelf).bulk_write(todo, ordered=False)
            except BulkWriteError as error:
                codes = {one.get("code") for one in error.details.get("writeErrors", ())}
                if codes & BAD_DOCUMENT:
                    raise BadDocument(f"MongoDB does not take it: {error}") from error
                if codes != {DUPLICATE_KEY} or error.details.get("writeConcernErrors"):
                    raise
                continue  # somebody put or changed the same document: an upsert by revision finds its `_id` taken
            if not done.acknowledged:
                raise StoreAway("the history did not acknowledge")
            return
        raise StoreAway(f"others change the same {shelf.name} all the time")

    def _stored(self, shelf: Shelf, keys: list[str]) -> dict[str, Stored]:
        tenants = list({key.partition("/")[0] for key in keys})
        wanted = {"tenant": {"$in": tenants}, "_id": {"$in": keys}}
        return {found["_id"]: found for found in self._of(shelf).find(wanted)}

    def change(self, shelf: Shelf, tenant: str, id: str, make: Callable[[Body], Body | None]) -> Body | None:
        place = _place(tenant, id)
        with _away():
            for _ in range(RACES_MAX):
                before = self._of(shelf).find_one(place)
                if before is None:
                    return None
                made, as_read = make(before["body"]), {**place, "rev": before["rev"]}
                if made is None:
                    if self._of(shelf).delete_one(as_read).deleted_count:
                        return None
                    continue
                body = shelf.merged(made, None)
                after = _document(shelf, tenant, id, body, before["rev"] + 1)
                if self._of(shelf).replace_one(as_read, after).matched_count:
                    return body
        raise StoreAway(f"others change {shelf.name} {id} all the time")

    def settle(self, shelf: Shelf, rows: Sequence[Row]) -> None:
        with _away():
            for start in range(0, len(rows), WRITES_MAX):
                some = {_key(row.tenant, row.id): row for row in rows[start : start + WRITES_MAX]}
                now = self._stored(shelf, list(some))
                same = [found for key, found in now.items() if found["body"] == some[key].body]
                gone = [DeleteOne({**_place(found["tenant"], found["id"]), "body": found["body"]}) for found in same]
                if gone:
                    self._of(shelf).bulk_write(gone, ordered=False)

    def get(self, shelf: Shelf, tenant: str, id: str) -> Body | None:
        with _away():
            found = self._of(shelf).find_one(_place(tenant, id))
        return found["body"] if found else None

    def page(self, shelf: Shelf, tenant: str, query: Query) -> list[Row]:
        order = ASCENDING if query.oldest_first else DESCENDING
        with _away():
            found = self._of(shelf).find(filter_of(tenant, query)).sort([("at", order), ("_id", order)])
            return [_row(one) for one in found.limit(query.limit)]

    def below(self, shelf: Shelf, tenant: str, prefix: str) -> list[Body]:
        span = {"tenant": tenant, "_id": {"$gte": _key(tenant, prefix), "$lt": _key(tenant, prefix) + "\U0010ffff"}}
        with _away():
            return [one["body"] for one in self._of(shelf).find(span).sort([("_id", ASCENDING)])]

    def documents(self, shelf: Shelf, tenant: str) -> Iterator[Row]:
        after, more = _key(tenant, ""), True
        while more:
            with _away():
                span = {"tenant": tenant, "_id": {"$gt": after}}
                found = list(self._of(shelf).find(span).sort([("_id", ASCENDING)]).limit(WALK_BLOCK))
            for one in found:
                yield _row(one)
                after = one["_id"]
            more = len(found) == WALK_BLOCK

    def count(self, shelf: Shelf, tenant: str, where: tuple[Where, ...], count_max: int) -> int:
        with _away():
            return self._of(shelf).count_documents(filter_of(tenant, Query(where)), limit=count_max)

    def wipe(self, shelf: Shelf, tenant: str) -> int:
        with _away():
            return self._of(shelf).delete_many({"tenant": tenant}).deleted_count

    def size(self, shelf: Shelf, tenant: str) -> int:
        with _away():
            return self._of(shelf).count_documents({"tenant": tenant})

    def everywhere(self, shelf: Shelf, where: tuple[Where, ...]) -> Iterator[Row]:
        with _away():
            for one in self._of(shelf).find({"tenant": {"$gte": ""}, **_conditions(where)}):
                yield _row(one)

    def close(self) -> None:
        self._client.close()


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (InvalidBSON, InvalidDocument, InvalidStringData, OverflowError) as error:
        raise BadDocument(f"MongoDB does not take it: {error}") from error
    except PyMongoError as error:
        raise StoreAway(f"the history does not answer: {error}") from error


def keys_of(index: Index) -> list[tuple[str, int]]:
    """An index as MongoDB takes it."""
    fields = [(f"body.{name}", ASCENDING) for name in index.fields]
    return [("tenant", ASCENDING), *fields, ("at", DESCENDING), ("_id", DESCENDING)]


def filter_of(tenant: str, query: Query) -> Stored:
    """A page as MongoDB is asked for it."""
    since, until = span(query)
    moments: Stored = {"$gte": since}
    if until is not None:
        moments["$lt"] = until
    found: Stored = {"tenant": tenant, "at": moments, **_conditions(query.where)}
    more: list[Stored] = [{"words": {"$regex": f"^{re.escape(word)}"}} for word in query.words]
    if query.after is not None:
        than, (at, id) = "$gt" if query.oldest_first else "$lt", query.after
        more.append({"$or": [{"at": {than: at}}, {"at": at, "_id": {than: _key(tenant, id)}}]})
    return {**found, "$and": more} if more else found


_OPERATORS = {"known": "$exists", "=": "$eq", "in": "$in", ">=": "$gte", "<": "$lt"}


def _conditions(where: Sequence[Where]) -> Stored:
    found: Stored = {}
    for one in where:
        operator = _OPERATORS[one.op]
        value = list(one.value) if one.op == "in" else one.value
        found.setdefault(f"body.{one.field}", {})[operator] = True if one.op == "known" else value
        if one.op == "<":
            found[f"body.{one.field}"].setdefault("$gte", 0.0)  # never what has none
        if one.op == "=":
            found[f"body.{one.field}"]["$exists"] = True  # so that a partial index may answer
    return found


def _by_shelf(changes: Sequence[Change]) -> Iterator[tuple[Shelf, dict[str, Change]]]:
    """The changes, shelf by shelf in the order in which shelves come up; of one document only the last."""
    shelves: dict[str, tuple[Shelf, dict[str, Change]]] = {}
    for change in changes:
        some = shelves.setdefault(change.shelf.name, (change.shelf, {}))[1]
        some.pop(_key(change.tenant, change.id), None)
        some[_key(change.tenant, change.id)] = change
    yield from shelves.values()


def _request(change: Change, before: Stored | None) -> ReplaceOne[Stored] | DeleteOne:
    place = _place(change.tenant, change.id)
    match change:
        case Drop():
            return DeleteOne(place)
        case Put(shelf=shelf, body=body) if shelf.marks:
            merged = shelf.merged(body, before["body"] if before else None)
            rev = before["rev"] if before else 0
            document = _document(shelf, change.tenant, change.id, merged, rev + 1)
            return ReplaceOne({**place, "rev": rev}, document, upsert=True)
        case Put(shelf=shelf, body=body):
            document = _document(shelf, change.tenant, change.id, shelf.merged(body, None), 1)
            return ReplaceOne(place, document, upsert=True)


def _document(shelf: Shelf, tenant: str, id: str, body: Body, rev: int) -> Stored:
    known = {
        name: value for name, value in body.items() if value is not None or name in shelf.marks
    }  # for sparse indexes
    found: Stored = {"_id": _key(tenant, id), "tenant": tenant, "id": id, "rev": rev, "body": known}
    moment = shelf.moment(body)
    if moment is not None:
        found["at"] = moment
    if shelf.words:
        found["words"] = list(words_of(body, shelf.words))
    return found


def _row(found: Stored) -> Row:
    return Row(found["tenant"], found["id"], found.get("at"), found["body"])


def _place(tenant: str, id: str) -> Stored:
    """The tenant, too: it is what a sharded cluster is sharded by."""
    return {"tenant": tenant, "_id": _key(tenant, id)}


def _key(tenant: str, id: str) -> str:
    return f"{tenant}/{id}"
