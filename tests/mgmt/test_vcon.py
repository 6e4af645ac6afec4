"""A call as a vCon: parties, the recording by address and hash, why it came to nothing; the same call is the same container."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from history.documents import Call
from history.store import Batch
from tests.mgmt.conftest import NOW, World


def put(world: World, outcome: str, **more: Any) -> dict[str, Any]:
    """A call of that outcome, as a vCon."""
    call = Call("v1", "riverside", "inbound", "+12025550100", "102", NOW, ended_at=NOW + 9, outcome=outcome, **more)
    world.context.history.apply(Batch(calls=[call]), "test", 2)
    answer = world.client().get("/api/v1/calls/v1/vcon")
    assert (200, "application/vcon+json") == (answer.status_code, answer.content_type)
    return dict(answer.get_json(force=True))


def test_a_recorded_call_names_its_sound_and_what_it_must_be(world: World) -> None:
    found = world.client().get("/api/v1/calls/c1/vcon").get_json(force=True)
    (dialog,) = found["dialog"]
    media = world.client().get("/api/v1/calls/c1").json["recording"]
    assert ("recording", 8.0, [0, 1], f"{media}.wav") == tuple(
        dialog[name] for name in ("type", "duration", "parties", "filename")
    )
    assert "2027-01-15T08:00:01.000Z" == dialog["start"]
    assert dialog["url"].endswith(f"/api/v1/media/{media}")
    assert 50 == len(dialog["content_hash"])
    assert 8 == UUID(found["uuid"]).version
    assert found == world.client().get("/api/v1/calls/c1/vcon").get_json(force=True)


@pytest.mark.parametrize(
    "outcome, how", [("missed", "no-answer"), ("busy", "busy"), ("abandoned", "hung-up"), ("failed", "failed")]
)
def test_a_call_that_came_to_nothing_says_why(world: World, outcome: str, how: str) -> None:
    found = put(world, outcome, from_name="Zoë")
    assert [{"tel": "tel:+12025550100", "name": "Zoë"}, {"name": "102"}] == found["parties"]
    assert [("incomplete", how)] == [(one["type"], one["disposition"]) for one in found["dialog"]]


def test_a_call_without_a_recording_or_whose_recording_is_gone_has_parties_only(world: World) -> None:
    assert [] == put(world, "answered")["dialog"]
    assert [] == put(world, "answered", recording="recording-20270115-gone")["dialog"]


def test_of_another_company_or_of_none_there_is_nothing(world: World, json_of: Callable[..., Any]) -> None:
    for id in ("c2", "nothing"):
        assert (404, "not_found") == json_of(world.client().get(f"/api/v1/calls/{id}/vcon"))
