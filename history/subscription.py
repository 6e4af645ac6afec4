"""A browser that can be woken: what its push service gave its page (RFC 8030), and the keys to speak to it with (RFC 8291)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from history.documents import Document
from history.shelves import SUBSCRIPTIONS, Drop, Put, Query, Shelves, Where

PER_USER_MAX = 10


@dataclass(frozen=True, slots=True)
class Subscription(Document):
    """One browser of a user. `id` follows from the endpoint, so a browser has one. agent: what it says it is."""

    id: str
    tenant: str
    user: str
    endpoint: str
    p256dh: str
    auth: str
    at: float
    agent: str = ""


def subscription_id(endpoint: str) -> str:
    """The same for the same browser."""
    return hashlib.sha256(endpoint.encode("utf-8", "replace")).hexdigest()[:32]


def of_user(shelves: Shelves, tenant: str, user: str) -> list[Subscription]:
    """Somebody's browsers, the newest first."""
    rows = shelves.page(SUBSCRIPTIONS, tenant, Query((Where("user", "=", user),), limit=2 * PER_USER_MAX))
    return [Subscription.from_document(row.body) for row in rows]


def keep(shelves: Shelves, new: Subscription) -> None:
    """Keep it; of too many the oldest go."""
    others = [one for one in of_user(shelves, new.tenant, new.user) if one.id != new.id]
    gone = [Drop(SUBSCRIPTIONS, one.tenant, one.id) for one in others[PER_USER_MAX - 1 :]]
    shelves.write([Put(SUBSCRIPTIONS, new.tenant, new.id, new.to_document()), *gone])


def find(shelves: Shelves, tenant: str, user: str, endpoint: str) -> Subscription | None:
    """The browser that a phone's contact names, when it is of this user."""
    body = shelves.get(SUBSCRIPTIONS, tenant, subscription_id(endpoint))
    found = Subscription.from_document(body) if body is not None else None
    return found if found is not None and found.user == user else None


def idle(shelves: Shelves, tenant: str, before: float, limit: int) -> list[Drop]:
    """What to write so that those go whose page nobody opened since."""
    rows = shelves.page(SUBSCRIPTIONS, tenant, Query(until=before, limit=limit, oldest_first=True))
    return [Drop(SUBSCRIPTIONS, tenant, row.id) for row in rows]


def forget(shelves: Shelves, told: Mapping[str, Any]) -> None:
    """A push service knows a browser no more: `{tenant, prid}`."""
    shelves.write([Drop(SUBSCRIPTIONS, told["tenant"], subscription_id(told["prid"]))])
