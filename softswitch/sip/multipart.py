"""Bodies of several parts: parse and print (RFC 2046 5.1; in SIP RFC 5621). Binary safe, bounded, one pass over the bytes.

```
    preamble CRLF --boundary CRLF part CRLF --boundary CRLF part CRLF --boundary-- epilogue
    part = *(header CRLF) CRLF body
```
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.content import ContentDisposition, MediaType, parse_content_disposition, parse_media_type
from softswitch.sip.headers import Headers
from softswitch.sip.limits import BOUNDARY_MAX, PART_HEADERS_MAX, PARTS_MAX

_FOLD = re.compile(r"[ \t]*+\r\n[ \t]++")
_BOUNDARY = re.compile(r"[A-Za-z0-9'()+_,\-./:=? ]*[A-Za-z0-9'()+_,\-./:=?]")
_DELIMITER_END = re.compile(rb"(--)?+[ \t]*+(?:\r\n|\Z)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its own headers and its body as sent. `content` is the body without its transfer encoding."""

    headers: Headers
    body: bytes

    @property
    def content_type(self) -> MediaType:
        """The media type, text/plain when it is not said (RFC 2046 5.1). Raises BadMessage."""
        value = self.headers.get("Content-Type")
        return MediaType("text", "plain") if value is None else parse_media_type(value)

    @property
    def disposition(self) -> ContentDisposition | None:
        """What it is for, None when it is not said. Raises BadMessage."""
        value = self.headers.get("Content-Disposition")
        return None if value is None else parse_content_disposition(value)

    @property
    def content_id(self) -> str | None:
        """The name that a `cid:` URI uses (RFC 2392), without <>; None without one."""
        value = self.headers.get("Content-ID")
        return None if value is None else value.strip().removeprefix("<").removesuffix(">")

    @property
    def content(self) -> bytes:
        """The body decoded. SIP is binary safe (RFC 3261 7.4.1), but some senders use base64. Raises BadMessage."""
        encoding = (self.headers.get("Content-Transfer-Encoding") or "binary").strip().lower()
        if encoding in ("binary", "8bit", "7bit"):
            return self.body
        if encoding != "base64":
            raise BadMessage(415, "Unsupported Transfer Encoding")
        try:
            return binascii.a2b_base64(self.body)
        except binascii.Error as error:
            raise BadMessage(400, "Bad Base64") from error


def make_part(content_type: str, body: bytes, *headers: tuple[str, str]) -> Part:
    """A part to be sent."""
    return Part(Headers([("Content-Type", content_type), *headers]), body)


def parse_multipart(body: bytes, content_type: MediaType) -> tuple[Part, ...]:
    """The parts of a body whose type is multipart/*; preamble and epilogue are dropped.

    Raises BadMessage 400: no or a wrong boundary, no part, too many parts or headers, no end.
    """
    boundary = content_type.param("boundary")
    if boundary is None or len(boundary) > BOUNDARY_MAX or _BOUNDARY.fullmatch(boundary) is None:
        raise BadMessage(400, "Bad Multipart Boundary")
    parts: list[Part] = []
    begun = None
    for start, end, is_last in _delimiters(body, b"--" + boundary.encode()):
        if begun is not None:
            if len(parts) >= PARTS_MAX:
                raise BadMessage(400, "Too Many Body Parts")
            # The line end before a delimiter belongs to it; a part without a body shares it with its last header.
            parts.append(_parse_part(body[begun : max(begun, start - 2)]))
        begun = end
        if is_last and parts:
            return tuple(parts)
    raise BadMessage(400, "Multipart Without End")


def print_multipart(parts: Iterable[Part], boundary: str) -> bytes:
    """The body, for a Content-Type of `multipart/...;boundary="..."`. The boundary may occur in no part: ValueError."""
    if len(boundary) > BOUNDARY_MAX or _BOUNDARY.fullmatch(boundary) is None:
        raise ValueError(f"not a boundary: {boundary!r}")
    delimiter = b"--" + boundary.encode()
    pieces = []
    for part in parts:
        head = "".join([f"{name}: {value}\r\n" for name, value in part.headers.items()])
        printed = head.encode("utf-8", "surrogateescape") + b"\r\n" + part.body
        if delimiter in printed:
            raise ValueError("the boundary occurs in a part")
        pieces += [delimiter, printed]
    return b"\r\n".join([*pieces, delimiter + b"--\r\n"])


def _delimiters(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is last) of each delimiter line, in order."""
    at = body.find(delimiter)
    while at >= 0:
        after = at + len(delimiter)
        found = _DELIMITER_END.match(body, after) if at == 0 or body[at - 2 : at] == b"\r\n" else None
        if found is not None:
            yield at, found.end(), found[1] is not None
        at = body.find(delimiter, after if found is None else max(after, found.end() - 2))


def _parse_part(text: bytes) -> Part:
    if text.startswith(b"\r\n"):
        return Part(Headers(), text[2:])
    head, _, body = text.partition(b"\r\n\r\n")
    headers = Headers()
    lines = _FOLD.sub(" ", head.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")).split("\r\n")
    if len(lines) > PART_HEADERS_MAX:
        raise BadMessage(400, "Too Many Body Part Headers")
    if any("\n" in line or "\r" in line for line in lines):
        raise BadMessage(400, "Bad Body Part Header")
    problem = headers.read(lines) if head else None
    if problem is not None:
        raise problem
    return Part(headers, body)
