"""What the history keeps: frozen values and their JSON documents. Times are epoch seconds UTC, durations milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, Self, cast


@dataclass(frozen=True, slots=True)
class Document:
    """Base: to and from a JSON object; unknown fields of a newer version are left out."""

    def to_document(self) -> dict[str, Any]:
        """The JSON object; `from_` is written "from". What is inside is shared with this value."""
        keys, values = _readers_of(cast(Hashable, type(self)))
        return dict(zip(keys, values(self), strict=True))

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The value of a JSON object. Raises `ValueError` when a field is missing or of another type."""
        try:
            return cls(**_given(cls, document))
        except TypeError as error:
            raise ValueError(f"not a {cls.__name__}: {error}") from error

    @classmethod
    def checked(cls, document: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object of the value that another one is, for who needs no value. Raises `ValueError` as `from_document`."""
        if isinstance(document, dict) and document.keys() == _keys_of(cast(Hashable, cls)):
            _check(cls, document)
            return dict(document)
        return cls.from_document(document).to_document()


def _given(kind: type[Document], document: Mapping[str, Any]) -> dict[str, Any]:
    """What the object says of the fields. Raises `ValueError`."""
    _check(kind, document)
    return {each.name: document[each.key] for each in _fields_of(cast(Hashable, kind)) if each.key in document}


def _check(kind: type[Document], document: Mapping[str, Any]) -> None:
    """Raises `ValueError` when a field is of another type."""
    for each in _fields_of(cast(Hashable, kind)):
        if each.key in document:
            value = document[each.key]
            its = type(value)
            if its in each.plain or (its in each.numbers and -NUMBER_MAX <= value <= NUMBER_MAX) or each.takes(value):
                continue
            raise ValueError(f"not a {kind.__name__}: {each.key} is not {each.types}")


NUMBER_MAX = 2**53  # what JSON readers keep exactly
_TYPES: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "list": (list, tuple),
}


@dataclass(frozen=True, slots=True)
class _Field:
    """One field: its attribute, its key in the document, what JSON values it takes.

    plain: types of which it takes all; numbers: those of which it takes what is not too large.
    """

    name: str
    key: str
    types: tuple[type, ...]
    optional: bool
    plain: frozenset[type]
    numbers: frozenset[type]

    def takes(self, value: Any) -> bool:
        """Whether a JSON value is what the field's annotation says."""
        if value is None:
            return self.optional
        if isinstance(value, bool):
            return bool in self.types
        return isinstance(value, self.types) and (not isinstance(value, int | float) or abs(value) <= NUMBER_MAX)


@cache
def _fields_of(kind: Any) -> tuple[_Field, ...]:
    found = []
    for each in fields(kind):
        plain, _, none = str(each.type).partition(" | ")
        types, optional = _TYPES.get(plain.partition("[")[0], (dict,)), none == "None"
        whole = frozenset(types) - {int, float} | ({type(None)} if optional else set())
        numbers = frozenset(types) & {int, float}
        found.append(_Field(each.name, each.name.rstrip("_"), types, optional, whole, numbers))
    return tuple(found)


@cache
def _readers_of(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The keys of its document, and what reads their values."""
    found = _fields_of(kind)
    return tuple(each.key for each in found), attrgetter(*(each.name for each in found))


@cache
def _keys_of(kind: Any) -> frozenset[str]:
    return frozenset(each.key for each in _fields_of(kind))


@dataclass(frozen=True, slots=True)
class Call(Document):
    """One call. `outcome` is None while it lasts; `recording` is a media id; `attestation`: `softswitch.routing.route`.

    queue: the last one the caller waited in, for `waited_ms`.  reached_ms: until somebody talked with the caller, who may have
    heard a menu before.  removed: who deleted its recording, when and why: `at`, `by`, `reason`.
    """

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
    queue: str | None = None
    waited_ms: int | None = None
    reached_ms: int | None = None
    removed: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Leg(Document):
    """One party of a call. `rang_at`: when its far end said that it rings. `device`: the id of the phone that it is, when it
    is one of the tenant's. `quality` has a summary per direction, empty when nothing was measured.
    """

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
    rang_at: float | None = None
    device: str | None = None


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
    """Some seconds of one direction of a leg; `mos` is None with a `reason` when nothing was measured.

    Bursts and gaps are those of RFC 3611 4.7.2; the round trip is to the far end and back, by RTCP. `r` is on the scale of
    `band` (narrow, wide, full). None: not measured.
    """

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
    reordered: int = 0
    ssrc_changes: int = 0
    jitter_ms: float = 0.0
    rtt_ms: float | None = None
    level_dbov: float | None = None
    silent_percent: float | None = None
    clipped_permille: float | None = None
    burst_density: float | None = None
    gap_density: float | None = None
    burst_ms: float | None = None
    gap_ms: float | None = None
    burst_ratio: float | None = None
    mos: float | None = None
    r: float | None = None
    band: str | None = None
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
