"""Sign-ups over real parts: the way to a company, ways back, and no order of steps, crashes and refunds that leaks anything."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from configdb.errors import Refused
from configdb.log import Change
from configdb.model import SYSTEM
from history.shelves import NODE, STOCK
from mgmt.billing.ledger import CASH, REVENUE, Ledger
from mgmt.limits import reservation_s, signup_unfinished_s
from mgmt.market import sweep as stock
from mgmt.market.inventory import Inventory, NoSuchNumber, TooManyReservations
from mgmt.market.stock import HOUSE, StockNumber
from mgmt.market.stock import NotNow as NumberNotNow
from mgmt.services.runner import Errand
from mgmt.signup import sweep, trials
from mgmt.signup.engine import Engine, RanOut, WrongCode
from mgmt.signup.machine import STATES, NotNow, Signup
from mgmt.signup.shelf import NoSuchSignup
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

NUMBERS = [f"+1202555016{digit}" for digit in range(4)]
PLAN = {"id": "small", "name": "Small", "sold": True, "monthly_cents": 1900, "trial_days": 14, "numbers_max": 1}
DAY_S = 86_400.0


class Died(BaseException):
    """The process is killed here."""


class Desk:
    """An engine, its numbers, the codes it mailed, and a place where it dies next."""

    def __init__(self, world: World) -> None:
        self.world, self.codes = world, dict[str, str]()
        self.shelves, self.config = world.context.history.shelves, world.context.config
        self.config.transact(SYSTEM, [Change("plan", "small", PLAN)], "test", "plan")
        self.stock = Inventory(self.shelves, world.clock)
        self.stock.add([StockNumber(number, "US", "local", HOUSE, world.clock.now) for number in NUMBERS])
        self.books = Ledger(self.shelves, world.clock)
        self.engine = Engine(
            self.shelves, self.config, self.books, world.clock, self._mailed, world.context.region, bytes(32)
        )
        self.parts = parts_of(world)

    def _mailed(self, found: Signup, code: str) -> None:
        self.codes[found.id] = code

    def start(self, company: str = "Acme", **about: str) -> Signup:
        return self.engine.start(f"{company.lower()}@example.org", company, "small", **about)

    def to_trial(self, number: str = NUMBERS[0]) -> Signup:
        found = self.start()
        self.engine.verify(found.id, self.codes[found.id])
        self.engine.choose(found.id, number)
        return self.engine.provision(found.id)

    def state(self, number: str) -> str:
        found = self.stock.get(number)
        return found.state if found is not None else "gone"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_stranger_becomes_a_company_with_a_number(desk: Desk) -> None:
    found = desk.to_trial()
    view = desk.config.directory.tenants[found.tenant]
    assert ("trial", desk.world.clock.now + 14 * DAY_S) == (found.state, found.trial_until)
    assert ({NUMBERS[0]}, {"owner"}, "assigned") == (set(view.numbers), set(view.users), desk.state(NUMBERS[0]))
    assert ("owner", "small", "trial") == (view.users["owner"].role, view.tenant.plan, view.tenant.status)
    assert found == desk.engine.provision(found.id)
    paid = desk.engine.pay(found.id)
    desk.engine.pay(found.id)
    assert ("active", 1900, 0) == (
        paid.state,
        desk.books.balances(found.tenant)["USD"][CASH],
        desk.books.owed_cents(found.tenant)["USD"],
    )


def test_a_company_is_as_its_sign_up_says_though_two_change_it_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, transact = desk.to_trial(), desk.config.transact

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        monkeypatch.undo()
        desk.engine.resume(found.id)
        return transact(*arguments, **named)

    monkeypatch.setattr(desk.config, "transact", meanwhile)
    desk.engine.suspend(found.id, "removed", desk.world.clock.now + DAY_S)
    status = desk.config.directory.tenants[found.tenant].tenant.status
    assert ("trial", "trial") == (desk.engine.get(found.id).state, status)


def test_the_account_of_a_partner_that_installs_twice_is_one_company(desk: Desk) -> None:
    ids = {desk.start(partner="shopify", account="a.myshopify.com").id for _ in range(3)}
    assert 1 == len(ids)
    [id] = ids
    desk.engine.verify(id, desk.codes[id])
    desk.engine.choose(id, NUMBERS[0])
    desk.engine.provision(id)
    assert ids == {desk.start(partner="shopify", account="a.myshopify.com").id}
    rows = desk.config.directory.system["partner"].values()
    assert [desk.engine.get(id).tenant] == [row.tenant for row in rows]  # type: ignore[attr-defined]  # they are partners
    assert desk.start(partner="shopify", account="b.myshopify.com").id not in ids


def test_a_code_is_tried_five_times_and_then_another_one_is_needed(desk: Desk) -> None:
    found = desk.start()
    right = desk.codes[found.id]
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(WrongCode):
            desk.engine.verify(found.id, wrong)
    with pytest.raises(WrongCode):
        desk.engine.verify(found.id, right)
    desk.engine.send_code(found.id)
    assert "verified" == desk.engine.verify(found.id, f" {desk.codes[found.id]} ").state
    assert right not in str(desk.engine.get(found.id))


def test_codes_are_mailed_five_times_at_the_most(desk: Desk) -> None:
    found, sent = desk.start(), set[str]()
    for _ in range(10):
        desk.engine.send_code(found.id)
        sent.add(desk.codes[found.id])
    assert len(sent) <= 5


def test_choosing_another_number_lets_the_first_one_go(desk: Desk) -> None:
    found = desk.start()
    desk.engine.verify(found.id, desk.codes[found.id])
    for number in (NUMBERS[0], NUMBERS[1], NUMBERS[1]):
        desk.engine.choose(found.id, number)
    assert ("available", "reserved") == (desk.state(NUMBERS[0]), desk.state(NUMBERS[1]))


def test_a_reservation_that_ran_out_leads_back_to_the_choice(desk: Desk) -> None:
    found = desk.start()
    desk.engine.verify(found.id, desk.codes[found.id])
    desk.engine.choose(found.id, NUMBERS[0])
    desk.world.clock.now += reservation_s + 1
    with pytest.raises(RanOut):
        desk.engine.provision(found.id)
    assert ("verified", None) == ((after := desk.engine.get(found.id)).state, after.number)
    desk.engine.choose(found.id, NUMBERS[1])
    assert "trial" == desk.engine.provision(found.id).state


def test_what_the_configuration_refuses_gives_the_number_back(desk: Desk) -> None:
    desk.config.transact(SYSTEM, [Change("plan", "small", {**PLAN, "numbers_max": 0})], "test", "no room")
    with pytest.raises(Refused):
        desk.to_trial()
    assert ("available", 2) == (desk.state(NUMBERS[0]), len(desk.config.directory.tenants))


def test_a_trial_that_nobody_paid_is_suspended_after_warnings_and_goes_on_when_it_is_paid(desk: Desk) -> None:
    found, warned = desk.to_trial(), []
    for _ in range(16):
        trials.run(desk.parts)
        trials.run(desk.parts)
        warned += [
            item.payload["subject"]
            for tenant, id in desk.parts.outbox.due()
            if (item := desk.parts.outbox.get(tenant, id)) and item.channel == "mail"
        ]
        for tenant, id in desk.parts.outbox.due():
            desk.parts.outbox.postpone(tenant, id, 10**9)
        desk.world.clock.now += DAY_S
    assert [f"Acme: the trial ends in {days} days" for days in (7, 3, 1)] == warned
    status = desk.config.directory.tenants[found.tenant].tenant.status
    assert ("suspended", "suspended") == (desk.engine.get(found.id).state, status)
    assert "active" == desk.engine.pay(found.id).state
    assert "active" == desk.config.directory.tenants[found.tenant].tenant.status


def test_who_paid_is_never_stopped(desk: Desk) -> None:
    found = desk.to_trial()
    desk.engine.pay(found.id)
    desk.world.clock.now += 100 * DAY_S
    trials.run(desk.parts)
    assert "active" == desk.engine.get(found.id).state


def test_closing_gives_everything_back(desk: Desk) -> None:
    found = desk.to_trial()
    desk.engine.pay(found.id)
    for _ in range(2):
        assert "closed" == desk.engine.close(found.id).state
    view = desk.config.directory.tenants[found.tenant]
    assert ("closed", set(), "quarantine") == (view.tenant.status, set(view.numbers), desk.state(NUMBERS[0]))
    assert {0} == set(desk.books.balances(found.tenant)["USD"].values())
    for step in (desk.engine.provision, desk.engine.pay, desk.engine.end_trial):
        with pytest.raises(NotNow):
            step(found.id)


def test_an_unknown_sign_up_is_none(desk: Desk) -> None:
    with pytest.raises(NoSuchSignup):
        desk.engine.get("nobody")


def test_a_dry_sweep_changes_nothing(desk: Desk) -> None:
    found = desk.to_trial()
    desk.world.clock.now += 30 * DAY_S
    assert 1 == trials.run(replace(desk.parts, errand=Errand(dry=True))).done
    assert "trial" == desk.engine.get(found.id).state


THEIRS = (NotNow, NumberNotNow, RanOut, WrongCode, NoSuchNumber, TooManyReservations, Refused)


def walk(desk: Desk, random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some companies, steps in any order, said again, by a process that dies at any write."""
    left = itertools.count()
    dies_at = [-1]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            now = next(left)
            if now == dies_at[0] and random.random() < 0.5:
                raise Died
            found = real(*given, **named)
            if now == dies_at[0]:
                raise Died
            return found

        return call

    with monkeypatch.context() as patch:
        for name in ("write", "change"):
            patch.setattr(desk.shelves, name, dying(getattr(desk.shelves, name)))
        patch.setattr(desk.config, "transact", dying(desk.config.transact))
        ids = [desk.start(name).id for name in ("Acme", "Bolt")]
        steps: list[Callable[[str], object]] = [
            lambda id: desk.engine.verify(id, desk.codes[id]),
            lambda id: desk.engine.choose(id, random.choice(NUMBERS)),
            desk.engine.provision,
            desk.engine.pay,
            desk.engine.close,
            lambda id: sweep.run(desk.parts),
            lambda id: trials.run(desk.parts),
        ]
        for _ in range(30):
            step = random.choices(steps, (6, 6, 6, 3, 1, 2, 1))[0]
            if random.random() < 0.3:
                dies_at[0] = next(left) + random.randint(1, 6)
            try:
                step(random.choice(ids))
            except THEIRS:
                pass
            except Died:
                dies_at[0] = -1
            desk.world.clock.now += random.choice((0, 1, 120, reservation_s + 1))


