"""How far every replica of a shard is: each process says so on the bus, and a writer's receipt counts the nodes.

`replica.<shard>.report` is published after every write that a process applied, and every `report_s`:
`{node, process, sequence, chain, alive}`. `replica.<shard>.ask` is a question of `configdb.doctor` to all of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from configdb.bus import Bus, BusSubscription, Document
from configdb.keys import escape
from configdb.limits import node_age_s_max, report_age_s_max, report_s

Answer = Callable[[Document], Document | None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a process said last; `heard_at` is monotonic time."""

    node: str
    process: str
    sequence: int
    chain: str
    heard_at: float


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a write got: `nodes` of `of` nodes have applied it, `took_s` after it was asked; `missing` have not yet."""

    nodes: int
    of: int
    took_s: float
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"applied on {self.nodes}/{self.of} nodes in {self.took_s:.1f} s"


class Reports:
    """One process's voice and ear. `position` gives (sequence, chain) of its replica; `answer` its answers to questions."""

    def __init__(
        self,
        bus: Bus,
        shard: str,
        node: str,
        process: str,
        position: Callable[[], tuple[int, str]],
        answer: Answer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._subject = bus, f"replica.{escape(shard)}"
        self.node, self.process = node, process
        self._position, self._answer, self._clock = position, answer, clock
        self._known: dict[tuple[str, str], Report] = {}
        self._answers: dict[str, list[Document]] = {}
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._stopping = False
        self._subscriptions: list[BusSubscription] = []
        self._thread = threading.Thread(target=self._run, name="configdb-reports", daemon=True)

    def start(self) -> None:
        """Listen and speak."""
        for what, heard in (("report", self._heard), ("ask", self._asked), ("answer", self._answered)):
            self._subscriptions.append(self._bus.subscribe(f"{self._subject}.{what}", heard))
        self._thread.start()

    def stop(self) -> None:
        """Say that this process ends, and be silent."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        for subscription in self._subscriptions:
            subscription.close()

    def moved(self) -> None:
        """This process applied something: say so soon."""
        self._wake.set()

    def wait(self, sequence: int, configured: Iterable[str], timeout_s: float) -> Reach:
        """Wait until all nodes have applied an entry, or the time is over; `configured` are nodes that must exist."""
        began, names = self._clock(), tuple(configured)
        with self._changed:
            self._changed.wait_for(lambda: not self._missing(sequence, names), timeout_s)
            missing, nodes = self._missing(sequence, names), self._nodes(names)
        return Reach(len(nodes) - len(missing), len(nodes), self._clock() - began, tuple(sorted(missing)))

    def all(self) -> list[Report]:
        """What every process that is heard said last, this one included."""
        now = self._clock()
        with self._changed:
            known = [one for one in self._known.values() if now - one.heard_at < report_age_s_max]
        return sorted(known, key=lambda one: (one.node, one.process))

    def ask(self, question: Document, id: str, count: int, timeout_s: float) -> list[Document]:
        """The answers of up to `count` processes to a question, as far as they come in time."""
        with self._changed:
            self._answers[id] = []
        self._bus.publish(f"{self._subject}.ask", {**question, "id": id})
        with self._changed:
            self._changed.wait_for(lambda: len(self._answers[id]) >= count, timeout_s)
            return self._answers.pop(id)

    def _nodes(self, configured: tuple[str, ...]) -> set[str]:
        now = self._clock()
        heard = {one.node for one in self._known.values() if now - one.heard_at < node_age_s_max}
        return heard | set(configured) | {self.node}

    def _missing(self, sequence: int, configured: tuple[str, ...]) -> set[str]:
        """Nodes of which a process that is alive is behind, or none is alive."""
        now = self._clock()
        live = [one for one in self._known.values() if now - one.heard_at < report_age_s_max]
        behind = {one.node for one in live if one.sequence < sequence}
        silent = self._nodes(configured) - {one.node for one in live} - {self.node}
        return behind | silent

    def _run(self) -> None:
        while not self._stopping:
            self._say(alive=True)
            self._wake.wait(report_s)
            self._wake.clear()
        self._say(alive=False)

    def _say(self, alive: bool) -> None:
        sequence, chain = self._position()
        said = {"node": self.node, "process": self.process, "sequence": sequence, "chain": chain, "alive": alive}
        self._bus.publish(f"{self._subject}.report", said)

    def _heard(self, subject: str, said: Document) -> None:
        try:
            key = str(said["node"]), str(said["process"])
            report = Report(*key, int(said["sequence"]), str(said["chain"]), self._clock())
            alive = bool(said["alive"])
        except (KeyError, TypeError, ValueError):
            return  # another program spoke on our subject
        with self._changed:
            if alive:
                self._known[key] = report
            else:
                self._known.pop(key, None)
            self._changed.notify_all()

    def _asked(self, subject: str, question: Document) -> None:
        answer = self._answer({**question, "here": f"{self.node}/{self.process}"})
        if answer is not None:
            about = {"id": question.get("id"), "node": self.node, "process": self.process}
            self._bus.publish(f"{self._subject}.answer", {**answer, **about})

    def _answered(self, subject: str, answer: Document) -> None:
        with self._changed:
            if (waiting := self._answers.get(str(answer.get("id")))) is not None:
                waiting.append(answer)
                self._changed.notify_all()
