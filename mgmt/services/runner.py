"""The runner of background services: one thread each, which owns schedule, lease, retry and report.

A service knows nothing of this: it is `run(parts) -> Report`, may run twice, and may be stopped between two runs, or in the
middle by a crash. A run that fails is tried again, later and later. When it is due is a pure question of what the ledger knows
(`due_at`), so a nightly service that was due while nobody lived runs when somebody does.

Runs of services that run often are remembered when they fail or somebody asked for them; of the others, all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from structlog.stdlib import BoundLogger

from history.shelves import StoreAway
from mgmt.limits import service_lease_s, service_poll_s, service_retry_s_max
from mgmt.services.ledger import FIRST_RUN, REGION, Ledger, Report, Run, Standing

Parts = TypeVar("Parts")
OFTEN_S = 60.0


@dataclass(frozen=True, slots=True)
class Errand:
    """What a run is told. dry: say what would be done, and do nothing. tell: how far it is. stopping: end soon."""

    dry: bool = False
    tell: Callable[[str], None] = lambda text: None
    stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Service(Generic[Parts]):
    """One row of the registry: run every `period_s` seconds, `nice` to everything else on the machine (0 to 19).

    scope: one for each node, or one for all nodes of the region. dry: it can say what it would do.
    app: what it is called in the manifest of a region, which may not have it ("": it is in every region).
    rehearsal_s: where it never ran before it does only that, and begins so much later, or when somebody wants a run: what it
    deletes cannot be brought back, and its settings may be wrong.
    """

    name: str
    period_s: float
    run: Callable[[Parts], Report]
    nice: int = 0
    scope: Literal["node", "region"] = "node"
    dry: bool = False
    app: str = ""
    rehearsal_s: float = 0.0

    def place(self, node: str) -> str:
        """Where its standing is kept."""
        return REGION if self.scope == "region" else node


def due_at(service: Service[Parts], standing: Standing) -> float:
    """When it is to run next: its period after it began, sooner when it is wanted, later and later while it fails."""
    if standing.wanted is not None:
        return 0.0
    if standing.began_at is None:
        rehearsed = standing.rehearsed_at if service.rehearsal_s else None
        return 0.0 if rehearsed is None else rehearsed + service.rehearsal_s
    if standing.ran_at is None or standing.ran_at < standing.began_at:
        return standing.began_at + 1.0  # it broke off; while another one is at it, the lease keeps it from us
    if standing.failing:
        return standing.ran_at + min(service.period_s, service_retry_s_max, 2.0 ** min(standing.failing, 20))
    return standing.began_at + service.period_s


@dataclass(frozen=True, slots=True)
class _Untold:
    """What was done by runs that were not written down, since the first of them."""

    run: Run
    report: Report
    since: float


class Runner(Generic[Parts]):
    """Runs services until `stop`. `parts(errand)` is what a run may use; `here(app)`: whether the region has it."""

    def __init__(
        self,
        services: tuple[Service[Parts], ...],
        parts: Callable[[Errand], Parts],
        ledger: Ledger,
        node: str,
        clock: Callable[[], float],
        log: BoundLogger,
        here: Callable[[str], bool] = lambda app: True,
    ) -> None:
        self._here = here
        self._services, self._parts, self._ledger = services, parts, ledger
        self._node, self._clock, self._log = node, clock, log
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._running: set[tuple[str, str]] = set()
        self._looked: dict[tuple[str, str], float] = {}
        self._untold: dict[tuple[str, str], _Untold] = {}

    def start(self) -> None:
        """Start one thread for each service, and one that keeps the leases of long runs."""
        threads = [threading.Thread(target=self._live, args=(one,), name=one.name) for one in self._services]
        self._threads = [*threads, threading.Thread(target=self._keep_leases, name="leases")]
        for thread in self._threads:
            thread.start()

    def stop(self, wait_s: float = 10.0) -> None:
        """Ask all to end after the run they are in, and wait for them."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(wait_s)
        for untold in self._untold.values():
            self._ledger.end(untold.run, untold.report, ok=True, remembered=False)
        self._untold.clear()
        for service in self._services:
            if service.scope == "region":
                self._ledger.give_back(REGION, service.name)

    def _live(self, service: Service[Parts]) -> None:
        _give_way(service.nice)
        often = service.period_s < OFTEN_S
        last_s, wait_s = 0.0, service.period_s if often else service_poll_s
        while not self._stopping.wait(wait_s):
            try:
                last_s = (
                    0.0 if (self.run_once(service) if often else self.run_if_due(service)) else max(1.0, 2 * last_s)
                )
            except Exception as error:  # the boundary: the ledger's store is away; nothing ran, the next look comes
                self._log.error("service not looked at", service=service.name, exc_info=error)
                last_s = max(1.0, 2 * last_s)
            wait_s = min(last_s, service_retry_s_max) or (service.period_s if often else service_poll_s)

    def _keep_leases(self) -> None:
        while not self._stopping.wait(service_lease_s / 3):
            for place, name in tuple(self._running):
                try:
                    self._ledger.take(place, name)
                except OSError as error:
                    self._log.error("lease not prolonged", service=name, text=str(error))

    def run_if_due(self, service: Service[Parts]) -> bool:
        """One run when its moment has come; False when it failed."""
        standing = self._ledger.standing(service.place(self._node), service.name)
        return self.run_once(service) if due_at(service, standing) <= self._clock() else True

    def run_once(self, service: Service[Parts]) -> bool:
        """One run under the lease; False when it failed. Without the lease nothing is done, which is fine."""
        place = service.place(self._node)
        if service.scope == "region" and not self._ledger.take(place, service.name):
            return True
        often = service.period_s < OFTEN_S
        wanted = self._wanted(service, place) or self._rehearsal(service, place)
        run = self._ledger.begin(place, service.name, wanted, remembered := bool(wanted) or not often)
        self._running.add((place, service.name))
        try:
            report, ok = self._run(service, run, remembered)
        finally:
            self._running.discard((place, service.name))
        if ok and not remembered and service.period_s < service_poll_s:
            report = self._gathered(run, report)
        if report.done or not ok or remembered:
            self._ledger.end(run, report, ok, remembered or not ok)
        if ok and report.done:
            self._log.info("service ran", service=service.name, done=report.done, text=report.text, dry=run.dry)
        return ok

    def _gathered(self, run: Run, report: Report) -> Report:
        """What runs many times a second is told every `service_poll_s`: to write each run down would cost more than the run."""
        key, now = (run.place, run.service), self._clock()
        first = self._untold.get(key)
        if first is not None:
            report = Report(first.report.done + report.done, report.text if report.done else first.report.text)
        if not report.done:
            return report
        if first is None or now - first.since < service_poll_s:
            self._untold[key] = _Untold(run, report, now if first is None else first.since)
            return Report(0, report.text)
        del self._untold[key]
        return report

    def _wanted(self, service: Service[Parts], place: str) -> dict[str, Any] | None:
        """The run that somebody asked for, looked for now and then. What is of the node goes on while the ledger is away."""
        now, key = self._clock(), (place, service.name)
        if service.period_s < service_poll_s and now - self._looked.get(key, 0.0) < service_poll_s:
            return None
        self._looked[key] = now
        try:
            return self._ledger.standing(place, service.name).wanted
        except StoreAway:
            if service.scope == "region":
                raise
            return None

    def _rehearsal(self, service: Service[Parts], place: str) -> dict[str, Any] | None:
        """The dry run that a service begins with where it never ran."""
        if not service.rehearsal_s:
            return None
        known = self._ledger.standing(place, service.name)
        first = known.began_at is None and known.rehearsed_at is None
        return {"by": FIRST_RUN, "dry": True} if first else None

    def _run(self, service: Service[Parts], run: Run, remembered: bool) -> tuple[Report, bool]:
        if service.app and not self._here(service.app):
            return Report(0, "this region does not have it"), True
        if run.dry and not service.dry:
            return Report(0, "this service cannot say what it would do"), False
        told = (lambda text: self._ledger.tell(run, text)) if remembered else lambda text: None
        try:
            return service.run(self._parts(Errand(run.dry, told, self._stopping.is_set))), True
        except Exception as error:  # the boundary: one service's fault must not end the others; logged and retried
            self._log.error("service failed", service=service.name, exc_info=error)
            return Report(0, f"{type(error).__name__}: {error}"), False


def _give_way(nice: int) -> None:
    """Make this thread so nice. One that is nicer stays so: to take that back needs a privilege (setpriority(2))."""
    this = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, this, max(nice, os.getpriority(os.PRIO_PROCESS, this)))
