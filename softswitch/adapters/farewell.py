"""The end of a switch: every call gets its end and its record, registrations at carriers are taken back."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from softswitch.adapters.carriers import Carriers
from softswitch.adapters.switchboard import Switchboard

LAST_CALLS_S_MAX = 2.0  # how long a stop waits for the records of the calls it ended
LOOK_S = 0.02


def farewell(reactor: Any, board: Switchboard, carriers: Carriers) -> Deferred[None]:
    """End all calls; fires with the last answer, not later than in `LAST_CALLS_S_MAX`."""
    carriers.stop()
    for live in list(board.calls.values()):
        board.feed(live, lambda call, now: call.hang_up(now))
    over: Deferred[None] = Deferred()
    deadline = reactor.seconds() + LAST_CALLS_S_MAX

    def look() -> None:
        if (board.calls or carriers.leaving) and reactor.seconds() < deadline:
            reactor.callLater(LOOK_S, look)
        else:
            over.callback(None)

    look()
    return over
