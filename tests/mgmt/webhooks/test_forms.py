"""An event in our envelope and in that of version 4."""

from __future__ import annotations

from typing import Any

import pytest

from mgmt.webhooks.forms import written

CALL = {"id": "c1", "direction": "inbound", "from": "+12025550100", "from_name": "Rosa", "to": "+12025550123"}


def event(type: str, **data: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": type, "at": 1_767_225_600.0, "tenant": "riverside", "call": "c1", "data": data}


def test_ours_is_the_envelope_of_the_stream() -> None:
    told = written("standard", event("call.started", call=CALL))
    assert ("call.started", "evt_1", CALL) == (told["type"], told["id"], told["data"]["call"])


@pytest.mark.parametrize(
    ("type", "direction", "expected"),
    [
        ("call.started", "inbound", "IncomingCall"),
        ("call.started", "outbound", "OutgoingCall"),
        ("call.ringing", "inbound", "IncomingCallAgentRinging"),
        ("call.ringing", "outbound", "OutgoingCallAgentDialing"),
        ("call.answered", "inbound", "IncomingCallAgentConnected"),
        ("call.answered", "internal", "OutgoingCallAgentConnected"),
        ("call.left", "inbound", "IncomingCallAgentCompleted"),
        ("call.left", "outbound", "OutgoingCallAgentCompleted"),
        ("call.ended", "inbound", "IncomingCallCompleted"),
        ("call.ended", "outbound", "OutgoingCallCompleted"),
        ("call.recording.ready", "inbound", "CallRecordingReady"),
        ("voicemail.created", "inbound", "VoicemailCreated"),
    ],
)
def test_events_have_the_names_of_version_4(type: str, direction: str, expected: str) -> None:
    assert expected == written("v4", event(type, call={**CALL, "direction": direction}))["EventType"]


def test_an_event_of_version_4_has_its_envelope() -> None:
    ended = {**CALL, "outcome": "answered", "duration_ms": 61_400}
    assert {
        "EventType": "IncomingCallCompleted",
        "CallId": "c1",
        "Guid": "evt_1",
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "Body": {
            "From": "+12025550100",
            "To": "+12025550123",
            "FromName": "Rosa",
            "State": "answered",
            "Duration": 61,
        },
    } == written("v4", event("call.ended", call=ended))


@pytest.mark.parametrize(("answered", "state", "seconds"), [(True, "answered", 61), (False, "missed", 0)])
def test_an_agent_who_is_done_has_their_own_state_and_time(answered: bool, state: str, seconds: int) -> None:
    left = event("call.left", call=CALL, party="ann", answered=answered, duration_ms=seconds * 1000)
    body = written("v4", left)["Body"]
    assert ("ann", state, seconds, "+12025550100") == (body["Party"], body["State"], body["Duration"], body["From"])


def test_an_event_of_no_call_has_what_there_is() -> None:
    told = written("v4", {**event("trunk.down", trunk={"id": "north"}), "call": None})
    assert ("TrunkDown", None, {}) == (told["EventType"], told["CallId"], told["Body"])
