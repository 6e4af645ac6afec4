"""The nodes as an operator sees them: state, version, calls, who is lost; draining one by name; what is typed where."""

from __future__ import annotations

from typing import Any

import pytest

from configdb import membership
from configdb.membership import Membership
from softswitch.control.messages import ControlError
from tests.mgmt.conftest import World

CLUSTER = {
    "node": "here",
    "joined": True,
    "others": [{"node": "b", "draining": True, "version": "2.1"}],
    "tenants": 3,
    "passing": 1,
}
STATUS = {"here": {"calls": 1, "up_s": 7.0}, "b": {"calls": 2, "up_s": 5.0, "draining": True}}


@pytest.fixture
def two(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Another node, which is drained; a third one has joined once."""
    asked = world.switch.request

    def request(op: str, **fields: Any) -> dict[str, Any]:
        said = asked(op, **fields)
        return {"cluster": CLUSTER, "status": STATUS.get(fields.get("node", ""), said)}.get(op, said)

    monkeypatch.setattr(world.switch, "request", request)
    others = {"b": "192.0.2.2:6222", "c": "192.0.2.3:6222"}
    membership.folder(world.context.settings.data_dir).mkdir()
    membership.write(world.context.settings.data_dir, Membership("here", "192.0.2.1:6222", others))
    return world


def rows(world: World) -> list[tuple[Any, ...]]:
    found = world.client(operator=True).get("/api/v1/nodes").get_json()
    return [(one["node"], one["state"], one["calls"]) for one in found["data"]]


def test_every_node_is_there_with_what_it_does(two: World) -> None:
    assert [("here", "up", 1), ("b", "drained", 2), ("c", "away", None)] == rows(two)
    one = two.client(operator=True).get("/api/v1/nodes").get_json()["data"][1]
    assert (1, 3, 5.0) == (one["passing"], one["tenants"], one["up_s"])
    assert "2.1" == two.client(operator=True).get("/api/v1/nodes").get_json()["data"][1]["version"]


def test_a_switch_that_is_away_hides_the_others(two: World) -> None:
    two.switch.away = True
    assert [("here", "away", None), ("b", "unknown", None), ("c", "unknown", None)] == rows(two)


def test_a_node_that_does_not_answer_is_away_and_the_rest_is_told(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = two.switch.request

    def request(op: str, **fields: Any) -> dict[str, Any]:
        if fields.get("node") == "b":
            raise ControlError("node_away", "b does not answer: try again", 503)
        return asked(op, **fields)

    monkeypatch.setattr(two.switch, "request", request)
    assert [("here", "up", 1), ("b", "away", None), ("c", "away", None)] == rows(two)


def test_another_node_is_drained_by_its_name(world: World) -> None:
    operator = world.client(operator=True)
    assert 200 == operator.put("/api/v1/drain", json={"on": True, "node": "b"}).status_code
    assert {"op": "drain", "on": True, "node": "b"} == world.switch.asked[-1]
    assert 422 == operator.put("/api/v1/drain", json={"on": True, "node": ""}).status_code


def test_the_commands_are_those_of_this_node(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = world.client(operator=True)
    commands = operator.get("/api/v1/nodes").get_json()["commands"]
    assert f"softswitch --data {world.context.settings.data_dir} cluster invite" == commands["invite"]
    assert "softswitch-install migrate" == commands["upgrade"][0]
    monkeypatch.setenv("SOFTSWITCH_NATS_URL", "nats://192.0.2.9:4222")
    commands = operator.get("/api/v1/nodes").get_json()["commands"]
    assert (None, None) == (commands["invite"], commands["join"])


def test_only_operators_see_the_nodes(world: World) -> None:
    assert 403 == world.client("riverside", "ann").get("/api/v1/nodes").status_code
