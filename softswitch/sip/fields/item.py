"""What the values of many headers share: a token or a URI in <> with parameters, counts, texts (RFC 3261 25.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import TOKEN_CHARS, is_token, quote_string, unquote_string
from softswitch.sip.limits import COUNT_MAX
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters

_TOKEN = re.compile(rf"\s*+([{TOKEN_CHARS}]++)\s*+")
_REFERENCE = re.compile(r"\s*+<\s*+([A-Za-z][A-Za-z0-9+.\-]*+:[^\s<>\"]++)\s*+>\s*+")


@dataclass(frozen=True, slots=True)
class Item:
    """A token with parameters: Accept-Encoding, Allow-Events, Recv-Info, Content-Language ..."""

    value: str
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.value}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A URI of any scheme in <> with parameters: Alert-Info, Call-Info, Error-Info, Geolocation."""

    uri_text: str
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"<{self.uri_text}>{print_parameters(self.params)}"


def parse_item(text: str) -> Item:
    """`token *(SEMI param)`, the token as written."""
    found = _TOKEN.match(text)
    if found is None:
        raise BadMessage(400, "Bad Header Value")
    return Item(found[1], parse_parameters(text[found.end() :]))


def parse_reference(text: str) -> Reference:
    """`<URI> *(SEMI param)`."""
    found = _REFERENCE.match(text)
    if found is None:
        raise BadMessage(400, "Bad Header Value")
    return Reference(found[1], parse_parameters(text[found.end() :]))


def parse_token(text: str) -> str:
    """One token: SIP-ETag, Priority, an option tag, a method ..."""
    token = text.strip()
    if not is_token(token):
        raise BadMessage(400, "Bad Header Value")
    return token


def parse_text(text: str) -> str:
    """Free text: Subject, Organization, User-Agent."""
    return text.strip()


def parse_count(text: str | None, count_max: int = COUNT_MAX) -> int:
    """A whole number from 0 to `count_max`; leading zeros are read, anything else is refused."""
    digits = "" if text is None else text.strip()
    if not (digits.isascii() and digits.isdigit()):
        raise BadMessage(400, "Bad Number")
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(count_max)) or int(digits) > count_max:
        raise BadMessage(400, "Number Too Large")
    return int(digits)


def take_text(params: Parameters, name: str) -> str | None:
    """Takes a parameter out and gives its text without quotes; None without it or without a value."""
    value = params.pop(name, None)
    return None if value is None else unquote_string(value)


def take_count(params: Parameters, name: str, count_max: int = COUNT_MAX) -> int | None:
    """Takes a parameter out that has to be a number if it is there."""
    return parse_count(params.pop(name), count_max) if name in params else None


def take_flag(params: Parameters, name: str) -> bool:
    """Takes a parameter without a value out; whether it was there."""
    if name not in params:
        return False
    del params[name]
    return True


def print_value(text: str) -> str:
    """A parameter value: as it is when it is a token, else quoted."""
    return text if is_token(text) else quote_string(text)


def print_known(*known: tuple[str, object]) -> str:
    """`;name=value` of the parameters that are not None; True is a parameter without a value, False is left out."""
    return "".join(
        f";{name}" if value is True else f";{name}={print_value(str(value))}"
        for name, value in known
        if value is not None and value is not False
    )
