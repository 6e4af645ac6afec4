"""Keys by SIP INFO, in the two bodies that are common (no RFC has them; the method is RFC 6086's, without a package).

`application/dtmf-relay` has lines, `Signal=5` and `Duration=160` (ms); `application/dtmf` the key alone. 10 and 11 are * and #.
"""

from __future__ import annotations

import re

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.content import parse_content_disposition
from softswitch.sip.message import Request

DTMF_RELAY, DTMF = "application/dtmf-relay", "application/dtmf"
KEY_MS = 160
_SIGNAL = re.compile(rb"(?:signal[ \t]*=[ \t]*)?(1[01]|[0-9*#A-D])[ \t]*(?:\r?\n|$)", re.IGNORECASE)
_NUMBERED = {"10": "*", "11": "#"}


def check_info(request: Request) -> None:
    """Raises BadMessage 415 for an INFO with a body that must be understood and is none of these two (RFC 3261 8.2.3)."""
    disposition = request.headers.get("Content-Disposition")
    required = disposition is None or parse_content_disposition(disposition).is_required
    if request.body and required and request.content_type not in (DTMF_RELAY, DTMF):
        raise BadMessage(415, "Unsupported Media Type", headers=(("Accept", f"{DTMF_RELAY}, {DTMF}"),))


def digit_of(content_type: str, body: bytes) -> str | None:
    """The key that a body tells of; None when it is none."""
    kind = content_type.partition(";")[0].strip().lower()
    found = _SIGNAL.match(body.strip()) if kind in (DTMF_RELAY, DTMF) else None
    if found is None:
        return None
    digit = found[1].decode().upper()
    return _NUMBERED.get(digit, digit)


def relay_body(digit: str) -> bytes:
    """An `application/dtmf-relay` body."""
    return f"Signal={digit}\r\nDuration={KEY_MS}\r\n".encode()
