"""Every kind of node by table: what the caller does, and the decisions that follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from configdb.office import Contact, ContactList
from configdb.snapshot import TenantView
from ivr.behaviour import Availability, Reply
from ivr.effects import SendText, Took
from ivr.events import CallerGone, Digit, TimerFired
from ivr.limits import after_words_max
from ivr.nodes.registry import BY_NAME
from ivr.session import Session
from ivr.talk import Caller
from tests.ivr.flows import CALLER, NOON, codes, flow, view_with, walk

Node = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One row: the node, what happens, and the codes of the steps; `other` takes the edges that are not `next`."""

    node: Node
    expected: str
    keys: str = ""
    people: dict[str, Availability] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    caller: Caller = CALLER
    minutes: int = 0
    outcome: str = "ended"


ASK = {"prompts": ["say:Your code"], "next": "end", "on_timeout": "other", "on_invalid": "other", "variable": "code"}
COLLECT: Node = {"kind": "collect", **ASK, "min_keys": 2, "max_keys": 4}
NIGHT = {"name": "night", "start": "22:00", "end": "06:00", "days": ["mon"], "to": "end"}
MAY = {"name": "May", "first": "2026-05-01", "last": "2026-05-31", "to": "end"}
FRIENDS = {"name": "friends", "numbers": ["+1202555*"], "to": "end"}
QUESTION = {"name": "kind", "prompts": ["say:Were we kind?"], "lowest": 1, "highest": 5}
SURVEY: Node = {"kind": "survey", "questions": [QUESTION, {**QUESTION, "name": "quick"}], "next": "end"}
REQUEST: Node = {
    "kind": "request",
    "url": "https://example.com/{caller}",
    "learn": {"who": "people.0.name"},
    "next": "end",
    "on_error": "other",
}
MENU: Node = {"kind": "menu", "prompts": ["prompt:menu"], "keys": {"1": "end"}, "tries": 2, "on_timeout": "other"}
KNOWN = Reply(200, '{"people": [{"name": "Dana"}]}')

