"""Calls to usage to invoices over real parts: once each, also when it breaks off anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from history.documents import Call, Leg
from history.rollups import roll
from history.shelves import CALLS, INVOICES, NODE, UNRATED, USAGE, Query
from history.store import Batch
from mgmt.billing import meter, months, sweep
from mgmt.billing.invoicing import month_of
from mgmt.billing.ledger import Ledger
from mgmt.billing.plans import plan_of
from mgmt.billing.provider import Payer
from mgmt.billing.rating import Usage
from mgmt.market.inventory import Inventory
from mgmt.market.stock import StockNumber
from mgmt.services.runner import Errand
from tests.mgmt.billing import server
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

DAY_S = 86_400.0
PLAN = {"id": "small", "name": "Small", "monthly_cents": 1900, "minutes_included": 10, "minute_cents": "2"}
TARIFF = {"id": "uk", "plan": "small", "rates": ["44,0.10"]}


class Died(BaseException):
    """The process is killed here."""


class Desk:
    """A region whose company riverside has a plan."""

    def __init__(self, world: World) -> None:
        self.world, self.parts = world, parts_of(world)
        self.config, self.shelves = world.context.config, world.context.history.shelves
        self.config.transact(SYSTEM, [Change("plan", "small", PLAN), Change("tariff", "uk", TARIFF)], "t", "t")
        for tenant in ("riverside", "lakeside"):
            self.plan(tenant)
            self.shelves.wipe(CALLS, tenant)
        self.books = Ledger(self.shelves, world.clock)

    def plan(self, tenant: str, plan: str | None = "small") -> None:
        found = self.config.directory.tenants[tenant].tenant.model_copy(update={"plan": plan})
        self.config.transact(tenant, [Change("tenant", tenant, to_document(found))], "t", "t")

    def pays(self, tenant: str = "riverside") -> None:
        plan = self.config.directory.system["plan"]["small"]
        self.books.subscribe(tenant, "first", plan, Payer("a@b.example", "Acme"))  # type: ignore[arg-type]  # it is a plan

    def called(self, id: str, party: str = "+12025550177", seconds: float = 61, tenant: str = "riverside") -> None:
        now = self.world.clock.now
        call = Call(
            id, tenant, "outbound", "101", party, now, answered_at=now, ended_at=now + seconds, outcome="answered"
        )
        legs = [Leg(f"l-{id}", id, tenant, "callee", party, "", now, answered_at=now, ended_at=now + seconds)]
        self.world.context.history.apply(Batch(calls=[call], legs=legs), "test", 2)

    def rate(self) -> int:
        roll(self.shelves, 1000)
        return meter.run(self.parts).done

    def usage(self, tenant: str = "riverside") -> list[Usage]:
        rows = self.shelves.page(USAGE, tenant, Query())
        return [Usage.from_document(row.body) for row in rows]

    def left(self) -> int:
        return self.shelves.count(UNRATED, NODE, (), 100)

    def invoices(self, tenant: str = "riverside") -> list[dict[str, Any]]:
        return sorted(
            (row.body for row in self.shelves.page(INVOICES, tenant, Query())), key=lambda one: str(one["id"])
        )


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_call_is_rated_once_when_all_of_it_is_written(desk: Desk) -> None:
    desk.called("a")
    assert 0 == desk.rate()
    desk.world.clock.now += 200
    assert [1, 0] == [desk.rate(), desk.rate()]
    desk.called("b", "+442079460000", 30)
    desk.world.clock.now += 200
    roll(desk.shelves, 1000)
    desk.rate()
    assert {("a", 2, "0"), ("b", 0, "0.05")} == {(one.id, one.minutes, one.amount) for one in desk.usage()}
    assert 0 == desk.left()


def test_a_company_without_a_plan_and_a_call_that_is_gone_leave_nothing_behind(desk: Desk) -> None:
    desk.plan("riverside", None)
    desk.called("a")
    desk.world.clock.now += 200
    assert (0, 0, []) == (desk.rate(), desk.left(), desk.usage())


def test_minutes_are_reported_to_recurly_once(desk: Desk) -> None:
    there = server.Recurly(desk.world.clock)
    desk.world.outside.answer = there
    put = desk.world.script(None).put(
        "/api/v1/config/billing/billing", json={"id": "billing", "kind": "recurly", "api_key": server.KEY}
    )
    assert 201 == put.status_code
    there.open("riverside")
    there.subscribe("riverside")
    desk.called("a")
    desk.world.clock.now += 200
    desk.rate()
    desk.shelves.wipe(USAGE, "riverside")  # the process died, and rates it again
    desk.called("a")
    desk.rate()
    for _ in range(3):
        desk.parts.delivery.run(desk.parts)
    assert [("s1", 2, "a")] == [(one["subscription"], one["amount"], one["merchant_tag"]) for one in there.usage]
    assert "another one keeps the accounts" == months.run(desk.parts).text


def test_a_company_gets_its_invoices_after_years_too(desk: Desk) -> None:
    desk.pays()
    for _ in range(30):
        months.run(desk.parts)
        desk.world.clock.now += 31 * DAY_S
    since = [one["since"] for one in desk.invoices()]
    assert (30, 30) == (len(since), len(set(since)))


def test_the_first_month_is_an_invoice_that_is_paid_and_the_next_one_has_what_was_used(desk: Desk) -> None:
    desk.pays()
    assert 1 == months.run(desk.parts).done
    desk.called("a", seconds=13 * 60)
    desk.called("b", "+442079460000", 60)
    desk.world.clock.now += 1000
    desk.rate()
    desk.world.clock.now += 32 * DAY_S
    dry = replace(desk.parts, errand=Errand(dry=True))
    assert (1, 1) == (months.run(dry).done, len(desk.invoices()))
    assert [1, 0] == [months.run(desk.parts).done, months.run(desk.parts).done]
    first, second = desk.invoices()
    assert ["2027-000001", "2027-000002"] == [first["number"], second["number"]]
    assert [("plan", 1, 1900)] == [tuple(line.values()) for line in first["lines"]]
    assert [("plan", 1, 1900), ("minutes", 3, 6), ("+44", 1, 10)] == [tuple(line.values()) for line in second["lines"]]
    shown = desk.books.invoices("riverside")
    assert [(1916, "open"), (1900, "paid")] == [(one.cents, one.state) for one in shown]
    assert {"USD": 1916} == desk.books.owed_cents("riverside")
    due_at = second["due_at"]
    assert (due_at, None) == (shown[0].due_at, first["due_at"])
    assert (14, DAY_S - 1) == ((due_at // DAY_S) - (second["made_at"] // DAY_S), due_at % DAY_S)
    desk.books.pay("riverside", "p1", 1916, "USD", "transfer")
    assert ["paid", "paid"] == [one.state for one in desk.books.invoices("riverside")]
    assert (desk.books.pdf("riverside", "000001") or b"").startswith(b"%PDF")
    assert None is desk.books.pdf("lakeside", "000001")


def test_an_invoice_is_in_the_currency_in_which_the_company_pays(desk: Desk) -> None:
    euro = {"EUR": {"monthly_cents": 1700, "minute_cents": "3"}}
    rows = [
        Change("plan", "small", {**PLAN, "prices": euro}),
        Change("tariff", "uk-euro", {**TARIFF, "id": "uk-euro", "currency": "EUR", "rates": ["44,0.09"]}),
    ]
    desk.config.transact(SYSTEM, rows, "t", "t")
    found = desk.config.directory.tenants["riverside"].tenant.model_copy(update={"currency": "EUR"})
    desk.config.transact("riverside", [Change("tenant", "riverside", to_document(found))], "t", "t")
    plan = plan_of(desk.config.directory, desk.config.directory.tenants["riverside"].tenant)
    assert plan is not None
    desk.books.subscribe("riverside", "first", plan, Payer("a@b.example", "Acme"))
    desk.called("a", seconds=13 * 60)
    desk.called("b", "+442079460000", 60)
    desk.world.clock.now += 1000
    desk.rate()
    desk.world.clock.now += 32 * DAY_S
    months.run(desk.parts)
    _, second = desk.invoices()
    assert [("plan", 1, 1700), ("minutes", 3, 9), ("+44", 1, 9)] == [tuple(line.values()) for line in second["lines"]]
    assert ("EUR", {"EUR": 1718}) == (second["currency"], desk.books.owed_cents("riverside"))


def test_who_took_the_money_back_or_is_closed_gets_no_more_invoices(desk: Desk) -> None:
    desk.pays()
    desk.books.refund("riverside", "first")
    desk.pays("lakeside")
    found = desk.config.directory.tenants["lakeside"].tenant.model_copy(update={"status": "closed"})
    desk.config.transact("lakeside", [Change("tenant", "lakeside", to_document(found))], "t", "t")
    assert 0 == months.run(desk.parts).done


@pytest.mark.parametrize("seed", range(8))
def test_numbers_have_no_gap_and_money_is_charged_once_wherever_it_breaks_off(
    desk: Desk, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, left = Random(seed), [random_steps(Random(seed))]

    def dying(make: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Died
            return make(*arguments)

        return call

    desk.pays("lakeside")
    desk.world.clock.now += DAY_S
    desk.pays("riverside")
    with monkeypatch.context() as patch:
        for name in ("write", "change"):
            patch.setattr(desk.shelves, name, dying(getattr(desk.shelves, name)))
        for _ in range(12):
            try:
                months.run(desk.parts)
            except Died:
                left[0] = random_steps(random)
            desk.world.clock.now += random.choice((3600, 20 * DAY_S))
    months.run(desk.parts)
    made = [one for tenant in ("lakeside", "riverside") for one in desk.invoices(tenant)]
    numbers = sorted(int(str(one["number"]).rpartition("-")[2]) for one in made)
    assert list(range(1, len(made) + 1)) == numbers
    for tenant in ("lakeside", "riverside"):
        later = [one for one in desk.invoices(tenant) if one["id"] != "000000"]
        charged = sum(line["cents"] for one in later for line in one["lines"])
        assert charged == desk.books.owed_cents(tenant)["USD"]


def random_steps(random: Random) -> int:
    return random.randint(1, 7)


def used(desk: Desk, user: str = "ann") -> dict[str, Any]:
    found: dict[str, Any] = desk.world.client("riverside", user).get("/api/v1/billing/usage").get_json()
    return {one["what"]: (one["used"], one["of"]) for one in found["data"]}


def test_what_is_used_of_the_plan_is_of_this_month_of_the_invoices(desk: Desk) -> None:
    desk.pays()
    desk.called("a", seconds=13 * 60)
    desk.called("other", tenant="lakeside")
    desk.world.clock.now += 1000
    desk.rate()
    assert {
        "minutes": (13, 10),
        "users": (3, None),
        "devices": (1, None),
        "numbers": (1, None),
    } == used(desk)
    desk.world.clock.now += 32 * DAY_S
    assert (0, 10) == used(desk)["minutes"]


def test_without_invoices_the_month_is_that_of_the_companys_calendar(desk: Desk) -> None:
    zone = desk.config.directory.tenants["riverside"].tenant.timezone
    desk.world.clock.now = datetime(2027, 3, 31, 23, 59, tzinfo=ZoneInfo(zone)).timestamp()
    found = desk.world.client("riverside", "ann").get("/api/v1/billing/usage").get_json()
    ends = [datetime.fromisoformat(found[name]).astimezone(ZoneInfo(zone)) for name in ("since_at", "until_at")]
    assert ["2027-03-01 00:00", "2027-04-01 00:00"] == [f"{end:%Y-%m-%d %H:%M}" for end in ends]


def test_without_a_plan_nothing_has_a_limit_and_users_do_not_see_it(desk: Desk) -> None:
    desk.plan("riverside", None)
    assert {None} == {used(desk)[what][1] for what in ("minutes", "users", "devices", "numbers")}
    assert 403 == desk.world.client("riverside", "carla").get("/api/v1/billing/usage").status_code


@pytest.mark.parametrize("day", [1, 28, 31])
def test_every_moment_is_in_the_month_that_is_said(day: int) -> None:
    anchor = datetime(2027, 1, day, 12, tzinfo=UTC).timestamp()
    for hours in range(0, 24 * 800, 7):
        now = anchor + 3600 * hours
        since, until = month_of(anchor, now)
        assert since <= now < until


def account(desk: Desk) -> tuple[str, str]:
    """The company's status after everything that looks at it has run, and the state of its newest invoice."""
    months.run(desk.parts)
    sweep.run(desk.parts)
    return desk.config.directory.tenants["riverside"].tenant.status, desk.books.invoices("riverside")[0].state


