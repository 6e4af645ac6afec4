"""The ordered log of configuration changes: its entries, their wire form, and the interface of a log.

An entry is one transaction of one tenant. The log orders all entries by `sequence` (1, 2, 3 ... without gaps); an append
names the sequence of the tenant's last entry, so of two writers who saw the same state one wins (compare and set).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Protocol

from configdb.errors import Broken, Refused
from configdb.schema import SCHEMA_VERSION, upgraded

WIRE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One object set to `document`, or removed (None)."""

    kind: str
    id: str
    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction: `sequence` is 0 until the log gave it one, `at` is wall time in epoch seconds.

    `payload` is its bytes in the log, whatever version wrote them (empty until they are read).
    """

    sequence: int
    message_id: str
    at: float
    actor: str
    reason: str
    tenant: str
    changes: tuple[Change, ...]
    payload: bytes = field(default=b"", compare=False, repr=False)

    def numbered(self, sequence: int) -> Entry:
        """The same transaction with its place in the log."""
        return replace(self, sequence=sequence)


def to_wire(entry: Entry) -> bytes:
    """The payload in the log: canonical JSON, without the sequence, which the log itself carries."""
    document = {
        "wire": WIRE_VERSION,
        "schema": SCHEMA_VERSION,
        "message_id": entry.message_id,
        "at": entry.at,
        "actor": entry.actor,
        "reason": entry.reason,
        "tenant": entry.tenant,
        "changes": [{"kind": c.kind, "id": c.id, "document": c.document} for c in entry.changes],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_wire(sequence: int, tenant: str, payload: bytes) -> Entry:
    """The entry of a payload that stands under a tenant, its documents in the newest schema.

    What was never an entry (another program wrote to the subject) becomes an entry without changes: every replica skips
    it alike. Raises `Broken` for an entry of a newer program, which must not be skipped.
    """
    nothing = Entry(sequence, "", 0.0, "", "not an entry: skipped", tenant, (), payload)
    try:
        document = json.loads(payload)
        wire, schema = int(document["wire"]), int(document["schema"])
        if wire > WIRE_VERSION:
            raise Broken(f"entry {sequence} has wire version {wire}, this program knows up to {WIRE_VERSION}")
        entry = Entry(
            sequence=sequence,
            message_id=str(document["message_id"]),
            at=float(document["at"]),
            actor=str(document["actor"]),
            reason=str(document["reason"]),
            tenant=str(document["tenant"]),
            changes=tuple(_change(change, schema) for change in document["changes"]),
            payload=payload,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return nothing
    return entry if entry.tenant == tenant else nothing


def chained(chain: bytes, entry: Entry) -> bytes:
    """The hash of all entries up to this one, from that of all before it: equal chains mean an equal history."""
    place = entry.sequence.to_bytes(8) + entry.tenant.encode() + b"\0"
    return hashlib.sha256(chain + place + hashlib.sha256(entry.payload).digest()).digest()


def _change(change: dict[str, Any], schema: int) -> Change:
    kind, document = str(change["kind"]), change["document"]
    if document is not None and not isinstance(document, dict):
        raise TypeError("a document is an object or null")
    return Change(kind, str(change["id"]), None if document is None else upgraded(kind, document, schema))


class Conflict(Exception):
    """The tenant's last entry is not the one the append named: nothing was written."""


def in_use() -> Refused:
    """Why a log is not rebuilt over another one."""
    text = "There is another log with entries of its own in its place: nothing was changed."
    return Refused("log_in_use", text, status=409)


class LogState(Enum):
    """What a follower's log is doing."""

    AWAY = "away"  # cannot be reached, or most of its servers cannot
    FOLLOWING = "following"  # entries arrive
    PRUNED = "pruned"  # entries that come next are only in its snapshot any more
    REPLACED = "replaced"  # another log than the one that was followed, or one that lost entries
    TOO_NEW = "too_new"  # the next entry was written by a newer program


@dataclass(frozen=True, slots=True)
class LogStatus:
    """What a follower knows of the log: its id, last and first sequence as last seen; `text` says why it is away."""

    state: LogState
    log_id: str | None = None
    last_sequence: int = 0
    text: str = ""
    first_sequence: int = 1


class Subscription(Protocol):
    """A running follower."""

    def close(self) -> None:
        """Stop: after this returns no callback comes any more."""


Deliver = Callable[[Entry], bool]
OnStatus = Callable[[LogStatus], None]


class Log(Protocol):
    """One ordered log. All methods may be called from any thread."""

    def append(self, entry: Entry, after: int, timeout_s: float) -> int:
        """Add an entry behind the tenant's last one, `after` (0: the tenant has none); its sequence.

        The same `message_id` with the same `after` is added once, however often it is tried.
        Raises `Conflict`, `Refused` (503 log_away, log_full; 413 too_large), `Unknown`.
        """

    def follow(self, after: int, log_id: str | None, deliver: Deliver, status: OnStatus) -> Subscription:
        """Deliver every entry behind `after`, in order, without a gap, for ever; never blocks, reconnects by itself.

        `deliver` answers False when it cannot take the entry now: the same one comes again later. `log_id` is the log
        that was followed before (None: any); another one is REPLACED and delivers nothing. Callbacks come from a thread
        of the log and must be short.
        """

    def keep_snapshot(self, sequence: int, data: bytes) -> None:
        """Keep what all entries up to a sequence come to, as durably as entries; the newest one counts.

        Raises `Refused` 503, `Unknown`.
        """

    def snapshot(self) -> tuple[int, bytes] | None:
        """The newest snapshot and its sequence. Raises `Refused` 503."""

    def forget(self, sequence: int) -> None:
        """Let go of all entries up to one that a snapshot covers; their sequences are never given again.

        Raises `Refused` 503.
        """

    def rebuild(self, log_id: str, base: int, entries: Iterable[Entry]) -> int:
        """Write entries of a replica into a log that lost them, behind `base`; how many were missing.

        The log has to be empty, or the same one with a shorter history. Raises `Refused` 409, 503.
        """

    def close(self) -> None:
        """End the followers of this log."""
