"""Who calls, by whom it is said: P-Asserted-Identity (RFC 3325 9), Privacy (RFC 3323 4.2), Identity (RFC 8224 4).

P-Asserted-Identity and P-Preferred-Identity: `parse_asserted_identity`, a plain `NameAddr`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.address import NameAddr, parse_address
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_token, print_value, take_text
from softswitch.sip.headers import Headers
from softswitch.sip.limits import PARAMETERS_MAX
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters
from softswitch.sip.uri import parse_uri

_SIGNED = re.compile(r'\s*+("?)([A-Za-z0-9+/=_.\-]++)\1\s*+')


@dataclass(frozen=True, slots=True)
class Privacy:
    """What shall be hidden, in lower case: header, session, user, none, critical, id (RFC 3325), history (RFC 7044)."""

    values: tuple[str, ...]

    def __contains__(self, value: str) -> bool:
        return value in self.values

    def __str__(self) -> str:
        return ";".join(self.values)


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed PASSporT: the compact JWS as written, the URI of the certificate, algorithm and type ("shaken")."""

    signed: str
    info: str
    alg: str | None = None
    ppt: str | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        alg = "" if self.alg is None else f";alg={print_value(self.alg)}"
        ppt = "" if self.ppt is None else f";ppt={print_value(self.ppt)}"
        return f"{self.signed};info=<{self.info}>{alg}{ppt}{print_parameters(self.params)}"


def parse_asserted_identity(text: str) -> NameAddr:
    """One sip, sips or tel address; it has no header parameters: without <> all belongs to the URI (RFC 3325 9.1)."""
    address = parse_address(text) if "<" in text else NameAddr("", text.strip())
    parse_uri(address.uri_text)
    return address


def parse_privacy(text: str) -> Privacy:
    """The Privacy of a message; values apart by semicolons, or by commas as some write it."""
    values = dict.fromkeys(parse_token(value).lower() for value in text.replace(",", ";").split(";", PARAMETERS_MAX))
    return Privacy(tuple(values))


def parse_identity(text: str) -> Identity:
    """One Identity value. The old form of RFC 4474, a quoted signature alone, is refused: it names no certificate."""
    found = _SIGNED.match(text)
    if found is None:
        raise BadMessage(400, "Bad Identity")
    params = parse_parameters(text[found.end() :])
    info = params.pop("info", None)
    if info is None or info[0] != "<":
        raise BadMessage(400, "Bad Identity")
    alg, ppt = take_text(params, "alg"), take_text(params, "ppt")
    return Identity(found[2], info[1:-1], alg, ppt, params)


def names_somebody(headers: Headers) -> bool:
    """Whether they say who is at the far end (RFC 3325; Remote-Party-ID was before)."""
    return "P-Asserted-Identity" in headers or "Remote-Party-ID" in headers
