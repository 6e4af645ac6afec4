"""Two real media workers: a phone on one hears the phone on the other, in a bridge and in a room."""

from __future__ import annotations

from pathlib import Path

from softswitch.adapters.media_ties import Ties
from tests.media.harness import eventually, is_continuous, noise
from tests.media.test_meetings import PITCHES, heard, talk
from tests.media.workshop import Desk, Workshop


def test_phones_of_two_workers_hear_each_other_and_no_leg_is_left(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    one, other = Workshop("c", tmp_path / "one"), Workshop("c", tmp_path / "other")
    there = Desk(one.thread, other.path)
    ann, ben = one.phone(), other.phone(ssrc=2)
    try:
        a, b = one.desk.call("a", ann), there.call("b", ben)
        ties = Ties(4)
        one.thread.call(ties.tie, "a", one.desk.client, "b", there.client)
        for n in range(10):
            ann.say(noise(n), a)
            ben.say(noise(90 + n), b)
        assert [noise(n) for n in range(10)] == [one.payload for one in ben.wait_for(10)]
        assert [noise(90 + n) for n in range(10)] == [one.payload for one in ann.wait_for(10)]
        assert is_continuous(ben.packets())
        one.thread.call(ties.cut, "b")
        for desk in (one.desk, there):
            eventually(lambda desk=desk: desk.ask(lambda c: c.status())["legs"] == 1, "the legs of the tie closed")
    finally:
        there.leave()
        one.close()
        other.close()


def test_a_room_has_members_of_two_workers_who_all_hear_each_other(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    one, other = Workshop("c", tmp_path / "one"), Workshop("c", tmp_path / "other")
    there = Desk(one.thread, other.path)
    phones = [one.phone(1), one.phone(2), other.phone(3)]
    try:
        ports = [one.desk.call("a", phones[0]), one.desk.call("b", phones[1]), there.call("c", phones[2])]
        ties = Ties(4)
        for leg in ("a", "b"):
            one.desk.ask(lambda c, leg=leg: c.join(leg, "r"))
        one.thread.call(ties.seat, "c", there.client, one.desk.client, "r", False)
        talk([(phones[n], ports[n], PITCHES[n]) for n in (0, 2)], 50)
        assert [[False, True], [True, True], [True, False]] == [[heard(p, PITCHES[n]) for n in (0, 2)] for p in phones]
        one.thread.call(ties.cut, "c")
        talk([(phones[0], ports[0], PITCHES[0]), (phones[2], ports[2], PITCHES[2])], 30)
        assert not heard(phones[1], PITCHES[2])
        eventually(lambda: there.ask(lambda c: c.status())["legs"] == 1, "the legs of the tie closed")
    finally:
        there.leave()
        one.close()
        other.close()
