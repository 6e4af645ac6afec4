"""Legs that speak G.722, Opus or L16: what their far ends hear, on both engines at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from media.codecs import g711, voice
from media.plane import records
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.lab import Lab

CODED = [name for name in voice.available() if voice.NUMBERS[name]]
SCALES = voice.SCALES
CODED_TYPE = 97
TOO_LONG = "L16/16000", 60  # 1,920 octets: never agreed on


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    for leg in range(2):
        made.open(leg)
    yield made
    made.compare()
    made.close()


def tone(packets: int, hertz: int = 800) -> NDArray[np.int16]:
    return (9000 * np.sin(2 * np.pi * hertz * np.arange(160 * packets) / 8000)).astype(np.int16)


def likeness(said: NDArray[np.int16], heard: NDArray[np.int16]) -> float:
    """The best correlation within 50 ms of delay, 1.0 for the same shape; what comes after 50 ms more is not compared."""
    size = min(len(said), len(heard)) - 400
    cut = said[:size].astype(float)
    shifted = (heard[at : at + size].astype(float) for at in range(400))
    return max(float(cut @ one) / float(np.sqrt((cut @ cut) * (one @ one)) + 1e-9) for one in shifted)


def connect(lab: Lab, leg: int, codec: str, **changes: object) -> None:
    kind = {"PCMU": 0, "PCMA": 8}.get(codec, CODED_TYPE)
    fields = {"codec": codec, "payload_type": kind, "event_clock_hz": 8000 * SCALES[codec], **changes}
    lab.post(records.set_remote(lab.handle(leg), lab.remote(leg, **fields)))


def speak(lab: Lab, leg: int, codec: str, samples: NDArray[np.int16]) -> list[bytes]:
    """Twenty-millisecond packets; the payloads."""
    spoken, scale = voice.Voice(voice.NUMBERS[codec]), SCALES[codec]
    kind = {"PCMU": 0, "PCMA": 8}.get(codec, CODED_TYPE)
    said = []
    for n in range(len(samples) // 160):
        part = samples[160 * n : 160 * n + 160]
        said.append(spoken.encode(part) if kind == CODED_TYPE else g711.encode(codec, part).tobytes())  # type: ignore[arg-type]
        stamp = 2**32 - 500 * scale + 160 * scale * n & 0xFFFFFFFF
        lab.say(leg, leg, packet.build(Packet(kind, 65533 + n & 0xFFFF, stamp, 7, said[-1])))
        lab.turn(20)
    return said


def heard_by(lab: Lab, phone: int) -> list[Packet]:
    parsed = [packet.parse(data) for _, at, data in lab.heard[0] if at == phone]
    return [one for one in parsed if one is not None]


def decoded(codec: str, heard: list[Packet]) -> NDArray[np.int16]:
    if codec in ("PCMU", "PCMA"):
        words = b"".join(one.payload for one in heard)
        return g711.decode(codec, np.frombuffer(words, np.uint8))  # type: ignore[arg-type]
    listening = voice.Voice(voice.NUMBERS[codec])
    return np.concatenate([listening.decode(one.payload) for one in heard])


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
@pytest.mark.parametrize("codec", CODED)
def test_a_coded_leg_and_a_g711_leg_hear_each_other(lab: Lab, codec: str, law: str) -> None:
    connect(lab, 0, codec)
    connect(lab, 1, law)
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    said = tone(20)
    speak(lab, 0, codec, said)
    assert likeness(said, decoded(law, heard_by(lab, 1))) > 0.97
    speak(lab, 1, law, said)
    assert likeness(said, decoded(codec, heard_by(lab, 0))) > 0.97


@pytest.mark.parametrize("codec", CODED)
def test_timestamps_run_on_the_clock_of_each_leg(lab: Lab, codec: str) -> None:
    connect(lab, 0, codec)
    connect(lab, 1, "PCMU")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    speak(lab, 0, codec, tone(8))
    speak(lab, 1, "PCMU", tone(8))
    for phone, step in ((1, 160), (0, 160 * SCALES[codec])):
        stamps = [one.timestamp for one in heard_by(lab, phone)]
        assert {step} == {(b - a) & 0xFFFFFFFF for a, b in pairwise(stamps)}
        numbers = [one.sequence for one in heard_by(lab, phone)]
        assert {1} == {(b - a) & 0xFFFF for a, b in pairwise(numbers)}


@pytest.mark.parametrize("taped", [False, True])
@pytest.mark.parametrize("codec", CODED)
def test_legs_of_one_coding_pass_each_others_packets_untouched(lab: Lab, codec: str, taped: bool) -> None:
    connect(lab, 0, codec)
    connect(lab, 1, codec, payload_type=99)
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    if taped:
        lab.post(records.record_start(lab.handle(1)))
    said = speak(lab, 0, codec, tone(10))
    assert said == [one.payload for one in heard_by(lab, 1)]
    assert {99} == {one.payload_type for one in heard_by(lab, 1)}
    loudest = int(np.abs(lab.sides[0].engine.rings[1, :1600, 1]).max())
    assert (loudest > 8000) is taped


@pytest.mark.parametrize("codec", CODED)
def test_both_directions_of_a_coded_leg_are_recorded(lab: Lab, codec: str) -> None:
    connect(lab, 0, codec, send_silence=False)
    lab.post(records.record_start(lab.handle(0)))
    said = tone(15)
    speak(lab, 0, codec, said)
    np.frombuffer(lab.arena, np.uint8)[: 160 * 15] = g711.encode("PCMU", said)
    lab.post(*records.play(lab.handle(0), 1, [(0, 160 * 15)], False, False))
    lab.turn(1)
    for _ in range(20):
        lab.turn(20)
    ring = lab.sides[0].engine.rings[0]
    assert likeness(said, ring[: 160 * 15 + 80, 0]) > 0.97
    assert likeness(said, decoded(codec, heard_by(lab, 0))) > 0.97
    at = int(np.flatnonzero(np.abs(ring[:, 1]) > 1000)[0])
    assert likeness(said[:1200], ring[at : at + 1200, 1]) > 0.97


@pytest.mark.parametrize(
    "codec, ptime_ms", [(codec, ms) for codec in CODED for ms in (10, 20, 30, 40, 60) if (codec, ms) != TOO_LONG]
)
def test_a_prompt_is_heard_in_packets_of_any_length(lab: Lab, codec: str, ptime_ms: int) -> None:
    connect(lab, 0, codec, ptime_ms=ptime_ms)
    said = tone(30)
    np.frombuffer(lab.arena, np.uint8)[: len(said)] = g711.encode("PCMU", said)
    lab.post(*records.play(lab.handle(0), 1, [(0, len(said))], False, False))
    for _ in range(70):
        lab.turn(10)
    heard = heard_by(lab, 0)
    listening = voice.Voice(voice.NUMBERS[codec])
    assert {8 * ptime_ms} == {listening.frames(one.payload) for one in heard}
    assert likeness(said, decoded(codec, heard)) > 0.97


def test_a_level_is_measured_in_every_coding(lab: Lab) -> None:
    for codec in CODED:
        lab.open(0)
        connect(lab, 0, codec)
        speak(lab, 0, codec, tone(12))
        row = lab.sides[0].engine.statistics[0]
        mean = int(row["rx_level"]["energy"]) / int(row["rx_level"]["samples"])
        assert mean == pytest.approx(9000**2 / 2, rel=0.2)


@pytest.mark.parametrize("codec", CODED)
def test_jitter_and_lateness_are_those_of_the_clock_of_eight_kilohertz(lab: Lab, codec: str) -> None:
    connect(lab, 0, codec)
    speak(lab, 0, codec, tone(30))
    row = lab.sides[0].engine.statistics[0]
    assert (0, 0, 30) == (int(row["jitter_q4"]) >> 4, int(row["late"]), int(row["rx_packets"]))


@pytest.mark.parametrize("codec", CODED)
def test_a_key_has_its_length_on_the_clock_of_each_leg(lab: Lab, codec: str) -> None:
    connect(lab, 0, codec)
    connect(lab, 1, "PCMU")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    scale = SCALES[codec]
    speak(lab, 0, codec, tone(1))
    for n, end in enumerate((0, 0, 0x80, 0x80, 0x80)):
        payload = bytes([5, 10 | end]) + (scale * 160 * min(n + 1, 3)).to_bytes(2, "big")
        lab.say(0, 0, packet.build(Packet(101, 65534 + n & 0xFFFF, 900 * scale, 7, payload, n == 0)))
        lab.turn(20)
    told = [event for event in lab.events[0] if event[0] == records.Kind.DIGIT]
    assert [(ord("5"), 60)] == [(event[1], event[4]) for event in told]
    lengths = [int.from_bytes(one.payload[2:], "big") for one in heard_by(lab, 1) if one.payload_type == 101]
    assert [160, 320, 480, 480, 480] == lengths
    lab.post(records.send_dtmf(lab.handle(0), "7", 60, 40))
    for _ in range(10):
        lab.turn(20)
    lengths = [int.from_bytes(one.payload[2:], "big") for one in heard_by(lab, 0) if one.payload_type == 101]
    assert 480 * scale == max(lengths)


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
def test_a_key_pressed_twice_by_a_sender_whose_timestamp_stands_still_is_two_keys(lab: Lab, codec: str) -> None:
    connect(lab, 0, codec)
    connect(lab, 1, "PCMU")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    for press in range(2):
        for n, end in enumerate((0, 0, 0x80, 0x80, 0x80)):
            payload = bytes([5, 10 | end]) + (160 * min(n + 1, 3)).to_bytes(2, "big")
            lab.say(0, 0, packet.build(Packet(101, 65530 + 5 * press + n & 0xFFFF, 900, 7, payload, n == 0)))
            lab.turn(20)
        lab.turn(60)
    told = [event for event in lab.events[0] if event[0] == records.Kind.DIGIT]
    assert [(ord("5"), 60)] * 2 == [(event[1], event[4]) for event in told]
    heard = [one for one in heard_by(lab, 1) if one.payload_type == 101]
    assert [1, 0, 0, 0, 0] * 2 == [int(one.marker) for one in heard]
    assert (1 if codec == "PCMU" else 2) == len({one.timestamp for one in heard})


def test_a_packet_that_is_no_opus_is_malformed_and_harms_nothing(lab: Lab) -> None:
    if "opus" not in CODED:
        pytest.fail("this machine has no libopus: .ci/system-packages names it")
    connect(lab, 0, "opus")
    connect(lab, 1, "PCMU")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    for n, payload in enumerate((b"", b"\xff", b"\x03", b"\x0b\x3f" + bytes(9), bytes([0x7B, 0xFF]))):
        lab.say(0, 0, packet.build(Packet(CODED_TYPE, 9 + n, 960 * n, 7, payload)))
        lab.turn(20)
    assert int(lab.sides[0].engine.statistics[0]["malformed"]) >= 4
    lab.say(
        0, 0, b"\x90" + packet.build(Packet(CODED_TYPE, 20, 960 * 9, 7, b""))[1:] + bytes([0, 0, 1, 44]) + bytes(1300)
    )


def test_a_leg_may_change_its_coding_in_the_middle(lab: Lab) -> None:
    connect(lab, 0, "G722")
    connect(lab, 1, "PCMA")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    speak(lab, 0, "G722", tone(5))
    connect(lab, 0, "PCMU")
    said = tone(5)
    before = len(heard_by(lab, 1))
    for n in range(5):
        words = g711.encode("PCMU", said[160 * n : 160 * n + 160]).tobytes()
        lab.say(0, 0, packet.build(Packet(0, 2 + n, 300 + 160 * n, 7, words)))
        lab.turn(20)
    assert likeness(said, np.append(decoded("PCMA", heard_by(lab, 1)[before:]), np.zeros(200, np.int16))) > 0.99


WIDE = [name for name in CODED if voice.NUMBERS[name] in voice.WIDE]


def strength(samples: NDArray[np.int16], hertz: float, rate: int) -> float:
    """The amplitude of a tone within samples."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / rate)
    return float(2 * np.abs((samples * turns).mean()))


