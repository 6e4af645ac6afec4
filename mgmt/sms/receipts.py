"""Receipts that come before their message has a name: a supplier may tell that it arrived before it answers that it took it.

Whoever is second finds what the first one wrote: a receipt is kept, then its message is looked for; a message gets its name,
then receipts are looked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from history.documents import Document
from history.shelves import RECEIPTS, Drop, Put, Shelves
from mgmt.sms.message import Message, told
from mgmt.sms.news import News
from mgmt.sms.threads import Threads
from mgmt.sms.wire import Receipt


@dataclass(frozen=True, slots=True)
class Early(Document):
    """One that waits for its message."""

    id: str
    state: str
    said: str
    at: float


def keep(shelves: Shelves, tenant: str, reference: str, receipt: Receipt, now: float) -> None:
    """Durable when it returns; the same receipt again is the same."""
    one = Early(f"{_prefix(reference)}{receipt.state}", receipt.state, receipt.said, now)
    shelves.write([Put(RECEIPTS, tenant, one.id, one.to_document())])


def matched(shelves: Shelves, news: News, message: Message, now: float) -> Message:
    """What receipts that waited make of a message that has its name now; those who look are told of each."""
    if message.reference is None:
        return message
    threads = Threads(shelves)
    for early in _waiting(shelves, message):
        after = threads.tell(message.tenant, message.id, partial(_said, early, now))
        if after is not None and after.state != message.state:
            news.activity(threads.unsent(after))
            news.message(after)
            message = after
        shelves.write([Drop(RECEIPTS, message.tenant, early.id)])
    return message


def _said(early: Early, now: float, found: Message) -> Message:
    return told(found, early.state, now, early.said)


def _waiting(shelves: Shelves, message: Message) -> Iterator[Early]:
    found = [
        Early.from_document(body) for body in shelves.below(RECEIPTS, message.tenant, _prefix(message.reference or ""))
    ]
    yield from sorted(found, key=lambda one: one.at)


def _prefix(reference: str) -> str:
    return f"{hashlib.sha256(reference.encode()).hexdigest()[:32]}/"
