"""What the configuration costs: reads, writes and news on one node and on three, catching up, ten thousand tenants.

    python -m tests.bench.config [TENANTS]

etcd (Debian's etcd-server, when it is there) does the same beside it: objects of the same size, on the same disk.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from configdb.client import ConfigClient
from configdb.log import Change, Entry, to_wire
from configdb.log_jetstream import JetStreamLog
from configdb.log_memory import MemoryLog
from configdb.nats_link import NatsLink
from configdb.nats_rights import OPERATOR
from configdb.nats_server import password
from configdb.snapshot import Directory
from tests.bench.etcd import Etcd
from tests.configdb.cluster.servers import COUNT, Cluster
from tests.configdb.conftest import Server, eventually
from tests.ports import free_port

OBJECTS, WRITES, RATE_PER_S, RATE_S = 50, 300, 200, 10.0


def person(index: int, **more: object) -> Change:
    """A user of some 300 bytes."""
    id = f"u{index}"
    return Change("user", id, {"id": id, "name": f"Person {index}", "extension": f"{1000 + index}", **more})


def tenant(name: str, objects: int = OBJECTS) -> list[Change]:
    """A tenant with so many objects."""
    return [Change("tenant", name, {"id": name, "name": name}), *(person(index) for index in range(objects - 1))]


def percentiles(seconds: list[float]) -> str:
    """p50 and p99 in ms."""
    ordered = sorted(seconds)
    return f"p50 {ordered[len(ordered) // 2] * 1e3:.2f} ms, p99 {ordered[int(len(ordered) * 0.99)] * 1e3:.2f} ms"


def timed(count: int, action: Callable[[int], object]) -> list[float]:
    """How long each of so many took."""
    took = []
    for index in range(count):
        began = time.perf_counter()
        action(index)
        took.append(time.perf_counter() - began)
    return took


class News:
    """When a watcher was told."""

    def __init__(self, client: ConfigClient) -> None:
        self.at: dict[str, float] = {}
        client.watch(self._told)

    def _told(self, directory: Directory, entry: Entry) -> None:
        self.at[entry.reason] = time.perf_counter()


@contextmanager
def one_node(folder: Path) -> Iterator[list[ConfigClient]]:
    """A node's own server with two processes on it."""
    server = Server(folder, free_port())
    server.start()
    clients = [ConfigClient(folder, name, JetStreamLog(server.link())) for name in ("one", "two")]
    for client in clients:
        client.start()
        client.wait_current(20)
    yield clients
    for client in clients:
        client.stop()
    server.close()


@contextmanager
def three_nodes(folder: Path) -> Iterator[list[ConfigClient]]:
    """Three servers, a process on each."""
    cluster, links, clients = Cluster(folder), [], []
    for node in range(COUNT):
        cluster.start_server(node)
    for node in range(COUNT):
        link = NatsLink([f"nats://127.0.0.1:{cluster.ports[node]}"], OPERATOR, password(cluster.data(node)))
        links.append(link)
        clients.append(ConfigClient(cluster.data(node), "web", JetStreamLog(link, "main", COUNT)))
        clients[-1].start()
    eventually(lambda: all(client.wait_current(1) for client in clients), 60)
    yield clients
    for client in clients:
        client.stop()
    for link in links:
        link.close()
    cluster.close()


def reads(clients: list[ConfigClient], name: str) -> None:
    """Reads of a process's own replica, in memory."""
    one = clients[0]
    one.transact("acme", tenant("acme"), "bench", "begin")
    got = timed(20_000, lambda index: one.get("acme", "user", f"u{index % 49}"))
    listed = timed(2_000, lambda index: one.list("acme", "user"))
    print(f"{name}: get {sum(got) / len(got) * 1e6:.2f} us, list of {OBJECTS} {sum(listed) / len(listed) * 1e6:.1f} us")


def writes(clients: list[ConfigClient], name: str) -> None:
    """Writes one after another, read at once by their writer, and when the last process was told."""
    one, news = clients[0], News(clients[-1])
    began: dict[str, float] = {}

    def write(index: int) -> None:
        began[str(index)] = time.perf_counter()
        one.transact("acme", [person(index % 49, ring_s=5 + index % 100)], "bench", str(index))

    took = timed(WRITES, write)
    eventually(lambda: len(news.at) >= WRITES, 20)
    lags = [news.at[reason] - at for reason, at in began.items()]
    print(f"{name}: write {percentiles(took)}; another process is told {percentiles(lags)} after the write began")