@pytest.mark.parametrize("codec, other", [(a, b) for a in WIDE for b in WIDE if a != b])
def test_what_lies_above_four_kilohertz_goes_through_between_wide_codings(lab: Lab, codec: str, other: str) -> None:
    connect(lab, 0, codec)
    connect(lab, 1, other)
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    spoken, listening = voice.Voice(voice.NUMBERS[codec]), voice.Voice(voice.NUMBERS[other])
    spoken.widen(True)
    listening.widen(True)
    said = (5000 * np.sin(2 * np.pi * 5500 * np.arange(320 * 25) / 16000)).astype(np.int16)
    for n, part in enumerate(said.reshape(25, 320)):
        stream = 10 + n, 160 * SCALES[codec] * n, 7
        lab.say(0, 0, packet.build(Packet(CODED_TYPE, *stream, spoken.encode(part))))
        lab.turn(20)
    heard = np.concatenate([listening.decode(one.payload) for one in heard_by(lab, 1)])
    assert strength(heard[-4800:-960], 5500, 16000) == pytest.approx(5000, rel=0.3)


def talk_with_loss(lab: Lab, codec: str, said: NDArray[np.int16], lost: set[int], fec: bool) -> NDArray[np.int16]:
    """What the G.711 phone at the other end hears."""
    connect(lab, 0, codec, fec=fec)
    connect(lab, 1, "PCMU")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    spoken = voice.Voice(voice.NUMBERS[codec], 1, fec)
    for n, part in enumerate(said.reshape(-1, 160)):
        payload = spoken.encode(part)
        if n not in lost:
            lab.say(0, 0, packet.build(Packet(CODED_TYPE, n, 160 * SCALES[codec] * n, 7, payload)))
        lab.turn(20)
    return decoded("PCMU", heard_by(lab, 1))


