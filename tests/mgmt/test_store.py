"""The store: pages that need no script from a plan to a company, the same as JSON, refusals, and the operator's view."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from configdb.errors import Refused
from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from history.shelves import NODE, SIGNUPS, Put
from mgmt.app import create_app
from mgmt.billing import months, sweep
from mgmt.billing.ledger import Ledger
from mgmt.limits import reservation_s, signups_per_hour_max
from mgmt.market.inventory import Inventory
from mgmt.market.ordering import bind
from mgmt.market.stock import HOUSE, Step, StockNumber
from mgmt.outbox.box import Outbox
from mgmt.pages_store import words
from mgmt.signup import sweep as signups
from mgmt.signup import trials
from mgmt.signup.company import TARGET
from mgmt.signup.machine import Signup
from mgmt.usecases.store import engine, standing
from tests.mgmt.billing import server
from tests.mgmt.conftest import World, past
from tests.mgmt.services.desk import parts_of

NUMBERS = ("+12025550160", "+12125550161")
PLAN = {"id": "small", "name": "Small", "sold": True, "monthly_cents": 1900, "trial_days": 14}
ASKED = {"email": "ann@acme.example", "company": "Acme", "plan": "small", "country": "US"}
JsonOf = Callable[..., Any]


class Store:
    """A node that sells, sends mail and has two numbers; a browser of a stranger."""

    def __init__(self, world: World) -> None:
        self.world, context = world, replace(world.context, mails=True)
        rows = [Change("plan", "small", PLAN), Change("plan", "secret", {**PLAN, "id": "secret", "sold": False})]
        context.config.transact(SYSTEM, rows, "test", "plans")
        self.shelves, now = context.history.shelves, world.clock.now
        self.stock = Inventory(self.shelves, world.clock)
        self.stock.add([StockNumber(number, "US", "local", HOUSE, now, area=number[2:5]) for number in NUMBERS])
        self.context, self.app = context, create_app(context)
        self.browser = self._client()
        self.browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        self.program = self._client()

    def _client(self) -> FlaskClient:
        return self.app.test_client()

    def code(self) -> str:
        """What was mailed last."""
        box = Outbox(self.shelves, self.world.clock)
        letters = [item for tenant, id in box.due() if (item := box.get(tenant, id)) is not None and tenant == NODE]
        found = re.search(r"\d{6}", max(letters, key=lambda item: (item.made_at, item.id)).payload["text"])
        assert found is not None
        return found[0]

    def begun(self) -> str:
        """The address of a sign-up that is to be verified."""
        return str(self.browser.post("/store", data=ASKED).headers["Location"])

    def step(self, path: str, step: str, **more: str) -> TestResponse:
        return self.browser.post(path, data={"step": step, **more}, follow_redirects=True)

    def chosen(self) -> str:
        path = self.begun()
        self.step(path, "verify", code=self.code())
        self.step(path, "choose", number=NUMBERS[0])
        return path


@pytest.fixture
def store(world: World) -> Store:
    return Store(world)


def test_a_stranger_becomes_a_company_without_a_script(store: Store) -> None:
    offer = store.browser.get("/store").get_data(as_text=True)
    assert "19.00 USD a month, 14 days free" in offer
    assert "secret" not in offer
    assert "<script" not in offer
    path = store.begun()
    assert "ann@acme.example" in store.browser.get(path).get_data(as_text=True)
    choice = store.step(path, "verify", code=store.code()).get_data(as_text=True)
    assert all(number in choice for number in NUMBERS)
    assert NUMBERS[0] not in store.browser.get(f"{path}?npa=212").get_data(as_text=True)
    confirm = store.step(path, "choose", number=NUMBERS[0]).get_data(as_text=True)
    assert "19.00 USD" in confirm
    done = store.step(path, "start").get_data(as_text=True)
    assert "Acme can be called" in done
    [tenant] = [id for id in store.world.context.config.directory.tenants if id.startswith("acme-")]
    assert {NUMBERS[0]} == set(store.world.context.config.directory.tenants[tenant].numbers)
    link = re.search(r'href="(/invited\?token=[^"]+)"', done)
    assert link is not None
    assert 200 == store.browser.get(link[1]).status_code
    assert "Acme can be called" in store.step(path, "start").get_data(as_text=True)


def test_numbers_are_those_of_the_company_s_country_and_the_region_s_comes_first(store: Store) -> None:
    moscow = "+74951234567"
    store.stock.add([StockNumber(moscow, "RU", "local", HOUSE, store.world.clock.now, area="495")])
    id = store.context.region.id
    region = {"id": id, "name": "Test", "country": "RU", "languages": ["ru"], "currency": "USD"}
    store.context.config.transact(SYSTEM, [Change("region", id, region)], "test", "another country")
    offer = store.browser.get("/store").get_data(as_text=True)
    assert ("<option selected>RU" in offer, "<option selected>US" in offer) == (True, False)
    begun = store.browser.post("/store", data={**ASKED, "country": ""}).headers["Location"]
    choice = store.step(begun, "verify", code=store.code()).get_data(as_text=True)
    assert (moscow in choice, NUMBERS[0] in choice) == (True, False)
    assert [moscow] == [one["number"] for one in store.program.get("/store/api/numbers").get_json()["data"]]
    store.world.clock.now += 1  # the code that was mailed last is the one that counts
    american = store.begun()
    choice = store.step(american, "verify", code=store.code()).get_data(as_text=True)
    assert (moscow in choice, NUMBERS[0] in choice) == (False, True)


def test_what_costs_nothing_comes_last_and_speaks_of_no_trial(store: Store) -> None:
    free = {"id": "free", "name": "Free", "sold": True, "numbers_max": 0}
    store.context.config.transact(SYSTEM, [Change("plan", "free", free)], "test", "free")
    offer = store.browser.get("/store").get_data(as_text=True)
    assert offer.index("Small") < offer.index("Free")
    assert ("for nothing, without a telephone number" in offer, "0.00 USD" in offer, offer.count("days free")) == (
        True,
        False,
        1,
    )
    begun = store.browser.post("/store", data={**ASKED, "plan": "free"}).headers["Location"]
    confirm = store.step(begun, "verify", code=store.code()).get_data(as_text=True)
    assert ("for nothing" in confirm, "Take it" in confirm, "trial" in confirm) == (True, True, False)
    done = store.step(begun, "start").get_data(as_text=True)
    assert "Get a telephone number for it" in done


def test_the_pages_speak_russian(store: Store) -> None:
    page = store.browser.get("/store", headers={"Accept-Language": "ru"}).get_data(as_text=True)
    assert "19,00 USD в месяц" in page
    assert set(words("en")) == set(words("ru"))


EURO = {**PLAN, "prices": {"EUR": {"monthly_cents": 1700}, "CHF": {"monthly_cents": 1800}}}


def test_a_company_pays_in_the_currency_that_it_chose_of_those_its_region_sells_in(
    store: Store, json_of: JsonOf
) -> None:
    config, program = store.context.config, store.program
    config.transact(SYSTEM, [Change("plan", "small", EURO)], "test", "prices")
    [plan] = program.get("/store/api/plans").get_json()["data"]
    assert (1900, "USD", ["USD", "EUR"]) == (plan["monthly_cents"], plan["currency"], plan["currencies"])
    assert [] == program.get("/store/api/plans?currency=CHF").get_json()["data"]
    page = store.browser.get("/store?currency=EUR").get_data(as_text=True)
    assert (True, False) == ("17.00 EUR a month" in page, "19.00 USD" in page)
    for currency in ("CHF", "ZZZ", ["EUR"]):
        asked = program.post("/store/api/signups", json={**ASKED, "currency": currency})
        assert (422, "invalid_field") == json_of(asked)
    begun = store.browser.post("/store", data={**ASKED, "currency": "EUR"})
    path = str(begun.headers["Location"])
    store.step(path, "verify", code=store.code())
    assert "17.00 EUR" in store.step(path, "choose", number=NUMBERS[0]).get_data(as_text=True)
    store.step(path, "start")
    id = path.rpartition("/")[2]
    found = program.get(f"/store/api/signups/{id}").get_json()
    operator = store.world.script(None)
    assert "active" == operator.post(f"/api/v1/signups/{id}/steps", json={"step": "paid"}).get_json()["state"]
    books = operator.get(f"/api/v1/books/{found['tenant']}").get_json()
    assert ({"EUR": 0}, {"EUR"}) == (books["owed_cents"], {one["currency"] for one in books["entries"]})
    with pytest.raises(Refused, match="in which tenant"):
        config.transact(SYSTEM, [Change("plan", "small", PLAN)], "test", "no euros")
    tenant = to_document(config.directory.tenants[found["tenant"]].tenant)
    change = Change("tenant", found["tenant"], {**tenant, "currency": "RUB"})
    with pytest.raises(Refused, match="has no price in RUB"):
        config.transact(found["tenant"], [change], "test", "roubles")


def test_a_wrong_code_is_said_on_the_page_and_another_one_can_be_asked_for(store: Store) -> None:
    path = store.begun()
    wrong = store.step(path, "verify", code="x")
    assert (422, True) == (wrong.status_code, "is wrong" in wrong.get_data(as_text=True))
    store.world.clock.now += 1
    store.step(path, "code")
    assert "Choose a number" in store.step(path, "verify", code=store.code()).get_data(as_text=True)


def test_a_number_that_somebody_else_took_is_said_on_the_page(store: Store) -> None:
    path = store.begun()
    store.step(path, "verify", code=store.code())
    store.stock.reserve(NUMBERS[0], "riverside", "ann")
    taken = store.step(path, "choose", number=NUMBERS[0])
    assert (409, True) == (taken.status_code, "Somebody has this number" in taken.get_data(as_text=True))


def test_another_number_can_be_chosen_and_the_first_one_is_free_again(store: Store) -> None:
    path = store.chosen()
    assert "Choose a number" in store.browser.get(f"{path}?choose=1").get_data(as_text=True)
    store.step(path, "choose", number=NUMBERS[1])
    assert ["available", "reserved"] == [(store.stock.get(number) or pytest.fail("gone")).state for number in NUMBERS]


def test_who_comes_back_late_chooses_again(store: Store) -> None:
    path = store.chosen()
    store.world.clock.now += reservation_s + 1
    late = store.step(path, "start")
    assert (409, True) == (late.status_code, "Choose again" in late.get_data(as_text=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "ann"},
        {"email": "ann@acme.example\r\nBcc: x@y.z"},
        {"company": " "},
        {"company": "x" * 121},
        {"plan": "secret"},
        {"plan": ""},
        {"country": "XX"},
    ],
)
def test_what_cannot_be_is_said_on_the_page_and_nothing_is_sent(store: Store, wrong: dict[str, str]) -> None:
    assert 422 == store.browser.post("/store", data={**ASKED, **wrong}).status_code
    assert [] == Outbox(store.shelves, store.world.clock).due()


def test_what_people_write_is_shown_and_not_run(store: Store) -> None:
    answer = store.browser.post("/store", data={**ASKED, "company": "<script>alert(1)</script>", "plan": "x"})
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_another_site_cannot_sign_somebody_up(store: Store) -> None:
    store.browser.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert 403 == store.browser.post("/store", data=ASKED).status_code


def test_one_address_begins_so_many_an_hour(store: Store) -> None:
    answers = [store.browser.post("/store", data=ASKED).status_code for _ in range(signups_per_hour_max + 1)]
    assert [303] * signups_per_hour_max + [429] == answers


def test_a_node_that_sends_no_mail_sells_nothing(world: World) -> None:
    store = Store(world)
    client = world.client(user=None)
    assert 409 == client.post("/store", data=ASKED).status_code
    assert 200 == store.browser.get("/store").status_code


def test_the_same_as_json(store: Store, json_of: JsonOf) -> None:
    program = store.program
    assert ["small"] == [plan["id"] for plan in program.get("/store/api/plans").get_json()["data"]]
    begun = program.post("/store/api/signups", json=ASKED)
    assert (202, "started") == (begun.status_code, begun.get_json()["state"])
    path = f"/store/api/signups/{begun.get_json()['id']}"
    assert (422, "invalid_field") == json_of(program.post(f"{path}/verify", json={"code": "x"}))
    assert "verified" == program.post(f"{path}/verify", json={"code": store.code()}).get_json()["state"]
    [found] = program.get("/store/api/numbers?npa=212").get_json()["data"]
    assert (404, "not_found") == json_of(program.post(f"{path}/number", json={"number": "+12025550199"}))
    assert (409, "not_now") == json_of(program.post(f"{path}/provision"))
    assert "reserved" == program.post(f"{path}/number", json={"number": found["number"]}).get_json()["state"]
    made = [program.post(f"{path}/provision").get_json() for _ in range(2)]
    assert (made[0], "trial") == (made[1], made[0]["state"])
    assert program.get(path).get_json()["way_in"].startswith("/invited?token=")
    assert (404, "not_found") == json_of(program.get("/store/api/signups/nobody"))
    assert (422, "unknown_field") == json_of(program.post("/store/api/signups", json={**ASKED, "price": 0}))


def test_an_operator_sees_sign_ups_says_what_was_paid_and_closes(store: Store, json_of: JsonOf) -> None:
    path = store.chosen()
    store.step(path, "start")
    id = path.rpartition("/")[2]
    operator = store.world.script(None)
    [found] = operator.get("/api/v1/signups?state=trial").get_json()["data"]
    assert (id, "2027-01-29T08:00:00.000Z") == (found["id"], found["trial_until_at"])
    assert "active" == operator.post(f"/api/v1/signups/{id}/steps", json={"step": "paid"}).get_json()["state"]
    assert "closed" == operator.post(f"/api/v1/signups/{id}/steps", json={"step": "close"}).get_json()["state"]
    assert (409, "not_now") == json_of(operator.post(f"/api/v1/signups/{id}/steps", json={"step": "paid"}))
    assert (422, "invalid_field") == json_of(operator.post(f"/api/v1/signups/{id}/steps", json={"step": "gift"}))
    assert "was closed" in store.browser.get(path).get_data(as_text=True)


class Cards:
    """The store of a region whose accounts Recurly keeps."""

    def __init__(self, store: Store) -> None:
        self.store, context = store, store.context
        self.there = server.Recurly(store.world.clock)
        store.world.outside.answer = self.there
        settings = {"id": "billing", "kind": "recurly", "public_key": "ewr1-shown"}
        row = {**settings, "api_key": context.sealer.seal(server.KEY), "hook_secret": context.sealer.seal("s" * 32)}
        context.config.transact(SYSTEM, [Change("billing", "billing", row)], "test", "recurly")
        self.path = store.chosen()
        store.step(self.path, "start")

    def state(self) -> str:
        return str(self.store.program.get(f"/store/api/signups/{self.path.rpartition('/')[2]}").get_json()["state"])


def test_a_card_pays_the_first_month_and_never_comes_through_here(store: Store) -> None:
    cards = Cards(store)
    assert "Pay the first month" in store.browser.get(cards.path).get_data(as_text=True)
    page = store.browser.get(f"{cards.path}/pay")
    html, policy = page.get_data(as_text=True), page.headers["Content-Security-Policy"]
    assert ('data-key="ewr1-shown"' in html, "19.00 USD" in html, server.KEY in html) == (True, True, False)
    assert "script-src 'self' https://js.recurly.com;" in policy
    assert "frame-src 'self' https://api.recurly.com https://api.eu.recurly.com;" in policy
    declined = store.step(cards.path, "pay", token="declined")
    assert (402, True) == (declined.status_code, "declined" in declined.get_data(as_text=True))
    assert "trial" == cards.state()
    for _ in range(2):
        store.step(cards.path, "pay", token="card-1")
    assert ("active", 1) == (cards.state(), len(cards.there.subscriptions))
    assert "Pay the first month" not in store.browser.get(cards.path).get_data(as_text=True)
    assert 303 == store.browser.get(f"{cards.path}/pay").status_code


def test_while_recurly_is_away_nobody_pays_and_nothing_is_lost(store: Store, json_of: JsonOf) -> None:
    cards = Cards(store)
    pay = f"/store/api/signups/{cards.path.rpartition('/')[2]}/payment"
    cards.there.away = True
    assert (503, "billing_away") == json_of(store.program.post(pay, json={"token": "card-1"}))
    assert (422, "invalid_field") == json_of(store.program.post(pay, json={"token": ""}))
    cards.there.away = False
    assert "active" == store.program.post(pay, json={"token": "card-1"}).get_json()["state"]
    assert (409, "not_payable") == json_of(store.program.post(pay, json={"token": "card-1"}))


def test_where_nobody_takes_cards_none_is_asked_for(store: Store, json_of: JsonOf) -> None:
    path = store.chosen()
    store.step(path, "start")
    assert "Pay the first month" not in store.browser.get(path).get_data(as_text=True)
    assert 303 == store.browser.get(f"{path}/pay").status_code
    pay = f"/store/api/signups/{path.rpartition('/')[2]}/payment"
    assert (409, "not_payable") == json_of(store.program.post(pay, json={"token": "card-1"}))


def test_a_number_that_is_no_longer_kept_is_chosen_again(store: Store) -> None:
    path = store.chosen()
    store.world.clock.now += 901
    page = store.browser.get(path)
    assert (409, True) == (page.status_code, "Choose again" in (text := page.get_data(as_text=True)))
    assert ("Choose a number" in text, 'id="left"' in text) == (True, False)


def test_the_page_says_how_far_the_number_is(store: Store) -> None:
    path = store.chosen()
    assert 'data-seconds="900"' in store.browser.get(path).get_data(as_text=True)
    page = store.step(path, "start").get_data(as_text=True)
    assert [True, True, False] == [text in page for text in ("The number is yours", "calls come to you", "called it.")]
    found = store.program.get(f"/store/api/signups/{path.rpartition('/')[2]}").get_json()
    assert {"ordered": True, "routed": True, "tested": False, "called": False} == found["progress"]
    parts = parts_of(store.world)
    parts.delivery.run(parts)
    assert "Our test call was answered; the network of a carrier was not tried." in store.browser.get(path).get_data(
        as_text=True
    )
    store.context.history.apply(past(found["tenant"], "first", "none"), "test", 9)
    assert "Somebody has called it." in store.browser.get(path).get_data(as_text=True)


def test_the_page_says_that_a_company_can_be_called_only_when_it_can(store: Store) -> None:
    rules = {"papers": [{"country": "US", "papers": ["identity"]}]}
    id = store.context.region.id
    region = {"id": id, "name": "Test", "country": "US", **rules}
    store.context.config.transact(SYSTEM, [Change("region", id, region)], "test", "papers")
    path = store.chosen()
    page = store.step(path, "start").get_data(as_text=True)
    assert ("its number waits for papers" in page, "can be called" in page) == (True, False)
    assert ("ordered when they are accepted" in page, "The number is ordered." in page) == (True, False)
    assert ("nobody can call it" in page, "Calls ring at your phones" in page) == (True, False)
    store.context.config.transact(SYSTEM, [Change("region", id, None)], "test", "no papers")
    [tenant] = [one for one in store.context.config.directory.tenants if one.startswith("acme-")]
    [held] = store.stock.held(tenant)
    store.stock.step(held.number, Step.ORDER, "test", holder=tenant)
    bind(store.context.config, held, tenant, TARGET)
    assert "Acme can be called" in store.browser.get(path).get_data(as_text=True)
    found = store.context.config.directory.tenants[tenant].tenant
    assert "trial" == found.status
    engine(store.context).suspend(path.rpartition("/")[2], "it left")
    page = store.browser.get(path).get_data(as_text=True)
    assert ("Acme is suspended" in page, "can be called" in page, "Callers only leave a message" in page) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("state", "progress", "said"),
    [
        ("trial", {}, "made"),
        ("trial", {"ordered": False, "routed": False}, "waits"),
        ("trial", {"papers": False, "ordered": False, "routed": False}, "held"),
        ("active", {"ordered": True, "routed": True}, "done"),
        ("suspended", {"ordered": True, "routed": True}, "stopped"),
    ],
)
def test_what_a_company_is_told_of_itself(state: str, progress: dict[str, bool], said: str) -> None:
    found = Signup("s", "t", "a@b.example", "Acme", "small", 0.0, state=state)
    assert said == standing(found, progress)
    assert all(f"{said}_title" in words(language) for language in ("en", "ru"))


def test_an_owner_closes_the_account_and_nothing_of_it_goes_on(store: Store, json_of: JsonOf) -> None:
    path = store.chosen()
    store.step(path, "start")
    [tenant] = [one for one in store.context.config.directory.tenants if one.startswith("acme-")]
    id = path.rpartition("/")[2]
    engine(store.context).pay(id)
    owner = store.world.client(tenant, "owner")
    for name in ("", "acme", None):
        assert (422, "invalid_field") == json_of(owner.post("/api/v1/billing/close", json={"name": name}))
    closed = owner.post("/api/v1/billing/close", json={"name": "Acme"})
    assert (200, "closed") == (closed.status_code, closed.json["status"])
    view = store.context.config.directory.tenants[tenant]
    assert ("closed", {}, "closed") == (view.tenant.status, dict(view.numbers), engine(store.context).get(id).state)
    assert "quarantine" == getattr(store.stock.get(NUMBERS[0]), "state", "gone")
    books = Ledger(store.shelves, store.world.clock)
    assert ({"USD": 0}, 1900) == (books.owed_cents(tenant), books.balances(tenant)["USD"]["cash"])
    parts = parts_of(store.world)
    for _ in range(3):
        store.world.clock.now += 40 * 86_400
        for service in (months, sweep, trials, signups):
            service.run(parts)
    assert ("closed", {"USD": 0}) == (
        store.context.config.directory.tenants[tenant].tenant.status,
        books.owed_cents(tenant),
    )


def test_an_account_is_closed_by_owners_and_not_where_a_partner_sells_it(store: Store, json_of: JsonOf) -> None:
    close = "/api/v1/billing/close"
    for user in ("ben", "carla"):
        assert 403 == store.world.client("riverside", user).post(close, json={"name": "Riverside"}).status_code
    made = engine(store.context).start("a@b.example", "Shop", "small", partner="yola", account="7", vouched=True)
    mine = replace(made, tenant="riverside")
    store.shelves.write([Put(SIGNUPS, NODE, made.id, mine.to_document())])
    ann = store.world.client("riverside")
    assert (409, "by_partner") == json_of(ann.post(close, json={"name": "Riverside"}))
    assert "active" == store.context.config.directory.tenants["riverside"].tenant.status
