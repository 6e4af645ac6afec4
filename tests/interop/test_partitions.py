"""Three nodes on machines of their own, Kamailio in front, a carrier that goes on calling: links are cut, a node is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from configdb.errors import Refused, Unknown
from configdb.log import Change
from configdb.model import SYSTEM
from installer import demo_tenant
from installer.demo_tenant import TENANT
from tests.conftest import NIGHTLY
from tests.interop.handset import Handset
from tests.interop.kamailio import Balancer
from tests.interop.load import CALL_S, Call, calls_of, load
from tests.interop.namespaces import Machines, machines
from tests.interop.node import Running, eventually, unasked
from tests.interop.test_calls import OPEN_ALWAYS
from tests.interop.three import NAMES, Three, three

pytestmark = [pytest.mark.interop, pytest.mark.timeout(3600 if NIGHTLY else 900)]

BALANCER, CARRIER, OPERATOR = "balancer", "carrier", "operator"
SIP_PORT = 5060
ELSEWHERE_S_MAX = 5.0
"""So long after a node was lost or cut off new calls are answered by others."""
CUT_S, WHOLE_S, ALL_S_MAX = 10.0, 8.0, 3000
"""How long a cut is, and the time after it: calls of the last seconds meet what happens next; how long all of it may be."""


@dataclass
class Town:
    """The nodes, the machines they are on, and every write of configuration that was acknowledged."""

    nodes: Three
    machines: Machines
    acknowledged: list[str] = field(default_factory=list)
    tried: int = 0

    def write(self, node: Running) -> bool:
        """A new object by way of a node; whether that was acknowledged."""
        self.tried += 1
        id = f"written-{self.tried}"
        document = {**OPEN_ALWAYS, "id": id, "name": id}
        try:
            node.config.transact(TENANT, [Change("schedule", id, document)], "test", "test")
        except (Refused, Unknown):
            return False
        self.acknowledged.append(id)
        return True

    def name(self, node: Running) -> str:
        """Of a node."""
        return next(name for name, one in self.nodes.nodes.items() if one is node)

    @contextmanager
    def cut_off(self, node: Running) -> Iterator[float]:
        """The node reaches no other, nor does Kamailio or the carrier reach it; since when."""
        name = self.name(node)
        self.machines.cut([name], {*NAMES, BALANCER, CARRIER} - {name})
        try:
            yield time.time()
        finally:
            self.machines.heal()

    def whole(self) -> None:
        """Until all nodes know each other and have every acknowledged write."""
        for node in self.nodes.nodes.values():
            self.nodes.wait_met(node)
        for node in self.nodes.nodes.values():
            eventually(lambda node=node: not self.missing(node), what="all writes on every node")  # type: ignore[misc]  # of this turn

    def missing(self, node: Running) -> list[str]:
        """Acknowledged writes that a node does not have."""
        return [id for id in self.acknowledged if node.config.get(TENANT, "schedule", id) is None]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Three that have joined; this thread is on the operator's machine, which reaches them always."""
    with (
        machines([*NAMES, BALANCER, CARRIER, OPERATOR]) as network,
        network.inside(OPERATOR),
        three(tmp_path, machines=network) as nodes,
    ):
        first, carrier = nodes.nodes["node-1"], network.address(CARRIER)
        trunk = {
            **unasked(demo_tenant.trunk((), first.carrier_ports[0])),
            "sources": [carrier, network.address(BALANCER)],
            "gateways": [{"host": carrier, "port": first.carrier_ports[0]}],
        }
        first.change(SYSTEM, "trunk", demo_tenant.TRUNK, trunk)
        first.change(TENANT, "schedule", "office", OPEN_ALWAYS)
        yield Town(nodes, network)


@contextmanager
def calling(town: Town, folder: Path) -> Iterator[Path]:
    """The carrier calls Kamailio, which knows the nodes from the list that the installer writes."""
    with town.machines.inside(BALANCER):
        nodes = [node.sip for node in town.nodes.nodes.values()]
        balancer = Balancer(SIP_PORT, nodes, town.machines.address(BALANCER))
    with balancer:
        to = f"{town.machines.address(BALANCER)}:{SIP_PORT}"
        with town.machines.inside(CARRIER):
            calls = load(town.nodes.nodes["node-1"], folder, to, town.machines.address(CARRIER), ALL_S_MAX)
            log = calls.__enter__()
        try:
            yield log
        finally:
            calls.__exit__(None, None, None)


