"""OPTIONS, and REGISTER without credentials, as they come all day, read from their lines alone (RFC 3261 8.2.7, 26.3.2.4).

Only the usual way to write them is read here, and only what an answer repeats; addresses go through the parsers of all
requests. Whatever is written, asked or required besides is none for here: None, and the request goes the long way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from softswitch.sip.address import parse_address, parse_contact
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import TOKEN_CHARS
from softswitch.sip.secure import asks_for_tls
from softswitch.sip.uri import parse_uri
from softswitch.sip.via import BRANCH_COOKIE

BYTES_MAX = 2_000

_BEGIN = (b"OPTIONS sip:", b"REGISTER sip:")
_VIA = re.compile(
    r"SIP/2\.0/(UDP|TCP|TLS|WS|WSS) ([A-Za-z0-9][A-Za-z0-9.\-]*+)(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    rf"(;rport)?;branch={BRANCH_COOKIE}[{TOKEN_CHARS}]++(;rport)?"
)
_CSEQ = re.compile(r"[0-9]{1,9} (OPTIONS|REGISTER)")
_TOKEN = re.compile(rf"[{TOKEN_CHARS}]++")
_HOPS = re.compile(r"[0-9]{1,2}")
_ONCE = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length"})
_IGNORED = frozenset(
    {
        "User-Agent",
        "Server",
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Allow",
        "Allow-Events",
        "Supported",
        "Date",
        "Expires",
    }
)


class Usual(NamedTuple):
    """What an answer repeats, as it was written. `transport`, `host`, `port`: of its Via; `wants_rport`: see RFC 3581."""

    method: str
    via: str
    transport: str
    host: str
    port: int | None
    wants_rport: bool
    from_: str
    to: str
    call_id: str
    cseq: str

    def answer(self, status: str, address: str, port: int, tag: str, headers: str) -> bytes:
        """For who asked from there. `status`: "200 OK"; `headers`: lines, each with its line end."""
        via = self.via
        if self.wants_rport:
            via = f"{via.replace(';rport', f';rport={port}', 1)};received={address}"
        elif self.host != address:
            via = f"{via};received={address}"
        return (
            f"SIP/2.0 {status}\r\nVia: {via}\r\nFrom: {self.from_}\r\nTo: {self.to};tag={tag}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {self.cseq}\r\n{headers}Content-Length: 0\r\n\r\n"
        ).encode()


def read_usual(data: bytes) -> Usual | None:
    """Such a request outside dialogs, without a body; None for all else."""
    if not data.startswith(_BEGIN) or len(data) > BYTES_MAX or data[-4:] != b"\r\n\r\n" or not data.isascii():
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
    return _usual(start, fields)


def _usual(start: str, fields: dict[str, str]) -> Usual | None:
    try:
        text, call_id, order, from_, to = fields["Via"], fields["Call-ID"], fields["CSeq"], fields["From"], fields["To"]
    except KeyError:
        return None
    method, _, line = start.partition(" ")
    via, cseq = _VIA.fullmatch(text), _CSEQ.fullmatch(order)
    if (
        via is None
        or cseq is None
        or cseq[1] != method
        or not call_id
        or " " in call_id
        or fields.get("Content-Length", "0") != "0"
        or _HOPS.fullmatch(fields.get("Max-Forwards", "70")) is None
        or not _readable(line, from_, to, fields.get("Contact", "*"))
    ):
        return None
    transport, host, port, before, behind = via.groups()
    if before and behind:
        return None
    rport = bool(before or behind)
    return Usual(method, text, transport, host, None if port is None else int(port), rport, from_, to, call_id, order)


def _readable(line: str, from_: str, to: str, contact: str) -> bool:
    """Whether the addresses are right: the tag of From is new each time, the rest is mostly as it was the last time."""
    uri, _, version = line.partition(" ")
    written, _, tag = from_.rpartition(";tag=")
    try:
        sender = parse_address(written)
        return (
            version == "SIP/2.0"
            and not parse_uri(uri).headers
            and _TOKEN.fullmatch(tag) is not None
            and sender.uri is not None
            and sender.tag is None
            and parse_address(to).tag is None
            and "," not in contact
            and not asks_for_tls(parse_contact(contact).uri_text)
        )
    except BadMessage:
        return False
