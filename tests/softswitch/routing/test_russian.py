"""What a call did, said in Russian: every step of the interpreter over many calls of the demo tenant has its sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, MAIN_NUMBER, TENANT
from softswitch.routing.explain import explain
from softswitch.routing.russian import in_russian
from softswitch.routing.simulate import explore_number
from tests.ivr.flows import flow, walk
from tests.ivr.test_nodes import CASES
from tests.softswitch.calls.world import riverside

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("America/New_York"))
OURS = ("set", "math", "math.error", "compare.case", "compare.otherwise", "directory.nobody")
"""Told as they are: names and values of the flow's own."""


def test_every_step_of_every_way_through_the_demo_tenant_is_said_in_russian() -> None:
    left = set()
    for number in (MAIN_NUMBER, ANN_NUMBER, "101", "200"):
        for hours in (0, 12, 72):
            found = explore_number(riverside(), TENANT, number, CALLER_NUMBER, NOON + timedelta(hours=hours))
            steps = [one.step for path in found.paths for one in path.simulation.steps]
            left |= {step.code for step in steps if in_russian(step.code, step.text) == step.text}
    assert set() == left


@pytest.mark.parametrize("name", CASES)
def test_a_step_of_every_kind_of_node_is_said_in_russian(name: str) -> None:
    case = CASES[name]
    done = walk(flow(case.node), case.keys, case.people, case.replies, case.caller)
    steps = [one.step for one in done.steps if one.step.code not in OURS]
    assert [] == [(s.code, s.text) for s in steps if in_russian(s.code, s.text) == s.text and s.code != "survey.answer"]


def test_a_sentence_keeps_its_facts() -> None:
    text = "closed: Sunday is open 08:00-18:00, it is 07:00 in America/New_York"
    assert "закрыто: воскресенье 08:00-18:00, сейчас 07:00 (America/New_York)" == in_russian("hours.closed", text)
    assert "Something new" == in_russian("unheard.of", "Something new")


def test_an_explanation_is_in_the_language_that_is_asked_for() -> None:
    step = {"at": 1.5, "code": "menu.key", "text": "Key 1 pressed", "node": "menu"}
    (english,), (russian,) = (explain({"started_at": 0.0}, [step], "UTC", language) for language in ("en", "ru"))
    assert english.endswith("[menu]  Key 1 pressed")
    assert russian.endswith("[menu]  Нажата клавиша 1")
