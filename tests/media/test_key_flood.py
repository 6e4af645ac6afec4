"""Keys as fast as packets come are no caller: so many a second are told, each from its beginning to its end, and no more."""

from __future__ import annotations

from media.plane import records
from media.plane.records import Kind
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.lab import Lab

PRESSES, TOLD_MAX, SECOND_MS = 80, 50, 1050


def press(lab: Lab, number: int) -> None:
    payload = bytes([number % 16, 0x8A, 3, 0x20])
    lab.say(0, 0, packet.build(Packet(101, number, 160 * number, 7, payload, marker=True)))


def told(lab: Lab, kind: Kind) -> int:
    return sum(event[0] == kind for event in lab.events[0])


def test_of_a_flood_of_keys_so_many_a_second_are_told_and_later_ones_again() -> None:
    lab = Lab()
    lab.open(0)
    lab.post(records.set_remote(lab.handle(0), lab.remote(0)))
    for number in range(PRESSES):
        press(lab, number)
    assert (TOLD_MAX, TOLD_MAX) == (told(lab, Kind.KEY), told(lab, Kind.DIGIT))
    lab.turn(SECOND_MS)
    press(lab, PRESSES)
    assert (TOLD_MAX + 1, TOLD_MAX + 1) == (told(lab, Kind.KEY), told(lab, Kind.DIGIT))
    assert PRESSES - TOLD_MAX == lab.sides[0].engine.statistics[0]["flooded"]
    lab.compare()
    lab.close()
