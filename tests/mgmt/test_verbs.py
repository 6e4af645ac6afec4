"""The verbs for live calls over HTTP, as they reach the switch."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.control.messages import ControlError
from tests.mgmt.conftest import World

CALL = "/api/v1/calls/c1live"


def asked(world: World) -> list[dict[str, Any]]:
    """What the switch was asked to do."""
    return [one for one in world.switch.asked if one["op"] not in ("live", "status")]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("hold", {"side": "callee"}),
        ("park", {"slot": "07"}),
        ("play", {"prompts": ["sound:vm-intro"]}),
        ("dtmf", {"digits": "1#"}),
    ],
)
def test_a_verb_reaches_the_switch_with_its_fields_and_key(world: World, verb: str, body: dict[str, Any]) -> None:
    answer = world.client().post(f"{CALL}/{verb}", json=body, headers={"Idempotency-Key": "k1"})
    assert 202 == answer.status_code
    wanted = {"op": verb, "v": 1, "tenant": "riverside", "call": "c1live", "key": "k1", **body}
    assert [wanted] == asked(world)


def test_without_a_body_a_verb_has_its_defaults(world: World) -> None:
    assert 202 == world.client().post(f"{CALL}/answer").status_code
    assert [{"op": "answer", "v": 1, "tenant": "riverside", "call": "c1live"}] == asked(world)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{CALL}/dance", {}, 404),
        (f"{CALL}/hold", {"sidee": "caller"}, 422),
        (f"{CALL}/hold", {"tenant": "lakeside"}, 422),
        ("/api/v1/calls/c2live/hold", {}, 404),
    ],
)
def test_what_is_no_verb_no_field_or_no_call_of_ours_is_refused(
    world: World, path: str, body: dict[str, Any], status: int
) -> None:
    assert status == world.client().post(path, json=body).status_code
    assert [] == asked(world)


def test_a_refusal_of_the_switch_is_told(world: World) -> None:
    world.switch.refuse = ControlError("cannot_be_done", "nobody talks in this call", 409)
    answer = world.client().post(f"{CALL}/hold", json={})
    assert (409, "nobody talks in this call") == (answer.status_code, answer.get_json(force=True)["detail"])


def test_events_are_read_from_a_cursor(world: World) -> None:
    world.switch.events = {"events": [{"cursor": 8, "call": {"id": "c1live"}}], "cursor": 9, "complete": True}
    answer = world.client().get("/api/v1/calls/events?after=7").get_json()
    assert {"data": [{"cursor": 8, "call": {"id": "c1live"}}], "cursor": 9, "complete": True} == answer
    assert [{"op": "events", "tenant": "riverside", "after": 7}] == asked(world)
    assert 400 == world.client().get("/api/v1/calls/events?after=x").status_code
