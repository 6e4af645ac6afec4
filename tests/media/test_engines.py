"""The compiled engine and the plain one are the same machine: any story, told to both on virtual time, ends alike."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from media.audio import inband
from media.codecs import g711, voice
from media.plane import records
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.harness import noise
from tests.media.lab import LEGS, PHONES, Lab

CODED = [name for name in voice.available() if voice.NUMBERS[name]]
CODED_TYPE = 97
EXAMPLES = 1000 if os.environ.get("NIGHTLY") else 120
legs, phones = st.integers(0, LEGS - 1), st.integers(0, PHONES - 1)
flags = st.booleans()


def step(name: str, *parts: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.tuples(st.just(name), *parts)


steps = st.one_of(
    step("turn", st.sampled_from([1, 3, 7, 10, 20, 60, 90])),
    step("talk", legs, st.integers(1, 12)),
    step("talk", legs, st.integers(1, 12)),
    step("speak", legs, st.sampled_from(CODED), st.integers(1, 12)),
    step("break", phones, st.sampled_from(["sequence", "timestamp", "ssrc", "order"]), st.integers(-40000, 40000)),
    step(
        "key", legs, st.integers(0, 17), st.sampled_from(["M..EEE", "M..", "..E", "E", "M"]), st.sampled_from([1600, 0])
    ),
    step(
        "mix", legs, flags, st.lists(st.integers(0, 5), min_size=2, max_size=14), st.sampled_from([20, 20, 120, 1100])
    ),
    step("datagram", legs, phones, st.binary(max_size=60)),
    step("nearly", legs, phones, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40)),
    step(
        "remote",
        legs,
        phones,
        st.sampled_from(["PCMU", "PCMA", "PCMU", "PCMA", *CODED]),
        st.sampled_from([10, 20, 30, 60]),
        st.sampled_from(["strict", "nat"]),
        flags,
        flags,
        st.sampled_from([None, 101, 96]),
        st.sampled_from([8000, 48000]),
        st.sampled_from([False, False, True]),
    ),
    step("bridge", legs, legs),
    step("unbridge", legs),
    step("hold", legs, flags),
    step("play", legs, st.lists(st.tuples(st.integers(0, 2**20 + 99), st.integers(0, 900)), max_size=8), flags, flags),
    step("stop", legs),
    step("record", legs, flags),
    step("dial", legs, st.text("0123456789*#ABCD", min_size=1, max_size=32), st.integers(1, 120), st.integers(0, 60)),
    step("watch", legs, st.sampled_from([0, 100, 500])),
    step("reopen", legs),
    step("attend", legs),
    step("join", legs, st.integers(0, 3), flags, flags, st.sampled_from([None, None, 0, 1])),
    step("leave", legs),
    step("tones", legs, flags),
    step("whistle", legs, st.integers(0, 15), st.integers(1, 6)),
    step("seek", legs, st.integers(0, 5000)),
    step("volume", legs, st.integers(0, 65535)),
)


class Story:
    """Carries out the steps in a lab. Each phone speaks one stream, whatever leg it speaks to."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.sequence, self.timestamp = [65500] * PHONES, [2**32 - 3000] * PHONES
        self.ssrc = [0xAB00 + n for n in range(PHONES)]
        self.mixed = {(leg, one): [40 * one, 160 * leg] for leg in range(LEGS) for one in range(6)}

    def take(self, name: str, *arguments: object) -> None:
        getattr(self, f"_{name}")(*arguments)

    def say(self, phone: int, leg: int, payload: bytes, kind: int, marker: bool = False, samples: int = 160) -> None:
        stream = self.sequence[phone] & 0xFFFF, self.timestamp[phone] & 0xFFFFFFFF, self.ssrc[phone]
        self.lab.say(phone, leg, packet.build(Packet(kind, *stream, payload, marker)))
        self.sequence[phone] += 1
        self.timestamp[phone] += samples

    def _turn(self, ms: int) -> None:
        self.lab.turn(ms)

    def _talk(self, leg: int, count: int) -> None:
        for n in range(count):
            self.say(leg, leg, noise(n), (0, 0, 8, 0, 13)[(count + n) % 5])
            self.lab.turn(20)

    def _speak(self, leg: int, codec: str, count: int) -> None:
        """Packets of a coding, whatever the leg expects."""
        for n in range(count):
            said = voice.Voice(voice.NUMBERS[codec]).encode(g711.decode("PCMU", np.frombuffer(noise(n), np.uint8)))
            self.say(leg, leg, said, CODED_TYPE, samples=160 * (6 if codec == "opus" else 1))
            self.lab.turn(20)

    def _break(self, phone: int, what: str, by: int) -> None:
        if what == "order":
            self.sequence[phone] += by % 7 - 4
            self.timestamp[phone] += 160 * (by % 7 - 4)
        else:
            values = getattr(self, what)
            values[phone] = (values[phone] + by) % 2**32

    def _mix(self, leg: int, as_one: bool, ssrcs: list[int], pause_ms: int) -> None:
        """Packets of these SSRCs, numbered together or each of its own."""
        for one in ssrcs:
            if as_one:
                self.ssrc[leg] = 0xCC00 + one
                self.say(leg, leg, noise(one), (0, 0, 0, 13)[one % 4])
            else:
                sequence, timestamp = self.mixed[leg, one]
                self.lab.say(leg, leg, packet.build(Packet(0, sequence, timestamp, 0xDD00 + one, noise(one))))
                self.mixed[leg, one] = [sequence + 1, timestamp + 160]
            self.lab.turn(20)
        for _ in range(pause_ms // 20):
            self.lab.turn(20)

    def _key(self, leg: int, event: int, how: str, passes: int = 1600) -> None:
        for n, one in enumerate(how):
            payload = bytes([event, 0x8A if one == "E" else 0x0A]) + (160 * (n + 1)).to_bytes(2, "big")
            self.say(leg, leg, payload, 101, one == "M", samples=0)
            self.lab.turn(20)
        self.timestamp[leg] += passes

    def _datagram(self, leg: int, phone: int, data: bytes) -> None:
        self.lab.say(phone, leg, data)

    def _nearly(self, leg: int, phone: int, first: int, second: int, rest: bytes) -> None:
        self.lab.say(phone, leg, bytes([0x80 | first & 0x3F, second]) + rest)

    def _remote(
        self,
        leg: int,
        phone: int,
        codec: str,
        ptime_ms: int,
        latch: str,
        send: bool,
        quiet: bool,
        keys: int | None,
        clock: int,
        aside: bool,
    ) -> None:
        kind = {"PCMU": 0, "PCMA": 8}.get(codec, CODED_TYPE)
        fields = {"codec": codec, "payload_type": kind, "ptime_ms": ptime_ms, "latch": latch, "send": send}
        fields |= {"event_clock_hz": clock, "fec": send, "keys_aside": aside}
        remote = self.lab.remote(phone, send_silence=quiet, dtmf_payload_type=keys, **fields)
        self.lab.post(records.set_remote(self.lab.handle(leg), remote))

    def _bridge(self, a: int, b: int) -> None:
        self.lab.post(records.bridge(self.lab.handle(a), self.lab.handle(b)))

    def _unbridge(self, leg: int) -> None:
        self.lab.post(records.unbridge(self.lab.handle(leg)))

    def _hold(self, leg: int, on: bool) -> None:
        self.lab.post(records.hold(self.lab.handle(leg), on))

    def _play(self, leg: int, segments: list[tuple[int, int]], loop: bool, stop_on_key: bool) -> None:
        self.lab.post(*records.play(self.lab.handle(leg), 7, segments, loop, stop_on_key))

    def _stop(self, leg: int) -> None:
        self.lab.post(records.stop(self.lab.handle(leg)))

    def _record(self, leg: int, on: bool) -> None:
        make = records.record_start if on else records.record_stop
        self.lab.post(make(self.lab.handle(leg)))

    def _dial(self, leg: int, digits: str, tone_ms: int, gap_ms: int) -> None:
        self.lab.post(records.send_dtmf(self.lab.handle(leg), digits, tone_ms, gap_ms))

    def _watch(self, leg: int, ms: int) -> None:
        self.lab.post(records.rx_timeout(self.lab.handle(leg), ms))

    def _join(self, leg: int, room: int, muted: bool, deaf: bool, to: int | None) -> None:
        heard_by = None if to is None else self.lab.handle(to)
        self.lab.post(records.join(self.lab.handle(leg), room, muted, deaf, heard_by))

    def _leave(self, leg: int) -> None:
        self.lab.post(records.leave(self.lab.handle(leg)))

    def _attend(self, leg: int) -> None:
        self.lab.open(leg, attendant=True)

    def _tones(self, leg: int, on: bool) -> None:
        self.lab.post(records.tones(self.lab.handle(leg), on))

    def _whistle(self, leg: int, event: int, count: int) -> None:
        codes = g711.encode(
            "PCMU", np.concatenate([inband.tone(event, 160 * count), np.zeros(480, np.int16)])
        ).tobytes()
        for at in range(0, len(codes), 160):
            self.say(leg, leg, codes[at : at + 160], 0)
            self.lab.turn(20)

    def _seek(self, leg: int, frames: int) -> None:
        self.lab.post(records.seek(self.lab.handle(leg), frames))

    def _volume(self, leg: int, gain: int) -> None:
        self.lab.post(records.volume(self.lab.handle(leg), gain))

    def _reopen(self, leg: int) -> None:
        self.lab.open(leg)


BRIDGED_AND_JOINED: list[tuple[str, object]] = [
    *[("turn", 1)] * 39,
    ("remote", 1, 0, "PCMU", 10, "strict", True, True, None, 8000, False),
    *[("turn", 1)] * 7,
    ("bridge", 0, 1),
    ("turn", 1),
    ("join", 1, 0, False, False, None),
]
"""Who was sent silence, and joins a room right after: due with the room, in both."""


def tell(story: list[tuple[str, object]], connected: bool) -> None:
    lab = Lab()
    try:
        told = Story(lab)
        for leg in range(LEGS):
            lab.open(leg)
            if connected:
                lab.post(records.set_remote(lab.handle(leg), lab.remote(leg)))
        if connected:
            lab.post(records.bridge(lab.handle(0), lab.handle(1)), records.record_start(lab.handle(0)))
        for one in story:
            told.take(*one)
        lab.turn(20)
        lab.compare()
    finally:
        lab.close()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=30, max_size=80), flags)
@example(BRIDGED_AND_JOINED, False)
def test_any_story_ends_alike_on_both_engines(story: list[tuple[str, object]], connected: bool) -> None:
    tell(story, connected)
