"""Calls in progress in the words of version 4."""

from __future__ import annotations

from typing import Any

import pytest

from mgmt.access.auth import Identity
from mgmt.access.scope import Scope, scope_for
from mgmt.usecases.v4 import active
from tests.mgmt.conftest import NOW, World

LIVE = {
    "id": "c9",
    "direction": "inbound",
    "from": "+12025550100",
    "from_name": "Rosa",
    "to": "+12025550123",
    "state": "menu",
    "where": "closed",
    "started_at": NOW,
}


@pytest.fixture
def scope(world: World) -> Scope:
    directory = world.context.config.directory
    ann = directory.tenants["riverside"].users["ann"]
    return scope_for(Identity("riverside", ann, False, None), directory, None)


@pytest.mark.parametrize(
    ("more", "status", "called"),
    [
        ({}, "Connected", [("+12025550123", None, False)]),
        ({"state": "ringing", "where": "ann, ben"}, "Ringing", [("100", "100", False), ("101", "101", False)]),
        ({"state": "talking", "where": "Ben"}, "Connected", [("101", "101", True)]),
        ({"state": "talking", "where": "+12025550188"}, "Connected", [("+12025550188", None, True)]),
    ],
)
def test_a_live_call_says_who_is_rung_and_who_talks(scope: Scope, more: Any, status: str, called: Any) -> None:
    shown = active.shown(scope, {**LIVE, **more})
    assert ("c9", "Incoming", status, "+12025550123", "2027-01-15T08:00:00.000Z") == tuple(
        shown[name] for name in ("callId", "direction", "callStatus", "businessNumber", "dateTimeUtc")
    )
    assert {"name": "Rosa", "phone": "+12025550100", "extension": None} == shown["caller"]
    assert called == [(one["phone"], one["extension"], one["isConnected"]) for one in shown["called"]]


@pytest.mark.parametrize("named", [{"from_name": "Ann"}, {"from": "100"}, {"from": "ann"}])
def test_who_calls_from_outside_under_the_name_of_one_of_us_is_not_them(scope: Scope, named: Any) -> None:
    assert active.shown(scope, {**LIVE, **named})["caller"]["extension"] is None


def test_a_call_of_one_of_us_has_their_extension(scope: Scope) -> None:
    shown = active.shown(scope, {**LIVE, "direction": "internal", "from": "100", "from_name": "Ann"})
    assert ("Internal", "100") == (shown["direction"], shown["caller"]["extension"])
