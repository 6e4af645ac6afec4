"""What a transaction asks its driver to do (RFC 3261 17): frozen values, performed in order.

What goes to the transaction user (`Deliver`, `TimedOut`, `Failed`) is always the last effect of a list, so that the
user may call back into the transaction at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.message import Request, Response
from softswitch.sip.timers import Timer


@dataclass(frozen=True, slots=True)
class Send:
    """Put the message on the wire, on the transaction's own path."""

    message: Request | Response


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Call `timer(timer)` after `seconds`, replacing a running timer of that name."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget a running timer."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Deliver:
    """Pass the message up to the transaction user."""

    message: Request | Response


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Tell the user: no answer came (clients), or no ACK to our refusal (INVITE server)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Tell the user: the transport could not send."""


@dataclass(frozen=True, slots=True)
class Terminated:
    """Destroy the transaction."""


Effect = Send | StartTimer | CancelTimer | Deliver | TimedOut | Failed | Terminated