CASES: dict[str, Case] = {
    "answer": Case({"kind": "answer", "next": "end"}, "answer hangup"),
    "answer after a moment": Case({"kind": "answer", "pause_s": 1, "next": "end"}, "answer hangup"),
    "play": Case({"kind": "play", "prompts": ["prompt:welcome"], "next": "end"}, "play hangup"),
    "say": Case({"kind": "say", "text": "Good day", "next": "end"}, "say hangup"),
    "wait": Case({"kind": "wait", "seconds": 1.5, "next": "end"}, "wait hangup"),
    "wait with music": Case(
        {"kind": "wait", "seconds": 30, "prompts": ["sound:hold-music"], "next": "end"}, "wait hangup"
    ),
    "language": Case({"kind": "language", "language": "ru", "next": "end"}, "language hangup"),
    "menu key": Case(MENU, "menu menu.key hangup", "1"),
    "menu silence": Case(MENU, "menu menu.timeout menu.timeout tag hangup", "ww"),
    "menu wrong key without an edge": Case(MENU, "menu menu.invalid menu.invalid menu.given_up", "77"),
    "menu again": Case(MENU, "menu menu.repeat menu.key hangup", "*1"),
    "collect ended by a key": Case(COLLECT, "collect collect.done hangup", "12#"),
    "collect all there is room for": Case(COLLECT, "collect collect.done hangup", "1234"),
    "collect ended by silence": Case(COLLECT, "collect collect.done hangup", "12w"),
    "collect too few, then enough": Case(COLLECT, "collect collect.invalid collect.done hangup", "1#12#"),
    "collect nothing": Case(COLLECT, "collect collect.timeout collect.timeout collect.timeout tag hangup", "www"),
    "collect wrong every time": Case({**COLLECT, "tries": 1}, "collect collect.invalid tag hangup", "#"),
    "collect what is accepted": Case({**COLLECT, "accept": ["77"], "tries": 1}, "collect collect.done hangup", "77#"),
    "collect what is not": Case({**COLLECT, "accept": ["77"], "tries": 1}, "collect collect.invalid tag hangup", "78#"),
    "record": Case(
        {"kind": "record", "prompts": ["say:Please say why you call"], "next": "end"}, "record recording.done hangup"
    ),
    "survey": Case(SURVEY, "survey survey.answer survey.answer hangup", "54"),
    "survey half answered": Case(SURVEY, "survey survey.answer survey.missed survey.missed hangup", "59w"),
    "hours": Case({"kind": "hours", "schedule": "office", "open": "end", "closed": "other"}, "hours.open hangup"),
    "schedule by day": Case(
        {"kind": "schedule", "cases": [{"name": "Monday", "days": ["mon"], "to": "end"}], "otherwise": "other"},
        "schedule.case hangup",
    ),
    "schedule otherwise": Case(
        {
            "kind": "schedule",
            "cases": [{"name": "May", "first": "2026-05-01", "last": "2026-05-31", "to": "end"}],
            "otherwise": "other",
        },
        "schedule.otherwise tag hangup",
    ),
    "schedule over midnight, before it": Case(
        {"kind": "schedule", "cases": [NIGHT], "otherwise": "other"}, "schedule.case hangup", minutes=11 * 60
    ),
    "schedule over midnight, behind it": Case(
        {"kind": "schedule", "cases": [NIGHT], "otherwise": "other"}, "schedule.case hangup", minutes=17 * 60
    ),
    "schedule the night after": Case(
        {"kind": "schedule", "cases": [NIGHT], "otherwise": "other"}, "schedule.otherwise tag hangup", minutes=36 * 60
    ),
    "caller by number": Case({"kind": "caller", "cases": [FRIENDS], "otherwise": "other"}, "caller.case hangup"),
    "caller otherwise": Case(
        {"kind": "caller", "cases": [FRIENDS], "otherwise": "other"},
        "caller.otherwise tag hangup",
        caller=Caller("+74951234567"),
    ),
    "caller unknown": Case(
        {"kind": "caller", "cases": [{"name": "hidden", "who": "anonymous", "to": "end"}], "otherwise": "other"},
        "caller.case hangup",
        caller=Caller("anonymous"),
    ),
    "caller of the house": Case(
        {"kind": "caller", "cases": [{"name": "ours", "who": "colleague", "to": "end"}], "otherwise": "other"},
        "caller.case hangup",
        caller=Caller("102", "Ben", "ben"),
    ),
    "caller in a list": Case(
        {"kind": "caller", "cases": [{"name": "known", "contacts": "patients", "to": "end"}], "otherwise": "other"},
        "caller.case hangup",
    ),
    "compare": Case(
        {
            "kind": "compare",
            "value": "{dialled}",
            "cases": [{"with": "+12025550123", "to": "end"}],
            "otherwise": "other",
        },
        "compare.case hangup",
    ),
    "compare as numbers": Case(
        {
            "kind": "compare",
            "value": "10",
            "cases": [{"operator": "less", "with": "9", "to": "end"}],
            "otherwise": "other",
        },
        "compare.otherwise tag hangup",
    ),
    "split": Case(
        {"kind": "split", "ways": [{"name": "a", "to": "end"}, {"name": "b", "weight": 0, "to": "other"}]},
        "split hangup",
    ),
    "dial answered": Case(
        {"kind": "dial", "target": {"kind": "user", "id": "ben"}, "next": "end"},
        "dial.user dial.over hangup",
        outcome="answered",
    ),
    "dial not answered": Case(
        {"kind": "dial", "target": {"kind": "user", "id": "ben"}, "on_no_answer": "other"},
        "dial.user dial.no_answer tag hangup",
        people={"ben": "no_answer"},
    ),
    "directory": Case(
        {"kind": "directory", "on_nobody": "other"},
        "directory directory.found directory.chosen dial.user dial.over",
        "2661",
        outcome="answered",
    ),
    "directory of nobody": Case(
        {"kind": "directory", "on_nobody": "other", "tries": 1}, "directory directory.nobody tag hangup", "999"
    ),
    "directory of whom nobody chooses": Case(
        {"kind": "directory", "on_nobody": "other", "tries": 1},
        "directory directory.found directory.nobody tag hangup",
        "2669",
    ),
    "transfer": Case({"kind": "transfer", "extension": "102"}, "transfer dial.user dial.over", outcome="answered"),
    "transfer to nobody": Case(
        {"kind": "transfer", "extension": "{caller}", "on_unknown": "other"}, "transfer.unknown tag hangup"
    ),
    "transfer to a target": Case(
        {"kind": "transfer", "target": {"kind": "mailbox", "id": "front-desk"}},
        "transfer mailbox.greeting mailbox.record",
        outcome="voicemail",
    ),
    "mailbox": Case(
        {"kind": "mailbox", "mailbox": "ben", "next": "end"},
        "mailbox.greeting mailbox.record hangup",
        outcome="voicemail",
    ),
    "set": Case({"kind": "set", "values": {"a": "{caller}"}, "next": "end"}, "set hangup"),
    "math": Case(
        {"kind": "math", "left": "2", "operation": "divide", "right": "3", "variable": "x", "next": "end"},
        "math hangup",
    ),
    "math without a result": Case(
        {
            "kind": "math",
            "left": "2",
            "operation": "divide",
            "right": "0",
            "variable": "x",
            "next": "end",
            "on_error": "other",
        },
        "math.error tag hangup",
    ),
    "request": Case(REQUEST, "request request.answered hangup", replies={"first": KNOWN}),
    "request refused": Case(REQUEST, "request request.failed tag hangup", replies={"first": Reply(500)}),
    "request not answered": Case(REQUEST, "request request.failed tag hangup"),
    "request answered with no JSON": Case(
        REQUEST, "request request.failed tag hangup", replies={"first": Reply(200, "<html>")}
    ),
    "sms": Case({"kind": "sms", "text": "Hello {caller_name}", "next": "end"}, "sms sms.sent hangup"),
    "tag": Case({"kind": "tag", "tag": "sales", "next": "end"}, "tag hangup"),
    "subflow": Case({"kind": "subflow", "flow": "sub", "next": "end"}, "flow.call tag flow.return hangup"),
    "finish": Case({"kind": "finish"}, "flow.return"),
    "hangup": Case({"kind": "hangup", "cause": "busy"}, "hangup", outcome="busy"),
}


