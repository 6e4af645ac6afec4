"""Rooms: who hears whom, the loudest few, no clipping, late members; both engines alike, then as facts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.codecs import g711
from media.plane import records
from media.plane.records import Kind
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.lab import Lab

EXAMPLES = 200 if os.environ.get("NIGHTLY") else 25
MEMBERS = 7
LIMIT = 31500
SILENT = 8  # A-law has no zero


def tone(hertz: float, amplitude: float, packets: int) -> NDArray[np.int16]:
    return np.round(amplitude * np.sin(2 * np.pi * hertz * np.arange(160 * packets) / 8000)).astype(np.int16)


def strength(samples: NDArray[np.int16], hertz: float) -> float:
    """The amplitude of a tone within samples."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / 8000)
    return float(2 * np.abs((samples * turns).mean()))


class Meeting:
    """Phones in one room of both engines, on virtual time; each speaks the samples it is given, 20 ms at a time."""

    def __init__(self, members: int = MEMBERS, laws: str = "ua") -> None:
        self.lab = Lab(members + 1, members)
        self.laws = ["PCMU" if laws[n % len(laws)] == "u" else "PCMA" for n in range(members)]
        self.members = range(members)
        self.attendant = members
        self.clock = 0
        for leg in self.members:
            self.lab.open(leg)
            kind = 0 if self.laws[leg] == "PCMU" else 8
            remote = self.lab.remote(leg, codec=self.laws[leg], payload_type=kind, ptime_ms=(20, 20, 30, 10)[leg % 4])
            self.lab.post(records.set_remote(self.lab.handle(leg), remote))

    def join(self, leg: int, muted: bool = False, deaf: bool = False, to: int | None = None) -> None:
        heard_by = None if to is None else self.lab.handle(to)
        self.lab.post(records.join(self.lab.handle(leg), 3, muted, deaf, heard_by))

    def leave(self, leg: int) -> None:
        self.lab.post(records.leave(self.lab.handle(leg)))

    def talk(self, voices: dict[int, NDArray[np.int16]], packets: int = 25) -> None:
        for n in range(packets):
            for leg, samples in voices.items():
                part = g711.encode(self.laws[leg], samples[160 * n : 160 * n + 160]).tobytes()
                kind = 0 if self.laws[leg] == "PCMU" else 8
                stream = self.clock & 0xFFFF, self.clock * 160, 0xAB00 + leg
                self.lab.say(leg, leg, packet.build(Packet(kind, *stream, part)))
            self.clock += 1
            self.lab.turn(20)

    def heard(self, leg: int) -> NDArray[np.int16]:
        """What the phone of a leg heard since the last look, from the compiled engine; the plain one sent the same."""
        self.lab.compare()
        payloads = [packet.parse(data) for at, _, data in self.lab.heard[0] if at == leg]
        codes = b"".join(p.payload for p in payloads if p is not None)
        return g711.decode(self.laws[leg], np.frombuffer(codes, np.uint8))

    def forget(self) -> None:
        self.lab.compare()
        self.lab.heard = [[], []]
        for side in self.lab.sides:
            side.sent = 0

    def speaking(self) -> list[tuple[int, int]]:
        return [(event[2], event[1]) for event in self.lab.events[0] if event[0] == Kind.SPEAKING]


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    made = Meeting()
    yield made
    made.lab.close()


def test_each_hears_all_the_others_and_never_himself(meeting: Meeting) -> None:
    pitches = (500.0, 900.0, 1300.0)
    for leg in range(3):
        meeting.join(leg)
    meeting.talk({leg: tone(pitches[leg], 4000, 50) for leg in range(3)}, 50)
    for leg in range(3):
        heard = meeting.heard(leg)[-1600:]
        expected = [0.0 if leg == other else 4000.0 for other in range(3)]
        assert pytest.approx(expected, abs=150) == [strength(heard, pitch) for pitch in pitches]


def test_the_four_loudest_are_heard_and_the_others_are_not(meeting: Meeting) -> None:
    amplitudes = (500, 4000, 600, 5000, 700, 3000, 800)
    for leg in meeting.members:
        meeting.join(leg)
    meeting.talk({leg: tone(400 + 200 * leg, amplitudes[leg], 50) for leg in meeting.members}, 50)
    heard = meeting.heard(0)[-1600:]
    strengths = [strength(heard, 400 + 200 * leg) for leg in meeting.members]
    assert [False, True, False, True, False, True, True] == [one > 300 for one in strengths]
    assert pytest.approx([4000, 5000, 3000, 800], rel=0.1) == [s for s in strengths if s > 300]


