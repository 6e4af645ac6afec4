"""A text message, the thread it is in, and what a customer said about getting any.

    out:  queued ──► sent ──► delivered        in:  received
            │          └────► failed
            ├──refused──► failed
            └──nobody knows──► uncertain ──► delivered, failed (when its supplier says so later)

A receipt never walks backwards: what was delivered stays delivered, whatever comes late or twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from history.documents import Document
from mgmt.limits import outbox_said_chars_max

RECEIVED, QUEUED, SENT, DELIVERED, FAILED, UNCERTAIN = "received", "queued", "sent", "delivered", "failed", "uncertain"
STATES = (RECEIVED, QUEUED, SENT, DELIVERED, FAILED, UNCERTAIN)
NEXT: dict[str, tuple[str, ...]] = {
    QUEUED: (SENT, DELIVERED, FAILED, UNCERTAIN),
    SENT: (DELIVERED, FAILED),
    UNCERTAIN: (QUEUED, SENT, DELIVERED, FAILED),
    FAILED: (QUEUED,),
}


@dataclass(frozen=True, slots=True)
class Message(Document):
    """`number` is the company's, `phone` the customer's. by: who sent it ("text_back", "keyword", a user), "" for one that came.

    media: `{url, type, size_bytes, name, problem}` each. segments: parts that are paid for. reference: the supplier's name
    for it, behind its own. keyword: what it asked of the system.
    """

    id: str
    tenant: str
    thread: str
    direction: str
    number: str
    phone: str
    text: str
    at: float
    from_: str
    to: str
    state: str
    supplier: str
    by: str = ""
    segments: int = 1
    media: list[dict[str, Any]] = field(default_factory=list)
    reference: str | None = None
    keyword: str | None = None
    said: str = ""
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Thread(Document):
    """All messages between a number of the company and a customer. text, direction, state: of the last one, at `at`.

    unread: something came since somebody read. opted_out: the customer sent STOP. textback_at: when a missed call was last
    answered by a text, and of which call.
    """

    id: str
    tenant: str
    number: str
    phone: str
    customer: str
    at: float = 0.0
    text: str = ""
    direction: str = "in"
    last: str = ""
    came_at: float | None = None
    read_at: float | None = None
    unread: bool = False
    opted_out: bool = False
    opted_at: float | None = None
    textback_at: float | None = None
    textback_of: str | None = None


def thread_id(number: str, phone: str) -> str:
    """The same for both directions."""
    return f"{number}-{phone}"


def told(message: Message, state: str, now: float, said: str = "", reference: str | None = None) -> Message:
    """What is known of it now; what leads backwards changes nothing."""
    if state not in NEXT.get(message.state, ()):
        return message if reference is None or message.reference else replace(message, reference=reference)
    kept = reference or message.reference
    return replace(message, state=state, said=said[:outbox_said_chars_max], reference=kept, changed_at=now)


def grown(thread: Thread, message: Message) -> Thread:
    """The thread with a message; one that is told again, or is older than the last, changes little or nothing."""
    if message.direction == "in" and message.keyword is None and message.at > (thread.came_at or 0.0):
        unread = message.at > (thread.read_at or 0.0)
        thread = replace(thread, came_at=message.at, unread=unread)
    if (message.at, message.id) <= (thread.at, thread.last):
        return thread
    return replace(thread, at=message.at, last=message.id, text=message.text[:200], direction=message.direction)


def opted(thread: Thread, out: bool, at: float) -> Thread:
    """After STOP or START; what is older than the last word changes nothing."""
    return thread if at < (thread.opted_at or 0.0) else replace(thread, opted_out=out, opted_at=at)


def read(thread: Thread, now: float) -> Thread:
    """Somebody read all of it."""
    return replace(thread, read_at=max(now, thread.came_at or 0.0), unread=False)
