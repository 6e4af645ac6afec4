"""Three nodes that are killed, stopped, cut off, filled up and damaged keep every promise of the configuration log.

One run is a seed: it chooses the faults, and what is written. By day three short ones, by night fifty of a minute.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.configdb.cluster.checker import check
from tests.configdb.cluster.servers import COUNT, Cluster, between
from tests.conftest import NIGHTLY

SEEDS = range(50) if NIGHTLY else range(3)
SECONDS = 60.0 if NIGHTLY else 9.0

pytestmark = pytest.mark.interop
Fault = Callable[[Cluster, random.Random], None]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three nodes for all seeds: each seed has a tenant of its own."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.close()


def kill_server(cluster: Cluster, dice: random.Random) -> None:
    cluster.kill_server(dice.randrange(COUNT))


def kill_leader(cluster: Cluster, dice: random.Random) -> None:
    cluster.kill_server(cluster.leader())


def pause_server(cluster: Cluster, dice: random.Random) -> None:
    cluster.signal_server(dice.randrange(COUNT), signal.SIGSTOP)


def kill_worker(cluster: Cluster, dice: random.Random) -> None:
    cluster.workers[dice.randrange(COUNT)].kill()


def pause_worker(cluster: Cluster, dice: random.Random) -> None:
    process = cluster.workers[dice.randrange(COUNT)].process
    assert process is not None
    process.send_signal(signal.SIGSTOP)


def kill_everything(cluster: Cluster, dice: random.Random) -> None:
    for node in range(COUNT):
        cluster.kill_server(node)
        cluster.workers[node].kill()


def cut_off_one(cluster: Cluster, dice: random.Random) -> None:
    alone = dice.randrange(COUNT)
    cluster.wires.cut({link for other in range(COUNT) if other != alone for link in between(alone, other)})


def cut_off_leader(cluster: Cluster, dice: random.Random) -> None:
    leader = cluster.leader()
    cluster.wires.cut({link for other in range(COUNT) if other != leader for link in between(leader, other)})


def cut_bridge(cluster: Cluster, dice: random.Random) -> None:
    a, b = dice.sample(range(COUNT), 2)
    cluster.wires.cut(between(a, b))


def cut_one_way(cluster: Cluster, dice: random.Random) -> None:
    a, b = dice.sample(range(COUNT), 2)
    cluster.wires.cut({(a, b)})


def fill_disk(cluster: Cluster, dice: random.Random) -> None:
    cluster.fill_disk(dice.randrange(COUNT), True)


def flip_bits(cluster: Cluster, dice: random.Random) -> None:
    node = dice.randrange(COUNT)
    cluster.workers[node].kill()
    cluster.flip_bits(cluster.data(node) / "config" / "web", dice)


def flip_server_bits(cluster: Cluster, dice: random.Random) -> None:
    cluster.hurt_server(dice.randrange(COUNT), dice)


FAULTS: tuple[Fault, ...] = (
    kill_server,
    kill_leader,
    pause_server,
    kill_worker,
    pause_worker,
    kill_everything,
    cut_off_one,
    cut_off_leader,
    cut_bridge,
    cut_one_way,
    fill_disk,
    flip_bits,
    flip_server_bits,
)
DAY: dict[int, tuple[Fault, ...]] = {
    0: (cut_off_leader, kill_worker),
    1: (kill_leader, fill_disk, cut_one_way),
    2: (kill_everything, flip_bits),
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_acknowledged_write_is_lost_no_order_breaks_no_read_is_stale(cluster: Cluster, seed: int) -> None:
    dice = random.Random(seed)
    cluster.order(f"work {seed}")
    end, planned = time.monotonic() + SECONDS, list(DAY.get(seed, ())) if not NIGHTLY else []
    while time.monotonic() < end:
        time.sleep(dice.uniform(0.5, 2.0))
        fault = planned.pop(0) if planned else dice.choice(FAULTS)
        fault(cluster, dice)
        time.sleep(dice.uniform(1.0, 4.0) if not NIGHTLY else dice.uniform(1.0, 15.0))
        cluster.mend()
        cluster.order(f"work {seed}")
    cluster.order("rest")
    shown = cluster.agree("show")
    # What nobody knew the end of may come into the log even now: a replica that says so has not shown it.
    verdict = check([one for worker in cluster.workers for one in worker.until("show")], shown[0])
    assert () == verdict.broken
    assert verdict.counts["ok"] > 0
    assert shown[0]["entries"] == shown[1]["entries"] == shown[2]["entries"]