def test_speakers_who_together_exceed_full_scale_are_turned_down_and_not_clipped(meeting: Meeting) -> None:
    for leg in range(4):
        meeting.join(leg)
    meeting.talk({leg: tone(500 + 400 * leg, 20000, 100) for leg in range(3)}, 100)
    heard = meeting.heard(3)
    assert LIMIT > np.abs(heard.astype(int)).max()
    late = heard[-4000:]
    levels = [strength(late, 500 + 400 * leg) for leg in range(3)]
    assert pytest.approx([levels[0]] * 3, rel=0.05) == levels
    assert 8000 < levels[0] < 20000
    rest = late - sum(
        np.real(
            2
            * np.exp(2j * np.pi * f * np.arange(4000) / 8000)
            * (late * np.exp(-2j * np.pi * f * np.arange(4000) / 8000)).mean()
        )
        for f in (500, 900, 1300)
    )
    assert 0.02 * levels[0] > np.sqrt((rest**2).mean())


def test_the_gain_comes_back_when_it_is_quiet_again(meeting: Meeting) -> None:
    for leg in range(3):
        meeting.join(leg)
    meeting.talk({leg: tone(500 + 400 * leg, 30000, 20) for leg in range(2)}, 20)
    meeting.talk({0: tone(500, 5000, 100)}, 100)
    assert pytest.approx(5000, rel=0.03) == strength(meeting.heard(2)[-1600:], 500)


def test_a_muted_member_is_not_heard_and_a_deaf_one_hears_nothing(meeting: Meeting) -> None:
    meeting.join(0, muted=True)
    meeting.join(1, deaf=True)
    meeting.join(2)
    meeting.talk({leg: tone(500 + 400 * leg, 4000, 30) for leg in range(3)}, 30)
    assert SILENT >= np.abs(meeting.heard(1)).max()
    heard = meeting.heard(2)[-1600:]
    assert pytest.approx([0, 4000, 0], abs=150) == [strength(heard, 500 + 400 * leg) for leg in range(3)]


def test_a_whisper_is_heard_by_one_only_and_its_speaker_hears_all(meeting: Meeting) -> None:
    meeting.join(0)
    meeting.join(1)
    meeting.join(2, to=0)
    meeting.talk({leg: tone(500 + 400 * leg, 4000, 30) for leg in range(3)}, 30)
    heard = [[strength(meeting.heard(leg)[-1600:], 500 + 400 * other) for other in range(3)] for leg in range(3)]
    assert pytest.approx([0, 4000, 4000], abs=150) == heard[0]
    assert pytest.approx([4000, 0, 0], abs=150) == heard[1]
    assert pytest.approx([4000, 4000, 0], abs=150) == heard[2]


def test_monitor_becomes_whisper_becomes_barge_by_sitting_otherwise(meeting: Meeting) -> None:
    meeting.join(0)
    meeting.join(1)
    found = []
    for how in ({"muted": True}, {"to": 0}, {}):
        meeting.join(2, **how)
        meeting.talk({2: tone(1300, 4000, 20)}, 20)
        found.append([strength(meeting.heard(leg)[-800:], 1300) > 3000 for leg in range(3)])
        meeting.forget()
    assert [[False, False, False], [True, False, False], [True, True, False]] == found


def test_a_whisper_is_heard_by_nobody_when_its_hearer_left(meeting: Meeting) -> None:
    meeting.join(0)
    meeting.join(1)
    meeting.join(2, to=0)
    meeting.leave(0)
    meeting.lab.open(0)
    kind = meeting.lab.remote(0)
    meeting.lab.post(records.set_remote(meeting.lab.handle(0), kind))
    meeting.join(0)
    meeting.forget()
    meeting.talk({2: tone(1300, 4000, 20)}, 20)
    assert [True, True] == [SILENT >= np.abs(meeting.heard(leg)).max() for leg in range(2)]


def test_who_left_is_neither_heard_nor_hears(meeting: Meeting) -> None:
    for leg in range(3):
        meeting.join(leg)
    meeting.talk({0: tone(500, 4000, 10)}, 10)
    meeting.leave(0)
    meeting.talk({}, 5)
    meeting.forget()
    meeting.talk({0: tone(500, 4000, 20)}, 20)
    assert 0 == len(meeting.heard(0))
    assert SILENT >= np.abs(meeting.heard(1)).max()


def test_a_member_that_joins_late_shifts_nobody(meeting: Meeting) -> None:
    meeting.join(0)
    meeting.join(1)
    voice = np.round(np.random.default_rng(3).normal(0, 2000, 160 * 60)).astype(np.int16)
    meeting.talk({0: voice}, 30)
    meeting.join(2)
    meeting.talk({0: voice[4800:], 2: np.zeros(4800, np.int16)}, 30)
    heard = meeting.heard(1).astype(float)
    sent = g711.decode("PCMU", g711.encode("PCMU", voice)).astype(float)
    shift = int(np.argmax(np.correlate(heard[1600:4000], sent[1200:3600], "full"))) - 2399
    for start in (2400, 6400):
        piece = sent[start : start + 800]
        again = int(np.argmax(np.correlate(heard, piece, "valid"))) - start
        first = int(np.argmax(np.correlate(heard, sent[2400:3200], "valid"))) - 2400
        assert first == again
    assert -2400 < shift < 2400


