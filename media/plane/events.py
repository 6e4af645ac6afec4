"""What the media plane tells its client: frozen values and their JSON form (one object a line on the socket).

Durations are milliseconds or seconds as named; `at` is wall clock seconds UTC; levels are dBov (0 = full scale sine peak).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

PlayReason = Literal["end", "key", "error"]
DigitSource = Literal["event", "tone"]
RecordReason = Literal["key", "silence", "limit", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class DirectionStats:
    """One direction of one leg, in one window or over the whole leg. `lost` is never negative; None = not measured.

    `late` packets were discarded by the play-out buffer or, where they were relayed, came more than 60 ms after the fastest.
    Bursts are those of RFC 3611 4.7.2 (Gmin 16) over what is lost or late, `burst_ratio` that of G.107. Level, silence (below
    -50 dBov) and clipping are of one packet of four. `reports`: how often the far end told by RTCP what it heard of us; `lost`
    and `jitter_ms` of `tx` are from there.
    """

    packets: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    reordered: int = 0
    jitter_ms: float = 0.0
    level_dbov: float | None = None
    silent_percent: float | None = None
    clipped_permille: float | None = None
    ssrc_changes: int = 0
    burst_density: float | None = None
    gap_density: float | None = None
    burst_ms: float | None = None
    gap_ms: float | None = None
    burst_ratio: float | None = None
    reports: int = 0


@dataclass(frozen=True, slots=True)
class LegStatistics:
    """The whole life of a leg: `rx` is what we heard, `tx` what we sent (lost and jitter as its receiver reported)."""

    seconds: float
    rx: DirectionStats
    tx: DirectionStats
    foreign: int = 0
    malformed: int = 0
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Latched:
    """The far end's source address is now known and locked."""

    leg: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Secured:
    """DTLS gave the leg its keys: its media is protected from now on."""

    leg: str
    suite: str


@dataclass(frozen=True, slots=True)
class MediaFailed:
    """No media will pass: no way to the far end (ICE), no keys (DTLS), or a socket that the packet loop cannot read."""

    leg: str
    reason: str


@dataclass(frozen=True, slots=True)
class Digit:
    """One key press, told once, when it ended: heard as an RTP event (RFC 4733) or as a tone in the audio."""

    leg: str
    digit: str
    duration_ms: int
    source: DigitSource = "event"


@dataclass(frozen=True, slots=True)
class Fax:
    """A fax machine is heard: one that calls ("cng") or one that answers ("ced"); each told once a leg."""

    leg: str
    tone: Literal["cng", "ced"]


@dataclass(frozen=True, slots=True)
class PlayDone:
    """A playlist ended by itself, by a key, or could not be played. `stop` and a newer `play` are silent."""

    leg: str
    token: str
    reason: PlayReason


@dataclass(frozen=True, slots=True)
class RxTimeout:
    """Nothing acceptable was heard from the far end for the time asked."""

    leg: str


@dataclass(frozen=True, slots=True)
class Speaking:
    """A member of a room began to speak, or has been quiet for a while."""

    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class RecordDone:
    """A recording is closed on disk (`seconds` of audio), or was lost (reason "failed")."""

    leg: str
    token: str
    path: str
    seconds: float
    reason: RecordReason


@dataclass(frozen=True, slots=True)
class Window:
    """Statistics of the last `seconds` of one leg, every five seconds."""

    leg: str
    at: float
    seconds: float
    rx: DirectionStats
    tx: DirectionStats
    rtt_ms: float | None = None  # to the far end and back, by RTCP


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of several legs that end together, in columns: as the worker tells them. A client hears each as a Window."""

    at: float
    legs: list[str]
    seconds: list[float]
    rx: dict[str, list[Any]]  # by the names of DirectionStats; what is missing is as it is there
    tx: dict[str, list[Any]]
    rtt_ms: list[float | None]

    def each(self) -> Iterator[Window]:
        """One by one."""
        ways = zip(_directions(self.rx), _directions(self.tx), strict=True)
        for leg, seconds, rtt_ms, (rx, tx) in zip(self.legs, self.seconds, self.rtt_ms, ways, strict=True):
            yield Window(leg, self.at, seconds, rx, tx, rtt_ms)


def _directions(columns: Mapping[str, list[Any]]) -> Iterator[DirectionStats]:
    names = tuple(columns)
    for row in zip(*columns.values(), strict=True):
        yield DirectionStats(**dict(zip(names, row, strict=True)))


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker lost something that belongs to no leg (events dropped, the packet loop died)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Overload:
    """The packet loop used this share of its core in the last second: send no new legs here."""

    busy_percent: float


MediaEvent = (
    Latched
    | Secured
    | MediaFailed
    | Digit
    | Fax
    | PlayDone
    | RxTimeout
    | Speaking
    | RecordDone
    | Window
    | Lost
    | Overload
)
"""What a client hears."""
Told = MediaEvent | Windows
"""What a worker tells."""

_NAMES: tuple[tuple[str, type[Any]], ...] = (
    ("latched", Latched),
    ("secured", Secured),
    ("media-failed", MediaFailed),
    ("digit", Digit),
    ("fax", Fax),
    ("play-done", PlayDone),
    ("rx-timeout", RxTimeout),
    ("speaking", Speaking),
    ("record-done", RecordDone),
    ("windows", Windows),
    ("lost", Lost),
    ("overload", Overload),
)


_NAME_OF = {kind: name for name, kind in _NAMES}
_KIND_OF = dict(_NAMES)


def to_wire(event: Told) -> dict[str, Any]:
    """What orjson writes as the JSON object of an event: its fields and its name under "event"."""
    return {"event": _NAME_OF[type(event)], **fields_of(event)}


def fields_of(value: Told | LegStatistics) -> dict[str, Any]:
    """Its fields as they are: orjson writes the values among them that have fields of their own."""
    return {name: getattr(value, name) for name in type(value).__slots__}


def from_wire(document: Mapping[str, Any]) -> list[MediaEvent]:
    """What a JSON object tells. ValueError when it is none of ours."""
    fields = dict(document)
    name = fields.pop("event", None)
    kind = _KIND_OF.get(name)
    if kind is None:
        raise ValueError(f"unknown media event {name!r}")
    try:
        event: Told = kind(**fields)
        return list(event.each()) if isinstance(event, Windows) else [event]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"bad media event {name!r}: {error}") from error


def leg_statistics(document: Mapping[str, Any]) -> LegStatistics:
    """The value of the answer to `close`. ValueError when it is malformed."""
    try:
        fields = {name: document[name] for name in ("seconds", "foreign", "malformed", "rtt_ms")}
        return LegStatistics(rx=DirectionStats(**document["rx"]), tx=DirectionStats(**document["tx"]), **fields)
    except (TypeError, KeyError) as error:
        raise ValueError(f"bad leg statistics: {error}") from error
