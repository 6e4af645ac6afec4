"""What a client may ask of the media plane: the wire schema, checked once, here, before anything is done.

A request is one JSON object a line: {"id": n, "op": name, ...}; the answer {"re": n, "ok": true, ...} or
{"re": n, "ok": false, "code": ..., "text": ...}. Every field is checked for presence, type and range; unknown fields are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, Literal, cast

from media.plane.checks import OF_FIELDS
from media.plane.far_end import Dtls, Ice
from media.plane.keys import Keys


class Refused(Exception):
    """The client's request cannot be done; `code` is for programs, the text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a leg's far end wants its audio and what it speaks. Addresses are IPv4 or IPv6.

    `rtcp_address` and `rtcp_port` are those of a=rtcp (RFC 3605), None: the next port; `rtcp_mux`: RTCP comes and goes on the
    RTP port (RFC 5761); `rtcp_xr`: it wants extended reports (RFC 3611).

    `codec`: one of media.codecs.voice.CODINGS that this machine has; `event_clock_hz`: the clock of its telephone events;
    `fec`: the far end makes use of Opus's in-band correction (RFC 7587 useinbandfec).
    `payload_type_heard` and `dtmf_payload_type_heard`: the numbers it was offered, where its own are others; it may use either.
    `keys_aside`: keys of the other side of a bridge are told to it by signalling, and are not in its media.
    `srtp` and `dtls` None: media goes and comes in the clear. With `ice` the path is found by checks: `address` and `port` mean
    nothing.

    latch "strict": only the exact address and port are heard. latch "nat": a source is learnt, from `signalling_address` only.
    """

    address: str
    port: int
    codec: str
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int
    latch: Literal["strict", "nat"]
    signalling_address: str
    send: bool = True
    send_silence: bool = False
    rtcp_mux: bool = False
    rtcp_address: str | None = None
    rtcp_port: int | None = None
    rtcp_xr: bool = False
    event_clock_hz: int = 8000
    fec: bool = False
    keys_aside: bool = False
    payload_type_heard: int | None = None
    dtmf_payload_type_heard: int | None = None
    srtp: Keys | None = None
    ice: Ice | None = None
    dtls: Dtls | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """urgent: of a call that is here already, or of an emergency call; a busy loop takes it all the same.

    kept: a port that was kept for the client (`Keep`); None: the next free one.
    """

    leg: str
    family: Literal[4, 6] = 4
    attendant: bool = False
    urgent: bool = False
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Ports for legs to come: they are the client's until it opens legs on them, or leaves.

    left: those that it has; what else was kept for it, in an answer that came too late, is free again.
    """

    family: Literal[4, 6]
    count: int
    left: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class SetRemote:
    leg: str
    remote: Remote


@dataclass(frozen=True, slots=True)
class Close:
    leg: str


@dataclass(frozen=True, slots=True)
class Bridge:
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Unbridge:
    leg: str


@dataclass(frozen=True, slots=True)
class Hold:
    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class Play:
    leg: str
    token: str
    sounds: list[str]
    loop: bool = False
    stop_on_key: bool = True
    at_s: float = 0.0
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    leg: str


@dataclass(frozen=True, slots=True)
class Record:
    leg: str
    token: str
    path: str
    kind: Literal["call", "voicemail", "room"]
    seconds_max: float
    silence_s: float
    mute_digits: bool = False


@dataclass(frozen=True, slots=True)
class StopRecord:
    token: str


@dataclass(frozen=True, slots=True)
class RecordMode:
    token: str
    mode: Literal["on", "masked", "paused"]


@dataclass(frozen=True, slots=True)
class SendDtmf:
    leg: str
    digits: str


@dataclass(frozen=True, slots=True)
class SetRxTimeout:
    leg: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class HearTones:
    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class Seek:
    leg: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Volume:
    leg: str
    gain_db: float


