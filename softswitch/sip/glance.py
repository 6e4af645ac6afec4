"""A look at a message without parsing it: what it is, whether it may be shed, and a 503 made of its raw headers.

For the door in front of the parser: a look costs a hundredth of a parsed message. What is read here decides only whether
the message is worth parsing (RFC 3261 8.1.1.7, 8.2.6; RFC 5390 requirement 15), never what it means.
"""

from __future__ import annotations

import re
from enum import Enum

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import split_list
from softswitch.sip.limits import HEAD_BYTES_MAX

SHED_TAG = b"shed-"
"""Begins the To tag of each answer that no transaction stands behind: the ACK to it is known by it, and dropped."""

_SPACE = rb"(?:[ \t]|\r\n[ \t])*+"
_VALUE = rb"([^\r\n]*+(?:\r\n[ \t][^\r\n]*+)*+)"


def _header(names: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\r\n(?:" + names + rb")[ \t]*+:" + _SPACE + _VALUE, re.IGNORECASE)


_ANSWERED = {
    name: printed
    for printed, *names in (
        (b"Via: ", b"Via", b"via", b"v"),
        (b"From: ", b"From", b"from", b"f"),
        (b"To: ", b"To", b"to", b"t"),
        (b"Call-ID: ", b"Call-ID", b"call-id", b"i"),
        (b"CSeq: ", b"CSeq", b"cseq"),
    )
    for name in names
}
_NEEDED = frozenset(_ANSWERED.values())
_TO, _VIA, _AGENT = _header(rb"to|t"), _header(rb"via|v"), _header(rb"user-agent")
_TAG = re.compile(rb";\s*+tag\s*+=\s*+([^\s;,>]*+)", re.IGNORECASE)
_USER = re.compile(r"(?:sips?|tel):([^@;>\s]{1,64})", re.IGNORECASE)
_PROTECTED = frozenset({b"BYE", b"CANCEL", b"PRACK", b"UPDATE", b"INFO"})
_LINES_MAX = 128  # of a refusal: who sends more than a hundred Via is not answered


class Kind(Enum):
    """What a message is to the door. Only the last three may ever be shed."""

    PASS = "pass"
    """An answer, or a request in a dialog (or one that ends or confirms something): never shed."""
    SPENT = "spent"
    """The ACK to an answer that nobody remembers: dropped."""
    INVITE = "invite"
    REGISTER = "register"
    OTHER = "other"
    """Everything else: OPTIONS, SUBSCRIBE, unknown methods, and what is no SIP at all."""


def kind_of(data: bytes) -> Kind:
    """What this is, by its first line and its To tag."""
    end = data.find(b" ", 0, 32)
    method = data[: max(end, 0)]
    if method == b"SIP/2.0" or method in _PROTECTED:
        return Kind.PASS
    if method == b"ACK":
        return Kind.SPENT if (to_tag(data) or b"").startswith(SHED_TAG) else Kind.PASS
    if method == b"INVITE":
        return Kind.INVITE if to_tag(data) is None else Kind.PASS
    if method == b"REGISTER":
        return Kind.REGISTER
    return Kind.OTHER if not method or to_tag(data) is None else Kind.PASS


def rings(data: bytes) -> bool:
    """Whether this only says that a phone rings, or that the call goes on: 18x that are not to be confirmed (RFC 3262)."""
    return data.startswith(b"SIP/2.0 18") and b"100rel" not in data.lower()


def to_tag(data: bytes) -> bytes | None:
    """The tag of the To header, None without one."""
    found = _TO.search(data, 0, HEAD_BYTES_MAX)
    if found is None:
        return None
    value = found[1]
    tag = _TAG.search(value, value.rfind(b">") + 1)
    return None if tag is None else tag[1]


def dialled(data: bytes) -> str:
    """The user part of the Request-URI, the number of a tel URI, "sos" for an emergency service (RFC 5031), or ""."""
    line = data[data.find(b" ", 0, 32) + 1 : data.find(b"\r\n", 0, HEAD_BYTES_MAX)]
    return dialled_in(line.rpartition(b" ")[0].decode("latin-1"))


def dialled_in(uri: str) -> str:
    """As `dialled`, of a URI."""
    if uri.lower().startswith("urn:service:sos"):
        return "sos"
    found = _USER.match(uri)
    return "" if found is None or ("@" not in uri and uri[:4].lower() != "tel:") else found[1]


def user_agent(data: bytes) -> str | None:
    """The User-Agent header."""
    end = data.find(b"\r\n\r\n", 0, HEAD_BYTES_MAX)
    found = _AGENT.search(data, 0, end if end >= 0 else HEAD_BYTES_MAX)
    return None if found is None else found[1].decode("latin-1")


def top_via(data: bytes) -> str | None:
    """The first Via value as written, None when there is none that can be told from the next."""
    found = _VIA.search(data, 0, HEAD_BYTES_MAX)
    if found is None:
        return None
    value = found[1].replace(b"\r\n", b"").decode("utf-8", "surrogateescape")
    try:
        return next(iter(split_list(value)), None)
    except BadMessage:
        return None


def refusal(data: bytes, written: str, via: str, tag: bytes, retry_after_s: int) -> bytes | None:
    """503 with Retry-After, made of the raw Via, From, To, Call-ID and CSeq; None when one is missing or a line is broken.

    written: `top_via`.  via: that as it goes back, with received and rport.  tag: unguessable, put behind `SHED_TAG`.
    """
    head = data[: max(data.find(b"\r\n\r\n", 0, HEAD_BYTES_MAX), 0)].replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    lines = head.split(b"\r\n")
    if not head.count(b"\r") == head.count(b"\n") == len(lines) - 1:
        return None
    answer: list[bytes] = [b"SIP/2.0 503 Service Unavailable"]
    seen: set[bytes] = set()
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        printed = _ANSWERED.get(name) or _ANSWERED.get(name.rstrip().lower())
        if printed is None:
            continue
        value = value.strip()
        if printed == b"Via: ":
            if printed not in seen:
                value = _raw(via) + value[len(_raw(written)) :]
        elif printed in seen:
            return None
        elif printed == b"To: " and _TAG.search(value, value.rfind(b">") + 1) is None:
            value += b";tag=" + SHED_TAG + tag
        seen.add(printed)
        answer.append(printed + value)
    if seen != _NEEDED or len(answer) > _LINES_MAX:
        return None
    answer.append(b"Retry-After: %d\r\nContent-Length: 0\r\n\r\n" % retry_after_s)
    return b"\r\n".join(answer)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
