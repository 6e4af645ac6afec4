"""INVITE client transaction: every (state, input) pair over UDP and TCP, and the requests built from an INVITE."""

from __future__ import annotations

import pytest

from softswitch.sip.invite_client import InviteClient, State, ack_of_refusal, cancel_of
from softswitch.sip.timers import Timer, Timing
from tests.softswitch.sip.machines import a_request, an_answer, words

PATHS = {
    State.CALLING: [],
    State.PROCEEDING: ["180"],
    State.COMPLETED: ["486"],
    State.ACCEPTED: ["200"],
    State.TERMINATED: ["error"],
}
INPUTS = ["180", "200", "486", "A", "B", "D", "M", "cancelled", "error"]

# (state, input) -> (effects, next state); a pair that is not listed does nothing.
UDP = {
    (State.CALLING, "180"): (["cancel A", "cancel B", "deliver 180"], State.PROCEEDING),
    (State.CALLING, "200"): (["cancel A", "cancel B", "start M 32", "deliver 200"], State.ACCEPTED),
    (State.CALLING, "486"): (["cancel A", "cancel B", "send ACK", "start D 32", "deliver 486"], State.COMPLETED),
    (State.CALLING, "A"): (["send INVITE", "start A 1"], State.CALLING),
    (State.CALLING, "B"): (["cancel A", "cancel B", "terminated", "timed out"], State.TERMINATED),
    (State.CALLING, "error"): (["cancel A", "cancel B", "terminated", "failed"], State.TERMINATED),
    (State.PROCEEDING, "180"): (["deliver 180"], State.PROCEEDING),
    (State.PROCEEDING, "200"): (["cancel B", "start M 32", "deliver 200"], State.ACCEPTED),
    (State.PROCEEDING, "486"): (["cancel B", "send ACK", "start D 32", "deliver 486"], State.COMPLETED),
    (State.PROCEEDING, "B"): (["cancel B", "terminated", "timed out"], State.TERMINATED),
    (State.PROCEEDING, "cancelled"): (["start B 32"], State.PROCEEDING),
    (State.PROCEEDING, "error"): (["cancel B", "terminated", "failed"], State.TERMINATED),
    (State.COMPLETED, "486"): (["send ACK"], State.COMPLETED),
    (State.COMPLETED, "D"): (["cancel D", "terminated"], State.TERMINATED),
    (State.COMPLETED, "error"): (["cancel D", "terminated", "failed"], State.TERMINATED),
    (State.ACCEPTED, "200"): (["deliver 200"], State.ACCEPTED),
    (State.ACCEPTED, "M"): (["cancel M", "terminated"], State.TERMINATED),
}
NOT_OVER_TCP = {(State.CALLING, "A")}
TCP = {pair: row for pair, row in UDP.items() if pair not in NOT_OVER_TCP and pair[0] is not State.COMPLETED} | {
    (State.CALLING, "180"): (["cancel B", "deliver 180"], State.PROCEEDING),
    (State.CALLING, "200"): (["cancel B", "start M 32", "deliver 200"], State.ACCEPTED),
    (State.CALLING, "486"): (["cancel B", "send ACK", "terminated", "deliver 486"], State.TERMINATED),
    (State.CALLING, "B"): (["cancel B", "terminated", "timed out"], State.TERMINATED),
    (State.CALLING, "error"): (["cancel B", "terminated", "failed"], State.TERMINATED),
    (State.PROCEEDING, "486"): (["cancel B", "send ACK", "terminated", "deliver 486"], State.TERMINATED),
}


def machine(reliable: bool = False) -> InviteClient:
    made = InviteClient(a_request(), reliable, Timing())
    made.start()
    return made


def give(made: InviteClient, what: str) -> list[str]:
    if what == "cancelled":
        return words(made.cancelled())
    if what == "error":
        return words(made.transport_error())
    if what.isdigit():
        return words(made.received(an_answer(made.request, int(what))))
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
@pytest.mark.parametrize("state", [State.CALLING, State.PROCEEDING, State.ACCEPTED, State.TERMINATED])
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
        (200, State.ACCEPTED),
        (299, State.ACCEPTED),
        (300, State.COMPLETED),
        (699, State.COMPLETED),
    ],
)
@pytest.mark.parametrize("before", [[], ["180"]])
def test_the_class_of_the_answer_decides_the_state(before: list[str], status: int, expected: State) -> None:
    made = machine()
    for step in [*before, str(status)]:
        give(made, step)
    assert expected is made.state


@pytest.mark.parametrize(
    "reliable, expected",
    [(False, ["send INVITE", "start B 32", "start A 0.5"]), (True, ["send INVITE", "start B 32"])],
)
def test_an_invite_is_sent_at_once_and_repeated_only_over_udp(reliable: bool, expected: list[str]) -> None:
    assert expected == words(InviteClient(a_request(), reliable, Timing()).start())


def test_the_interval_between_invites_doubles_without_bound() -> None:
    made = machine()
    assert ["start A 1", "start A 2", "start A 4", "start A 8", "start A 16"] == [
        words(made.timer(Timer.A))[1] for _ in range(5)
    ]


def test_a_repeated_refusal_gets_the_same_ack_even_with_another_to_tag() -> None:
    made = machine()
    (_, _, sent, *_) = made.received(an_answer(made.request, 486))
    (again,) = made.received(an_answer(made.request, 486, tag="other"))
    assert sent == again


def test_the_ack_of_a_refusal_is_built_from_invite_and_response() -> None:
    invite = a_request(extra="Route: <sip:p.example;lr>, <sip:q.example;lr>\r\n")
    ack = ack_of_refusal(invite, an_answer(invite, 486, tag="callee"))
    assert ("ACK", invite.uri, "7 ACK") == (ack.method, ack.uri, str(ack.cseq))
    assert [invite.headers.get("Via")] == ack.headers.all("Via")
    assert ("callee", "from1", "call-1") == (ack.to.tag, ack.from_.tag, ack.call_id)
    assert ["<sip:p.example;lr>, <sip:q.example;lr>"] == ack.headers.all("Route")


def test_a_cancel_has_the_branch_of_its_invite_and_no_to_tag() -> None:
    invite = a_request()
    cancel = cancel_of(invite, 'SIP;cause=200;text="Call completed elsewhere"')
    assert ("CANCEL", "7 CANCEL", None) == (cancel.method, str(cancel.cseq), cancel.to.tag)
    assert invite.top_via.branch == cancel.top_via.branch
    assert 'SIP;cause=200;text="Call completed elsewhere"' == cancel.headers.get("Reason")
