"""Senders that number their streams oddly, or send several at once: as relayed, in a room, in another coding, recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from media.plane import records
from media.plane.records import Kind
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media import networks
from tests.media.harness import is_continuous
from tests.media.line import SPEAKER, Line
from tests.media.networks import FRAMES, PACKET_MS, Capture
from tests.media.test_late import transcode

COUNT = 200
HEARD_FROM_MS = 100


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.lab.close()


def under(capture: Capture, ssrc_of: Callable[[int], int]) -> Capture:
    return [replace(one, packet=replace(one.packet, ssrc=ssrc_of(one.number))) for one in capture]


HOPS: dict[str, Callable[[int], int]] = {
    "another with each packet": lambda n: n * 2654435761 % 2**32,
    "two in turns": lambda n: 7 + n % 2,
    "three in turns, ten packets each": lambda n: 7 + n // 10 % 3,
}
IDS = list(HOPS)


@pytest.mark.parametrize("hear", [Line.meet, transcode], ids=["in a room", "in another coding"])
@pytest.mark.parametrize("ssrc_of", HOPS.values(), ids=IDS)
def test_a_voice_whose_ssrc_changes_is_heard_whole(
    line: Line, ssrc_of: Callable[[int], int], hear: Callable[[Line], None]
) -> None:
    hear(line)
    line.replay(under(networks.said(COUNT), ssrc_of))
    assert is_continuous(line.sent())
    seen = line.counted()
    assert (0, 0, COUNT) == (seen.late, seen.lost, seen.rx_packets)
    if hear is Line.meet:
        levels = networks.levels(line.heard())[HEARD_FROM_MS // 10 : COUNT * PACKET_MS // 10]
        assert 0 == (levels < 0.5).sum()


@pytest.mark.parametrize("ssrc_of", HOPS.values(), ids=IDS)
def test_a_voice_whose_ssrc_changes_is_relayed_as_one_run(line: Line, ssrc_of: Callable[[int], int]) -> None:
    capture = under(networks.said(COUNT), ssrc_of)
    line.bridge()
    line.replay(capture)
    assert [one.packet.payload for one in capture] == [one.payload for one in line.sent()]
    assert 1 == sum(one.marker for one in line.sent())


@pytest.mark.parametrize("make", [networks.bursts_of_loss, networks.out_of_order, networks.twice])
def test_what_the_network_does_to_a_voice_whose_ssrc_changes_is_counted(
    line: Line, make: Callable[[int], Capture]
) -> None:
    capture = under(make(COUNT), HOPS["another with each packet"])
    line.bridge()
    line.replay(capture)
    alone, seen = networks.without_repeats(capture), line.counted()
    assert COUNT - len(alone) == seen.lost
    assert (len(capture) - len(alone), networks.overtaken(alone)) == (seen.duplicates, seen.reordered)
    assert len(alone) == len(line.sent())


def test_a_key_whose_packets_have_each_another_ssrc_is_one_key(line: Line) -> None:
    capture = networks.said(COUNT)
    first = capture[100].packet
    for n in range(7):
        payload = bytes((5, 0x8A if n > 3 else 0x0A)) + (FRAMES * min(n + 1, 5)).to_bytes(2, "big")
        key = Packet(101, capture[100 + n].packet.sequence, first.timestamp, 0, payload, n == 0)
        capture[100 + n] = replace(capture[100 + n], packet=key)
    line.bridge()
    line.replay(under(capture, HOPS["another with each packet"]))
    told = [event[1] for event in line.lab.events[0] if event[0] == Kind.DIGIT]
    keys = [one for one in line.sent() if one.payload_type == 101]
    assert [ord("5")] == told
    assert (7, 1) == (len(keys), len({one.timestamp for one in keys}))
    assert [True] + [False] * 6 == [one.marker for one in keys]


def beside(ssrc: int, number: int, from_ms: float, until_ms: float, stamp: int = 9000) -> list[tuple[float, bytes]]:
    """A stream whose first number is `number`, a payload of its own."""
    count = round((until_ms - from_ms) / PACKET_MS)
    return [
        (from_ms + n * PACKET_MS, packet.build(Packet(0, number + n, stamp + n * FRAMES, ssrc, bytes([ssrc]) * FRAMES)))
        for n in range(count)
    ]


def payloads(line: Line) -> list[int]:
    return [one.payload[0] for one in line.sent()]


def test_of_three_streams_at_once_the_newest_is_heard(line: Line) -> None:
    line.bridge()
    said = beside(1, 500, 0, 4000) + beside(2, 9000, 1007, 4007) + beside(3, 30_000, 2003, 4003)
    line.replay_datagrams(sorted(said))
    assert [1] * 51 + [2] * 50 + [3] * 100 == payloads(line)
    assert is_continuous(line.sent())


def test_a_room_hears_one_of_three_streams_whole(line: Line) -> None:
    line.meet()
    capture = networks.said(COUNT)
    others = beside(1, 500, 0, 4000) + beside(2, 9000, 2, 4002)
    line.replay_datagrams(sorted([*others, *((one.at_ms + 9, packet.build(one.packet)) for one in capture)]))
    levels = networks.levels(line.heard())[HEARD_FROM_MS // 10 : COUNT * PACKET_MS // 10]
    assert 0 == ((levels < 0.8) | (levels > 1.2)).sum()


@pytest.mark.parametrize("ahead", [0, 1, 3, -3])
def test_of_two_streams_whose_numbers_are_near_each_other_one_is_heard(line: Line, ahead: int) -> None:
    line.bridge()
    said = beside(1, 50, 0, 4000) + beside(2, 100 + ahead, 1007, 4007, 777)
    line.replay_datagrams(sorted(said))
    assert set(payloads(line)[60:]) in ({1}, {2})
    assert 195 < len(payloads(line)) <= 205


def test_who_speaks_again_after_another_one_spoke_is_heard_at_once(line: Line) -> None:
    """A PBX that puts its party on hold, with music, and back."""
    line.bridge()
    line.replay_datagrams(
        beside(1, 500, 0, 1000) + beside(2, 9000, 1000, 3000) + beside(1, 551, 3000, 4000, 9000 + 3000 * 8)
    )
    assert [1] * 50 + [2] * 100 + [1] * 50 == payloads(line)


@pytest.mark.parametrize("back", [1, 10, 25, 50, 63, 64, 80, 99])
def test_numbers_that_go_back_while_the_timestamps_go_on_lose_nothing(line: Line, back: int) -> None:
    capture = [
        replace(one, packet=replace(one.packet, sequence=one.number - (back if one.number >= 120 else 0)))
        for one in networks.said(COUNT)
    ]
    line.bridge()
    line.replay(capture)
    assert [one.packet.payload for one in capture] == [one.payload for one in line.sent()]
    assert is_continuous(line.sent())
    assert 0 == line.counted().duplicates


def test_a_packet_of_voice_that_is_overtaken_by_a_keys_first_one_begins_nothing_anew(line: Line) -> None:
    capture = networks.said(COUNT)
    for n in range(7):
        payload = bytes((5, 0x8A if n > 3 else 0x0A)) + (FRAMES * min(n + 1, 5)).to_bytes(2, "big")
        of = capture[100 + n].packet
        key = replace(of, payload_type=101, timestamp=capture[100].packet.timestamp, payload=payload, marker=n == 0)
        capture[100 + n] = replace(capture[100 + n], packet=key)
    late = replace(capture[99], at_ms=capture[100].at_ms + 2)
    line.bridge()
    line.replay(networks.arrived([*capture[:99], late, *capture[100:]]))
    assert [ord("5")] == [event[1] for event in line.lab.events[0] if event[0] == Kind.DIGIT]
    assert (0, 1) == (line.counted().lost, line.counted().reordered)


def standing(count: int) -> Capture:
    return networks.stamped(count, lambda n: 0)


def test_a_room_hears_a_voice_whose_timestamps_stand_still_from_its_beginning(line: Line) -> None:
    line.meet()
    line.replay(standing(COUNT))
    levels = networks.levels(line.heard())[HEARD_FROM_MS // 10 : COUNT * PACKET_MS // 10]
    assert 0 == (levels < 0.5).sum()


@pytest.mark.parametrize("make", [networks.said, standing])
def test_a_voice_whose_timestamps_stand_still_is_recorded_whole(line: Line, make: Callable[[int], Capture]) -> None:
    line.bridge()
    line.lab.post(records.record_start(line.lab.handle(SPEAKER)))
    line.replay(make(90))
    levels = networks.levels(line.lab.sides[0].engine.rings[SPEAKER, : 90 * FRAMES, 0])
    assert 0 == (levels < 0.5).sum()
    assert pytest.approx(1.0, abs=0.05) == float(np.median(levels))


def counting(count: int) -> Capture:
    """Words of 0.6 s, each second one; the timestamps count what is sent, not the time that passes."""
    said = [one for one in networks.said(count) if one.number % 50 < 30]
    made = []
    for n, one in enumerate(said):
        numbers = {"sequence": n, "timestamp": n * FRAMES, "marker": False}
        made.append(replace(one, packet=replace(one.packet, **numbers)))
    return made


def test_a_room_hears_the_words_of_a_sender_whose_timestamps_stand_still_in_its_pauses(line: Line) -> None:
    line.meet()
    line.replay(counting(300))
    levels = networks.levels(line.heard())[: 300 * PACKET_MS // 10]
    begins = [n for n in range(10, len(levels)) if levels[n] > 0.5 and not (levels[n - 10 : n] > 0.5).any()]
    assert [10 * n // 1000 for n in begins] == [1, 2, 3, 4, 5]
    assert max(10 * n % 1000 for n in begins) - min(10 * n % 1000 for n in begins) <= 20
    assert 6 * 60 - 6 * 3 <= (levels > 0.5).sum() <= 6 * 60 + 6 * 3
    assert 6 >= line.counted().late


def test_a_recording_has_the_words_of_a_sender_whose_timestamps_stand_still_in_its_pauses_where_they_were_said(
    line: Line,
) -> None:
    line.bridge()
    line.lab.post(records.record_start(line.lab.handle(SPEAKER)))
    line.replay(counting(90))
    levels = networks.levels(line.lab.sides[0].engine.rings[SPEAKER, : 90 * FRAMES, 0])
    assert (levels[102:160] > 0.5).all()
    assert 0 == (levels[68:100] > 0.5).sum()


def test_a_far_end_is_sent_the_timestamps_of_a_sender_that_counts_packets_as_they_are(line: Line) -> None:
    line.bridge()
    line.replay(counting(300))
    sent = line.sent()
    assert {FRAMES} == {(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(sent)}
    assert 1 == sum(one.marker for one in sent)


def test_what_a_network_held_up_is_no_pause_of_the_sender(line: Line) -> None:
    line.bridge()
    line.replay(networks.standstills(COUNT))
    sent = line.sent()
    assert {160} == {(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(sent)}


def test_what_follows_a_pause_in_which_timestamps_stood_still_is_in_their_time(line: Line) -> None:
    """A key, and comfort noise."""
    capture = counting(200)
    last = capture[-1].packet
    for n, (kind, payload) in enumerate([(13, b"F"), (101, bytes((5, 0x8A, 3, 32)))]):
        stamp = last.timestamp + (1 + n) * FRAMES
        said = Packet(kind, last.sequence + 1 + n, stamp, last.ssrc, payload, kind == 101)
        capture.append(replace(capture[-1], at_ms=capture[-1].at_ms + PACKET_MS, packet=said))
    line.bridge()
    line.replay(capture)
    voice, noise, key = [one.timestamp for one in line.sent()][-3:]
    assert [FRAMES, FRAMES] == [(noise - voice) & 0xFFFFFFFF, (key - noise) & 0xFFFFFFFF]
