"""The questions that can be asked of the history, and the one way to write it. Every question names its tenant first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from history.documents import Activity, Call, Leg, QualityWindow, SipMessage, Step

PAGE_MAX = 200

Row = TypeVar("Row")


class BadCursor(ValueError):
    """Theirs: a cursor that this history did not give."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows and where to go on (None: that was all)."""

    rows: tuple[Row, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; None means all. `party` is any part of either number or name."""

    direction: str | None = None
    outcome: str | None = None
    since: float | None = None
    until: float | None = None
    party: str | None = None


@dataclass(slots=True)
class Batch:
    """Changes that are applied together with the position of the spool they came from. All are upserts by id."""

    calls: list[Call] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    quality: list[QualityWindow] = field(default_factory=list)
    messages: list[tuple[str, str, Sequence[SipMessage]]] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    dropped_activities: list[tuple[str, str]] = field(default_factory=list)
    open_things: list[dict[str, Any]] = field(default_factory=list)
    closed_things: list[str] = field(default_factory=list)
    boots: dict[str, float] = field(default_factory=dict)


class HistoryStore(Protocol):
    """The domain-level repository. One contract suite holds every back end to it."""

    def apply(self, batch: Batch, source: str, position: int) -> None:
        """Write everything and remember that `source` was read up to `position`, at once or not at all."""

    def position(self, source: str) -> int:
        """How far `source` was read: 0 at first."""

    def open_things(self, node: str, but_boot: str) -> list[dict[str, Any]]:
        """What older boots of a node left open: documents of `Batch.open_things`."""

    def open_thing(self, thing_id: str) -> dict[str, Any] | None:
        """One of them."""

    def boot_seen_at(self, boot: str) -> float | None:
        """The last heartbeat of a boot."""

    def calls(self, tenant: str, wanted: CallFilter, cursor: str | None, limit: int) -> Page[Call]:
        """Finished calls, newest first. Raises `BadCursor`."""

    def call(self, tenant: str, call_id: str) -> Call | None:
        """One call, also one in progress."""

    def legs(self, tenant: str, call_id: str) -> tuple[Leg, ...]:
        """Its legs, oldest first."""

    def steps(self, tenant: str, call_id: str) -> tuple[Step, ...]:
        """Its steps, in order."""

    def quality(self, tenant: str, call_id: str) -> tuple[QualityWindow, ...]:
        """Its windows, oldest first."""

    def messages(self, tenant: str, call_id: str) -> tuple[SipMessage, ...]:
        """Its SIP ladder, in order."""

    def activities(self, tenant: str, state: str | None, cursor: str | None, limit: int) -> Page[Activity]:
        """Activities, newest first; `state` None is all. Raises `BadCursor`."""

    def activity(self, tenant: str, activity_id: str) -> Activity | None:
        """One activity."""

    def activity_of_call(self, tenant: str, call_id: str) -> Activity | None:
        """The missed call, answered call or voicemail of a call."""

    def update_activity(
        self, tenant: str, activity_id: str, unread: bool | None = None, state: str | None = None
    ) -> Activity | None:
        """Change marks; None when there is no such activity of that tenant."""

    def counts(self, tenant: str) -> dict[str, int]:
        """Activities by state ("open", "done") and "unread"."""

    def mailboxes(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Voicemail not done, (new, heard) by (tenant, mailbox); without mailboxes that have none. For the switch's lamps."""

    def mailbox(self, tenant: str, mailbox: str) -> tuple[int, int]:
        """The same of one mailbox."""

    def close(self) -> None:
        """Let go of everything."""
