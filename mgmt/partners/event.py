"""What happens to an account at its partner, whatever the partner calls it; each partner's file only maps its own words."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from history.shelves import NODE
from mgmt.limits import partner_patience_s
from mgmt.outbox.item import Item

What = Literal["installed", "removed", "paid", "unpaid", "changed", "erase", "customer_data", "customer_erase"]


@dataclass(frozen=True, slots=True)
class Event:
    """`key` is what the partner knows it by: one that comes again is the first. at: when it happened there (epoch seconds).

    installed, removed: the app, there.  paid, unpaid: whether the partner takes money for us.  changed: what the partner says
    of the account (`about`).  erase: nothing of the account may stay.  customer_data, customer_erase: what we know of one of
    its customers (`about` has email and phone).
    """

    partner: str
    account: str
    what: What
    at: float
    key: str
    about: dict[str, str] = field(default_factory=dict)

    def item(self, now: float) -> Item:
        """For the outbox, which does it once it is durable."""
        id = hashlib.sha256("\n".join((self.partner, self.account, self.what, self.key)).encode()).hexdigest()[:40]
        return Item(
            f"partner-{id}",
            NODE,
            "partner",
            self.partner,
            {"event": asdict(self)},
            now,
            now + partner_patience_s,
            repeatable=True,
            tries_max=100,
            due_at=now,
        )


def event_of(payload: dict[str, Any]) -> Event | None:
    """The event of an item; None: it is about something else."""
    found = payload.get("event")
    return Event(**found) if found is not None else None
