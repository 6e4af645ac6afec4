"""Ports that a client keeps for legs to come: its own alone, given back when it leaves, and nothing of before is heard there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from media.plane.client import MediaError
from media.plane.kept_ports import KeptPorts
from media.plane.limits import kept_ports_max
from media.plane.ports import Ports
from tests.media.harness import eventually
from tests.media.test_worker import talk
from tests.media.workshop import PORT_PAIRS, Desk, Workshop, free_ports


def is_free(port: int) -> bool:
    """Whether nobody has it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        try:
            made.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_leg_listens_where_it_was_said_before_it_was_there(fast_workshop: Workshop) -> None:
    desk, ann, ben = fast_workshop.desk, fast_workshop.phone(), fast_workshop.phone()
    kept = desk.ask(lambda c: c.keep(4, 2))
    assert {("127.0.0.1", False)} == {(one.address, is_free(one.port)) for one in kept}
    assert kept[1] == desk.ask(lambda c: c.open("b", kept=kept[1].port))
    assert kept[0] == desk.ask(lambda c: c.open("a", kept=kept[0].port))
    assert 2 == desk.ask(lambda c: c.status())["ports"]["used"]
    for leg, phone in (("a", ann), ("b", ben)):
        desk.call_on(leg, phone)
    desk.ask(lambda c: c.bridge("a", "b"))
    assert talk(ann, kept[0].port, 5) == [packet.payload for packet in ben.wait_for(5)]
    for leg in ("a", "b"):
        desk.ask(lambda c, leg=leg: c.close(leg))
    eventually(lambda: all(is_free(one.port) for one in kept), "ports given back")


def test_what_came_while_nobody_listened_is_heard_by_no_leg() -> None:
    first, last = free_ports()
    kept = KeptPorts({4: Ports("127.0.0.1", first, last)})
    (port,) = kept.keep("switch", 4, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        for to in (port, port + 1) * 30:
            phone.sendto(b"of the call before", ("127.0.0.1", to))
        pair = kept.take("switch", 4, port)
        phone.sendto(b"of this one", ("127.0.0.1", port))
    assert b"of this one" == pair.rtp.recv(100)
    with pytest.raises(BlockingIOError):
        pair.rtcp.recv(100)
    pair.close()


def test_ports_are_of_the_client_that_kept_them_and_free_again_when_it_leaves(fast_workshop: Workshop) -> None:
    other = Desk(fast_workshop.thread, fast_workshop.path)
    kept = [one.port for one in other.ask(lambda c: c.keep(4, 3))]
    with pytest.raises(MediaError, match="no-ports"):
        fast_workshop.desk.ask(lambda c: c.open("a", kept=kept[0]))
    assert 0 == fast_workshop.desk.ask(lambda c: c.status())["legs"]
    other.ask(lambda c: c.open("a", kept=kept[0]))
    with pytest.raises(MediaError, match="no-ports"):
        other.ask(lambda c: c.open("b", kept=kept[0]))
    other.leave()
    eventually(lambda: all(map(is_free, kept)), "ports given back")


def test_a_port_whose_leg_is_refused_is_free_again(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    kept = [one.port for one in desk.ask(lambda c: c.keep(4, 2))]
    desk.ask(lambda c: c.open("a", kept=kept[0]))
    with pytest.raises(MediaError, match="exists"):
        desk.ask(lambda c: c.open("a", kept=kept[1]))
    assert [False, True] == [is_free(port) for port in kept]
    with pytest.raises(MediaError, match="no-ports"):
        desk.ask(lambda c: c.open("b", kept=kept[1]))


def test_a_client_that_missed_an_answer_leaves_no_port_behind(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    missed, six = desk.ask(lambda c: c.keep(4, 2)), desk.ask(lambda c: c.keep(6, 1))
    first = desk.ask(lambda c: c.keep(4, 2))
    assert [True, True] == [is_free(one.port) for one in missed]
    more = desk.ask(lambda c: c.keep(4, 1, [first[1].port]))
    assert [True, False, False] == [is_free(one.port) for one in (*first, *more)]
    for leg, one, family in (("a", first[1], 4), ("b", more[0], 4), ("six", six[0], 6)):
        assert one == desk.ask(lambda c, leg=leg, one=one, family=family: c.open(leg, family, kept=one.port))


def test_there_are_as_many_as_there_are_and_each_family_has_its_own(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    every = [one.port for one in desk.ask(lambda c: c.keep(4, kept_ports_max))]
    assert 1 <= len(every) <= PORT_PAIRS < kept_ports_max
    assert [] == desk.ask(lambda c: c.keep(4, 1, every))
    kept = desk.ask(lambda c: c.keep(6, 1))
    assert ["::1"] == [one.address for one in kept]
    assert kept[0] == desk.ask(lambda c: c.open("six", 6, kept=kept[0].port))
    with pytest.raises(MediaError, match="no-ports"):
        desk.ask(lambda c: c.open("four"))


def test_a_worker_that_ends_gives_all_back(tmp_path: Path) -> None:
    made = Workshop("c", tmp_path)
    kept = [one.port for one in made.desk.ask(lambda c: c.keep(4, 2))]
    made.thread.call(made.worker.stop)
    assert [True, True] == [is_free(port) for port in kept]
    made.thread.call(made.listening.stopListening)
    made.thread.stop()
