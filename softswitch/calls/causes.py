"""Why calls end, in SIP status and Q.850 cause (RFC 3398 7.2, 8.2). `sip` is None when a BYE ended what was answered."""

from __future__ import annotations

from softswitch.calls.leg import Cause

HANGUP_CAUSES = {
    "normal": Cause(None, 16, "normal clearing"),
    "busy": Cause(486, 17, "user busy"),
    "no_answer": Cause(480, 19, "no answer"),
    "not_found": Cause(404, 1, "unallocated number"),
    "failed": Cause(502, 38, "network out of order"),
    "unavailable": Cause(480, 20, "nobody is registered"),
}
CANCELLED = Cause(487, 16, "caller hung up")
MEDIA_SILENT = Cause(None, 102, "no media from the far end")
MEDIA_LOST = Cause(503, 41, "media worker lost")
OPERATOR = Cause(None, 16, "ended by the operator")
TOO_LONG = Cause(None, 16, "longest call time reached")
NOT_ACCEPTABLE = Cause(488, 88, "incompatible destination")


def no_channel(text: str) -> Cause:
    """No RTP port for a caller."""
    return Cause(503, 34, text)