def under_load(clients: list[ConfigClient], name: str) -> None:
    """As many writes a second as asked for, of eight tenants over all nodes; how late the last process is told."""
    for index in range(8):
        clients[0].transact(f"t{index}", tenant(f"t{index}"), "bench", "begin")
    for client in clients:
        client.wait_for(clients[0].state.sequence)
    news, began = News(clients[-1]), dict[str, float]()

    def write(thread: int) -> None:
        client, due = clients[thread % len(clients)], time.perf_counter()
        for index in range(int(RATE_PER_S / 8 * RATE_S)):
            time.sleep(max(due - time.perf_counter(), 0))
            due += 8 / RATE_PER_S
            reason = f"{thread}/{index}"
            began[reason] = time.perf_counter()
            client.transact(f"t{thread}", [person(index % 49, ring_s=5 + index % 100)], "bench", reason, timeout_s=30)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(began) / (time.perf_counter() - begin)
    eventually(lambda: len(news.at) >= len(began), 20)
    lags = [news.at[reason] - at for reason, at in began.items()]
    print(
        f"{name}: {rate:.0f} of {RATE_PER_S} writes a second; another process is told {percentiles(lags)} after each began"
    )


def catch_up(clients: list[ConfigClient], folder: Path, name: str) -> None:
    """A new replica reads the whole log."""
    last = clients[0].state.sequence
    fresh = ConfigClient(folder, "fresh", clients[0]._log)
    began = time.perf_counter()
    fresh.start()
    fresh.wait_for(last, 120)
    print(f"{name}: a new replica catches up with {last / (time.perf_counter() - began):,.0f} entries a second")
    fresh.stop()


def resident_mb() -> float:
    """Of this process, now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def many_tenants(folder: Path, count: int) -> None:
    """So many tenants of 50 objects: from the log, from the disk, and what a write costs among them."""
    log = MemoryLog()
    for index in range(count):
        name = f"t{index}"
        log.put(name, to_wire(Entry(0, uuid.uuid4().hex, 0.0, "bench", "begin", name, tuple(tenant(name)))))
    client = ConfigClient(folder, "many", log)
    began = time.perf_counter()
    client.start()
    client.wait_for(count, 1800)
    print(f"{count:,} tenants x {OBJECTS}: from the log in {time.perf_counter() - began:.1f} s")
    took = timed(100, lambda index: client.transact("t7", [person(3, ring_s=5 + index)], "bench", "write"))
    print(f"{count:,} tenants x {OBJECTS}: write without a log's disk {percentiles(took)}")
    client.stop()
    alone = multiprocessing.get_context("spawn").Process(target=loaded, args=(folder, count, log.last_sequence))
    alone.start()
    alone.join()


def loaded(folder: Path, count: int, last: int) -> None:
    """A process of its own, which loads what is there; the log that it follows has nothing newer."""
    log = MemoryLog()
    for _ in range(last):
        log.put("t0", b"")
    before = resident_mb()
    client = ConfigClient(folder, "many", log)
    began = time.perf_counter()
    client.start()
    took_s, disk = time.perf_counter() - began, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    what = f"{count:,} tenants x {OBJECTS}"
    print(
        f"{what}: from the disk in {took_s:.1f} s, {disk / 1e6:.0f} MB of disk, {resident_mb() - before:.0f} MB of memory"
    )
    client.stop()


def yardstick(folder: Path, count: int) -> None:
    """etcd, with objects of the same size."""
    etcd = Etcd(folder, count)
    name, value = (
        f"etcd, {count} server{'s' if count > 1 else ''}",
        to_wire(Entry(0, "", 0, "", "", "", (person(1),))).decode(),
    )
    client, last = etcd.client(0), etcd.client(count - 1)
    for index in range(OBJECTS):
        client.put(f"acme/user/u{index}", value)
    got = timed(500, lambda index: client.get(f"acme/user/u{index % 49}"))
    listed = timed(200, lambda index: client.scan("acme/user/"))
    told: list[float] = []
    last.watch("acme/", lambda: told.append(time.perf_counter()))
    began: list[float] = []

    def write(index: int) -> None:
        began.append(time.perf_counter())
        client.put(f"acme/user/u{index % 49}", value)

    took = timed(WRITES, write)
    eventually(lambda: len(told) >= WRITES, 20)
    lags = [at - begin for begin, at in zip(began, told, strict=False)]
    print(f"{name}: get {sum(got) / len(got) * 1e6:.0f} us, list of {OBJECTS} {sum(listed) / len(listed) * 1e6:.0f} us")
    print(f"{name}: write {percentiles(took)}; a watcher is told {percentiles(lags)} after the write began")
    etcd.close()


def main() -> None:
    """All of it; `TENANTS` is 10,000 unless said otherwise."""
    tenants = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, nodes in (("one node", one_node), ("three nodes", three_nodes)):
            with nodes(folder / name.replace(" ", "-")) as clients:
                reads(clients, name)
                writes(clients, name)
                under_load(clients, name)
                catch_up(clients, folder / "fresh" / name.replace(" ", "-"), name)
        if shutil.which("etcd") is not None:
            for count in (1, 3):
                yardstick(folder / f"etcd-{count}", count)
        if tenants:
            many_tenants(folder / "few", min(tenants, 10))
            many_tenants(folder / "many", tenants)


if __name__ == "__main__":
    main()