@pytest.fixture(scope="module")
def view() -> TenantView:
    sub = {"start": "a", "nodes": {"a": {"kind": "tag", "tag": "sub", "next": "b"}, "b": {"kind": "finish"}}}
    patients = ContactList(id="patients", name="Patients", contacts={"d": Contact(name="D", numbers=(CALLER.number,))})
    return view_with({"sub": sub}, contacts={"patients": patients})


@pytest.mark.parametrize("name", CASES)
def test_a_node_does_what_its_row_says(name: str, view: TenantView) -> None:
    case = CASES[name]
    at = NOON + timedelta(minutes=case.minutes)
    done = walk(flow(case.node), case.keys, case.people, case.replies, case.caller, view, at)
    assert case.expected.split() == codes(done)
    assert case.outcome == done.outcome


def test_every_kind_has_a_row() -> None:
    assert set() == set(BY_NAME) - {case.node["kind"] for case in CASES.values()} - ELSEWHERE


ELSEWHERE = {"when_free", "agent", "call_back", "conference", "group", "queue", "park", "setting", "webhook"}
ELSEWHERE |= {"messages", "record_prompt", "desk"}
"""Kinds that have tests of their own."""


def learnt(node: Node, keys: str = "", replies: dict[str, Reply] | None = None) -> dict[str, str]:
    return dict(walk(flow({**node, "next": "end"}), keys, replies=replies).variables)


def test_what_a_caller_keys_a_server_says_or_a_flow_reckons_is_learnt() -> None:
    assert "1234" == learnt(COLLECT, "1234")["code"]
    assert "Dana" == learnt(REQUEST, replies={"first": KNOWN})["who"]
    assert "0.67" == learnt({"kind": "math", "left": "2", "operation": "divide", "right": "3", "variable": "x"})["x"]
    assert "for +12025550100" == learnt({"kind": "set", "values": {"a": "for {caller}"}})["a"]
    assert {"kind": "5", "quick": "4"}.items() <= learnt(SURVEY, "54").items()


def test_what_is_said_is_in_the_callers_language() -> None:
    say = {"kind": "say", "text": "{n|number}", "next": "vm"}
    nodes = {"say": say, "vm": {"kind": "play", "prompts": ["sound:goodbye"], "next": "end"}}
    value = {"kind": "set", "values": {"n": "21"}, "next": "language"}
    done = walk(flow(value, language={"kind": "language", "language": "es", "next": "say"}, **nodes))
    assert ("say:es:veintiuno", "sound:es/goodbye") == done.heard


def test_secret_keys_are_not_told() -> None:
    done = walk(flow({**COLLECT, "secret": True}), "4711")
    told = " ".join(f"{one.step.text} {one.step.data}" for one in done.steps)
    assert "4711" not in told
    assert "4711" == done.variables["code"]


