"""The browsers behind the names that phones give: how each is spoken to, and those that are no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from history import subscription
from history.app import forget_push
from history.shelves import Shelves
from mgmt.push.notes import Wish
from mgmt.push.sealed import Ears


def ears_of(shelves: Shelves, wish: Wish) -> Ears | None:
    """Those of the browser that a wish is for; None: its page gave us no keys."""
    found = subscription.find(shelves, wish.tenant, wish.user, wish.prid)
    return Ears.read(found.p256dh, found.auth) if found is not None else None


def forget(shelves: Shelves, told: Mapping[str, Any]) -> None:
    """A push service knows a phone no more: `{tenant, device, provider, prid}`."""
    if told["provider"] == "webpush":
        subscription.forget(shelves, told)
    else:
        forget_push(shelves, told)
