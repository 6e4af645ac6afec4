"""What the history keeps, as shelves of JSON documents, and the few things that a back end has to do with them.

A shelf is a collection of MongoDB or a table of sqlite3. A document has a tenant, an id and, where it is asked for by time, a
moment `at`; without one it is on no page. Pages go from the newest to the oldest, one index a filter, by keyset. Back ends
know nothing of calls or activities; `history.store` knows nothing of SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

NODE = "-"
"""The tenant of what belongs to no tenant: open things, boots, positions."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Index:
    """Documents of a tenant by the values of some fields, newest first; `sparse`: only those that have the first one."""

    fields: tuple[str, ...] = ()
    sparse: bool = False

    @property
    def name(self) -> str:
        """Unique in its shelf."""
        return "_".join(self.fields) or "newest"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One row of the table below.

    marks: fields that people write; a record that is read again does not change them.
    words: fields whose words can be searched.
    ends: the document is one of the past, and on pages, once it has this field.
    derive: fields that follow from the others, so that there is an index for them.
    """

    name: str
    at: str | None = None
    indexes: tuple[Index, ...] = ()
    marks: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    ends: str | None = None
    derive: Callable[[Body], Body] | None = None

    def merged(self, body: Body, before: Body | None) -> Body:
        """The document to keep when `body` is written over `before`."""
        kept = {name: before[name] for name in self.marks if name in before} if before else {}
        body = {**body, **kept}
        return {**body, **self.derive(body)} if self.derive is not None else body

    def moment(self, body: Body) -> float | None:
        """Where the document is on pages; None: nowhere."""
        if self.at is None or (self.ends is not None and body.get(self.ends) is None):
            return None
        return float(body[self.at])


def _one_each(*fields: str, sparse: bool = False) -> tuple[Index, ...]:
    return tuple(Index((name,), sparse) for name in fields)


def _of_activity(body: Body) -> Body:
    waits = body.get("kind") == "voicemail" and body.get("state") == "open"
    return {"waiting": body.get("mailbox") if waits else None, "flagged": True if body.get("flags") else None}


CALLS = Shelf(
    "calls",
    at="started_at",
    ends="ended_at",
    indexes=(Index(), *_one_each("direction", "outcome"), *_one_each("who", "trunk", "recorded", sparse=True)),
    marks=("removed",),
    words=("from", "from_name", "to", "to_name", "who"),
    derive=lambda body: {"recorded": True if body.get("recording") else None},
)
LEGS = Shelf("legs", at="started_at", indexes=_one_each("call"))
STEPS = Shelf("steps")
WINDOWS = Shelf("windows", at="at")
LADDERS = Shelf("ladders")
ACTIVITIES = Shelf(
    "activities",
    at="at",
    indexes=(
        Index(),
        *_one_each("state", "unread", "origin", "kind", "result", "number", "call"),
        *_one_each(
            "phone", "email", "customer", "group", "assigned_to", "who", "mailbox", "flagged", "waiting", sparse=True
        ),
        Index(("due_at",), sparse=True),
    ),
    marks=(
        "state",
        "unread",
        "assigned_to",
        "due_at",
        "flags",
        "comments",
        "read_by",
        "handled_at",
        "closed_at",
        "closed_by",
        "writing",
        "changed_at",
        "revision",
        "transcript",
        "words",
        "summary",
    ),
    words=("from", "from_name", "to", "title", "text", "phone", "email", "comments", "transcript"),
    derive=_of_activity,
)
CONTACTS = Shelf(
    "contacts", at="changed_at", indexes=(Index(),), words=("name", "company", "phones", "emails", "notes")
)
CONTACT_NUMBERS = Shelf("contact_numbers")
SHOPPERS = Shelf("shoppers", at="changed_at", indexes=(Index(), *_one_each("shop"), *_one_each("email", sparse=True)))
SHOPPER_NUMBERS = Shelf("shopper_numbers")
APPS = Shelf(
    "apps",
    at="seen_at",
    indexes=(Index(), *_one_each("user"), *_one_each("alerted", sparse=True)),
    derive=lambda body: {"alerted": True if (body.get("push") or {}).get("token") else None},
)
APP_CODES = Shelf("app_codes")
SUBSCRIPTIONS = Shelf("subscriptions", at="at", indexes=(Index(), *_one_each("user")))
LEASES = Shelf("leases", marks=("client", "until"))
VISITS = Shelf("visits", at="at", indexes=_one_each("number"))
TRACKED = Shelf("tracked")
MESSAGES = Shelf(
    "messages",
    at="at",
    indexes=(Index(), *_one_each("thread", "state", "number"), *_one_each("reference", sparse=True)),
    marks=("state", "media", "reference", "said", "changed_at"),
    words=("from", "to", "text"),
)
RECEIPTS = Shelf("receipts", at="at", indexes=(Index(),))
STOCK = Shelf(
    "stock",
    at="changed_at",
    indexes=(Index(), *_one_each("state", "supplier"), *_one_each("holder", "former", sparse=True)),
)
PORTS = Shelf("ports", at="changed_at", indexes=(Index(), *_one_each("state")))
PAPERS = Shelf("papers")
SHOWN = Shelf(
    "shown",
    at="changed_at",
    indexes=(Index(), *_one_each("state")),
    marks=("tenant", "country", "paper", "changed_at", "state", "file", "said", "notes"),
)
LISTINGS = Shelf("listings", at="changed_at", indexes=(Index(), *_one_each("state")))
SIGNUPS = Shelf("signups", at="changed_at", indexes=(Index(), *_one_each("state")))
LEDGER = Shelf("ledger", marks=("key", "at", "due_at", "lines", "currency", "text"))
UNRATED = Shelf("unrated", at="due_at", indexes=(Index(),))
USAGE = Shelf(
    "usage", at="at", indexes=(Index(),), marks=("at", "started_at", "minutes", "currency", "amount", "parts", "line")
)
SPENT = Shelf("spent", marks=("since", "minutes", "seen_at", "calls", "numbers"))
INVOICES = Shelf("invoices", at="made_at", indexes=(Index(),), marks=("number", "made_at", "due_at", "lines", "charge"))
COUNTERS = Shelf("counters", marks=("last", "of"))
ACCOUNTS = Shelf("accounts", marks=("state", "since", "seen", "changed_at", "late_since", "word"))
THREADS = Shelf(
    "threads",
    at="at",
    indexes=(Index(), *_one_each("unread", "number", "customer")),
    marks=(
        *("at", "text", "direction", "last", "came_at", "read_at", "unread", "opted_out", "opted_at"),
        *("textback_at", "textback_of"),
    ),
    words=("phone", "number", "text"),
)
AUDIT = Shelf("audit", at="at", indexes=(Index(), *_one_each("actor", "action", "object", sparse=True)))
OUTBOX = Shelf(
    "outbox",
    at="made_at",
    indexes=(Index(), *_one_each("state", "channel")),
    marks=("state", "due_at", "tries", "claim", "said", "reference", "ended_at"),
)
PENDING = Shelf("pending", at="due_at", indexes=(Index(), *_one_each("channel")))
MAIL_TOKENS = Shelf("mail_tokens", at="at", indexes=(Index(),))
SERVICES = Shelf(
    "services",
    marks=(
        "holder",
        "leased_until",
        "wanted",
        "began_at",
        "ran_at",
        "ok",
        "text",
        "done",
        "failures",
        "failing",
        "rehearsed_at",
    ),
)
RUNS = Shelf("runs", at="began_at", indexes=(Index(), *_one_each("service")))
UNTOLD = Shelf("untold", at="due_at")
DELIVERIES = Shelf("deliveries", at="at", indexes=(Index(), *_one_each("webhook", "state", "type")))
RECORDINGS = Shelf(
    "recordings", at="at", indexes=(Index(), *_one_each("kind", "call", "held", sparse=True)), marks=("held", "hold")
)
TRANSCRIPTS = Shelf("transcripts", at="at", indexes=(Index(),), words=("text",))
CHAIN = Shelf("chain")
HEADS = Shelf("heads", marks=("number", "hash", "last"))
KEYS = Shelf("keys")
ROLLUPS = Shelf("rollups", at="start", indexes=(Index(("grain",)),))
DUE_ROLLUPS = Shelf("due_rollups")
REPORTS = Shelf("reports", at="at", indexes=(Index(), *_one_each("state")))
ERASURES = Shelf("erasures")
ALARMS = Shelf("alarms", at="raised_at", indexes=(Index(),))
VIEWS = Shelf("views")
DRAFTS = Shelf("drafts", marks=("document", "base", "window", "revision", "saved_at"))
THINGS = Shelf("things")
BOOTS = Shelf("boots")
SOURCES = Shelf("sources")

SHELVES: tuple[Shelf, ...] = tuple(each for each in vars().copy().values() if isinstance(each, Shelf))
"""All of the above."""


@dataclass(frozen=True, slots=True)
class Put:
    """Write a document whole; marks of one that is there already stay as they are."""

    shelf: Shelf
    tenant: str
    id: str
    body: Body


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove a document; one that is not there is no error."""

    shelf: Shelf
    tenant: str
    id: str


