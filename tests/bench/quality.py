"""Voice quality: what it costs (CPU), what the detectors find and what they find where nothing is.

    python -m tests.bench.quality [minutes of clean speech]

Real speech: the prompts of Debian's asterisk-core-sounds, five voices, where installed; else the prompts of the build, one voice.
How the opinion agrees with PESQ is another command, for it makes its set first: `tests.quality.lab`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from quality.opinion.estimate import Judge
from quality.opinion.features import Packets
from quality.recording import Recording
from quality.signal.analysis import PIECE_S, Listener
from quality.signal.defect import Fault
from quality.window import score_window
from tests.quality.lab.clips import clip, speakers
from tests.quality.voices import RATE, Sound, decoded, encoded, noise, over_g711, samples, tone, voice

CLIP_S = 8
Random = np.random.Generator


def speech(seconds: int, random: Random, index: int) -> Sound:
    """Clean speech of one voice over G.711."""
    voices = list(speakers().values())
    if not voices:
        return over_g711(voice(seconds, index))
    prompts = voices[index % len(voices)]
    made = np.concatenate([clip(prompts, random) for _ in range(-(-seconds // CLIP_S))])[: seconds * RATE]
    return over_g711(made + noise(made.size, -70, index), "PCMU" if index % 2 else "PCMA")


def heard(*channels: Sound) -> list[set[Fault]]:
    """The faults of each channel."""
    listener, recording = Listener(RATE, len(channels)), samples(*channels)
    for start in range(0, len(recording), PIECE_S * RATE):
        listener.hear(recording[start : start + PIECE_S * RATE])
    return [{one.fault for one in side.defects} for side in listener.told()]


def lossy(sound: Sound, random: Random, percent: float, repeat: bool) -> Sound:
    """Frames of 20 ms are gone, one or two at a time."""
    made = sound.copy()
    for i in np.flatnonzero(random.random(sound.size // 160) < percent / 150):
        size = 160 * int(random.integers(1, 3))
        here = slice(i * 160, i * 160 + size)
        made[here] = (
            np.resize(made[max(0, i * 160 - 160) : max(160, i * 160)], size)[: made[here].size] if repeat else 0
        )
    return made


def clicked(sound: Sound, random: Random, jump: float) -> Sound:
    made = sound.copy()
    made[random.integers(100, sound.size - 100, 8)] += jump
    return np.clip(made, -1, 1)


def half_duplex(sound: Sound, other: Sound) -> Sound:
    loud = np.convolve(np.abs(other), np.ones(160) / 160, "same") > 0.02
    held = np.convolve(loud, np.ones(1600), "full")[: sound.size] > 0
    return sound * np.where(held, 0.03, 1.0)


def echoed(sound: Sound, other: Sound, delay_s: float, loss_db: float) -> Sound:
    made, delay = sound * 0.001, int(delay_s * RATE)
    made[delay:] += other[:-delay] * 10 ** (-loss_db / 20)
    return made


Make = Callable[[Sound, Sound, Random], Sound]

CASES: tuple[tuple[str, Fault, Make], ...] = (
    ("noise, SNR 18 dB", Fault.NOISE, lambda x, _, r: over_g711(x + noise(x.size, -44, int(r.integers(99))))),
    ("clipping, 18 dB too loud", Fault.CLIPPING, lambda x, _, r: over_g711(np.clip(x * 8, -0.99, 0.99))),
    ("clipping, 12 dB too loud", Fault.CLIPPING, lambda x, _, r: over_g711(np.clip(x * 4, -0.99, 0.99))),
    ("offset, 1.2 %", Fault.OFFSET, lambda x, _, r: over_g711(x + 0.012)),
    ("hum, 50 Hz at -48 dBov", Fault.HUM, lambda x, _, r: over_g711(x + tone(x.size / RATE, 50, 150, dbov=-48))),
    ("hum, 60 Hz at -48 dBov", Fault.HUM, lambda x, _, r: over_g711(x + tone(x.size / RATE, 60, 180, dbov=-48))),
    ("cut-outs, 1 % lost", Fault.DROPOUTS, lambda x, _, r: over_g711(lossy(x, r, 1.0, False))),
    ("cut-outs, 3 % lost", Fault.DROPOUTS, lambda x, _, r: over_g711(lossy(x, r, 3.0, False))),
    ("robot's voice, 3 % repeated", Fault.ROBOTIC, lambda x, _, r: over_g711(lossy(x, r, 3.0, True))),
    ("clicks, 8 of 0.15", Fault.CLICKS, lambda x, _, r: over_g711(clicked(x, r, 0.15))),
    ("wrong law", Fault.WRONG_LAW, lambda x, _, r: decoded("PCMA", encoded("PCMU", x))),
    ("20 dB too quiet", Fault.TOO_QUIET, lambda x, _, r: over_g711(x * 0.1)),
    ("one way, digital silence", Fault.ONE_WAY, lambda x, _, r: x * 0),
    ("one way, comfort noise", Fault.ONE_WAY, lambda x, _, r: over_g711(noise(x.size, -64, int(r.integers(99))))),
    ("echo, 120 ms, 20 dB", Fault.ECHO, lambda x, o, r: over_g711(echoed(x, o, 0.12, 20))),
    ("echo, 300 ms, 32 dB", Fault.ECHO, lambda x, o, r: over_g711(echoed(x, o, 0.3, 32))),
    ("half duplex", Fault.DOUBLE_TALK, lambda x, o, r: over_g711(half_duplex(x, o))),
)


def found(clips: int = 20, seconds: int = 16) -> None:
    """Recall at set levels, and what else was called wrong in the same sound."""
    random = np.random.default_rng(5)
    pairs = [(speech(seconds, random, i), speech(seconds, random, i + 1)) for i in range(clips)]
    print(f"\n| fault put into {clips} clips of {seconds} s | found | also called |\n|---|---|---|")
    for name, fault, make in CASES:
        sides = [heard(make(x, other, random), other)[0] for x, other in pairs]
        others = sorted({one.value for side in sides for one in side} - {fault.value})
        print(f"| {name} | {100 * np.mean([fault in side for side in sides]):.0f} % | {', '.join(others) or '–'} |")


def called_wrong(minutes: int) -> None:
    """Faults called in clean speech."""
    random, called = np.random.default_rng(6), []
    for index in range(minutes):
        (side,) = heard(speech(60, random, index))
        called += sorted(one.value for one in side)
    print(f"\n{minutes} minutes of clean speech: {len(called)} false alarms {called or ''}")


def cost() -> None:
    """CPU of one call-minute, both directions."""
    begin = time.process_time()
    for _ in range(2000):
        score_window("PCMU", 245, 5, 1, 3.0, 30.0, 1.3)
    packets_ms = 1000 * (time.process_time() - begin) / 2000 * 12 * 2 * 2
    random, judge, known = np.random.default_rng(7), Judge(), Packets(0.0, 25.1, 0.5)
    minute = samples(speech(60, random, 0), speech(60, random, 1))
    begin = time.process_time()
    for _ in range(3):
        Recording(RATE, 2, judge, lambda *_: known).hear(minute)
    sound_ms = 1000 * (time.process_time() - begin) / 3
    print("\n| CPU | a call-minute | a stream-second |\n|---|---|---|")
    print(f"| packets: 48 windows of two legs | {packets_ms:.1f} ms | {packets_ms / 240:.3f} ms |")
    print(f"| sound: levels, all faults, opinions, both directions | {sound_ms:.0f} ms | {sound_ms / 120:.2f} ms |")


def main() -> None:
    """All of it."""
    cost()
    called_wrong(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    found()


if __name__ == "__main__":
    main()
