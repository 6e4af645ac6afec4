"""Reliable provisional answers: every (state, input) pair of the answering side, order on the calling side, headers."""

from __future__ import annotations

import pytest

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.reliability import RAck
from softswitch.sip.message import Response
from softswitch.sip.reliable import Order, ReliableClient, ReliableServer, State, rack_of, rseq_of, supports
from softswitch.sip.timers import Timer, Timing
from tests.softswitch.sip.machines import a_request, an_answer, words

PATHS = {State.IDLE: [], State.WAITING: ["send"], State.OVER: ["final"]}
INPUTS = ["send", "PRACK", "again", "unheard", "final"]
SENT = ["start again 0.5", "start unheard 32", "send 183"]
STOPPED = ["cancel again", "cancel unheard"]
TABLE = {
    (State.IDLE, "send"): (SENT, State.WAITING),
    (State.IDLE, "final"): ([], State.OVER),
    (State.WAITING, "PRACK"): (STOPPED, State.IDLE),
    (State.WAITING, "again"): (["start again 1", "send 183"], State.WAITING),
    (State.WAITING, "unheard"): (["cancel again", "timed out"], State.OVER),
    (State.WAITING, "final"): (STOPPED, State.OVER),
}


def machine() -> ReliableServer:
    return ReliableServer(a_request(), Timing(), 0.5)


def answer(body: bytes = b"") -> Response:
    made = an_answer(a_request(), 183)
    made.body = body
    return made


def give(made: ReliableServer, what: str) -> list[str]:
    match what:
        case "send":
            return words(made.send(answer()))
        case "PRACK":
            return words(made.acknowledged())
        case "final":
            return words(made.final())
    return words(made.timer(Timer(what)))


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", State)
def test_each_input_in_each_state(state: State, what: str) -> None:
    made = machine()
    for step in PATHS[state]:
        give(made, step)
    assert state is made.state
    assert TABLE.get((state, what), ([], state)) == (give(made, what), made.state)


def test_the_interval_doubles_without_a_cap_and_the_whole_takes_64_t1() -> None:
    made = machine()
    give(made, "send")
    assert [f"start again {s:g}" for s in (1, 2, 4, 8, 16, 32)] == [give(made, "again")[0] for _ in range(6)]


def test_the_next_one_is_sent_when_the_first_was_acknowledged_with_the_next_number() -> None:
    made = machine()
    first, second = answer(), answer()
    made.send(first)
    assert [] == made.send(second)
    assert [*STOPPED, *SENT] == give(made, "PRACK")
    assert 1 == int(second.headers.get("RSeq") or 0) - int(first.headers.get("RSeq") or 0)
    assert ["100rel"] == second.values("Require")


@pytest.mark.parametrize("chance, number", [(0.0, 1), (1.0, 2**31 - 1)])
def test_the_first_number_is_in_the_range_of_the_rfc(chance: float, number: int) -> None:
    response = answer()
    ReliableServer(a_request(), Timing(), chance).send(response)
    assert str(number) == response.headers.get("RSeq")


def test_a_prack_is_for_the_answer_with_its_numbers_only() -> None:
    made, response = machine(), answer()
    number = 2**30
    assert made.waiting(RAck(number, 7, "INVITE")) is None
    made.send(response)
    assert number == rseq_of(response)
    assert response is made.waiting(RAck(number, 7, "INVITE"))
    for wrong in (RAck(number + 1, 7, "INVITE"), RAck(number, 8, "INVITE"), RAck(number, 7, "UPDATE")):
        assert made.waiting(wrong) is None


def test_after_the_final_answer_a_late_prack_still_finds_its_answer_once() -> None:
    made, response = machine(), answer()
    made.send(response)
    made.final()
    assert response is made.waiting(RAck(2**30, 7, "INVITE"))
    assert [] == made.acknowledged()
    assert made.waiting(RAck(2**30, 7, "INVITE")) is None


def test_a_description_that_waits_for_its_prack_is_known_also_in_the_queue() -> None:
    made = machine()
    made.send(answer())
    assert not made.unheard_media
    made.send(answer(b"v=0"))
    assert made.unheard_media
    made.acknowledged()
    assert made.unheard_media
    made.acknowledged()
    assert not made.unheard_media


def test_what_waits_is_bounded() -> None:
    made = machine()
    for _ in range(100):
        made.send(answer())
    sent = 1
    while "send 183" in give(made, "PRACK"):
        sent += 1
    assert 9 == sent


def test_the_calling_side_takes_what_is_next_and_drops_repetitions_and_gaps() -> None:
    order = ReliableClient()
    expected = [Order.NEXT, Order.AGAIN, Order.GAP, Order.NEXT, Order.AGAIN, Order.NEXT]
    assert expected == [order.received(number) for number in (5, 5, 7, 6, 5, 7)]


@pytest.mark.parametrize(
    "status, headers, number",
    [
        (183, {"Require": "100rel", "RSeq": "5"}, 5),
        (180, {"Require": "timer, 100REL", "RSeq": " 4294967295 "}, 2**32 - 1),
        (100, {"Require": "100rel", "RSeq": "5"}, None),
        (200, {"Require": "100rel", "RSeq": "5"}, None),
        (183, {"RSeq": "5"}, None),
        (183, {"Require": "100rel"}, None),
        (183, {"Require": "100rel", "RSeq": "0"}, None),
        (183, {"Require": "100rel", "RSeq": "4294967296"}, None),
        (183, {"Require": "100rel", "RSeq": "٥"}, None),
    ],
)
def test_which_answers_are_reliable(status: int, headers: dict[str, str], number: int | None) -> None:
    response = an_answer(a_request(), status)
    for name, value in headers.items():
        response.headers.set(name, value)
    assert number == rseq_of(response)


def test_rack_is_read_and_a_bad_one_is_refused() -> None:
    assert RAck(776656, 1, "INVITE") == rack_of(a_request("PRACK", extra="RAck:  776656  1  INVITE \r\n"))
    for bad in ("", "RAck: 1 INVITE\r\n", "RAck: 4294967296 1 INVITE\r\n", "RAck: 1 2147483648 INVITE\r\n"):
        with pytest.raises(BadMessage) as refused:
            rack_of(a_request("PRACK", extra=bad))
        assert 400 == refused.value.status


def test_who_requires_it_supports_it() -> None:
    assert supports(a_request(extra="Require: 100rel\r\n"))
    assert supports(a_request(extra="Supported: timer, 100rel\r\n"))
    assert not supports(a_request(extra="Supported: timer\r\n"))
