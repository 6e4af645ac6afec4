"""Why calls end, in SIP status and Q.850 cause (RFC 3398 7.2, 8.2). `sip` is None when a BYE ended what was answered."""

from __future__ import annotations

from softswitch.calls.leg import Cause
from softswitch.sip.causes import q850_of
from softswitch.sip.status import reason_of

HANGUP_CAUSES = {
    "normal": Cause(None, 16, "normal clearing"),
    "busy": Cause(486, 17, "user busy"),
    "no_answer": Cause(480, 19, "no answer"),
    "not_found": Cause(404, 1, "unallocated number"),
    "failed": Cause(502, 38, "network out of order"),
    "unavailable": Cause(480, 20, "nobody is registered"),
    "blocked": Cause(603, 24, "the caller is blocked"),
    "anonymous": Cause(433, 24, "anonymous calls are refused"),
}
STATUS_OF_OUTCOME = {
    "busy": 486,
    "declined": 603,
    "no_answer": 480,
    "unreachable": 480,
    "unavailable": 480,
    "machine": 480,
    "failed": 502,
}
"""What who transferred a caller is told of a dial or a flow that ended so."""

TRANSFERRED = Cause(None, 16, "transferred")
REPLACED = Cause(487, 16, "replaced by another leg")
CANCELLED = Cause(487, 16, "caller hung up")
MEDIA_SILENT = Cause(None, 102, "no media from the far end")
MEDIA_FAILED = Cause(None, 88, "no way or no keys for media with the far end")
MEDIA_LOST = Cause(503, 41, "media worker lost")
FAX = Cause(None, 16, "the caller is a fax machine")
OPERATOR = Cause(None, 16, "ended by the operator")
LIMIT = Cause(None, 31, "a limit is reached")
TOO_LONG = Cause(None, 16, "longest call time reached")
FAULT = Cause(500, 41, "a fault of the switch")
NOT_ACCEPTABLE = Cause(488, 88, "incompatible destination")

_PASSED_ON = frozenset({404, 410, 480, 484, 486, 488, 502, 504, 600, 603, 604, 606, 607, 608})
_PASSED_AS = {408: 480, 485: 404, 503: 500, 500: 500}


def of_failure(status: int, reason: str, q850: int | None = None) -> Cause:
    """A callee's refusal: its own Q.850 cause when it named one (RFC 3326), else that of the status."""
    return Cause(status, q850 or q850_of(status), reason)


def passed_on(refusal: Cause) -> Cause | None:
    """What a caller is told of the callee's refusal; None: nothing that is its business (RFC 3261 16.7 6, 7.1)."""
    status = refusal.sip or 0
    told = status if status in _PASSED_ON else _PASSED_AS.get(status)
    return None if told is None else Cause(told, refusal.q850, reason_of(told))


def unreached(refusal: Cause) -> Cause:
    """Why nobody was reached: what the caller is told of the callee's refusal, else 502 and the refusal in words."""
    status = refusal.sip or 0
    return passed_on(refusal) or Cause(502, refusal.q850, f"the far end said {status} {reason_of(status)}")


def no_channel(text: str) -> Cause:
    """No RTP port for a caller."""
    return Cause(503, 34, text)
