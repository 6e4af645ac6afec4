"""Three nats-servers and one configuration process beside each, as on three nodes, and what can be done to them."""

from __future__ import annotations

import contextlib
import json
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from configdb import damaged_server, nats_server
from configdb.node import NodeSettings, write_private
from tests.configdb.cluster.proxy import Link, Wires
from tests.configdb.conftest import eventually
from tests.ports import free_port

COUNT = 3
PATIENCE_S = 180.0  # with machines that have much else to do


@dataclass
class Worker:
    """The process of `worker.py` on one node, all its lives; `said` is what all of them said."""

    node: int
    said: list[dict[str, Any]] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    lives: int = 0
    _reader: threading.Thread = field(default_factory=threading.Thread)

    def start(self, command: list[str]) -> None:
        """One more life; the one before is over."""
        if self.process is not None:
            self.kill()
        self.lives += 1
        self.process = subprocess.Popen(
            [*command, str(self.lives)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, text=True
        )
        self._reader = threading.Thread(target=self._read, args=(self.process, self.lives), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[str], life: int) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):  # a killed one may leave half a line
                self.said.append({**json.loads(line), "life": life, "node": self.node})

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def order(self, word: str) -> bool:
        """One word on its standard input; False: it has ended by itself, as one may whose disk was full when it began."""
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return False
        return True

    def until(self, what: str) -> list[dict[str, Any]]:
        """All that it said until it said that for the last time."""
        said = list(self.said)
        last = max((at for at, one in enumerate(said) if one["what"] == what), default=-1)
        return said[: last + 1]

    def last(self, what: str) -> dict[str, Any] | None:
        """The last thing of a kind that it said in this life."""
        found = [one for one in list(self.said) if one["life"] == self.lives and one["what"] == what]
        return found[-1] if found else None


