"""A call as a vCon: parties, the recording by address and hash, why it came to nothing; the same call is the same container."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from jsonschema_rs import validator_for

from history.documents import Call
from history.store import Batch
from media.storage.store import Stat
from mgmt.usecases.vcon import vcon
from tests.mgmt.conftest import NOW, World
from tests.mgmt.vcon_schema import VCON

SCHEMA = validator_for(VCON)


def put(world: World, outcome: str, **more: Any) -> dict[str, Any]:
    """A call of that outcome, as a vCon."""
    call = Call("v1", "riverside", "inbound", "+12025550100", "102", NOW, ended_at=NOW + 9, outcome=outcome, **more)
    world.context.history.apply(Batch(calls=[call]), "test", 2)
    answer = world.client().get("/api/v1/calls/v1/vcon")
    assert (200, "application/vcon+json") == (answer.status_code, answer.content_type)
    found = dict(answer.get_json(force=True))
    assert [] == [one.message for one in SCHEMA.iter_errors(found)]
    return found


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


def recorded(world: World) -> dict[str, Any]:
    """The container of a call with a recording."""
    return dict(world.client().get("/api/v1/calls/c1/vcon").get_json(force=True))


def test_a_recorded_call_is_what_the_draft_says(world: World) -> None:
    found = recorded(world)
    assert [] == [one.message for one in SCHEMA.iter_errors(found)]
    assert "0.4.0" == found["vcon"]


@pytest.mark.parametrize(
    "place, value",
    [
        (("vcon",), "0.5.0"),
        (("uuid",), "1"),
        (("created_at",), "yesterday"),
        (("color",), "red"),
        (("dialog", 0, "content_hash"), None),
        (("dialog", 0, "url"), None),
        (("dialog", 0, "body"), "AAAA"),
        (("dialog", 0, "type"), "incomplete"),
        (("dialog", 0, "parties"), [-1]),
    ],
)
def test_the_schema_refuses_what_the_draft_refuses(world: World, place: tuple[Any, ...], value: Any) -> None:
    found: Any = recorded(world)
    inner = found
    for part in place[:-1]:
        inner = inner[part]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    assert not SCHEMA.is_valid(found)


def test_a_sound_without_a_hash_has_no_address() -> None:
    call = Call("v2", "riverside", "inbound", "+1", "102", NOW, ended_at=NOW + 9, outcome="answered", recording="m")
    found = vcon(call, Stat("m", 10, "", "audio/x-wav", {}), None, "https://pbx.example.net", NOW)
    (dialog,) = found["dialog"]
    assert (False, False) == ("url" in dialog, "content_hash" in dialog)
    assert [] == [one.message for one in SCHEMA.iter_errors(found)]


def test_what_was_said_is_json_and_no_text_of_it() -> None:
    call = Call("v2", "riverside", "inbound", "+1", "102", NOW, ended_at=NOW + 9, outcome="answered", recording="m")
    said = {"engine": "test", "lines": [{"party": 0, "start": 0.5, "text": "hello"}]}
    found = vcon(call, Stat("m", 10, "ab" * 32, "audio/x-wav", {}), said, "https://pbx.example.net", NOW)
    assert [("json", said)] == [(one["encoding"], one["body"]) for one in found["analysis"]]
    assert [] == [one.message for one in SCHEMA.iter_errors(found)]
