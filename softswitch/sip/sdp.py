"""Session descriptions: parse and print (RFC 4566, RFC 8866).

Kept are the lines a call decides by: o=, s=, c=, a= and m=. Others are read over; the order of lines and CR are not
insisted on. What is read is bounded, what is printed canonical.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from softswitch.sip.errors import NotAcceptable
from softswitch.sip.limits import SDP_BYTES_MAX, SDP_LINES_MAX, SDP_MEDIA_MAX

Attributes = tuple[tuple[str, str | None], ...]
_BLANKS = " \t\r\0"
"""Around lines and values; nulls at an end are padding of careless senders, elsewhere they are no text (RFC 8866 9)."""

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

_MEDIA = re.compile(r"([A-Za-z0-9\-]++)\s++([0-9]{1,5})(?:/([0-9]{1,5}))?\s++([A-Za-z0-9/\-]++)\s++(\S.*+)", re.DOTALL)
_ORIGIN = re.compile(r"(\S++)\s++([0-9]{1,40})\s++([0-9]{1,40})\s++IN\s++(IP[46])\s++(\S++)\s*+", re.IGNORECASE)
_CONNECTION = re.compile(r"IN\s++IP[46]\s++([^\s/]++)(?:/[0-9/]++)?\s*+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """The o= line: who made the session, and which version of it this is."""

    username: str
    session_id: int
    version: int
    address: str

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {_address(self.address)}"


@dataclass(frozen=True, slots=True)
class Media:
    """One m= line with the lines below it. `port` 0 is a refused stream; `connection` None means the session's."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    connection: str | None = None
    attributes: Attributes = ()

    @property
    def direction(self) -> str | None:
        """The stream's own direction, None when it has none."""
        return _direction(self.attributes)

    def all(self, name: str) -> list[str]:
        """The values of all attributes of a name."""
        return [value for each, value in self.attributes if each == name and value is not None]


@dataclass(frozen=True, slots=True)
class Sdp:
    """One session description."""

    origin: Origin
    connection: str | None
    media: tuple[Media, ...] = ()
    attributes: Attributes = ()
    name: str = "-"

    def direction_of(self, media: Media) -> str:
        """The direction of a stream: its own, else the session's, else sendrecv (RFC 3264 5.1)."""
        return media.direction or _direction(self.attributes) or "sendrecv"

    def address_of(self, media: Media) -> str | None:
        """The address of a stream: its own, else the session's."""
        return media.connection or self.connection

    def revised_from(self, previous: Sdp | None) -> Sdp:
        """This description as the next one of the session: a version more if anything changed (RFC 3264 8)."""
        if previous is None:
            return self
        version, session_id = previous.origin.version, previous.origin.session_id
        same = replace(self, origin=replace(self.origin, version=version, session_id=session_id))
        return same if same == previous else replace(same, origin=replace(same.origin, version=version + 1))

    def to_bytes(self) -> bytes:
        """The description as sent in a body of type application/sdp."""
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        if self.connection is not None:
            lines.append(f"c={_address(self.connection)}")
        lines += ["t=0 0", *_print_attributes(self.attributes)]
        for media in self.media:
            lines.append(f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}")
            if media.connection is not None:
                lines.append(f"c={_address(media.connection)}")
            lines += _print_attributes(media.attributes)
        return "".join([f"{line}\r\n" for line in lines]).encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class _Section:
    """What is read of the session (media None) or of one stream."""

    media: re.Match[str] | None = None
    connection: str | None = None
    attributes: list[tuple[str, str | None]] = field(default_factory=list)


def parse_sdp(body: bytes) -> Sdp:
    """The description in a body. Raises NotAcceptable 400 when it cannot be read or is beyond the limits."""
    lines = _lines(body)
    origin, name = None, "-"
    sections = [_Section()]
    for line in lines:
        key, value = line[:2], line[2:]
        if key == "o=" and origin is None:
            origin = _parse_origin(value)
        elif key == "s=" and len(sections) == 1:
            name = value or "-"
        elif key == "m=":
            sections.append(_Section(_match(_MEDIA, value, "Bad Media Line")))
        elif key == "c=":
            sections[-1].connection = _match(_CONNECTION, value, "Bad Connection Line")[1]
        elif key == "a=":
            attribute, colon, text = value.partition(":")
            sections[-1].attributes.append((attribute.strip(_BLANKS), text.strip(_BLANKS) if colon else None))
    if origin is None:
        raise NotAcceptable("Session Description Without Origin", 400)
    if len(sections) > SDP_MEDIA_MAX + 1:
        raise NotAcceptable("Too Many Streams", 400)
    session, *streams = sections
    media = tuple(_parse_media(stream, stream.media) for stream in streams if stream.media is not None)
    return Sdp(origin, session.connection, media, tuple(session.attributes), name)


def _lines(body: bytes) -> list[str]:
    if len(body) > SDP_BYTES_MAX:
        raise NotAcceptable("Session Description Too Large", 400)
    lines = [line.strip(_BLANKS) for line in body.decode("utf-8", "surrogateescape").split("\n", SDP_LINES_MAX)]
    text = "\n".join(lines)
    if len(lines) > SDP_LINES_MAX or "\r" in text or "\0" in text or lines[0] != "v=0":
        raise NotAcceptable("Bad Session Description", 400)
    return lines


def _parse_origin(value: str) -> Origin:
    username, session_id, version, _, address = _match(_ORIGIN, value, "Bad Origin Line").groups()
    return Origin(username, int(session_id), int(version), address)


def _parse_media(section: _Section, found: re.Match[str]) -> Media:
    kind, port, _, protocol, formats = found.groups()
    if int(port) > 65535:
        raise NotAcceptable("Bad Media Line", 400)
    attributes = tuple(section.attributes)
    return Media(kind.lower(), int(port), protocol.upper(), tuple(formats.split()), section.connection, attributes)


def _match(pattern: re.Pattern[str], value: str, reason: str) -> re.Match[str]:
    found = pattern.fullmatch(value.strip())
    if found is None:
        raise NotAcceptable(reason, 400)
    return found


def _direction(attributes: Attributes) -> str | None:
    return next((name for name, value in attributes if value is None and name in DIRECTIONS), None)


def _address(address: str) -> str:
    return f"IN {'IP6' if ':' in address else 'IP4'} {address}"


def _print_attributes(attributes: Attributes) -> list[str]:
    return [f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes]
