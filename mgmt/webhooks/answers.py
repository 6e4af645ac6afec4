"""What the answer of a webhook's server means: taken, refused, or nobody there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mgmt.limits import webhook_pause_s_max

AGAIN = frozenset({408, 425, 429})
"""Refusals that mean: later."""


class Meaning(Enum):
    """What to do next."""

    TAKEN = "taken"
    REFUSED = "refused"
    DOWN = "down"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: there was none, `problem` says why. `body` is its beginning; `after_s` what Retry-After asked for."""

    status: int
    ms: int
    problem: str = ""
    body: str = ""
    after_s: float = 0.0

    @property
    def meaning(self) -> Meaning:
        """Redirects are not followed: an address that moved has to be changed by its owner."""
        if 200 <= self.status < 300:
            return Meaning.TAKEN
        if self.status == 410:
            return Meaning.GONE
        if 300 <= self.status < 500 and self.status not in AGAIN:
            return Meaning.REFUSED
        return Meaning.DOWN


def after_s(header: str | None) -> float:
    """The seconds of a Retry-After; a date, which our clock need not share, is none."""
    text = (header or "").strip()
    return min(float(text), webhook_pause_s_max) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0
