"""Sending a live call elsewhere, as the API passes it on."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.control.messages import ControlError
from tests.mgmt.conftest import World

PATH = "/api/v1/calls/live/c1live/transfer"


def asked(world: World) -> list[dict[str, Any]]:
    """What the switch was asked to transfer."""
    return [one for one in world.switch.asked if one["op"] == "transfer"]


@pytest.mark.parametrize("more", [{}, {"keep": "callee"}, {"as": "ann", "keep": "caller"}])
def test_a_transfer_reaches_the_switch_as_it_was_wanted(world: World, more: dict[str, str]) -> None:
    answer = world.client().post(PATH, json={"target": "102", **more})
    assert 202 == answer.status_code
    assert [{"op": "transfer", "tenant": "riverside", "call": "c1live", "target": "102", **more}] == asked(world)


def test_a_refusal_of_the_switch_is_told_with_its_reason(world: World) -> None:
    world.switch.refuse = ControlError("refused", "+19005550100 is a premium rate number", 403)
    answer = world.client().post(PATH, json={"target": "+19005550100"})
    assert 403 == answer.status_code
    assert "premium rate" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize("body", [{}, {"target": ""}, {"target": "1" * 65}, {"target": "102", "keeep": "caller"}])
def test_a_transfer_that_says_not_where_to_is_refused(world: World, body: dict[str, str]) -> None:
    assert 422 == world.client().post(PATH, json=body).status_code
    assert [] == asked(world)


def test_a_call_that_is_over_is_not_there(world: World) -> None:
    assert 404 == world.client().post(PATH.replace("c1", "c7"), json={"target": "102"}).status_code
