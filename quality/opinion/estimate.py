"""The opinion: MOS of some seconds as a listener would give it, how sure that is, and what packets alone would say.

It was fitted to PESQ (ITU-T P.862.1, narrow band) on degraded speech of known voices: `tests/quality/lab` says how well. It is an
estimate of listening quality for what resembles that speech; named defects are evidence, this is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quality.opinion.features import Packets, features
from quality.opinion.trees import Trees, of_document
from quality.signal.frames import Sound

COEFFICIENTS = Path(__file__).with_name("trees.json")
MOS_MIN, MOS_MAX = 1.0, 4.55


@dataclass(frozen=True, slots=True)
class Opinion:
    """`mos` 1..4.55 and `error`, its expected error (one sigma); `packet_mos` of the E-model, None without packets."""

    mos: float
    error: float
    packet_mos: float | None

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        packet = None if self.packet_mos is None else round(self.packet_mos, 2)
        return {"mos": round(self.mos, 2), "error": round(self.error, 2), "packet_mos": packet}


class Judge:
    """Holds the coefficients; make one and keep it."""

    def __init__(self, document: Mapping[str, Any] | None = None) -> None:
        given = json.loads(COEFFICIENTS.read_bytes()) if document is None else document
        self._with_packets: Trees = of_document(given["with_packets"])
        self._by_sound: Trees = of_document(given["by_sound"])
        self._errors: dict[str, list[float]] = given["errors"]

    def opinion(self, sound: Sound, rate_hz: int, packets: Packets | None) -> Opinion | None:
        """None when too little was said. About 8 s of sound at 8 kHz."""
        row = features(sound, rate_hz, packets)
        if row is None:
            return None
        trees, name = (self._by_sound, "by_sound") if packets is None else (self._with_packets, "with_packets")
        mos, apart = trees(row)
        least, times = self._errors[name]
        mos = min(MOS_MAX, max(MOS_MIN, mos))
        return Opinion(mos, least + times * apart, None if packets is None else packets.mos)
