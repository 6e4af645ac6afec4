"""What voice can be in RTP, as SDP writes it (RFC 3551, RFC 7587, RFC 4733): one row a codec, and the words for it.

A static payload type needs no rtpmap. G.722's clock is 8,000 by an old mistake (RFC 3551 4.5.2); Opus is always written with
48,000 and two channels (RFC 7587 4.1). Telephone events run on the clock of the voice beside them (RFC 4733 2.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from softswitch.sip.limits import FORMATS_KEPT_MAX
from softswitch.sip.sdp import Media


@dataclass(frozen=True, slots=True)
class Payload:
    """`name` is ours, `encoding` SDP's; `number` its static payload type or the one we offer it with; `fmtp` what we receive."""

    name: str
    encoding: str
    clock_hz: int
    channels: int
    number: int
    fmtp: str = ""
    ptime_ms_max: int = 60

    @property
    def rtpmap(self) -> str:
        channels = f"/{self.channels}" if self.channels > 1 else ""
        return f"{self.encoding}/{self.clock_hz}{channels}"


PAYLOADS = (
    Payload("PCMU", "PCMU", 8000, 1, 0),
    Payload("PCMA", "PCMA", 8000, 1, 8),
    Payload("G722", "G722", 8000, 1, 9),
    Payload("opus", "opus", 48000, 2, 111, "maxplaybackrate=16000;stereo=0;useinbandfec=1"),
    Payload("L16/8000", "L16", 8000, 1, 118),
    Payload("L16/16000", "L16", 16000, 1, 119, ptime_ms_max=40),
)
BY_NAME: Mapping[str, Payload] = {payload.name: payload for payload in PAYLOADS}
G711 = ("PCMU", "PCMA")
EVENT_CLOCKS_HZ = (8000, 48000, 16000)  # offered as the event's payload type, that plus 1, that plus 2
_STATIC_MAX = 95
_BY_MAP = {(payload.encoding.upper(), payload.clock_hz, payload.channels): payload.name for payload in PAYLOADS}
_STATIC = {str(payload.number): payload.name for payload in PAYLOADS if payload.number <= _STATIC_MAX}
_RTPMAP = re.compile(r"([0-9]{1,3})\s++([A-Za-z0-9.\-_]++)/([0-9]{1,6})(?:/([0-9]{1,2}))?\s*+")
_FMTP = re.compile(r"([0-9]{1,3})\s++(.*+)")


@dataclass(frozen=True, slots=True)
class Formats:
    """What a stream's description names that we know, in its order: codecs and clocks of telephone events by payload type."""

    codecs: dict[int, str] = field(default_factory=dict)
    events: dict[int, int] = field(default_factory=dict)
    fec: frozenset[int] = frozenset()

    def event_for(self, codec: str) -> int | None:
        """The telephone events that go with a codec: those on its clock, else those of 8 kHz."""
        for clock_hz in (BY_NAME[codec].clock_hz, 8000):
            found = next((number for number, clock in self.events.items() if clock == clock_hz), None)
            if found is not None:
                return found
        return None

    def first(self, ours: tuple[str, ...]) -> int | None:
        """The first that we have too."""
        return next((number for number, codec in self.codecs.items() if codec in ours), None)

    def best(self, ours: tuple[str, ...], wanted: str | None) -> int | None:
        """What the other side of the call speaks, else G.711, which costs nothing, else the first that we have too."""
        choices = ((wanted,) if wanted in ours else (), tuple(codec for codec in ours if codec in G711), ours)
        return next((number for number in map(self.first, choices) if number is not None), None)


def read_formats(media: Media) -> Formats:
    """Of a media description. It is shared by all that say the same: nobody may change it."""
    return _formats(media.formats, tuple(media.all("rtpmap")), tuple(media.all("fmtp")))


@lru_cache(FORMATS_KEPT_MAX)
def _formats(formats: tuple[str, ...], rtpmaps: tuple[str, ...], fmtps: tuple[str, ...]) -> Formats:
    named: dict[str, str] = dict(_STATIC)
    events: dict[str, int] = {}
    for value in rtpmaps:
        found = _RTPMAP.fullmatch(value)
        number = value.partition(" ")[0] if found is None else found[1]
        named.pop(number, None)
        events.pop(number, None)
        if found is None:
            continue
        encoding, clock_hz = found[2].upper(), int(found[3])
        name = _BY_MAP.get((encoding, clock_hz, int(found[4] or 1)))
        if name is not None:
            named[number] = name
        elif encoding == "TELEPHONE-EVENT" and clock_hz in EVENT_CLOCKS_HZ:
            events[number] = clock_hz
    known = [text for text in formats if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < 128]
    fec = _with_fec(fmtps)
    return Formats(
        {int(text): named[text] for text in known if text in named},
        {int(text): events[text] for text in known if text in events},
        frozenset(int(text) for text in known if text in fec),
    )


def _with_fec(fmtps: tuple[str, ...]) -> set[str]:
    """The payload types with useinbandfec=1 (RFC 7587 6.1)."""
    found = (_FMTP.fullmatch(value) for value in fmtps if "useinbandfec" in value)
    return {one[1] for one in found if one is not None and "useinbandfec=1" in one[2].replace(" ", "").split(";")}


def events_beside(codecs: tuple[str, ...], first: int) -> dict[int, int]:
    """The payload types of telephone events for an offer of these codecs: 8 kHz always, and each other clock that is there."""
    clocks = {BY_NAME[codec].clock_hz for codec in codecs} | {8000}
    return {first + at: clock for at, clock in enumerate(EVENT_CLOCKS_HZ) if clock in clocks}


def describe(formats: Formats) -> tuple[tuple[str, ...], list[tuple[str, str | None]]]:
    """The formats of an m= line and the attributes that explain them."""
    attributes: list[tuple[str, str | None]] = []
    for number, codec in formats.codecs.items():
        payload = BY_NAME[codec]
        attributes.append(("rtpmap", f"{number} {payload.rtpmap}"))
        if payload.fmtp:
            attributes.append(("fmtp", f"{number} {payload.fmtp}"))
    for number, clock_hz in formats.events.items():
        attributes += [("rtpmap", f"{number} telephone-event/{clock_hz}"), ("fmtp", f"{number} 0-15")]
    longest = min((BY_NAME[codec].ptime_ms_max for codec in formats.codecs.values()), default=60)
    if longest < 60:
        attributes.append(("maxptime", str(longest)))
    return tuple(str(number) for number in (*formats.codecs, *formats.events)), attributes


def offered_to(theirs: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """What to offer a leg that may have `theirs`, when the other side of the call speaks `other`: that first, then G.711.

    So a call is transcoded only when it must be. When nothing is known of the other side: all of `theirs`.
    """
    if not other:
        return theirs
    common = tuple(codec for codec in other if codec in theirs)
    return (*common, *(codec for codec in theirs if codec in G711 and codec not in common)) or theirs
