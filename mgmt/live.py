"""The board of live calls: filled by the switch's list, kept up by bus events `events.<tenant>.call`.

The list is read again every few seconds, because bus events are best effort: a call whose end was never told disappears
then, and listeners are told. While the switch does not answer, the board says so instead of showing yesterday's calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from mgmt.context import Control
from mgmt.errors import Problem
from mgmt.limits import live_calls_max, live_resync_s
from softswitch.control.messages import ControlError

Key = tuple[str, str]
Document = dict[str, Any]


class LiveBoard:
    """Thread-safe. `tell(tenant, kind, document)` is called, on the calling thread, for what only the board noticed."""

    def __init__(
        self, control: Control, clock: Callable[[], float], tell: Callable[[str | None, str, Document], None]
    ) -> None:
        self._control = control
        self._clock = clock
        self._tell = tell
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._calls: dict[Key, Document] = {}
        self._touched: set[Key] = set()
        self._synced_at: float | None = None
        self._away: str | None = "The switch was not asked yet."

    @property
    def away(self) -> str | None:
        """Why the switch does not answer, or None when it does."""
        return self._away

    def apply(self, tenant: str, call: Mapping[str, Any]) -> None:
        """One event of the bus: a call changed, or ended."""
        key = (tenant, str(call.get("id")))
        with self._lock:
            self._touched.add(key)
            if call.get("state") == "ended":
                self._calls.pop(key, None)
            elif key in self._calls or len(self._calls) < live_calls_max:
                self._calls[key] = dict(call)

    def calls(self, tenant: str) -> list[Document]:
        """The live calls of a tenant, oldest first. Raises Problem 503 while the switch is away."""
        if self._synced_at is None or self._clock() - self._synced_at > live_resync_s:
            self.refresh()
        if self._away is not None:
            detail = f"The live calls are not known at this moment: {self._away}"
            raise Problem(503, "switch_unavailable", detail, headers=(("Retry-After", "2"),))
        with self._lock:
            mine = [call for (owner, _), call in self._calls.items() if owner == tenant]
        return sorted(mine, key=lambda call: float(call.get("started_at") or 0))

    def find(self, tenant: str, call: str) -> Document | None:
        """One live call of a tenant, or None. Raises Problem 503 as `calls`."""
        return next((document for document in self.calls(tenant) if document["id"] == call), None)

    def count(self) -> int:
        """How many calls of all tenants are on the board."""
        with self._lock:
            return len(self._calls)

    def refresh(self) -> None:
        """Ask the switch for its list; one thread at a time. Never raises for a switch that is away."""
        with self._refreshing:
            with self._lock:
                self._touched.clear()
            try:
                listed = self._control.request("live")["calls"]
            except ControlError as away:
                self._note(f"{away.text}")
                return
            self._replace({(str(call["tenant"]), str(call["id"])): dict(call) for call in listed})
            self._note(None)

    def _replace(self, listed: dict[Key, Document]) -> None:
        """What the bus touched while the switch was asked is newer than the switch's list."""
        with self._lock:
            gone = [self._calls[key] for key in self._calls if key not in listed and key not in self._touched]
            kept = {key: call for key, call in self._calls.items() if key in self._touched}
            new = {key: call for key, call in listed.items() if key not in self._touched}
            appeared = [call for key, call in new.items() if key not in self._calls]
            self._calls = {**new, **kept}
            self._synced_at = self._clock()
        for call in appeared:
            self._tell(call["tenant"], "call", call)
        for call in gone:
            self._tell(call["tenant"], "call", {**call, "state": "ended"})

    def _note(self, away: str | None) -> None:
        changed = (away is None) is not (self._away is None)
        self._away = away
        if away is not None:
            self._synced_at = None
        if changed:
            self._tell(None, "status", {"switch": away is None})
