"""What a far end hears is one RTP stream, whatever happens behind it: hold, re-INVITE, transfer, prompts, a new source."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from media.plane import records
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.harness import noise
from tests.media.lab import Lab

ANN, BEN, CARLA, ANNS_OTHER = range(4)
STEP_MS = 20


class Scene:
    """Ann on leg 0, Ben on leg 1, Carla on leg 2; each source counts as it likes."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.streams = {BEN: [0xBE, 65_530, 2**32 - 800], CARLA: [0xCA, 7, 123_456_789]}
        self.at_ms: list[int] = []
        self.ms = 0
        for leg in range(3):
            lab.open(leg)
            lab.post(records.set_remote(lab.handle(leg), lab.remote(leg)))
        self.do(records.bridge(lab.handle(0), lab.handle(1)))

    def do(self, *commands: bytes) -> None:
        self.lab.post(*commands)

    def talk(self, who: int, packets: int = 5) -> None:
        for _ in range(packets):
            ssrc, sequence, timestamp = self.streams[who]
            before = self.count()
            self.lab.say(who, who, packet.build(Packet(0, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, noise(1))))
            self.at_ms += [self.ms] * (self.count() - before)
            self.streams[who] = [ssrc, sequence + 1, timestamp + 160]
            self.pause(STEP_MS)

    def pause(self, ms: int) -> None:
        for _ in range(ms // STEP_MS):
            before = self.count()
            self.ms += STEP_MS
            self.lab.turn(STEP_MS)
            self.at_ms += [self.ms] * (self.count() - before)

    def count(self) -> int:
        return sum(1 for leg, _, _ in self.lab.heard[0] if leg == 0)

    def heard(self) -> list[Packet]:
        """All that Ann heard, at whichever of her addresses."""
        parsed = [packet.parse(data) for leg, _, data in self.lab.heard[0] if leg == 0]
        return [one for one in parsed if one is not None]

    def check(self, runs: int) -> None:
        """One SSRC, no number left out, timestamps that follow the clock, a marker where one of `runs` begins."""
        heard = self.heard()
        assert {0x5000} == {one.ssrc for one in heard}
        pairs = list(itertools.pairwise(heard))
        assert {1} == {(b.sequence - a.sequence) & 0xFFFF for a, b in pairs}
        steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairs]
        passed = [8 * (b - a) for a, b in itertools.pairwise(self.at_ms)]
        assert all(abs(step - gone) <= 320 and step >= 160 for step, gone in zip(steps, passed, strict=True))
        assert runs == sum(one.marker for one in heard)
        assert heard[0].marker
        self.lab.compare()


@pytest.fixture
def scene() -> Iterator[Scene]:
    lab = Lab()
    yield Scene(lab)
    lab.close()


def test_hold_is_a_pause_of_the_same_stream(scene: Scene) -> None:
    scene.talk(BEN)
    scene.do(records.hold(scene.lab.handle(0), True))
    scene.talk(BEN, 50)
    scene.do(records.hold(scene.lab.handle(0), False))
    scene.talk(BEN)
    assert 10 == len(scene.heard())
    scene.check(2)


def test_a_re_invite_to_another_address_goes_on_with_the_stream(scene: Scene) -> None:
    scene.talk(BEN)
    scene.do(records.set_remote(scene.lab.handle(0), scene.lab.remote(ANNS_OTHER)))
    scene.talk(BEN)
    assert {ANN, ANNS_OTHER} == {phone for leg, phone, _ in scene.lab.heard[0] if leg == 0}
    scene.check(1)


def test_a_bridge_to_another_party_goes_on_with_the_stream(scene: Scene) -> None:
    scene.talk(BEN)
    scene.pause(400)
    scene.do(records.bridge(scene.lab.handle(0), scene.lab.handle(2)))
    scene.talk(CARLA)
    scene.do(records.bridge(scene.lab.handle(0), scene.lab.handle(1)))
    scene.talk(BEN)
    scene.check(3)


def test_a_prompt_between_two_parties_goes_on_with_the_stream(scene: Scene) -> None:
    scene.talk(BEN)
    scene.do(records.unbridge(scene.lab.handle(0)))
    scene.do(*records.play(scene.lab.handle(0), 1, [(0, 1600)], False, False))
    scene.pause(400)
    scene.do(records.bridge(scene.lab.handle(0), scene.lab.handle(2)))
    scene.talk(CARLA)
    scene.check(3)


def test_a_source_that_starts_anew_goes_on_with_the_stream(scene: Scene) -> None:
    scene.talk(BEN)
    scene.streams[BEN] = [0xBF, 40_000, 5]
    scene.talk(BEN)
    scene.check(2)


def test_a_key_that_comes_late_and_is_not_passed_on_costs_the_voice_no_number(scene: Scene) -> None:
    """Ann takes no keys in her media: what is left out is not counted, but the number after it was given already."""
    lab = scene.lab
    scene.do(records.set_remote(lab.handle(0), lab.remote(0, dtmf_payload_type=None, keys_aside=True)))
    for number in (100, 101, 103, 102, 104, 105):
        is_key, stamp = number == 102, 160 * number
        payload = bytes([5, 0x8A, 3, 0x20]) if is_key else noise(number)
        lab.say(BEN, BEN, packet.build(Packet(101 if is_key else 0, number, stamp, 0xBE, payload)))
        lab.turn(STEP_MS)
    numbers = [one.sequence for one in scene.heard()]
    assert 5 == len(numbers) == len(set(numbers))
    lab.compare()
