"""Scanners shared by all headers: token, quoted string, host, comma list (RFC 3261 25.1).

Every expression here uses possessive repeats (`*+`), so each character is looked at a bounded number of times.
"""

from __future__ import annotations

import ipaddress
import re

from softswitch.sip.errors import BadMessage
from softswitch.sip.limits import VALUES_MAX

TOKEN_CHARS = r"A-Za-z0-9\-.!%*_+`'~"
QUOTED = r'"(?:[^"\\]|\\.)*+"'
HOST = r"(?:\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9][A-Za-z0-9._\-]*+)"

is_token = re.compile(rf"[{TOKEN_CHARS}]++").fullmatch

_LIST_VALUE = re.compile(rf'(?:[^",<]|{QUOTED}|<[^<>]*+>)*+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'(["\\])')


def split_list(value: str) -> list[str]:
    """The values of a comma-separated header; a comma in quotes or <> does not split. Empty ones are dropped."""
    if "," not in value:
        value = value.strip()
        return [value] if value else []
    values = value.split(",") if '"' not in value and "<" not in value else _scan_list(value)
    if len(values) > VALUES_MAX:
        raise BadMessage(400, "Too Many Header Values")
    return [stripped for part in values if (stripped := part.strip())]


def _scan_list(value: str) -> list[str]:
    values, at = [], 0
    while True:
        end = _scan_value(value, at)
        values.append(value[at:end])
        if end == len(value):
            return values
        if value[end] != "," or len(values) > VALUES_MAX:
            raise BadMessage(400, "Unbalanced Header Value")
        at = end + 1


def _scan_value(value: str, at: int) -> int:
    found = _LIST_VALUE.match(value, at)
    return at if found is None else found.end()


def unquote_string(value: str) -> str:
    """The text inside a quoted string, escapes removed; a value without quotes is returned as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    inner = value[1:-1]
    return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner


def quote_string(text: str) -> str:
    """`text` as a quoted string."""
    escaped = _TO_ESCAPE.sub(r"\\\1", text)
    return f'"{escaped}"'


def read_host(text: str) -> str:
    """A host as written in a URI or Via, without IPv6 brackets; three colons are read as two (RFC 5118 4.10)."""
    if text[0] != "[":
        return text
    address = text[1:-1].replace(":::", "::")
    try:
        ipaddress.IPv6Address(address)
    except ValueError as error:
        raise BadMessage(400, "Bad IPv6 Reference") from error
    return address


def print_host(host: str) -> str:
    """A host as written in a URI or Via: IPv6 addresses get brackets."""
    return f"[{host}]" if ":" in host else host
