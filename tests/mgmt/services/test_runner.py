"""The runner on a clock that the test moves: schedule, lease, failures, runs that somebody wants, leaders that die."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from history.store import HistoryStore
from mgmt.limits import service_lease_s, service_poll_s, service_retry_s_max
from mgmt.services.ledger import REGION, Ledger, Report, Standing
from mgmt.services.runner import Errand, Runner, Service, due_at
from tests.history.stores import opened

NOW = 1_800_000_000.0
HOUR = 3600.0


class Died(BaseException):
    """The process is killed here."""


@dataclass
class Region:
    """Nodes that share a history, and what their services did."""

    store: HistoryStore
    now: float = NOW
    did: list[str] = field(default_factory=list)
    work: Callable[[Errand], Report] = lambda errand: Report(1, "done")

    def clock(self) -> float:
        return self.now

    def node(self, name: str, *services: Service[Any]) -> Runner[Any]:
        def parts(errand: Errand) -> Any:
            return name, errand

        return Runner(services, parts, self.ledger(name), name, self.clock, structlog.get_logger())

    def ledger(self, name: str) -> Ledger:
        return Ledger(self.store.shelves, name, self.clock)

    def service(self, **fields: Any) -> Service[Any]:
        def run(parts: Any) -> Report:
            name, errand = parts
            self.did.append(name)
            return self.work(errand)

        return Service("sweep", fields.pop("period_s", HOUR), run, **fields)


@pytest.fixture(params=["sqlite3", "acted"])
def region(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Region]:
    with opened(request.param, tmp_path) as store:
        yield Region(store)


def test_a_service_runs_at_once_the_first_time_and_then_every_period_also_after_a_restart(region: Region) -> None:
    service = region.service(scope="region")
    for _ in range(48):
        region.node("a", service).run_if_due(service)
        region.now += HOUR / 2
    assert 24 == len(region.did)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing("s", REGION), 0.0),
        (Standing("s", REGION, began_at=NOW, ran_at=NOW + 5, ok=True), NOW + HOUR),
        (Standing("s", REGION, began_at=NOW, ran_at=NOW - 5), NOW + 1),
        (Standing("s", REGION, began_at=NOW), NOW + 1),
        (Standing("s", REGION, began_at=NOW, ran_at=NOW + 5, failing=1), NOW + 7),
        (Standing("s", REGION, began_at=NOW, ran_at=NOW + 5, failing=9), NOW + 5 + service_retry_s_max),
        (Standing("s", REGION, began_at=NOW, ran_at=NOW + 5, wanted={"id": "r"}), 0.0),
    ],
)
def test_when_a_service_is_due(standing: Standing, expected: float) -> None:
    assert expected == due_at(Service("s", HOUR, lambda parts: Report(0, "")), standing)


def test_one_node_of_the_region_has_the_lease_and_another_goes_on_when_it_is_over(region: Region) -> None:
    service = region.service(scope="region")
    first, second = region.node("a", service), region.node("b", service)
    assert (True, True) == (first.run_once(service), second.run_once(service))
    assert ["a"] == region.did
    region.now += service_lease_s + 1
    second.run_once(service)
    first.run_once(service)
    assert ["a", "b"] == region.did


def test_a_lease_is_given_back_at_the_end(region: Region) -> None:
    service = region.service(scope="region")
    first, second = region.node("a", service), region.node("b", service)
    first.run_once(service)
    first.stop()
    second.run_once(service)
    assert ["a", "b"] == region.did


def test_each_node_runs_what_is_of_the_node(region: Region) -> None:
    service = region.service()
    for name in ("a", "b"):
        region.node(name, service).run_if_due(service)
    assert ["a", "b"] == region.did
    assert ["a", "b"] == [one.place for one in region.ledger("").all()]


def test_the_leader_dies_in_the_middle_and_another_takes_the_run_up_again(region: Region) -> None:
    service = region.service(scope="region")

    def die(errand: Errand) -> Report:
        raise Died

    region.work = die
    with pytest.raises(Died):
        region.node("a", service).run_if_due(service)
    region.work = lambda errand: Report(3, "the rest")
    second = region.node("b", service)
    region.now += 10
    second.run_if_due(service)
    assert ["a"] == region.did
    region.now += service_lease_s
    second.run_if_due(service)
    second.run_if_due(service)
    assert ["a", "b"] == region.did
    assert [("b", True), ("a", None)] == [(run.holder, run.ok) for run in region.ledger("").runs("sweep")]


def test_a_failure_is_told_counted_and_tried_again_soon(region: Region) -> None:
    service = region.service(scope="region")

    def fail(errand: Errand) -> Report:
        raise OSError("the disk is full")

    region.work = fail
    runner = region.node("a", service)
    assert not runner.run_if_due(service)
    standing = region.ledger("").standing(REGION, "sweep")
    assert (False, "OSError: the disk is full", 1, 1) == (
        standing.ok,
        standing.text,
        standing.failures,
        standing.failing,
    )
    region.now += 2
    region.work = lambda errand: Report(1, "done")
    assert runner.run_if_due(service)
    standing = region.ledger("").standing(REGION, "sweep")
    assert (True, 1, 0, 1) == (standing.ok, standing.failures, standing.failing, standing.done)
    assert ["done", "OSError: the disk is full"] == [run.text for run in region.ledger("").runs("sweep")]


def test_somebody_wants_a_run_and_gets_one(region: Region) -> None:
    service = region.service(scope="region", dry=True)
    runner = region.node("a", service)
    runner.run_if_due(service)
    looker = region.ledger("")
    looker.want(REGION, "sweep", "ann", dry=True)
    again = looker.want(REGION, "sweep", "ben", dry=False)
    region.work = lambda errand: Report(7, f"would sweep, dry {errand.dry}")
    region.now += 1
    runner.run_if_due(service)
    runner.run_if_due(service)
    last = looker.runs("sweep")[0]
    assert again.wanted is not None
    assert (again.wanted["id"], "ann", True, "would sweep, dry True") == (last.id, last.by, last.dry, last.text)
    standing = looker.standing(REGION, "sweep")
    assert (1, NOW + HOUR, None) == (standing.done, due_at(service, standing), standing.wanted)


def test_a_service_without_a_dry_run_does_nothing_when_it_is_asked_for_one(region: Region) -> None:
    service = region.service(scope="region")
    region.ledger("").want(REGION, "sweep", "ann", dry=True)
    assert not region.node("a", service).run_if_due(service)
    assert [] == region.did


def test_a_run_says_how_far_it_is(region: Region) -> None:
    service, seen = region.service(scope="region"), []

    def work(errand: Errand) -> Report:
        errand.tell("half of it")
        seen.extend(region.ledger("").runs("sweep"))
        return Report(2, "all of it")

    region.work = work
    region.node("a", service).run_if_due(service)
    assert [("half of it", None)] == [(run.text, run.ended_at) for run in seen]
    assert ["all of it"] == [run.text for run in region.ledger("").runs("sweep")]


def test_runs_of_what_runs_often_are_remembered_only_when_they_fail(region: Region) -> None:
    service = region.service(period_s=0.1)
    runner = region.node("a", service)
    for _ in range(5):
        runner.run_once(service)

    def fail(errand: Errand) -> Report:
        raise OSError("no")

    region.work = fail
    runner.run_once(service)
    assert [(False, 0)] == [(run.ok, run.done) for run in region.ledger("").runs("sweep")]
    runner.stop()
    assert (5, 1) == ((found := region.ledger("").standing("a", "sweep")).done, found.failures)


def test_what_runs_many_times_a_second_is_told_now_and_then_and_nothing_of_it_is_lost(region: Region) -> None:
    service = region.service(period_s=0.1)
    runner = region.node("a", service)
    told = []
    for _ in range(50):
        runner.run_once(service)
        told.append(region.ledger("").standing("a", "sweep").done)
        region.now += service_poll_s / 10
    assert (0, 11, 22, 33, 44) == tuple(dict.fromkeys(told))
    region.work = lambda errand: Report(0, "nothing")
    region.now += service_poll_s
    runner.run_once(service)
    assert (50, "done") == ((found := region.ledger("").standing("a", "sweep")).done, found.text)


def test_runs_are_forgotten_after_a_week(region: Region) -> None:
    service = region.service(scope="region", period_s=86_400.0)
    runner = region.node("a", service)
    for _ in range(30):
        runner.run_if_due(service)
        region.now += 86_400
    assert len(region.ledger("").runs("sweep")) <= 9


def test_threads_run_what_is_due_and_end(region: Region) -> None:
    service = region.service(period_s=0.01)
    runner = region.node("a", service, replace(region.service(scope="region"), name="other"))
    runner.start()
    while not region.did:
        pass
    runner.stop()
    assert {"a"} == set(region.did)


def test_a_thread_never_takes_back_how_nice_its_process_is(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(os, "getpriority", lambda which, who: 12)
    monkeypatch.setattr(os, "setpriority", lambda which, who, nice: told.append(nice))
    runner = region.node("a", region.service(nice=10), replace(region.service(nice=15), name="other"))
    runner.start()
    runner.stop()
    assert [12, 15] == sorted(told)


def test_a_service_that_the_region_does_not_have_says_so_and_does_nothing(region: Region) -> None:
    service = region.service(app="reminder", scope="region")
    parts: Any = ("a", Errand())
    runner = Runner(
        (service,),
        lambda errand: parts,
        region.ledger("a"),
        "a",
        region.clock,
        structlog.get_logger(),
        lambda app: False,
    )
    assert runner.run_once(service)
    assert [] == region.did
    assert "this region does not have it" == region.ledger("a").standing(REGION, "sweep").text


def test_what_deletes_begins_in_a_region_with_a_dry_run_and_a_day_to_look_at_it(region: Region) -> None:
    dry: list[bool] = []

    def work(errand: Errand) -> Report:
        dry.append(errand.dry)
        return Report(3, "3 things")

    region.work = work
    service = region.service(scope="region", dry=True, rehearsal_s=24 * HOUR)
    for name in ("a", "b", "a"):
        region.node(name, service).run_if_due(service)
        region.now += HOUR
        region.ledger(name).give_back(REGION, "sweep")
    assert [True] == dry
    (run,) = region.ledger("a").runs("sweep")
    assert ("first run", True, "3 things") == (run.by, run.dry, run.text)
    region.now += 22 * HOUR
    region.node("b", service).run_if_due(service)
    assert [True, False] == dry


def test_somebody_who_wants_it_does_not_wait_for_that_day(region: Region) -> None:
    dry: list[bool] = []
    region.work = lambda errand: dry.append(errand.dry) or Report(1, "")  # type: ignore[func-returns-value]
    service = region.service(scope="region", dry=True, rehearsal_s=24 * HOUR)
    region.ledger("x").want(REGION, "sweep", "ann", False)
    region.node("a", service).run_if_due(service)
    assert [False] == dry


def test_a_first_run_that_fails_was_none(region: Region) -> None:
    def fails(errand: Errand) -> Report:
        raise OSError("away")

    service = region.service(scope="region", dry=True, rehearsal_s=24 * HOUR)
    region.work = fails
    region.node("a", service).run_if_due(service)
    assert region.ledger("a").standing(REGION, "sweep").rehearsed_at is None
