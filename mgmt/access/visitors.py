"""Strangers on web sites: their one-time tokens, bound to the page they came from, and how often they may do something.

Tokens are signed with a key of this process: after a restart they are worth nothing, so that what was used is known to all who
would take it. A page that is told `token_invalid` asks for another one.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil

from configdb.passes import Passes
from mgmt.http.errors import Problem
from mgmt.limits import visitor_counts_max, visitor_pass_s, visitor_token_s, visitor_window_s

PAGE, VISITOR = "page", "visitor"


class Visitors:
    """`passes` are for the switch, which takes each once. `clock` is wall time."""

    def __init__(self, passes: Passes, clock: Callable[[], float]) -> None:
        self._passes, self._clock = passes, clock
        self._tokens = Passes(secrets.token_bytes(32), clock)
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, deque[float]] = OrderedDict()

    def token(self, tenant: str, widget: str, origin: str) -> str:
        """For one view of a page."""
        return self._tokens.issue(PAGE, visitor_token_s, tenant, widget, origin)

    def spend(self, token: str, tenant: str, widget: str, origin: str) -> None:
        """Use a token up. Raises Problem 403; one of another page stays good for its own."""
        right = self._tokens.read(PAGE, token) == (tenant, widget, origin)
        if not right or self._tokens.take(PAGE, token) is None:
            raise Problem(403, "token_invalid", "This page has been open for too long, or was used. Load it again.")

    def pass_for(self, tenant: str, widget: str) -> str:
        """What a page calls the switch with, once and at once."""
        return self._passes.issue(VISITOR, visitor_pass_s, tenant, widget)

    def count(self, *rates: tuple[str, int]) -> None:
        """Count something under each name, `times` an hour at the most. Raises Problem 429; then nothing is counted."""
        now = self._clock()
        with self._lock:
            found = [(self._recent(name, now), times) for name, times in rates]
            for recent, times in found:
                if len(recent) >= times:
                    wait_s = ceil(recent[0] + visitor_window_s - now) if recent else visitor_window_s
                    detail = "That was asked for too often. Please try later, or call us."
                    raise Problem(429, "too_often", detail, headers=(("Retry-After", str(max(1, wait_s))),))
            for recent, _ in found:
                recent.append(now)

    def _recent(self, name: str, now: float) -> deque[float]:
        recent = self._counts.setdefault(name, deque())
        self._counts.move_to_end(name)
        while recent and now - recent[0] >= visitor_window_s:
            recent.popleft()
        if len(self._counts) > visitor_counts_max:
            self._counts.popitem(last=False)
        return recent
