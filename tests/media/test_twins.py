"""Each compiled kernel equals its plain twin, on inputs nobody would think of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.audio import inband
from media.codecs import g711
from media.kernels import _loop, reference
from tests.media.harness import noise

laws = st.integers(0, 1)
u32 = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**31, 2**32 - 1]))
near = st.integers(0, 9)


@given(laws, st.binary(max_size=400))
def test_code_words_decode_and_cross_to_the_other_law_alike(law: int, codes: bytes) -> None:
    assert reference.g711_decode(law, codes) == _loop.g711_decode(law, codes)
    assert reference.g711_transcode(law, codes) == _loop.g711_transcode(law, codes)


def test_every_16_bit_sample_encodes_alike_in_both_laws() -> None:
    samples = np.arange(-32768, 32768).astype(np.int16).tobytes()
    assert [reference.g711_encode(law, samples) for law in (0, 1)] == [
        _loop.g711_encode(law, samples) for law in (0, 1)
    ]


def test_every_code_word_survives_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    once = [_loop.g711_encode(law, _loop.g711_decode(law, codes)) for law in (0, 1)]
    assert codes.replace(b"\x7f", b"\xff") == once[0]  # mu-law has two zeroes
    assert codes == once[1]


@given(st.binary(max_size=80))
def test_any_datagram_parses_alike(data: bytes) -> None:
    assert reference.rtp_parse(data) == _loop.rtp_parse(data)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(min_size=10, max_size=60))
def test_any_datagram_that_looks_like_rtp_parses_alike(first: int, second: int, rest: bytes) -> None:
    data = bytes([0x80 | first & 0x3F, second]) + rest
    assert reference.rtp_parse(data) == _loop.rtp_parse(data)


arrivals = st.lists(
    st.tuples(st.integers(0, 10**10), st.integers(1, 3), st.integers(7, 8), u32, st.integers(1, 3), near), max_size=60
)


@settings(max_examples=300)
@given(st.booleans(), arrivals)
def test_the_source_rule_judges_alike(nat: bool, packets: list[tuple[int, ...]]) -> None:
    rows = np.array(packets, reference.ARRIVAL).tobytes()
    assert reference.latch_run(1, 1, 2, nat, rows) == _loop.latch_run(1, 1, 2, nat, rows)


steps = st.one_of(st.integers(-3, 3), st.sampled_from([0, 1, 1, 1, -64, -99, -100, 101, 2999, 3000, 30_000, -30_000]))
streams = st.lists(
    st.tuples(st.integers(-300, 300), st.integers(0, 20), steps, st.sampled_from([160, 160, 0, 80, -9000, 9000])),
    max_size=120,
)


@settings(max_examples=400)
@given(st.integers(0, 65535), u32, streams)
def test_order_loss_and_jitter_are_counted_alike(sequence: int, timestamp: int, stream: list[tuple[int, ...]]) -> None:
    rows, now = [], 10**9
    for delay, source, step, advance in stream:
        now += max(0, 160 + delay) * reference.NS_PER_SAMPLE
        sequence, timestamp = (sequence + step) & 0xFFFF, (timestamp + advance) & 0xFFFFFFFF
        rows.append((now, 0, 1 if source else 2, timestamp, 0, sequence))
    data = np.array(rows, reference.ARRIVAL).tobytes()
    assert reference.stats_run(data) == _loop.stats_run(data)


keys = st.lists(
    st.tuples(
        st.integers(0, 200_000_000),
        st.sampled_from([0, 0, 0, 1, 800, 1600, 0xF000, 65535, -800, -90_000]),
        st.booleans(),
        st.sampled_from([0, 3, 4, 4, 4]),
        st.tuples(st.sampled_from([1, 2, 15, 16, 255]), st.sampled_from([0x0A, 0x8A, 0x3F]), st.integers(0, 255), near),
        st.sampled_from([1, 1, 1, 1, 0, -1, -3, 2, 30_000]),
    ),
    max_size=60,
)


@settings(max_examples=400)
@given(keys)
def test_key_presses_are_told_alike(packets: list[tuple[int, int, bool, int, tuple[int, ...], int]]) -> None:
    rows, now, timestamp, sequence = [], 10**9, 1000, 65530
    for wait, advance, marker, size, payload, step in packets:
        now, timestamp, sequence = now + wait, (timestamp + advance) & 0xFFFFFFFF, sequence + step & 0xFFFF
        rows.append((now, timestamp, marker, size, payload, b"", sequence))
    data = np.array(rows, reference.KEY).tobytes()
    assert reference.dtmf_run(data) == _loop.dtmf_run(data)


@given(
    st.text("0123456789*#ABCDx", max_size=12),
    st.integers(1, 3000),
    st.integers(0, 3000),
    st.sampled_from([80, 160, 240]),
)
def test_keys_are_sent_alike(digits: str, tone: int, gap: int, frames: int) -> None:
    arguments = digits.encode(), tone, gap, frames
    assert reference.dtmf_send(*arguments) == _loop.dtmf_send(*arguments)


pieces = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 500), st.integers(0, 400), st.floats(0, 1), st.integers(0, 3000)),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(pieces, st.integers(0, 2**32 - 1))
def test_tones_are_heard_alike(keys: list[tuple[int, int, int, float, int]], seed: int) -> None:
    parts = []
    for event, length, gap, gain, hiss in keys:
        samples = np.concatenate([inband.tone(event, length) * gain, np.zeros(gap)])
        parts.append(samples + np.random.default_rng(seed).normal(0, hiss / 3, len(samples)))
    sound = np.clip(np.concatenate([*parts, np.zeros(800)]), -32768, 32767).astype(np.int16).tobytes()
    assert reference.inband_run(sound) == _loop.inband_run(sound)


@given(
    laws,
    st.text("0123456789*#ABCDx", max_size=5),
    st.integers(1, 900),
    st.integers(0, 900),
    st.sampled_from([80, 160, 240]),
)
def test_tones_are_made_alike(law: int, digits: str, tone: int, gap: int, frames: int) -> None:
    arguments = law, digits.encode(), tone, gap, frames
    assert reference.inband_send(*arguments) == _loop.inband_send(*arguments)


spells = st.lists(
    st.tuples(
        st.sampled_from([440, 1050, 1062, 1100, 1138, 2085, 2100, 2300]),
        st.sampled_from([0, 60, 300, 5000, 20_000]),
        st.integers(1, 12),
        st.sampled_from([0, 0, 300, 4000]),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(laws, spells)
def test_fax_machines_are_heard_alike(law: int, story: list[tuple[int, int, int, int]]) -> None:
    rng, parts = np.random.default_rng(9), [np.zeros(0)]
    for hertz, peak, packets, hiss in story:
        at = np.arange(160 * packets)
        parts.append(peak * np.sin(2 * np.pi * hertz * at / 8000) + rng.normal(0, hiss / 3 + 1e-9, len(at)))
    codes = g711.encode(reference.LAWS[law], np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)).tobytes()
    assert reference.fax_run(law, codes) == _loop.fax_run(law, codes)


puts = st.lists(
    st.tuples(
        st.integers(0, 3 * 10**9),
        u32 | st.integers(0, 20_000),
        st.integers(0, 400),
        laws,
        laws,
        st.integers(0, 240),
        st.booleans(),
    ),
    max_size=30,
)


@given(puts)
@example([(20_000_000 * n, 160 * (n + n // 5), 160 * n % 400, 0, 0, 160, n % 3 == 2) for n in range(30)])
def test_recorded_audio_lands_in_the_same_places(rows: list[tuple[int, ...]]) -> None:
    data = np.array([(*row, b"") for row in rows], reference.PUT).tobytes()
    assert reference.record_run(data, noise(1, 600)) == _loop.record_run(data, noise(1, 600))


def test_comfort_noise_has_the_level_it_was_told_in_both() -> None:
    for level in range(128):
        steps = [(0, 0, 7, 0, 160, 0, reference.PUSH, 0), (160, 160, 7, 1, 0, 0, reference.REST, level)]
        steps += [(160 * n, 0, 0, 0, 160, 0, reference.PULL, 0) for n in range(2, 12)]
        data = np.array(steps, reference.SOUND).tobytes()
        sound = np.frombuffer(_loop.playout_run(1, data, bytes(320)), np.int16)[-1280:].astype(float)
        assert reference.playout_run(1, data, bytes(320)) == _loop.playout_run(1, data, bytes(320))
        wanted = 32768 * 10 ** (-max(level, 30) / 20)
        assert abs(np.sqrt((sound**2).mean()) - wanted) < wanted * 0.1 + 1


@pytest.mark.parametrize("run", [reference.playout_run, _loop.playout_run])
def test_what_nobody_hears_is_not_made_up_and_whoever_listens_next_has_it_faded_in(run: Callable[..., bytes]) -> None:
    voice = (np.sin(np.arange(160) * 2 * np.pi / 80) * 8000).astype(np.int16)

    def heard(odd: int) -> list[NDArray[np.int16]]:
        pushes = [(160 * n, 160 * n, 7, n, 160, 0, reference.PUSH, 0) for n in (0, 1, 2, 4, 5, 6)]
        pulls = [(80 + 160 * n + 160, 0, 0, 0, 160, 0, reference.PULL, odd) for n in range(7)]
        steps = np.array(sorted(pushes + pulls), reference.SOUND).tobytes()
        return np.split(np.frombuffer(run(1, steps, voice.tobytes()), np.int16), 7)

    made_up, left_out = heard(0), heard(1)
    lacking = [n for n in range(7) if not np.array_equal(made_up[n], left_out[n])]
    first = lacking[0]
    assert abs(made_up[first].astype(int)).max() > 4000
    assert not left_out[first][-80:].any()
    after = left_out[first + 1].astype(int)
    assert abs(after[:4]).max() < 2500
    assert abs(after[40:]).max() > 6000


moments = st.lists(
    st.tuples(
        st.sampled_from([0, 20, 80, 160, 160, 160, 170, 400, 3000, 20_000]),  # passes
        st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1, 1, -1, -2, 30, 300]),  # so many packets are left out
        st.sampled_from([0, 0, 0, 0, 0, 0, -50, 1, 480, 8000, -8000, 10**6]),  # its clock jumps
        st.sampled_from([80, 160, 160, 160, 240, 480]),
        st.integers(0, 4000),
        st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3]),
        st.sampled_from([80, 160, 160, 480]),
        st.integers(0, 255),
    ),
    min_size=2,
    max_size=80,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([1, 2]), moments, st.integers(0, 2**32 - 1), st.sampled_from([0, 700, 30_000]))
def test_what_is_played_out_sounds_alike(width: int, story: list[tuple[int, ...]], start: int, loudness: int) -> None:
    """Packets that come, get lost, overtake each other and jump, noise that is announced, and somebody who listens."""
    sound = (np.random.default_rng(5).integers(-1000, 1001, 6000) * loudness // 1000).astype(np.int16).tobytes()
    steps, now, sequence, stamp = [], 10**12, start & 0xFFFF, start
    for passes, left_out, jump, frames, offset, kind, listened, level in story:
        now += passes
        sequence, stamp = (sequence + 1 + left_out) & 0xFFFF, (stamp + frames * (1 + left_out) + jump) & 0xFFFFFFFF
        ssrc, what = (8 if kind == 3 else 7), (reference.REST if kind == 1 else reference.PUSH)
        steps.append((now, stamp, ssrc, sequence, frames, offset, what, level))
        if kind != 2:
            steps.append((now + 40, 0, 0, 0, listened, 0, reference.PULL, int(level % 3 == 0)))
    data = np.array(steps, reference.SOUND).tobytes()
    assert reference.playout_run(width, data, sound) == _loop.playout_run(width, data, sound)
