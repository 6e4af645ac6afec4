"""Sleeping phones are woken, and waited for a bounded time (RFC 8599)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.task import Clock

from softswitch.adapters import wake
from softswitch.adapters.wake import Wake, Wakes
from softswitch.calls import contact
from softswitch.calls.effects import InviteLeg
from softswitch.peers.phones import Change, Contact
from softswitch.sip.bindings import Binding, Source
from softswitch.sip.fields.outbound import Push

ANN = Contact("t", "ann", "cell", Binding("sip:a@h", 1.0, 9.0, "c", 1, Source("udp", "h", 5060), push=Push("fcm", "x")))
WAKE = Wake("t", "ann", "cell", Push("fcm", "x"), "call-1", "+12025550100", 12.0)


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.said: list[str] = []
        self.wakes = Wakes(self.clock, lambda kind, wake: self.said.append(f"{kind} {wake.push.prid}"))

    def wait(self) -> None:
        self.wakes.wait("leg-1", WAKE, lambda contact: self.said.append("woken"), lambda: self.said.append("gone"))


def test_a_phone_that_registers_in_time_is_there_for_everybody_who_waits() -> None:
    world = World()
    world.wait()
    world.wait()
    world.wakes.changed(Change(ANN, "refreshed"))
    world.clock.advance(60)
    assert ["wake x", "wake x", "woken", "woken"] == world.said


def test_a_phone_that_does_not_wake_is_given_up_at_the_deadline() -> None:
    world = World()
    world.wait()
    world.clock.advance(11.9)
    assert ["wake x"] == world.said
    world.clock.advance(0.2)
    world.wakes.changed(Change(ANN, "created"))
    assert ["wake x", "cancel x", "gone"] == world.said


def test_a_page_is_waited_for_longer_because_its_person_opens_it() -> None:
    expected = [(wake.BY_ITSELF_S_MAX, "fcm"), (wake.BY_ITSELF_S_MAX, "apns"), (wake.BY_HAND_S_MAX, "webpush")]
    assert expected == [(wake.wake_s_max(Push(name, "x")), name) for _, name in expected]


def test_other_phones_and_other_news_wake_nobody() -> None:
    world = World()
    world.wait()
    another = replace(ANN.binding, push=Push("fcm", "y"))
    for change in (Change(ANN, "expired"), Change(replace(ANN, binding=another), "created")):
        world.wakes.changed(change)
    assert ["wake x"] == world.said


def test_too_many_who_wait_are_told_at_once() -> None:
    world = World()
    for _ in range(wake.WAITING_MAX + 1):
        world.wait()
    world.clock.advance(0)
    assert ["gone"] == [word for word in world.said if word != "wake x"]


def test_the_push_service_learns_what_it_needs() -> None:
    expected = {"tenant": "t", "user": "ann", "device": "cell", "provider": "fcm", "prid": "x", "param": None}
    assert expected | {"call": "call-1", "from": "+12025550100", "deadline_s": 12.0} == WAKE.document()


@pytest.mark.parametrize(("withheld", "told"), [(False, "102"), (True, "anonymous")])
def test_the_push_service_is_not_told_who_hides(withheld: bool, told: str) -> None:
    cell = contact.Contact("phone", "ann", "cell", "sip:a@h", "h", 5060, "udp")
    wanted = InviteLeg("leg-1", cell, "102", "Ben", b"", withheld)
    assert replace(WAKE, caller=told) == wake.wake_for(ANN, Push("fcm", "x"), "call-1", wanted)


def test_what_was_answered_elsewhere_is_taken_back_and_wakes_nobody() -> None:
    world = World()
    world.wait()
    world.wakes.released("leg-2")
    world.wakes.released("leg-1")
    world.wakes.released("leg-1")
    world.wakes.changed(Change(ANN, "created"))
    world.clock.advance(60)
    assert ["wake x", "cancel x"] == world.said


def test_a_phone_that_woke_is_not_asked_to_forget() -> None:
    world = World()
    world.wait()
    world.wakes.changed(Change(ANN, "created"))
    world.wakes.released("leg-1")
    assert ["wake x", "woken"] == world.said
