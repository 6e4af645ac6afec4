"""Non-INVITE server transaction: every (state, input) pair over UDP and TCP, with the rules of RFC 4320."""

from __future__ import annotations

import pytest

from softswitch.sip.request_server import RequestServer, State
from softswitch.sip.timers import Timer, Timing
from tests.softswitch.sip.machines import a_request, an_answer, words

PATHS = {
    State.TRYING: [],
    State.PROCEEDING: ["100"],
    State.COMPLETED: ["send 200"],
    State.TERMINATED: ["send 200", "J"],
}
INPUTS = ["BYE", "send 100", "send 180", "send 200", "send 404", "send 408", "100", "expired", "J", "error"]

UDP = {
    (State.TRYING, "send 200"): (["cancel 100", "send 200", "start J 32"], State.COMPLETED),
    (State.TRYING, "send 404"): (["cancel 100", "send 404", "start J 32"], State.COMPLETED),
    (State.TRYING, "send 408"): (["cancel 100", "terminated"], State.TERMINATED),
    (State.TRYING, "100"): (["send 100", "start expired 28.5"], State.PROCEEDING),
    (State.PROCEEDING, "BYE"): (["send 100"], State.PROCEEDING),
    (State.PROCEEDING, "send 200"): (["cancel expired", "send 200", "start J 32"], State.COMPLETED),
    (State.PROCEEDING, "send 404"): (["cancel expired", "send 404", "start J 32"], State.COMPLETED),
    (State.PROCEEDING, "send 408"): (["cancel expired", "terminated"], State.TERMINATED),
    (State.PROCEEDING, "expired"): (["terminated", "timed out"], State.TERMINATED),
    (State.PROCEEDING, "error"): (["cancel expired", "terminated", "failed"], State.TERMINATED),
    (State.COMPLETED, "BYE"): (["send 200"], State.COMPLETED),
    (State.COMPLETED, "J"): (["terminated"], State.TERMINATED),
    (State.COMPLETED, "error"): (["cancel J", "terminated", "failed"], State.TERMINATED),
}


TCP = {pair: row for pair, row in UDP.items() if pair[0] is not State.COMPLETED} | {
    (state, f"send {status}"): ([f"cancel {timer}", f"send {status}", "terminated"], State.TERMINATED)
    for state, timer in ((State.TRYING, "100"), (State.PROCEEDING, "expired"))
    for status in (200, 404)
}


def give(made: RequestServer, what: str) -> list[str]:
    if what == "error":
        return words(made.transport_error())
    if what == "BYE":
        return words(made.received(a_request("BYE")))
    if what.startswith("send "):
        return words(made.send(an_answer(made.request, int(what[5:]))))
    return words(made.timer(Timer(what)))


def machine(reliable: bool = False) -> RequestServer:
    made = RequestServer(a_request("BYE"), reliable, Timing())
    made.start()
    made.trying()
    return made


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", State)
def test_each_input_in_each_state_over_udp(state: State, what: str) -> None:
    made = machine()
    for step in PATHS[state]:
        give(made, step)
    assert state is made.state
    assert UDP.get((state, what), ([], state)) == (give(made, what), made.state)


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", [State.TRYING, State.PROCEEDING, State.TERMINATED])
def test_each_input_in_each_state_over_tcp(state: State, what: str) -> None:
    made = machine(reliable=True)
    for step in PATHS[state]:
        give(made, step)
    assert state is made.state
    assert TCP.get((state, what), ([], state)) == (give(made, what), made.state)


def test_a_request_is_delivered_and_owed_a_late_100_unless_it_is_answered_at_once() -> None:
    made = RequestServer(a_request("BYE"), False, Timing())
    assert (["deliver BYE"], ["start 100 3.5"]) == (words(made.start()), words(made.trying()))
    made.send(an_answer(made.request, 200))
    assert [] == words(made.trying())
