"""Requests and responses: start line, headers, body, typed access and printing (RFC 3261 7; answers 8.2.6).

Typed accessors parse at the first use and keep the result until a header changes. They raise `BadMessage` (400 and the
request to answer) when the header is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from softswitch.sip.address import NameAddr, parse_address, parse_contact
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import TOKEN_CHARS, split_list
from softswitch.sip.headers import Headers
from softswitch.sip.kept import kept
from softswitch.sip.limits import CSEQ_MAX, EXPIRES_S_MAX, MAX_FORWARDS_MAX, VALUES_MAX
from softswitch.sip.status import reason_of
from softswitch.sip.uri import Uri, parse_uri
from softswitch.sip.via import Via, noted, parse_via

T = TypeVar("T")

_UNREAD: Any = object()

_CSEQ = re.compile(rf"\s*+([0-9]{{1,10}})\s++([{TOKEN_CHARS}]++)\s*+")

METHODS = frozenset(
    [
        "INVITE",
        "ACK",
        "CANCEL",
        "BYE",
        "OPTIONS",
        "REGISTER",
        "PRACK",
        "UPDATE",
        "INFO",
        "MESSAGE",
        "SUBSCRIBE",
        "NOTIFY",
        "REFER",
        "PUBLISH",
    ]
)
"""The methods we know (RFC 3261, 3262, 3311, 6086, 3428, 6665, 3515, 3903)."""


class CSeq(NamedTuple):
    """The order number of a request and its method (RFC 3261 20.16)."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


