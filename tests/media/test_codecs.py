"""The codecs by themselves: G.722 against known octets, Opus and L16 there and back, half-band filters in a stream."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.audio import halfband
from media.codecs import g722, l16, opus, voice


def tone(rate: int, hertz: float, seconds: float = 0.5) -> NDArray[np.int16]:
    return np.round(8000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def steps(count: int) -> NDArray[np.int16]:
    """A sound of whole numbers only, loud and soft, the same on every machine."""
    n = np.arange(count)
    return ((n * 7919 % 4001 - 2000) * (n // 160 % 9)).astype(np.int16)


def loudness(samples: NDArray[np.int16], hertz: float, rate: int) -> float:
    """The amplitude at one frequency."""
    part = samples[rate // 10 :].astype(float)
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / rate)
    return float(2 * abs(part @ turn) / len(part))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


@pytest.mark.parametrize(
    "rate, octets, samples",
    [(8000, "e7287dec0d2f579e", "8ef6bc0c9c0fbfb4"), (16000, "c85b0bd011deb98c", "fbb6cd969f4f77a5")],
)
def test_g722_gives_the_octets_and_samples_of_an_independent_codec(rate: g722.Rate, octets: str, samples: str) -> None:
    coded = g722.Encoder(rate).encode(steps(4800))
    assert octets == digest(coded)
    assert samples == digest(g722.Decoder(rate).decode(coded).astype("<i2").tobytes())


@pytest.mark.parametrize("hertz", [300, 1000, 3000, 5000, 6500])
def test_wide_g722_carries_seven_kilohertz(hertz: float) -> None:
    heard = g722.Decoder(16000).decode(g722.Encoder(16000).encode(tone(16000, hertz)))
    assert loudness(heard, hertz, 16000) == pytest.approx(8000, rel=0.1)


@pytest.mark.parametrize("hertz", [300, 1000, 3000])
def test_narrow_and_wide_g722_understand_each_other(hertz: float) -> None:
    wide_to_narrow = g722.Decoder(8000).decode(g722.Encoder(16000).encode(tone(16000, hertz)))
    assert loudness(wide_to_narrow, hertz, 8000) == pytest.approx(8000, rel=0.15)
    narrow_to_wide = g722.Decoder(16000).decode(g722.Encoder(8000).encode(tone(8000, hertz)))
    assert loudness(narrow_to_wide, hertz, 16000) == pytest.approx(8000, rel=0.15)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_loud_noise_stays_within_sixteen_bits_of_g722(rate: g722.Rate) -> None:
    noise = np.random.default_rng(1).integers(-32768, 32768, 3200).astype(np.int16)
    coded = g722.Encoder(rate).encode(noise)
    assert 3200 * 8000 // rate == len(coded)
    assert 3200 == len(g722.Decoder(rate).decode(coded))


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@pytest.mark.parametrize("ms", [5, 10, 20, 30, 40, 50, 60, 120])
def test_opus_packets_of_every_length_say_what_was_said(rate: opus.Rate, ms: int) -> None:
    encoder, decoder, size = opus.Encoder(rate), opus.Decoder(rate), rate * ms // 1000
    said = tone(rate, 700, 0.6)
    packets = [encoder.encode(said[at : at + size]) for at in range(0, len(said) - size + 1, size)]
    assert {8 * ms} == {opus.frames(packet) for packet in packets}
    heard = np.concatenate([decoder.decode(packet) for packet in packets])
    assert loudness(heard, 700, rate) == pytest.approx(8000, rel=0.15)


def test_a_lost_opus_packet_is_concealed() -> None:
    encoder, decoder = opus.Encoder(), opus.Decoder()
    said = tone(8000, 400)
    for at in range(0, 1600, 160):
        decoder.decode(encoder.encode(said[at : at + 160]))
    assert loudness(np.tile(decoder.recover(None, 160), 10), 400, 8000) > 3000


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_payload_breaks_a_decoder(payload: bytes) -> None:
    for coding in voice.CODINGS:
        heard = voice.Voice(coding.number).decode(payload)
        assert len(heard) <= voice.FRAMES_MAX


def test_a_coding_that_is_missing_is_not_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opus, "available", lambda: False)
    assert ("PCMU", "PCMA", "G722", "L16/8000", "L16/16000") == voice.available()
    assert 0 == voice.Voice(voice.NUMBERS["opus"]).number


@given(st.lists(st.integers(-32768, 32767), max_size=400))
def test_l16_loses_nothing(samples: list[int]) -> None:
    assert samples == l16.decode(l16.encode(np.array(samples, np.int16))).tolist()
    assert samples == l16.decode(l16.encode(np.array(samples, np.int16)) + b"\0").tolist()


@given(st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_a_filter_fed_in_pieces_gives_what_it_gives_at_once(sizes: list[int]) -> None:
    whole = np.random.default_rng(2).integers(-32768, 32768, 2 * sum(sizes)).astype(np.int16)
    down, up, low, high, at = halfband.Down(), halfband.Up(), [], [], 0
    for size in sizes:
        low.append(down.run(whole[2 * at : 2 * (at + size)]))
        high.append(up.run(whole[at : at + size]))
        at += size
    assert halfband.Down().run(whole).tolist() == np.concatenate(low).tolist()
    assert halfband.Up().run(whole[:at]).tolist() == np.concatenate(high).tolist()


def test_the_half_band_keeps_speech_and_takes_away_what_would_fold() -> None:
    assert loudness(halfband.Down().run(tone(16000, 3000)), 3000, 8000) == pytest.approx(8000, rel=0.01)
    assert loudness(halfband.Down().run(tone(16000, 5000)), 3000, 8000) < 8
    up = halfband.Up().run(tone(8000, 3000))
    assert loudness(up, 3000, 16000) == pytest.approx(8000, rel=0.01)
    assert loudness(up, 5000, 16000) < 8


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3000), max_size=60))
def test_a_clock_of_another_rate_is_followed_over_its_turn(start: int, gaps: list[int]) -> None:
    heard = voice.Voice(voice.NUMBERS["opus"])
    first, at = heard.stamp(start), start
    for gap in gaps:
        at += 120 * gap
        assert (at - start) // 6 % 2**32 == (heard.stamp(at % 2**32) - first) % 2**32


@pytest.mark.parametrize(
    "duration, from_scale, to_scale, expected", [(960, 6, 1, 160), (160, 1, 6, 960), (20000, 1, 6, 65535), (7, 1, 1, 7)]
)
def test_an_event_has_its_duration_on_another_clock(
    duration: int, from_scale: int, to_scale: int, expected: int
) -> None:
    payload = bytes([5, 0x8A]) + duration.to_bytes(2, "big")
    assert bytes([5, 0x8A]) + expected.to_bytes(2, "big") == voice.scale_event(payload, from_scale, to_scale)
