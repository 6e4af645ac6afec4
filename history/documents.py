"""What the history keeps: frozen values and their JSON documents. Times are epoch seconds UTC, durations milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Document:
    """Base: to and from a JSON object; unknown fields of a newer version are left out."""

    def to_document(self) -> dict[str, Any]:
        """The JSON object; `from_` and `to` are written "from" and "to"."""
        return {key.rstrip("_"): value for key, value in asdict(self).items()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The value of a JSON object. Raises `ValueError` when a field is missing or of another type."""
        known = [(f.name, f.name.rstrip("_"), str(f.type)) for f in fields(cls)]
        for _, key, type_ in known:
            if key in document and not _fits(document[key], type_):
                raise ValueError(f"not a {cls.__name__}: {key} is not {type_}")
        try:
            return cls(**{name: document[key] for name, key, _ in known if key in document})
        except TypeError as error:
            raise ValueError(f"not a {cls.__name__}: {error}") from error


NUMBER_MAX = 2**53  # what JSON readers keep exactly


def _fits(value: Any, type_: str) -> bool:
    """Whether a JSON value is what a field's annotation says."""
    plain, _, none = type_.partition(" | ")
    match plain:
        case _ if value is None:
            return none == "None"
        case "bool":
            return isinstance(value, bool)
        case "int" | "float":
            number = (int, float) if plain == "float" else int
            return isinstance(value, number) and not isinstance(value, bool) and abs(value) <= NUMBER_MAX
        case "str":
            return isinstance(value, str)
    return isinstance(value, dict)


@dataclass(frozen=True, slots=True)
class Call(Document):
    """One call. `outcome` is None while it lasts; `recording` is a media id; `attestation`: `softswitch.routing.route`."""

    id: str
    tenant: str
    direction: str
    from_: str
    to: str
    started_at: float
    from_name: str | None = None
    to_name: str | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    ring_ms: int = 0
    talk_ms: int = 0
    duration_ms: int = 0
    outcome: str | None = None
    cause: dict[str, Any] = field(default_factory=dict)
    who: str | None = None
    trunk: str | None = None
    attestation: str | None = None
    recording: str | None = None
    mos: float | None = None


@dataclass(frozen=True, slots=True)
class Leg(Document):
    """One party of a call. `quality` has a summary per direction, empty when nothing was measured."""

    id: str
    call: str
    tenant: str
    role: str
    party: str
    remote: str
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    cause: dict[str, Any] = field(default_factory=dict)
    codec: str | None = None
    quality: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step(Document):
    """One decision of a call with its reason."""

    call: str
    tenant: str
    index: int
    at: float
    code: str
    text: str
    node: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualityWindow(Document):
    """Some seconds of one direction of a leg; `mos` is None with a `reason` when nothing was measured."""

    call: str
    tenant: str
    leg: str
    at: float
    seconds: float
    direction: str
    packets: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    jitter_ms: float = 0.0
    mos: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SipMessage(Document):
    """One message of the ladder, secrets removed. `transport`: udp, tcp, tls, ws or wss."""

    at_us: int
    leg: str
    from_: str
    to: str
    summary: str
    raw: str
    transport: str = "udp"


@dataclass(frozen=True, slots=True)
class Activity(Document):
    """Something a person works on. `media` is a media id."""

    id: str
    tenant: str
    kind: str
    call: str
    at: float
    from_: str
    to: str
    from_name: str | None = None
    title: str = ""
    state: str = "open"
    unread: bool = True
    mailbox: str | None = None
    media: str | None = None
    duration_s: float | None = None
    who: str | None = None
