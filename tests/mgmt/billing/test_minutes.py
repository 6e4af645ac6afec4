"""Plans whose minutes end: the company stops with the last of them, and goes on with the next month or another plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.billing import minutes
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
