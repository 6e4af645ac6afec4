"""The Via header: where a request came through and where its answer goes (RFC 3261 18.2, 20.42; rport RFC 3581)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import HOST, TOKEN_CHARS, print_host, read_host
from softswitch.sip.kept import kept
from softswitch.sip.parameters import parse_parameters, print_parameters

BRANCH_COOKIE = "z9hG4bK"

_VIA = re.compile(
    rf"\s*+SIP\s*+/\s*+([0-9]\.[0-9])\s*+/\s*+([{TOKEN_CHARS}]++)\s++({HOST})\s*+(?::\s*+([0-9]{{1,5}})\s*+)?",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"TLS": 5061, "WSS": 443, "WS": 80}


@dataclass(frozen=True, slots=True)
class Via:
    """One hop: `transport` in upper case, `host` without IPv6 brackets, `port` None if not written. A value."""

    transport: str
    host: str
    port: int | None = None
    params: Mapping[str, str | None] = field(default_factory=dict)
    version: str = "2.0"

    @property
    def branch(self) -> str | None:
        """The transaction's branch; None from an RFC 2543 peer that sends none."""
        return self.params.get("branch")

    @property
    def received(self) -> str | None:
        """The source address noted by the receiver, without brackets (RFC 5118 4.5 reads both forms)."""
        received = self.params.get("received")
        return None if received is None else received.strip("[]")

    @property
    def wants_rport(self) -> bool:
        """Whether the sender asked for answers to its source port (RFC 3581 4)."""
        return "rport" in self.params

    @property
    def rport(self) -> int | None:
        """The source port noted by the receiver, None when not noted."""
        value = self.params.get("rport")
        if value is None or not (value.isascii() and value.isdigit()) or len(value) > 5:
            return None
        return int(value) if int(value) <= 65535 else None

    @property
    def default_port(self) -> int:
        """The port of the transport when none is written."""
        return _DEFAULT_PORTS.get(self.transport, 5060)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/{self.version}/{self.transport} {print_host(self.host)}{port}{print_parameters(self.params)}"


@kept
def parse_via(text: str) -> Via:
    """One Via value. Any protocol version is read, so that a request of an unknown version can be answered 505."""
    found = _VIA.match(text)
    if found is None:
        raise BadMessage(400, "Bad Via")
    version, transport, host, port = found.groups()
    end = found.end()
    params = parse_parameters(text[end:]) if end < len(text) else {}
    if port is not None and int(port) > 65535:
        raise BadMessage(400, "Bad Via")
    return Via(transport.upper(), read_host(host), None if port is None else int(port), params, version)


def note_source(text: str, address: str, port: int) -> str:
    """The top Via value with `received` (if its host is not `address`) and a wanted `rport` filled in (RFC 3581 4)."""
    return str(noted(parse_via(text), address, port))


def noted(via: Via, address: str, port: int) -> Via:
    """As `note_source`, of a value; itself when there is nothing to note."""
    if via.host == address and not via.wants_rport:
        return via
    params = dict(via.params)
    if via.wants_rport:
        params["rport"] = str(port)
    params["received"] = address
    return Via(via.transport, via.host, via.port, params, via.version)
