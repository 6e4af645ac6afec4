"""DTMF in the audio against ITU-T Q.23 and Q.24: what must be heard, what must not, speech, and the way over a bridge."""

from __future__ import annotations

import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.audio import inband, prompt
from media.codecs import g711, g722
from media.kernels import _loop
from media.plane import records
from media.plane.events import Digit, PlayDone
from media.plane.records import Kind
from media.rtp.dtmf import CHARACTERS
from tests.conftest import NIGHTLY
from tests.media.harness import Phone, Rig, eventually, is_continuous
from tests.media.workshop import Workshop

PROMPTS = Path(__file__).parents[2] / "media" / "prompts"
FULL_SCALE_DBM0 = 3.17
Sound = NDArray[np.float64]
SEEDS = 30 if NIGHTLY else 5
"""Of two minutes each."""
SPEEDS = np.arange(0.7, 1.5, 0.02) if NIGHTLY else (0.75, 0.85, 0.95, 1.0, 1.05, 1.2, 1.4)


def pair(
    event: int, ms: float, low_dbm0: float = -10, high_dbm0: float = -10, low_off: float = 0, high_off: float = 0
) -> Sound:
    """Two tones, their levels, and how far off (a share of the frequency) they are."""
    row, column = next((r, c) for r, c in product(range(4), range(4)) if inband.EVENTS[r][c] == event)
    t = np.arange(int(ms * 8)) / 8000
    both = ((inband.ROWS[row], low_dbm0, low_off, 0.3), (inband.COLUMNS[column], high_dbm0, high_off, 1.1))
    waves = [
        10 ** ((db - FULL_SCALE_DBM0) / 20) * np.sin(2 * np.pi * f * (1 + off) * t + turn) for f, db, off, turn in both
    ]
    return 32768 * sum(waves)


def heard(*parts: Sound, hiss: float = 0, law: g711.Law = "PCMU") -> str:
    sound = np.concatenate([*parts, np.zeros(1600)])
    sound = sound + np.random.default_rng(len(sound)).normal(0, 1, len(sound)) * hiss
    samples = g711.decode(law, g711.encode(law, np.clip(sound, -32768, 32767).astype(np.int16)))
    return "".join(CHARACTERS[event] for _, event, _ in _loop.inband_run(samples.tobytes()))


def told(
    count: int, ms: float, gap_ms: float, snr_db: float | None = None, law: g711.Law = "PCMU", **how: float
) -> tuple[int, int]:
    """Of all sixteen keys `count` times each, at different places of the windows: how many right, how many wrong."""
    right = wrong = 0
    for event in range(16):
        one = pair(event, ms, **how)
        hiss = 0 if snr_db is None else float(np.sqrt((one**2).mean())) * 10 ** (-snr_db / 20)
        parts = [part for n in range(count) for part in (np.zeros(int(gap_ms * 8) + 7 * (n % 15)), one)]
        digits = heard(*parts, hiss=hiss, law=law)
        right += digits.count(CHARACTERS[event])
        wrong += len(digits) - digits.count(CHARACTERS[event])
    return right, wrong


MUST = [
    ("shortest tone and pause", {}),
    ("strongest", {"low_dbm0": -1, "high_dbm0": -1}),
    ("weakest of North America and Europe", {"low_dbm0": -25, "high_dbm0": -25}),
    ("weakest of Brazil and Denmark", {"low_dbm0": -30, "high_dbm0": -30}),
    ("the column 8 dB weaker", {"low_dbm0": -8, "high_dbm0": -16}),
    ("the row 4 dB weaker", {"low_dbm0": -12, "high_dbm0": -8}),
    ("both 1.5 % high", {"low_off": 0.015, "high_off": 0.015}),
    ("both 1.5 % low", {"low_off": -0.015, "high_off": -0.015}),
    ("1.5 % together", {"low_off": 0.015, "high_off": -0.015}),
    ("1.5 % and 2 Hz apart", {"low_off": -0.015 - 2 / 697, "high_off": 0.015 + 2 / 1209}),
    ("noise 15 dB below", {"snr_db": 15}),
    (
        "noise, twist and error at once",
        {"snr_db": 15, "low_dbm0": -8, "high_dbm0": -15, "low_off": 0.015, "high_off": 0.015},
    ),
]


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
@pytest.mark.parametrize("how", [how for _, how in MUST], ids=[name for name, _ in MUST])
def test_every_key_of_40_ms_with_40_ms_between_is_heard(how: dict[str, float], law: g711.Law) -> None:
    assert (16 * 15, 0) == told(15, 40, 40, law=law, **how)


