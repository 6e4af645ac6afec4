"""One thing that is wrong with the sound of one direction: what, from when to when, and how much of it was measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Fault(Enum):
    """What can be wrong; the value is its name in documents."""

    ONE_WAY = "one_way"
    DEAD_AIR = "dead_air"
    CLIPPING = "clipping"
    OFFSET = "dc_offset"
    HUM = "hum"
    NOISE = "noise"
    TOO_QUIET = "too_quiet"
    TOO_LOUD = "too_loud"
    IMBALANCE = "imbalance"
    CLICKS = "clicks"
    DROPOUTS = "dropouts"
    ROBOTIC = "robotic"
    WRONG_LAW = "wrong_law"
    ECHO = "echo"
    DOUBLE_TALK = "double_talk"
    KEY_DAMAGE = "dtmf_damage"


@dataclass(frozen=True, slots=True)
class Defect:
    """`value` in `unit` is the evidence; times are seconds from the beginning of the sound."""

    fault: Fault
    start_s: float
    end_s: float
    value: float
    unit: str

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        return {
            "fault": self.fault.value,
            "start_s": round(self.start_s, 2),
            "end_s": round(self.end_s, 2),
            "value": round(self.value, 2),
            "unit": self.unit,
        }
