"""Shards and balancers reckoned, not run: a million tenants on many nodes, by the product's own rule of homes and measured costs.

`python -m tests.bench.scale [TENANTS]`. Tenants differ as businesses do (Pareto, the largest capped); each calls in proportion to
its people. A call costs what docs/benchmarks.md measured of a whole node; media cost by the packet. What is shown: how evenly
homes share the load, what moves when a node dies, how long its tenants have no home, and how many calls that costs.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict

from softswitch.cluster.limits import BEAT_S, SILENT_S_MAX
from softswitch.cluster.members import home_of

SETUP_MS = 7.1 + 2.8 + 2.5 + 0.7  # switch, services, web, nats: docs/benchmarks.md, a whole node
PACKET_US = 8.0  # relay with recording, 1,000 streams
CALL_S = 180.0
BUSY_HOUR_CALLS_A_PERSON = 1.2
PEOPLE_MEAN, PEOPLE_MAX = 10.0, 2_000
SHARE_OF_CORES = 0.6  # what of a node is used at the busy hour: the rest is for the neighbour that dies
CORES = 8
REGIONS = 3
KILLS = 20


def people(dice: random.Random) -> float:
    """How many work at a tenant."""
    return min(dice.paretovariate(1.4) * PEOPLE_MEAN * 0.4 / 1.4, PEOPLE_MAX)


def cores_of(calls_a_s: float) -> float:
    """What that many calls need: set-up and records, and two streams for as long as they last."""
    return calls_a_s * (SETUP_MS / 1000 + CALL_S * 2 * 50 * PACKET_US / 1e6)


def main(tenants: int) -> None:
    dice = random.Random(1)
    calls = [people(dice) * BUSY_HOUR_CALLS_A_PERSON / 3600 for _ in range(tenants)]
    total = sum(calls)
    wanted = cores_of(total) / (CORES * SHARE_OF_CORES)
    a_region = max(3, round(wanted / REGIONS))
    print(f"{tenants:,} tenants, {total:,.0f} calls a second at the busy hour, {total * CALL_S:,.0f} at a time")
    print(
        f"{cores_of(total):,.0f} cores; {CORES} a node, {SHARE_OF_CORES:.0%} used: {REGIONS} regions of {a_region} nodes"
    )
    region = calls[: tenants // REGIONS]
    for shards in (1, max(1, a_region // 8), max(1, a_region // 3)):
        shard = _shard(region, a_region, shards)
        print(f"{shards} shards a region ({a_region // shards} nodes each): " + shard)


def _shard(calls: list[float], nodes: int, shards: int) -> str:
    """One shard of a region, its nodes and a kill of each in turn."""
    mine = calls[::shards]
    names = tuple(f"node-{number}" for number in range(max(3, nodes // shards)))
    load: dict[str, float] = defaultdict(float)
    homes: list[str] = []
    for number, rate in enumerate(mine):
        home = home_of(f"tenant-{number}", names)
        homes.append(home)
        load[home] += rate
    mean = sum(load.values()) / len(names)
    worst = max(load.values()) / mean
    dead = names[0]
    rest = tuple(name for name in names if name != dead)
    after = dict(load)
    moved = after.pop(dead)
    for number, (home, rate) in enumerate(zip(homes, mine, strict=True)):
        if home == dead:
            after[home_of(f"tenant-{number}", rest)] += rate
    dice = random.Random(2)
    without_s = sorted(SILENT_S_MAX + dice.uniform(0, BEAT_S) + dice.uniform(0, BEAT_S) for _ in range(KILLS))
    middle_s = without_s[len(without_s) // 2]
    return (
        f"most loaded node {worst:.2f} x mean, after a death {max(after.values()) / mean:.2f} x; "
        f"{moved / sum(load.values()):.1%} of the calls move, without a home {without_s[0]:.1f} to {without_s[-1]:.1f} s: "
        f"{moved * middle_s:.0f} new calls are tried again, {moved * CALL_S:.0f} end"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
