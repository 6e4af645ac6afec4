"""The media workers of the switch: all legs of a call on one, the least busy first, and one that dies takes only its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from media.plane.client import MediaClient, MediaError, Opened
from media.plane.events import Overload, RecordDone
from softswitch.adapters.media import MediaPlane
from softswitch.adapters.media_claims import CLAIM_S_MAX


class Worker:
    """A client whose worker does at once what it is asked."""

    def __init__(self, name: str, on_event: Any, on_lost: Any) -> None:
        self.name, self.on_event, self.on_lost = name, on_event, on_lost
        self.asked: list[tuple[Any, ...]] = []
        self.busy = 0.0
        self.urgent: list[tuple[str, bool]] = []
        self.kept: list[tuple[int, int]] = []
        self.held: set[tuple[int, int]] = set()
        self.keeps: int | None = 0
        self.ports = 100
        self.refuses: MediaError | None = None

    def status(self) -> Deferred[dict[str, Any]]:
        return succeed({"busy_percent": self.busy, "ports": {"used": 3, "pairs": 50}})

    def open(self, leg: str, family: int = 4, urgent: bool = False, kept: int | None = None) -> Deferred[Opened]:
        self.asked.append(("open", leg, family) if kept is None else ("open", leg, family, kept))
        self.urgent.append((leg, urgent))
        if kept is not None and self.refuses is not None:
            return fail(self.refuses)
        if kept is not None and (family, kept) not in self.held:
            return fail(MediaError("no-ports", f"port {kept} is not kept for this client"))
        return succeed(Opened(self.name, kept or 1))

    def keep(self, family: int, count: int, left: Sequence[int] = ()) -> Deferred[list[Opened]]:
        """As many as `keeps` says, in answer to the turn's end."""
        self.kept.append((family, count))
        self.held = {(of, port) for of, port in self.held if of != family or port in left}
        if self.keeps is None:
            return fail(MediaError("unknown-op", "a worker of before"))
        first = self.ports
        self.ports += min(count, self.keeps)
        self.held |= {(family, port) for port in range(first, self.ports)}
        return succeed([Opened(self.name, port) for port in range(first, self.ports)])

    def disconnect(self) -> None:
        """Nothing to leave."""

    def did(self, *names: str) -> list[tuple[Any, ...]]:
        return [asked for asked in self.asked if asked[0] in names]

    def __getattr__(self, name: str) -> Any:
        def command(*arguments: Any) -> Deferred[None]:
            self.asked.append((name, *arguments))
            return succeed(None)

        return command