def test_a_url_is_filled_behind_its_host_only_and_escaped() -> None:
    done = walk(flow({**REQUEST, "url": "https://example.com/x?q={caller_name}"}), caller=Caller("+1", "a&b/../"))
    assert "https://example.com/x" == done.steps[0].step.data["url"]


def test_half_a_character_of_a_server_is_no_harm_to_what_is_asked_next() -> None:
    again = {**REQUEST, "url": "https://example.com/{who}", "fields": {"name": "{who}"}, "learn": {}}
    replies = {"first": Reply(200, '{"people": [{"name": "Dana \\ud83d"}]}'), "again": Reply(200, "{}")}
    done = walk(flow({**REQUEST, "next": "again"}, again=again), replies=replies)
    assert "Dana ?" == done.variables["who"]
    assert ["request", "request.answered", "request", "request.answered", "hangup"] == codes(done)


def test_the_same_caller_always_goes_the_same_way_and_callers_are_shared_out() -> None:
    ways = [{"name": "a", "weight": 3, "to": "end"}, {"name": "b", "weight": 1, "to": "other"}]
    split = flow({"kind": "split", "ways": ways})
    went = [walk(split, caller=Caller(f"+1202555{n:04}")).steps[0].step.data["way"] for n in range(200)]
    assert went == [walk(split, caller=Caller(f"+1202555{n:04}")).steps[0].step.data["way"] for n in range(200)]
    assert 130 < went.count("a") < 170


def test_a_flow_that_cannot_go_on_goes_on_at_its_fallback_once() -> None:
    broken = {"kind": "transfer", "extension": "9999"}
    document = flow(broken, rescue={"kind": "tag", "tag": "rescued", "next": "first"}) | {"fallback": "rescue"}
    done = walk(document)
    assert ["transfer.unknown", "flow.fallback", "tag", "transfer.unknown"] == codes(done)
    assert "not_found" == done.outcome


def test_the_fallback_of_the_calling_flow_catches_what_a_subflow_does_not() -> None:
    sub = {"start": "a", "nodes": {"a": {"kind": "transfer", "extension": "9999"}}}
    document = flow(
        {"kind": "subflow", "flow": "sub", "next": "end"}, rescue={"kind": "tag", "tag": "r", "next": "end"}
    )
    done = walk(document | {"fallback": "rescue"}, view=view_with({"sub": sub}))
    assert ["flow.call", "transfer.unknown", "flow.fallback", "tag", "hangup"] == codes(done)


def test_a_flow_that_runs_itself_comes_to_an_end() -> None:
    document = flow({"kind": "subflow", "flow": "main2", "next": "end"})
    done = walk(document, view=view_with({"main2": document}))
    assert "flow.loop" in codes(done)
    assert "failed" == done.outcome


def test_a_node_is_entered_ten_times_in_a_row_at_most() -> None:
    done = walk(flow({"kind": "play", "prompts": ["tone:beep"], "next": "first"}))
    assert 10 == codes(done).count("play")
    assert "flow.loop" == codes(done)[-1]


def test_when_the_caller_hangs_up_the_flow_may_go_on_without_them() -> None:
    node = {**MENU, "on_hangup": "text"}
    text = {"kind": "sms", "text": "Sorry we missed you", "next": "mark"}
    document = flow(node, text=text, mark={"kind": "tag", "tag": "left", "next": "end"})
    session = Session(view_with(), document, CALLER)
    session.start(NOON)
    effects = session.feed(CallerGone(), NOON)
    assert session.done
    assert ["sms", "tag"] == [effect.step.code for effect in effects if isinstance(effect, Took)]
    assert 1 == sum(isinstance(effect, SendText) for effect in effects)


def test_a_flood_of_keys_is_said_up_to_a_limit() -> None:
    session = Session(view_with(), flow({"kind": "wait", "seconds": 60, "next": "end"}), CALLER)
    session.start(NOON)
    for _ in range(2 * after_words_max):
        session.feed(Digit("1"), NOON)
    done = next(one for one in session.feed(TimerFired("wait"), NOON) if isinstance(one, Took))
    assert after_words_max == len(done.step.data["after"].split())


def test_a_step_says_what_it_followed() -> None:
    done = walk(flow(COLLECT), "12#")
    assert "digit:1 digit:2 digit:#" == done.steps[1].step.data["after"]
