"""Two bridged legs over real sockets: what comes in on one goes out on the other, as one continuous stream."""

from __future__ import annotations

import time

from media.kernels import reference
from media.plane import records
from media.plane.records import Kind
from tests.media.harness import Phone, Rig, eventually, is_continuous, noise


def talk(phone: Phone, port: int, count: int, payload_type: int = 0, first: int = 0) -> list[bytes]:
    payloads = [noise(first + n) for n in range(count)]
    for payload in payloads:
        phone.say(payload, port, payload_type)
        time.sleep(0.002)
    return payloads


def test_a_bridge_relays_every_payload_bit_for_bit_both_ways(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, b_port, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    from_ann, from_ben = talk(ann, a_port, 50), talk(ben, b_port, 50, first=100)
    assert from_ann == [p.payload for p in ben.wait_for(50)]
    assert from_ben == [p.payload for p in ann.wait_for(50)]
    assert is_continuous(ben.packets())
    assert {0x5001} == {p.ssrc for p in ben.packets()}
    assert 65530 == ben.packets()[0].sequence
    assert ben.packets()[0].marker


def test_a_bridge_between_the_laws_transcodes(rig: Rig) -> None:
    a, a_port, ann = rig.call(0, "PCMU")
    b, b_port, ben = rig.call(1, "PCMA")
    rig.post(records.bridge(a, b))
    rig.settled()
    sent = talk(ann, a_port, 10)
    assert [reference.g711_transcode(0, payload) for payload in sent] == [p.payload for p in ben.wait_for(10)]
    assert {8} == {p.payload_type for p in ben.packets()}
    back = talk(ben, b_port, 10, payload_type=8)
    assert [reference.g711_transcode(1, payload) for payload in back] == [p.payload for p in ann.wait_for(10)]


def test_loss_and_reorder_pass_through_and_duplicates_do_not(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    start_sequence, start_timestamp = ann.sequence, ann.timestamp
    for step in (0, 1, 4, 3, 3, 4, 6):
        ann.sequence, ann.timestamp = start_sequence + step, start_timestamp + 160 * step
        ann.say(noise(step), a_port)
        time.sleep(0.005)
    heard = ben.wait_for(5)
    time.sleep(0.05)
    assert [0, 1, 4, 3, 6] == [(p.sequence - 65530) & 0xFFFF for p in ben.packets()]
    assert [0, 160, 640, 480, 960] == [(p.timestamp - heard[0].timestamp) & 0xFFFFFFFF for p in ben.packets()]
    row = rig.engine.statistics[a.index]
    assert (7, 2, 1) == (row["rx_packets"], row["duplicates"], row["reordered"])
    assert 2 == row["rx_expected"] - (row["rx_counted"] - row["duplicates"])


def test_the_outgoing_stream_stays_continuous_when_the_incoming_one_breaks(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    talk(ann, a_port, 5)
    ann.sequence = (ann.sequence + 30_000) & 0xFFFF
    talk(ann, a_port, 5)
    ann.timestamp = (ann.timestamp - 100_000) & 0xFFFFFFFF
    talk(ann, a_port, 5)
    ann.ssrc += 1
    talk(ann, a_port, 5)
    ann.sequence = 65534
    talk(ann, a_port, 5)
    assert is_continuous(ben.wait_for(25))
    assert 1 == len(rig.wait_event(Kind.SSRC_CHANGE))
    assert 25 == len(ben.packets())


def test_hold_sends_nothing_and_resume_goes_on_in_the_same_stream(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    talk(ann, a_port, 5)
    ben.wait_for(5)
    rig.post(records.hold(b, True))
    rig.settled()
    talk(ann, a_port, 20)
    assert 5 == len(ben.packets())
    rig.post(records.hold(b, False))
    rig.settled()
    talk(ann, a_port, 5)
    assert is_continuous(ben.wait_for(10))
    assert ben.packets()[5].marker


def test_after_unbridge_nothing_is_relayed(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    talk(ann, a_port, 5)
    ben.wait_for(5)
    rig.post(records.unbridge(b))
    rig.settled()
    talk(ann, a_port, 10)
    assert 5 == len(ben.packets())


def test_what_was_not_agreed_on_is_relayed_unless_it_means_something_else_there(rig: Rig) -> None:
    a, a_port, ann = rig.call(0, dtmf_payload_type=96)
    b, _, ben = rig.call(1, dtmf_payload_type=101)
    rig.post(records.bridge(a, b))
    rig.settled()
    for kind, samples in ((0, 160), (18, 0), (101, 0), (127, 0), (0, 160)):
        ann.say(noise(kind, 40), a_port, kind, samples=samples)
    sent = ben.wait_for(4)
    assert [(0, noise(0, 40)), (18, noise(18, 40)), (127, noise(127, 40)), (0, noise(0, 40))] == [
        (one.payload_type, one.payload) for one in sent
    ]
    assert is_continuous(sent)
    assert 3 == rig.engine.statistics[a.index]["unknown_payload"]


def test_what_was_not_agreed_on_is_not_relayed_where_it_would_be_taken_for_rtcp(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    for kind in (75, 95, 64, 72):
        ann.say(noise(kind, 40), a_port, kind)
        ann.ssrc += 1  # so that the next one begins a stream, and has the marker
    ann.say(noise(1), a_port)
    eventually(lambda: ben.packets(), "the voice")
    assert [noise(1)] == [data[12:] for _, data in ben.heard]
    assert 4 == rig.engine.statistics[a.index]["unknown_payload"]


def test_a_far_end_may_use_the_numbers_it_was_offered_or_its_own(rig: Rig) -> None:
    numbers = {"payload_type": 97, "payload_type_heard": 118, "dtmf_payload_type": 98, "dtmf_payload_type_heard": 101}
    a, a_port, ann = rig.call(0, "L16/8000", **numbers)
    b, b_port, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    for kind in (118, 97):
        for _ in range(10):
            ann.say(bytes(320), a_port, kind)
            time.sleep(0.02)
    for kind in (101, 98):
        ann.press(5, a_port, payload_type=kind)
    assert [ord("5")] * 2 == [int(event["code"]) for event in rig.wait_event(Kind.DIGIT, 2)]
    row = rig.engine.statistics[a.index]
    eventually(lambda: row["rx_packets"] == 20 + 16, "all of them taken")
    assert 0 == row["unknown_payload"]
    ben.press(6, b_port)
    eventually(lambda: 98 in {one.payload_type for one in ann.packets()}, "keys by the far end's own number")
    assert {101} == {one.payload_type for one in ben.packets()} - {0}


def test_closing_one_leg_of_a_bridge_leaves_the_other_up(rig: Rig) -> None:
    a, _a_port, _ann = rig.call(0)
    b, b_port, ben = rig.call(1)
    rig.post(records.bridge(a, b), records.close_leg(a))
    assert 0 == rig.wait_event(Kind.CLOSED)[0]["leg"]
    talk(ben, b_port, 5)
    rig.arena_bytes[:160] = 7
    rig.post(*records.play(b, 1, [(0, 160)], False, False))
    assert bytes([7] * 160) == ben.wait_for(1)[0].payload


def test_an_idle_leg_sends_silence_only_when_told(rig: Rig) -> None:
    rig.call(0)
    _, _, quiet = rig.call(1, "PCMA", send_silence=True)
    assert [bytes([0xD5] * 160)] * 5 == [p.payload for p in quiet.wait_for(5)[:5]]
    assert is_continuous(quiet.packets())
    assert [] == rig.phones[0].packets()


def test_no_packet_for_the_time_asked_is_told_once_and_again_after_speech(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    rig.post(records.rx_timeout(a, 150))
    assert 1 == len(rig.wait_event(Kind.RX_TIMEOUT))
    time.sleep(0.3)
    assert 1 == len(rig.seen(Kind.RX_TIMEOUT))
    talk(ann, a_port, 3)
    assert 2 == len(rig.wait_event(Kind.RX_TIMEOUT, 2))
