"""Where a transferred call goes: as a call of who transfers it, or within the tenant when nobody does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from installer.demo_tenant import MAIN_NUMBER, TENANT
from softswitch.routing.internal import route_phone
from softswitch.routing.transfer import route_transfer
from tests.softswitch.calls.world import riverside

DIRECTORY = riverside()
VIEW = DIRECTORY.tenants[TENANT]
ANN = VIEW.users["ann"]
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)


@pytest.mark.parametrize("dialled", ["102", "200", "+12025550177", MAIN_NUMBER, "999", "+882123456789", "911"])
def test_a_number_is_routed_as_the_one_who_transfers_would_call_it(dialled: str) -> None:
    called = route_phone(DIRECTORY, VIEW, ANN, dialled, NOON)
    assert called == route_transfer(DIRECTORY, VIEW, ANN, dialled, NOON)


@pytest.mark.parametrize(
    ("target", "document"),
    [
        ("user:ben", {"kind": "dial", "target": {"kind": "user", "id": "ben"}}),
        ("group:front-desk", {"kind": "dial", "target": {"kind": "group", "id": "front-desk"}}),
        ("mailbox:carla", {"kind": "mailbox", "mailbox": "carla"}),
        ("102", {"kind": "dial", "target": {"kind": "user", "id": "ben"}}),
        ("200", {"kind": "dial", "target": {"kind": "group", "id": "front-desk"}}),
    ],
)
def test_what_is_inside_is_reached_without_anybody_s_permission(target: str, document: dict[str, object]) -> None:
    route = route_transfer(DIRECTORY, VIEW, None, target, NOON)
    assert route.document is not None
    assert [document] == list(route.document["nodes"].values())


def test_a_flow_and_a_number_of_the_tenant_lead_into_the_flow() -> None:
    documents = [route_transfer(DIRECTORY, VIEW, None, target, NOON).document for target in ("flow:main", MAIN_NUMBER)]
    assert [VIEW.flows["main"].document] * 2 == documents


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("+12025550177", 403),
        ("911", 404),
        ("999", 404),
        ("user:nobody", 404),
        ("flow:nowhere", 404),
        ("", 404),
        ("mailbox:", 404),
    ],
)
def test_nobody_s_call_does_not_go_outside_nor_nowhere(target: str, status: int) -> None:
    route = route_transfer(DIRECTORY, VIEW, None, target, NOON)
    assert route.reject is not None
    assert (status, "transfer.no_target") == (route.reject.status, route.steps[-1].code)
