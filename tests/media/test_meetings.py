"""Rooms by the worker's verbs: a conference with real phones, its recording, its attendant, monitors and refusals."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from media.audio import wav
from media.codecs import g711
from media.plane.client import MediaError
from media.plane.events import PlayDone, RecordDone, Speaking
from tests.media.harness import Phone, eventually, is_continuous, remote_of
from tests.media.workshop import Workshop


def voice(hertz: float) -> bytes:
    """20 ms whose tone goes on in the next."""
    return g711.encode(
        "PCMU", np.round(4000 * np.sin(2 * np.pi * hertz * np.arange(160) / 8000)).astype(np.int16)
    ).tobytes()


def talk(pairs: list[tuple[Phone, int, float]], packets: int) -> None:
    """All of them at once, at the pace of real phones."""
    due = time.monotonic()
    for _ in range(packets):
        for phone, port, hertz in pairs:
            phone.say(voice(hertz), port)
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))


def heard(phone: Phone, hertz: float) -> bool:
    """A tone of about full voice for 100 ms, in what came lately: on a busy machine the last may be the silence after it."""
    codes = b"".join(p.payload for p in phone.packets()[-14:])
    samples = g711.decode("PCMU", np.frombuffer(codes, np.uint8))
    turned = samples * np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / 8000)
    starts = range(0, len(samples) - 799, 160)
    return max((float(2 * np.abs(turned[at : at + 800].mean())) for at in starts), default=0.0) > 2000


PITCHES = (500.0, 1250.0, 1500.0)  # none is that of the beep


def test_three_meet_are_recorded_and_hear_the_tone_of_their_attendant(workshop: Workshop) -> None:
    desk, phones = workshop.desk, [workshop.phone(n) for n in (1, 2, 3)]
    ports = [desk.call(f"m{n}", phone) for n, phone in enumerate(phones)]
    path = str(workshop.folder / "room.wav")
    desk.ask(lambda c: c.attendant("host"))
    desk.ask(lambda c: c.join("host", "r"))
    for n in range(3):
        desk.ask(lambda c, n=n: c.join(f"m{n}", "r"))
    desk.ask(lambda c: c.record("host", "t", path, "room", 60, 0))
    desk.ask(lambda c: c.play("host", "p", ["tone:beep"]))
    talk([(phones[n], ports[n], PITCHES[n]) for n in range(2)], 50)
    assert [PlayDone("host", "p", "end")] == desk.heard(PlayDone)
    assert [[False, True], [True, False], [True, True]] == [[heard(p, f) for f in PITCHES[:2]] for p in phones]
    assert {Speaking("m0", True), Speaking("m1", True)} <= set(desk.heard(Speaking, 2))
    assert all(is_continuous(phone.packets()) for phone in phones)
    assert 1 == desk.ask(lambda c: c.status())["rooms"]
    desk.ask(lambda c: c.stop_record("t"))
    done = desk.heard(RecordDone)[0]
    samples = wav.parse(Path(path).read_bytes()).samples
    assert ("stopped", 1) == (done.reason, samples.shape[1])
    assert 0.9 < done.seconds < 1.6
    spectrum = np.abs(np.fft.rfft(samples[3200:6400, 0].astype(float)))
    assert [500, 1250] == sorted(int(at) * 8000 // 3200 for at in np.argsort(spectrum)[-2:])
    for leg in ("m0", "m1", "m2", "host"):
        desk.ask(lambda c, leg=leg: c.close(leg))
    assert 0 == desk.ask(lambda c: c.status())["rooms"]


def test_a_supervisor_monitors_whispers_and_barges_in(fast_workshop: Workshop) -> None:
    desk, phones = fast_workshop.desk, [fast_workshop.phone(n) for n in (1, 2, 3)]
    ports = [desk.call(name, phone) for name, phone in zip(("agent", "caller", "boss"), phones, strict=True)]
    desk.ask(lambda c: c.join("agent", "r"))
    desk.ask(lambda c: c.join("caller", "r"))
    found = []
    for muted, to in ((True, None), (False, "agent"), (False, None)):
        desk.ask(lambda c, muted=muted, to=to: c.join("boss", "r", muted=muted, whisper_to=to))
        talk([(phones[1], ports[1], PITCHES[1]), (phones[2], ports[2], PITCHES[2])], 25)
        found.append((heard(phones[0], PITCHES[2]), heard(phones[1], PITCHES[2]), heard(phones[2], PITCHES[1])))
    assert [(False, False, True), (True, False, True), (True, True, True)] == found


WAKEUPS_PER_S_MAX = 170
"""Fifty ticks, a look each 10 ms where no tick is, and twenty looks at all legs."""


@pytest.mark.parametrize(
    "how", ["alone", "room", "RTCP on the RTP port", "other coding", "other coding, told after the bridge"]
)
def test_what_nobody_is_sent_at_once_wakes_nobody(fast_workshop: Workshop, how: str) -> None:
    desk, phones = fast_workshop.desk, [fast_workshop.phone(n) for n in range(1, 9)]
    coding, kind = ("L16/8000", 96) if how == "other coding" else ("PCMU", 0)
    mux = how.startswith("RTCP")
    ports = [desk.call(f"m{n}", phone, rtcp_mux=mux) for n, phone in enumerate(phones[:4])]
    ports += [
        desk.call(f"m{n}", phone, coding, payload_type=kind, rtcp_mux=mux) for n, phone in enumerate(phones[4:], 4)
    ]
    for n in range(8 if how == "room" else 0):
        desk.ask(lambda c, n=n: c.join(f"m{n}", "r"))
    for n in range(4 if how.startswith("other") else 0):
        desk.ask(lambda c, n=n: c.bridge(f"m{n}", f"m{n + 4}"))
    if how.endswith("after the bridge"):
        for n in range(4, 8):
            desk.ask(lambda c, n=n: c.remote(f"m{n}", remote_of(phones[n], "L16/8000", payload_type=96)))
    sound = [(phone, port, PITCHES[n % 3]) for n, (phone, port) in enumerate(zip(phones, ports, strict=True))]
    talk(sound, 10)
    counters = fast_workshop.engine.counters[0]
    wakeups, packets, began = int(counters["wakeups"]), int(counters["rx_packets"]), time.monotonic()
    talk(sound, 50)
    eventually(lambda: counters["rx_packets"] - packets >= 390, "eight voices taken")
    ticks_per_s = 8 * 50 if how.startswith("other") else 0
    assert counters["wakeups"] - wakeups <= (WAKEUPS_PER_S_MAX + ticks_per_s) * (time.monotonic() - began)


def talk_until(phone: Phone, port: int, hertz: float, told: Callable[[], bool], what: str) -> None:
    """At the pace of a real phone, however late the machine lets it be heard."""
    for _ in range(500):
        if told():
            return
        talk([(phone, port, hertz)], 1)
    raise AssertionError(f"no {what}")


def test_a_bridge_ends_the_seat_and_a_seat_the_bridge(fast_workshop: Workshop) -> None:
    desk, (ann, ben) = fast_workshop.desk, [fast_workshop.phone(n) for n in (1, 2)]
    ports = [desk.call(name, phone) for name, phone in zip("ab", (ann, ben), strict=True)]
    desk.ask(lambda c: c.join("a", "r"))
    desk.ask(lambda c: c.bridge("a", "b"))
    assert 0 == desk.ask(lambda c: c.status())["rooms"]
    talk_until(ann, ports[0], PITCHES[0], lambda: heard(ben, PITCHES[0]), "voice over the bridge")
    desk.ask(lambda c: c.join("b", "r"))
    before = len(ben.packets())
    talk_until(ann, ports[0], PITCHES[0], lambda: len(ben.packets()) >= before + 50, "second of the room")
    assert not heard(ben, PITCHES[0])
    desk.ask(lambda c: c.leave("b"))
    desk.ask(lambda c: c.leave("b"))
    assert 0 == desk.ask(lambda c: c.status())["rooms"]


def refusal(workshop: Workshop, ask: object) -> str:
    with pytest.raises(MediaError) as refused:
        workshop.desk.ask(ask)
    return refused.value.code


def test_what_cannot_be_is_refused(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    desk.call("a", fast_workshop.phone())
    desk.ask(lambda c: c.attendant("host"))
    assert "no-leg" == refusal(fast_workshop, lambda c: c.join("x", "r"))
    assert "no-leg" == refusal(fast_workshop, lambda c: c.join("a", "r", whisper_to="x"))
    assert "not-there" == refusal(fast_workshop, lambda c: c.join("a", "r", whisper_to="host"))
    assert "bad-field" == refusal(fast_workshop, lambda c: c.join("a", ""))
    assert "attendant" == refusal(fast_workshop, lambda c: c.bridge("a", "host"))
    assert "exists" == refusal(fast_workshop, lambda c: c.attendant("host"))
