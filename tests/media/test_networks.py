"""Captures of bad networks through both engines: what a far end of the same coding is sent, what a room hears, what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from media.kernels import _loop, reference
from media.plane import records
from media.plane.records import Kind
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media import networks
from tests.media.harness import is_continuous
from tests.media.lab import MS, START_NS
from tests.media.line import LISTENER, SPEAKER, Line
from tests.media.networks import COMFORT_NOISE, FRAMES, PACKET_MS, Capture

COUNT = 300
WARM_MS = 300


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    assert START_NS <= made.lab.now_ns
    yield made
    made.lab.close()


Make = Callable[[int], Capture]
CAPTURES: list[tuple[Make, float]] = [
    (networks.said, 0.0),
    (networks.bursts_of_loss, 0.01),
    (networks.out_of_order, 0.0),
    (networks.twice, 0.0),
    (networks.standstills, 0.035),
    (networks.jitter, 0.002),
    (networks.another_source, 0.005),
    (networks.clock_jumps, 0.005),
    (networks.clock_steps_back, 0.005),
    (networks.plays_again, 0.005),
]
"""And the share of 10 ms pieces in which a room may hear next to nothing."""
NAMES = [make.__name__ for make, _ in CAPTURES]


def lost(capture: Capture) -> int:
    return capture[-1].number + 1 - len({one.number for one in capture})


@pytest.mark.parametrize("make", [make for make, _ in CAPTURES], ids=NAMES)
def test_what_is_counted_is_what_the_network_did(line: Line, make: Make) -> None:
    capture = make(COUNT)
    line.bridge()
    line.replay(capture)
    seen, alone = line.counted(), networks.without_repeats(capture)
    assert (len(capture), lost(capture)) == (seen.rx_packets, seen.lost)
    assert len(capture) - len(alone) == seen.duplicates
    assert networks.overtaken(alone) == seen.reordered
    assert len({one.packet.ssrc for one in capture}) - 1 == seen.ssrc_changes
    assert pytest.approx(networks.jitter_ms(alone), abs=0.5) == seen.jitter_ms


@pytest.mark.parametrize("make", [make for make, _ in CAPTURES], ids=NAMES)
def test_a_far_end_of_the_same_coding_is_sent_each_packet_once_as_one_stream(line: Line, make: Make) -> None:
    capture = make(COUNT)
    line.bridge()
    line.replay(capture)
    sent, once = line.sent(), networks.without_repeats(capture)
    assert [one.packet.payload for one in once] == [one.payload for one in sent]
    assert 1 == len({one.ssrc for one in sent})
    assert len(once) == len({one.sequence for one in sent})


@pytest.mark.parametrize(("make", "holes_max"), CAPTURES, ids=NAMES)
def test_a_room_hears_the_voice_whole(line: Line, make: Make, holes_max: float) -> None:
    line.meet()
    line.replay(make(COUNT))
    levels = networks.levels(line.heard())[WARM_MS // 10 :]
    assert is_continuous(line.sent())
    assert len(levels) >= (COUNT * PACKET_MS - WARM_MS) // 10
    spoken = levels[: (COUNT * PACKET_MS - WARM_MS) // 10]
    assert holes_max >= float((spoken < networks.HOLE).mean())


@pytest.mark.parametrize("packets", [5, 25, 40, 64, 80, 99])
def test_a_short_file_played_in_a_circle_is_heard_from_its_second_round_on(line: Line, packets: int) -> None:
    capture = networks.plays_short_again(COUNT, packets)
    line.bridge()
    line.replay(capture)
    sent, missed = line.sent(), COUNT - len(line.sent())
    assert missed <= 25
    heard_from = packets + 26
    assert [one.packet.payload for one in capture[heard_from:]] == [one.payload for one in sent[heard_from - missed :]]
    assert {1} == {(after.sequence - before.sequence) & 0xFFFF for before, after in pairwise(sent[heard_from:])}


WRONG_STAMPS: dict[str, Callable[[int], int]] = {
    "standing still": lambda n: 4711,
    "of a clock twice as fast": lambda n: n * 320,
    "in milliseconds": lambda n: n * 20,
    "of no order": lambda n: n * 2654435761,
    "counted backwards": lambda n: -n * 160,
}
FOUND_OUT_MS = 400
"""Five packets of 20 ms, and the play-out buffer is over what was put wrong before."""


@pytest.mark.parametrize("stamp", WRONG_STAMPS.values(), ids=WRONG_STAMPS.keys())
def test_a_room_hears_a_voice_whose_timestamps_say_nothing(line: Line, stamp: Callable[[int], int]) -> None:
    line.meet()
    line.replay(networks.stamped(COUNT, stamp))
    spoken = networks.levels(line.heard())[FOUND_OUT_MS // 10 : COUNT * PACKET_MS // 10]
    assert is_continuous(line.sent())
    assert 0.005 >= float((spoken < networks.HOLE).mean())


@pytest.mark.parametrize("stamp", WRONG_STAMPS.values(), ids=WRONG_STAMPS.keys())
def test_a_far_end_is_sent_timestamps_that_mean_something(line: Line, stamp: Callable[[int], int]) -> None:
    line.bridge()
    line.replay(networks.stamped(COUNT, stamp))
    sent = line.sent()
    assert COUNT == len(sent)
    steps = [(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(sent)]
    assert {160} == set(steps[6:])
    assert [] == [one.marker for one in sent[6:] if one.marker]


def with_keys(capture: Capture, *at: int) -> Capture:
    """From each of these packets on five are of a key, with the timestamp of the first."""
    made = list(capture)
    for first in at:
        stamp = capture[first].packet.timestamp
        for n in range(5):
            one = capture[first + n]
            payload = bytes((first % 10, 0x8A if n == 4 else 0x0A)) + (FRAMES * (n + 1)).to_bytes(2, "big")
            key = Packet(101, one.packet.sequence, stamp, one.packet.ssrc, payload, n == 0)
            made[first + n] = replace(one, packet=key)
    return made


@pytest.mark.parametrize("stamp", WRONG_STAMPS.values(), ids=WRONG_STAMPS.keys())
def test_keys_beside_a_voice_whose_timestamps_say_nothing_are_in_its_time_and_each_another_one(
    line: Line, stamp: Callable[[int], int]
) -> None:
    line.bridge()
    line.replay(with_keys(networks.stamped(COUNT, stamp), 100, 150, 251))
    sent = line.sent()
    before = [voice for voice, key in pairwise(sent) if voice.payload_type == 0 and key.payload_type == 101]
    keys = list(dict.fromkeys(one.timestamp for one in sent if one.payload_type == 101))
    assert [(voice.timestamp + FRAMES) & 0xFFFFFFFF for voice in before] == keys
    assert 3 == len(keys)
    assert 15 == sum(one.payload_type == 101 for one in sent)


def test_pauses_of_dtx_are_no_wrong_timestamps(line: Line) -> None:
    """One packet each 400 ms, as Opus sends silence: they come as late as they say."""
    rare = [replace(one, at_ms=20 * one.at_ms) for one in networks.stamped(60, lambda n: n * 3200)]
    line.bridge()
    line.replay(rare)
    steps = {(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(line.sent())}
    assert {3200} == steps


def test_where_all_come_later_for_good_only_the_first_of_them_count_as_late(line: Line) -> None:
    line.bridge()
    line.replay(networks.clock_steps_back(COUNT))
    assert 16 == line.counted().late


def test_a_packet_that_was_not_agreed_on_moves_no_clock_of_the_voice(line: Line) -> None:
    line.bridge()
    line.replay(networks.keeps_alive(COUNT))
    sent = line.sent()
    voice = [one for one in sent if one.payload_type == 0]
    assert {160} == {(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(voice)}
    assert (COUNT, 6, 1) == (len(voice), len(sent) - COUNT, sum(one.marker for one in sent))
    assert {1} == {(after.sequence - before.sequence) & 0xFFFF for before, after in pairwise(sent)}
    beside = [before.timestamp for before, after in pairwise(sent) if before.payload_type == 126]
    voiced = [after.timestamp for before, after in pairwise(sent) if before.payload_type == 126]
    assert all((at - near) & 0xFFFFFFFF in (0, 0xFFFFFF60) for at, near in zip(beside, voiced, strict=True))


def test_pauses_of_the_sender_are_no_loss_and_pass_as_they_came(line: Line) -> None:
    capture = networks.pauses(COUNT)
    line.bridge()
    line.replay(capture)
    assert (0, 0) == (line.counted().lost, line.counted().reordered)
    assert [one.packet.payload for one in capture] == [one.payload for one in line.sent()]
    assert {0, COMFORT_NOISE} == {one.payload_type for one in line.sent()}
    assert is_continuous(line.sent())


def test_a_room_hears_the_noise_of_a_pause_in_its_place(line: Line) -> None:
    line.meet()
    line.replay(networks.pauses(COUNT))
    levels = networks.levels(line.heard())[100:500]
    assert is_continuous(line.sent())
    assert pytest.approx(0.7, abs=0.02) == float((levels > networks.HOLE).mean())
    noise = float(np.median(levels[levels < networks.HOLE])) * networks.AMPLITUDE / np.sqrt(2)
    assert pytest.approx(-networks.NOISE_DBOV, abs=1) == 20 * np.log10(noise / 32768)


def words(sound: NDArray[np.int16]) -> list[float]:
    """When each word begins, in ms: tone after 100 ms of next to nothing."""
    loud = networks.levels(sound, 8) > 0.3
    begins = [n for n, (before, now) in enumerate(pairwise(loud)) if now and not before]
    return [float(n) for n in begins if not loud[max(0, n - 100) : n].any()]


@pytest.mark.parametrize("share", [0.003, -0.003])
def test_the_delay_of_a_sender_whose_clock_runs_otherwise_does_not_grow(line: Line, share: float) -> None:
    """90 ms in half a minute."""
    capture = networks.drift(1500, share)
    line.meet()
    line.replay(capture)
    said = [one.at_ms for one in capture if one.number % 50 == 0]
    delays = [heard - at for heard, at in zip(words(line.heard())[-len(said) + 2 :], said[2:], strict=True)]
    assert max(delays) - min(delays) < 20
    assert 0 == line.counted().lost


@pytest.mark.parametrize("share", [0.0003, -0.0003])
def test_a_sender_whose_clock_is_300_ppm_off_is_never_late_in_an_hour(share: float) -> None:
    """1.08 s in all, and more than what is late: 60 ms."""
    rows = np.zeros(180_000, reference.ARRIVAL)
    number = np.arange(len(rows))
    rows["now_ns"] = 10**9 + (number * PACKET_MS * (1 + share) * MS).astype(np.int64)
    rows["ssrc"], rows["timestamp"], rows["sequence"] = 1, number * networks.FRAMES, number & 0xFFFF
    expected, _, _, _, late, *_ = _loop.stats_run(rows.tobytes())
    assert (len(rows), 0) == (expected, late)


def with_another_stream(capture: Capture, from_ms: float, until_ms: float) -> list[tuple[float, bytes]]:
    """Beside it, from the same port, one of another SSRC that says nothing."""
    made = [(one.at_ms, packet.build(one.packet)) for one in capture]
    for n in range(round(from_ms / PACKET_MS), round(until_ms / PACKET_MS)):
        silent = Packet(0, 700 + n, 9000 + n * FRAMES, 0xBE51DE, networks.SILENCE)
        made.append((n * PACKET_MS + 7.0, packet.build(silent)))
    return sorted(made)


def test_of_two_streams_from_one_port_the_newer_one_is_heard_while_it_lasts(line: Line) -> None:
    capture = networks.said(200)
    line.bridge()
    line.replay_datagrams(with_another_stream(capture, 1000, 2000))
    sent = line.sent()
    assert is_continuous(sent)
    before, silent, after = capture[:51], [networks.SILENCE] * 50, capture[105:]
    told = [one.packet.payload for one in before] + silent + [one.packet.payload for one in after]
    assert told == [one.payload for one in sent]


def test_a_room_hears_one_of_two_streams_whole(line: Line) -> None:
    line.meet()
    capture = networks.said(200)
    other = [replace(one, packet=replace(one.packet, ssrc=5, sequence=one.number, timestamp=0)) for one in capture]
    both = [(one.at_ms, packet.build(one.packet)) for one in capture]
    both += [(one.at_ms + 7, packet.build(replace(one.packet, timestamp=one.number * FRAMES))) for one in other]
    line.replay_datagrams(sorted(both))
    levels = networks.levels(line.heard())
    heard = np.flatnonzero(levels > 0.5 * np.median(levels))
    assert len(heard) >= 390


def test_the_newer_of_two_streams_is_heard_again_after_each_of_its_pauses(line: Line) -> None:
    line.bridge()
    said = [(one.at_ms, packet.build(one.packet)) for one in networks.said(300)]
    newer = {n: bytes([n]) * FRAMES for n in (*range(50, 100), *range(110, 160), *range(170, 220))}
    for n, payload in newer.items():
        said.append((n * PACKET_MS + 7.0, packet.build(Packet(0, 700 + n, 9000 + n * FRAMES, 0xBE51DE, payload))))
    line.replay_datagrams(sorted(said))
    sent = [one.payload for one in line.sent()]
    assert is_continuous(line.sent())
    assert list(newer.values()) == [payload for payload in sent if payload in newer.values()]


def test_who_comes_back_from_another_source_is_heard_from_the_first_packet_on(line: Line) -> None:
    line.bridge()
    lab, music = line.lab, bytes([0x55]) * FRAMES
    for n in range(60):
        if n in (20, 40):
            lab.post(records.set_remote(lab.handle(SPEAKER), lab.remote(LISTENER if n == 20 else SPEAKER)))
        held = 20 <= n < 40
        number, ssrc, payload = (9000 + n, 0xE1D, music) if held else (n, 0xA11, bytes([n]) * FRAMES)
        said = Packet(0, number, n * FRAMES, ssrc, payload)
        lab.say(LISTENER if held else SPEAKER, SPEAKER, packet.build(said))
        line.pass_time(PACKET_MS)
    lab.compare()
    told = [bytes([n]) * FRAMES for n in range(20)] + [music] * 20 + [bytes([n]) * FRAMES for n in range(40, 60)]
    assert told == [one.payload for one in line.sent()]


@pytest.mark.parametrize(("kind", "often"), [(97, 1), (97, 40), (13, 3)], ids=["unknown", "now and then", "noise"])
def test_what_is_no_voice_takes_the_place_of_none_under_an_ssrc_of_its_own(line: Line, kind: int, often: int) -> None:
    line.bridge()
    capture = networks.said(200)
    said = [(one.at_ms, packet.build(one.packet)) for one in capture]
    for n in range(50, 150, often):
        beside = Packet(kind, 700 + n, 9000 + n * FRAMES, 0xBE51DE, bytes([70]))
        said.append((n * PACKET_MS + 7.0, packet.build(beside)))
    line.replay_datagrams(sorted(said))
    assert [one.packet.payload for one in capture] == [one.payload for one in line.sent() if one.payload_type == 0]


def test_keys_of_an_ssrc_of_their_own_are_heard_beside_the_voice(line: Line) -> None:
    line.bridge()
    capture = networks.said(150)
    said = [(one.at_ms, packet.build(one.packet)) for one in capture]
    for press in range(3):
        for n, end in enumerate((0, 0, 0x80, 0x80, 0x80)):
            payload = bytes([press, 10 | end]) + (160 * min(n + 1, 3)).to_bytes(2, "big")
            key = Packet(101, 40 + 5 * press + n, 8000 * (press + 1), 0x4E75, payload, n == 0)
            said.append((500.0 + 500 * press + 20 * n + 3, packet.build(key)))
    line.replay_datagrams(sorted(said))
    told = [event for event in line.lab.events[0] if event[0] == Kind.DIGIT]
    assert [ord(digit) for digit in "012"] == [event[1] for event in told]
    assert [one.packet.payload for one in capture] == [one.payload for one in line.sent() if one.payload_type == 0]
