"""Session timers: every (state, input) pair, the tables of RFC 4028 for both roles, intervals that are too small."""

from __future__ import annotations

import pytest

from softswitch.sip.effects import CancelTimer, StartTimer
from softswitch.sip.message import Response
from softswitch.sip.session_timer import Effect, Expired, Policy, Refresh, SessionTimer, State, too_small
from softswitch.sip.timers import Timer
from tests.softswitch.sip.machines import a_request, an_answer

OURS, THEIRS, NONE = "1800;refresher=uac", "1800;refresher=uas", ""
PATHS = {State.OFF: [], State.OURS: [OURS], State.THEIRS: [THEIRS], State.OVER: [THEIRS, "expiry"]}
INPUTS = [OURS, THEIRS, NONE, "refresh", "expiry", "close"]

STARTS = {OURS: ["start refresh 900", "start expiry 1800"], THEIRS: ["start expiry 1768"], NONE: []}
STOPS = {
    State.OFF: [],
    State.OURS: ["cancel refresh", "cancel expiry"],
    State.THEIRS: ["cancel expiry"],
    State.OVER: [],
}
AFTER = {OURS: State.OURS, THEIRS: State.THEIRS, NONE: State.OFF}
TABLE = {(state, what): ([*STOPS[state], *STARTS[what]], AFTER[what]) for state in State for what in STARTS} | {
    (State.OURS, "refresh"): (["start refresh 450", "refresh"], State.OURS),
    (State.OURS, "expiry"): (["cancel refresh", "cancel expiry", "expired"], State.OVER),
    (State.THEIRS, "expiry"): (["cancel expiry", "expired"], State.OVER),
    **{(state, "close"): (STOPS[state], State.OFF) for state in State},
}


def words(effects: list[Effect]) -> list[str]:
    return [word(effect) for effect in effects]


def word(effect: Effect) -> str:
    match effect:
        case StartTimer(timer, seconds):
            return f"start {timer} {seconds:g}"
        case CancelTimer(timer):
            return f"cancel {timer}"
        case Refresh():
            return "refresh"
        case Expired():
            return "expired"


def ok(expires: str) -> Response:
    response = an_answer(a_request(), 200)
    if expires:
        response.headers.set("Session-Expires", expires)
    return response


def give(made: SessionTimer, what: str) -> list[str]:
    if what == "close":
        return words(made.close())
    if what in ("refresh", "expiry"):
        return words(made.timer(Timer(what)))
    return words(made.answered(ok(what)))


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", State)
def test_each_input_in_each_state(state: State, what: str) -> None:
    made = SessionTimer(Policy())
    for step in PATHS[state]:
        give(made, step)
    assert state is made.state
    assert TABLE.get((state, what), ([], state)) == (give(made, what), made.state)


def test_a_refresh_that_failed_is_tried_once_more_before_the_end() -> None:
    made = SessionTimer(Policy())
    give(made, OURS)
    assert [["start refresh 450", "refresh"], ["refresh"]] == [give(made, "refresh") for _ in range(2)]


def test_a_short_interval_ends_a_third_before_its_end() -> None:
    assert ["start expiry 60"] == give(SessionTimer(Policy()), "90;refresher=uas")


@pytest.mark.parametrize(
    "request_headers, answer",
    [
        ("", None),
        ("Supported: timer\r\n", "1800;refresher=uas"),
        ("Supported: timer\r\nMin-SE: 2000\r\n", "2000;refresher=uas"),
        ("Session-Expires: 600\r\n", "600;refresher=uas"),
        ("Session-Expires: 20\r\n", None),
        ("Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uas"),
        ("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", "600;refresher=uac"),
        ("Supported: timer\r\nx: 600 ; refresher = UAS\r\n", "600;refresher=uas"),
        ("Supported: timer\r\nSession-Expires: 7200\r\n", "1800;refresher=uas"),
        ("Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n", "3600;refresher=uas"),
        ("Supported: timer\r\nSession-Expires: soon\r\n", "1800;refresher=uas"),
    ],
)
def test_what_our_2xx_says(request_headers: str, answer: str | None) -> None:
    made = SessionTimer(Policy())
    headers, effects = made.accept(a_request(extra=request_headers))
    assert answer == dict(headers).get("Session-Expires")
    assert ("timer" if answer and "Supported" in request_headers else None) == dict(headers).get("Require")
    assert (answer is not None) == bool(effects)
    assert (State.OFF if answer is None else State.THEIRS if "uac" in answer else State.OURS) is made.state


def test_without_a_wish_of_ours_the_far_end_s_is_still_honoured() -> None:
    made = SessionTimer(Policy(interval_s=0))
    assert () == made.asked()
    assert ((), []) == made.accept(a_request(extra="Supported: timer\r\n"))
    headers, _ = made.accept(a_request(extra="Supported: timer\r\nSession-Expires: 7200\r\n"))
    assert "7200;refresher=uas" == dict(headers)["Session-Expires"]


def test_an_interval_below_ours_is_422_only_for_who_understands_it() -> None:
    policy = Policy(interval_s_min=120)
    short = "Session-Expires: 100\r\n"
    assert (("Min-SE", "120"),) == too_small(a_request(extra=f"{short}Supported: timer\r\n"), policy)
    assert too_small(a_request(extra=short), policy) is None
    assert too_small(a_request(extra="Session-Expires: 120\r\nSupported: timer\r\n"), policy) is None


def refusal(min_se: str, status: int = 422) -> Response:
    response = an_answer(a_request(), status)
    response.headers.set("Min-SE", min_se)
    return response


def test_a_422_is_answered_with_its_interval_and_that_is_remembered() -> None:
    made = SessionTimer(Policy())
    assert (("Session-Expires", "1800"),) == made.asked()
    assert made.refused(refusal("3600"))
    assert (("Session-Expires", "3600"), ("Min-SE", "3600")) == made.asked()
    assert not made.refused(refusal("3600"))
    assert not made.refused(refusal("4000", 500))
    assert not made.refused(refusal("much"))


def test_a_far_end_that_never_has_enough_is_given_up() -> None:
    made = SessionTimer(Policy())
    assert [True, True, True, False] == [made.refused(refusal(str(seconds))) for seconds in (2000, 2001, 2002, 2003)]


@pytest.mark.parametrize("answer, refresher", [(OURS, "uac"), (THEIRS, "uas")])
def test_a_later_request_keeps_the_interval_and_the_role(answer: str, refresher: str) -> None:
    made = SessionTimer(Policy(interval_s=600))
    give(made, answer)
    assert (("Session-Expires", f"1800;refresher={refresher}"),) == made.asked()


def test_an_absurdly_short_answer_does_not_make_us_refresh_without_end() -> None:
    assert ["start refresh 45", "start expiry 90"] == give(SessionTimer(Policy()), "2;refresher=uac")
