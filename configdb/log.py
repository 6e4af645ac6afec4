"""The ordered log of configuration changes: its entries, their wire form, and the interface of a log.

An entry is one transaction of one tenant. The log orders all entries by `sequence` (1, 2, 3 ... without gaps); an append
names the sequence of the tenant's last entry, so of two writers who saw the same state one wins (compare and set).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from configdb.errors import Broken

WIRE_VERSION = 1
changes_max = 10_000
entry_bytes_max = 900_000


@dataclass(frozen=True, slots=True)
class Change:
    """One object set to `document`, or removed (None)."""

    kind: str
    id: str
    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction: `sequence` is 0 until the log gave it one, `at` is wall time in epoch seconds."""

    sequence: int
    message_id: str
    at: float
    actor: str
    reason: str
    tenant: str
    changes: tuple[Change, ...]

    def numbered(self, sequence: int) -> Entry:
        """The same transaction with its place in the log."""
        return replace(self, sequence=sequence)


def to_wire(entry: Entry) -> bytes:
    """The payload in the log: canonical JSON, without the sequence, which the log itself carries."""
    document = {
        "v": WIRE_VERSION,
        "message_id": entry.message_id,
        "at": entry.at,
        "actor": entry.actor,
        "reason": entry.reason,
        "tenant": entry.tenant,
        "changes": [{"kind": c.kind, "id": c.id, "document": c.document} for c in entry.changes],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_wire(sequence: int, payload: bytes) -> Entry:
    """The entry of a payload. Raises `Broken` for a form of a newer version or no form at all."""
    try:
        document = json.loads(payload)
        if document["v"] > WIRE_VERSION:
            raise Broken(f"entry {sequence} has wire version {document['v']}: this program is too old for it")
        changes = tuple(Change(str(c["kind"]), str(c["id"]), _document(c["document"])) for c in document["changes"])
        return Entry(
            sequence=sequence,
            message_id=str(document["message_id"]),
            at=float(document["at"]),
            actor=str(document["actor"]),
            reason=str(document["reason"]),
            tenant=str(document["tenant"]),
            changes=changes,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"entry {sequence} of the log cannot be read: {error!r}") from error


def _document(value: object) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise TypeError("a document is an object or null")
    return value


class Conflict(Exception):
    """The tenant's last entry is not the one the append named: nothing was written."""


class LogState(Enum):
    """AWAY: cannot be reached. FOLLOWING: entries arrive. REPLACED: another log than the one that was followed."""

    AWAY = "away"
    FOLLOWING = "following"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class LogStatus:
    """What a follower knows of the log: `log_id` and `last_sequence` are those last seen, `text` says why it is away."""

    state: LogState
    log_id: str | None = None
    last_sequence: int = 0
    text: str = ""


class Subscription(Protocol):
    """A running follower."""

    def close(self) -> None:
        """Stop: after this returns no callback comes any more."""


class Log(Protocol):
    """One ordered log. All methods may be called from any thread."""

    def append(self, entry: Entry, after: int, timeout_s: float) -> int:
        """Add an entry behind the tenant's last one, `after` (0: the tenant has none); its sequence.

        The same `message_id` with the same `after` is added once, however often it is tried.
        Raises `Conflict`, `Refused` (503 log_unavailable, 413 too_large), `Unknown`.
        """

    def follow(
        self,
        after: int,
        log_id: str | None,
        deliver: Callable[[Entry], bool],
        status: Callable[[LogStatus], None],
    ) -> Subscription:
        """Deliver every entry behind `after`, in order, without a gap, for ever; never blocks, reconnects by itself.

        `deliver` answers False when it cannot take the entry now: the same one comes again later. `log_id` is the log
        that was followed before (None: any); another one is REPLACED and delivers nothing. Callbacks come from a thread
        of the log and must be short.
        """

    def close(self) -> None:
        """Let go of the connection and end the threads of this log."""
