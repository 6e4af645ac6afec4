"""How fast one may ask: a bucket of requests for each session and each key of a program (RFC 6585 4).

A bucket holds `request_burst_max` requests and fills at `requests_per_s_max`. The operator token has none: it is the node's own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from mgmt.access.auth import Identity
from mgmt.http.errors import Problem
from mgmt.limits import pace_askers_max, request_burst_max, requests_per_s_max


class Pace:
    """The buckets of this process; the one that asked longest ago gives way. `clock` never runs back in ways that matter."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how full, when

    def require(self, identity: Identity | None) -> tuple[tuple[str, str], ...]:
        """Takes one request from the asker's bucket; headers that say how much is left (draft-ietf-httpapi-ratelimit).

        Raises Problem 429 with Retry-After when it is empty.
        """
        asker = _asker(identity)
        if asker is None:
            return ()
        now = self._clock()
        with self._lock:
            full, since = self._buckets.pop(asker, (float(request_burst_max), now))
            full = min(request_burst_max, full + max(0.0, now - since) * requests_per_s_max)
            self._buckets[asker] = (full - 1 if full >= 1 else full), now
            if len(self._buckets) > pace_askers_max:
                self._buckets.popitem(last=False)
        if full < 1:
            detail = f"More than {requests_per_s_max} requests a second. Slow down."
            raise Problem(429, "too_fast", detail, headers=(("Retry-After", "1"), *_told(0.0)))
        return _told(full - 1)


def _told(left: float) -> tuple[tuple[str, str], ...]:
    """How many requests there may be at once, and how many are left; both fill within their seconds."""
    whole_s, missing_s = (ceil(count / requests_per_s_max) for count in (request_burst_max, request_burst_max - left))
    return (
        ("RateLimit-Policy", f'"requests";q={request_burst_max};w={whole_s}'),
        ("RateLimit", f'"requests";r={int(left)};t={missing_s}'),
    )


def _asker(identity: Identity | None) -> str | None:
    if identity is None:
        return None
    program = identity.key or identity.app
    return f"{identity.tenant}/{program.id}" if program is not None else identity.session