Change = Put | Drop


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a field; `known`: there is a value; `in`: it is one of a tuple, for what is no page (it is sorted)."""

    field: str
    op: Literal["=", "in", ">=", "<", "known"]
    value: Any = None


@dataclass(frozen=True, slots=True)
class Query:
    """Documents of a page: all conditions hold, all `words` begin a word of theirs; `after` is the place of the last one seen."""

    where: tuple[Where, ...] = ()
    since: float = 0.0
    until: float | None = None
    words: tuple[str, ...] = ()
    after: tuple[float, str] | None = None
    limit: int = 50
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A document with its place."""

    tenant: str
    id: str
    at: float | None
    body: Body


class StoreAway(OSError):
    """Ours: the history does not answer, or took nothing; try again later."""


class BadDocument(ValueError):
    """Theirs: a document that the back end will never take."""


class Shelves(Protocol):
    """A back end. Each method raises `StoreAway` when it cannot do it now."""

    def write(self, changes: Sequence[Change]) -> None:
        """All changes in order, durable when it returns. After `StoreAway` some may be done: write all of them again.

        Raises `BadDocument`.
        """

    def get(self, shelf: Shelf, tenant: str, id: str) -> Body | None:
        """One document."""

    def page(self, shelf: Shelf, tenant: str, query: Query) -> list[Row]:
        """Documents with a moment, by it."""

    def below(self, shelf: Shelf, tenant: str, prefix: str) -> list[Body]:
        """All documents whose id begins with `prefix`, by id."""

    def documents(self, shelf: Shelf, tenant: str) -> Iterator[Row]:
        """All documents of a tenant by id, with or without a moment, not all in memory."""

    def count(self, shelf: Shelf, tenant: str, where: tuple[Where, ...], count_max: int) -> int:
        """How many documents with a moment there are, counted up to `count_max`."""

    def change(self, shelf: Shelf, tenant: str, id: str, make: Callable[[Body], Body | None]) -> Body | None:
        """Replace a document by what `make` makes of it, with nobody between; None from `make` removes it.

        Gives what is kept, None when there was or is nothing. `make` may be called again when somebody came between.
        """

    def settle(self, shelf: Shelf, rows: Sequence[Row]) -> None:
        """Remove the documents that are still as these rows have them. May be broken off and repeated."""

    def wipe(self, shelf: Shelf, tenant: str) -> int:
        """Remove all documents of a tenant; how many there were. May be broken off and repeated."""

    def size(self, shelf: Shelf, tenant: str) -> int:
        """How many documents a tenant has."""

    def everywhere(self, shelf: Shelf, where: tuple[Where, ...]) -> Iterator[Row]:
        """Documents of all tenants, in no order, not all in memory."""

    def close(self) -> None:
        """Let go of everything."""


def upserted(shelves: Shelves, shelf: Shelf, tenant: str, id: str, first: Body, make: Callable[[Body], Body]) -> Body:
    """Change a document with nobody between, and make it of `first` where there is none.

    All fields but those that follow from the id have to be marks of the shelf, so that two who make it make one.
    """
    found = shelves.change(shelf, tenant, id, make)
    if found is None:
        shelves.write([Put(shelf, tenant, id, first)])
        found = shelves.change(shelf, tenant, id, make)
    if found is None:
        raise StoreAway(f"{shelf.name} {id} is removed as soon as it is made")
    return found
