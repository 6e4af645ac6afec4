"""Random flows and random callers: the simulator and the live machine of a call agree step by step."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from configdb.snapshot import TenantView
from ivr.behaviour import Reply
from ivr.replay import replayed
from ivr.simulate import simulate
from ivr.talk import Caller
from softswitch.routing.route import Route
from tests.conftest import NIGHTLY
from tests.ivr.flows import NOON, view_with
from tests.ivr.test_nodes import CASES
from tests.softswitch.calls.world import World

NODES = [case.node for case in CASES.values() if case.node["kind"] not in ("finish", "subflow")]
IDS = ("first", "second", "third", "other", "end")
EDGES = ("next", "otherwise", "open", "closed", "to")
VIEW = view_with({"sub": {"start": "a", "nodes": {"a": {"kind": "finish"}}}})
behaviour = some.sampled_from(["free", "busy", "no_answer", "declined", "unregistered"])


def led(node: Any, where: list[str]) -> Any:
    """The node with its edges led to the nodes of `where`, one after another."""
    if isinstance(node, dict):
        return {
            name: where[len(name) % len(where)] if _is_edge(name, value) else led(value, where)
            for name, value in node.items()
        }
    return [led(one, where) for one in node] if isinstance(node, list) else node


def _is_edge(name: str, value: Any) -> bool:
    return isinstance(value, str) and (name in EDGES or name.startswith("on_"))


@some.composite
def documents(draw: Any) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for id in IDS[:3]:
        where = draw(some.lists(some.sampled_from(IDS), min_size=2, max_size=4))
        nodes[id] = led(draw(some.sampled_from(NODES)), where)
        if nodes[id]["kind"] == "menu":
            nodes[id] = {**nodes[id], "keys": {"1": where[0], "2": where[-1]}}
    nodes["other"], nodes["end"] = {"kind": "subflow", "flow": "sub", "next": "end"}, {"kind": "hangup"}
    return {"start": "first", "nodes": nodes} | draw(some.sampled_from([{}, {"fallback": "second"}]))


@settings(max_examples=10_000 if NIGHTLY else 250, deadline=None)
@given(
    documents(),
    some.text("123459*#w", max_size=12),
    some.fixed_dictionaries({"ann": behaviour, "ben": behaviour, "carla": behaviour}),
    some.sampled_from([Reply(200, '{"people": [{"name": "Dana"}]}'), Reply(500), Reply(0)]),
)
def test_a_random_flow_goes_the_same_way_live_and_simulated(
    document: dict[str, Any], keys: str, people: Any, reply: Reply
) -> None:
    replies = dict.fromkeys(IDS, reply)
    caller = Caller("+12025550100", None, None, "+12025550123")
    simulated = simulate(VIEW, document, caller, NOON, keys, people, replies=replies)
    world = live(VIEW, document, keys, people, replies)
    assert [(one.step.code, one.step.node, one.step.text) for one in simulated.steps] == world.decisions
    assert 1 == world.finished
    again = replayed(VIEW, document, caller, world.steps)
    assert [(step.code, step.node, step.text) for step in again] == world.decisions


def live(view: TenantView, document: dict[str, Any], keys: str, people: Any, replies: Any) -> World:
    """A call through the flow."""
    route = Route(view, "inbound", "+12025550100", "+12025550123", "Main", document)
    return World(route, NOON.timestamp(), people, list(keys), replies=replies).start().run()
