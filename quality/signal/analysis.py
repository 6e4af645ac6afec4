"""Everything the sound of a call tells, heard a minute at a time so that an hour costs no more memory than a minute.

A recording of a call has two channels: what came from the party that is recorded, and what it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.signal import (
    balance,
    clicks,
    clipping,
    dead,
    double_talk,
    dropouts,
    echo,
    hum,
    keys,
    laws,
    noise,
    offset,
    robotic,
    tones,
)
from quality.signal.active_level import ActiveLevel, active_level
from quality.signal.activity import seconds
from quality.signal.defect import Defect
from quality.signal.frames import Mask, Sound
from quality.signal.keys import Key
from quality.signal.silence import Quiet

PIECE_S = 60
DEFECTS_MAX = 200
TOUCHING_S = 0.05


@dataclass(frozen=True, slots=True)
class Direction:
    """One channel. None: nothing of the kind was there to be measured."""

    seconds: float
    level_dbov: float | None
    activity: float
    noise_dbov: float | None
    snr_db: float | None
    quiet: dict[str, float]
    tones: tuple[dict[str, Any], ...]
    keys: str
    defects: tuple[Defect, ...]

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        return {
            "seconds": round(self.seconds, 2),
            "level_dbov": _rounded(self.level_dbov),
            "activity": round(self.activity, 3),
            "noise_dbov": _rounded(self.noise_dbov),
            "snr_db": _rounded(self.snr_db),
            "quiet": self.quiet,
            "tones": list(self.tones),
            "keys": self.keys,
            "defects": [one.to_document() for one in self.defects],
        }


@dataclass(slots=True)
class _Channel:
    """What is gathered of one channel."""

    tracks: list[dead.Track] = field(default_factory=list)
    loud: list[tuple[ActiveLevel, float]] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    tones: list[dict[str, Any]] = field(default_factory=list)
    keys: str = ""

    def level(self, heard_s: float) -> ActiveLevel | None:
        """The level of all pieces together: power weighted by the time spoken."""
        spoken = sum(one.factor * s for one, s in self.loud)
        if spoken <= 0:
            return None
        power = sum(10 ** (one.dbov / 10) * one.factor * s for one, s in self.loud) / spoken
        return ActiveLevel(10 * float(np.log10(power)), min(1.0, spoken / heard_s))


class Listener:
    """Hears a recording piece by piece (`hear`), then tells (`told`). Pieces are `PIECE_S` long, but for the last."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._channels = [_Channel() for _ in range(channels)]
        self._heard_s = 0.0

    def hear(self, samples: NDArray[np.int16]) -> None:
        """(frames, channels) as in the file."""
        sounds = [samples[:, i].astype(np.float64) / 32768 for i in range(len(self._channels))]
        for channel, sound in zip(self._channels, sounds, strict=True):
            self._hear_one(channel, sound)
        if len(sounds) == 2:
            for mine, other in ((0, 1), (1, 0)):
                found = double_talk.cut_by_other(sounds[mine], sounds[other], self._rate_hz)
                found += echo.echoing(sounds[other], sounds[mine], self._rate_hz)
                self._add(self._channels[mine], found)
        self._heard_s += len(samples) / self._rate_hz

    def _hear_one(self, channel: _Channel, sound: Sound) -> None:
        rate, at = self._rate_hz, self._heard_s
        channel.tracks.append(dead.track(sound, rate))
        pressed = keys.keys(sound, rate)
        lines = tones.lines(sound, rate)
        not_voice = _with_keys(tones.tonal(lines), pressed)
        level = active_level(sound, rate)
        if level is not None and channel.tracks[-1].speaks.any():
            channel.loud.append((level, sound.size / rate))
        floor = noise.noise(sound, rate, level)
        if floor is not None:
            channel.floors.append(floor.floor_dbov)
        for found in (
            noise.noisy(floor, sound.size / rate),
            clipping.clipping(sound, rate, not_voice),
            offset.offsets(sound, rate),
            hum.hum(sound, rate),
            dropouts.dropouts(sound, rate),
            robotic.robotic(sound, rate, not_voice),
            clicks.clicking(sound, rate),
            laws.wrong_law(sound, rate),
            keys.damaged(pressed),
        ):
            self._add(channel, found)
        channel.keys += "".join(key.digit for key in pressed)
        channel.tones += [
            {"start_s": round(at + one.start_s, 2), "end_s": round(at + one.end_s, 2), "name": one.name}
            for one in tones.tones(lines)
            if one.name is not None
        ]

    def _add(self, channel: _Channel, found: Iterable[Defect]) -> None:
        at = self._heard_s
        channel.defects += [replace(one, start_s=at + one.start_s, end_s=at + one.end_s) for one in found]

    def told(self) -> tuple[Direction, ...]:
        """What was found, one for each channel; empty when nothing was heard."""
        if self._heard_s <= 0:
            return ()
        tracks = [dead.joined(channel.tracks) for channel in self._channels]
        levels = [channel.level(self._heard_s) for channel in self._channels]
        if len(tracks) == 2:
            for mine, other in ((0, 1), (1, 0)):
                found = dead.one_way(tracks[mine], tracks[other]) + dead.dead_air(tracks[mine], tracks[other])
                found += balance.imbalance(levels[mine], levels[other], self._heard_s)
                self._channels[mine].defects += found
        return tuple(map(self._direction, self._channels, tracks, levels))

    def _direction(self, channel: _Channel, heard: dead.Track, level: ActiveLevel | None) -> Direction:
        found = merged(channel.defects + balance.loudness(level, self._heard_s))
        floor = min(channel.floors, default=None)
        return Direction(
            seconds=self._heard_s,
            level_dbov=None if level is None else level.dbov,
            activity=seconds(heard.speaks) / self._heard_s,
            noise_dbov=floor,
            snr_db=None if level is None or floor is None else level.dbov - floor,
            quiet={one.name.lower(): round(float(np.mean(heard.kind == one)), 4) for one in Quiet},
            tones=tuple(channel.tones[:DEFECTS_MAX]),
            keys=channel.keys[:DEFECTS_MAX],
            defects=tuple(found[:DEFECTS_MAX]),
        )


def merged(defects: Iterable[Defect]) -> list[Defect]:
    """In order of time; what goes on over the edge of a piece is one defect, with the larger evidence."""
    done: list[Defect] = []
    for one in sorted(defects, key=lambda each: (each.fault.value, each.start_s)):
        last = done[-1] if done else None
        if last is not None and last.fault is one.fault and one.start_s - last.end_s <= TOUCHING_S:
            value = max(last.value, one.value, key=abs)
            done[-1] = replace(last, end_s=max(last.end_s, one.end_s), value=value)
        else:
            done.append(one)
    return sorted(done, key=lambda each: each.start_s)


def _with_keys(tonal: Mask, pressed: Iterable[Key]) -> Mask:
    mask = tonal.copy()
    for key in pressed:
        mask[max(0, int(key.start_s * 100) - 3) : int(key.end_s * 100) + 4] = True
    return mask


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
