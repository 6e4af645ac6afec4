"""Queues over the API: figures and people of one's own company, agents who order themselves, managers who order all."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.control.messages import ControlError
from tests.mgmt.conftest import World

AGENT = "/api/v1/queues/agents/{}"


def asked(world: World, op: str) -> list[dict[str, Any]]:
    """What the switch was asked of one operation."""
    return [one for one in world.switch.asked if one["op"] == op]


def test_the_figures_are_those_of_ones_own_company(world: World) -> None:
    answer = world.client("riverside", "carla").get("/api/v1/queues")
    assert ["sales"] == [queue["id"] for queue in answer.get_json()["data"]]
    assert [{"op": "queues", "tenant": "riverside"}] == asked(world, "queues")


def test_one_queue_has_the_names_of_its_people(world: World) -> None:
    answer = world.client().get("/api/v1/queues/riverside-only")
    assert ["Ann", "gone"] == [one["name"] for one in answer.get_json()["people"]]


def test_a_queue_that_is_not_there_is_not_found(world: World) -> None:
    assert 404 == world.client().get("/api/v1/queues/nothing").status_code
    assert 404 == world.client().post(AGENT.format("nobody"), json={"verb": "login"}).status_code
    assert [] == asked(world, "agent")


def test_what_the_switch_refuses_is_told_with_its_reason(world: World) -> None:
    world.switch.refuse = ControlError("not_an_agent", "Ann: no queue names them", 409)
    answer = world.client().post(AGENT.format("ann"), json={"verb": "login"})
    assert (409, "not_an_agent") == (answer.status_code, answer.get_json(force=True)["code"])


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "login"},
        {"verb": "login", "queues": ["sales"]},
        {"verb": "pause", "reason": "lunch"},
        {"verb": "logout"},
    ],
)
def test_an_agent_orders_their_own_work(world: World, body: dict[str, Any]) -> None:
    assert 204 == world.client("riverside", "carla").post(AGENT.format("carla"), json=body).status_code
    assert [{"op": "agent", "tenant": "riverside", "user": "carla", **body}] == asked(world, "agent")


def test_only_managers_order_the_work_of_others(world: World) -> None:
    body = {"verb": "logout"}
    assert 403 == world.client("riverside", "carla").post(AGENT.format("ann"), json=body).status_code
    assert [] == asked(world, "agent")
    assert 204 == world.client("riverside", "ann").post(AGENT.format("carla"), json=body).status_code


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verb": "dance"},
        {"verb": "login", "queues": "sales"},
        {"verb": "login", "queues": [""]},
        {"verb": "login", "x": 1},
    ],
)
def test_what_is_no_order_is_refused(world: World, body: dict[str, Any]) -> None:
    assert 422 == world.client().post(AGENT.format("ann"), json=body).status_code
    assert [] == asked(world, "agent")


def test_a_promise_is_withdrawn_by_managers(world: World) -> None:
    path = "/api/v1/queues/promises/c1"
    assert 403 == world.client("riverside", "carla").delete(path).status_code
    assert 204 == world.client("riverside", "ann").delete(path).status_code
    assert [{"op": "promise", "tenant": "riverside", "id": "c1"}] == asked(world, "promise")


def test_an_operator_drains_the_node_and_nobody_else(world: World) -> None:
    assert 403 == world.client("riverside", "ann").put("/api/v1/drain", json={"on": True}).status_code
    answer = world.client(operator=True).put("/api/v1/drain", json={"on": True})
    assert {"draining": True, "calls": 2} == answer.get_json()
    assert 422 == world.client(operator=True).put("/api/v1/drain", json={"on": "yes"}).status_code
    assert [{"op": "drain", "on": True}] == asked(world, "drain")
