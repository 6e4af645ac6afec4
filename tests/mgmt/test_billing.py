"""Billing over real parts: Recurly tells, the account is looked at, the company's telephones follow; the API and its limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from mgmt.billing import sweep
from mgmt.billing.ledger import Ledger
from mgmt.limits import hook_bytes_max
from mgmt.market.inventory import Inventory
from mgmt.market.stock import HOUSE, Step, StockNumber
from mgmt.services.runner import Errand
from tests.mgmt.billing import server
from tests.mgmt.billing.server import signature
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

JsonOf = Callable[..., Any]
DAY_S = 86_400.0
SETTINGS = {"id": "billing", "kind": "recurly", "api_key": server.KEY, "hook_secret": server.SECRET}


class Desk:
    """A region with Recurly, where riverside is a customer."""

    def __init__(self, world: World) -> None:
        self.world = world
        put = world.script(None).put("/api/v1/config/billing/billing", json=SETTINGS)
        assert 201 == put.status_code, put.json
        self.there = server.Recurly(world.clock)
        world.outside.answer = self.there
        self.account = self.there.open("riverside")
        self.subscription = self.there.subscribe("riverside")
        self.parts = parts_of(world)
        self.recurly: FlaskClient = world.script(None)

    def tell(self, found: dict[str, Any]) -> tuple[int, str]:
        headers, body = self.there.notice(found)
        return self.post(headers, body)

    def post(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        client = self.world.app.test_client()
        answer = client.post("/recurly/hook", data=body, headers=headers)
        return answer.status_code, answer.get_data(as_text=True)

    def work(self) -> None:
        self.parts.delivery.run(self.parts)

    @property
    def status(self) -> str:
        return self.world.context.config.directory.tenants["riverside"].tenant.status


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_secrets_of_the_settings_never_come_out(desk: Desk) -> None:
    client = desk.world.script(None)
    shown = client.get("/api/v1/config/billing/billing").get_data(as_text=True)
    assert server.KEY not in shown
    assert server.SECRET not in shown
    row = desk.world.context.config.directory.system["billing"]["billing"]
    assert server.KEY not in str(row)


def test_what_recurly_tells_is_looked_at_and_the_telephones_follow(desk: Desk) -> None:
    late = desk.there.invoice("riverside", 19.0, "past_due", desk.world.clock.now)
    assert (200, "taken") == desk.tell(late)
    assert "active" == desk.status
    desk.work()
    assert "past_due" == desk.status
    desk.world.clock.now += 8 * DAY_S
    sweep.run(desk.parts)
    assert "suspended" == desk.status
    desk.there.change(late, state="paid")
    desk.there.change(desk.account, has_past_due_invoice=False)
    desk.tell(late)
    desk.work()
    assert "active" == desk.status


def test_the_same_message_twice_is_one(desk: Desk) -> None:
    headers, body = desk.there.notice(desk.account)
    assert [200, 200] == [desk.post(headers, body)[0] for _ in range(2)]
    desk.work()
    asked = len(desk.there.asked)
    desk.post(headers, body)
    desk.work()
    assert asked == len(desk.there.asked)


def test_a_message_that_names_only_its_object_finds_its_company(desk: Desk) -> None:
    body = json.dumps({"id": "s1", "object_type": "subscription", "event_type": "expired"}).encode()
    desk.there.change(desk.subscription, state="expired")
    assert (200, "taken") == desk.post({"recurly-signature": signature(body, desk.world.clock.now)}, body)
    desk.work()
    assert "suspended" == desk.status


@pytest.mark.parametrize("seed", range(6))
def test_messages_shuffled_repeated_and_lost_end_as_a_look_at_everything(desk: Desk, seed: int) -> None:
    random, told = Random(seed), []
    for _ in range(8):
        desk.world.clock.now += random.choice((1, 3600, DAY_S))
        desk.there.change(desk.subscription, state=random.choice(("active", "expired", "paused", "canceled")))
        told.append(desk.there.notice(random.choice((desk.subscription, desk.account))))
    told = [one for one in told if random.random() < 0.8] * 2
    random.shuffle(told)
    for headers, body in told:
        desk.post({**headers, "recurly-signature": signature(body, desk.world.clock.now)}, body)
        if random.random() < 0.3:
            desk.there.lose = random.choice((0, 0, 1))
            desk.work()
            desk.there.lose = 0
    sweep.run(desk.parts)
    live = desk.subscription["state"] in ("active", "canceled")
    assert ("active" if live else "suspended") == desk.status


def test_a_company_is_left_as_it_is_while_recurly_cannot_be_read(desk: Desk) -> None:
    desk.there.change(desk.subscription, state="expired")
    desk.there.away = True
    report = sweep.run(desk.parts)
    assert ("active", 0) == (desk.status, report.done)
    assert "2 could not be read" in report.text
    desk.there.away = False
    dry = replace(desk.parts, errand=Errand(dry=True))
    assert ("riverside suspended", "active") == (sweep.run(dry).text, desk.status)
    assert 1 == sweep.run(desk.parts).done
    assert ("suspended", 0) == (desk.status, sweep.run(desk.parts).done)


def test_a_company_that_stays_suspended_is_closed_and_gives_its_numbers_back(desk: Desk) -> None:
    world, number = desk.world, "+12025550160"
    stock = Inventory(world.context.history.shelves, world.clock)
    stock.add([StockNumber(number, "US", "local", HOUSE, world.clock.now)])
    stock.reserve(number, "riverside", "t")
    stock.step(number, Step.ORDER, "t", holder="riverside")
    bound = Change("number", number, {"id": number, "target": {"kind": "flow", "id": "main"}})
    world.context.config.transact("riverside", [bound], "t", "t")
    desk.there.change(desk.subscription, state="expired")
    for _ in range(32):
        sweep.run(desk.parts)
        world.clock.now += DAY_S
    view = world.context.config.directory.tenants["riverside"]
    found = stock.get(number)
    assert ("closed", False, "quarantine") == (desk.status, number in view.numbers, found and found.state)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 401),
        ({"recurly-signature": "1,2"}, b"{}", 401),
        ({"content-type": "application/xml"}, b"<account_code>riverside</account_code>", 401),
        ({}, b"x" * (hook_bytes_max + 1), 413),
    ],
)
def test_what_is_not_proved_changes_nothing(desk: Desk, headers: dict[str, str], body: bytes, status: int) -> None:
    asked = len(desk.there.asked)
    assert status == desk.post(headers, body)[0]
    desk.work()
    assert (asked, "active") == (len(desk.there.asked), desk.status)


def test_what_is_proved_and_says_of_nobody_is_refused_and_of_strangers_ignored(desk: Desk) -> None:
    for body, status, text in ((b"[]", 422, ""), (b'{"account_code":"stranger"}', 200, "no company of ours")):
        got = desk.post({"recurly-signature": signature(body, desk.world.clock.now)}, body)
        assert (status, True) == (got[0], text in got[1])


def test_without_recurly_there_is_no_such_page(world: World) -> None:
    assert 404 == world.app.test_client().post("/recurly/hook", data=b"{}").status_code


def test_people_who_run_the_company_see_its_account_and_its_invoices(desk: Desk, json_of: JsonOf) -> None:
    desk.there.invoice("riverside", 19.0, "paid")
    desk.there.open("lakeside")
    desk.there.invoice("lakeside", 5.0, "paid")
    ann = desk.world.client("riverside")
    assert ("active", "recurly") == tuple(ann.get("/api/v1/billing").json[name] for name in ("status", "provider"))
    [invoice] = ann.get("/api/v1/billing/invoices").json["data"]
    assert ("i1", 1900, "USD", "paid") == tuple(invoice[name] for name in ("id", "cents", "currency", "state"))
    printed = ann.get("/api/v1/billing/invoices/i1/pdf")
    assert (200, "application/pdf", True) == (printed.status_code, printed.mimetype, printed.data.startswith(b"%PDF"))
    assert (404, "not_found") == json_of(ann.get("/api/v1/billing/invoices/i2/pdf"))
    desk.there.away = True
    assert (503, "billing_away") == json_of(ann.get("/api/v1/billing/invoices"))


def test_an_operator_books_a_payment_once_and_the_account_is_in_order_at_once(world: World, json_of: JsonOf) -> None:
    ledger = Ledger(world.context.history.shelves, world.clock)
    ledger.charge("riverside", "charge-x", 1900, "USD", "plan")
    world.clock.now += 8 * DAY_S
    parts = parts_of(world)
    sweep.run(parts)
    view = world.context.config.directory.tenants
    assert "suspended" == view["riverside"].tenant.status
    operator = world.script(None)
    for _ in range(2):
        paid = operator.post("/api/v1/books/riverside/payments", json={"key": "bank-1", "cents": 1900})
        assert (201, {"USD": 0}) == (paid.status_code, paid.json["owed_cents"])
    assert "active" == world.context.config.directory.tenants["riverside"].tenant.status
    assert ["charge-x", "paid-bank-1"] == [
        one["key"] for one in operator.get("/api/v1/books/riverside").json["entries"]
    ]
    for body in (
        {"key": "../x", "cents": 1},
        {"key": "x", "cents": 0},
        {"key": "x", "cents": True},
        {"key": "x", "cents": 1.5},
    ):
        assert (422, "invalid_field") == json_of(operator.post("/api/v1/books/riverside/payments", json=body))
    ledger.charge("riverside", "charge-y", 1700, "EUR", "plan")
    asked = {"key": "bank-2", "cents": 1700}
    assert (422, "invalid_field") == json_of(operator.post("/api/v1/books/riverside/payments", json=asked))
    paid = operator.post("/api/v1/books/riverside/payments", json={**asked, "currency": "EUR"})
    assert {"EUR": 0, "USD": 0} == paid.json["owed_cents"]
    assert (409, "no_books") == json_of(operator.post("/api/v1/books/lakeside/payments", json={"key": "x", "cents": 1}))
    assert (404, "not_found") == json_of(operator.get("/api/v1/books/nobody"))
    assert 403 == world.client("riverside").get("/api/v1/books/riverside").status_code
