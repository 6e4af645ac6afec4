"""In which form an event is told: our envelope, or the one that programs for version 4 of the old API read. Pure.

The old one is `{EventType, CallId, Guid, Timestamp, Body: {From, To, ...}}`, with the names of its events for those of calls; an
event that it did not know has the name of ours, each word with a capital.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.office import WebhookForm
from mgmt.stream.envelope import envelope

CALLS = {
    "call.started": ("IncomingCall", "OutgoingCall"),
    "call.ringing": ("IncomingCallAgentRinging", "OutgoingCallAgentDialing"),
    "call.answered": ("IncomingCallAgentConnected", "OutgoingCallAgentConnected"),
    "call.left": ("IncomingCallAgentCompleted", "OutgoingCallAgentCompleted"),
    "call.ended": ("IncomingCallCompleted", "OutgoingCallCompleted"),
}
"""The name of a call from outside, and of every other."""


def written(form: WebhookForm, event: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a delivery."""
    said = envelope(event)
    return _of_v4(said) if form == "v4" else said


def _of_v4(said: Mapping[str, Any]) -> dict[str, Any]:
    data = said["data"]
    about = data.get("call") or data.get("activity") or data.get("message") or {}
    inbound = about.get("direction", "inbound") == "inbound"
    names = CALLS.get(said["type"])
    name = (names[0] if inbound else names[1]) if names is not None else _capitals(said["type"])
    body = {"From": about.get("from"), "To": about.get("to"), "FromName": about.get("from_name")}
    more = {"Party": data.get("party"), "State": _state(data, about), "Duration": _seconds(_duration(data, about))}
    return {
        "EventType": name,
        "CallId": said["call"],
        "Guid": said["id"],
        "Timestamp": said["timestamp"],
        "Body": {key: value for key, value in {**body, **more}.items() if value is not None},
    }


def _state(data: Mapping[str, Any], about: Mapping[str, Any]) -> object:
    """How the call ended, or what became of one who was rung."""
    taken = data.get("answered")
    return about.get("outcome") if taken is None else "answered" if taken else "missed"


def _duration(data: Mapping[str, Any], about: Mapping[str, Any]) -> object:
    return data["duration_ms"] if "answered" in data else about.get("duration_ms")


def _capitals(type: str) -> str:
    return "".join(word.capitalize() for word in type.replace("_", ".").split("."))


def _seconds(ms: object) -> int | None:
    return round(ms / 1000) if isinstance(ms, int | float) else None
