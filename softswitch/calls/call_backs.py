"""Call-back on busy (CCBS in short): who found somebody busy is rung, and then they, once both are free.

asked --> waits --both are free--> called, once
            | KEPT_S, asked anew for somebody else: forgotten

A wish is a row of a durable table while it waits; it is taken out before the call is made, so that none is made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

KEPT_S = 3600.0
WAITING_MAX = 1_000


@dataclass(frozen=True, slots=True)
class CallBack:
    """`user` wants to be called when `target` is free; both are users of the tenant."""

    tenant: str
    user: str
    target: str


Keep = Callable[[str, Mapping[str, Any] | None], None]
"""Sets a row of the table; None removes it."""


class CallBacks:
    """Who waits for whom: one wish a user, the oldest first. `now` is epoch seconds that never step."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._waiting: dict[tuple[str, str], tuple[CallBack, float]] = {}

    def restore(self, rows: Mapping[str, Any]) -> None:
        """What the last run kept, the oldest first; a row that means nothing is removed."""
        for key, row in rows.items():
            try:
                tenant, user = key.split("/")
                self._waiting[tenant, user] = CallBack(tenant, user, str(row["target"])), float(row["until"])
            except (KeyError, TypeError, ValueError):
                self._keep(key, None)

    def leave(self, tenants: Container[str]) -> None:
        """Somebody else keeps those of these tenants."""
        for key in [key for key in self._waiting if key[0] in tenants]:
            del self._waiting[key]

    def ask(self, wish: CallBack, now: float) -> bool:
        """A wish, which replaces an earlier one; False when too many wait."""
        key = wish.tenant, wish.user
        if key not in self._waiting and len(self._waiting) >= WAITING_MAX:
            return False
        self._waiting.pop(key, None)
        self._waiting[key] = wish, now + KEPT_S
        self._keep("/".join(key), {"target": wish.target, "until": now + KEPT_S})
        return True

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def due(self, is_busy: Callable[[str, str], bool], now: float) -> list[CallBack]:
        """Those that are to be called now, and wait no longer; of several who wait for one, the first."""
        found: list[CallBack] = []
        rung: set[tuple[str, str]] = set()
        for key, (wish, until) in list(self._waiting.items()):
            if until <= now:
                self._forget(key)
                continue
            both = {(wish.tenant, wish.user), (wish.tenant, wish.target)}
            if not both & rung and not any(is_busy(*one) for one in both):
                self._forget(key)
                found.append(wish)
                rung |= both
        return found

    def _forget(self, key: tuple[str, str]) -> None:
        del self._waiting[key]
        self._keep("/".join(key), None)
