"""Our registration at a carrier: every input in every state, refresh, back-off, 423, the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from softswitch.peers.registration import BACKOFF_S_MAX, Effect, Registration, Send, State, Wake
from softswitch.sip.headers import Headers
from softswitch.sip.message import Response

LINE = "tr-north-0123456789abcdef"


def answer(status: int, *headers: tuple[str, str]) -> Response:
    fields = Headers()
    for name, value in headers:
        fields.add(name, value)
    return Response(status, "Said", fields, b"")


def granted(seconds: int = 600) -> Response:
    return answer(200, ("Contact", f"<sip:{LINE}@192.0.2.1>;expires={seconds}"))


def in_state(state: State, chance: float = 0.0) -> Registration:
    one = Registration(LINE, 3600, lambda: chance)
    if state is not State.IDLE:
        one.start(0.0)
    if state in (State.REGISTERED, State.LEAVING, State.GONE):
        one.answered(granted(), 0.0)
    if state is State.WAITING:
        one.failed("no answer", 0.0)
    if state in (State.LEAVING, State.GONE):
        one.stop(1.0)
    if state is State.GONE:
        one.answered(answer(200), 1.0)
    assert state is one.state
    return one


INPUTS: dict[str, Callable[[Registration], tuple[Effect, ...]]] = {
    "start": lambda one: one.start(1.0),
    "woken": lambda one: one.woken(1.0),
    "stop": lambda one: one.stop(1.0),
    "200": lambda one: one.answered(granted(), 1.0),
    "423": lambda one: one.answered(answer(423, ("Min-Expires", "7200")), 1.0),
    "403": lambda one: one.answered(answer(403), 1.0),
    "silence": lambda one: one.failed("no answer", 1.0),
}
NOTHING: tuple[Effect, ...] = ()
ASK: tuple[Effect, ...] = (Wake(None), Send(3600))
AGAIN: tuple[Effect, ...] = (Wake(30.0),)
BYE: tuple[Effect, ...] = (Wake(None), Send(0))
TABLE = [
    (State.IDLE, "start", State.TRYING, ASK),
    (State.IDLE, "woken", State.IDLE, NOTHING),
    (State.IDLE, "stop", State.GONE, (Wake(None),)),
    (State.IDLE, "200", State.IDLE, NOTHING),
    (State.IDLE, "423", State.IDLE, NOTHING),
    (State.IDLE, "403", State.IDLE, NOTHING),
    (State.IDLE, "silence", State.IDLE, NOTHING),
    (State.TRYING, "start", State.TRYING, NOTHING),
    (State.TRYING, "woken", State.TRYING, NOTHING),
    (State.TRYING, "stop", State.LEAVING, BYE),
    (State.TRYING, "200", State.REGISTERED, (Wake(360.0),)),
    (State.TRYING, "423", State.TRYING, (Send(7200),)),
    (State.TRYING, "403", State.WAITING, AGAIN),
    (State.TRYING, "silence", State.WAITING, AGAIN),
    (State.REGISTERED, "start", State.REGISTERED, NOTHING),
    (State.REGISTERED, "woken", State.TRYING, ASK),
    (State.REGISTERED, "stop", State.LEAVING, BYE),
    (State.REGISTERED, "200", State.REGISTERED, NOTHING),
    (State.REGISTERED, "423", State.REGISTERED, NOTHING),
    (State.REGISTERED, "403", State.REGISTERED, NOTHING),
    (State.REGISTERED, "silence", State.REGISTERED, NOTHING),
    (State.WAITING, "start", State.WAITING, NOTHING),
    (State.WAITING, "woken", State.TRYING, ASK),
    (State.WAITING, "stop", State.GONE, (Wake(None),)),
    (State.WAITING, "200", State.WAITING, NOTHING),
    (State.WAITING, "423", State.WAITING, NOTHING),
    (State.WAITING, "403", State.WAITING, NOTHING),
    (State.WAITING, "silence", State.WAITING, NOTHING),
    (State.LEAVING, "start", State.LEAVING, NOTHING),
    (State.LEAVING, "woken", State.LEAVING, NOTHING),
    (State.LEAVING, "stop", State.LEAVING, NOTHING),
    (State.LEAVING, "200", State.GONE, NOTHING),
    (State.LEAVING, "423", State.GONE, NOTHING),
    (State.LEAVING, "403", State.GONE, NOTHING),
    (State.LEAVING, "silence", State.GONE, NOTHING),
    *((State.GONE, name, State.GONE, NOTHING) for name in INPUTS),
]


@pytest.mark.parametrize(("state", "said", "then", "effects"), TABLE)
def test_every_input_in_every_state(state: State, said: str, then: State, effects: tuple[Effect, ...]) -> None:
    one = in_state(state)
    assert effects == INPUTS[said](one)
    assert then is one.state


def test_the_table_is_whole() -> None:
    assert {(state, name) for state in State for name in INPUTS} == {(state, name) for state, name, _, _ in TABLE}


@given(some.floats(0, 1, exclude_max=True), some.integers(60, 86_400))
def test_a_refresh_comes_before_the_end_at_a_random_part_of_the_life(chance: float, seconds: int) -> None:
    one = in_state(State.TRYING, chance)
    (wake,) = one.answered(granted(seconds), 0.0)
    assert isinstance(wake, Wake)
    assert wake.after_s is not None
    assert 0.6 * seconds <= wake.after_s < 0.85 * seconds + 1e-6


def test_failures_wait_longer_and_longer_with_jitter_and_a_success_forgets_them() -> None:
    waits = []
    one = in_state(State.TRYING, 0.5)
    for _ in range(9):
        (wake,) = one.answered(answer(403), 0.0)
        assert isinstance(wake, Wake)
        waits.append(wake.after_s)
        one.woken(0.0)
    assert [45.0, 90.0, 180.0, 360.0, 720.0, 1350.0, 1350.0] == waits[:7]
    assert BACKOFF_S_MAX * 0.75 == waits[-1]
    one.answered(granted(), 0.0)
    one.woken(0.0)
    assert (Wake(45.0),) == one.failed("no answer", 0.0)


def test_the_carrier_may_ask_for_a_longer_wait() -> None:
    one = in_state(State.TRYING)
    assert (Wake(200.0),) == one.answered(answer(503, ("Retry-After", "200")), 0.0)


@pytest.mark.parametrize("least", ["3600", "10", "x", "99999999"])
def test_a_423_that_asks_for_nothing_sensible_is_a_failure(least: str) -> None:
    one = in_state(State.TRYING)
    assert (Wake(30.0),) == one.answered(answer(423, ("Min-Expires", least)), 0.0)


def test_a_second_423_in_a_row_is_a_failure() -> None:
    one = in_state(State.TRYING)
    one.answered(answer(423, ("Min-Expires", "7200")), 0.0)
    assert (Wake(30.0),) == one.answered(answer(423, ("Min-Expires", "9000")), 0.0)
    one.woken(0.0)
    assert (Wake(7200 * 0.6),) == one.answered(answer(200), 0.0)


def test_the_time_granted_is_that_of_our_own_contact() -> None:
    one = in_state(State.TRYING)
    others = ("Contact", "<sip:other@192.0.2.9>;expires=60")
    assert (Wake(360.0),) == one.answered(answer(200, others, ("Contact", f"<sip:{LINE}@h>;expires=600")), 0.0)
    one.woken(1.0)
    assert (Wake(120.0),) == one.answered(answer(200, ("Contact", f"<sip:{LINE}@h>"), ("Expires", "200")), 1.0)


def test_an_answer_without_our_contact_is_no_registration() -> None:
    one = in_state(State.TRYING)
    assert (Wake(30.0),) == one.answered(answer(200, ("Contact", "<sip:other@192.0.2.9>;expires=60")), 0.0)
    assert not one.registered(0.0)


def test_a_failed_refresh_does_not_end_the_registration_before_its_time() -> None:
    one = in_state(State.REGISTERED)
    one.woken(400.0)
    one.answered(answer(503), 401.0)
    assert one.registered(599.0)
    assert not one.registered(600.0)


def test_routes_that_the_carrier_gives_are_kept() -> None:
    one = in_state(State.TRYING)
    path = ("Path", "<sip:edge.example.net;lr>")
    routes = ("Service-Route", "<sip:a.example.net;lr>, <sip:b.example.net;lr>")
    one.answered(answer(200, ("Contact", f"<sip:{LINE}@h>;expires=600"), routes, path), 0.0)
    assert ("<sip:a.example.net;lr>", "<sip:b.example.net;lr>") == one.service_route
    assert ("<sip:edge.example.net;lr>",) == one.path
