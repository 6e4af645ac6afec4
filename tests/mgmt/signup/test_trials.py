"""PreRecurly Trial Stopper through the days of a trial, with a keeper of accounts who answers, refuses or is away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgmt.billing.provider import ProviderAway, ProviderRefuses, Standing
from mgmt.services.runner import Errand
from mgmt.signup import trials
from tests.mgmt.conftest import World
from tests.mgmt.signup.test_engine import DAY_S, Desk


class Keeper:
    """Recurly as a test scripts it."""

    def __init__(self) -> None:
        self.says: Standing | Exception | None = None
        self.asked: list[str] = []

    def standing(self, tenant: str) -> Standing | None:
        self.asked.append(tenant)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    found = Keeper()
    monkeypatch.setattr(trials, "provider", lambda parts: found)
    return found


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def state(desk: Desk, id: str) -> tuple[str, str]:
    found = desk.engine.get(id)
    return found.state, desk.config.directory.tenants[found.tenant].tenant.status


def test_a_trial_without_a_subscription_is_stopped_at_its_end_and_not_before(desk: Desk, keeper: Keeper) -> None:
    found = desk.to_trial()
    desk.world.clock.now += 14 * DAY_S - 1
    trials.run(desk.parts)
    assert ("trial", []) == (state(desk, found.id)[0], keeper.asked)
    desk.world.clock.now += 2
    report = trials.run(desk.parts)
    assert (1, ("suspended", "suspended")) == (report.done, state(desk, found.id))
    assert 0 == trials.run(desk.parts).done


@pytest.mark.parametrize("says", [ProviderAway("no answer"), ProviderRefuses("no")])
def test_nobody_is_stopped_whose_account_cannot_be_read(desk: Desk, keeper: Keeper, says: Exception) -> None:
    found = desk.to_trial()
    desk.world.clock.now += 30 * DAY_S
    keeper.says = says
    for _ in range(3):
        report = trials.run(desk.parts)
        assert (0, True) == (report.done, found.tenant in report.text)
        desk.world.clock.now += 3600
    assert "trial" == state(desk, found.id)[0]
    keeper.says = None
    trials.run(desk.parts)
    assert ("suspended", "suspended") == state(desk, found.id)


@pytest.mark.parametrize(
    ("says", "expected"), [("active", "active"), ("trial", "active"), ("ended", "suspended"), ("closed", "suspended")]
)
def test_who_has_a_subscription_goes_on(desk: Desk, keeper: Keeper, says: str, expected: str) -> None:
    found = desk.to_trial()
    desk.world.clock.now += 15 * DAY_S
    keeper.says = Standing(says, desk.world.clock.now)  # type: ignore[arg-type]  # one of the four
    trials.run(desk.parts)
    assert expected == state(desk, found.id)[0]


def test_a_dry_run_stops_nobody_and_writes_to_nobody(desk: Desk, keeper: Keeper) -> None:
    found = desk.to_trial()
    dry = replace(desk.parts, errand=Errand(dry=True))
    desk.world.clock.now += 8 * DAY_S
    trials.run(dry)
    assert [] == [id for tenant, id in desk.parts.outbox.due("mail") if tenant == found.tenant]
    desk.world.clock.now += 8 * DAY_S
    assert 1 == trials.run(dry).done
    assert "trial" == state(desk, found.id)[0]