MUST_NOT = [
    ("23 ms", 23, {}),
    ("the row 3.5 % high", 100, {"low_off": 0.035}),
    ("the row 3.5 % low", 100, {"low_off": -0.035}),
    ("the column 3.5 % high", 100, {"high_off": 0.035}),
    ("the column 3.5 % low", 100, {"high_off": -0.035}),
    ("nearly nothing", 100, {"low_dbm0": -45, "high_dbm0": -45}),
    ("the row 5 % low and the column 5 % high", 100, {"low_off": -0.05, "high_off": 0.05}),
    ("both 3.5 % high", 100, {"low_off": 0.035, "high_off": 0.035}),
    ("both 3.5 % low", 100, {"low_off": -0.035, "high_off": -0.035}),
    ("the column 14 dB weaker", 100, {"low_dbm0": -6, "high_dbm0": -20}),
    ("the row 10 dB weaker", 100, {"low_dbm0": -20, "high_dbm0": -10}),
    ("a row alone", 100, {"high_dbm0": -60}),
    ("a column alone", 100, {"low_dbm0": -60}),
    ("more noise than tone", 100, {"snr_db": -3}),
]


@pytest.mark.parametrize(("ms", "how"), [row[1:] for row in MUST_NOT], ids=[row[0] for row in MUST_NOT])
def test_what_is_no_key_is_not_heard(ms: float, how: dict[str, float]) -> None:
    assert (0, 0) == told(10, ms, 40, **how)


def test_a_break_of_10_ms_within_a_key_does_not_make_two() -> None:
    for event, shift in product(range(16), range(0, 102, 17)):
        broken = pair(event, 200)
        broken[600 + shift : 680 + shift] = 0
        assert CHARACTERS[event] == heard(np.zeros(400), broken)


def test_a_key_right_after_another_is_heard() -> None:
    assert "15" == heard(pair(1, 80), pair(5, 80))


def test_all_tones_that_we_make_are_heard_with_their_length() -> None:
    for law in (0, 1):
        codes = np.frombuffer(_loop.inband_send(law, CHARACTERS.encode(), 800, 800, 160), np.uint8)
        samples = g711.decode(("PCMU", "PCMA")[law], codes).tobytes()
        presses = _loop.inband_run(samples)
        assert list(range(16)) == [event for _, event, _ in presses]
        assert 400 > max(abs(duration - 800) for _, _, duration in presses)


def speech() -> NDArray[np.int16]:
    """All that is spoken and played by the system's own prompts."""
    sounds = [g711.decode("PCMU", prompt.from_wave(path.read_bytes())) for path in sorted(PROMPTS.rglob("*.wav"))]
    return np.concatenate(sounds)


