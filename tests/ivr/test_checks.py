"""What is found before a flow goes live."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import validator_for

from installer import demo_tenant
from ivr.checks import check, check_all
from ivr.flow import flow_schema
from tests.ivr.flows import flow, view_with
from tests.ivr.test_nodes import CASES

Node = dict[str, Any]
PLAY: Node = {"kind": "play", "prompts": ["tone:beep"], "next": "end"}
WAIT: Node = {"kind": "wait", "seconds": 1.5, "next": "second"}

CASES_OF_PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "a dangling edge": (flow({**PLAY, "next": "nowhere"}), "first edge.dangling"),
    "a start that is not there": ({"start": "x", "nodes": {"end": {"kind": "hangup"}}}, "None flow.start_missing"),
    "a fallback that is not there": (flow({**PLAY, "next": "other"}) | {"fallback": "x"}, "None flow.fallback_missing"),
    "an unknown prompt": (flow({**PLAY, "next": "other", "prompts": ["prompt:nope"]}), "first reference.unknown"),
    "an unknown flow": (flow({"kind": "subflow", "flow": "nope", "next": "other"}), "first reference.unknown"),
    "a node nobody comes to": (flow(PLAY), "other node.unreachable"),
    "a loop without anybody": (
        flow({**PLAY, "next": "second"}, second={**PLAY, "next": "first"}, other=PLAY),
        "first flow.loop; second flow.loop; end node.unreachable; other node.unreachable",
    ),
    "silence": (flow({"kind": "wait", "seconds": 3, "next": "other"}), "first flow.silence"),
    "silence on two nodes": (flow(WAIT, second={**WAIT, "next": "other"}), "second flow.silence"),
    "a hang-up that leads to a prompt": (
        flow({**PLAY, "next": "other", "on_hangup": "first"}),
        "first edge.needs_caller",
    ),
    "an unknown kind": (flow({"kind": "teleport"}), "first node.malformed"),
    "an unknown field": (flow({**PLAY, "volume": 11}), "first node.malformed"),
    "a transfer to nowhere": (flow({"kind": "transfer"}), "first node.malformed"),
}


@pytest.mark.parametrize("name", CASES_OF_PROBLEMS)
def test_it_is_found(name: str) -> None:
    document, expected = CASES_OF_PROBLEMS[name]
    found = [f"{problem.node} {problem.code}" for problem in check(document, view_with())]
    assert sorted(expected.split("; ")) == sorted(found)


def test_a_menu_that_may_cut_the_caller_off_is_warned_of_but_goes_live() -> None:
    menu = {"kind": "menu", "prompts": ["tone:beep"], "keys": {"1": "other"}, "on_timeout": "other"}
    found = check_all(flow(menu), view_with())
    assert [("first", "node.dead_end", "warning")] == [(p.node, p.code, p.severity) for p in found]
    assert [] == check(flow(menu), view_with())


def test_the_demo_flow_has_no_problem_at_all() -> None:
    assert [] == check_all(demo_tenant.flow(), view_with())


def test_the_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses() -> None:
    validator = validator_for(flow_schema())
    for name, case in CASES.items():
        assert [] == list(validator.iter_errors(flow(case.node))), name
    for name in ("an unknown kind", "an unknown field"):
        assert [] != list(validator.iter_errors(CASES_OF_PROBLEMS[name][0])), name


def test_every_kind_says_what_it_is_called_and_what_an_editor_offers() -> None:
    schema = flow_schema()
    kinds = [one["$ref"].rpartition("/")[2] for one in schema["properties"]["nodes"]["additionalProperties"]["oneOf"]]
    assert all(schema["$defs"][kind]["title"] and schema["$defs"][kind]["x-group"] for kind in kinds)
    assert "schedule" == schema["$defs"]["HoursNode"]["properties"]["schedule"]["x-form"]
    assert "node" == schema["$defs"]["PlayNode"]["properties"]["next"]["x-form"]