def test_lost_and_late_packets_of_one_are_gaps_in_his_voice_only(meeting: Meeting) -> None:
    for leg in range(3):
        meeting.join(leg)
    meeting.talk({0: tone(500, 4000, 10), 1: tone(900, 4000, 10)}, 10)
    meeting.forget()
    meeting.talk({1: tone(900, 4000, 20)}, 20)
    heard = meeting.heard(2)[-1600:]
    assert pytest.approx([0, 4000], abs=150) == [strength(heard, 500), strength(heard, 900)]


def test_who_speaks_is_told_once_and_so_is_the_end(meeting: Meeting) -> None:
    for leg in range(3):
        meeting.join(leg)
    meeting.talk({0: tone(500, 4000, 50), 1: tone(900, 100, 50)}, 50)
    assert [(0, 1)] == meeting.speaking()
    meeting.talk({1: tone(900, 100, 100)}, 100)
    assert [(0, 1), (0, 0)] == meeting.speaking()


def test_who_is_alone_in_a_room_is_listened_to_all_the_same(meeting: Meeting) -> None:
    """How answering machines are told from people: a word of 0.5 s is over within 1.5 s, pauses of 0.3 s end nothing."""
    meeting.join(0)
    word, pause = tone(500, 4000, 25), tone(500, 4, 15)
    meeting.talk({0: np.concatenate([word, pause, word, pause, word])}, 105)
    assert [(0, 1)] == meeting.speaking()
    meeting.talk({0: tone(500, 4, 75)}, 75)
    assert [(0, 1), (0, 0)] == meeting.speaking()


def test_what_an_attendant_plays_is_heard_by_the_room_and_what_it_hears_is_recorded(meeting: Meeting) -> None:
    sound = tone(1500, 4000, 30)
    lab, attendant = meeting.lab, meeting.attendant
    np.frombuffer(lab.arena, np.uint8)[: len(sound)] = g711.encode("PCMU", sound)
    lab.open(attendant, attendant=True)
    meeting.join(attendant)
    meeting.join(0)
    meeting.join(1)
    lab.post(records.record_start(lab.handle(attendant)))
    lab.post(*records.play(lab.handle(attendant), 9, [(0, len(sound))], False, False))
    meeting.talk({0: tone(500, 4000, 28)}, 28)
    heard = meeting.heard(1)[-1600:]
    assert pytest.approx([4000, 4000], abs=150) == [strength(heard, pitch) for pitch in (500, 1500)]
    ring = lab.sides[0].engine.rings[attendant, 2400:4000].astype(float)
    assert pytest.approx([0, 4000], abs=150) == [strength(ring[:, 0], pitch) for pitch in (500, 1500)]
    assert pytest.approx([4000, 0], abs=150) == [strength(ring[:, 1], pitch) for pitch in (500, 1500)]
    meeting.talk({}, 10)
    assert [9] == [event[4] for event in lab.events[0] if event[0] == Kind.PLAY_DONE]


members = st.integers(0, MEMBERS)
moves = st.one_of(
    st.tuples(st.just("join"), members, st.booleans(), st.booleans(), st.sampled_from([None, None, 0, 3])),
    st.tuples(st.just("leave"), members),
    st.tuples(st.just("talk"), st.lists(st.tuples(st.integers(0, MEMBERS - 1), st.integers(0, 32767)), max_size=7)),
    st.tuples(st.just("talk"), st.lists(st.tuples(st.integers(0, MEMBERS - 1), st.integers(0, 32767)), max_size=7)),
    st.tuples(st.just("wait"), st.sampled_from([1, 7, 50, 95, 400])),
    st.tuples(st.just("play"), st.booleans()),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(moves, min_size=10, max_size=40))
def test_any_meeting_sounds_alike_on_both_engines(story: list[tuple[object, ...]]) -> None:
    meeting = Meeting()
    try:
        meeting.lab.open(meeting.attendant, attendant=True)
        for leg in meeting.members:
            meeting.join(leg)
        for what, *how in story:
            if what == "talk":
                meeting.talk({leg: tone(300 + 77 * leg, amplitude, 5) for leg, amplitude in how[0]}, 5)
            elif what == "wait":
                meeting.lab.turn(how[0])
            elif what == "play":
                handle = meeting.lab.handle(meeting.attendant)
                meeting.lab.post(*records.play(handle, 5, [(0, 900)], bool(how[0]), False))
            else:
                getattr(meeting, str(what))(*how)
        meeting.lab.compare()
    finally:
        meeting.lab.close()