class Plane:
    """A media plane of some workers that can be killed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int, families: tuple[Any, ...] = (4, 6)) -> None:
        self.clock = Clock()
        self.up: dict[str, Worker] = {}
        self.dead: set[str] = set()
        self.lost: list[Collection[str]] = []
        self.events: list[Any] = []
        self.where: dict[str, str] = {}
        self.failed: list[str] = []
        monkeypatch.setattr(MediaClient, "connect", self._connect)
        paths = [Path(f"/run/media-{index}.sock") for index in range(count)]
        self.plane = MediaPlane(self.clock, paths, families, self.events.append, self.lost.append)
        self.plane.start()

    def _connect(self, reactor: Any, path: Path, on_event: Any, on_lost: Any) -> Deferred[Any]:
        if path.stem in self.dead:
            failing: Deferred[Any] = Deferred()
            failing.errback(MediaError("gone", "no worker"))
            return failing
        self.up[path.stem] = Worker(path.stem, on_event, on_lost)
        return succeed(self.up[path.stem])

    def open(
        self, leg: str, *beside: str, family: Any = 4, urgent: bool = False, at_once: bool = True
    ) -> Opened | None:
        def done(opened: Opened) -> None:
            self.where[leg] = opened.address

        at = self.plane.open(leg, beside, family, done, self.failed.append, urgent, at_once)
        if at is not None:
            done(at)
        self.clock.advance(0)
        return at

    def kill(self, name: str) -> None:
        self.dead.add(name)
        self.up.pop(name).on_lost("connection lost")


def test_all_legs_of_a_call_are_on_one_worker_and_calls_are_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    for call in ("a", "b", "c", "d"):
        plane.open(f"{call}1", f"{call}1")
        plane.open(f"{call}2", f"{call}1", f"{call}2")
    assert {plane.where[f"{call}1"] == plane.where[f"{call}2"] for call in "abcd"} == {True}
    assert [2, 2] == [list(plane.where.values()).count(name) // 2 for name in ("media-0", "media-1")]


def test_a_busy_worker_gets_no_new_call_but_more_legs_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    plane.open("a1")
    home = plane.where["a1"]
    plane.up[home].on_event(Overload(75.0))
    for leg in ("b1", "c1"):
        plane.open(leg)
    plane.open("a2", "a1")
    assert home not in (plane.where["b1"], plane.where["c1"])
    assert home == plane.where["a2"]


def test_with_all_workers_busy_the_plane_takes_no_calls_until_they_say_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plane = Plane(monkeypatch, 2)
    for worker in plane.up.values():
        worker.busy = 80.0
    plane.clock.advance(1)
    assert not plane.plane.ready
    plane.up["media-1"].busy = 10.0
    plane.clock.advance(1)
    assert plane.plane.ready


def test_a_worker_that_dies_takes_only_its_own_legs_and_is_connected_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    plane.open("a1")
    plane.open("b1")
    dead = plane.where["a1"]
    plane.kill(dead)
    assert [{"a1"}] == plane.lost
    plane.plane.ask("stop", "a1", lambda m: m.stop("a1"), failed=plane.failed.append)
    plane.plane.ask("stop", "b1", lambda m: m.stop("b1"))
    plane.clock.advance(0)
    assert (["no media worker"], ("stop", "b1")) == (plane.failed, plane.up[plane.where["b1"]].asked[-1])
    plane.open("c1")
    assert plane.where["b1"] == plane.where["c1"]
    plane.dead.clear()
    plane.clock.pump([0.25] * 8)
    assert [True, True] == [one["ready"] for one in plane.plane.status()]


def test_a_recording_is_stopped_where_its_leg_is(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    plane.open("a1")
    home = plane.up[plane.where["a1"]]
    plane.plane.record("a1", "t", lambda m: m.record("a1", "t", "/x", "call", 1.0, 0.0), plane.failed.append)
    plane.plane.close("a1", lambda _: None)
    plane.plane.ask("stop recording", "t", lambda m: m.stop_record("t"))
    assert ["claim", "open", "record", "close", "stop_record"] == [asked[0] for asked in home.asked]
    home.on_event(RecordDone("a1", "t", "/x", 1.0, "stopped"))
    plane.plane.ask("stop recording", "t", lambda m: m.stop_record("t"), failed=plane.failed.append)
    plane.clock.advance(0)
    assert ["no media worker"] == plane.failed


def test_a_leg_gets_the_family_it_needs_where_the_node_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    both, only = Plane(monkeypatch, 1), Plane(monkeypatch, 1, (4,))
    for plane in (both, only):
        plane.open("a1", family=6)
    assert [[("open", "a1", 6)], [("open", "a1", 4)]] == [plane.up["media-0"].did("open") for plane in (both, only)]


def joined(monkeypatch: pytest.MonkeyPatch) -> tuple[Plane, Worker, Worker]:
    """Legs a1 and b1 of two calls, on two workers, bridged."""
    plane = Plane(monkeypatch, 2)
    plane.open("a1")
    plane.open("b1")
    plane.plane.bridge("a1", "b1")
    return plane, plane.up[plane.where["a1"]], plane.up[plane.where["b1"]]


def test_legs_of_two_workers_are_joined_by_a_pair_of_legs_that_hear_each_other_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, one, other = joined(monkeypatch)
    assert [("bridge", "a1", "tie-1-a")] == one.did("bridge")
    assert [("bridge", "b1", "tie-1-b")] == other.did("bridge")
    remotes = [worker.did("remote")[0][1:] for worker in (one, other)]
    assert [("tie-1-a", other.name, "strict"), ("tie-1-b", one.name, "strict")] == [
        (name, remote.address, remote.latch) for name, remote in remotes
    ]


@pytest.mark.parametrize("end", ["unbridge", "close", "bridge", "kill"])
def test_the_pair_ends_with_the_bridge(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    plane, one, other = joined(monkeypatch)
    match end:
        case "unbridge":
            plane.plane.unbridge("b1")
        case "close":
            plane.plane.close("b1", lambda _: None)
        case "bridge":
            plane.open("a2", "a1")
            plane.plane.bridge("a1", "a2")
        case "kill":
            plane.kill(other.name)
    assert ("close", "tie-1-a") in one.asked
    assert ("close", "tie-1-b") in other.asked


def test_legs_of_one_worker_need_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    plane.open("a1")
    plane.open("a2", "a1")
    plane.plane.bridge("a1", "a2")
    home = plane.up[plane.where["a1"]]
    assert ([("bridge", "a1", "a2")], []) == (home.did("bridge"), home.did("remote"))


def test_a_pair_that_cannot_be_opened_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    plane.open("a1")
    plane.open("b1")
    one, other = (plane.up[plane.where[leg]] for leg in ("a1", "b1"))
    refusing: Deferred[Any] = Deferred()
    refusing.errback(MediaError("full", "no free leg"))
    monkeypatch.setattr(other, "open", lambda leg, family: refusing)
    plane.plane.bridge("a1", "b1")
    assert ("close", "tie-1-a") in one.asked
    assert [] == one.did("bridge")


class Keeper(Worker):
    """A worker that a switch was killed beside: it has these legs still."""

    def __init__(self, name: str, kept: dict[str, Opened]) -> None:
        super().__init__(name, None, None)
        self.kept = kept

    def claim(self, legs: Collection[str], linger_s: float) -> Deferred[dict[str, Opened]]:
        self.asked.append(("claim", tuple(legs)))
        return succeed({leg: where for leg, where in self.kept.items() if leg in legs})


class Claimed:
    """A plane that has not begun, over workers that keep legs; what it found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, workers: Sequence[Keeper | None]) -> None:
        self.clock, self.workers = Clock(), list(workers)
        self.found: list[dict[str, Opened]] = []
        monkeypatch.setattr(MediaClient, "connect", self._connect)
        paths = [Path(f"/run/media-{index}.sock") for index in range(len(workers))]
        self.plane = MediaPlane(self.clock, paths, (4,), lambda event: None, lambda legs: None)
        self.plane.claim(["a", "b", "c"], lambda found: self.found.append(dict(found)))
        self.plane.start()

    def _connect(self, reactor: Any, path: Path, on_event: Any, on_lost: Any) -> Deferred[Any]:
        worker = self.workers[int(path.stem.rpartition("-")[2])]
        if worker is not None:
            return succeed(worker)
        failing: Deferred[Any] = Deferred()
        failing.errback(MediaError("gone", "no worker"))
        return failing


