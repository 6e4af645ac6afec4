"""OPTIONS as carriers, balancers and phones send it all day, read from its lines alone (RFC 3261 8.2.7, 11).

Only the usual way to write it is read here, and only what an answer repeats; addresses go through the parsers of all
requests. Whatever is written, asked or required besides is none for here: None, and the request goes the long way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from softswitch.sip.address import parse_address, parse_contact
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import TOKEN_CHARS
from softswitch.sip.uri import parse_uri
from softswitch.sip.via import BRANCH_COOKIE

BYTES_MAX = 2_000

_VIA = re.compile(
    r"SIP/2\.0/(UDP|TCP|TLS|WS|WSS) ([A-Za-z0-9][A-Za-z0-9.\-]*+)(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    rf"(;rport)?;branch={BRANCH_COOKIE}[{TOKEN_CHARS}]++(;rport)?"
)
_CSEQ = re.compile(r"[0-9]{1,9} OPTIONS")
_TOKEN = re.compile(rf"[{TOKEN_CHARS}]++")
_HOPS = re.compile(r"[0-9]{1,2}")
_ONCE = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length"})
_IGNORED = frozenset(
    {"User-Agent", "Server", "Accept", "Accept-Encoding", "Accept-Language", "Allow", "Supported", "Date"}
)


class Ping(NamedTuple):
    """What an answer repeats, as it was written. `transport`, `host`, `port`: of its Via; `wants_rport`: see RFC 3581."""

    via: str
    transport: str
    host: str
    port: int | None
    wants_rport: bool
    from_: str
    to: str
    call_id: str
    cseq: str

    def answer(self, address: str, port: int, tag: str, capabilities: str) -> bytes:
        """200 for who asked from there. `capabilities`: header lines, each with its line end."""
        via = self.via
        if self.wants_rport:
            via = f"{via.replace(';rport', f';rport={port}', 1)};received={address}"
        elif self.host != address:
            via = f"{via};received={address}"
        return (
            f"SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: {self.from_}\r\nTo: {self.to};tag={tag}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {self.cseq}\r\n{capabilities}Content-Length: 0\r\n\r\n"
        ).encode()


def read_ping(data: bytes) -> Ping | None:
    """An OPTIONS outside dialogs without a body, None for all else."""
    if data[:12] != b"OPTIONS sip:" or len(data) > BYTES_MAX or data[-4:] != b"\r\n\r\n" or not data.isascii():
        return None
    start, *lines = data[:-4].decode("ascii").split("\r\n")
    if data.count(b"\n") != len(lines) + 2 or data.count(b"\r") != len(lines) + 2:
        return None
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in _ONCE and name not in fields:
            fields[name] = value.strip(" \t")
        elif name not in _IGNORED:
            return None
    return _ping(start, fields)


def _ping(start: str, fields: dict[str, str]) -> Ping | None:
    try:
        text, from_, to, call_id, cseq = (fields[name] for name in ("Via", "From", "To", "Call-ID", "CSeq"))
    except KeyError:
        return None
    via = _VIA.fullmatch(text)
    if (
        via is None
        or _CSEQ.fullmatch(cseq) is None
        or not call_id
        or " " in call_id
        or fields.get("Content-Length", "0") != "0"
        or _HOPS.fullmatch(fields.get("Max-Forwards", "70")) is None
        or not _readable(start, from_, to, fields.get("Contact", "*"))
    ):
        return None
    transport, host, port, before, behind = via.groups()
    if before and behind:
        return None
    rport = bool(before or behind)
    return Ping(text, transport, host, None if port is None else int(port), rport, from_, to, call_id, cseq)


def _readable(start: str, from_: str, to: str, contact: str) -> bool:
    """Whether the addresses are right: the tag of From is new each time, the rest is mostly as it was the last time."""
    uri, _, version = start[8:].partition(" ")
    sender, _, tag = from_.rpartition(";tag=")
    try:
        return (
            version == "SIP/2.0"
            and not parse_uri(uri).headers
            and _TOKEN.fullmatch(tag) is not None
            and parse_address(sender).uri is not None
            and parse_address(sender).tag is None
            and parse_address(to).tag is None
            and (contact == "*" or parse_contact(contact) is not None)
        )
    except BadMessage:
        return False
