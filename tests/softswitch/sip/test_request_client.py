"""Non-INVITE client transaction: every (state, input) pair over UDP and TCP."""

from __future__ import annotations

import pytest

from softswitch.sip.request_client import RequestClient, State
from softswitch.sip.timers import Timer, Timing
from tests.softswitch.sip.machines import a_request, an_answer, words

PATHS = {
    State.TRYING: [],
    State.PROCEEDING: ["100"],
    State.COMPLETED: ["200"],
    State.TERMINATED: ["error"],
}
INPUTS = ["100", "200", "404", "E", "F", "K", "error"]

UDP = {
    (State.TRYING, "100"): (["deliver 100"], State.PROCEEDING),
    (State.TRYING, "200"): (["cancel E", "cancel F", "start K 5", "deliver 200"], State.COMPLETED),
    (State.TRYING, "404"): (["cancel E", "cancel F", "start K 5", "deliver 404"], State.COMPLETED),
    (State.TRYING, "E"): (["send BYE", "start E 1"], State.TRYING),
    (State.TRYING, "F"): (["cancel E", "cancel F", "terminated", "timed out"], State.TERMINATED),
    (State.TRYING, "error"): (["cancel E", "cancel F", "terminated", "failed"], State.TERMINATED),
    (State.PROCEEDING, "100"): (["deliver 100"], State.PROCEEDING),
    (State.PROCEEDING, "200"): (["cancel E", "cancel F", "start K 5", "deliver 200"], State.COMPLETED),
    (State.PROCEEDING, "404"): (["cancel E", "cancel F", "start K 5", "deliver 404"], State.COMPLETED),
    (State.PROCEEDING, "E"): (["send BYE", "start E 4"], State.PROCEEDING),
    (State.PROCEEDING, "F"): (["cancel E", "cancel F", "terminated", "timed out"], State.TERMINATED),
    (State.PROCEEDING, "error"): (["cancel E", "cancel F", "terminated", "failed"], State.TERMINATED),
    (State.COMPLETED, "K"): (["cancel K", "terminated"], State.TERMINATED),
}


TCP = {
    (State.TRYING, "100"): (["deliver 100"], State.PROCEEDING),
    (State.PROCEEDING, "100"): (["deliver 100"], State.PROCEEDING),
} | {
    (state, what): (["cancel F", "terminated", told], State.TERMINATED)
    for state in (State.TRYING, State.PROCEEDING)
    for what, told in (("200", "deliver 200"), ("404", "deliver 404"), ("F", "timed out"), ("error", "failed"))
}


def give(made: RequestClient, what: str) -> list[str]:
    if what == "error":
        return words(made.transport_error())
    if what.isdigit():
        return words(made.received(an_answer(made.request, int(what))))
    return words(made.timer(Timer(what)))


def machine(reliable: bool = False) -> RequestClient:
    made = RequestClient(a_request("BYE"), reliable, Timing())
    made.start()
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


@pytest.mark.parametrize(
    "status, expected",
    [
        (100, State.PROCEEDING),
        (199, State.PROCEEDING),
        (200, State.COMPLETED),
        (300, State.COMPLETED),
        (699, State.COMPLETED),
    ],
)
def test_the_class_of_the_answer_decides_the_state(status: int, expected: State) -> None:
    made = machine()
    give(made, str(status))
    assert expected is made.state


@pytest.mark.parametrize(
    "reliable, expected", [(False, ["send BYE", "start F 32", "start E 0.5"]), (True, ["send BYE", "start F 32"])]
)
def test_a_request_is_sent_at_once_and_repeated_only_over_udp(reliable: bool, expected: list[str]) -> None:
    assert expected == words(RequestClient(a_request("BYE"), reliable, Timing()).start())


def test_the_interval_between_requests_doubles_up_to_t2() -> None:
    made = machine()
    assert ["start E 1", "start E 2", "start E 4", "start E 4"] == [words(made.timer(Timer.E))[1] for _ in range(4)]
