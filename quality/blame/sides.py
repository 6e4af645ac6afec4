"""What is known of a call: two sides of the node, each with what came from it, what it was sent, and what was heard of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What is at the other end of a leg."""

    TRUNK = "trunk"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Stream:
    """One direction of a leg. None: not measured. `lost_percent` and `late_percent` of what was expected."""

    packets: int
    lost_percent: float
    late_percent: float
    jitter_ms: float
    mos: float | None
    mos_min: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One leg: `came` is what it sent us, `went` what it told us to have received, `faults` what was heard in its sound."""

    kind: Kind
    name: str
    codec: str | None = None
    site: str | None = None
    device: str | None = None
    came: Stream | None = None
    went: Stream | None = None
    faults: frozenset[str] = frozenset()
    opinion: float | None = None

    @property
    def mos(self) -> float | None:
        """The worse of both directions, by packets and by sound; None when neither was measured."""
        known = [one.mos for one in (self.came, self.went) if one is not None and one.mos is not None]
        return min([*known, *([] if self.opinion is None else [self.opinion])], default=None)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A call of two sides; `at` epoch seconds, `number` the one outside; `hour` of the tenant's clock, `weekday` 0: Monday."""

    call: str
    at: float
    hour: int
    weekday: int
    seconds: float
    number: str
    sides: tuple[Side, ...]

    @property
    def mos(self) -> float | None:
        """Of the worse side."""
        return min((side.mos for side in self.sides if side.mos is not None), default=None)
