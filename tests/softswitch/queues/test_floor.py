"""What happens at a queue: offers and their outcomes, agents and their states, places and promises."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.events import MayCallBack, QueueExpired, QueuePromised, QueueRefused, QueueTold
from softswitch.queues.agent import Agent, State
from softswitch.queues.effects import CallBack, Tell
from softswitch.queues.floor import Floor
from softswitch.queues.rows import place_key, read_place
from tests.softswitch.queues.hall import START, TENANT, Scene, members, view_of


def scene(**more: Any) -> Scene:
    return Scene(sales={"agents": members("u1", "u2"), "strategy": "sequential", **more})


# -- agents ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "facts"),
    [
        (State.OUT, {"queues": set()}),
        (State.OUT, {"queues": set(), "lines": 1, "paused": "x"}),
        (State.FREE, {}),
        (State.RINGING, {"offered": "c", "lines": 1}),
        (State.BUSY, {"lines": 1, "paused": "x"}),
        (State.BUSY, {"serving": "c"}),
        (State.PAUSED, {"paused": "", "wrap_up_until": 20.0}),
        (State.WRAP_UP, {"wrap_up_until": 20.0, "rest_until": 30.0}),
        (State.REST, {"rest_until": 20.0}),
        (State.FREE, {"rest_until": 10.0, "wrap_up_until": 10.0}),
    ],
)
def test_the_state_of_an_agent_follows_from_the_facts(expected: State, facts: dict[str, Any]) -> None:
    assert expected is Agent(("t", "u"), **{"queues": {"q"}, **facts}).state(10.0)


def test_an_agent_goes_through_a_call_and_its_wrap_up() -> None:
    one = scene(wrap_up_s=30)
    states = []
    one.login("u1")
    states.append(one.state("u1"))
    one.join("a")
    states.append(one.state("u1"))
    one.answers("a", "u1")
    states.append(one.state("u1"))
    one.hangs_up("a", "u1")
    states.append(one.state("u1"))
    one.later(29)
    states.append(one.state("u1"))
    one.later(1)
    states.append(one.state("u1"))
    assert ["free", "ringing", "busy", "wrap_up", "wrap_up", "free"] == states


def test_who_wraps_up_is_not_rung_until_ready() -> None:
    one = scene(wrap_up_s=600)
    one.login("u1")
    one.join("a")
    one.answers("a", "u1")
    one.hangs_up("a", "u1")
    one.join("b")
    assert [("a", "u1")] == one.offers()
    one.do(lambda f: f.staff.ready(TENANT, "u1"))
    assert [("a", "u1"), ("b", "u1")] == one.offers()


@pytest.mark.parametrize("verb", ["pause", "logout", "own call"])
def test_who_pauses_leaves_or_talks_is_not_rung(verb: str) -> None:
    one = scene()
    one.login("u1", "u2")
    match verb:
        case "pause":
            one.do(lambda f: f.staff.pause(TENANT, "u1", "lunch"))
        case "logout":
            one.do(lambda f: f.staff.logout(TENANT, "u1"))
        case _:
            one.do(lambda f: f.staff.lines(TENANT, "u1", 1))
    one.join("a")
    assert [("a", "u2")] == one.offers()


def test_who_is_not_named_by_a_queue_cannot_log_in() -> None:
    one = scene()
    one.login("u5")
    assert "out" == one.state("u1")
    one.join("a")
    assert [QueueRefused("empty")] == one.replies("a")


# -- offers ------------------------------------------------------------------------------------------------------------


def test_who_did_not_answer_rests_and_is_rung_again() -> None:
    one = scene()
    one.login("u1")
    one.join("a")
    one.refuses("a", "u1")
    assert "rest" == one.state("u1")
    one.later(10)
    assert [("a", "u1"), ("a", "u1")] == one.offers()


@pytest.mark.parametrize("outcome", ["declined", "busy"])
def test_who_declined_is_never_rung_again_for_this_caller(outcome: str) -> None:
    one = scene()
    one.login("u1")
    one.join("a")
    one.refuses("a", "u1", outcome)
    one.later(600)
    one.join("b")
    assert [("a", "u1"), ("b", "u1")] == one.offers()


def test_an_offer_that_nobody_speaks_of_is_given_up() -> None:
    one = scene(ring_s=20)
    one.login("u1", "u2")
    one.join("a")
    one.later(35)
    assert [("a", "u1"), ("a", "u2")] == one.offers()


def test_a_colleague_who_picks_the_call_up_lets_the_agent_go() -> None:
    one = scene()
    one.login("u1")
    one.join("a")
    one.answers("a", "u2")
    assert ("free", 0) == (one.state("u1"), one.figures()["waiting"])


def test_late_and_unknown_results_change_nothing() -> None:
    one = scene()
    one.login("u1")
    one.join("a")
    before = one.figures()
    one.refuses("a", "u2")
    one.refuses("z", "u1")
    one.do(lambda f: f.callers.ask("z"))
    one.do(lambda f: f.callers.leave("z", "abandoned"))
    one.do(lambda f: f.callers.gone("z"))
    one.do(lambda f: f.promises.called("z", True))
    assert before == one.figures()


# -- places ------------------------------------------------------------------------------------------------------------


def test_a_full_queue_takes_nobody_more() -> None:
    one = scene(waiting_max=1)
    one.login("u1")
    one.join("a")
    one.join("b")
    assert [QueueRefused("full")] == one.replies("b")


def test_when_the_last_agent_leaves_callers_may_go() -> None:
    one = scene()
    one.login("u1")
    one.do(lambda f: f.staff.pause(TENANT, "u1", ""))
    one.join("a")
    one.do(lambda f: f.staff.logout(TENANT, "u1"))
    assert QueueExpired("empty") == one.replies("a")[-1]


def test_a_queue_that_waits_for_agents_keeps_its_callers() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.later(60)
    one.do(lambda f: f.callers.ask("a"))
    assert QueueTold(1, None) == one.replies("a")[-1]
    one.login("u1")
    assert [("a", "u1")] == one.offers()


def test_a_place_moves_up_when_somebody_gives_up() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.join("b")
    one.do(lambda f: f.callers.leave("a", "abandoned"))
    one.do(lambda f: f.callers.ask("b"))
    assert QueueTold(1, None) == one.replies("b")[-1]


def test_a_caller_whose_call_the_node_lost_has_the_place_back() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.later(30)
    one.join("b")
    one.begin()
    one.later(5)
    assert [] == [key for key in one.rows if key.startswith("place/")]
    one.join("c")
    one.join("a")
    one.login("u1")
    assert [("a", "u1")] == one.offers()


# -- figures -----------------------------------------------------------------------------------------------------------


def test_the_service_level_counts_who_was_answered_in_time() -> None:
    one = scene(empty="wait", sla_s=20, wrap_up_s=0)
    for call, waits in (("a", 5.0), ("b", 30.0)):
        one.join(call)
        one.later(waits)
        one.login("u1")
        one.answers(call, "u1")
        one.hangs_up(call, "u1")
        one.do(lambda f: f.staff.logout(TENANT, "u1"))
    one.join("d")
    one.do(lambda f: f.callers.leave("d", "abandoned"))
    one.join("e")
    one.do(lambda f: f.callers.leave("e", "exit"))
    one.join("f")
    one.later(7)
    figures = one.figures()
    expected = {
        "offered": 5,
        "answered": 2,
        "in_time": 1,
        "abandoned": 1,
        "left": 1,
        "sla_percent": 25.0,
        "mean_wait_s": 17.5,
        "waiting": 1,
        "longest_wait_s": 7,
    }
    assert expected == {name: figures[name] for name in expected}


def test_a_new_day_begins_with_zeros() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.do(lambda f: f.callers.leave("a", "abandoned"))
    one.later(86_400)
    assert (0, None) == (one.figures()["abandoned"], one.figures()["sla_percent"])


# -- promises ----------------------------------------------------------------------------------------------------------


def promised(one: Scene, call: str) -> None:
    """The caller asks to be called, hears it is promised, and hangs up."""
    one.do(lambda f: f.callers.promise(call))
    one.do(lambda f: f.callers.gone(call))


def test_a_promise_is_told_when_it_is_on_disk_and_keeps_its_place() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.join("b")
    effects = one.do(lambda f: f.callers.promise("a"))
    assert Tell("a", QueuePromised(), durable=True) in effects
    one.do(lambda f: f.callers.gone("a"))
    one.login("u1")
    number = one.rows[f"place/{TENANT}/a"]["number"]
    assert CallBack(TENANT, "sales", "a", number, "u1", 20.0) in one.log
    assert [("a", "u1")] == one.offers()


def test_nobody_is_called_back_while_they_are_still_on_the_line() -> None:
    one = scene()
    one.login("u1")
    one.do(lambda f: f.staff.pause(TENANT, "u1", ""))
    one.join("a")
    one.do(lambda f: f.callers.promise("a"))
    one.do(lambda f: f.staff.pause(TENANT, "u1", None))
    assert [] == one.offers()
    one.do(lambda f: f.callers.gone("a"))
    assert [("a", "u1")] == one.offers()


def test_a_promise_is_kept_once() -> None:
    one = scene()
    one.login("u1", "u2")
    one.join("a")
    promised(one, "a")
    one.do(lambda f: f.promises.calling("a", "k1"))
    one.do(lambda f: f.promises.may_call("a", "k1"))
    one.do(lambda f: f.promises.may_call("a", "k2"))
    assert ([MayCallBack(True)], [MayCallBack(False)]) == (one.replies("k1"), one.replies("k2"))
    one.do(lambda f: f.promises.called("k1", True))
    one.do(lambda f: f.promises.may_call("a", "k1"))
    assert MayCallBack(False) == one.replies("k1")[-1]
    assert [("a", "finished")] == one.notes()


def test_a_promise_that_all_who_could_call_have_declined_is_for_people() -> None:
    one = scene(agents=members("u1", "u2", "u3", u1={"skills": ["russian"]}, u2={"skills": ["russian"]}))
    one.login("u1", "u2", "u3")
    one.join("a", skills=("russian",))
    one.refuses("a", "u1", "declined")
    promised(one, "a")
    one.do(lambda f: f.promises.calling("a", "k1"))
    assert [] == one.notes()
    one.refuses("a", "u2", "declined")
    one.do(lambda f: f.callers.gone("k1"))
    assert [("a", "open")] == one.notes()
    assert [("a", "u1"), ("a", "u2"), ("a", "u2")] == one.offers()
    assert 0 == one.figures()["promised_waiting"]


def restaffed(one: Scene, *users: str) -> None:
    """The queue has these agents now."""
    one.view = view_of({"sales": {"agents": members(*users)}})
    one.do(lambda f: f.configured({TENANT: one.view}))


def test_a_promise_is_for_people_when_the_last_who_had_not_declined_is_of_the_queue_no_more() -> None:
    one = scene(agents=members("u1", "u2"))
    one.login("u1")
    one.join("a")
    one.join("b")
    one.refuses("a", "u1", "declined")
    promised(one, "a")
    restaffed(one, "u1", "u3")
    assert [] == one.notes()
    restaffed(one, "u1")
    assert [("a", "open")] == one.notes()
    assert 0 == one.figures()["promised_waiting"]


def test_a_promise_of_a_queue_without_agents_is_for_people_after_a_restart_too() -> None:
    one = scene(agents=members("u1"), empty="wait")
    one.join("a")
    promised(one, "a")
    one.view = view_of({"sales": {"agents": []}})
    one.begin()
    assert [("a", "open")] == one.notes()
    assert {} == {key: row for key, row in one.rows.items() if key.startswith("place/")}


def test_an_agent_who_does_not_answer_gives_the_promise_to_the_next() -> None:
    one = scene()
    one.login("u1", "u2")
    one.join("a")
    promised(one, "a")
    one.do(lambda f: f.promises.calling("a", "k1"))
    one.do(lambda f: f.callers.gone("k1"))
    assert [("a", "u1"), ("a", "u1"), ("a", "u2")] == one.offers()


def test_who_is_not_reached_becomes_a_task() -> None:
    one = scene()
    one.login("u1")
    one.join("a")
    promised(one, "a")
    one.do(lambda f: f.promises.calling("a", "k1"))
    one.do(lambda f: f.promises.may_call("a", "k1"))
    one.do(lambda f: f.callers.gone("k1"))
    assert [("a", "open")] == one.notes()
    assert 0 == one.figures()["promised_waiting"]


def test_hanging_up_is_asking_for_a_call_when_the_tenant_wishes() -> None:
    one = scene(callback_on_hangup=True, empty="wait")
    one.join("a")
    one.do(lambda f: f.callers.leave("a", "abandoned"))
    one.do(lambda f: f.callers.gone("a"))
    assert (1, 0) == (one.figures()["promised_waiting"], one.figures()["abandoned"])


def test_who_withheld_the_number_cannot_be_promised_a_call() -> None:
    one = scene(empty="wait")
    one.do(lambda f: f.callers.join("a", TENANT, "sales", (None, None), 0, frozenset()))
    one.do(lambda f: f.callers.promise("a"))
    assert QueueRefused("anonymous") == one.replies("a")[-1]


def test_a_promise_can_be_withdrawn_by_its_tenant_alone() -> None:
    one = scene(empty="wait")
    one.join("a")
    promised(one, "a")
    got = []
    one.do(lambda f: got.append(f.promises.withdraw("other", "a")))
    one.do(lambda f: got.append(f.promises.withdraw(TENANT, "a")))
    one.do(lambda f: got.append(f.promises.withdraw(TENANT, "a")))
    assert ([False, True, False], 0) == (got, one.figures()["promised_waiting"])


# -- crashes -----------------------------------------------------------------------------------------------------------


def test_agents_and_promises_are_there_again_after_a_crash_in_order() -> None:
    one = scene(empty="wait")
    for call in ("c", "a", "b"):
        one.join(call)
        one.later(1)
        promised(one, call)
    one.login("u1")
    assert [("c", "u1")] == one.offers()
    one.log.clear()
    one.begin()
    assert ([("c", "u1")], 3) == (one.offers(), one.figures()["promised_waiting"])


def test_a_crash_after_the_caller_may_have_been_rung_leaves_a_task_and_calls_nobody_again() -> None:
    one = scene()
    one.login("u1")
    one.join("a")
    promised(one, "a")
    one.do(lambda f: f.promises.calling("a", "k1"))
    one.do(lambda f: f.promises.may_call("a", "k1"))
    one.log.clear()
    one.begin()
    assert ([], [("a", "open")], 0) == (one.offers(), one.notes(), one.figures()["promised_waiting"])


def test_rows_that_mean_nothing_are_removed() -> None:
    one = scene()
    one.rows = {
        "place/acme/x": {},
        "agent/acme/u1": {"queues": 3},
        "nonsense": {},
        "figures/acme/none": {},
        "odd/a/b": {},
    }
    one.begin()
    assert {} == one.rows


def test_a_queue_that_is_deleted_lets_everybody_go() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.join("b")
    promised(one, "b")
    one.login("u5")
    one.do(lambda f: f.configured({}))
    assert QueueExpired("empty") == one.replies("a")[-1]
    assert [("b", "open")] == one.notes()
    assert {} == {key: row for key, row in one.rows.items() if key.startswith("place/")}
    assert one.now >= START


# -- a call that outlived the switch -----------------------------------------------------------------------------------


def outlived(one: Scene, *calls: str) -> None:
    """Another floor, which these calls join before it knows anything; then what is kept is read."""
    kept = dict(one.rows)
    one.floor = Floor(one.dice)
    one.do(lambda f: f.configured({TENANT: one.view}))
    for call in calls:
        place = read_place(TENANT, call, kept[place_key(TENANT, call)])
        what = "sales", (place.number, None), 0, frozenset[str](), place
        one.do(lambda f, call=call, what=what: f.callers.join(call, TENANT, *what))  # type: ignore[misc]  # of this turn
    one.do(lambda f: f.restore(kept))


def test_who_outlived_the_switch_has_the_place_still_and_is_promised_nothing() -> None:
    one = scene(empty="leave", callback_on_hangup=True, waiting_max=2)
    one.login("u1")
    one.do(lambda f: f.staff.pause(TENANT, "u1", "lunch"))
    one.join("a")
    one.later(60)
    one.join("b")
    outlived(one, "b", "a")
    document = one.floor.document(one.now, TENANT, "sales")
    assert document is not None
    assert [("a", 60, "present"), ("b", 0, "present")] == [
        (place["id"], place["waited_s"], place["kind"]) for place in document["places"]
    ]
    assert (2, 2) == (document["waiting"], document["offered"])
    assert [] == one.notes()


def test_of_two_who_waited_the_one_who_did_not_outlive_it_is_promised_a_call() -> None:
    one = scene(empty="wait", callback_on_hangup=True)
    one.join("a")
    one.join("b")
    outlived(one, "b")
    assert [("b", "present"), ("a", "promised")] == sorted(
        ((place["id"], place["kind"]) for place in one.floor.document(one.now, TENANT, "sales")["places"]),  # type: ignore[index]  # it is there
        key=lambda found: found[1],
    )


def test_who_still_waits_where_the_tenant_is_not_served_any_more_goes_on_elsewhere() -> None:
    one = scene(empty="wait")
    one.join("a")
    one.do(lambda f: f.forget({TENANT}))
    assert QueueExpired("empty") == one.replies("a")[-1]
