"""Why a call ended, in Q.850 and words: from a Reason header, else from the status (RFC 3326, 6432, 3398 8.2.6.1)."""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.reason import Reason, parse_reason
from softswitch.sip.grammar import quote_string, split_list
from softswitch.sip.headers import Headers
from softswitch.sip.limits import REASON_TEXT_CHARS_MAX
from softswitch.sip.plain import plain

NORMAL_CLEARING = 16
ANSWERED_ELSEWHERE = 26
INTERWORKING = 127

_OF_STATUS = {
    400: 41,
    401: 21,
    402: 21,
    403: 21,
    404: 1,
    405: 63,
    406: 79,
    407: 21,
    408: 102,
    410: 22,
    433: 24,
    415: 79,
    480: 18,
    481: 41,
    482: 25,
    483: 25,
    484: 28,
    485: 1,
    486: 17,
    487: NORMAL_CLEARING,
    488: 88,
    500: 41,
    501: 79,
    502: 38,
    503: 41,
    504: 102,
    600: 17,
    603: 21,
    604: 1,
    606: 88,
    607: 21,
    608: 21,
}


@dataclass(frozen=True, slots=True)
class Q850:
    """A cause value 1 to 127 with the far end's words, None without any."""

    cause: int
    text: str | None = None


def q850_of(status: int) -> int:
    """The cause value of a final status; 16 for a success."""
    return NORMAL_CLEARING if status < 300 else _OF_STATUS.get(status, INTERWORKING)


def said(headers: Headers) -> Q850 | None:
    """The cause that a message names itself, Q.850 before SIP; None when it names none that can be read."""
    reasons = [reason for value in headers.all("Reason") for reason in _readable(value)]
    for wanted in ("q.850", "sip"):
        for reason in reasons:
            if reason.protocol.lower() == wanted and (found := _cause(reason)) is not None:
                return found
    return None


def reason_value(q850: int, text: str) -> str:
    """The Reason value of a cause of ours."""
    return f"Q.850;cause={q850};text={quote_string(text)}"


def _cause(reason: Reason) -> Q850 | None:
    number = reason.cause
    if number is None:
        return None
    text = plain(reason.text, REASON_TEXT_CHARS_MAX) if reason.text else None
    if reason.protocol.lower() == "sip":
        # "SIP;cause=200" on a CANCEL: somebody else answered (RFC 3326 2).
        return Q850(ANSWERED_ELSEWHERE if number == 200 else q850_of(number), text)
    return Q850(number, text) if 1 <= number <= 127 else None


def _readable(value: str) -> list[Reason]:
    try:
        return [parse_reason(each) for each in split_list(value)]
    except BadMessage:
        return []
