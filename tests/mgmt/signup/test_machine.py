"""A sign-up: every state with every step, and books that always balance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgmt.billing.ledger import CASH, RECEIVABLE, REVENUE, Ledger, unpaid
from mgmt.signup.company import tenant_id
from mgmt.signup.machine import STATES, NotNow, Signup, Step, stepped
from tests.mgmt.conftest import World

SIGNUP = Signup("s1", "acme-s1", "ann@example.org", "Acme", "small", 0.0)
EXPECTED = {
    ("started", "verify"): "verified",
    ("verified", "choose"): "reserved",
    ("reserved", "choose"): "reserved",
    ("verified", "provision"): "provisioning",
    ("reserved", "provision"): "provisioning",
    ("provisioning", "provision"): "provisioning",
    ("provisioning", "made"): "trial",
    ("reserved", "back"): "verified",
    ("provisioning", "back"): "verified",
    ("trial", "pay"): "active",
    ("suspended", "pay"): "active",
    ("trial", "upgrade"): "trial",
    ("active", "upgrade"): "trial",
    ("trial", "end_trial"): "suspended",
    ("trial", "suspend"): "suspended",
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "trial",
    ("closing", "gone"): "closed",
}


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", STATES)
def test_every_state_with_every_step(state: str, step: Step) -> None:
    closes = "closing" if step is Step.CLOSE and state != "closed" else None
    expected = EXPECTED.get((state, step.value), closes)
    found = replace(SIGNUP, state=state)
    if expected is None:
        with pytest.raises(NotNow):
            stepped(found, step, 5.0)
    else:
        assert (expected, 5.0) == ((after := stepped(found, step, 5.0)).state, after.changed_at)


def test_an_entry_is_written_once_and_its_refund_turns_it_round(world: World) -> None:
    ledger = Ledger(world.context.history.shelves, world.clock)
    for _ in range(3):
        ledger.charge("acme", "c1", 1900, "USD", "first month")
        ledger.pay("acme", "p1", 1900, "USD", "first month")
    assert {RECEIVABLE: 0, REVENUE: -1900, CASH: 1900} == dict(ledger.balances("acme")["USD"])
    ledger.charge("acme", "c1", 5, "USD", "another price")
    assert -1900 == ledger.balances("acme")["USD"][REVENUE]
    for _ in range(3):
        assert ledger.turn("acme", "c1")
    assert not ledger.turn("acme", "never")
    assert ({"USD": -1900}, 0) == (ledger.owed_cents("acme"), sum(ledger.balances("acme")["USD"].values()))
    assert {} == ledger.owed_cents("other")


def test_each_currency_has_accounts_of_its_own(world: World) -> None:
    ledger = Ledger(world.context.history.shelves, world.clock)
    ledger.charge("acme", "c1", 1900, "USD", "plan")
    ledger.charge("acme", "c2", 1700, "EUR", "plan")
    ledger.pay("acme", "p1", 1700, "EUR", "transfer")
    assert {"EUR": 0, "USD": 1900} == ledger.owed_cents("acme")
    assert {"c1": world.clock.now} == unpaid(ledger.entries("acme"))
    ledger.turn("acme", "c2")
    assert {"EUR": -1700, "USD": 1900} == ledger.owed_cents("acme")


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ("Acme & Sons, Inc.", "acme-sons-inc-01234567"),
        ("Рога и копыта", "company-01234567"),
        ("--", "company-01234567"),
    ],
)
def test_a_companys_id_is_of_its_name(company: str, expected: str) -> None:
    assert expected == tenant_id(company, "0123456789")
