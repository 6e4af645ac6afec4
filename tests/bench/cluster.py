"""What callers notice of a cluster: `python -m tests.bench.cluster kills|cuts COUNT FILE` adds lines to FILE, and sums them up.

Three nodes on this machine; SIPp is the carrier, at a node that is not the home, without a balancer: each call hears the menu for
three seconds.

    kills   kill -9 of NATS, media worker and switch of the home at once, and its supervisor is stopped for ten seconds and more:
            for callers the node is dead (its pages live on, so that it is soon there again)
    cuts    kill -9 of all processes of all nodes at once; all start again at once

A call is lost when it was not answered, or not ended by an answered BYE (`tests.interop.load`). Late: answered after more
than a second.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from installer.demo_tenant import TENANT
from softswitch.cli.output import CliError
from tests.interop.load import Call, calls_of, load
from tests.interop.node import Running, eventually
from tests.interop.test_calls import OPEN_ALWAYS
from tests.interop.three import Three, three

BEFORE_S, AFTER_S = 5.0, 10.0  # of load around a kill
LATE_S, SETTLED_S = 1.0, 6.0
RUNS_MAX, RESTART_S_MAX, RECORDS_S_MAX = 20, 300.0, 60.0


def noticed(calls: list[Call], at: float) -> dict[str, Any]:
    """What callers noticed of something that happened at a time."""
    talking = [one for one in calls if one.begun < at and (one.over is None or one.over > at)]
    after = [one for one in calls if one.begun >= at]
    bad = [one for one in after if one.answered is None or one.answered - one.begun > LATE_S]
    return {
        "first_answer_s": round(min(one.answered for one in after if one.answered) - at, 2),
        "disturbed_s": round(max((one.begun for one in bad), default=at) - at, 2),
        "calls": len(calls),
        "in_progress": len(talking),
        "lost_in_progress": sum(one.is_lost for one in talking),
        "lost_new": sum(one.is_lost for one in after),
        "late": sum(one.answered is not None for one in bad),
    }


def strike(node: Running) -> float:
    """A node is dead for callers; when that was (epoch seconds)."""
    assert node.process is not None
    node.process.send_signal(signal.SIGSTOP)
    pids, at = [node.pid(program) for program in ("switch", "nats", "media")], time.time()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return at


def settled(nodes: Three) -> Running:
    """The home, when it has been that for a while: who comes back takes its tenants back."""
    while True:
        home = nodes.home()
        time.sleep(SETTLED_S)
        if nodes.home() is home:
            return home


def kill(nodes: Three, folder: Path) -> dict[str, Any]:
    """The home is killed under load; what is noticed, and how long it is until it is one of the cluster again."""
    home = settled(nodes)
    edge = next(node for node in nodes.living() if node is not home)
    with load(edge, folder) as log:
        time.sleep(BEFORE_S)
        assert nodes.home() is home
        at = strike(home)
        time.sleep(AFTER_S)
    began = time.monotonic()
    assert home.process is not None
    home.process.send_signal(signal.SIGCONT)
    eventually(lambda: has_met(nodes, home), RESTART_S_MAX, "the killed node")
    return {**noticed(calls_of(log), at), "back_s": round(time.monotonic() - began, 1)}


def has_met(nodes: Three, node: Running) -> bool:
    """Whether it is one of three again."""
    try:
        return len(nodes.cluster(node)["others"]) == 2
    except (CliError, KeyError):
        return False


def cut(nodes: Three, folder: Path) -> dict[str, Any]:
    """The power of all is cut under load; how long it is until calls, the cluster and changes work, and what is gone."""
    first, edge = nodes.nodes["node-1"], nodes.away()[0]
    with load(edge, folder) as log:
        time.sleep(BEFORE_S)
        sequence = first.change(TENANT, "schedule", "office", {**OPEN_ALWAYS, "name": f"Hours {time.time():.0f}"})
        everybody = nodes.living()
        at = nodes.kill(*everybody)
    before = [one for one in calls_of(log) if one.over is not None]
    began = time.time()
    with load(edge, folder) as log, ThreadPoolExecutor(len(everybody)) as threads:
        starts = [threads.submit(node.again) for node in everybody]
        for one in starts:
            one.result()
        up_s = time.time() - began
        for node in everybody:
            nodes.wait_met(node)
        met_s = time.time() - began
        first.change(TENANT, "schedule", "office", OPEN_ALWAYS)
        changed_s = time.time() - began
        time.sleep(BEFORE_S)
    after = calls_of(log)
    answered = [one for one in after if one.answered is not None]
    until = time.monotonic() + RECORDS_S_MAX
    while len(kept := ended(everybody, at)) < len(before) and time.monotonic() < until:
        time.sleep(1)
    return {
        "first_answer_s": round(min(one.answered or 0.0 for one in answered) - began, 1),
        "up_s": round(up_s, 1),
        "met_s": round(met_s, 1),
        "changed_s": round(changed_s, 1),
        "entries_lost": max(sequence - min(node.switch_sequence() for node in everybody), 0),
        "calls_over_before": len(before),
        "records": len(kept),
        "down_s": round(began - at, 1),
    }


def ended(nodes: list[Running], before: float) -> set[str]:
    """The finished calls that were begun before a time, of which there are records now."""
    rows = (row for node in nodes for row in node.api.every("/api/v1/calls", 1000))
    return {
        row["id"] for row in rows if row["ended_at"] and datetime.fromisoformat(row["started_at"]).timestamp() < before
    }


def distribution(values: list[float]) -> str:
    """As a line."""
    low, half, most, high = np.percentile(values, [0, 50, 95, 100])
    return f"least {low:g}, half {half:g}, 95 % {most:g}, most {high:g}, mean {np.mean(values):.2f}"


def main() -> None:
    """See the module."""
    what, count, file = sys.argv[1], min(int(sys.argv[2]), RUNS_MAX), Path(sys.argv[3])
    measure = {"kills": kill, "cuts": cut}[what]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with three(folder) as nodes, file.open("a") as lines:
            starts = {name: node.started_in_s for name, node in nodes.nodes.items()}
            lines.write(json.dumps({"what": "start", **starts}) + "\n")
            nodes.nodes["node-3"].change(TENANT, "schedule", "office", OPEN_ALWAYS)
            for _ in range(count):
                found = measure(nodes, folder)
                print(json.dumps(found), flush=True)
                lines.write(json.dumps({"what": what, **found}) + "\n")
                lines.flush()
    rows = [row for row in map(json.loads, file.read_text().splitlines()) if row.pop("what") == what]
    print(f"{len(rows)} {what}")
    for field in rows[0]:
        print(f"{field:20} {distribution([row[field] for row in rows])}")


if __name__ == "__main__":
    main()
