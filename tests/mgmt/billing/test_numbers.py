"""What each number costs: the calls over it, whichever way they went, and its rent beside the plan."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from history.documents import Call, Leg
from history.shelves import SPENT, USAGE, Put
from history.store import Batch
from mgmt.billing.spent import Spent, counted, used
from mgmt.market.inventory import Inventory
from mgmt.market.stock import StockNumber
from tests.mgmt.billing.test_minutes import usage
from tests.mgmt.billing.test_months import PLAN, Desk
from tests.mgmt.conftest import World

OURS = "+12025550123"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def called(desk: Desk, id: str, direction: str, other: str, seconds: float) -> None:
    """A call over our number; one that goes out has a leg that costs something."""
    now, inbound = desk.world.clock.now, direction == "inbound"
    from_, to = (other, OURS) if inbound else (OURS, other)
    over = now + seconds
    call = Call(id, "riverside", direction, from_, to, now, answered_at=now, ended_at=over, outcome="answered")
    legs = [] if inbound else [Leg(f"l-{id}", id, "riverside", "callee", to, "", now, answered_at=now, ended_at=over)]
    desk.world.context.history.apply(Batch(calls=[call], legs=legs), "test", 2)
    desk.world.clock.now += seconds + 200
    desk.rate()


def spend(desk: Desk, user: str = "ann") -> dict[str, Any]:
    """By number."""
    answer = desk.world.client(user=user).get("/api/v1/billing/numbers")
    assert 200 == answer.status_code, answer.text
    return {row["number"]: row for row in answer.json["data"]}


def test_calls_both_ways_are_on_the_number_they_went_over(desk: Desk) -> None:
    called(desk, "a", "inbound", "+12025550177", 61)
    called(desk, "b", "outbound", "+442079460000", 61)
    called(desk, "c", "outbound", "+442079460001", 30)
    pence = [{"currency": "USD", "cents": 15}]  # 61 s and 30 s at 0.10 a minute, by the second
    assert {"number": OURS, "calls": 3, "minutes": 5, "costs": pence, "rent": None} == spend(desk)[OURS]


def test_a_number_without_calls_is_there_and_costs_nothing(desk: Desk) -> None:
    assert {"number": OURS, "calls": 0, "minutes": 0, "costs": [], "rent": None} == spend(desk)[OURS]


def test_a_number_beside_the_plan_has_its_rent(desk: Desk) -> None:
    plan = {**PLAN, "numbers_included": 1}
    desk.config.transact(SYSTEM, [Change("plan", "small", plan)], "t", "t")
    second, now = "+12025550124", desk.world.clock.now
    document = {"id": second, "target": {"kind": "flow", "id": "main"}}
    desk.config.transact("riverside", [Change("number", second, document)], "t", "t")
    own: dict[str, Any] = {"state": "assigned", "holder": "riverside", "price_cents": 200, "currency": "USD"}
    stock = Inventory(desk.shelves, desk.world.clock)
    stock.add([StockNumber(one, "US", "local", "house", now + at, **own) for at, one in enumerate((OURS, second))])
    rent = {"currency": "USD", "cents": 200}
    assert [None, rent] == [spend(desk)[number]["rent"] for number in (OURS, second)]


def test_the_next_month_begins_with_nothing(desk: Desk) -> None:
    called(desk, "a", "inbound", "+12025550177", 61)
    desk.world.clock.now += 32 * 86_400
    assert 0 == spend(desk)[OURS]["calls"]


def test_calls_whose_number_was_not_kept_are_on_none(desk: Desk) -> None:
    called(desk, "a", "inbound", "+12025550177", 61)
    (row,) = desk.usage()
    older = {name: value for name, value in row.to_document().items() if name != "line"}
    desk.shelves.wipe(USAGE, "riverside")
    desk.shelves.wipe(SPENT, "riverside")
    desk.shelves.write([Put(USAGE, "riverside", "a", older)])
    assert (0, 1) == (
        spend(desk)[OURS]["calls"],
        used(desk.shelves, "riverside", row.at - 1, row.at + 1).numbers[""]["calls"],
    )


def test_sums_of_two_currencies_stay_two() -> None:
    known = Spent(0.0)
    for n, (currency, amount) in enumerate((("USD", "0.10"), ("EUR", "0.2"), ("USD", "0.015"))):
        row = usage(f"c{n}", 10.0 + n)
        row.body.update(line=OURS, currency=currency, amount=amount, parts=[{"minutes": 2}])
        known = counted(known, [row])
    assert {"calls": 3, "minutes": 6, "amounts": {"USD": "0.115", "EUR": "0.2"}} == known.numbers[OURS]


def test_who_may_not_see_the_money_does_not(desk: Desk) -> None:
    assert 403 == desk.world.client(user="carla").get("/api/v1/billing/numbers").status_code
