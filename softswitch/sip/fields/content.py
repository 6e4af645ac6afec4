"""What a body is, and which are welcome: Content-Type, Content-Disposition, Accept family (RFC 3261 20.1-3, 20.11-15).

Content-Encoding and Content-Language are lists of tokens (`item.parse_token`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_item, print_known, take_text
from softswitch.sip.grammar import TOKEN_CHARS, unquote_string
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters

_MEDIA_TYPE = re.compile(rf"\s*+([{TOKEN_CHARS}]++)\s*+/\s*+([{TOKEN_CHARS}]++)\s*+")
_Q = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class MediaType:
    """`multipart/mixed;boundary="b1"`: type and subtype in lower case. In an Accept both may be `*`."""

    kind: str
    subtype: str
    params: Parameters = field(default_factory=dict)

    @property
    def essence(self) -> str:
        """Type and subtype without parameters, "application/sdp"."""
        return f"{self.kind}/{self.subtype}"

    @property
    def q(self) -> float:
        """How welcome it is in an Accept, 0 (not at all) to 1."""
        return read_q(self.params.get("q"))

    def param(self, name: str) -> str | None:
        """A parameter's text without quotes, None without it."""
        value = self.params.get(name)
        return None if value is None else unquote_string(value)

    def takes(self, essence: str) -> bool:
        """Whether this range of an Accept covers a type."""
        kind, _, subtype = essence.partition("/")
        return self.kind in ("*", kind) and self.subtype in ("*", subtype) and self.q > 0

    def __str__(self) -> str:
        return f"{self.kind}/{self.subtype}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class ContentDisposition:
    """What a body is for ("session", "render" ...), and its handling; in lower case, None when it is not said."""

    kind: str
    handling: str | None = None
    params: Parameters = field(default_factory=dict)

    @property
    def is_required(self) -> bool:
        """Whether a receiver that does not understand it has to refuse: an unknown handling counts as required."""
        return self.handling != "optional"

    def __str__(self) -> str:
        return f"{self.kind}{print_known(('handling', self.handling))}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class Preference:
    """One value of Accept-Encoding or Accept-Language, in lower case; `*` is all others."""

    value: str
    params: Parameters = field(default_factory=dict)

    @property
    def q(self) -> float:
        """How welcome it is, 0 (not at all) to 1."""
        return read_q(self.params.get("q"))

    def __str__(self) -> str:
        return f"{self.value}{print_parameters(self.params)}"


def parse_media_type(text: str) -> MediaType:
    """A Content-Type, or one value of an Accept."""
    found = _MEDIA_TYPE.match(text)
    if found is None:
        raise BadMessage(400, "Bad Media Type")
    return MediaType(found[1].lower(), found[2].lower(), parse_parameters(text[found.end() :]))


def parse_content_disposition(text: str) -> ContentDisposition:
    """The Content-Disposition of a message or a body part."""
    item = parse_item(text)
    handling = take_text(item.params, "handling")
    return ContentDisposition(item.value.lower(), None if handling is None else handling.lower(), item.params)


def parse_preference(text: str) -> Preference:
    """One value of Accept-Encoding or Accept-Language."""
    item = parse_item(text)
    return Preference(item.value.lower(), item.params)


def read_q(text: str | None) -> float:
    """A q value; 1 when absent or malformed."""
    return float(text) if text is not None and _Q.fullmatch(text) else 1.0
