"""One thing that goes out, and what becomes of it.

    waiting ──claim──► sending ──Sent──────► sent
       ▲                  ├──────Refused───► dead
       ├──────────Failed──┤ (too often or too long: dead)
       │                  └──────Lost──────► uncertain       an item that may be repeated waits again instead
       └── again, by people ── dead, uncertain

`sending` without an answer until the claim ends is `Lost`: its sender died, and nobody knows how far it came. What may not be
repeated (a text message to a person) is then left to people, never sent a second time blindly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from history.documents import Document
from mgmt.limits import outbox_claim_s, outbox_said_chars_max, outbox_wait_s_max, outbox_wait_s_min

WAITING, SENDING, SENT, DEAD, UNCERTAIN = "waiting", "sending", "sent", "dead", "uncertain"
STATES = (WAITING, SENDING, SENT, DEAD, UNCERTAIN)
ENDED = (SENT, DEAD, UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Item(Document):
    """`channel` sends `payload` to `destination` (a host, a supplier: what can be out of order as a whole).

    repeatable: sending it twice does no harm. tries_max, give_up_at: when it is dead. claim: `{by, until}` of who sends it.
    said: the last words about it. reference: what the other side calls it.
    """

    id: str
    tenant: str
    channel: str
    destination: str
    payload: dict[str, Any]
    made_at: float
    give_up_at: float
    repeatable: bool = False
    tries_max: int = 10
    state: str = WAITING
    due_at: float = 0.0
    tries: int = 0
    claim: dict[str, Any] | None = None
    said: str = ""
    reference: str | None = None
    ended_at: float | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is done by itself."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""

    reference: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It certainly did not arrive, and may be tried again; after_s: when the other side wants it."""

    why: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """It was on its way, and nobody knows whether it arrived."""

    why: str


Outcome = Sent | Failed | Refused | Lost


def claimed(item: Item, by: str, now: float) -> Item:
    """Taken by `by` for a while when it is due; what another one left behind is taken as `Lost` first."""
    if item.state == SENDING and float((item.claim or {}).get("until", 0.0)) <= now:
        item = settled(item, Lost("its sender stopped in the middle"), now, 0.0)
    if item.state != WAITING or item.due_at > now:
        return item
    return replace(item, state=SENDING, tries=item.tries + 1, claim={"by": by, "until": now + outbox_claim_s})


def settled(item: Item, outcome: Outcome, now: float, jitter: float) -> Item:
    """What an attempt makes of an item that is being sent; any other stays. `jitter`: 0 to 1, spreads the attempts."""
    if item.state != SENDING:
        return item
    match outcome:
        case Sent(reference, said):
            return _ended(item, SENT, said or "sent", now, reference)
        case Refused(why):
            return _ended(item, DEAD, why, now)
        case Lost(why) if not item.repeatable:
            return _ended(item, UNCERTAIN, why, now)
        case Failed(why, after_s):
            return _later(item, why, after_s or 0.0, now, jitter)
        case Lost(why):
            return _later(item, why, 0.0, now, jitter)


def again(item: Item, now: float, patience_s: float) -> Item:
    """People want it sent once more: only what ended without arriving."""
    if item.state not in (DEAD, UNCERTAIN):
        return item
    give_up_at = now + patience_s
    return replace(item, state=WAITING, due_at=now, tries=0, ended_at=None, give_up_at=give_up_at, said="")


def _later(item: Item, why: str, after_s: float, now: float, jitter: float) -> Item:
    wait_s = min(outbox_wait_s_max, outbox_wait_s_min * 2 ** min(item.tries - 1, 20)) * (1 - jitter / 4)
    due_at = now + max(after_s, wait_s)
    if item.tries >= item.tries_max or due_at > item.give_up_at:
        return _ended(item, DEAD, f"given up after {item.tries} tries: {why}", now)
    return replace(item, state=WAITING, due_at=due_at, claim=None, said=why[:outbox_said_chars_max])


def _ended(item: Item, state: str, said: str, now: float, reference: str | None = None) -> Item:
    return replace(
        item,
        state=state,
        said=said[:outbox_said_chars_max],
        ended_at=now,
        claim=None,
        reference=reference or item.reference,
    )


def key(item: Item) -> str:
    """Its name among those of all tenants."""
    return f"{item.tenant}/{item.id}"