class Cluster:
    """Three nodes on loopback; the servers reach each other through `wires`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = [free_port() for _ in range(2 * COUNT)]
        self.ports, inner = ports[:COUNT], ports[COUNT:]
        self.wires = Wires(COUNT, inner)
        self._inner = inner
        self.servers: list[subprocess.Popen[bytes] | None] = [None] * COUNT
        self.workers = [Worker(node) for node in range(COUNT)]
        self._hurt: int | None = None
        for node in range(COUNT):
            (self.data(node) / "secrets").mkdir(parents=True)
            for name in ("node.key", "cluster.password", "nats.password"):
                write_private(self.data(node) / "secrets" / name, f"{name:0<64}".replace(".", "0"))

    def data(self, node: int) -> Path:
        """A node's data directory."""
        return self.folder / f"node-{node}"

    def start(self) -> None:
        """All servers and workers; returns when every worker is current."""
        for node in range(COUNT):
            self.start_server(node)
        for node in range(COUNT):
            self.start_worker(node)
        eventually(lambda: all(worker.last("current") for worker in self.workers), PATIENCE_S)

    def start_server(self, node: int) -> None:
        """One server; the others are reached through the wires alone."""
        peers = tuple(f"127.0.0.1:{self.wires.ports[node, other]}" for other in range(COUNT) if other != node)
        settings = NodeSettings(
            name=f"node-{node}", cluster_listen=f"127.0.0.1:{self._inner[node]}", cluster_peers=peers, log_replicas=3
        )
        command = nats_server.command(self.data(node), self.ports[node], settings)
        path = Path(command[-1])
        text = path.read_text().replace("no_advertise: true", 'no_advertise: true\n  advertise: "127.0.0.1:1"')
        path.write_text(text + f'log_file: "{self.data(node)}/nats.log"\n')
        self.servers[node] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_worker(self, node: int) -> None:
        """One life of a worker; its clock may be an hour off."""
        command = [sys.executable, "-m", "tests.configdb.cluster.worker", str(self.data(node)), str(self.ports[node])]
        self.workers[node].start([*command, str(node)])

    def signal_server(self, node: int, number: signal.Signals) -> None:
        """A signal to a server."""
        server = self.servers[node]
        assert server is not None
        server.send_signal(number)

    def kill_server(self, node: int) -> None:
        """SIGKILL."""
        self.signal_server(node, signal.SIGKILL)
        server = self.servers[node]
        assert server is not None
        server.wait()

    def fill_disk(self, node: int, full: bool) -> None:
        """No file of a worker can grow any more: each write to its replica fails as on a full disk."""
        process = self.workers[node].process
        assert process is not None
        hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))

    def hurt_server(self, node: int, dice: random.Random) -> None:
        """A server that is killed finds other bits in its files when it comes back."""
        self.kill_server(node)
        self.flip_bits(self.data(node) / "nats" / "jetstream", dice)
        self._hurt = node

    def flip_bits(self, folder: Path, dice: random.Random, count: int = 3) -> int:
        """Some bits of files below a folder; how many."""
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size > 64]
        for path in dice.sample(files, min(count, len(files))):
            with open(path, "r+b") as file:
                place = dice.randrange(path.stat().st_size)
                file.seek(place)
                byte = file.read(1)[0]
                file.seek(place)
                file.write(bytes([byte ^ 1 << dice.randrange(8)]))
        return min(count, len(files))

    def leader(self) -> int:
        """The node whose server leads the log, as the workers heard last; 0 when nobody knows."""
        for worker in self.workers:
            if (found := worker.last("leader")) is not None and found["leader"]:
                return int(str(found["leader"]).removeprefix("node-"))
        return 0

    def mend(self) -> None:
        """Everything runs and reaches everything."""
        self.wires.heal()
        for node in range(COUNT):
            server, process = self.servers[node], self.workers[node].process
            if server is None or server.poll() is not None:
                self.start_server(node)
            else:
                self.signal_server(node, signal.SIGCONT)
            if process is None or process.poll() is not None:
                self.start_worker(node)
            else:
                self.fill_disk(node, False)
                process.send_signal(signal.SIGCONT)
        if self._hurt is not None:
            self._refill(self._hurt)
            self._hurt = None

    def order(self, word: str) -> None:
        """To every worker; one that has ended gets another life."""
        for worker in self.workers:
            while not worker.order(word):
                self.start_worker(worker.node)

    def _refill(self, node: int, seconds: float = PATIENCE_S) -> None:
        """As the supervisor does: files that a server does not believe go. Before the next fault all servers have all entries."""
        log, deadline, emptied = self.data(node) / "nats.log", time.monotonic() + seconds, False
        time.sleep(1.0)
        while True:
            said = log.read_text(errors="replace").rpartition("Starting nats-server")[2]
            if not emptied and damaged_server.damage(said):
                self.kill_server(node)
                damaged_server.set_aside(self.data(node))
                self.start_server(node)
                emptied = True
            marks = [len(worker.said) for worker in self.workers]
            time.sleep(1.5)
            told = [one for mark, w in zip(marks, self.workers, strict=True) for one in w.said[mark:]]
            leaders = [one for one in told if one["what"] == "leader"]
            if leaders and all(one["whole"] for one in leaders):
                return
            assert time.monotonic() < deadline, f"node {node} is not filled again: {leaders[-1:]}"

    def agree(self, order: str, seconds: float = PATIENCE_S) -> list[dict[str, Any]]:
        """What every worker says to an order, once all say the same sequence and hashes."""
        deadline = time.monotonic() + seconds
        while True:
            marks = [len(worker.said) for worker in self.workers]
            self.order(order)
            answers = [
                self._answer(worker, mark, order, deadline) for worker, mark in zip(self.workers, marks, strict=True)
            ]
            same = {(one["sequence"], one["chain"], one["fingerprint"]) for one in answers}
            if len(same) == 1 and answers[0]["current"]:
                return answers
            assert time.monotonic() < deadline, f"replicas differ: {same}"
            time.sleep(0.3)

    @staticmethod
    def _answer(worker: Worker, mark: int, order: str, deadline: float) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [one for one in worker.said[mark:] if one["what"] == order]

        eventually(lambda: bool(found()), max(deadline - time.monotonic(), 1))
        return found()[-1]

    def close(self) -> None:
        """End all processes."""
        stops: list[Callable[[], None]] = []
        for worker in self.workers:
            if worker.process is not None and worker.process.poll() is None:
                stops.append(worker.kill)
        for node, server in enumerate(self.servers):
            if server is not None and server.poll() is None:
                stops.append(lambda node=node: self.kill_server(node))  # type: ignore[misc]  # bound on purpose
        for stop in stops:
            stop()
        self.wires.close()


def between(a: int, b: int) -> set[Link]:
    """Both directions of a link."""
    return {(a, b), (b, a)}
