"""All ways through a flow."""

from __future__ import annotations

import pytest

from installer import demo_tenant
from ivr.explore import explore
from ivr.limits import paths_max
from tests.ivr.flows import CALLER, NOON, codes, flow, view_with
from tests.ivr.test_nodes import COLLECT, MENU


def test_every_node_of_the_demo_flow_that_an_open_office_leads_to_is_on_some_way() -> None:
    found = explore(view_with(), demo_tenant.flow(), CALLER, NOON)
    assert found.complete
    visited = {one.step.node for path in found.paths for one in path.simulation.steps}
    assert {"hours", "welcome", "menu", "front-desk", "ann", "message", "bye"} == visited - {None}


def test_a_menu_has_a_way_for_each_key_for_wrong_ones_and_for_silence() -> None:
    found = explore(view_with(), flow(MENU), CALLER, NOON)
    assert [("first: 1",), ("first: 00",), ("first: nothing",)] == [path.choices for path in found.paths]


OUT = {"kind": "dial", "target": {"kind": "number", "id": "+12025550177"}, "on_machine": "other", "next": "end"}


@pytest.mark.parametrize(
    ("machines", "ways"),
    [
        ("connect", ["free", "no_answer", "busy"]),
        ("skip", ["free", "no_answer", "busy", "machine"]),
        ("wait", ["free", "no_answer", "busy", "machine"]),
    ],
)
def test_a_number_outside_has_a_way_for_all_that_may_answer_there(machines: str, ways: list[str]) -> None:
    found = explore(view_with(), flow({**OUT, "machines": machines}), CALLER, NOON)
    assert [f"+12025550177: {way}" for way in ways] == [" ".join(path.choices) for path in found.paths]
    to_machine = {path.choices[0]: "tag" in codes(path.simulation) for path in found.paths}
    assert {f"+12025550177: {way}": way == "machine" and machines == "skip" for way in ways} == to_machine


def test_two_ways_are_never_the_same() -> None:
    found = explore(view_with(), flow({**COLLECT, "next": "menu"}, menu=MENU), CALLER, NOON)
    assert len(found.paths) == len({path.choices for path in found.paths})


def test_a_flow_of_too_many_ways_says_that_there_are_more() -> None:
    menus = {f"m{n}": {**MENU, "keys": {"1": f"m{n + 1}", "2": f"m{n + 1}"}} for n in range(8)}
    found = explore(view_with(), flow({**MENU, "keys": {"1": "m0"}}, **menus, m8={"kind": "hangup"}), CALLER, NOON)
    assert paths_max == len(found.paths)
    assert not found.complete