@pytest.mark.parametrize("seed", range(12))
def test_no_order_of_steps_crashes_and_refunds_leaks_a_number_a_company_or_money(
    desk: Desk, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk(desk, Random(seed), monkeypatch)
    desk.world.clock.now += signup_unfinished_s + 61
    for _ in range(3):  # whoever is left takes everything to its end
        sweep.run(desk.parts)
        stock.run(desk.parts)
        desk.world.clock.now += signup_unfinished_s + 61
    found_in = {state: list(desk.engine.signups.of_state(state)) for state in STATES}
    signups = {one.tenant: one for state in ("trial", "active", "suspended", "closed") for one in found_in[state]}
    assert 2 == len(signups)
    living = {tenant: found for tenant, found in signups.items() if found.state != "closed"}
    tenants = desk.config.directory.tenants
    bound = {number: tenant for tenant in tenants if tenant in signups for number in tenants[tenant].numbers}
    assert bound == {found.number: tenant for tenant, found in living.items()}
    for row in desk.shelves.everywhere(STOCK, ()):
        assert row.tenant == NODE
        number = row.body
        if number["state"] == "assigned":
            assert bound[number["number"]] == number["holder"]
        else:
            assert number["state"] in ("available", "quarantine")
            assert number["number"] not in bound
    for tenant, found in signups.items():
        balances = desk.books.balances(tenant).get("USD", Counter[str]())
        paid = 1900 if found.state == "active" else 0
        assert (0, paid, -paid) == (
            desk.books.owed_cents(tenant).get("USD", 0),
            balances[CASH],
            balances[REVENUE],
        ) or found.state == "trial"
        if found.state == "closed" and tenant in tenants:
            assert "closed" == tenants[tenant].tenant.status
