"""How long a tenant keeps what: recordings, voicemail, details of calls, calls, activities, messages, the audit.

Details (legs, steps, quality, SIP) may go before their call, which goes before the statistics it is counted in. What is under
legal hold stays. Everything may be broken off and done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from configdb.model import Mailbox, Retained
from history.shelves import (
    ACTIVITIES,
    AUDIT,
    CALLS,
    LADDERS,
    LEGS,
    MESSAGES,
    SOURCES,
    STEPS,
    THREADS,
    WINDOWS,
    Body,
    Change,
    Drop,
    Put,
    Query,
    Row,
    Shelf,
    Shelves,
    Where,
)
from history.store import LEGS_MAX
from vault.register import Register

DAY_S = 86_400.0
DELETED = "deleted"
"""The flag of a voice message that was deleted, by telephone or in the inbox."""
RETENTION = "retention"
PAGE = 200
Policy = Mapping[Retained, int]


@dataclass(frozen=True, slots=True)
class Sweeper:
    """One sweep of a tenant at a moment. `dry`: only count. count_max: of each kind, the rest is for the next sweep."""

    shelves: Shelves
    register: Register
    tenant: str
    now: float
    dry: bool
    count_max: int

    def sweep(self, policy: Policy) -> dict[Retained, int]:
        """How much of each kind was (or would be) deleted; kinds with nothing are left out."""
        kinds: Mapping[Retained, Callable[[float], int]] = {
            "recording": lambda until: self._sound("recording", until),
            "voicemail": lambda until: self._sound("voicemail", until),
            "detail": self._details,
            "call": lambda until: self._documents(CALLS, until, _details_of),
            "activity": lambda until: self._documents(ACTIVITIES, until, self._files),
            "message": lambda until: self._documents(MESSAGES, until, self._pictures),
            "audit": lambda until: self._documents(AUDIT, until),
        }
        counts = {kind: kinds[kind](self.now - days * DAY_S) for kind, days in policy.items()}
        return {kind: count for kind, count in counts.items() if count}

    def mailboxes(self, boxes: Iterable[Mailbox]) -> int:
        """How many voice messages went that were heard, or deleted, longer ago than their mailbox keeps them."""
        return sum(self._mailbox(box) for box in boxes)

    def _mailbox(self, box: Mailbox) -> int:
        days = min(box.deleted_days, box.kept_days or box.deleted_days)
        count = 0
        for row in self._older(ACTIVITIES, self.now - days * DAY_S, None, (Where("mailbox", "=", box.id),)):
            if count < self.count_max and self._is_over(row.body, box) and not self._is_held(row.body):
                count += 1
                if not self.dry:
                    if row.body.get("media"):
                        self.register.delete(self.tenant, row.body["media"], "retention of its mailbox")
                    self.shelves.write([Drop(ACTIVITIES, self.tenant, row.id)])
        return count

    def _is_over(self, message: Body, box: Mailbox) -> bool:
        if message.get("kind") != "voicemail":
            return False
        if DELETED in message.get("flags", ()):
            return float(message.get("closed_at") or message["at"]) < self.now - box.deleted_days * DAY_S
        heard = not message.get("unread", True)
        return heard and box.kept_days is not None and message["at"] < self.now - box.kept_days * DAY_S

    def _is_held(self, message: Body) -> bool:
        known = self.register.one(self.tenant, message["media"]) if message.get("media") else None
        return known is not None and bool(known.get("held"))

    def _sound(self, kind: str, until: float) -> int:
        count = 0
        for one in self.register.older(self.tenant, kind, until):
            if count >= self.count_max:
                break
            if one.get("held"):
                continue
            count += 1
            if not self.dry:
                self.register.delete(self.tenant, one["id"], RETENTION)
                self.register.unname(self.tenant, one, {"at": self.now, "by": RETENTION, "reason": None})
        return count

    def _details(self, until: float) -> int:
        """Of calls since the last sweep's end: those before have none."""
        place = f"retention/{self.tenant}"
        known, count = self.shelves.get(SOURCES, self.tenant, place), 0
        for row in self._older(CALLS, until, (known["at"], known["id"]) if known else None):
            if count >= self.count_max:
                return count
            count += 1
            if not self.dry:
                done = {"at": row.at, "id": row.id}
                self.shelves.write([*_details_of(self.shelves, row), Put(SOURCES, self.tenant, place, done)])
        return count

    def _pictures(self, shelves: Shelves, message: Row) -> list[Change]:
        """Pictures of a text message go before it, and its words in the list of threads; that a customer wants none stays."""
        for one in message.body.get("media") or ():
            if one.get("name"):
                self.register.forget_file(one["name"])

        def emptied(thread: Body) -> Body:
            return {**thread, "text": ""} if thread.get("last") == message.id else thread

        shelves.change(THREADS, message.tenant, str(message.body.get("thread")), emptied)
        return []

    def _files(self, shelves: Shelves, activity: Row) -> list[Change]:
        """Files of an e-mail go before it; pictures of a text message are the message's."""
        for one in activity.body.get("attachments") or ():
            if one.get("name") and "message" not in one:
                self.register.forget_file(one["name"])
        return []

    def _documents(
        self, shelf: Shelf, until: float, more: Callable[[Shelves, Row], list[Change]] = lambda shelves, row: []
    ) -> int:
        count = 0
        for row in self._older(shelf, until, None):
            if count >= self.count_max:
                break
            count += 1
            if not self.dry:
                self.shelves.write([*more(self.shelves, row), Drop(shelf, self.tenant, row.id)])
        return count

    def _older(
        self, shelf: Shelf, until: float, after: tuple[float, str] | None, where: tuple[Where, ...] = ()
    ) -> Iterator[Row]:
        while True:
            query = Query(where, until=until, after=after, limit=PAGE, oldest_first=True)
            rows = self.shelves.page(shelf, self.tenant, query)
            yield from rows
            if len(rows) < PAGE:
                return
            after = (rows[-1].at or 0.0, rows[-1].id)


def _details_of(shelves: Shelves, call: Row) -> list[Change]:
    found: list[Change] = [Drop(LADDERS, call.tenant, call.id)]
    legs = Query((Where("call", "=", call.id),), limit=LEGS_MAX)
    found += [Drop(LEGS, call.tenant, leg.id) for leg in shelves.page(LEGS, call.tenant, legs)]
    for step in shelves.below(STEPS, call.tenant, f"{call.id}/"):
        found.append(Drop(STEPS, call.tenant, f"{call.id}/{step['index']:06d}"))
    for window in shelves.below(WINDOWS, call.tenant, f"{call.id}/"):
        found.append(Drop(WINDOWS, call.tenant, _window_id(window)))
    return found


def _window_id(window: Mapping[str, Any]) -> str:
    return f"{window['call']}/{window['at']:017.6f}/{window['leg']}/{window['direction']}"
