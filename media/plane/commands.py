"""What a client may ask of the media plane: the wire schema, checked once, here, before anything is done.

A request is one JSON object a line: {"id": n, "op": name, ...}; the answer {"re": n, "ok": true, ...} or
{"re": n, "ok": false, "code": ..., "text": ...}. Every field is checked for presence, type and range; unknown fields are refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

from media.codecs import voice
from media.plane import far_end, limits
from media.plane.far_end import Dtls, Ice
from media.plane.keys import Keys, is_key
from media.rtp.srtp import MKI_SIZE_MAX, Suite


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
    srtp: Keys | None = None
    ice: Ice | None = None
    dtls: Dtls | None = None


@dataclass(frozen=True, slots=True)
class Open:
    leg: str
    family: Literal[4, 6] = 4
    attendant: bool = False


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
class Status:
    pass


Command = (
    Open
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
    | Status
)

OPERATIONS: tuple[tuple[str, type[Any]], ...] = (
    ("open", Open),
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
    body = {key: value for key, value in document.items() if key not in ("id", "op")}
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
        nested = {part: _values(values[part]) for part in PARTS if values[part] is not None}
        return {"op": name, "leg": command.leg, **values, **nested}
    return {"op": name, **_values(command)}


def _values(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _part(name: str, body: Any) -> Any:
    """Keys, ICE or DTLS of a request; what is wrong about them is not repeated."""
    kind = PARTS[name]
    known = {each.name: each for each in fields(kind)}
    needed = [each for each, about in known.items() if about.default is MISSING]
    if not isinstance(body, dict) or not all(each in body for each in needed):
        raise Refused("bad-field", f"{name} cannot be used")
    if not all(each in known and CHECKS[each](value) for each, value in body.items()):
        raise Refused("bad-field", f"{name} cannot be used")
    part = kind(**body)
    if isinstance(part, Keys) and not part.are_whole:
        raise Refused("bad-field", "srtp has too short a key")
    return part


def _build(kind: type[Any], body: Mapping[str, Any]) -> Any:
    known = {each.name: each for each in fields(kind)}
    for name in body:
        if name not in known:
            raise Refused("unknown-field", f"{name!r} is no field of {kind.__name__}")
    for name, about in known.items():
        if name not in body and about.default is MISSING:
            raise Refused("missing-field", f"{kind.__name__} needs {name!r}")
        if name in body and not CHECKS[name](body[name]):
            raise Refused("bad-field", f"{name} cannot be {str(body[name])[:80]!r}")
    return kind(**body)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limits.name_length_max and value.isprintable()


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_address(value: Any) -> bool:
    if not isinstance(value, str) or "%" in value:  # a zone means something on its author's machine only
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_sound(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.startswith(("/", "tone:"))
        and value.isprintable()
        and len(value) <= limits.path_length_max
    )


def _is_sounds(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= limits.playlist_max and all(map(_is_sound, value))


def _is_path(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.startswith("/")
        and value.isprintable()
        and len(value) <= limits.path_length_max
    )


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limits.digits_max and set(value) <= set("0123456789*#ABCD")


PARTS: Mapping[str, type[Any]] = {"srtp": Keys, "ice": Ice, "dtls": Dtls}
CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "leg": _is_name,
    "family": lambda value: _is_whole(value, 4, 6) and value != 5,
    "attendant": _is_flag,
    "room": _is_name,
    "mode": lambda value: value in ("on", "masked", "paused"),
    "mute_digits": _is_flag,
    "muted": _is_flag,
    "deaf": _is_flag,
    "whisper_to": lambda value: value is None or _is_name(value),
    "a": _is_name,
    "b": _is_name,
    "token": _is_name,
    "remote": lambda value: isinstance(value, Remote),
    "address": _is_address,
    "signalling_address": _is_address,
    "port": lambda value: _is_whole(value, 1, 65535),
    "codec": lambda value: value in voice.available(),
    "payload_type": lambda value: _is_whole(value, 0, 127),
    "dtmf_payload_type": lambda value: value is None or _is_whole(value, 0, 127),
    "ptime_ms": lambda value: _is_whole(value, 10, 60) and value in limits.ptimes_ms,
    "latch": lambda value: value in ("strict", "nat"),
    "send": _is_flag,
    "send_silence": _is_flag,
    "rtcp_mux": _is_flag,
    "rtcp_xr": _is_flag,
    "rtcp_address": lambda value: value is None or _is_address(value),
    "rtcp_port": lambda value: value is None or _is_whole(value, 1, 65535),
    "event_clock_hz": lambda value: value in (8000, 16000, 48000),
    "fec": _is_flag,
    "keys_aside": _is_flag,
    "srtp": lambda value: value is None or isinstance(value, Keys),
    "ice": lambda value: value is None or isinstance(value, Ice),
    "dtls": lambda value: value is None or isinstance(value, Dtls),
    **far_end.CHECKS,
    "suite": lambda value: isinstance(value, str) and value in Suite.__members__,
    "send_key": is_key,
    "receive_key": is_key,
    "mki_octets": lambda value: _is_whole(value, 0, MKI_SIZE_MAX),
    "on": _is_flag,
    "loop": _is_flag,
    "stop_on_key": _is_flag,
    "at_s": lambda value: _is_number(value, 0, limits.playlist_max * limits.sound_seconds_max),
    "gain_db": lambda value: _is_number(value, limits.gain_db_min, limits.gain_db_max),
    "sounds": _is_sounds,
    "path": _is_path,
    "kind": lambda value: value in ("call", "voicemail", "room"),
    "seconds_max": lambda value: _is_number(value, 0.1, limits.record_seconds_max),
    "silence_s": lambda value: _is_number(value, 0, limits.record_seconds_max),
    "digits": _is_digits,
    "seconds": lambda value: value is None or _is_number(value, 0.1, 86400),
}
