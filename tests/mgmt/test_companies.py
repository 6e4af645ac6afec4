"""Resellers and the companies below them: made with their first owner, counted, suspended; nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from mgmt.billing import sweep
from mgmt.billing.ledger import Ledger
from mgmt.market.inventory import Inventory
from mgmt.market.stock import HOUSE, StockNumber
from tests.mgmt.access.test_rights import below, staffed
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of
from tests.mgmt.test_people import GOOD, come_in, token_of

JsonOf = Callable[..., Any]
BAKERY = {"name": "Green Bakery", "owner": {"name": "Olga Green", "email": "olga@bakery.example"}}


def test_a_reseller_makes_a_company_whose_owner_comes_in_by_the_link(world: World) -> None:
    staffed(world)
    rita = world.client(user="rita")
    answer = rita.post("/api/v1/tenants", json=BAKERY)
    assert 201 == answer.status_code, answer.text
    made = answer.json
    assert ("green-bakery", "riverside", 1) == tuple(made["tenant"][name] for name in ("id", "parent", "people"))
    assert 303 == come_in(world, token_of(made))[0]
    login = world.client(user=None).post("/login", data={"email": "olga@bakery.example", "password": GOOD})
    assert 303 == login.status_code
    assert ["green-bakery"] == [row["id"] for row in rita.get("/api/v1/tenants").json["data"]]
    assert "riverside/rita" == world.script("green-bakery").get("/api/v1/config-log").json["data"][-1]["actor"]


def test_what_calls_cost_is_decided_above(world: World) -> None:
    staffed(world)
    above = world.context.config.directory.tenants["riverside"].tenant
    changed = to_document(above.model_copy(update={"country": "CA", "timezone": "America/Toronto"}))
    world.context.config.transact("riverside", [Change("tenant", "riverside", changed)], "test", "moved")
    world.client(user="rita").post("/api/v1/tenants", json=BAKERY)
    made = world.context.config.directory.tenants["green-bakery"].tenant
    assert ("CA", "America/Toronto") == (made.country, made.timezone)


def test_only_resellers_and_operators_look_after_companies(world: World, json_of: JsonOf) -> None:
    staffed(world)
    for user in ("ann", "ben", "carla", "dora"):
        client = world.client(user=user)
        assert (403, "right_required") == json_of(client.get("/api/v1/tenants"))
        assert (403, "right_required") == json_of(client.post("/api/v1/tenants", json=BAKERY))
        other = {"X-Tenant": "lakeside"}  # naming another company makes nobody a reseller
        assert (403, "right_required") == json_of(client.post("/api/v1/tenants", json=BAKERY, headers=other))
    assert ["lakeside", "riverside"] == [row["id"] for row in world.script().get("/api/v1/tenants").json["data"]]


def test_a_company_of_somebody_else_does_not_exist(world: World, json_of: JsonOf) -> None:
    staffed(world)
    rita = world.client(user="rita")
    assert (404, "not_found") == json_of(rita.patch("/api/v1/tenants/lakeside", json={"status": "suspended"}))
    assert (404, "not_found") == json_of(rita.patch("/api/v1/tenants/riverside", json={"status": "suspended"}))
    below(world)
    assert "suspended" == rita.patch("/api/v1/tenants/lakeside", json={"status": "suspended"}).json["status"]


def test_a_reseller_names_no_other_company_as_the_one_above(world: World) -> None:
    staffed(world)
    made = world.client(user="rita").post("/api/v1/tenants", json={**BAKERY, "parent": "lakeside"}).json
    assert "riverside" == made["tenant"]["parent"]


def test_a_plan_says_how_many_companies_there_may_be_below(world: World, json_of: JsonOf) -> None:
    staffed(world)
    plan = {"id": "small", "name": "Small", "tenants_max": 1}
    world.context.config.transact(SYSTEM, [Change("plan", "small", plan)], "test", "plan")
    above = world.context.config.directory.tenants["riverside"].tenant
    changed = to_document(above.model_copy(update={"plan": "small"}))
    world.context.config.transact("riverside", [Change("tenant", "riverside", changed)], "test", "plan")
    rita = world.client(user="rita")
    assert 201 == rita.post("/api/v1/tenants", json=BAKERY).status_code
    assert (403, "plan_limit") == json_of(rita.post("/api/v1/tenants", json={**BAKERY, "name": "Second"}))


def test_the_name_of_a_company_is_taken_once(world: World, json_of: JsonOf) -> None:
    asked = {**BAKERY, "id": "lakeside"}
    assert (409, "taken") == json_of(world.script(None).post("/api/v1/tenants", json=asked))
    assert (422, "dangling") == json_of(world.script(None).post("/api/v1/tenants", json={**BAKERY, "parent": "nobody"}))


def test_who_is_suspended_by_hand_stays_so_whatever_was_paid_until_it_is_taken_back(world: World) -> None:
    books, parts, operator = Ledger(world.context.history.shelves, world.clock), parts_of(world), world.script()
    books.charge("riverside", "charge-x", 1900, "USD", "month")
    books.pay("riverside", "pay-x", 1900, "USD", "month")
    for status in ("suspended", "active", "closed", "active"):
        changed = operator.patch("/api/v1/tenants/riverside", json={"status": status})
        assert (200, status) == (changed.status_code, changed.json["status"])
        for _ in range(2):
            world.clock.now += 3600
            sweep.run(parts)
        assert status == world.context.config.directory.tenants["riverside"].tenant.status
    assert "operator" in world.script().get("/api/v1/config-log").json["data"][0]["actor"]


def test_a_company_that_is_closed_gives_its_numbers_back(world: World) -> None:
    stock = Inventory(world.context.history.shelves, world.clock)
    [number] = world.context.config.directory.tenants["riverside"].numbers
    stock.add([StockNumber(number, "US", "local", HOUSE, world.clock.now, state="assigned", holder="riverside")])
    world.script().patch("/api/v1/tenants/riverside", json={"status": "closed", "name": "Gone"})
    view = world.context.config.directory.tenants["riverside"]
    assert ("Gone", "closed", {}) == (view.tenant.name, view.tenant.status, dict(view.numbers))
    assert "quarantine" == getattr(stock.get(number), "state", "gone")