def begun(calls: list[Call], since: float, until: float) -> list[Call]:
    """The calls that were begun in a time; there are some."""
    found = [call for call in calls if since <= call.begun < until]
    assert found
    return found


def lost(calls: list[Call], since: float) -> list[str]:
    """Those that were lost, in words."""
    return [f"begun {call.begun - since:.1f} s after, {call}" for call in calls if call.is_lost]


def registered(town: Town, edge: Running, device: str) -> None:
    """A phone registers on the carrier's machine, over a node."""
    with town.machines.inside(CARRIER):
        where = town.machines.address(CARRIER)
        with Handset(edge.sip, device, town.nodes.nodes["node-1"].passwords[device], where) as phone:
            contact = f"Contact: {phone.contact}"
            assert 200 == phone.ask("REGISTER", f"sip:{edge.sip}", contact, to=phone.aor).status


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened when (epoch seconds). `edge`: the address at which no call is expected to go on."""

    what: str
    at: float
    healed: float
    met: float
    edge: str = ""


def minority_is_cut_off(town: Town) -> Mark:
    """A node that is not the home of the tenant; it may have led the log."""
    lonely, other = town.nodes.away()
    with town.cut_off(lonely) as at:
        eventually(lambda: town.write(other), 30, "the others to take writes")
        assert not town.write(lonely)
        time.sleep(max(at + CUT_S - time.time(), 0))
        healed = time.time()
    town.whole()
    return Mark("a node of the minority was cut off", at, healed, time.time(), lonely.listen)


def home_is_cut_off(town: Town) -> Mark:
    """The home of the tenant: others are, with a phone that registers meanwhile, and then it is again."""
    home, other = town.nodes.home(), town.nodes.away()[0]
    with town.cut_off(home) as at:
        eventually(lambda: town.write(other), 30, "the others to take writes")
        assert not town.write(home)
        registered(town, other, "ann-desk")
        time.sleep(max(at + CUT_S - time.time(), 0))
        healed = time.time()
    town.whole()
    assert town.nodes.home() is home
    eventually(lambda: {"ann-desk", "ben-desk"} == {phone["device"] for phone in home.phones()}, what="both phones")
    return Mark("the home was cut off", at, healed, time.time())


def home_is_killed(town: Town) -> Mark:
    """All its processes; later it starts again."""
    home, other = town.nodes.home(), town.nodes.away()[0]
    at = town.nodes.kill(home)
    eventually(lambda: town.write(other), 30, "the others to take writes")
    time.sleep(max(at + CUT_S - time.time(), 0))
    healed = time.time()
    home.again()
    town.whole()
    return Mark("the home was killed", at, healed, time.time())


def seen(mark: Mark, calls: list[Call]) -> None:
    """What callers noticed of it is what was promised."""
    elsewhere = mark.at + ELSEWHERE_S_MAX
    assert [] == lost(begun(calls, elsewhere, mark.healed), mark.at), f"new calls after {mark.what}"
    assert [] == lost(begun(calls, mark.met, mark.met + WHOLE_S - CALL_S), mark.at), (
        f"calls when {mark.what} and all healed"
    )
    if mark.edge:
        going_on = [call for call in calls if call.lasts(mark.at) and call.edge != mark.edge]
        assert going_on
        assert [] == lost(going_on, mark.at), f"calls that went on when {mark.what}"


HAPPENINGS = (minority_is_cut_off, home_is_cut_off, home_is_killed) * 5 if NIGHTLY else (home_is_cut_off,)


def test_calls_go_on_elsewhere_and_no_acknowledged_write_is_lost_when_nodes_are_cut_off_or_die(
    town: Town, tmp_path: Path
) -> None:
    marks = []
    registered(town, town.nodes.away()[0], "ben-desk")
    with calling(town, tmp_path) as log:
        for happens in HAPPENINGS:
            time.sleep(WHOLE_S)
            marks.append(happens(town))
        time.sleep(WHOLE_S)
    calls = calls_of(log)
    print(*marks, sep="\n")
    for mark in marks:
        seen(mark, calls)
