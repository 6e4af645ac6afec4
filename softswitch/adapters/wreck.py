"""The end of a call that broke: what its machine can no longer ask for is done without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from softswitch.adapters.media import MediaPlane
from softswitch.adapters.records import Records
from softswitch.calls.causes import FAULT
from softswitch.sip.causes import reason_value

if TYPE_CHECKING:
    from softswitch.adapters.live_call import LiveCall

WRECK_S_MAX = 10.0
"""How long a call that broke may take for an end in order."""

_log = Logger(namespace="softswitch.calls")


def quietly(what: str, act: Callable[..., object], *arguments: Any) -> None:
    """Does what a call does not depend on: a fault in it is logged, and the call goes on."""
    try:
        act(*arguments)
    except Exception:  # the boundary to who only looks on
        _log.failure("{what} failed", what=what)


def end_sessions(live: LiveCall) -> None:
    """Ends what SIP still has of the call: a caller who waits gets 500, all others CANCEL or BYE, nobody is told twice."""
    for leg, session in live.sessions.items():
        if session.direction == "in":
            quietly(f"refusing {leg}", session.reject, FAULT.sip)
        quietly(f"hanging up {leg}", session.bye, reason_value(FAULT.q850, FAULT.text))


def wind_up(live: LiveCall, media: MediaPlane, records: Records, now: float) -> None:
    """Ends every session and leg, gives every port back and writes the last record, unless that was written."""
    end_sessions(live)
    for id, leg in live.call.desk.legs.items():
        quietly(f"closing the port of {id}", media.close, id, lambda _: None)
        leg.ended(now, FAULT)
    if not live.closed:
        ledger = live.call.desk.ledger
        ledger.cause, ledger.state = FAULT, "ended"
        ledger.talk_over(now)
        quietly("the last record", records.write, ledger.closed(now).record)
