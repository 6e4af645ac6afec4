"""Recurly by its official client, which checks every answer against its own schema, against a server of the described wire."""

from __future__ import annotations

import pytest
import recurly as official

from configdb.billing import Billing
from configdb.estate import Plan
from mgmt.billing.provider import Payer, ProviderAway, ProviderRefuses, Standing, Use
from mgmt.billing.recurly import Recurly
from mgmt.outbox.web import NotAllowed
from tests.mgmt.billing import server
from tests.mgmt.conftest import NOW, Clock

PLAN = Plan(id="small", name="Small", sold=True, monthly_cents=1900)
PAYER = Payer("ann@acme.example", "Acme", "tok-1")
DAY_S = 86_400.0


class Site:
    """A site, and us at it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.there = server.Recurly(self.clock)
        settings = Billing(kind="recurly", api_key="sealed")
        self.ours = Recurly(settings, server.KEY, self.there, self.clock)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(official, "STRICT_MODE", True)
    return Site()


def test_a_company_buys_a_plan_once_however_often_it_is_said(site: Site) -> None:
    for _ in range(2):
        site.ours.subscribe("acme", "key", PLAN, PAYER)
    site.ours.subscribe("acme", "key", PLAN, Payer("ann@acme.example", "Acme", "tok-2"))
    assert (1, 1) == (len(site.there.subscriptions), len(site.there.invoices))
    assert Standing("active", NOW) == site.ours.standing("acme")


def test_a_purchase_whose_answer_was_lost_is_not_made_twice(site: Site) -> None:
    site.there.accounts["acme"] = site.there.open("acme")
    site.there.lose = 2
    for _ in range(2):
        with pytest.raises(ProviderAway) as lost:
            site.ours.subscribe("acme", "key", PLAN, PAYER)
        assert lost.value.arrived
    site.ours.subscribe("acme", "key", PLAN, PAYER)
    assert 1 == len(site.there.subscriptions)


def test_a_declined_card_is_said_in_its_words_and_another_one_buys(site: Site) -> None:
    with pytest.raises(ProviderRefuses, match="Your transaction was declined"):
        site.ours.subscribe("acme", "key", PLAN, Payer("a@b.example", "Acme", "declined"))
    site.ours.subscribe("acme", "key", PLAN, PAYER)
    assert "active" == (site.ours.standing("acme") or Standing("ended", 0)).state


def test_a_company_that_recurly_does_not_know_has_no_standing(site: Site) -> None:
    assert None is site.ours.standing("acme")


def test_the_standing_is_that_of_subscriptions_invoices_and_account(site: Site) -> None:
    account = site.there.open("acme")
    assert Standing("ended", NOW) == site.ours.standing("acme")
    tried = site.there.subscribe("acme", trial_until=NOW + DAY_S)
    assert Standing("trial", NOW) == site.ours.standing("acme")
    site.clock.now += 2 * DAY_S
    assert Standing("active", NOW) == site.ours.standing("acme")
    site.there.invoice("acme", 19.0, "past_due", NOW + DAY_S)
    assert Standing("active", NOW + 2 * DAY_S, NOW + DAY_S) == site.ours.standing("acme")
    site.there.change(account, has_past_due_invoice=False)
    site.there.change(tried, state="canceled")
    assert "active" == (site.ours.standing("acme") or Standing("ended", 0)).state
    site.there.change(tried, state="paused")
    assert Standing("ended", NOW + 2 * DAY_S) == site.ours.standing("acme")
    site.there.change(account, state="inactive")
    assert "closed" == (site.ours.standing("acme") or Standing("ended", 0)).state


def test_lists_are_read_over_their_pages(site: Site) -> None:
    site.there.open("acme")
    for total in range(1, 6):
        site.there.invoice("acme", float(total), "paid")
    assert [100, 200, 300, 400, 500] == [one.cents for one in site.ours.invoices("acme")]


def test_minutes_of_a_call_are_reported_once_whatever_is_lost(site: Site) -> None:
    site.ours.subscribe("acme", "key", PLAN, PAYER)
    site.there.lose = 0
    used = Use("call-1", 3, NOW)
    site.ours.use("acme", used)
    site.there.lose = 2
    with pytest.raises(ProviderAway):
        site.ours.use("acme", used)
    site.there.lose = 0
    site.ours.use("acme", used)
    [posted] = site.there.usage
    assert ("s1", 3, "call-1", "2027-01-15T08:00:00+00:00") == (
        posted["subscription"],
        posted["amount"],
        posted["merchant_tag"],
        posted["usage_timestamp"],
    )


def test_minutes_without_a_subscription_are_refused(site: Site) -> None:
    site.there.open("acme")
    with pytest.raises(ProviderRefuses):
        site.ours.use("acme", Use("call-1", 3, NOW))


def test_a_refund_ends_what_lives_and_says_whether_there_was_anything(site: Site) -> None:
    site.ours.subscribe("acme", "key", PLAN, PAYER)
    assert [True, False] == [site.ours.refund("acme", "key") for _ in range(2)]
    assert "ended" == (site.ours.standing("acme") or Standing("active", 0)).state


def test_an_invoice_is_printed_for_its_own_company_alone(site: Site) -> None:
    site.ours.subscribe("acme", "key", PLAN, PAYER)
    site.ours.subscribe("bolt", "key", PLAN, PAYER)
    assert (b"%PDF-1.4 i1", None) == (site.ours.pdf("acme", "i1"), site.ours.pdf("acme", "i2"))


def test_the_company_of_an_object_is_found(site: Site) -> None:
    site.ours.subscribe("acme", "key", PLAN, PAYER)
    known = [("subscription", "s1"), ("invoice", "i1"), ("account", "a-acme"), ("invoice", "i9"), ("coupon", "c1")]
    assert ["acme", "acme", "acme", None, None] == [site.ours.owner_of(kind, id) for kind, id in known]


def test_whatever_goes_wrong_is_away_or_refused(site: Site) -> None:
    site.there.away = True
    with pytest.raises(ProviderAway, match="cannot be reached"):
        site.ours.standing("acme")
    site.there.away = False
    for garbage in (
        b"<html>",
        b"{",
        b"[]",
        b'{"object":"account"}',
        b'{"object":"list","data":1,"has_more":true}',
        b"\xff",
    ):
        site.there.garbage = garbage
        with pytest.raises(ProviderAway):
            site.ours.standing("acme")
    site.there.garbage = b""
    wrong = Recurly(site.ours.settings, "wrong", site.there, site.clock)
    with pytest.raises(ProviderAway, match="API key"):
        wrong.standing("acme")

    def forbidden(ask: object) -> object:
        raise NotAllowed("not asked")

    with pytest.raises(ProviderAway, match="not asked"):
        Recurly(site.ours.settings, server.KEY, forbidden, site.clock).standing("acme")  # type: ignore[arg-type]  # it never answers
