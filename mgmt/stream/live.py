"""Boards of live calls, one a tenant that is looked at: filled by the switches' lists, kept up by `events.<tenant>.call`.

A tenant is watched while somebody listens to it or has asked in the last minute. The lists are read again every few seconds,
because bus events are best effort: what was never told of a call, its end too, is seen then, and listeners are told. While the
switch does not answer, the board says so instead of showing yesterday's calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mgmt.context import Control
from mgmt.http.errors import Problem
from mgmt.limits import live_asked_max, live_calls_max, live_resync_s, live_watch_s
from softswitch.control.messages import ControlError

Document = dict[str, Any]


@dataclass(slots=True)
class _Board:
    """The calls of one tenant by id; `touched`: those the bus told of since the switch was asked."""

    asked_at: float
    calls: dict[str, Document] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    synced_at: float | None = None


class LiveBoard:
    """Thread-safe. `tell(tenant, kind, document)` is called, on the calling thread, for what only the board noticed; it may
    neither wait nor ask the board."""

    def __init__(
        self,
        control: Control,
        clock: Callable[[], float],
        tell: Callable[[str | None, str, Document], None],
        listened: Callable[[], Collection[str]],
        hear: Callable[[str], None] = lambda tenant: None,
        keep: Callable[[Collection[str]], None] = lambda tenants: None,
    ) -> None:
        """`listened` are the tenants somebody listens to; `hear` is told of one that has a board, `keep` of all that have."""
        self._control, self._clock, self._tell, self._listened = control, clock, tell, listened
        self._hear, self._keep = hear, keep
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._boards: dict[str, _Board] = {}
        self._away: str | None = "The switch was not asked yet."

    @property
    def away(self) -> str | None:
        """Why the switch does not answer, or None when it does."""
        return self._away

    def apply(self, tenant: str, call: Mapping[str, Any]) -> None:
        """One event of the bus: a call changed, or ended."""
        id = str(call.get("id"))
        with self._lock:
            board = self._boards.get(tenant)
            if board is None:
                return
            board.touched.add(id)
            if call.get("state") == "ended":
                board.calls.pop(id, None)
            elif id in board.calls or len(board.calls) < live_calls_max:
                board.calls[id] = dict(call)

    def calls(self, tenant: str) -> list[Document]:
        """The live calls of a tenant, oldest first. Raises Problem 503 while the switch is away."""
        now = self._clock()
        with self._lock:
            board = self._boards.setdefault(tenant, _Board(now))
            board.asked_at = now
            fresh = board.synced_at is not None and now - board.synced_at <= live_resync_s
        if not fresh:
            self._hear(tenant)  # before the switch is asked: what happens after its answer has to be heard
            self._sync([tenant])
        if self._away is not None:
            detail = f"The live calls are not known at this moment: {self._away}"
            raise Problem(503, "switch_unavailable", detail, headers=(("Retry-After", "2"),))
        with self._lock:
            mine = list(board.calls.values())
        return sorted(mine, key=lambda call: float(call.get("started_at") or 0))

    def find(self, tenant: str, call: str) -> Document | None:
        """One live call of a tenant, or None; one that was not told yet is asked for. Raises Problem 503 as `calls`."""
        found = next((document for document in self.calls(tenant) if document["id"] == call), None)
        if found is None:
            self._sync([tenant])
            found = next((document for document in self.calls(tenant) if document["id"] == call), None)
        return found

    def count(self) -> int:
        """How many calls are on the boards."""
        with self._lock:
            return sum(len(board.calls) for board in self._boards.values())

    def refresh(self) -> None:
        """Ask for the calls of all tenants that are watched. Never raises for a switch that is away."""
        now, listened = self._clock(), self._listened()
        with self._lock:
            for tenant in listened:
                self._boards.setdefault(tenant, _Board(now)).asked_at = now
            self._boards = {one: board for one, board in self._boards.items() if now - board.asked_at <= live_watch_s}
            watched = list(self._boards)
        self._keep(watched)
        self._sync(watched[:live_asked_max])
        for at in range(live_asked_max, len(watched), live_asked_max):
            self._sync(watched[at : at + live_asked_max])

    def _sync(self, tenants: list[str]) -> None:
        """Ask the switch for the lists of tenants; one thread at a time."""
        with self._refreshing:
            with self._lock:
                for tenant in tenants:
                    if tenant in self._boards:
                        self._boards[tenant].touched.clear()
            try:
                answer = self._control.request("live", tenants=tenants)
            except ControlError as away:
                self._note(f"{away.text}")
                return
            listed: dict[str, dict[str, Document]] = {tenant: {} for tenant in tenants}
            for call in answer["calls"]:
                listed[str(call["tenant"])][str(call["id"])] = dict(call)
            for tenant, calls in listed.items():
                self._replace(tenant, calls, bool(answer.get("missing")))
            self._note(None)

    def _replace(self, tenant: str, listed: dict[str, Document], partly: bool) -> None:
        """What the bus touched while the switch was asked is newer than its list. partly: a node did not say, its calls stay."""
        with self._lock:
            board = self._boards.get(tenant)
            if board is None:
                return
            kept = {
                id: call for id, call in board.calls.items() if id in board.touched or (partly and id not in listed)
            }
            gone = [call for id, call in board.calls.items() if id not in listed and id not in kept]
            new = {id: call for id, call in listed.items() if id not in board.touched}
            untold = [call for id, call in new.items() if call != board.calls.get(id)]
            board.calls = {**new, **kept}
            board.synced_at = self._clock()
            for call in untold:  # under the lock: what the bus brings next is told next
                self._tell(tenant, "call", call)
            for call in gone:
                self._tell(tenant, "call", {**call, "state": "ended"})

    def _note(self, away: str | None) -> None:
        changed = (away is None) is not (self._away is None)
        self._away = away
        if away is not None:
            with self._lock:
                for board in self._boards.values():
                    board.synced_at = None
        if changed:
            self._tell(None, "status", {"switch": away is None})
