"""Customers of a connected shop: copied as they change, known when they call, gone when the shop or the law says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history import shopper
from history.contact import Contact, puts
from history.shelves import SHOPPER_NUMBERS, SHOPPERS
from history.shopper import Shopper
from mgmt.outbox.web import Answer, Ask, Unsent
from mgmt.partners import shopify, shoppers
from mgmt.partners.shopify import ShopifyAway
from mgmt.services.parts import Parts
from mgmt.services.runner import Errand
from mgmt.signup.machine import Signup
from softswitch.adapters.caller_names import Book
from tests.mgmt.partners.desk import Desk
from tests.mgmt.partners.test_shopify import SHOP, Shop

EVE, BOB = "+12025550100", "+12025550111"


def customer(id: int, phone: str | None, at: str, name: str = "Eve Adams", **more: Any) -> dict[str, Any]:
    """As the Admin API has it."""
    return {
        "legacyResourceId": str(id),
        "displayName": name,
        "updatedAt": at,
        "numberOfOrders": "3",
        "amountSpent": {"amount": "120.50", "currencyCode": "USD"},
        "defaultEmailAddress": {"emailAddress": f"C{id}@Mail.Example"},
        "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
        "addresses": [],
        "lastOrder": {
            "name": "#1001",
            "createdAt": "2026-11-20T10:00:00Z",
            "displayFinancialStatus": "PAID",
            "displayFulfillmentStatus": "UNFULFILLED",
            "totalPriceSet": {"shopMoney": {"amount": "40.00", "currencyCode": "USD"}},
        },
        **more,
    }


class Counter:
    """A shop with customers, which answers pages as Shopify does; `page` of them at a time."""

    def __init__(self, shop: Shop, page: int = 100) -> None:
        self.shop, self.page, self.people = shop, page, list[dict[str, Any]]()
        self.asked: list[dict[str, Any]] = []
        self.away = False
        self.tenant = shop.company()
        shop.desk.world.outside.answer = self.answer

    def answer(self, ask: Ask) -> Answer:
        assert f"https://{SHOP}/admin/api/{shopify.VERSION}/graphql.json" == ask.url
        assert "shpat_1" == ask.headers["X-Shopify-Access-Token"]
        if self.away:
            raise Unsent("nobody there")
        given = json.loads(ask.body or b"")["variables"]
        self.asked.append(given)
        since = given["since"].removeprefix("updated_at:>=").strip("'")
        new = sorted((one for one in self.people if one["updatedAt"] >= since), key=lambda one: str(one["updatedAt"]))
        begin = int(given["after"] or 0)
        nodes, end = new[begin : begin + self.page], begin + self.page
        place = {"hasNextPage": end < len(new), "endCursor": str(end)}
        body = {"data": {"customers": {"nodes": nodes, "pageInfo": place}}}
        return Answer(200, {}, json.dumps(body).encode())

    def run(self, dry: bool = False) -> int:
        parts: Parts = self.shop.desk.parts
        return shoppers.run(parts if not dry else _dry(parts)).done

    def at(self, number: str) -> list[Shopper]:
        return shopper.at_number(self.shop.desk.shelves, self.tenant, number)


def _dry(parts: Parts) -> Parts:
    return replace(parts, errand=Errand(dry=True))


@pytest.fixture
def counter(desk: Desk) -> Counter:
    return Counter(Shop(desk), page=2)


def test_customers_are_copied_with_what_they_bought_and_known_by_every_number(counter: Counter) -> None:
    addresses = [{"phone": "(202) 555-0111", "countryCodeV2": "US"}, {"phone": "nonsense", "countryCodeV2": "US"}]
    counter.people = [customer(1, EVE, "2026-11-01T00:00:00Z", addresses=addresses)]
    assert 1 == counter.run()
    [found] = counter.at(BOB)
    assert [found] == counter.at(EVE)
    assert ("Eve Adams", "c1@mail.example", [EVE, BOB]) == (found.name, found.email, found.phones)
    assert (3, "120.50", "USD") == (found.orders, found.spent, found.currency)
    assert ("#1001", "40.00", "paid unfulfilled") == (found.last_order, found.last_total, found.last_state)
    assert f"https://{SHOP}/admin/customers/1" == found.url


def test_only_what_changed_is_asked_for_and_a_changed_number_leads_nowhere(counter: Counter) -> None:
    counter.people = [customer(n, f"+1202555010{n}", f"2026-11-0{n}T00:00:00Z") for n in range(1, 6)]
    assert 5 == counter.run()
    assert [None, "2", "4"] == [one["after"] for one in counter.asked]
    counter.asked.clear()
    counter.people[0] = customer(1, BOB, "2026-11-09T00:00:00Z")
    assert 2 == counter.run()
    assert ["updated_at:>='2026-11-05T00:00:00Z'"] == [one["since"] for one in counter.asked]
    assert ([], ["Eve Adams"]) == (counter.at("+12025550101"), [one.name for one in counter.at(BOB)])


def test_what_breaks_off_goes_on_where_it_was_and_a_dry_run_writes_nothing(counter: Counter) -> None:
    counter.people = [customer(n, f"+1202555010{n}", "2026-11-01T00:00:00Z") for n in range(1, 6)]
    assert 2 == counter.run(dry=True)
    assert 0 == counter.shop.desk.shelves.size(SHOPPERS, counter.tenant)
    answer, pages = counter.answer, iter([True, False])

    def broken(ask: Ask) -> Answer:
        if not next(pages, False):
            raise Unsent("gone")
        return answer(ask)

    counter.shop.desk.world.outside.answer = broken
    with pytest.raises(ShopifyAway):
        counter.run()
    assert 2 == counter.shop.desk.shelves.size(SHOPPERS, counter.tenant)
    counter.shop.desk.world.outside.answer = answer
    counter.run()
    assert 5 == counter.shop.desk.shelves.size(SHOPPERS, counter.tenant)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": null}', b'{"errors": [{"message": "Throttled"}]}'])
def test_a_shop_that_answers_something_else_is_asked_again_later(counter: Counter, body: bytes) -> None:
    counter.shop.desk.world.outside.answer = lambda ask: Answer(200, {}, body)
    with pytest.raises(ShopifyAway):
        counter.run()


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
)


@given(st.sampled_from(sorted(customer(1, EVE, ""))), anything)
def test_a_customer_of_any_form_is_read_or_left(field: str, value: Any) -> None:
    found = Signup("s", "t", "", "", "", 0.0, partner=shopify.ID, account=SHOP)
    made = shoppers.read(found, {**customer(1, EVE, "2026-11-01T00:00:00Z"), field: value})
    assert made is None or (made.phones and made.name)


def test_who_calls_is_named_by_the_contacts_first_and_never_by_the_shop_itself(
    counter: Counter, tmp_path: Path
) -> None:
    counter.people = [customer(1, EVE, "2026-11-01T00:00:00Z")]
    counter.run()
    counter.away = True
    desk = counter.shop.desk
    book = Book(desk.context.settings.data_dir, None)
    book._history = desk.context.history
    assert ("Eve Adams", None) == (book.name_of(counter.tenant, EVE), book.name_of("riverside", EVE))
    desk.shelves.write(puts(Contact("c1", counter.tenant, "Eve at work", 1.0, 1.0, phones=[EVE]), None))
    assert "Eve at work" == book.name_of(counter.tenant, EVE)


def test_the_page_of_a_call_gets_both_and_no_other_company_does(counter: Counter) -> None:
    counter.people = [customer(1, EVE, "2026-11-01T00:00:00Z")]
    counter.run()
    counter.away = True
    world = counter.shop.desk.world
    one = counter.at(EVE)[0]
    other = Shopper("s 1", "riverside", "s", "Eve", 1.0, phones=[EVE], orders=1)
    world.context.history.shelves.write([*shopper.puts(other, None), *puts(_contact(), None)])
    found = world.client("riverside", "carla").get("/api/v1/callers?number=(202) 555-0100").get_json()
    assert (EVE, ["Eve"], ["s 1"]) == (
        found["number"],
        [each["name"] for each in found["contacts"]],
        [each["id"] for each in found["customers"]],
    )
    assert one.id not in json.dumps(found)
    assert 401 == world.client(user=None).get(f"/api/v1/callers?number={EVE}").status_code


def _contact() -> Contact:
    return Contact("c1", "riverside", "Eve", 1.0, 1.0, phones=[EVE])


def test_a_customer_who_is_to_be_forgotten_and_a_shop_that_leaves_take_the_copy_along(counter: Counter) -> None:
    counter.people = [customer(n, f"+1202555010{n}", "2026-11-01T00:00:00Z") for n in range(1, 4)]
    counter.run()
    shop, shelves = counter.shop, counter.shop.desk.shelves
    about = {"shop_domain": SHOP, "customer": {"id": 1, "email": "c1@mail.example", "phone": "+12025550101"}}
    assert 200 == shop.webhook("customers/redact", about)
    shop.desk.deliver()
    assert ([], 2) == (counter.at("+12025550101"), shelves.size(SHOPPERS, counter.tenant))
    assert 200 == shop.webhook("app/uninstalled", {"myshopify_domain": SHOP}, **{"X-Shopify-Webhook-Id": "w2"})
    shop.desk.deliver()
    assert (0, 0) == (shelves.size(SHOPPERS, counter.tenant), shelves.size(SHOPPER_NUMBERS, counter.tenant))
    counter.asked.clear()
    assert (0, []) == (counter.run(), counter.asked)
