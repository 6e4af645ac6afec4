"""What owners are told by e-mail: each event once, in their language, whoever looks how often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from history.shelves import OUTBOX, SHOWN, Put, Where
from mgmt.billing import months, sweep
from mgmt.mail.owners import WORDS
from mgmt.market.inventory import Inventory
from mgmt.market.paper import Paper
from mgmt.market.porting import DRAFT, STATES
from mgmt.market.stock import HOUSE, StockNumber
from mgmt.services import notices
from mgmt.services.runner import Errand
from mgmt.signup import trials
from tests.mgmt.billing.test_months import DAY_S, PLAN, Desk
from tests.mgmt.conftest import World
from tests.mgmt.market.test_ports import Desk as Mover
from tests.mgmt.signup.test_engine import Desk as Stranger

SUBJECTS = {
    "submit": "Handed in: +12125550171, +12125550172",
    "accept": "+12125550171, +12125550172: comes on 2027-02-03",
    "reject": "Rejected: +12125550171, +12125550172",
    "ported": "+12125550171, +12125550172: here",
    "cancel": "Given up: +12125550171, +12125550172",
}


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def sent(world: World) -> list[tuple[str, str, str]]:
    """Every letter that was ever put into the outbox, in the order in which they were: to, subject, text."""
    rows = world.context.history.shelves.everywhere(OUTBOX, (Where("channel", "=", "mail"),))
    found = sorted((row.body["made_at"], row.id, row.body["payload"]) for row in rows)
    return [(said["to"], said["subject"], said["text"]) for _, _, said in found]


def told(desk: Any) -> list[str]:
    """The subjects of what is new, however often it is looked."""
    before = len(sent(desk.world))
    first, second = notices.run(desk.parts).done, notices.run(desk.parts).done
    after = sent(desk.world)
    assert (first, 0) == (len(after) - before, second)
    desk.world.clock.now += 1
    return [subject for _, subject, _ in after[before:]]


def test_a_port_in_tells_each_of_its_states_once(desk: Desk) -> None:
    mover = Mover(desk.world)
    id = mover.submitted()
    seen = [told(desk)]
    for step in ({"step": "accept", "foc_on": "2027-02-03"}, {"step": "reject", "said": "Wrong {name}"}):
        mover.operator.post(f"/api/v1/ports/riverside/{id}/steps", json=step)
        seen.append(told(desk))
    assert [[SUBJECTS["submit"]], [SUBJECTS["accept"]], [SUBJECTS["reject"]]] == seen
    assert "Wrong {name}" in sent(desk.world)[-1][2]
    mover.ann.post(f"/api/v1/market/ports/{id}/steps", json={"step": "cancel"})
    assert [SUBJECTS["cancel"]] == told(desk)
    again = mover.submitted()
    told(desk)
    for step in ({"step": "accept", "foc_on": "2027-02-03"}, {"step": "ported"}, {"step": "ported"}):
        mover.operator.post(f"/api/v1/ports/riverside/{again}/steps", json=step)
        desk.world.clock.now += 1
    assert [SUBJECTS["ported"]] == told(desk)
    assert {"ann@riverside.example"} == {to for to, _, _ in sent(desk.world)}


def test_a_draft_and_what_happened_long_ago_is_no_news(desk: Desk) -> None:
    mover = Mover(desk.world)
    mover.made()
    assert [] == told(desk)
    mover.ann.post("/api/v1/market/ports", json={})
    desk.world.clock.now += 3 * DAY_S
    assert [] == told(desk)


def test_papers_are_asked_for_and_judged(desk: Desk) -> None:
    number, now = "+4930901820", desk.world.clock.now
    about = {"state": "held", "holder": "riverside", "until": now + 30 * DAY_S}
    Inventory(desk.shelves, desk.world.clock).add([StockNumber(number, "DE", "local", HOUSE, now, **about)])
    assert [f"Papers for {number}"] == told(desk)
    assert "DE asks for proof of identity, proof of address" in sent(desk.world)[-1][2]
    for state, said in (("refused", "blurred {paper}"), ("submitted", ""), ("accepted", "")):
        paper = Paper("riverside", "DE", "identity", desk.world.clock.now, state, {}, said)
        desk.shelves.wipe(SHOWN, "riverside")
        desk.shelves.write([Put(SHOWN, "riverside", paper.id, paper.to_document())])
        told(desk)
    subjects = [subject for _, subject, _ in sent(desk.world)]
    assert ["Not accepted: proof of identity (DE)", "Accepted: proof of identity (DE)"] == subjects[1:]
    assert "blurred {paper}" in sent(desk.world)[1][2]


def test_an_invoice_and_what_follows_when_it_is_not_paid(desk: Desk) -> None:
    desk.pays()
    months.run(desk.parts)
    assert [] == told(desk)  # the first one was paid
    desk.world.clock.now += 32 * DAY_S
    days = dict[int, list[str]]()
    for day in range(70):
        months.run(desk.parts) if day == 0 else None
        sweep.run(desk.parts)
        if found := told(desk):
            days[day] = found
        desk.world.clock.now += DAY_S - 1
    number = desk.invoices()[1]["number"]
    assert [
        [f"Invoice {number}: 19.00 USD"],
        ["Invoice 2027-000002 is to be paid by March 02, 2027"],
        ["Riverside: a payment is late"],
        ["Riverside is suspended in 3 days"],
        ["Riverside is suspended in 1 days"],
        ["Riverside is suspended"],
        ["Riverside is closed in 7 days"],
        ["Riverside is closed in 1 days"],
        ["Riverside is closed"],
    ] == list(days.values())


def test_who_pays_in_time_hears_of_the_invoice_only(desk: Desk) -> None:
    desk.pays()
    desk.world.clock.now += 32 * DAY_S
    months.run(desk.parts)
    assert 1 == len(told(desk))
    desk.books.pay("riverside", "p1", 1900, "USD", "transfer")
    for _ in range(20):
        desk.world.clock.now += DAY_S
        sweep.run(desk.parts)
        assert [] == told(desk)


def test_a_trial_that_ended_is_told_in_the_language_of_the_company(world: World) -> None:
    stranger = Stranger(world)
    found = stranger.engine.start("ann@example.org", "Acme", "small", language="ru")
    stranger.engine.verify(found.id, stranger.codes[found.id])
    stranger.engine.choose(found.id, "+12025550160")
    stranger.engine.provision(found.id)
    world.clock.now += 15 * DAY_S
    trials.run(stranger.parts)
    assert ["Acme: пробный период закончился"] == told(stranger)
    assert "ann@example.org" == sent(world)[-1][0]


def test_a_dry_run_says_how_many_letters_there_would_be(desk: Desk) -> None:
    Mover(desk.world).submitted()
    dry = replace(desk.parts, errand=Errand(dry=True))
    assert (1, []) == (notices.run(dry).done, sent(desk.world))


def test_only_owners_with_an_address_who_are_not_disabled_are_told(desk: Desk) -> None:
    ann = desk.config.directory.tenants["riverside"].users["ann"]
    document = {**to_document(ann), "disabled": True}
    other = {**to_document(ann), "id": "olga", "extension": "199", "email": "olga@riverside.example"}
    desk.config.transact("riverside", [Change("user", "ann", document), Change("user", "olga", other)], "t", "t")
    Mover(desk.world)
    desk.pays()
    desk.world.clock.now += 32 * DAY_S
    months.run(desk.parts)
    told(desk)
    assert ["olga@riverside.example"] == [to for to, _, _ in sent(desk.world)]


def test_everything_that_is_told_has_its_words_in_each_language() -> None:
    assert WORDS["en"].keys() == WORDS["ru"].keys()
    assert {f"port_{state}" for state in STATES if state != DRAFT} <= WORDS["en"].keys()
    for word, said in WORDS["en"].items():
        names = [{part[1] for part in _fields("".join(one))} for one in (said, WORDS["ru"][word])]
        assert names[0] == names[1], word


def _fields(text: str) -> list[Any]:
    from string import Formatter

    return [part for part in Formatter().parse(text) if part[1]]


def test_a_plan_of_another_currency_is_told_in_it(desk: Desk) -> None:
    desk.config.transact(SYSTEM, [Change("plan", "small", {**PLAN, "currency": "EUR"})], "t", "t")
    desk.pays()
    desk.world.clock.now += 32 * DAY_S
    months.run(desk.parts)
    assert [f"Invoice {desk.invoices()[1]['number']}: 19.00 EUR"] == told(desk)


def test_who_is_suspended_by_hand_is_not_asked_to_pay(desk: Desk) -> None:
    desk.pays()
    desk.world.script().patch("/api/v1/tenants/riverside", json={"status": "suspended"})
    assert ["Riverside is suspended"] == told(desk)
    assert "Pay" not in sent(desk.world)[-1][2]
    for _ in range(40):
        desk.world.clock.now += DAY_S
        assert [] == told(desk)
    desk.world.script().patch("/api/v1/tenants/riverside", json={"status": "active"})
    assert [] == told(desk)
