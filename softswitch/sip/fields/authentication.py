"""Challenges and credentials of any scheme (RFC 3261 20.44, 25.1), Authentication-Info (RFC 7616 3.5).

`softswitch.sip.digest` makes and checks the digest ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import QUOTED, TOKEN_CHARS, unquote_string
from softswitch.sip.limits import PARAMETERS_MAX

_SCHEME = re.compile(rf"\s*+([{TOKEN_CHARS}]++)\s++")
_FIELD = re.compile(rf"\s*+([{TOKEN_CHARS}]++)\s*+=\s*+({QUOTED}|[^\s,\"]++)\s*+(?:,|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Authentication:
    """`Digest realm="pbx", nonce="n", qop="auth"`: names in lower case, values as written (with their quotes).

    `scheme` is "" in an Authentication-Info.
    """

    scheme: str
    fields: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A field without its quotes, None without it."""
        value = self.fields.get(name)
        return None if value is None else unquote_string(value)

    def __str__(self) -> str:
        fields = ", ".join([f"{name}={value}" for name, value in self.fields.items()])
        return f"{self.scheme} {fields}" if self.scheme else fields


def parse_authentication(text: str) -> Authentication:
    """A WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization; of whatever scheme."""
    found = _SCHEME.match(text)
    if found is None:
        raise BadMessage(400, "Bad Authentication")
    return Authentication(found[1], _fields(text, found.end()))


def parse_authentication_info(text: str) -> Authentication:
    """An Authentication-Info."""
    return Authentication("", _fields(text, 0))


def _fields(text: str, at: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    while at < len(text):
        found = _FIELD.match(text, at)
        if found is None or found[1].lower() in fields or len(fields) >= PARAMETERS_MAX:
            raise BadMessage(400, "Bad Authentication")
        fields[found[1].lower()] = found[2]
        at = found.end()
    return fields
