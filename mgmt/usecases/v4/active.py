"""Calls in progress, as v4 names what is known of them; what it has no name for stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.model import User
from mgmt.access.scope import Scope
from mgmt.http.wire import outward
from mgmt.usecases.v4.journal import DIRECTIONS

Document = dict[str, Any]


def shown(scope: Scope, live: Mapping[str, Any]) -> Document:
    """A live call: who called, who is rung or talks, since when."""
    outbound, rings = live.get("direction") == "outbound", live.get("state") == "ringing"
    user = None
    if live.get("direction") != "inbound":  # who calls from outside may name themselves as they like
        user = _user(scope, str(live.get("from"))) or _user(scope, str(live.get("from_name")))
    return {
        **outward(live),
        "callId": live["id"],
        "direction": DIRECTIONS.get(str(live.get("direction")), "Incoming"),
        "callStatus": "Ringing" if rings else "Connected",
        "dateTimeUtc": outward({"started_at": live.get("started_at")})["started_at"],
        "businessNumber": live.get("from") if outbound else live.get("to"),
        "caller": {
            "name": live.get("from_name"),
            "phone": live.get("from"),
            "extension": user.extension if user is not None else None,
        },
        "called": [_party(scope, one, live) for one in _parties(live)],
    }


def _parties(live: Mapping[str, Any]) -> list[str]:
    """Who is rung (their ids) or who talks (as they are called); nobody: the number."""
    if live.get("state") in ("ringing", "talking") and live.get("where"):
        return str(live["where"]).split(", ") if live["state"] == "ringing" else [str(live["where"])]
    return [str(live.get("to"))]


def _party(scope: Scope, text: str, live: Mapping[str, Any]) -> Document:
    user, connected = _user(scope, text), live.get("state") == "talking"
    if user is not None:
        return {"name": user.name, "phone": user.extension, "extension": user.extension, "isConnected": connected}
    return {"name": None, "phone": text, "extension": None, "isConnected": connected}


def _user(scope: Scope, text: str) -> User | None:
    """Somebody by id, extension or name."""
    return next((one for one in scope.view.users.values() if text in (one.id, one.extension, one.name)), None)
