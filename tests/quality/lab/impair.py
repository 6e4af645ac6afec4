"""What happens to speech on its way: codecs, losses and their concealment, jitter, noises, faults of devices; and mixtures.

Every impairment gives the sound, and what the packets would have told of it (of faults of the signal: nothing).
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from media.codecs import g711
from quality.codecs import G711_CONCEALED, G711_PLAIN, impairment_of
from quality.loss import burst_ratio
from quality.opinion.features import Packets
from tests.quality.lab.clips import RATE, Sound

FRAME = 160
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Degraded:
    """`family` says what was done."""

    family: str
    sound: Sound
    packets: Packets


def pcm(sound: Sound) -> NDArray[np.int16]:
    return np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)


def g711_of(sound: Sound, law: Any = "PCMU") -> Sound:
    return g711.decode(law, g711.encode(law, pcm(sound))).astype(np.float64) / 32768


def lost_frames(frames: int, rate: float, burst: float, random: Random) -> NDArray[np.bool_]:
    """A Gilbert channel: the rate of loss and the mean run of it."""
    leave, enter = 1 / burst, rate / (1 - rate) / burst
    lost, state = np.zeros(frames, dtype=np.bool_), False
    draws = random.random(frames)
    for i in range(frames):
        state = draws[i] >= leave if state else draws[i] < enter
        lost[i] = state
    return lost


def late_frames(frames: int, random: Random) -> NDArray[np.bool_]:
    """Jitter into a fixed buffer: what comes behind it is lost; spikes come in runs."""
    spread, buffer = random.uniform(8, 40), random.uniform(40, 100)
    delay = random.gamma(1.5, spread / 1.5, frames)
    for at in np.flatnonzero(random.random(frames) < random.uniform(0, 0.02)):
        size = random.uniform(60, 300)
        delay[at : at + 15] += np.maximum(0, size - 20 * np.arange(min(15, frames - at)))
    return delay > buffer


def concealed(sound: Sound, lost: NDArray[np.bool_], how: str) -> Sound:
    """Frames that are lost: silent, the last one again, or that fading away."""
    made, gone = sound.copy(), 0
    for i in np.flatnonzero(lost):
        gone = gone + 1 if i and lost[i - 1] else 1
        here = slice(i * FRAME, (i + 1) * FRAME)
        gain = {"silence": 0.0, "repeat": 1.0, "fade": 0.7 ** max(0, gone - 1)}[how]
        made[here] = gain * made[max(0, (i - 1)) * FRAME : max(0, (i - 1)) * FRAME + FRAME] if i else 0
    return made


def _library(name: str) -> Any:
    found = ctypes.util.find_library(name)
    return ctypes.CDLL(found) if found else None


BCG729, GSM = _library("bcg729"), _library("gsm")


def g729_of(sound: Sound, lost: NDArray[np.bool_]) -> Sound:
    """G.729A with the concealment of its decoder; two frames of 10 ms a packet."""
    for make in (BCG729.initBcg729EncoderChannel, BCG729.initBcg729DecoderChannel):
        make.restype = ctypes.c_void_p
    coder, decoder = BCG729.initBcg729EncoderChannel(0), BCG729.initBcg729DecoderChannel()
    samples, out = pcm(sound), np.zeros(sound.size, dtype=np.int16)
    bits, size = (ctypes.c_uint8 * 10)(), ctypes.c_uint8()
    for i in range(sound.size // 80):
        frame = samples[i * 80 : (i + 1) * 80].copy()
        BCG729.bcg729Encoder(ctypes.c_void_p(coder), frame.ctypes.data_as(ctypes.c_void_p), bits, ctypes.byref(size))
        gone = bool(lost[min(i // 2, lost.size - 1)])
        BCG729.bcg729Decoder(
            ctypes.c_void_p(decoder),
            bits,
            size,
            ctypes.c_uint8(gone),
            ctypes.c_uint8(0),
            ctypes.c_uint8(0),
            out[i * 80 :].ctypes.data_as(ctypes.c_void_p),
        )
    return out / 32768


def gsm_of(sound: Sound, lost: NDArray[np.bool_]) -> Sound:
    """GSM full rate; lost frames fade."""
    GSM.gsm_create.restype = ctypes.c_void_p
    coder, decoder = GSM.gsm_create(), GSM.gsm_create()
    samples, out = pcm(sound), np.zeros(sound.size, dtype=np.int16)
    bits = (ctypes.c_uint8 * 33)()
    for i in range(sound.size // FRAME):
        frame = samples[i * FRAME : (i + 1) * FRAME].copy()
        GSM.gsm_encode(ctypes.c_void_p(coder), frame.ctypes.data_as(ctypes.c_void_p), bits)
        GSM.gsm_decode(ctypes.c_void_p(decoder), bits, out[i * FRAME :].ctypes.data_as(ctypes.c_void_p))
    return concealed(out / 32768, lost, "fade")


def noise_of(size: int, kind: str, random: Random, other: Sound) -> Sound:
    """Noise of power 1."""
    white = random.normal(0, 1, size)
    match kind:
        case "pink":
            made = lfilter([0.05], [1, -0.95], white)
        case "car":
            made = lfilter([0.01], [1, -0.99], white)
        case "babble":
            made = sum(np.roll(other, int(k)) for k in random.integers(0, size, 5))
        case "hum":
            at = np.arange(size) / RATE
            made = sum(np.sin(2 * np.pi * 50 * k * at) / k for k in (1, 2, 3, 5))
        case "hiss":
            made = np.diff(white, prepend=0.0)
        case _:
            made = white
    return np.asarray(made / np.sqrt(np.mean(np.asarray(made) ** 2)))


PACKETS_OK = Packets(G711_CONCEALED.ie, G711_CONCEALED.bpl, 0.0)


def network(sound: Sound, random: Random, codec: str, late: bool = False) -> Degraded:
    """A codec and its losses, told as the packets of the stream would tell them."""
    frames = sound.size // FRAME
    if late:
        lost = late_frames(frames, random)
    else:
        lost = lost_frames(
            frames,
            float(random.choice([0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2])),
            random.uniform(1, 4),
            random,
        )
    if codec in ("silence", "repeat", "fade"):
        made = concealed(g711_of(sound, str(random.choice(["PCMU", "PCMA"]))), lost, codec)
        row = G711_PLAIN if codec == "silence" else G711_CONCEALED
    else:
        made = (g729_of if codec == "G729" else gsm_of)(sound, lost)
        found = impairment_of(codec)
        assert found is not None
        row = found
    ratio = burst_ratio(lost.tolist()) or 1.0
    return Degraded(
        f"{'jitter' if late else 'loss'} {codec}", made, Packets(row.ie, row.bpl, 100 * float(lost.mean()), ratio)
    )


def noisy(sound: Sound, random: Random, other: Sound, kinds: tuple[str, ...]) -> Degraded:
    kind = str(random.choice(kinds))
    snr = random.uniform(3, 35)
    level = 10 ** ((-26 - snr) / 20)
    return Degraded(
        f"noise {kind}", g711_of(np.clip(sound + level * noise_of(sound.size, kind, random, other), -1, 1)), PACKETS_OK
    )


def clipped(sound: Sound, random: Random) -> Degraded:
    return Degraded(
        "clipping", g711_of(np.clip(sound * random.uniform(2, 14), -0.98, 0.98) * random.uniform(0.25, 1)), PACKETS_OK
    )


def echoed(sound: Sound, random: Random, other: Sound) -> Degraded:
    loss, delay = random.uniform(6, 40), int(RATE * random.uniform(0.03, 0.4))
    late = np.zeros_like(sound)
    late[delay:] = sound[:-delay] * 10 ** (-loss / 20)
    return Degraded("echo", g711_of(sound + late), PACKETS_OK)


def chopped(sound: Sound, random: Random) -> Degraded:
    """A voice switch that opens late, or closes early."""
    power = np.convolve(sound**2, np.ones(400) / 400, "same")
    open_ = power > np.mean(power) * 10 ** (random.uniform(-25, -3) / 10)
    return Degraded("chopping", g711_of(sound * open_), PACKETS_OK)


def clicked(sound: Sound, random: Random) -> Degraded:
    made = sound.copy()
    at = random.integers(0, sound.size, int(random.uniform(5, 200)))
    made[at] += random.choice([-1, 1], at.size) * random.uniform(0.1, 0.7)
    return Degraded("clicks", g711_of(np.clip(made, -1, 1)), PACKETS_OK)


def filtered(sound: Sound, random: Random) -> Degraded:
    low, high = random.uniform(100, 800), random.uniform(900, 3400)
    sos = butter(4, [min(low, high * 0.6), high], "bandpass", fs=RATE, output="sos")
    return Degraded("filter", g711_of(sosfilt(sos, sound)), PACKETS_OK)


def modulated(sound: Sound, random: Random) -> Degraded:
    """MNRU (ITU-T P.810): noise that follows the speech."""
    q = random.uniform(5, 35)
    return Degraded(
        "mnru", g711_of(np.clip(sound * (1 + 10 ** (-q / 20) * random.normal(0, 1, sound.size)), -1, 1)), PACKETS_OK
    )


def quiet(sound: Sound, random: Random) -> Degraded:
    return Degraded("level", g711_of(np.clip(sound * 10 ** (random.uniform(-28, 12) / 20), -1, 1)), PACKETS_OK)


def reverberant(sound: Sound, random: Random) -> Degraded:
    length = int(RATE * random.uniform(0.1, 0.6))
    tail = random.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= random.uniform(0.05, 0.5) / np.sqrt(np.sum(tail**2))
    tail[0] += 1
    made = np.convolve(sound, tail)[: sound.size]
    return Degraded("reverb", g711_of(made * np.sqrt(np.mean(sound**2) / np.mean(made**2))), PACKETS_OK)


def mixed(sound: Sound, random: Random, other: Sound) -> Degraded:
    """A fault of the signal, then a network."""
    first: list[Callable[[], Degraded]] = [
        lambda: noisy(sound, random, other, NOISES),
        lambda: clipped(sound, random),
        lambda: filtered(sound, random),
        lambda: echoed(sound, random, other),
    ]
    before = first[int(random.integers(len(first)))]()
    after = network(before.sound, random, str(random.choice(CODECS)), bool(random.random() < 0.4))
    return Degraded(f"mixed {before.family.split()[0]}", after.sound, after.packets)


NOISES = ("white", "pink", "babble", "hum", "hiss", "car")
CODECS = ("silence", "repeat", "fade", *(("G729",) if BCG729 else ()), *(("GSM",) if GSM else ()))


def families(sound: Sound, random: Random, other: Sound) -> list[Callable[[], Degraded]]:
    """Everything that can be done to a clip, one draw each."""
    return [
        lambda: Degraded("clean", g711_of(sound), PACKETS_OK),
        lambda: Degraded("clean", g711_of(sound, "PCMA"), PACKETS_OK),
        *(lambda codec=codec: network(sound, random, codec) for codec in CODECS),
        *(lambda codec=codec: network(sound, random, codec, late=True) for codec in ("fade", "silence", CODECS[-1])),
        lambda: noisy(sound, random, other, NOISES),
        lambda: noisy(sound, random, other, NOISES),
        lambda: clipped(sound, random),
        lambda: echoed(sound, random, other),
        lambda: chopped(sound, random),
        lambda: clicked(sound, random),
        lambda: filtered(sound, random),
        lambda: modulated(sound, random),
        lambda: quiet(sound, random),
        lambda: reverberant(sound, random),
        lambda: mixed(sound, random, other),
        lambda: mixed(sound, random, other),
        lambda: mixed(sound, random, other),
    ]
