"""The header fields of a message: an ordered, case-insensitive multi-map of raw values (RFC 3261 7.3).

Fields of one name keep their order, names keep the order of their first field (the order between names has no
meaning, RFC 3261 7.3.1). Compact names are read as long ones. Values are text decoded from UTF-8 with
`surrogateescape`, so that any bytes come out as they came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import is_token
from softswitch.sip.limits import HEADER_LINE_MAX

_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
_KNOWN = (
    "Accept",
    "Accept-Contact",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Resource-Priority",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Authentication-Info",
    "Authorization",
    "Call-ID",
    "Call-Info",
    "Contact",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "CSeq",
    "Date",
    "Diversion",
    "Error-Info",
    "Event",
    "Expires",
    "Flow-Timer",
    "From",
    "Geolocation",
    "Geolocation-Error",
    "Geolocation-Routing",
    "History-Info",
    "Identity",
    "In-Reply-To",
    "Info-Package",
    "Join",
    "Max-Forwards",
    "MIME-Version",
    "Min-Expires",
    "Min-SE",
    "Organization",
    "P-Access-Network-Info",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "Reason",
    "Record-Route",
    "Recv-Info",
    "Refer-Sub",
    "Refer-To",
    "Referred-By",
    "Reject-Contact",
    "Remote-Party-ID",
    "Replaces",
    "Reply-To",
    "Request-Disposition",
    "Require",
    "Resource-Priority",
    "Retry-After",
    "Route",
    "RSeq",
    "Server",
    "Service-Route",
    "Session-Expires",
    "Session-ID",
    "SIP-ETag",
    "SIP-If-Match",
    "Subject",
    "Subscription-State",
    "Supported",
    "Target-Dialog",
    "Timestamp",
    "To",
    "Unsupported",
    "User-Agent",
    "User-to-User",
    "Via",
    "Warning",
    "WWW-Authenticate",
)
_LONG = frozenset(_KNOWN)
_CANONICAL = (
    {name: name for name in _KNOWN}
    | {name.lower(): name for name in _KNOWN}
    | {name.upper(): name for name in _KNOWN}
    | _COMPACT
    | {short.upper(): name for short, name in _COMPACT.items()}
)


def canonical(name: str) -> str:
    """The long name of a header in its usual spelling; an unknown one is capitalised by parts. Raises BadMessage."""
    known = _CANONICAL.get(name)
    if known is not None:
        return known
    name = name.rstrip(" \t")
    if not is_token(name):
        raise BadMessage(400, "Bad Header Name")
    return _CANONICAL.get(name.lower()) or "-".join([part.capitalize() for part in name.split("-")])


class Headers:
    """See the module. `typed` keeps parsed values by name of header until that header changes (`Message`)."""

    __slots__ = ("_fields", "typed")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        self.typed: dict[str, Any] = {}
        for name, value in fields:
            self.add(name, value)

    def get(self, name: str) -> str | None:
        """The first value of a name, None without one."""
        values = self._fields.get(name)
        if values is None and name not in _LONG:
            values = self._fields.get(canonical(name))
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """All fields of a name as they were written, not split at commas; an own copy."""
        values = self._fields.get(name)
        if values is None and name not in _LONG:
            values = self._fields.get(canonical(name))
        return list(values) if values else []

    def add(self, name: str, value: str) -> None:
        """Appends a field. A value with a line end is our error: ValueError."""
        if "\r" in value or "\n" in value:
            raise ValueError(f"line end in a header value: {value!r}")
        known = name if name in _LONG else canonical(name)
        values = self._fields.get(known)
        if values is None:
            self._fields[known] = [value]
        else:
            values.append(value)
        if self.typed:
            self._forget(known)

    def read(self, lines: Iterable[str]) -> BadMessage | None:
        """Appends the lines of a message; the first thing wrong with them, after which the others are read all the same."""
        fields, problem = self._fields, None
        for line in lines:
            name, colon, value = line.partition(":")
            known = _CANONICAL.get(name)
            if known is None or not colon or len(line) > HEADER_LINE_MAX:
                try:
                    known = _name_of(line)
                except BadMessage as bad:
                    problem = problem or bad
                    continue
            values = fields.get(known)
            if values is None:
                fields[known] = [value.strip(" \t")]
            else:
                values.append(value.strip(" \t"))
        return problem

    def set(self, name: str, value: str | Iterable[str]) -> None:
        """Replaces all fields of a name by one value or by several; a new name goes to the end."""
        known, values = canonical(name), [value] if isinstance(value, str) else list(value)
        self._fields[known] = [_checked(each) for each in values]
        self._forget(known)

    def prepend(self, name: str, value: str) -> None:
        """Puts a field before the others of its name (Via, Record-Route)."""
        known = canonical(name)
        self._fields.setdefault(known, []).insert(0, _checked(value))
        self._forget(known)

    def remove(self, name: str) -> None:
        """Removes all fields of a name, if any."""
        known = canonical(name)
        self._fields.pop(known, None)
        self._forget(known)

    def items(self) -> Iterator[tuple[str, str]]:
        """(name, value) of every field, grouped by name."""
        for name, values in self._fields.items():
            for value in values:
                yield name, value

    def count(self, name: str) -> int:
        """How many fields a canonical name has."""
        values = self._fields.get(name)
        return 0 if values is None else len(values)

    def fields(self) -> dict[str, list[str]]:
        """The live map of canonical name to values, for printing and checking: read only."""
        return self._fields

    def copy(self) -> Headers:
        """An independent copy."""
        other = Headers()
        other._fields = {name: values.copy() for name, values in self._fields.items()}
        return other

    def _forget(self, known: str) -> None:
        typed = self.typed
        if typed:
            for kind in ("", "each ", "all "):
                typed.pop(kind + known, None)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"


def _name_of(line: str) -> str:
    name, colon, _ = line.partition(":")
    if not colon or len(line) > HEADER_LINE_MAX:
        raise BadMessage(400, "Bad Header Line")
    return canonical(name)


def _checked(value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(f"line end in a header value: {value!r}")
    return value