def syllables(seconds: int, seed: int) -> NDArray[np.int16]:
    """Voiced sounds with gliding pitch and three formants, hisses and pauses: steadier than any talker."""
    random, parts, done = np.random.default_rng(seed), [], 0
    while done < seconds * 8000:
        length = int(random.uniform(0.08, 0.35) * 8000)
        t = np.arange(length) / length
        pitch = random.uniform(80, 300) * (1 + random.uniform(-0.2, 0.2) * t)
        turn, mean = 2 * np.pi * np.cumsum(pitch) / 8000, float(pitch.mean())
        formants = (
            (random.uniform(300, 900), 80, 1.0),
            (random.uniform(900, 2300), 120, 0.6),
            (random.uniform(2300, 3200), 200, 0.3),
        )
        wave = np.zeros(length)
        for k in range(1, int(3600 / mean)):
            strength = sum(w / (1 + ((k * mean - f) / b) ** 2) for f, b, w in formants)
            wave += strength * np.sin(k * turn + random.uniform(0, 6))
        wave *= np.hanning(length) ** 0.5 * 10 ** random.uniform(2.8, 4.4) / np.abs(wave).max()
        parts += [wave + random.normal(0, 100, length), random.normal(0, 60, int(random.uniform(0, 0.2) * 8000))]
        if random.random() < 0.2:
            parts.append(random.normal(0, random.uniform(200, 2000), 800))
        done += length
    return np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)


def test_no_digit_is_heard_in_speech_at_any_pitch() -> None:
    sound = speech()
    assert 90 < len(sound) / 8000
    for speed in SPEEDS:
        at = np.arange(int(len(sound) / speed)) * speed
        assert [] == _loop.inband_run(np.interp(at, np.arange(len(sound)), sound).astype(np.int16).tobytes())


@pytest.mark.timeout(3600 if NIGHTLY else 120)
def test_no_digit_is_heard_in_ten_minutes_of_syllables_at_night_in_an_hour() -> None:
    assert [] == [press for seed in range(SEEDS) for press in _loop.inband_run(syllables(120, seed).tobytes())]


def test_a_key_is_heard_over_speech_of_the_far_end_echoed() -> None:
    sound = speech()[:16000] * 0.02
    sound[8000:8800] += pair(7, 100)
    assert "7" == heard(sound)


def whistle(phone: Phone, port: int, digits: str, ms: int = 100) -> None:
    sound = np.concatenate([np.concatenate([pair(CHARACTERS.index(d), ms), np.zeros(800)]) for d in digits])
    codes = g711.encode("PCMU", np.clip(sound, -32768, 32767).astype(np.int16)).tobytes()
    for at in range(0, len(codes) - 159, 160):
        phone.say(codes[at : at + 160], port)


def listened(phone: Phone, law: g711.Law = "PCMU") -> str:
    codes = b"".join(p.payload for p in phone.packets() if p.payload_type in (0, 8))
    samples = g711.decode(law, np.frombuffer(codes, np.uint8))
    sound = np.concatenate([samples, np.zeros(1600, np.int16)])
    return "".join(CHARACTERS[event] for _, event, _ in _loop.inband_run(sound.tobytes()))


def test_a_leg_that_does_not_listen_tells_no_tones(rig: Rig) -> None:
    _, port, ann = rig.call(0)
    whistle(ann, port, "1")
    ann.press(2, port)
    assert [ord("2")] == [int(event["code"]) for event in rig.wait_event(Kind.DIGIT)]


def test_tones_become_events_on_the_way_to_a_far_end_that_takes_them(rig: Rig) -> None:
    a, a_port, ann = rig.call(0, dtmf_payload_type=None)
    b, _, ben = rig.call(1)
    rig.post(records.tones(a, True), records.bridge(a, b))
    rig.settled()
    whistle(ann, a_port, "1")
    eventually(lambda: [p for p in ben.packets() if p.payload_type == 101 and p.payload[1] & 0x80], "an end at ben")
    digits = rig.wait_event(Kind.DIGIT)
    assert [(ord("1"), 1)] == [(int(event["code"]), int(event["b"])) for event in digits]
    assert {1} == {p.payload[0] for p in ben.packets() if p.payload_type == 101}
    assert "" == listened(ben)
    assert is_continuous(ben.packets())


def test_events_become_tones_on_the_way_to_a_far_end_that_takes_none(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1, "PCMA", dtmf_payload_type=None)
    rig.post(records.bridge(a, b))
    rig.settled()
    ann.press(9, a_port)
    rig.wait_event(Kind.DTMF_SENT)
    assert {8} == {p.payload_type for p in ben.packets()}
    assert "9" == listened(ben, "PCMA")
    assert is_continuous(ben.packets())


