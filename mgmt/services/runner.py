"""The runner of background services: one thread each, which owns schedule, lease, retry and report.

A service knows nothing of this: it is `run(parts) -> Report`, may run twice, and may be stopped between two runs. A run that
fails is tried again, later and later; an idle run is not written down every time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from structlog.stdlib import BoundLogger

from mgmt.limits import service_retry_s_max
from mgmt.services.leases import Leases, Report

Parts = TypeVar("Parts")


@dataclass(frozen=True, slots=True)
class Service(Generic[Parts]):
    """One row of the registry: run every `period_s` seconds, `nice` to everything else on the machine (0 to 19)."""

    name: str
    period_s: float
    run: Callable[[Parts], Report]
    nice: int = 0


class Runner(Generic[Parts]):
    """Runs services until `stop`."""

    def __init__(self, services: tuple[Service[Parts], ...], parts: Parts, leases: Leases, log: BoundLogger) -> None:
        self._services = services
        self._parts = parts
        self._leases = leases
        self._log = log
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start one thread for each service."""
        for service in self._services:
            thread = threading.Thread(target=self._live, args=(service,), name=service.name)
            thread.start()
            self._threads.append(thread)

    def stop(self, wait_s: float = 10.0) -> None:
        """Ask all to end after the run they are in, and wait for them."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(wait_s)
        for service in self._services:
            self._leases.give_back(service.name)

    def _live(self, service: Service[Parts]) -> None:
        if service.nice:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), service.nice)
        wait_s = service.period_s
        while not self._stopping.wait(wait_s):
            fine = self.run_once(service)
            wait_s = service.period_s if fine else min(max(wait_s * 2, 1.0), service_retry_s_max)

    def run_once(self, service: Service[Parts]) -> bool:
        """One run under the lease; False when it failed. Without the lease nothing is done, which is fine."""
        if not self._leases.take(service.name):
            return True
        try:
            report = service.run(self._parts)
        except (
            Exception
        ) as error:  # the boundary: one service's fault must not end the others; logged, reported, retried
            self._log.error("service failed", service=service.name, exc_info=error)
            self._leases.report(service.name, Report(0, f"{type(error).__name__}: {error}"), ok=False)
            return False
        if report.done:
            self._leases.report(service.name, report, ok=True)
            self._log.info("service ran", service=service.name, done=report.done, text=report.text)
        return True