class Message:
    """What requests and responses share."""

    __slots__ = ("body", "headers")

    headers: Headers
    body: bytes

    def _typed(self, key: str, read: Callable[[Headers], T]) -> T:
        headers = self.headers
        known = headers.typed.get(key, _UNREAD)
        if known is not _UNREAD:
            return known  # type: ignore[no-any-return]  # one key is always read by one function
        try:
            value = headers.typed[key] = read(headers)
        except BadMessage as bad:
            bad.request = self if isinstance(self, Request) else None
            raise
        return value

    @property
    def top_via(self) -> Via:
        """The first Via value. A message that came from the parser has one."""
        return self.headers.typed.get("Via") or self._typed("Via", _read_top_via)

    @property
    def vias(self) -> tuple[Via, ...]:
        """All Via values, top first."""
        return self._typed("all Via", _read_vias)

    @property
    def from_(self) -> NameAddr:
        """The From address."""
        return self.headers.typed.get("From") or self._typed("From", _read_from)

    @property
    def to(self) -> NameAddr:
        """The To address."""
        return self.headers.typed.get("To") or self._typed("To", _read_to)

    @property
    def call_id(self) -> str:
        """The Call-ID, compared byte by byte."""
        return self.headers.get("Call-ID") or ""

    @property
    def cseq(self) -> CSeq:
        """The CSeq number and method."""
        return self.headers.typed.get("CSeq") or self._typed("CSeq", _read_cseq)

    @property
    def contacts(self) -> tuple[NameAddr, ...]:
        """All Contact values; one of them may be the wildcard."""
        return self._typed("all Contact", _read_contacts)

    @property
    def routes(self) -> tuple[NameAddr, ...]:
        """All Route values, top first."""
        return self._typed("all Route", _read_routes)

    @property
    def record_routes(self) -> tuple[NameAddr, ...]:
        """All Record-Route values, top first."""
        return self._typed("all Record-Route", _read_record_routes)

    @property
    def max_forwards(self) -> int | None:
        """Max-Forwards, 0..255, None when absent."""
        return self._typed("Max-Forwards", _read_max_forwards)

    @property
    def expires(self) -> int | None:
        """Expires in seconds, capped at 2**32-1; None when absent or malformed (which counts as the default, 20.19)."""
        return self._typed("Expires", _read_expires)

    @property
    def content_type(self) -> str | None:
        """The media type in lower case without parameters, None without a Content-Type."""
        value = self.headers.get("Content-Type")
        return None if value is None else value.partition(";")[0].strip().lower()

    def values(self, name: str) -> list[str]:
        """The values of a comma-list header (Require, Supported, Allow ...), in order."""
        values = [value for field in self.headers.all(name) for value in _words(field)]
        if len(values) > VALUES_MAX:
            raise BadMessage(400, "Too Many Header Values")
        return values

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """The typed value of a header that occurs once, None without one (`softswitch.sip.fields`).

        One header is always read by one parser. Raises BadMessage 400 when it is malformed or occurs more than once.
        """
        values = self.read_each(name, parse)
        if len(values) > 1:
            raise BadMessage(400, f"More Than One {name}", self if isinstance(self, Request) else None)
        return values[0] if values else None

    def read_each(self, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """The typed values of a header that occurs several times and is not split at commas (Authorization ...)."""
        return self._typed(f"each {name}", lambda headers: tuple(parse(value) for value in headers.all(name)))

    def read_all(self, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """The typed values of a header that is a comma list (Reason, Diversion, Path ...), in order."""
        return self._typed(f"all {name}", lambda headers: tuple(parse(value) for value in _list_of(headers, name)))

    def start_line(self) -> str:
        """The first line, without its line end."""
        raise TypeError("a message is a Request or a Response")

    def to_bytes(self) -> bytes:
        """The message as sent; Content-Length is always that of the body. A line end in a value raises ValueError."""
        fields = self.headers.fields().items()
        lines = [f"{name}: {value}" for name, values in fields if name != "Content-Length" for value in values]
        lines.insert(0, self.start_line())
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
            raise ValueError("line end inside a header or start line")
        return head.encode("utf-8", "surrogateescape") + self.body


class Request(Message):
    """A request; `uri` is the Request-URI as written."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: str, headers: Headers | None = None, body: bytes = b"") -> None:
        self.method = method
        self.uri = uri
        self.headers = Headers() if headers is None else headers
        self.body = body

    @property
    def request_uri(self) -> Uri:
        """The parsed Request-URI. Raises BadMessage 416 when its scheme is not sip, sips or tel."""
        uri = self.uri
        return self._typed("Request-URI", lambda _: parse_uri(uri))

    def note_source(self, address: str, port: int) -> None:
        """Writes where the request came from into its top Via, so that answers find back (18.2.1, RFC 3581)."""
        first, *rest = _list_of(self.headers, "Via")
        via = noted(self.top_via, address, port)
        text = str(via)
        if text != first or rest:
            self.headers.set("Via", [text, *rest])
            self.headers.typed["Via"] = via

    def copy(self) -> Request:
        """An independent copy."""
        return Request(self.method, self.uri, self.headers.copy(), self.body)

    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri} {self.call_id}>"


class Response(Message):
    """A response."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers | None = None, body: bytes = b"") -> None:
        self.status = status
        self.reason = reason
        self.headers = Headers() if headers is None else headers
        self.body = body

    def copy(self) -> Response:
        """An independent copy."""
        return Response(self.status, self.reason, self.headers.copy(), self.body)

    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason} {self.call_id}>"


def make_response(
    request: Request,
    status: int,
    reason: str | None = None,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    content_type: str | None = None,
) -> Response:
    """The answer to a request: its Via, From, To, Call-ID, CSeq as they were written (RFC 3261 8.2.6).

    Record-Route is copied into 101..2xx answers (12.1.1), Timestamp into a 100 (8.2.6.1). `to_tag` is added to a To
    without a tag, in every answer but a 100.
    """
    ours, theirs = Headers(), request.headers.fields()
    copied = ours.fields()
    for name in _COPIED_DIALOG if 100 < status < 300 else _COPIED:
        if name in theirs:
            copied[name] = theirs[name].copy()
    if status == 100 and "Timestamp" in theirs:
        copied["Timestamp"] = theirs["Timestamp"].copy()
    if to_tag is not None and status > 100 and "To" in copied and not _has_tag(request):
        copied["To"][0] += f";tag={to_tag}"
    for name, value in headers:
        ours.add(name, value)
    if content_type is not None:
        ours.set("Content-Type", content_type)
    return Response(status, reason_of(status) if reason is None else reason, ours, body)


_COPIED = ("Via", "From", "To", "Call-ID", "CSeq")
_COPIED_DIALOG = ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")


def _has_tag(request: Request) -> bool:
    try:
        return request.to.tag is not None
    except BadMessage:
        return True  # a To that cannot be read goes back as it came


def _list_of(headers: Headers, name: str) -> list[str]:
    fields = headers.all(name)
    if len(fields) == 1:
        return split_list(fields[0])
    values: list[str] = []
    for field in fields:
        values += split_list(field)
    if len(values) > VALUES_MAX:
        raise BadMessage(400, "Too Many Header Values")
    return values


@kept
def _words(field: str) -> tuple[str, ...]:
    return tuple(split_list(field))


def _first(headers: Headers, name: str) -> str:
    value = headers.get(name)
    if value is None:
        raise BadMessage(400, f"Missing {name}")
    return value


def _read_top_via(headers: Headers) -> Via:
    value = _first(headers, "Via")
    return parse_via(next(iter(split_list(value)), "") if "," in value else value)


def _read_vias(headers: Headers) -> tuple[Via, ...]:
    return tuple(parse_via(value) for value in _list_of(headers, "Via"))


def _read_from(headers: Headers) -> NameAddr:
    return parse_address(_first(headers, "From"))


def _read_to(headers: Headers) -> NameAddr:
    return parse_address(_first(headers, "To"))


def _read_cseq(headers: Headers) -> CSeq:
    return parse_cseq(_first(headers, "CSeq"))


@kept
def parse_cseq(text: str) -> CSeq:
    """The CSeq of a message."""
    found = _CSEQ.fullmatch(text)
    if found is None or int(found[1]) > CSEQ_MAX:
        raise BadMessage(400, "Bad CSeq")
    return CSeq(int(found[1]), found[2])


def _read_contacts(headers: Headers) -> tuple[NameAddr, ...]:
    return tuple(parse_contact(value) for value in _list_of(headers, "Contact"))


def _read_routes(headers: Headers) -> tuple[NameAddr, ...]:
    return tuple(parse_address(value) for value in _list_of(headers, "Route"))


def _read_record_routes(headers: Headers) -> tuple[NameAddr, ...]:
    return tuple(parse_address(value) for value in _list_of(headers, "Record-Route"))


def _read_max_forwards(headers: Headers) -> int | None:
    value = headers.get("Max-Forwards")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 10 or int(value) > MAX_FORWARDS_MAX:
        raise BadMessage(400, "Bad Max-Forwards")
    return int(value)


def _read_expires(headers: Headers) -> int | None:
    return seconds_of(headers.get("Expires"))


def seconds_of(value: str | None) -> int | None:
    """Delta-seconds, capped at 2**32-1; None when absent or malformed."""
    if value is None or not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0") or "0"
    return EXPIRES_S_MAX if len(digits) > 10 else min(int(digits), EXPIRES_S_MAX)