@pytest.mark.parametrize("dtmf", [None, 101])
def test_a_far_end_that_is_told_keys_beside_its_media_hears_none(rig: Rig, dtmf: int | None) -> None:
    a, a_port, ann = rig.call(0, dtmf_payload_type=dtmf)
    b, _, ben = rig.call(1, dtmf_payload_type=None, keys_aside=True)
    rig.post(records.tones(a, dtmf is None), records.bridge(a, b))
    rig.settled()
    if dtmf is None:
        whistle(ann, a_port, "4")
    else:
        ann.press(4, a_port)
    assert [ord("4")] == [int(event["code"]) for event in rig.wait_event(Kind.DIGIT)]
    assert ("", []) == (listened(ben), rig.seen(Kind.DTMF_SENT))


def test_keys_go_both_ways_between_a_coded_leg_and_one_without_events(rig: Rig) -> None:
    """Transcoded: each side is sent at our own pace, and hears each key once, as what it takes."""
    a, a_port, ann = rig.call(0, "G722", payload_type=9)
    b, b_port, ben = rig.call(1, dtmf_payload_type=None)
    rig.post(records.tones(b, True), records.bridge(a, b))
    rig.settled()
    silence = g722.Encoder().encode(np.zeros(160, np.int16))
    for _ in range(10):
        ann.say(silence, a_port, 9)
        time.sleep(0.02)
    ann.press(7, a_port)
    rig.wait_event(Kind.DTMF_SENT)
    eventually(lambda: "7" == listened(ben), "a tone at ben")
    whistle(ben, b_port, "2")
    eventually(lambda: [p for p in ann.packets() if p.payload_type == 101 and p.payload[1] & 0x80], "an end at ann")
    assert {2} == {p.payload[0] for p in ann.packets() if p.payload_type == 101}
    assert is_continuous(ann.packets())
    assert is_continuous(ben.packets())


def test_a_far_end_without_telephone_events_is_listened_to_and_hears_tones(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann, dtmf_payload_type=None)
    desk.ask(lambda c: c.play("a", "t", ["tone:ringback"], loop=True))
    whistle(ann, port, "4")
    digit = desk.heard(Digit)[0]
    assert ("4", "tone") == (digit.digit, digit.source)
    assert [PlayDone("a", "t", "key")] == desk.heard(PlayDone)
    ann.heard.clear()
    desk.ask(lambda c: c.send_dtmf("a", "17#"))
    eventually(lambda: "17#" == listened(ann), "three tones")


def test_listening_is_switched_on_and_off_by_hand(fast_workshop: Workshop) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port, row, first = desk.call("a", ann), fast_workshop.engine.statistics[0], ann.sequence
    for digit, listens in (("1", True), ("2", False), ("3", False)):
        whistle(ann, port, digit)
        eventually(lambda: int(row["rx_packets"]) == ann.sequence - first, "the tone taken")
        desk.ask(lambda c, on=listens: c.hear_tones("a", on))  # type: ignore[misc]  # of the loop
    ann.press(4, port)
    assert [("2", "tone"), ("4", "event")] == [(e.digit, e.source) for e in desk.heard(Digit, 2)]


def test_a_key_begins_before_it_ends_and_after_the_one_before_has_ended(rig: Rig) -> None:
    _, port, ann = rig.call(0)
    for event, steps in ((1, "M.."), (2, "M.EEE"), (3, "--EE")):
        ann.press(event, port, steps)
    rig.wait_event(Kind.DIGIT, 3)
    order = [(int(e["kind"]), chr(int(e["code"]))) for e in rig.events if e["kind"] in (Kind.KEY, Kind.DIGIT)]
    began = (int(Kind.KEY), "\0")
    assert [began, (Kind.DIGIT, "1"), began, (Kind.DIGIT, "2"), began, (Kind.DIGIT, "3")] == order
