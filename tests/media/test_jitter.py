"""The play-out buffer on known traces: how much delay it chooses, how much it loses; and the concealment behind it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.audio.conceal import HISTORY, Concealer, period_of
from media.rtp.jitter import DELAY_MAX, DELAY_MIN, Arrival, Counts, Jitter

MS = 8
Packet = tuple[int, int, int, int]  # sent, sequence, timestamp, size
SECONDS = 20


def voice(position: int, count: int) -> NDArray[np.int16]:
    """Talks for 700 ms, is quiet for 300 ms; sample p is known by p."""
    at = position + np.arange(count)
    return np.where(at // (100 * MS) % 10 < 7, 4000 + at % 1000, 0).astype(np.int16)


def steady(ms: int = 20, seconds: int = SECONDS) -> list[Packet]:
    return [(n * ms * MS, n, n * ms * MS, ms * MS) for n in range(seconds * 1000 // ms)]


def play(trace: list[tuple[int, Packet]], jitter: Jitter | None = None, tick_ms: int = 20) -> Jitter:
    """Arrivals at their times, a pull every tick."""
    jitter = jitter or Jitter()
    waiting = sorted(trace, key=lambda one: one[0])
    end = waiting[-1][0]
    for now in range(60, end, tick_ms * MS):
        while waiting and waiting[0][0] <= now:
            arrival, (_, sequence, timestamp, size) = waiting.pop(0)
            jitter.push(7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, voice(timestamp, size), arrival)
        jitter.pull(tick_ms * MS, now)
    return jitter


def delayed(packets: list[Packet], delay_ms: list[float]) -> list[tuple[int, Packet]]:
    return [(one[0] + int(MS * delay), one) for one, delay in zip(packets, delay_ms, strict=True)]


def lost(counts: Counts) -> float:
    return counts.missing / counts.played


def test_a_steady_stream_has_the_least_delay_and_loses_nothing() -> None:
    jitter = play(delayed(steady(), [30.0] * 1000))
    assert (80, 0) == (jitter.target, jitter.counts.late)
    assert lost(jitter.counts) < 0.002


@pytest.mark.parametrize(
    "spread_ms, target_ms, loss", [(5, (10, 10), 0.01), (40, (37, 41), 0.035), (100, (94, 101), 0.035)]
)
def test_the_delay_follows_even_jitter(spread_ms: int, target_ms: tuple[int, int], loss: float) -> None:
    rng = random.Random(1)
    jitter = play(delayed(steady(), [rng.uniform(0, spread_ms) for _ in range(1000)]))
    assert target_ms[0] * MS <= jitter.target <= target_ms[1] * MS
    assert lost(jitter.counts) < loss


def test_single_spikes_cost_their_packets_and_no_delay() -> None:
    jitter = play(delayed(steady(), [200.0 if n % 100 == 50 else 5.0 for n in range(1000)]))
    assert jitter.target <= 25 * MS
    assert lost(jitter.counts) < 0.02
    assert 10 == jitter.counts.late


def test_a_burst_of_delay_raises_the_target_at_once_and_it_falls_slowly() -> None:
    delays = [5.0] * 300 + [5.0 + (n % 5) * 30 for n in range(100)] + [5.0] * 600
    packets = steady()
    burst = play(delayed(packets, delays)[:400])
    assert burst.target >= 100 * MS
    after = play(delayed(packets, delays)[:700])
    assert 100 * MS > after.target > 20 * MS
    assert play(delayed(packets, delays)).target < burst.target


def test_the_delay_has_a_ceiling() -> None:
    rng = random.Random(2)
    jitter = play(delayed(steady(), [rng.uniform(0, 900) for _ in range(1000)]))
    assert DELAY_MAX == jitter.target


@pytest.mark.parametrize("percent", [1, 5, 20])
def test_what_the_network_lost_is_missing_and_nothing_more(percent: int) -> None:
    rng = random.Random(3)
    kept = [one for one in steady() if rng.random() >= percent / 100]
    jitter = play(delayed(kept, [5.0] * len(kept)))
    assert percent / 100 == pytest.approx(lost(jitter.counts), abs=0.015)
    assert 0 == jitter.counts.late


def test_order_within_the_delay_is_put_right() -> None:
    jitter = play(delayed(steady(), [25.0 if n % 7 == 3 else 2.0 for n in range(1000)]))
    assert lost(jitter.counts) < 0.01


@pytest.mark.parametrize("tick_ms", [10, 20, 30, 60])
def test_packets_of_mixed_length_fit_ticks_of_any_length(tick_ms: int) -> None:
    packets, at = [], 0
    for n in range(800):
        size = (10, 20, 30, 40, 60)[n % 5] * MS
        at += size
        packets.append((at, n, at - size, size))
    jitter = play(delayed(packets, [3.0] * len(packets)), tick_ms=tick_ms)
    assert lost(jitter.counts) < 0.02


def test_a_pause_of_the_sender_is_silence_and_no_loss() -> None:
    packets = [(n * 160 + (n // 100) * 16000, n, n * 160 + (n // 100) * 16000, 160) for n in range(600)]
    jitter = play(delayed(packets, [5.0] * 600))
    assert (0, 0) == (jitter.counts.restarts, jitter.counts.late)


@pytest.mark.parametrize("what", ["timestamp", "ssrc"])
def test_another_stream_begins_anew(what: str) -> None:
    jitter = Jitter()
    for n in range(50):
        jitter.push(7, n, 160 * n, voice(160 * n, 160), 160 * n)
        jitter.pull(160, 160 * n + 80)
    ssrc, shift = (7, 900_000) if what == "timestamp" else (8, 0)
    assert Arrival.BEGAN is jitter.push(ssrc, 50, 8000 + shift, voice(0, 160), 8000)
    heard = [jitter.pull(160, 8000 + 160 * n)[1].any() for n in range(1, 4)]
    assert True in heard
    assert 1 == jitter.counts.restarts


def test_a_sender_with_a_slow_clock_is_followed_in_its_pauses() -> None:
    packets = [(int(n * 160 * 1.0005), n, n * 160, 160) for n in range(3000)]
    jitter = play(delayed(packets, [5.0] * 3000))
    assert jitter.counts.waited > 0
    assert lost(jitter.counts) < 0.01


def test_sequence_and_timestamp_may_turn_over() -> None:
    packets = [(n * 160, 65500 + n, 2**32 - 3000 + n * 160, 160) for n in range(200)]
    jitter = Jitter()
    for sent, sequence, timestamp, size in packets:
        jitter.push(7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, voice(timestamp, size), sent)
        jitter.pull(160, sent + 80)
    assert (0, 0) == (jitter.counts.restarts, jitter.counts.late)


events = st.lists(
    st.tuples(
        st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(0, 1500), st.integers(0, 1), st.integers(0, 9)
    ),
    max_size=60,
)


@given(events)
@settings(max_examples=200, deadline=None)
def test_whatever_comes_a_tick_gives_its_samples_within_the_limits(story: list[tuple[int, int, int, int, int]]) -> None:
    jitter, now = Jitter(), 0
    for sequence, timestamp, size, ssrc, pass_ms in story:
        now += pass_ms * MS * 10
        jitter.push(ssrc, sequence, timestamp, voice(timestamp, size), now)
        samples, here, paused = jitter.pull(160, now)
        assert (160, 160, 160) == (len(samples), len(here), len(paused))
        assert not samples[~here].any()
        assert not (here & paused).any()
        assert DELAY_MIN <= jitter.target <= DELAY_MAX


@pytest.mark.parametrize("period", [45, 64, 80, 110])
def test_the_pitch_is_found(period: int) -> None:
    sound = (8000 * np.sign(np.sin(2 * np.pi * np.arange(HISTORY) / period + 0.01))).astype(np.int16)
    assert 0 == period_of(sound) % period or abs(period_of(sound) - period) <= 1


def test_a_gap_is_filled_with_the_voice_and_fades_to_silence() -> None:
    sound = (8000 * np.sin(2 * np.pi * np.arange(1600) / 64)).astype(np.int16)
    here = np.ones(1600, np.bool_)
    here[800:960] = False
    filled = Concealer().fill(np.where(here, sound, 0).astype(np.int16), here)
    assert np.abs(filled[800:880].astype(int) - sound[800:880]).max() < 200
    assert (sound[:800] == filled[:800]).all()
    assert (sound[1000:] == filled[1000:]).all()
    assert np.abs(np.diff(filled.astype(int))).max() < 2000
    long = np.ones(1600, np.bool_)
    long[800:] = False
    faded = Concealer().fill(np.where(long, sound, 0).astype(np.int16), long)
    assert 0 == np.abs(faded[1290:]).max()
    assert 0 < np.abs(faded[1200:1270]).max() < 3000


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 300)), max_size=20), st.integers(0, 2**31))
@settings(max_examples=100, deadline=None)
def test_samples_in_pieces_are_concealed_like_the_whole(parts: list[tuple[bool, int]], seed: int) -> None:
    here = np.concatenate([np.zeros(0, np.bool_), *(np.full(size, on) for on, size in parts)]).astype(np.bool_)
    sound = np.random.default_rng(seed).integers(-32768, 32768, len(here)).astype(np.int16)
    filled = Concealer().fill(sound, here)
    assert len(sound) == len(filled)
