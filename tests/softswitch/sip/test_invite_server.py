"""INVITE server transaction: every (state, input) pair over UDP and TCP."""

from __future__ import annotations

import pytest

from softswitch.sip.invite_server import InviteServer, State
from softswitch.sip.timers import Timer, Timing
from tests.softswitch.sip.machines import a_request, an_answer, words

PATHS = {
    State.PROCEEDING: [],
    State.COMPLETED: ["send 486"],
    State.CONFIRMED: ["send 486", "ACK"],
    State.ACCEPTED: ["send 200"],
    State.TERMINATED: ["send 200", "L"],
}
INPUTS = ["INVITE", "ACK", "send 180", "send 200", "send 486", "G", "H", "I", "L", "error"]

UDP = {
    (State.PROCEEDING, "INVITE"): (["send 100"], State.PROCEEDING),
    (State.PROCEEDING, "send 180"): (["send 180"], State.PROCEEDING),
    (State.PROCEEDING, "send 200"): (["send 200", "start L 32"], State.ACCEPTED),
    (State.PROCEEDING, "send 486"): (["send 486", "start H 32", "start G 0.5"], State.COMPLETED),
    (State.PROCEEDING, "error"): (["failed"], State.PROCEEDING),
    (State.COMPLETED, "INVITE"): (["send 486"], State.COMPLETED),
    (State.COMPLETED, "ACK"): (["cancel G", "cancel H", "start I 5"], State.CONFIRMED),
    (State.COMPLETED, "G"): (["send 486", "start G 1"], State.COMPLETED),
    (State.COMPLETED, "H"): (["cancel G", "terminated", "timed out"], State.TERMINATED),
    (State.COMPLETED, "error"): (["failed"], State.COMPLETED),
    (State.CONFIRMED, "I"): (["terminated"], State.TERMINATED),
    (State.ACCEPTED, "ACK"): (["deliver ACK"], State.ACCEPTED),
    (State.ACCEPTED, "send 200"): (["send 200"], State.ACCEPTED),
    (State.ACCEPTED, "L"): (["terminated"], State.TERMINATED),
    (State.ACCEPTED, "error"): (["failed"], State.ACCEPTED),
}


TCP = {pair: row for pair, row in UDP.items() if pair[0] in (State.PROCEEDING, State.ACCEPTED)} | {
    (State.PROCEEDING, "send 486"): (["send 486", "start H 32"], State.COMPLETED),
    (State.COMPLETED, "INVITE"): (["send 486"], State.COMPLETED),
    (State.COMPLETED, "ACK"): (["cancel H", "terminated"], State.TERMINATED),
    (State.COMPLETED, "H"): (["terminated", "timed out"], State.TERMINATED),
    (State.COMPLETED, "error"): (["failed"], State.COMPLETED),
}


def machine(reliable: bool = False) -> InviteServer:
    made = InviteServer(a_request(), reliable, Timing())
    made.start()
    return made


def give(made: InviteServer, what: str) -> list[str]:
    if what == "error":
        return words(made.transport_error())
    if what.startswith("send "):
        return words(made.send(an_answer(made.request, int(what[5:]))))
    if what in ("INVITE", "ACK"):
        return words(made.received(a_request(what)))
    return words(made.timer(Timer(what)))


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", State)
def test_each_input_in_each_state_over_udp(state: State, what: str) -> None:
    made = machine()
    for step in PATHS[state]:
        give(made, step)
    assert state is made.state
    assert UDP.get((state, what), ([], state)) == (give(made, what), made.state)


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", [state for state in State if state is not State.CONFIRMED])
def test_each_input_in_each_state_over_tcp(state: State, what: str) -> None:
    made = machine(reliable=True)
    for step in PATHS[state]:
        give(made, step)
    assert state is made.state
    assert TCP.get((state, what), ([], state)) == (give(made, what), made.state)


@pytest.mark.parametrize(
    "status, expected",
    [
        (101, State.PROCEEDING),
        (199, State.PROCEEDING),
        (200, State.ACCEPTED),
        (299, State.ACCEPTED),
        (300, State.COMPLETED),
        (699, State.COMPLETED),
    ],
)
def test_the_class_of_our_answer_decides_the_state(status: int, expected: State) -> None:
    made = machine()
    give(made, f"send {status}")
    assert expected is made.state


def hushed() -> InviteServer:
    """From a stranger, passed up."""
    made = InviteServer(a_request(), False, Timing(), of_stranger=True)
    assert ["deliver INVITE"] == words(made.start())
    return made


@pytest.mark.parametrize("status", [302, 401, 407, 481, 482, 603])
def test_what_a_stranger_is_refused_with_at_once_goes_out_alone_and_once(status: int) -> None:
    made = hushed()
    assert [f"send {status}", "start H 32"] == give(made, f"send {status}")
    assert [] == words(made.trying())
    assert [f"send {status}"] == give(made, "INVITE")
    assert ["cancel G", "cancel H", "start I 5"] == give(made, "ACK")


def test_where_a_stranger_is_taken_on_the_100_comes_first_and_refusals_are_repeated() -> None:
    made = hushed()
    assert [["send 100"], []] == [words(made.trying()), words(made.trying())]
    assert ["send 486", "start H 32", "start G 0.5"] == give(made, "send 486")
    assert ["send 100", "send 180"] == give(hushed(), "send 180")
    assert ["send 100", "send 200", "start L 32"] == give(hushed(), "send 200")


def test_an_invite_is_answered_100_before_it_is_delivered() -> None:
    assert ["send 100", "deliver INVITE"] == words(InviteServer(a_request(), False, Timing()).start())


def test_a_repeated_invite_gets_the_latest_provisional_answer() -> None:
    made = machine()
    give(made, "send 180")
    assert ["send 180"] == give(made, "INVITE")


def test_the_interval_between_refusals_doubles_up_to_t2() -> None:
    made = machine()
    give(made, "send 486")
    assert ["start G 1", "start G 2", "start G 4", "start G 4"] == [words(made.timer(Timer.G))[1] for _ in range(4)]
