"""Names to targets: one question at a time, answers kept as long as they live, limits."""

from __future__ import annotations

import random

import pytest
from twisted.internet.task import Clock

from softswitch.sip.locate import Question, Target, Wanted
from softswitch.transport.limits import LOCATE_S_MAX, NAME_FAILED_S, NAME_NEGATIVE_S_MAX, NAMES_MAX, WAITERS_MAX
from softswitch.transport.resolver import Answer, OnAnswer, Resolver


class Names:
    """A resolver over a scripted DNS."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.asked: list[tuple[Question, OnAnswer]] = []
        self.resolver = Resolver(self.clock, lambda question, on: self.asked.append((question, on)), random.Random(1))
        self.told: list[object] = []

    def ask(self, name: str, port: int | None = 5060) -> None:
        self.resolver.locate(Wanted(name, port), ("udp",), lambda _: True, self.told.append, self.told.append)

    def answer(self, *records: str, ttl_s: float | None = 60) -> None:
        self.asked[-1][1](Answer(records, ttl_s))


def target(host: str, name: str = "h.example") -> tuple[Target, ...]:
    return (Target(host, 5060, "udp", name),)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_a_numeric_host_needs_no_question(address: str) -> None:
    names = Names()
    names.ask(address)
    assert ([target(address, address)], []) == (names.told, names.asked)
    assert [] == names.clock.getDelayedCalls()


def test_one_question_serves_all_who_wait_and_as_long_as_its_answer_lives() -> None:
    names = Names()
    names.ask("H.example")
    names.ask("h.example")
    names.answer("192.0.2.1", ttl_s=60)
    names.ask("h.example")
    assert 1 == len(names.asked)
    assert {"192.0.2.1"} == {each[0].host for each in names.told if isinstance(each, tuple)}
    assert 3 == len(names.told)
    names.clock.advance(61)
    names.ask("h.example")
    assert 2 == len(names.asked)


@pytest.mark.parametrize(
    "ttl_s, life_s", [(0, 5), (600, 600), (1_000_000, 3600)], ids=["no life", "usual", "very long"]
)
def test_the_life_of_an_answer_has_bounds(ttl_s: float, life_s: float) -> None:
    names = Names()
    names.ask("h.example")
    names.answer("192.0.2.1", ttl_s=ttl_s)
    names.clock.advance(life_s - 1)
    names.ask("h.example")
    assert 1 == len(names.asked)
    names.clock.advance(2)
    names.ask("h.example")
    assert 2 == len(names.asked)


@pytest.mark.parametrize("ttl_s, life_s", [(3600, NAME_NEGATIVE_S_MAX), (None, NAME_FAILED_S)], ids=["none", "failure"])
def test_that_there_is_none_is_remembered_for_a_short_time(ttl_s: float | None, life_s: float) -> None:
    names = Names()
    names.ask("h.example")
    names.answer(ttl_s=ttl_s)
    names.ask("h.example")
    assert (["no address for h.example"] * 2, 1) == (names.told, len(names.asked))
    names.clock.advance(life_s + 1)
    names.ask("h.example")
    assert 2 == len(names.asked)


def test_the_answers_held_are_bounded() -> None:
    names = Names()
    for number in range(NAMES_MAX + 10):
        names.ask(f"h{number}.example")
        names.answer("192.0.2.1")
    names.ask("h0.example")
    assert NAMES_MAX + 11 == len(names.asked)


def test_who_waits_for_a_name_is_bounded() -> None:
    names = Names()
    for _ in range(WAITERS_MAX + 1):
        names.ask("h.example")
    assert ["no address for h.example"] == names.told


def test_a_dns_that_is_silent_is_given_up_and_its_late_answer_is_kept_for_the_next() -> None:
    names = Names()
    names.ask("h.example")
    names.clock.advance(LOCATE_S_MAX)
    assert ["no answer in time about h.example"] == names.told
    names.answer("192.0.2.1")
    names.ask("h.example")
    assert [target("192.0.2.1")] == names.told[1:]
