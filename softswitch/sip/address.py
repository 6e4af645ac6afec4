"""`name-addr` and `addr-spec` header values: From, To, Contact, Route, Record-Route (RFC 3261 20.10, 25.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import TOKEN_CHARS, quote_string, unquote_string
from softswitch.sip.kept import kept
from softswitch.sip.parameters import parse_parameters, print_parameters
from softswitch.sip.uri import Uri, check_uri, parse_uri

# A display name without quotes should be tokens; letters outside ASCII are common in the field and harmless.
_NAME_ADDR = re.compile(rf'(?:("(?:[^"\\]|\\.)*+")\s*+|([{TOKEN_CHARS}\x80-\U0010ffff \t]*+))<([^<>]*+)>', re.DOTALL)
_ADDR_SPEC = re.compile(r'[^\s;,?<>"]++')


@dataclass(slots=True)
class NameAddr:
    """One address: `uri_text` is as it was written, `uri` its parsed form, read at first use. Treat it as a value."""

    display: str
    uri_text: str
    params: Mapping[str, str | None] = field(default_factory=dict)
    _uri: Uri | None = field(default=None, repr=False, compare=False)

    @property
    def uri(self) -> Uri:
        """The parsed URI. Raises BadMessage 400 when it is malformed or its scheme is not sip, sips or tel."""
        if self._uri is None:
            try:
                self._uri = parse_uri(self.uri_text)
            except BadMessage as bad:  # 414 and 416 speak of the Request-URI only (RFC 3261 21.4.12, 21.4.14)
                raise BadMessage(400, bad.reason) from None
        return self._uri

    @property
    def target(self) -> str:
        """The Request-URI of what is sent to this Contact: its headers and its method are for a redirection (RFC 3261 19.1.1)."""
        uri = self.uri
        if not uri.headers and "method" not in uri.params:
            return self.uri_text
        params = {name: value for name, value in uri.params.items() if name.lower() != "method"}
        return str(replace(uri, headers=(), params=params))

    @property
    def tag(self) -> str | None:
        """The dialog tag (RFC 3261 19.3), None without one."""
        return self.params.get("tag")

    @property
    def is_wildcard(self) -> bool:
        """Whether this is the `*` of a REGISTER that removes all contacts."""
        return self.uri_text == "*"

    def __str__(self) -> str:
        if self.is_wildcard:
            return "*"
        name = f"{quote_string(self.display)} " if self.display else ""
        return f"{name}<{self.uri_text}>{print_parameters(self.params)}"


@kept
def parse_address(text: str) -> NameAddr:
    """One name-addr or addr-spec with parameters. Without <> a semicolon starts a header parameter (RFC 3261 20.10)."""
    text = text.strip()
    found = _NAME_ADDR.match(text)
    if found is not None:
        quoted, bare, uri = found.groups()
        display = unquote_string(quoted) if quoted is not None else bare.strip()
    else:
        found = _ADDR_SPEC.match(text)
        if found is None:
            raise BadMessage(400, "Bad Address")
        uri, display = found[0], ""
    check_uri(uri)
    end = found.end()
    return NameAddr(display, uri, parse_parameters(text[end:]) if end < len(text) else {})


def parse_contact(text: str) -> NameAddr:
    """One Contact value: an address or `*`."""
    return NameAddr("", "*") if text.strip() == "*" else parse_address(text)