@pytest.mark.parametrize(("plan", "days"), [({}, 14), ({"days_to_pay": 3}, 3), ({"days_to_pay": 0}, 0)])
def test_an_invoice_is_late_when_its_days_are_over_and_not_before(desk: Desk, plan: dict[str, int], days: int) -> None:
    desk.config.transact(SYSTEM, [Change("plan", "small", {**PLAN, **plan})], "t", "t")
    desk.pays()
    desk.world.clock.now += 32 * DAY_S
    assert ("active", "open") == account(desk)
    desk.world.clock.now = (desk.invoices()[1]["made_at"] // DAY_S + days + 1) * DAY_S - 2
    assert ("active", "open") == account(desk)
    desk.world.clock.now += 1
    assert ("past_due", "past_due") == account(desk)
    desk.world.clock.now += 7 * DAY_S
    assert ("suspended", "past_due") == account(desk)
    desk.books.pay("riverside", "p1", 1900, "USD", "transfer")
    assert ("active", "paid") == account(desk)


def test_numbers_that_the_plan_does_not_hold_are_on_the_invoice(desk: Desk) -> None:
    prices = [{"country": "US", "setup_cents": 100, "monthly_cents": 250, "currency": "USD"}]
    region = desk.parts.region.id
    rows = [
        Change("plan", "small", {**PLAN, "numbers_included": 1}),
        Change("region", region, {"id": region, "name": "Here", "number_prices": prices}),
    ]
    desk.config.transact(SYSTEM, rows, "t", "t")
    stock, start = Inventory(desk.shelves, desk.world.clock), desk.world.clock.now

    def has(number: str, days: float, **more: Any) -> StockNumber:
        note = {"at": start + days * DAY_S, "by": "t", "step": "order", "state": "assigned"}
        about = {"state": "assigned", "holder": "riverside", "notes": [note], **more}
        return StockNumber(number, "US", "local", "house", start, **about)

    desk.pays()
    own = {"price_cents": 700, "setup_price_cents": 50, "currency": "USD"}
    stock.add([has("+12025550181", 0), has("+12025550182", 1), has("+12025550183", 2, **own)])
    stock.add([has("+12025550184", 3, state="quarantine", holder=None), has("+12025550185", 33)])
    desk.world.clock.now += 32 * DAY_S
    months.run(desk.parts)
    desk.world.clock.now += 31 * DAY_S
    months.run(desk.parts)
    _, second, third = desk.invoices()
    lines = [[tuple(line.values()) for line in one["lines"]] for one in (second, third)]
    assert [("plan", 1, 1900), ("numbers", 3, 1200), ("number_setup", 2, 150)] == lines[0]
    assert [("plan", 1, 1900), ("numbers", 3, 1200), ("number_setup", 1, 100)] == lines[1]
    assert (desk.books.pdf("riverside", "000001") or b"").startswith(b"%PDF")