@pytest.mark.parametrize("codec", CODED)
def test_a_packet_that_is_lost_before_transcoding_is_no_hole(lab: Lab, codec: str) -> None:
    heard = talk_with_loss(lab, codec, tone(40), {20, 30}, fec=False)
    pieces = np.sqrt((heard[800:-160].reshape(-1, 80).astype(float) ** 2).mean(axis=1))
    assert pieces.min() > (600 if codec == "opus" else 4000)  # libopus fades a tone, and speech less


def test_a_lost_opus_packet_is_told_by_the_next_one() -> None:
    """A buzz that glides, as a voice does: what is only continued is soon another."""
    pitch = np.cumsum(120 + 60 * np.sin(np.arange(160 * 50) / 900)) / 8000
    said = (600 * sum(np.sin(2 * np.pi * n * pitch) for n in range(1, 20))).astype(np.int16)
    likenesses = []
    for fec in (False, True):
        lab = Lab()
        lab.open(0)
        lab.open(1)
        heard = talk_with_loss(lab, "opus", said, {*range(20, 48, 3)}, fec)
        lab.compare()
        lab.close()
        likenesses.append(likeness(said[2800:], heard[2800:]))
    assert likenesses[1] > likenesses[0] + 0.03


def test_who_asks_for_correction_in_a_later_description_gets_it_from_then_on() -> None:
    sent: dict[tuple[bool, ...], list[bytes]] = {}
    for asked in ((False,), (True,), (False, True), (True, False)):
        lab = Lab()
        lab.open(0)
        lab.open(1)
        connect(lab, 0, "PCMU")
        for fec in asked:
            connect(lab, 1, "opus", fec=fec)
        lab.post(records.bridge(lab.handle(0), lab.handle(1)))
        speak(lab, 0, "PCMU", tone(30))
        sent[asked] = [one.payload for one in heard_by(lab, 1)]
        lab.compare()
        lab.close()
    assert sent[True,] != sent[False,]
    assert (sent[True,], sent[False,]) == (sent[False, True], sent[True, False])