def test_legs_of_the_last_run_are_claimed_from_every_worker_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Keeper("one", {"a": Opened("127.0.0.1", 10)}), Keeper("two", {"b": Opened("127.0.0.1", 20)})
    claimed = Claimed(monkeypatch, [one, two])
    assert [{"a": Opened("127.0.0.1", 10), "b": Opened("127.0.0.1", 20)}] == claimed.found
    claimed.plane.goes_on("b", "token")
    claimed.plane.ask("stop recording", "token", lambda m: m.stop_record("token"))
    assert [("stop_record", "token")] == two.did("stop_record")
    assert [1, 1] == [worker["legs"] for worker in claimed.plane.status()]
    claimed.clock.advance(10)
    assert 1 == len(claimed.found)


def test_a_worker_that_comes_too_late_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Keeper("late", {"c": Opened("127.0.0.1", 30)})
    claimed = Claimed(monkeypatch, [Keeper("one", {"a": Opened("127.0.0.1", 10)}), None])
    assert [] == claimed.found
    claimed.clock.advance(CLAIM_S_MAX)
    assert [{"a": Opened("127.0.0.1", 10)}] == claimed.found
    claimed.workers[1] = late
    claimed.clock.advance(1)
    assert [("claim", ())] == late.did("claim")  # nothing is asked for: what it has is closed there


def test_the_ports_of_a_worker_are_told_while_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 1)
    assert [{"used": 3, "pairs": 50}] == [one["ports"] for one in plane.plane.status()]
    plane.kill("media-0")
    assert [{}] == [one["ports"] for one in plane.plane.status()]


def test_who_is_let_in_all_the_same_has_a_port_where_all_workers_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 2)
    for worker, busy in zip(plane.up.values(), (90.0, 80.0), strict=True):
        worker.busy = busy
    plane.clock.pump([1.0] * 5)
    assert not plane.plane.ready
    plane.open("emergency", "emergency", urgent=True)
    assert ({"emergency": "media-1"}, []) == (plane.where, plane.failed)


def test_the_worker_is_told_which_legs_are_of_calls_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(monkeypatch, 1)
    plane.open("a1", "a1")
    plane.open("a2", "a1", "a2")
    plane.open("emergency", "emergency", urgent=True)
    assert [("a1", False), ("a2", True), ("emergency", True)] == plane.up["media-0"].urgent
