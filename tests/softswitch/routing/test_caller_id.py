"""Which number an outgoing call shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from configdb.model import Gateway, Number, Target, Tenant, Trunk, User
from configdb.snapshot import Directory, TenantView, make_view
from softswitch.routing.internal import route_phone
from softswitch.routing.route import Route

MAIN, ANNS, BOBS, FLOWS = "+12025550100", "+12025550101", "+12025550102", "+12025550103"
ANN = User(id="ann", name="Ann", extension="101")
BOB = User(id="bob", name="Bob", extension="102", caller_id=FLOWS)


def view(status: str = "active") -> TenantView:
    targets = {MAIN: Target(kind="flow", id="main"), ANNS: Target(kind="user", id="ann")}
    targets |= {BOBS: Target(kind="user", id="bob"), FLOWS: Target(kind="flow", id="main")}
    tenant = Tenant.model_validate({"id": "t", "name": "T", "trunk": "carrier", "caller_id": MAIN, "status": status})
    numbers = {id: Number(id=id, target=target) for id, target in targets.items()}
    return make_view(1, tenant, {"user": {"ann": ANN, "bob": BOB}, "number": numbers})


def routed(
    user: User, dialled: str, wanted: tuple[str, ...] = (), withheld: bool = False, status: str = "active"
) -> Route:
    carrier = Trunk(id="carrier", name="Carrier", gateways=(Gateway(host="192.0.2.8"),))
    node = Directory(trunks={"carrier": carrier})
    return route_phone(node, view(status), user, dialled, datetime(2026, 11, 24, tzinfo=UTC), wanted, withheld)


@pytest.mark.parametrize(
    ("user", "wanted", "shown"),
    [
        (ANN, (), MAIN),
        (ANN, ("ann-desk",), MAIN),
        (ANN, (ANNS,), ANNS),
        (ANN, ("(202) 555-0101",), ANNS),
        (ANN, (BOBS,), MAIN),
        (ANN, ("+442079460000",), MAIN),
        (ANN, (BOBS, ANNS), ANNS),
        (BOB, (), FLOWS),
        (BOB, (BOBS,), BOBS),
        (BOB, (MAIN,), MAIN),
        (ANN, (FLOWS,), MAIN),
    ],
)
def test_a_phone_is_shown_as_it_asks_when_its_user_may_be(user: User, wanted: tuple[str, ...], shown: str) -> None:
    assert shown == routed(user, "+13125550199", wanted).caller


def test_a_withheld_caller_keeps_the_number_and_is_marked() -> None:
    route = routed(ANN, "+13125550199", (ANNS,), withheld=True)
    assert (ANNS, True) == (route.caller, route.withheld)
    assert routed(ANN, "102", withheld=True).withheld


def test_an_emergency_call_is_never_withheld() -> None:
    assert not routed(ANN, "911", withheld=True).withheld


def test_a_phone_of_a_closed_tenant_calls_emergencies_only() -> None:
    rejected = [routed(ANN, each, status="closed").reject for each in ("102", "+13125550199", "911")]
    assert [480, 480, None] == [reject and reject.status for reject in rejected]
