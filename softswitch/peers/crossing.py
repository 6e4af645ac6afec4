"""Which header fields of a caller's INVITE go along to the leg we call: a list of what may, and nothing else (RFC 7092).

Everything that is not in `CROSSING` ends here: we are a user agent on both sides, and what identifies, routes,
authenticates or describes media is made anew for each leg. A value that is too long or not printable does not cross.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from softswitch.peers.limits import CROSSING_CHARS_MAX, CROSSING_VALUES_MAX
from softswitch.sip.headers import Headers

Pairs = tuple[tuple[str, str], ...]


class Side(Flag):
    """Who is at the far end of a leg: an authenticated phone, a trunk of our trust domain, any other trunk."""

    PHONE = auto()
    TRUSTED = auto()
    UNTRUSTED = auto()


_OURS = Side.PHONE | Side.TRUSTED
_ANY = Side.PHONE | Side.TRUSTED | Side.UNTRUSTED


@dataclass(frozen=True, slots=True)
class Row:
    """`header` crosses from legs of `came` to legs of `goes`, and why that is safe."""

    header: str
    came: Side
    goes: Side
    why: str


CROSSING = (
    Row("Subject", _ANY, Side.PHONE, "RFC 3261 20.36: words for the called one; carriers need not read them"),
    Row("Priority", _OURS, _OURS, "RFC 3261 20.26, 7090: emergency and call-back from who may say so"),
    Row("Accept-Language", _OURS, _OURS, "RFC 3261 20.3: which language the caller speaks"),
    Row("User-to-User", _OURS, _OURS, "RFC 7433: data of the two ends, identifies nobody by itself"),
    Row("Session-ID", _ANY, _ANY, "RFC 7989: made to cross, random, finds the call in the other's trace"),
    Row("Resource-Priority", Side.TRUSTED, Side.TRUSTED, "RFC 4412: precedence is the carriers' business"),
)


_MAY = {
    (came, goes): tuple(row.header for row in CROSSING if came & row.came and goes & row.goes)
    for came in Side
    for goes in Side
}


def crossing(headers: Headers, came: Side, goes: Side) -> Pairs:
    """The fields that go along."""
    return tuple((name, value) for name in _MAY[came, goes] for value in _sound(headers.all(name)))


def _sound(values: list[str]) -> list[str]:
    if len(values) > CROSSING_VALUES_MAX:
        return []
    return [value for value in values if len(value) <= CROSSING_CHARS_MAX and value.isprintable()]
