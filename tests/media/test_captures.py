"""Captures of other people's senders, replayed with their own times: what is relayed, heard in a room, and counted.

In `captures/`, each from loopback:

- `ffmpeg.pcap`: ffmpeg 5.1, G.711 as it sends it by default: 1,460 and 588 octets at once each 256 ms;
- `ffmpeg-words.pcap`: ffmpeg 5.1 that is handed words of 0.6 s through a pipe, one a second: two packets of 20 ms at once, and
  timestamps that count what is sent, so that they stand still in the pauses;
- `gst-wifi.pcapng`: GStreamer 1.22, six seconds of 440 Hz in packets of 20 ms over a forwarder that behaves like a poor Wi-Fi;
- `gst-opus.pcapng`: GStreamer's Opus, packets of 60 ms with in-band correction, one of twelve lost.

SIPp's package brings its own of other makers' telephones: G.711 in packets of 30 ms, and one key press each, whose three ends are
of one sequence number.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.plane import records
from media.plane.events import RecordDone
from media.plane.records import Kind
from media.rtp import dtmf, packet
from media.rtp.packet import Packet
from tests.media import networks, pcap
from tests.media.harness import is_continuous
from tests.media.lab import MS
from tests.media.line import SPEAKER, Line
from tests.media.networks import Arrival, Capture
from tests.media.workshop import Workshop

OURS = Path(__file__).parent / "captures"
SIPP = Path("/usr/share/sip-tester")
WORDS = OURS / "ffmpeg-words.pcap"
FFMPEG, WIFI, OPUS = OURS / "ffmpeg.pcap", OURS / "gst-wifi.pcapng", OURS / "gst-opus.pcapng"
PRESSES = {digit: SIPP / f"dtmf_2833_{digit}.pcap" for digit in "0123456789"}
PRESSES |= {"*": SIPP / "dtmf_2833_star.pcap", "#": SIPP / "dtmf_2833_pound.pcap"}
VOICE = SIPP / "g711a.pcap"
ALL = [FFMPEG, WORDS, WIFI, OPUS, VOICE, PRESSES["5"]]


@contextmanager
def heard_through(**speaker: object) -> Iterator[Line]:
    made = Line(**speaker)
    try:
        yield made
    finally:
        made.lab.close()


def datagrams(path: Path) -> list[tuple[float, bytes]]:
    """With their times in ms since the first."""
    found = pcap.read(path)
    return [((one.at_ns - found[0].at_ns) / MS, one.data) for one in found]


def capture(path: Path) -> Capture:
    """One stream without a wrap of its sequence numbers."""
    parsed = [(at_ms, packet.parse(data)) for at_ms, data in datagrams(path)]
    known = [(at_ms, one) for at_ms, one in parsed if one is not None]
    assert len(parsed) == len(known)
    first = min(one.sequence for _, one in known)
    return [Arrival(at_ms, one.sequence - first, one) for at_ms, one in known]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_capture_is_read_as_tshark_reads_it(path: Path) -> None:
    fields = ("frame.time_epoch", "udp.srcport", "udp.dstport", "udp.payload")
    command = ["tshark", "-n", "-r", str(path), "-Tfields", *(word for field in fields for word in ("-e", field))]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    read = [
        (f"{one.at_ns // 10**9}.{one.at_ns % 10**9:09}", str(one.source_port), str(one.port), one.data.hex())
        for one in pcap.read(path)
    ]
    assert [tuple(line.split("\t")) for line in said] == read


def test_packets_as_large_as_the_network_takes_are_relayed_and_heard_whole() -> None:
    """1,460 octets, as ffmpeg sends G.711 unless it is told otherwise."""
    said = capture(FFMPEG)
    with heard_through() as line:
        line.bridge()
        line.replay(said)
        assert [one.packet.payload for one in said] == [one.payload for one in line.sent()]
        assert (len(said), 0) == (line.counted().rx_packets, line.counted().lost)
    with heard_through() as line:
        line.meet()
        line.replay(said)
        levels = networks.levels(line.heard())
        assert is_continuous(line.sent())
        tone = np.median(levels[levels > networks.HOLE])
        begins = int(np.argmax(levels > tone / 2))
        assert (levels[begins : begins + 280] > tone / 2).all()


def test_words_whose_timestamps_stand_still_between_them_are_heard_and_recorded_when_they_were_said() -> None:
    said = capture(WORDS)
    begins = [0.0, *(after.at_ms for before, after in pairwise(said) if after.at_ms > before.at_ms + 300)]
    with heard_through() as line:
        line.meet()
        line.replay(said)
        heard = words(networks.levels(line.heard()))
    assert 4 == len(begins) == len(heard)
    assert all(0 <= at - begun <= 130 for at, begun in zip(heard, begins, strict=True))
    with heard_through() as line:
        line.bridge()
        line.lab.post(records.record_start(line.lab.handle(SPEAKER)))
        line.replay([one for one in said if one.at_ms < 1900])
        recorded = words(networks.levels(line.lab.sides[0].engine.rings[SPEAKER, :16000, 0]))
    assert all(-20 <= at - begun <= 90 for at, begun in zip(recorded, begins[:2], strict=True))


def words(levels: NDArray[np.float64]) -> list[float]:
    """When each begins, in ms: tone after 100 ms of next to nothing."""
    loud = levels > 0.5
    return [10.0 * n for n in range(len(loud)) if loud[n] and not loud[max(0, n - 10) : n].any()]


def test_what_a_poor_wifi_did_is_what_is_counted() -> None:
    said = capture(WIFI)
    alone = networks.without_repeats(said)
    with heard_through() as line:
        line.bridge()
        line.replay(said)
        seen = line.counted()
    numbers = {one.number for one in said}
    assert (len(said), max(numbers) + 1 - len(numbers)) == (seen.rx_packets, seen.lost)
    assert (len(said) - len(alone), networks.overtaken(alone)) == (seen.duplicates, seen.reordered)
    assert min(seen.lost, seen.duplicates, seen.reordered) > 0
    assert pytest.approx(networks.jitter_ms(alone), abs=0.5) == seen.jitter_ms


def test_a_voice_over_a_poor_wifi_is_heard_in_a_room_with_next_to_no_hole() -> None:
    with heard_through() as line:
        line.meet()
        line.replay(capture(WIFI))
        levels = networks.levels(line.heard())
        tone = np.median(levels)
        assert is_continuous(line.sent())
        assert 0.03 > float((levels[50:550] < tone / 2).mean())


def test_of_opus_in_packets_of_sixty_milliseconds_little_more_is_not_heard_than_was_lost() -> None:
    with heard_through(codec="opus", payload_type=97, event_clock_hz=48000, fec=True) as line:
        line.bridge()
        line.replay_datagrams(datagrams(OPUS))
        assert (95, 6) == (line.counted().rx_packets, line.counted().lost)
        levels = networks.levels(line.heard())
        tone = np.median(levels)
        assert is_continuous(line.sent())
        assert 6 / 101 + 0.02 > float((levels[50:550] < tone / 2).mean())


def test_a_telephone_with_packets_of_thirty_milliseconds_is_relayed_untouched() -> None:
    said = capture(VOICE)
    with heard_through(codec="PCMA", payload_type=8) as line:
        line.bridge()
        line.replay(said)
        sent = line.sent()
        assert (236, 0, 0) == (line.counted().rx_packets, line.counted().lost, line.counted().late)
        assert pytest.approx(jitter_ms(said), abs=0.2) == line.counted().jitter_ms
    assert [240] * 236 == [len(one.payload) for one in sent]
    assert is_continuous(sent)


def jitter_ms(said: Capture) -> float:
    return networks.jitter_ms([Arrival(one.at_ms * 20 / 30, one.number, one.packet) for one in said]) * 30 / 20


@pytest.mark.parametrize("digit", PRESSES)
def test_a_captured_press_is_told_once_and_relayed(digit: str) -> None:
    sent: list[Packet]
    with heard_through(codec="PCMA", payload_type=8, dtmf_payload_type=101) as line:
        line.bridge()
        line.replay_datagrams(datagrams(PRESSES[digit]))
        events = [event for event in line.lab.events[0] if event[0] == Kind.DIGIT and event[2] == SPEAKER]
        sent = line.sent()
    assert [ord(digit)] == [event[1] for event in events]
    assert [101] * len(sent) == [one.payload_type for one in sent]
    assert 1 == sent[-1].payload[1] >> 7


@pytest.mark.parametrize(
    ("keys", "pause_ms"), [("11", 500), ("21", 60), ("3211", 500), ("12121", 500), ("9876543210*#", 60)]
)
def test_captured_presses_are_each_told_whatever_their_order(keys: str, pause_ms: int) -> None:
    """As SIPp plays them: each as it was captured, so numbers and timestamps go back, or come again."""
    with heard_through(codec="PCMA", payload_type=8, dtmf_payload_type=101) as line:
        line.bridge()
        for key in keys:
            line.replay_datagrams(datagrams(PRESSES[key]))
            line.pass_time(pause_ms)
        events = [event for event in line.lab.events[0] if event[0] == Kind.DIGIT and event[2] == SPEAKER]
        sent = line.sent()
    assert keys == "".join(chr(event[1]) for event in events)
    if pause_ms > 250:
        steps = [(after.sequence - before.sequence) & 0xFFFF for before, after in pairwise(sent)]
        assert all(0 < step < 100 for step in steps)
        assert keys == "".join(dtmf.CHARACTERS[one.payload[0]] for one in sent if one.payload[1] >> 7)


def test_a_copy_of_a_presss_end_that_comes_late_is_no_second_press() -> None:
    """While nothing else is sent: the microphone is off, say."""
    press = datagrams(PRESSES["5"])
    with heard_through(codec="PCMA", payload_type=8, dtmf_payload_type=101) as line:
        line.bridge()
        line.replay_datagrams(press)
        line.pass_time(300)
        sent = len(line.sent())
        line.replay_datagrams([(0, press[-1][1])])
        events = [event for event in line.lab.events[0] if event[0] == Kind.DIGIT and event[2] == SPEAKER]
        assert ([ord("5")], sent) == ([event[1] for event in events], len(line.sent()))


def test_a_worker_at_its_own_pace_counts_and_records_what_came_over_a_poor_wifi(fast_workshop: Workshop) -> None:
    said = capture(WIFI)
    desk, ann, ben = fast_workshop.desk, fast_workshop.phone(), fast_workshop.phone()
    port = desk.call("ann", ann)
    ben.say(networks.SILENCE, desk.call("ben", ben, "PCMA"))
    path = fast_workshop.folder / "call.wav"
    desk.ask(lambda c: c.record("ann", "tape", str(path), "call", 60, 0))
    desk.ask(lambda c: c.bridge("ann", "ben"))
    began = time.monotonic()
    for at_ms, data in datagrams(WIFI):
        time.sleep(max(0.0, began + at_ms / 1000 - time.monotonic()))
        ann.raw(data, port)
    seen = desk.ask(lambda c: c.close("ann")).rx
    desk.heard(RecordDone)
    alone = networks.without_repeats(said)
    numbers = {one.number for one in said}
    assert (len(said), max(numbers) + 1 - len(numbers)) == (seen.packets, seen.lost)
    assert (len(said) - len(alone), networks.overtaken(alone)) == (seen.duplicates, seen.reordered)
    assert len(alone) == len(ben.packets())
    levels = networks.levels(np.frombuffer(path.read_bytes()[44:], "<i2")[::2])
    tone = np.median(levels)
    begins = int(np.argmax(levels > tone / 2))
    assert 0.03 > float((levels[begins : begins + 590] < tone / 2).mean())
