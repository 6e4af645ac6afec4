"""A shop says how it is now: what the company has of it follows, what somebody made their own here stays."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from configdb.widgets import Widget
from mgmt.signup import trials
from mgmt.signup.machine import Signup
from tests.mgmt.partners.desk import PLANS, Desk
from tests.mgmt.partners.test_shopify import DETAILS, SHOP, Shop

OWN = {**DETAILS, "domain": "acme.example", "currency": "USD", "plan_name": "basic", "myshopify_domain": SHOP}


class Merchant:
    """Whose shop changes after the company was made."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, Shop(desk)
        plan = {**PLANS[0], "prices": {"EUR": {"monthly_cents": 1700}}}
        desk.config.transact(SYSTEM, [Change("plan", "small", plan)], "test", "also in euros")
        self.shop.details = dict(OWN)
        self.tenant = self.shop.company()
        self.told = 0

    def says(self, at: str = "", **changes: Any) -> list[str]:
        self.told += 1
        at = at or f"2031-01-01T00:00:{self.told:02d}+00:00"
        body = {**OWN, "updated_at": at, **changes}
        assert 200 == self.shop.webhook("shop/update", body, **{"X-Shopify-Webhook-Id": f"w{self.told}"})
        return self.desk.deliver()

    @property
    def view(self) -> Any:
        return self.desk.config.directory.tenants[self.tenant]

    @property
    def signup(self) -> Signup:
        found = self.desk.of("shopifyapp", SHOP)
        assert found is not None
        return found

    def change(self, kind: str, value: Any, **changes: Any) -> None:
        document = {**to_document(value), **changes}
        id = str(document["id"])
        self.desk.config.transact(self.tenant, [Change(kind, id, document)], "ann", "her own")


@pytest.fixture
def merchant(desk: Desk) -> Merchant:
    return Merchant(desk)


def test_name_and_address_follow_the_shop(merchant: Merchant) -> None:
    assert ["changed"] == merchant.says(name="Acme & Sons", email="eve@acme.example")
    assert ("Acme & Sons", "eve@acme.example") == (merchant.view.tenant.name, merchant.view.users["owner"].email)
    assert ("Acme & Sons", "eve@acme.example") == (merchant.signup.company, merchant.signup.email)
    merchant.says(name="Acme Ltd", email="no address")
    assert ("Acme Ltd", "eve@acme.example") == (merchant.view.tenant.name, merchant.view.users["owner"].email)


def test_what_somebody_made_their_own_stays(merchant: Merchant) -> None:
    merchant.change("tenant", merchant.view.tenant, name="Ann's Telephones")
    merchant.change("user", merchant.view.users["owner"], email="ann@home.example")
    merchant.says(name="Acme & Sons", email="eve@acme.example")
    assert ("Ann's Telephones", "ann@home.example") == (merchant.view.tenant.name, merchant.view.users["owner"].email)


def test_what_is_older_changes_nothing_and_twice_is_once(merchant: Merchant) -> None:
    merchant.says("2031-06-01T00:00:00Z", name="New")
    assert ["something newer happened already"] == merchant.says("2031-05-01T00:00:00Z", name="Old")
    assert "New" == merchant.view.tenant.name
    before = merchant.desk.config.directory.tenants[merchant.tenant]
    merchant.says("2031-06-01T00:00:00Z", name="New")
    assert before is merchant.desk.config.directory.tenants[merchant.tenant]


def test_pages_at_a_new_domain_may_show_what_those_at_the_old_one_could(merchant: Merchant) -> None:
    own, first = f"https://{SHOP}", "https://acme.example"
    site = merchant.view.objects["widget"]["site"]
    assert isinstance(site, Widget)
    assert (own, first) == site.origins
    merchant.change("widget", site, id="other", origins=["https://elsewhere.example"])
    merchant.says(domain="www.acme.shop")
    found = merchant.view.objects["widget"]
    assert (own, "https://www.acme.shop") == found["site"].origins
    assert ("https://elsewhere.example",) == found["other"].origins
    block = merchant.desk.client().get(f"/store/shopify/block.js?shop={SHOP}")
    assert f"/clickconnect/{merchant.tenant}.site.js" == block.headers["Location"]


def test_prices_are_in_the_currency_of_the_shop_until_somebody_paid(merchant: Merchant) -> None:
    merchant.says(currency="CHF")
    assert (None, "") == (merchant.view.tenant.currency, merchant.signup.currency)
    merchant.says(currency="EUR")
    assert ("EUR", "EUR") == (merchant.view.tenant.currency, merchant.signup.currency)
    merchant.desk.world.script(None).post(f"/api/v1/signups/{merchant.signup.id}/steps", json={"step": "paid"})
    merchant.says(currency="USD")
    assert "EUR" == merchant.view.tenant.currency


@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize("plan", ["cancelled", "fraudulent"])
def test_a_shop_that_is_closed_is_suspended_and_goes_on_as_it_was(merchant: Merchant, plan: str, paid: bool) -> None:
    if paid:
        merchant.desk.world.script(None).post(f"/api/v1/signups/{merchant.signup.id}/steps", json={"step": "paid"})
    state = "active" if paid else "trial"
    merchant.says(plan_name="frozen")
    assert (state, state) == merchant.desk.state("shopifyapp", SHOP)
    for _ in range(2):
        merchant.says(plan_name=plan)
        assert ("suspended", "suspended") == merchant.desk.state("shopifyapp", SHOP)
    for _ in range(2):
        merchant.says(plan_name="basic")
        assert (state, state) == merchant.desk.state("shopifyapp", SHOP)


def test_who_was_suspended_for_another_reason_stays_so(merchant: Merchant) -> None:
    merchant.desk.clock.now += 30 * 86_400
    trials.run(merchant.desk.parts)
    merchant.says(plan_name="cancelled")
    merchant.says(plan_name="basic")
    assert ("suspended", "suspended") == merchant.desk.state("shopifyapp", SHOP)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 7},
        {"email": ["x"]},
        {"updated_at": "soon"},
        {"domain": None},
        {"domain": "a/b"},
        {"domain": "Ä.example"},
        {"currency": {}},
    ],
)
def test_what_makes_no_sense_changes_nothing(merchant: Merchant, wrong: dict[str, Any]) -> None:
    before = merchant.view
    merchant.says(**{"at": "2031-01-01T00:00:00Z", **wrong} if "updated_at" not in wrong else wrong)
    assert before is merchant.view