@dataclass(frozen=True, slots=True)
class Join:
    leg: str
    room: str
    muted: bool = False
    deaf: bool = False
    whisper_to: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    leg: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Take over legs that a client which vanished has left behind; with `last` all others that were left are closed.

    From now on the client's own legs, too, wait `linger_s` for somebody who claims them, should it vanish.
    """

    legs: list[str]
    linger_s: float
    last: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    pass


Command = (
    Open
    | Keep
    | SetRemote
    | Close
    | Bridge
    | Unbridge
    | Hold
    | Play
    | Stop
    | Record
    | StopRecord
    | RecordMode
    | SendDtmf
    | SetRxTimeout
    | HearTones
    | Seek
    | Volume
    | Join
    | Leave
    | Claim
    | Status
)

OPERATIONS: tuple[tuple[str, type[Any]], ...] = (
    ("open", Open),
    ("keep", Keep),
    ("remote", SetRemote),
    ("close", Close),
    ("bridge", Bridge),
    ("unbridge", Unbridge),
    ("hold", Hold),
    ("play", Play),
    ("stop", Stop),
    ("record", Record),
    ("stop-record", StopRecord),
    ("record-mode", RecordMode),
    ("send-dtmf", SendDtmf),
    ("rx-timeout", SetRxTimeout),
    ("hear-tones", HearTones),
    ("seek", Seek),
    ("volume", Volume),
    ("join", Join),
    ("leave", Leave),
    ("claim", Claim),
    ("status", Status),
)
_KINDS: Mapping[str, type[Any]] = dict(OPERATIONS)
_NAMES: Mapping[type[Any], str] = {kind: name for name, kind in OPERATIONS}


def parse(document: Mapping[str, Any]) -> Command:
    """The command of a request object (its "id" and "op" included). Refused when anything about it is wrong."""
    name = document.get("op")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Refused("unknown-op", f"there is no operation {name!r}")
    body = dict(document)
    body.pop("id", None)
    del body["op"]
    if kind is SetRemote:
        leg = body.pop("leg", None)
        nested = {part: _part(part, body[part]) for part in PARTS if body.get(part) is not None}
        body = {"leg": leg, "remote": _build(Remote, {**body, **nested})}
    command: Command = _build(kind, body)
    return command


def to_wire(command: Command) -> dict[str, Any]:
    """The request object of a command, without "id"."""
    name = _NAMES[type(command)]
    if isinstance(command, SetRemote):
        values = _values(command.remote)
        nested = {part: _values(values[part]) for part in PARTS if part in values}
        return {"op": name, "leg": command.leg, **values, **nested}
    return {"op": name, **_values(command)}


def _values(value: Any) -> dict[str, Any]:
    """The fields that are not as they are where nothing is said."""
    usual = _usual(cast(Hashable, type(value))).items()
    return {name: said for name, default in usual if (said := getattr(value, name)) is not default}


@cache
def _usual(kind: Any) -> Mapping[str, Any]:
    """What each field is where nothing is said of it; MISSING: that must be said."""
    return {each.name: each.default for each in fields(kind)}


@cache
def _checks(kind: Any) -> Mapping[str, Callable[[Any], bool]]:
    """What the fields of a part may be, by name."""
    return {each.name: CHECKS[each.name] for each in fields(kind)}


@cache
def _needed(kind: Any) -> frozenset[str]:
    """The fields that must be said."""
    return frozenset(name for name, default in _usual(kind).items() if default is MISSING)


def _part(name: str, body: Any) -> Any:
    """Keys, ICE or DTLS of a request; what is wrong about them is not repeated."""
    kind = PARTS[name]
    checks = _checks(cast(Hashable, kind))
    if not isinstance(body, dict) or not _needed(cast(Hashable, kind)) <= body.keys():
        raise Refused("bad-field", f"{name} cannot be used")
    if not all(each in checks and checks[each](value) for each, value in body.items()):
        raise Refused("bad-field", f"{name} cannot be used")
    part = kind(**body)
    if isinstance(part, Keys) and not part.are_whole:
        raise Refused("bad-field", "srtp has too short a key")
    return part


def _build(kind: type[Any], body: Mapping[str, Any]) -> Any:
    checks, needed = _checks(cast(Hashable, kind)), _needed(cast(Hashable, kind))
    for name, value in body.items():
        check = checks.get(name)
        if check is None:
            raise Refused("unknown-field", f"{name!r} is no field of {kind.__name__}")
        if not check(value):
            raise Refused("bad-field", f"{name} cannot be {str(value)[:80]!r}")
    if not needed <= body.keys():
        raise Refused("missing-field", f"{kind.__name__} needs {min(needed - body.keys())!r}")
    return kind(**body)


PARTS: Mapping[str, type[Any]] = {"srtp": Keys, "ice": Ice, "dtls": Dtls}
CHECKS: Mapping[str, Callable[[Any], bool]] = {
    **OF_FIELDS,
    "remote": lambda value: isinstance(value, Remote),
    "srtp": lambda value: value is None or isinstance(value, Keys),
    "ice": lambda value: value is None or isinstance(value, Ice),
    "dtls": lambda value: value is None or isinstance(value, Dtls),
}