def test_comfort_noise_is_made_for_another_coding_and_passed_on_to_the_same(lab: Lab) -> None:
    connect(lab, 0, "PCMU")
    connect(lab, 1, "G722")
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    speak(lab, 0, "PCMU", tone(10))
    noise = packet.build(Packet(13, 65533 + 10 & 0xFFFF, 2**32 - 500 + 1600 & 0xFFFFFFFF, 7, bytes([40])))
    lab.say(0, 0, noise)
    lab.turn(20)
    for _ in range(100):
        lab.turn(20)
    heard = decoded("G722", heard_by(lab, 1))[-8000:].astype(float)
    assert 20 * np.log10(np.sqrt((heard**2).mean()) / 32768) == pytest.approx(-40, abs=1.5)
    connect(lab, 1, "PCMA")
    lab.say(0, 0, packet.build(Packet(13, 65533 + 11 & 0xFFFF, 20_000, 7, bytes([60, 1, 2]))))
    assert (13, bytes([60, 1, 2])) == (heard_by(lab, 1)[-1].payload_type, heard_by(lab, 1)[-1].payload)


def test_a_pause_without_packets_ends_transcoding_and_speech_begins_it_with_a_marker(lab: Lab) -> None:
    connect(lab, 0, "PCMU", send_silence=False)
    connect(lab, 1, "G722", send_silence=False)
    lab.post(records.bridge(lab.handle(0), lab.handle(1)))
    speak(lab, 0, "PCMU", tone(10))
    for _ in range(150):
        lab.turn(20)
    before = len(heard_by(lab, 1))
    assert before < 10 + 60
    words = g711.encode("PCMU", tone(1)).tobytes()
    for n in range(10):
        stream = 65543 + n & 0xFFFF, 2**32 - 500 + 1600 + 24_000 + 160 * n & 0xFFFFFFFF, 7
        lab.say(0, 0, packet.build(Packet(0, *stream, words)))
        lab.turn(20)
    after = heard_by(lab, 1)[before:]
    assert [True] + [False] * 8 == [one.marker for one in after][:9]
