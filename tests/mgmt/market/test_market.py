"""The market: search, one winner of two hundred, orders from our stock and from a supplier, release, reconciliation."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from mgmt.limits import quarantine_s, reservation_s, take_back_s
from mgmt.market import sweep
from mgmt.market.inventory import Inventory
from mgmt.market.stock import NotNow, StockNumber
from mgmt.outbox.web import Answer, Ask, Unanswered, Unsent
from mgmt.services.parts import Parts
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

BLOCK = {"first": "+12025550150", "last": "+12025550159", "cost_cents": 50, "price_cents": 200}
LIST = b"<content><numbers><did><number>9498912001</number><ratecenter>IRVINE</ratecenter></did></numbers></content>"
OK = b"<content><status>ok</status></content>"


class Desk:
    """An operator with a block of ten numbers, a company, and a supplier that a test scripts."""

    def __init__(self, world: World) -> None:
        self.world, self.parts = world, parts_of(world)
        self.operator, self.client = world.script("riverside"), world.client("riverside", "ann")
        assert {"added": 10, "given": 10} == self.operator.post("/api/v1/stock", json=BLOCK).get_json()
        self.answers = {"listnpa": LIST, "getlocaldid": OK, "removedid": OK, "listdids": LIST}
        world.outside.answer = self._answer

    def _answer(self, ask: Ask) -> Answer:
        fields = dict(pair.split("=") for pair in (ask.body or b"").decode().split("&"))
        return Answer(200, {}, self.answers[fields["cmd"]])

    def supplier(self) -> None:
        """Vitelity sells too."""
        row = {"id": "vit", "name": "V", "kind": "vitelity", "account": "acc", "sells_numbers": True, "route": "pbx"}
        change = Change("supplier", "vit", {**row, "password": self.world.context.sealer.seal("hush")})
        self.world.context.config.transact(SYSTEM, [change], "test", "supplier")

    def reserve(self, number: str, client: FlaskClient | None = None) -> Any:
        return (client or self.client).post("/api/v1/market/reservations", json={"number": number})

    def order(self, number: str) -> Any:
        reservation = self.reserve(number).get_json()["reservation"]
        return self.client.post("/api/v1/market/orders", json={"reservation": reservation})

    def state(self, number: str) -> str | None:
        found = Inventory(self.world.context.history.shelves, self.world.clock).get(number)
        return found.state if found is not None else None

    def bound(self, number: str) -> bool:
        return number in self.world.context.config.directory.tenants["riverside"].numbers

    def deliver(self, parts: Parts | None = None) -> None:
        self.parts.delivery.run(parts or self.parts)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def numbers(desk: Desk, query: str) -> list[str]:
    return [one["number"] for one in desk.client.get(f"/api/v1/market/numbers?{query}").get_json()["data"]]


def test_numbers_are_found_by_area_kind_and_letters(desk: Desk) -> None:
    desk.operator.post("/api/v1/stock", json={"numbers": ["+18557499200"], "kind": "tollfree", "sms": True})
    assert 11 == len(numbers(desk, ""))
    assert (
        ["+18557499200"] == numbers(desk, "contains=PIZZA") == numbers(desk, "type=tollfree") == numbers(desk, "sms=1")
    )
    assert 3 == len(numbers(desk, "npa=202&limit=3"))
    assert [] == numbers(desk, "npa=949") == numbers(desk, "country=GB")
    for wrong in ("contains=*", "type=pigeon", "npa=x", "limit=0", "limit=101"):
        assert 400 == desk.client.get(f"/api/v1/market/numbers?{wrong}").status_code


def test_of_two_hundred_who_want_a_number_one_gets_it(desk: Desk) -> None:
    stock = Inventory(desk.world.context.history.shelves, desk.world.clock)
    won: list[str] = []
    lost: list[str] = []
    barrier = threading.Barrier(20)

    def want(first: int) -> None:
        barrier.wait()
        for index in range(10):
            tenant = f"t{first}-{index}"
            try:
                stock.reserve("+12025550150", tenant, tenant)
                won.append(tenant)
            except NotNow:
                lost.append(tenant)

    threads = [threading.Thread(target=want, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (1, 199) == (len(won), len(lost))
    assert 409 == desk.reserve("+12025550150").status_code


def test_a_reservation_is_a_quarter_of_an_hour_and_the_same_when_asked_again(desk: Desk) -> None:
    first = desk.reserve("+12025550150")
    assert (201, first.get_json()) == ((again := desk.reserve("+12025550150")).status_code, again.get_json())
    other = desk.world.client("lakeside", "ann")
    assert 409 == desk.reserve("+12025550150", other).status_code
    assert "+12025550150" not in numbers(desk, "")
    desk.world.clock.now += reservation_s
    assert (
        409
        == desk.client.post("/api/v1/market/orders", json={"reservation": first.get_json()["reservation"]}).status_code
    )
    assert 201 == desk.reserve("+12025550150", other).status_code
    assert 404 == desk.client.delete(f"/api/v1/market/reservations/{first.get_json()['reservation']}").status_code


def test_what_nobody_ordered_is_free_again(desk: Desk) -> None:
    desk.reserve("+12025550150")
    cancelled = desk.reserve("+12025550151").get_json()["reservation"]
    assert 204 == desk.client.delete(f"/api/v1/market/reservations/{cancelled}").status_code
    assert ("reserved", "available") == (desk.state("+12025550150"), desk.state("+12025550151"))
    desk.world.clock.now += reservation_s + 1
    assert 1 == sweep.run(desk.parts).done
    assert ("available", 10) == (desk.state("+12025550150"), len(numbers(desk, "")))


def test_a_company_reserves_five_at_a_time(desk: Desk) -> None:
    answers = [desk.reserve(f"+1202555015{digit}").status_code for digit in range(6)]
    assert [201] * 5 + [429] == answers


def test_our_own_number_is_the_companys_at_once_and_an_order_said_twice_is_one(desk: Desk) -> None:
    reservation = desk.reserve("+12025550150").get_json()["reservation"]
    body = {"reservation": reservation, "target": {"kind": "flow", "id": "main"}}
    answers = [desk.client.post("/api/v1/market/orders", json=body) for _ in range(3)]
    assert [201] * 3 == [answer.status_code for answer in answers]
    assert ("assigned", True) == (desk.state("+12025550150"), desk.bound("+12025550150"))
    assert ["+12025550150"] == [one["number"] for one in desk.client.get("/api/v1/market/owned").get_json()["data"]]


@pytest.mark.parametrize("target", [{"kind": "flow", "id": "nowhere"}, {"kind": "no kind", "id": "main"}])
def test_what_the_configuration_would_refuse_is_not_ordered_and_can_be_put_right(
    desk: Desk, target: dict[str, str]
) -> None:
    desk.supplier()
    for number in ("+12025550150", "+19498912001"):
        reservation = desk.reserve(number).get_json()["reservation"]
        body = {"reservation": reservation, "target": target}
        assert 422 == desk.client.post("/api/v1/market/orders", json=body).status_code
        desk.deliver()
        assert ("reserved", False) == (desk.state(number), desk.bound(number))
        assert desk.client.post("/api/v1/market/orders", json={"reservation": reservation}).status_code in (201, 202)
        desk.deliver()
        assert ("assigned", True) == (desk.state(number), desk.bound(number))


def test_of_very_many_numbers_that_rest_those_are_free_first_that_rest_longest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "stock_searched_max", 2)
    for digit in range(3):
        desk.order(f"+1202555015{digit}")
        desk.client.delete(f"/api/v1/market/numbers/+1202555015{digit}")
        desk.world.clock.now += quarantine_s / 2 if digit == 0 else 1
        desk.client = desk.world.client("riverside", "ann")
    desk.world.clock.now += quarantine_s / 2
    sweep.run(desk.parts)
    assert ["available", "quarantine"] == [desk.state(f"+1202555015{digit}") for digit in (0, 1)]


def test_a_released_number_rests_for_ninety_days(desk: Desk) -> None:
    desk.order("+12025550150")
    assert 404 == desk.world.client("lakeside", "ann").delete("/api/v1/market/numbers/+12025550150").status_code
    assert "quarantine" == desk.client.delete("/api/v1/market/numbers/+12025550150").get_json()["state"]
    assert (False, 409) == (desk.bound("+12025550150"), desk.reserve("+12025550150").status_code)
    desk.world.clock.now += quarantine_s + 1
    sweep.run(desk.parts)
    assert "available" == desk.state("+12025550150")


def test_a_number_given_up_is_taken_back_as_it_was_for_a_day(desk: Desk) -> None:
    number, other = "+12025550150", desk.world.client("lakeside", "ann")
    desk.order(number)
    labelled = {"id": number, "label": "Sales", "target": {"kind": "flow", "id": "main"}}
    desk.client.put(f"/api/v1/config/number/{number}", json=labelled, headers={"If-Match": "*"})
    desk.client.delete(f"/api/v1/market/numbers/{number}")
    owned = [one["state"] for one in desk.client.get("/api/v1/market/owned").get_json()["data"]]
    assert (["quarantine"], []) == (owned, other.get("/api/v1/market/owned").get_json()["data"])
    assert 404 == other.post(f"/api/v1/market/numbers/{number}/back").status_code
    taken = [desk.client.post(f"/api/v1/market/numbers/{number}/back").get_json()["state"] for _ in range(2)]
    found = desk.world.context.config.directory.tenants["riverside"].numbers[number]
    assert (["assigned"] * 2, "Sales") == (taken, found.label)
    desk.client.delete(f"/api/v1/market/numbers/{number}")
    desk.world.clock.now += take_back_s + 1
    again = desk.world.client("riverside", "ann")
    late = again.post(f"/api/v1/market/numbers/{number}/back")
    assert (409, "too_late") == (late.status_code, late.get_json()["code"])
    assert [] == again.get("/api/v1/market/owned").get_json()["data"]


def test_a_number_for_which_the_company_has_no_room_any_more_stays_given_up(desk: Desk) -> None:
    number = "+12025550150"
    flow = desk.client.get("/api/v1/config/flow/main").get_json()["document"]
    desk.client.put("/api/v1/config/flow/old", json=flow | {"id": "old"}, headers={"If-None-Match": "*"})
    reservation = desk.reserve(number).get_json()["reservation"]
    desk.client.post(
        "/api/v1/market/orders", json={"reservation": reservation, "target": {"kind": "flow", "id": "old"}}
    )
    desk.client.delete(f"/api/v1/market/numbers/{number}")
    desk.client.delete("/api/v1/config/flow/old", headers={"If-Match": "*"})
    assert 422 == desk.client.post(f"/api/v1/market/numbers/{number}/back").status_code
    assert ("quarantine", False) == (desk.state(number), desk.bound(number))
    assert "quarantine" == desk.client.get("/api/v1/market/owned").get_json()["data"][0]["state"]


def test_a_suppliers_number_is_found_ordered_bound_and_given_back(desk: Desk) -> None:
    desk.supplier()
    assert ["+19498912001"] == numbers(desk, "npa=949&type=local")
    assert 202 == desk.order("+19498912001").status_code
    assert ("ordering", False) == (desk.state("+19498912001"), desk.bound("+19498912001"))
    desk.deliver()
    assert ("assigned", True) == (desk.state("+19498912001"), desk.bound("+19498912001"))
    desk.client.delete("/api/v1/market/numbers/+19498912001")
    desk.world.clock.now += quarantine_s + 1
    sweep.run(desk.parts)
    assert desk.state("+19498912001") is None
    desk.deliver()
    assert b"cmd=removedid" in (desk.world.outside.asked[-1].body or b"")


def test_a_number_that_the_supplier_sold_meanwhile_is_gone(desk: Desk) -> None:
    desk.supplier()
    desk.answers["getlocaldid"] = b"<content><status>fail</status><error>unavailable</error></content>"
    desk.order("+19498912001")
    desk.deliver()
    assert (None, False) == (desk.state("+19498912001"), desk.bound("+19498912001"))


@pytest.mark.parametrize(
    ("have", "expected"), [(LIST, ("assigned", True)), (b"<content><numbers></numbers></content>", (None, False))]
)
def test_an_order_of_which_nobody_knew_ends_with_the_reconciliation(
    desk: Desk, have: bytes, expected: tuple[str | None, bool]
) -> None:
    desk.supplier()
    reservation = desk.reserve("+19498912001").get_json()["reservation"]

    def lost(ask: Ask) -> Answer:
        raise Unanswered("no answer in time")

    desk.world.outside.answer = lost
    desk.client.post("/api/v1/market/orders", json={"reservation": reservation})
    desk.deliver()
    assert "ordering" == desk.state("+19498912001")
    desk.answers["listdids"] = have
    desk.world.outside.answer = desk._answer
    assert 200 == desk.operator.post("/api/v1/suppliers/vit/reconciliation").status_code
    assert expected == (desk.state("+19498912001"), desk.bound("+19498912001"))


def test_an_order_on_its_way_is_not_ended_by_a_reconciliation(desk: Desk) -> None:
    desk.supplier()
    desk.order("+19498912001")
    desk.answers["listdids"] = b"<content></content>"
    found = desk.operator.post("/api/v1/suppliers/vit/reconciliation").get_json()
    assert (["+19498912001"], "ordering") == (found["not_arrived"], desk.state("+19498912001"))


def test_the_reconciliation_shows_what_is_unknown_missing_and_idle(desk: Desk) -> None:
    desk.supplier()
    stock = Inventory(desk.world.context.history.shelves, desk.world.clock)

    def of(number: str, state: str) -> StockNumber:
        return StockNumber(number, "US", "local", "vit", desk.world.clock.now, state=state, holder="riverside")

    stock.add([of("+19498912002", "assigned"), of("+19498912003", "assigned"), of("+19498912004", "quarantine")])
    desk.answers["listdids"] = (
        b"".join(b"<did>%d</did>" % n for n in (9498912002, 9498912004, 9498912009)) + b"<content>"
    )
    found = desk.operator.post("/api/v1/suppliers/vit/reconciliation").get_json()
    expected = (["+19498912009"], ["+19498912003"], ["+19498912004"])
    assert expected == (found["unknown"], found["missing"], found["idle"])


def test_a_supplier_that_is_away_is_named_and_our_own_stock_is_shown(desk: Desk) -> None:
    desk.supplier()

    def away(ask: Ask) -> Answer:
        raise Unsent("cannot be reached")

    desk.world.outside.answer = away
    found = desk.client.get("/api/v1/market/numbers?npa=202&limit=50").get_json()
    assert (10, ["vit"]) == (len(found["data"]), found["incomplete"])
    assert 503 == desk.operator.post("/api/v1/suppliers/vit/reconciliation").status_code


def test_the_operator_blocks_a_number_and_sees_what_happened_to_it(desk: Desk) -> None:
    path = "/api/v1/stock/+12025550150"
    assert "blocked" == desk.operator.post(f"{path}/steps", json={"step": "block"}).get_json()["state"]
    assert 409 == desk.reserve("+12025550150").status_code
    assert 409 == desk.operator.post(f"{path}/steps", json={"step": "block"}).status_code
    assert 422 == desk.operator.post(f"{path}/steps", json={"step": "order"}).status_code
    desk.operator.post(f"{path}/steps", json={"step": "unblock"})
    found = desk.operator.get(path).get_json()
    assert (["block", "unblock"], 150) == ([note["step"] for note in found["notes"]], found["margin_cents"])
    assert 404 == desk.operator.get("/api/v1/stock/+12025550199").status_code


def test_stock_is_listed_by_state_in_pages(desk: Desk) -> None:
    desk.reserve("+12025550150")
    first = desk.operator.get("/api/v1/stock?state=available&limit=5").get_json()
    rest = desk.operator.get(f"/api/v1/stock?state=available&limit=5&cursor={first['next_cursor']}").get_json()
    assert (5, 4, None) == (len(first["data"]), len(rest["data"]), rest["next_cursor"])
    assert all(one["reservation"] is None for one in first["data"])


def test_numbers_of_our_own_are_sold_in_the_country_that_has_them(desk: Desk) -> None:
    wanted = {"+74955550100": "RU", "+493012345670": "DE", "+15551234567": "US", "+77011234567": "KZ"}
    desk.operator.post("/api/v1/stock", json={"numbers": sorted(wanted)})
    found = {one["number"]: one["country"] for one in desk.operator.get("/api/v1/stock?limit=50").get_json()["data"]}
    assert wanted.items() <= found.items()
    assert ["+74955550100"] == numbers(desk, "country=RU")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"numbers": []},
        {"numbers": ["none"]},
        {"first": "+12025550150", "last": "+12025550149"},
        {"first": "+12025550100", "last": "+12025999999"},
        {"numbers": ["+12025550190"], "kind": "pigeon"},
        {"numbers": ["+12025550190"], "cost_cents": -1},
        {"numbers": ["+12025550190"], "trunk": 7},
        {"numbers": ["+12025550190"], "country": "USA"},
        {"numbers": ["+12025550190"], "x": 1},
    ],
)
def test_a_block_that_makes_no_sense_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    assert 422 == desk.operator.post("/api/v1/stock", json=body).status_code
    assert 403 == desk.client.post("/api/v1/stock", json=BLOCK).status_code


@pytest.mark.parametrize(
    ("body", "expected"),
    [({"number": "x"}, 422), ({"number": "+12025550199"}, 404), ({}, 422), ({"number": "+12025550150", "x": 1}, 422)],
)
def test_a_reservation_that_makes_no_sense_is_refused(desk: Desk, body: dict[str, Any], expected: int) -> None:
    assert expected == desk.client.post("/api/v1/market/reservations", json=body).status_code
    assert 403 == desk.world.client("riverside", "carla").post("/api/v1/market/reservations", json=body).status_code


def test_another_company_cannot_use_a_reservation(desk: Desk) -> None:
    reservation = desk.reserve("+12025550150").get_json()["reservation"]
    other = desk.world.client("lakeside", "ann")
    assert 404 == other.post("/api/v1/market/orders", json={"reservation": reservation}).status_code
    assert 404 == other.delete(f"/api/v1/market/reservations/{reservation}").status_code


def test_a_number_of_telnyx_is_found_ordered_bound_and_given_back(desk: Desk) -> None:
    number, asked = "+13035550171", list[str]()
    row = {"id": "tel", "name": "T", "kind": "telnyx", "sells_numbers": True, "route": "77"}
    change = Change("supplier", "tel", {**row, "password": desk.world.context.sealer.seal("hush")})
    desk.world.context.config.transact(SYSTEM, [change], "test", "supplier")
    there = {"data": [{"id": "9", "phone_number": number, "phone_number_type": "local"}]}

    def answer(ask: Ask) -> Answer:
        path = ask.url.removeprefix("https://api.telnyx.com/v2/").partition("?")[0]
        asked.append(f"{ask.method} {path}")
        body = {"data": {"id": "o1", "status": "success"}} if path == "number_orders" else there
        return Answer(200, {}, json.dumps(body).encode())

    desk.world.outside.answer = answer
    found = desk.client.get("/api/v1/market/numbers?npa=303").get_json()
    assert ([number], []) == ([one["number"] for one in found["data"]], found["incomplete"])
    assert 202 == desk.order(number).status_code
    desk.parts.delivery.run(desk.parts)
    assert ("assigned", True) == (desk.state(number), desk.bound(number))
    report = desk.operator.post("/api/v1/suppliers/tel/reconciliation").get_json()
    assert (1, [], []) == (report["theirs"], report["unknown"], report["missing"])
    desk.client.delete(f"/api/v1/market/numbers/{number}")
    desk.world.clock.now += quarantine_s + 1
    sweep.run(desk.parts)
    desk.parts.delivery.run(desk.parts)
    assert (None, "DELETE phone_numbers/9") == (desk.state(number), asked[-1])


RATES = [
    {"country": "US", "setup_cents": 100, "monthly_cents": 85},
    {"country": "US", "kinds": ["tollfree"], "monthly_cents": 200},
    {"country": "CA", "monthly_cents": 1},
]
PRICES = [{"country": "US", "setup_cents": 300, "monthly_cents": 250}]


def test_a_suppliers_number_costs_what_its_rates_say_and_sells_for_what_the_region_says(desk: Desk) -> None:
    region = desk.world.context.region.id
    desk.supplier()
    row = desk.world.context.config.get(SYSTEM, "supplier", "vit")
    assert row is not None
    rows = [
        Change("supplier", "vit", {**row.value.model_dump(mode="json"), "rates": RATES}),
        Change("region", region, {"id": region, "name": "Here", "number_prices": PRICES}),
    ]
    desk.world.context.config.transact(SYSTEM, rows, "test", "rates")
    [offered] = desk.client.get("/api/v1/market/numbers?npa=949").get_json()["data"]
    assert (250, 300, "USD") == tuple(offered[name] for name in ("price_cents", "setup_price_cents", "currency"))
    desk.order(offered["number"])
    desk.parts.delivery.run(desk.parts)
    found = desk.operator.get(f"/api/v1/stock/{offered['number']}").get_json()
    names = ("state", "cost_cents", "setup_cost_cents", "price_cents", "setup_price_cents", "margin_cents")
    assert ("assigned", 85, 100, 250, 300, 165) == tuple(found[name] for name in names)
    desk.order("+12025550150")
    rows = desk.operator.get("/api/v1/stock/margins").get_json()["data"]
    assert [("house", 1, 1, 50, 200, 150), ("vit", 1, 1, 85, 250, 165)] == [
        tuple(one[name] for name in ("supplier", "numbers", "had", "cost_cents", "price_cents", "margin_cents"))
        for one in rows
    ]
    desk.answers["listdids"] = b"<content><did>9498912001</did><did>8009998888</did></content>"
    told = desk.operator.post("/api/v1/suppliers/vit/reconciliation").get_json()
    assert [{"currency": "USD", "monthly_cents": 285, "idle_cents": 200}] == told["costs"]


@pytest.mark.parametrize(("included", "price"), [(None, 0), (1, 250), (2, 0)])
def test_what_the_plan_holds_costs_nothing_more(desk: Desk, included: int | None, price: int) -> None:
    config, region = desk.world.context.config, desk.world.context.region.id
    plan = {"id": "p", "name": "P", "numbers_included": included}
    tenant = config.directory.tenants["riverside"].tenant.model_copy(update={"plan": "p"})
    prices = {"id": region, "name": "Here", "number_prices": PRICES}
    config.transact(SYSTEM, [Change("plan", "p", plan), Change("region", region, prices)], "test", "plan")
    config.transact("riverside", [Change("tenant", "riverside", to_document(tenant))], "test", "plan")
    assert 201 == desk.order("+12025550150").status_code
    desk.operator.post("/api/v1/stock", json={"numbers": ["+12025550190"]})
    [offered] = desk.client.get("/api/v1/market/numbers?contains=550190").get_json()["data"]
    assert price == offered["price_cents"]


def test_a_number_that_leaves_works_until_it_is_gone_and_can_stay(desk: Desk) -> None:
    number, ben = "+12025550150", desk.world.client("riverside", "ben")
    desk.order(number)
    here, stock = f"/api/v1/market/numbers/{number}", f"/api/v1/stock/{number}"
    assert 403 == ben.post(f"{here}/leave").status_code
    assert 409 == desk.client.post(f"{here}/stay").status_code
    leaves = desk.client.post(f"{here}/leave").get_json()
    assert ("porting_out", "riverside", True) == (leaves["state"], leaves["account"], desk.bound(number))
    assert len(leaves["pin"]) == 8
    assert leaves["pin"].isdigit()
    assert leaves["pin"] == desk.operator.get(stock).get_json()["pin"]
    assert 409 == desk.client.delete(here).status_code
    stays = desk.client.post(f"{here}/stay").get_json()
    assert ("assigned", None, None) == (stays["state"], stays["account"], stays["pin"])
    desk.client.post(f"{here}/leave")
    assert "gone" == desk.operator.post(f"{stock}/steps", json={"step": "left"}).get_json()["state"]
    assert (None, False) == (desk.state(number), desk.bound(number))
    assert 404 == desk.world.client("lakeside").post(f"{here}/leave").status_code
