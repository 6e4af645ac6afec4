"""One run of one service because somebody asks: here when this process may, else by the process that runs it, and its report."""

from __future__ import annotations

import sys
import time

from mgmt.limits import service_once_s_max
from mgmt.services.ledger import Ledger, Run
from mgmt.services.parts import Parts
from mgmt.services.registry import SERVICES
from mgmt.services.runner import Runner

LOOK_S = 0.2


def once(ledger: Ledger, runner: Runner[Parts] | None, node: str, name: str, dry: bool) -> int:
    """Runs it and prints how it went; the exit code. `runner` None: another process of this node has the services."""
    service = next(one for one in SERVICES if one.name == name)
    place = service.place(node)
    wanted = ledger.want(place, name, "command line", dry).wanted or {}
    if runner is not None:
        runner.run_once(service)
        ledger.give_back(place, name)
    run = _ended(ledger, str(wanted.get("id")))
    if run is None:
        sys.stderr.write(f"{name} did not run: its process does not answer\n")
        return 1
    sys.stdout.write(f"{name}: {run.text}{' (dry run: nothing was changed)' if run.dry else ''}\n")
    return 0 if run.ok else 1


def _ended(ledger: Ledger, id: str) -> Run | None:
    end = time.monotonic() + service_once_s_max
    while time.monotonic() < end:
        run = ledger.run(id)
        if run is not None and run.ended_at is not None:
            return run
        time.sleep(LOOK_S)
    return None
