"""Fax machines by their tones (T.30 4): what must be told, what must not, and the way to the worker's client."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.audio import prompt
from media.codecs import g711
from media.kernels import _loop
from media.plane.events import Fax
from tests.media.workshop import Workshop

PROMPTS = Path(__file__).parents[2] / "media" / "prompts"
CNG, CED = 1, 2


def tone(hertz: float, ms: int, dbm0: float = -15) -> NDArray[np.float64]:
    peak = 32768 * 10 ** ((dbm0 - 3.17) / 20)
    wave: NDArray[np.float64] = peak * np.sin(2 * np.pi * hertz * np.arange(8 * ms) / 8000)
    return wave


def told(*parts: NDArray[np.float64]) -> list[int]:
    """Of every fourth packet of 20 ms, as the loop listens."""
    packets = np.concatenate(parts)
    packets = packets[: len(packets) // 160 * 160].reshape(-1, 160)[::4]
    return [what for _, what in _loop.fax_run(0, g711.encode("PCMU", packets.reshape(-1).astype(np.int16)).tobytes())]


@pytest.mark.parametrize("hertz, what", [(1100, CNG), (1062, CNG), (1138, CNG), (2100, CED), (2085, CED), (2115, CED)])
@pytest.mark.parametrize("dbm0", [-4, -40])
def test_a_machine_within_its_limits_is_told_once(hertz: float, what: int, dbm0: float) -> None:
    ring = [tone(hertz, 425, dbm0), np.zeros(24_000)]
    assert [what] == told(np.zeros(320), *ring, *ring, *ring)


@pytest.mark.parametrize("hertz", [425, 440, 480, 1000, 1209, 1336, 1400, 1800, 2300])
def test_other_tones_are_no_machine(hertz: float) -> None:
    assert [] == told(tone(hertz, 3000))


def test_a_tone_that_is_short_or_faint_is_no_machine() -> None:
    assert [] == told(tone(1100, 150), np.zeros(4000), tone(2100, 150), np.zeros(4000), tone(1100, 2000, -55))


def test_speech_is_no_machine() -> None:
    for path in sorted(PROMPTS.rglob("*.wav")):
        samples = g711.decode("PCMU", prompt.from_wave(path.read_bytes()))
        for gain in (0.3, 1.0):
            for shift in range(0, 640, 160):
                assert [] == told(samples[shift:].astype(float) * gain), path.name


def test_a_client_is_told_of_the_machine_that_calls(fast_workshop: Workshop) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port = desk.call("a", ann)
    codes = g711.encode("PCMU", tone(1100, 500).astype(np.int16)).tobytes()
    for at in range(0, len(codes), 160):
        ann.say(codes[at : at + 160], port)
    assert [Fax("a", "cng")] == desk.heard(Fax)
