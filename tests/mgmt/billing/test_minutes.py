"""Plans whose minutes end: the company stops with the last of them, and goes on with the next month or another plan."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from history.shelves import SPENT, USAGE, Query, Row, Shelf
from mgmt.billing import minutes
from mgmt.billing.spent import Spent, counted
from mgmt.limits import rated_again_s_max
from mgmt.services.runner import Errand
from tests.mgmt.billing.test_months import DAY_S, PLAN, Desk
from tests.mgmt.conftest import World

ENDS = {**PLAN, "minutes_over": "stopped"}


@pytest.fixture
def desk(world: World) -> Desk:
    found = Desk(world)
    change_plan(found)
    return found


def change_plan(desk: Desk, **more: Any) -> None:
    desk.config.transact(SYSTEM, [Change("plan", "small", {**ENDS, **more})], "t", "t")


def talked(desk: Desk, id: str, seconds: float) -> None:
    desk.called(id, seconds=seconds)
    desk.world.clock.now += seconds + 200
    desk.rate()


def telephones(desk: Desk, tenant: str = "riverside") -> bool:
    return desk.config.directory.tenants[tenant].tenant.in_service


def test_a_company_stops_with_its_last_minute_and_goes_on_with_the_next_month(desk: Desk) -> None:
    talked(desk, "a", 5 * 60)
    assert (0, True) == (minutes.run(desk.parts).done, telephones(desk))
    talked(desk, "b", 5 * 60)
    assert ([1, 0], False) == ([minutes.run(desk.parts).done for _ in range(2)], telephones(desk))
    assert ("active", True) == (desk.config.directory.tenants["riverside"].tenant.status, telephones(desk, "lakeside"))
    desk.world.clock.now += 32 * DAY_S
    assert ([1, 0], True) == ([minutes.run(desk.parts).done for _ in range(2)], telephones(desk))


@pytest.mark.parametrize("more", [{"minutes_included": 11}, {"minutes_included": None}, {"minutes_over": "charged"}])
def test_other_terms_let_it_go_on_at_once(desk: Desk, more: dict[str, Any]) -> None:
    talked(desk, "a", 10 * 60)
    minutes.run(desk.parts)
    assert not telephones(desk)
    change_plan(desk, **more)
    assert (1, True) == (minutes.run(desk.parts).done, telephones(desk))


def test_without_a_plan_there_is_nothing_to_use_up(desk: Desk) -> None:
    talked(desk, "a", 10 * 60)
    minutes.run(desk.parts)
    desk.plan("riverside", None)
    assert (1, True) == (minutes.run(desk.parts).done, telephones(desk))


def test_a_dry_run_says_who_would_stop_and_stops_nobody(desk: Desk) -> None:
    talked(desk, "a", 10 * 60)
    told = minutes.run(replace(desk.parts, errand=Errand(dry=True)))
    assert (1, "riverside has none left", True) == (told.done, told.text, telephones(desk))


def test_owners_do_not_change_it(desk: Desk) -> None:
    talked(desk, "a", 10 * 60)
    minutes.run(desk.parts)
    owner = desk.world.client("riverside", "ann")
    document = owner.get("/api/v1/config/tenant/riverside").get_json()["document"]
    changed = owner.put("/api/v1/config/tenant/riverside", json={**document, "minutes_spent": False})
    assert (403, False) == (changed.status_code, telephones(desk))
    assert owner.get("/api/v1/me").get_json()["tenant"]["minutes_spent"]


def test_a_look_reads_only_what_was_rated_since_the_last_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in range(9):
        talked(desk, f"call-{hour}", 60)
        minutes.run(desk.parts)
        desk.world.clock.now += 3600
    read, page = list[str](), desk.shelves.page

    def seen(shelf: Shelf, tenant: str, query: Query) -> list[Row]:
        rows = page(shelf, tenant, query)
        read.extend(row.id for row in rows if shelf is USAGE)
        return rows

    monkeypatch.setattr(desk.shelves, "page", seen)
    talked(desk, "call-9", 60)
    assert (1, False) == (minutes.run(desk.parts).done, telephones(desk))
    assert {"call-8", "call-9"} >= set(read)


def test_a_sum_that_is_lost_or_of_another_month_is_made_again(desk: Desk) -> None:
    talked(desk, "a", 10 * 60)
    minutes.run(desk.parts)
    desk.shelves.wipe(SPENT, "riverside")
    assert (0, False) == (minutes.run(desk.parts).done, telephones(desk))


def usage(id: str, at: float, minutes: int = 1) -> Row:
    return Row("t", id, at, {"minutes": minutes})


@pytest.mark.parametrize("seed", range(20))
def test_calls_in_any_order_some_of_them_again_are_each_counted_once(seed: int) -> None:
    random = Random(seed)
    rated = [usage(f"c{n}", 2000.0 + n * 60 + random.choice((0, -60, 200)), random.randint(0, 5)) for n in range(60)]
    known, at = Spent(1000.0), 0
    while at < len(rated):
        some = rated[max(0, at - random.randint(0, 3)) : (at := at + random.randint(1, 9))]
        known = counted(known, random.sample(some, len(some)))
    again = [row for row in rated if (row.at or 0.0) >= known.looks_from]
    known = counted(known, again)
    assert sum(row.body["minutes"] for row in rated) == known.minutes
    assert max(row.at or 0.0 for row in rated) == known.seen_at


def test_a_call_that_another_node_rated_a_little_earlier_counts_too() -> None:
    known = counted(Spent(0.0), [usage("late", 2000.0)])
    assert 2 == counted(known, [usage("early", 2000.0 - rated_again_s_max)]).minutes
