"""Legs of a client that vanished: they go on for who claims them, and are closed when nobody does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twisted.internet.task import Clock

from media.plane.orphans import Orphans
from tests.media.harness import eventually
from tests.media.test_worker import talk
from tests.media.workshop import Desk, Workshop


@dataclass
class Leg:
    name: str
    owner: object
    ports: Any = "a pair of ports"


@dataclass
class Ward:
    """Some legs, and what became of them."""

    legs: list[Leg]
    clock: Clock = field(default_factory=Clock)
    closed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        legs: Any = self
        self.orphans = Orphans(self.clock, legs, self._close)

    def owned_by(self, owner: object) -> list[Leg]:
        return [leg for leg in self.legs if leg.owner is owner]

    def _close(self, leg: Any) -> None:
        self.legs.remove(leg)
        self.closed.append(leg.name)


def test_a_client_that_promised_nothing_takes_its_legs_with_it() -> None:
    ward = Ward([Leg("a", "switch"), Leg("b", "another")])
    ward.orphans.gone("switch")
    assert ["a"] == ward.closed


def test_legs_wait_for_who_claims_them_and_the_others_are_closed_then() -> None:
    ward = Ward([Leg("a", "old"), Leg("b", "old"), Leg("c", "old"), Leg("room", "old", None)])
    assert [] == ward.orphans.claim("old", [], 30, True)
    ward.orphans.gone("old")
    assert ["room"] == ward.closed  # an attendant has no far end that could wait
    ward.clock.advance(29)
    assert ["a"] == [leg.name for leg in ward.orphans.claim("new", ["a", "nobody"], 30, False)]
    assert ["room"] == ward.closed
    assert ["b"] == [leg.name for leg in ward.orphans.claim("new", ["b"], 30, True)]
    assert ["room", "c"] == ward.closed
    ward.clock.advance(60)
    assert ["a", "b"] == [leg.name for leg in ward.owned_by("new")]


def test_legs_that_nobody_claims_are_closed_in_time() -> None:
    ward = Ward([Leg("a", "old")])
    ward.orphans.claim("old", [], 30, True)
    ward.orphans.gone("old")
    ward.clock.advance(29.9)
    assert [] == ward.closed
    ward.clock.advance(0.2)
    assert ["a"] == ward.closed
    assert [] == ward.orphans.claim("new", ["a"], 30, True)


def test_two_hear_each_other_while_their_client_is_gone_and_another_one_has_them_then(workshop: Workshop) -> None:
    other, ann, ben = Desk(workshop.thread, workshop.path), workshop.phone(), workshop.phone()
    assert {} == other.ask(lambda c: c.claim([], 30))
    a, b = other.call("a", ann), other.call("b", ben)
    other.call("c", workshop.phone())
    other.ask(lambda c: c.bridge("a", "b"))
    path = str(workshop.folder / "goes-on.wav")
    other.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    other.leave()
    sent = talk(ann, a, 10)
    assert sent == [p.payload for p in ben.wait_for(10)]
    many = [*(f"leg {n}" for n in range(600)), "b"]  # more than one request holds
    found = workshop.desk.ask(lambda c: c.claim(["a", *many], 30))
    assert {"a": a, "b": b} == {name: opened.port for name, opened in found.items()}
    assert "127.0.0.1" == found["a"].address
    eventually(lambda: workshop.desk.ask(lambda c: c.status())["legs"] == 2, "nobody claimed the third leg")
    talk(ben, b, 3)
    ann.wait_for(3)
    workshop.desk.ask(lambda c: c.stop_record("r"))
    total = workshop.desk.ask(lambda c: c.close("a"))
    assert (10, 3) == (total.rx.packets, total.tx.packets)
