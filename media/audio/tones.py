"""Call progress tones by country and the switch's own, as 8 kHz samples. Levels in dBm0.

Sources: ITU-T E.180 Supplement 2 (national networks), BT SIN 350 (GB), ITU-T E.180 itself ("itu": where it gives a range, a value
within). The call waiting tone of "itu" is by E.180 8 a short tone of 425 Hz. Names: "ringback", "de/ringback"; without a country
those of North America are meant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FULL_SCALE_DBM0 = 3.17
RAMP_FRAMES = 40
HOME = "us"

Part = tuple[tuple[float, ...], int]  # frequencies together (none: quiet), for so many ms


@dataclass(frozen=True, slots=True)
class Tone:
    """One period, made to be looped. `level_dbm0` is each frequency's."""

    name: str
    level_dbm0: float
    parts: tuple[Part, ...]


QUIET: tuple[float, ...] = ()
STEADY_MS = 1000  # of a tone without a cadence; all frequencies fit whole periods in


def _tone(country: str, name: str, level_dbm0: float, *parts: Part) -> Tone:
    return Tone(f"{country}/{name}", level_dbm0, parts)


def _sit(country: str, each_ms: int = 330) -> Tone:
    """Special information tone (E.180 7): three tones one after another, then a second of nothing."""
    steps = [((frequency,), each_ms) for frequency in (950.0, 1400.0, 1800.0)]
    return _tone(country, "sit", -14.0, *steps, (QUIET, 1000))


US_RING, US_BUSY, GB_RING, DIAL = (440.0, 480.0), (480.0, 620.0), (400.0, 450.0), (350.0, 440.0)
T400, T425, T440 = (400.0,), (425.0,), (440.0,)

TONES = (
    _tone("us", "dial", -13.0, (DIAL, STEADY_MS)),
    _tone("us", "ringback", -19.0, (US_RING, 2000), (QUIET, 4000)),
    _tone("us", "busy", -24.0, (US_BUSY, 500), (QUIET, 500)),
    _tone("us", "congestion", -24.0, (US_BUSY, 250), (QUIET, 250)),
    _tone("us", "waiting", -13.0, (T440, 300), (QUIET, 10000)),
    _sit("us"),
    _tone("gb", "dial", -13.0, (DIAL, STEADY_MS)),
    _tone("gb", "ringback", -16.0, (GB_RING, 400), (QUIET, 200), (GB_RING, 400), (QUIET, 2000)),
    _tone("gb", "busy", -13.0, (T400, 375), (QUIET, 375)),
    _tone("gb", "congestion", -13.0, (T400, 400), (QUIET, 350), (T400, 225), (QUIET, 525)),
    _tone("gb", "waiting", -13.0, (T400, 100), (QUIET, 4000)),
    _sit("gb"),
    _tone("de", "dial", -13.0, (T425, STEADY_MS)),
    _tone("de", "ringback", -13.0, (T425, 1000), (QUIET, 4000)),
    _tone("de", "busy", -13.0, (T425, 480), (QUIET, 480)),
    _tone("de", "congestion", -13.0, (T425, 240), (QUIET, 240)),
    _tone("de", "waiting", -13.0, (T425, 200), (QUIET, 200), (T425, 200), (QUIET, 5000)),
    _sit("de"),
    _tone("fr", "dial", -13.0, (T440, STEADY_MS)),
    _tone("fr", "ringback", -13.0, (T440, 1500), (QUIET, 3500)),
    _tone("fr", "busy", -13.0, (T440, 500), (QUIET, 500)),
    _tone("fr", "congestion", -13.0, (T440, 250), (QUIET, 250)),
    _tone("fr", "waiting", -13.0, (T440, 300), (QUIET, 10000)),
    _sit("fr"),
    _tone("ru", "dial", -13.0, (T425, STEADY_MS)),
    _tone("ru", "ringback", -13.0, (T425, 1000), (QUIET, 4000)),
    _tone("ru", "busy", -13.0, (T425, 350), (QUIET, 350)),
    _tone("ru", "congestion", -13.0, (T425, 175), (QUIET, 175)),
    _tone("ru", "waiting", -13.0, (T425, 200), (QUIET, 5000)),
    _sit("ru"),
    _tone("itu", "dial", -13.0, (T425, STEADY_MS)),
    _tone("itu", "ringback", -13.0, (T425, 1000), (QUIET, 4000)),
    _tone("itu", "busy", -13.0, (T425, 500), (QUIET, 500)),
    _tone("itu", "congestion", -13.0, (T425, 250), (QUIET, 250)),
    _tone("itu", "waiting", -13.0, (T425, 200), (QUIET, 5000)),
    _sit("itu"),
    Tone("reorder", -24.0, ((US_BUSY, 250), (QUIET, 250))),
    Tone("beep", -13.0, (((1000.0,), 400), (QUIET, 100))),
    Tone("join", -16.0, (((440.0,), 120), ((660.0,), 160), (QUIET, 40))),
    Tone("leave", -16.0, (((660.0,), 120), ((440.0,), 160), (QUIET, 40))),
)


NORTH_AMERICA = frozenset({"US", "CA", "PR", "VI", "GU", "DO", "JM", "BS", "BB", "TT"})
_NAMES = frozenset(tone.name for tone in TONES)


def national(name: str, country: str) -> str:
    """A tone as it is in that country (ISO 3166-1), by E.180 in one we know nothing of; the switch's own are everybody's."""
    if f"{HOME}/{name}" not in _NAMES or country in NORTH_AMERICA:
        return name
    there = f"{country.lower()}/{name}"
    return there if there in _NAMES else f"itu/{name}"


def named(name: str) -> NDArray[np.int16] | None:
    """One period of a tone, made to be looped; None when there is no such tone."""
    tone = next((tone for tone in TONES if tone.name in (name, f"{HOME}/{name}")), None)
    return None if tone is None else period(tone)


def period(tone: Tone) -> NDArray[np.int16]:
    """(frames,) int16: each part with 5 ms ramps; a tone of one part alone has none, for it goes on."""
    is_steady = len(tone.parts) == 1
    peak = 32767 * 10 ** ((tone.level_dbm0 - FULL_SCALE_DBM0) / 20)
    waves = [_part(frequencies, ms * RATE // 1000, peak, is_steady) for frequencies, ms in tone.parts]
    return np.round(np.concatenate(waves)).astype(np.int16)


def _part(frequencies: tuple[float, ...], frames: int, peak: float, is_steady: bool) -> NDArray[np.float64]:
    t = np.arange(frames) / RATE
    wave = sum((peak * np.sin(2 * np.pi * f * t) for f in frequencies), np.zeros(frames))
    edge = np.minimum(1.0, np.minimum(np.arange(1, frames + 1), np.arange(frames, 0, -1)) / RAMP_FRAMES)
    return wave if is_steady else wave * edge
