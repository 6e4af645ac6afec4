"""Prompts: what is heard is what is in the arena, gapless, paced, and gone at a key press."""

from __future__ import annotations

import threading
import time

import numpy as np

from media.codecs import g711
from media.kernels import reference
from media.plane import records
from media.plane.records import Kind, PlayEnd
from tests.media.harness import Rig, eventually, is_continuous, noise


def fill(rig: Rig, size: int = 16000) -> bytes:
    sound = noise(5, size)
    rig.arena_bytes[:size] = np.frombuffer(sound, np.uint8)
    return sound


def test_the_phone_hears_the_playlist_without_a_gap_between_its_sounds(rig: Rig) -> None:
    a, _, ann = rig.call(0)
    sound = fill(rig)
    segments = [(0, 1000), (3000, 70), (5000, 1), (7000, 1000), (9000, 90), (1000, 333), (0, 10), (15000, 1000)]
    rig.post(*records.play(a, 77, segments, False, True))
    done = rig.wait_event(Kind.PLAY_DONE)[0]
    expected = b"".join(sound[start : start + frames] for start, frames in segments)
    heard = b"".join(p.payload for p in ann.wait_for(-(-len(expected) // 160)))
    assert expected == heard[: len(expected)]
    assert {0xFF} == set(heard[len(expected) :])
    assert (77, PlayEnd.END) == (done["a"], done["code"])
    assert is_continuous(ann.packets())
    assert {160} == {
        (b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in zip(ann.packets(), ann.packets()[1:], strict=False)
    }


def test_an_a_law_phone_hears_the_prompt_in_its_law_and_its_packet_time(rig: Rig) -> None:
    a, _, ann = rig.call(0, "PCMA", ptime_ms=30)
    sound = fill(rig)
    rig.post(*records.play(a, 1, [(0, 2400)], False, True))
    heard = ann.wait_for(10)
    assert reference.g711_transcode(0, sound[:2400]) == b"".join(p.payload for p in heard)
    assert {240} == {len(p.payload) for p in heard}


def test_a_loop_repeats_until_it_is_stopped(rig: Rig) -> None:
    a, _, ann = rig.call(0)
    sound = fill(rig)
    rig.post(*records.play(a, 1, [(0, 250)], True, False))
    heard = b"".join(p.payload for p in ann.wait_for(10)[:10])
    assert (sound[:250] * 7)[:1600] == heard
    rig.post(records.stop(a))
    rig.settled()
    count = len(ann.packets())
    time.sleep(0.1)
    assert len(ann.packets()) - count <= 1
    assert [] == rig.seen(Kind.PLAY_DONE)


def test_a_key_stops_the_prompt_within_a_tick(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    fill(rig)
    rig.post(*records.play(a, 9, [(0, 16000)], False, True))
    ann.wait_for(3)
    ann.press(5, a_port, "M")
    done = rig.wait_event(Kind.PLAY_DONE)[0]
    count = len(ann.packets())
    assert (9, PlayEnd.KEY) == (done["a"], done["code"])
    time.sleep(0.1)
    assert len(ann.packets()) - count <= 1


def test_a_key_does_not_stop_a_prompt_that_wants_to_be_heard(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    fill(rig)
    rig.post(*records.play(a, 9, [(0, 3200)], False, False))
    ann.wait_for(3)
    ann.press(5, a_port)
    done = rig.wait_event(Kind.PLAY_DONE)[0]
    assert PlayEnd.END == done["code"]
    assert 20 == len(ann.wait_for(20))


def test_a_prompt_over_a_bridge_replaces_the_other_side_and_then_gives_way(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    sound = fill(rig)
    rig.post(records.bridge(a, b))
    rig.settled()
    stop = threading.Event()
    talker = threading.Thread(
        target=lambda: [ann.say(bytes([1] * 160), a_port) or time.sleep(0.02) for _ in iter(stop.is_set, True)]
    )
    talker.start()
    ben.wait_for(5)
    rig.post(*records.play(b, 1, [(0, 1600)], False, False))
    rig.wait_event(Kind.PLAY_DONE)
    count = len(ben.packets())
    ben.wait_for(count + 10)
    stop.set()
    talker.join()
    heard = [p for p in ben.packets() if p.payload != bytes([1] * 160)]
    assert sound[:1600] == b"".join(p.payload for p in heard)
    assert is_continuous(ben.packets())
    timestamps = np.array([p.timestamp for p in ben.packets()], np.uint32)
    assert 0 < np.diff(timestamps).astype(np.int64).min()


def test_a_prompt_with_no_audio_at_all_is_done_at_once(rig: Rig) -> None:
    a, _, _ = rig.call(0)
    rig.post(*records.play(a, 3, [(0, 0)], True, False))
    assert 3 == rig.wait_event(Kind.PLAY_DONE)[0]["a"]


def test_a_segment_outside_the_arena_is_not_played(fast_rig: Rig) -> None:
    a, _, ann = fast_rig.call(0)
    sound = fill(fast_rig)
    fast_rig.post(*records.play(a, 3, [(2**32 - 8, 160), (1 << 20, 1), (0, 160)], False, False))
    fast_rig.wait_event(Kind.PLAY_DONE)
    assert [sound[:160]] == [p.payload for p in ann.wait_for(1)]


def test_forty_prompts_are_paced_beside_a_busy_interpreter(fast_rig: Rig) -> None:
    fill(fast_rig)
    calls = [fast_rig.call(index) for index in range(40)]
    for handle, _, _ in calls:
        fast_rig.post(*records.play(handle, 1, [(0, 16000)], True, False))
    busy = threading.Event()
    burner = threading.Thread(target=lambda: [sum(range(2000)) for _ in iter(busy.is_set, True)])
    burner.start()
    eventually(lambda: all(len(phone.heard) >= 100 for _, _, phone in calls), "100 packets at each phone", 15)
    busy.set()
    burner.join()
    gaps = np.concatenate([np.diff([at for at, _ in phone.heard]) for _, _, phone in calls])
    deviation_ms = np.abs(gaps - 0.020) * 1000
    print(f"pacing: p50 {np.percentile(deviation_ms, 50):.3f} ms, p99 {np.percentile(deviation_ms, 99):.3f} ms")
    assert np.percentile(deviation_ms, 99) < 5.0
    sent = np.sort([phone.heard[50][0] % 0.020 for _, _, phone in calls])
    assert np.ptp(sent) > 0.010  # the sends of one tick are spread over it


def test_a_play_is_moved_forth_and_back_and_beyond_its_end(rig: Rig) -> None:
    a, _, ann = rig.call(0)
    sound = fill(rig)
    rig.post(*records.play(a, 1, [(0, 3000), (3000, 13000)], False, False), records.seek(a, 8000))
    assert sound[8000:8160] == ann.wait_for(1)[0].payload
    rig.post(records.seek(a, 160))
    eventually(lambda: sound[160:320] in [p.payload for p in ann.packets()], "what comes after the move")
    rig.post(records.seek(a, 2**31))
    assert 1 == rig.wait_event(Kind.PLAY_DONE)[0]["a"]
    assert is_continuous(ann.packets())


def test_a_loop_is_moved_round_and_round(rig: Rig) -> None:
    a, _, ann = rig.call(0)
    sound = fill(rig)
    rig.post(*records.play(a, 1, [(0, 1000)], True, False), records.seek(a, 5250))
    assert (sound[:1000] * 2)[250:410] == ann.wait_for(1)[0].payload


def test_a_play_is_made_quieter_and_louder_without_wrapping(rig: Rig) -> None:
    a, _, ann = rig.call(0, "PCMA")
    fill(rig)
    rig.arena_bytes[:8000] = g711.encode("PCMU", (8000 * np.sin(np.arange(8000) * 0.5)).astype(np.int16))
    rig.post(*records.play(a, 1, [(0, 8000)], True, False), records.volume(a, 2048))
    heard = g711.decode("PCMA", np.frombuffer(b"".join(p.payload for p in ann.wait_for(3)[:3]), np.uint8))
    assert 3700 < np.abs(heard.astype(int)).max() < 4300
    rig.post(records.volume(a, 65535))
    eventually(
        lambda: (
            np.abs(g711.decode("PCMA", np.frombuffer(ann.packets()[-1].payload, np.uint8)).astype(int)).max() > 32000
        ),
        "a loud packet",
    )
    loud = g711.decode("PCMA", np.frombuffer(ann.packets()[-1].payload, np.uint8)).astype(float)
    assert 0 < (loud * np.sign(loud)).min()
