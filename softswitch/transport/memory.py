"""A network in memory for tests: addresses, delay, loss, copies, cuts, on a virtual clock; held to the real contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from softswitch.sip.locate import SECURE, TRANSPORTS, Target, Transport, default_port
from softswitch.sip.via import Via
from softswitch.transport.clock import Clock
from softswitch.transport.flows import (
    Destination,
    Flow,
    OnError,
    OnFlow,
    OnPong,
    OnTargets,
    Receiver,
    Unsendable,
    join_address,
)

Address = tuple[str, int]


def nothing_lost(data: bytes, source: Address, target: Address) -> bool:
    """The default: every message arrives."""
    return False


def one_copy(data: bytes, source: Address, target: Address) -> tuple[float, ...]:
    """The default: once, in order."""
    return (0.0,)


@dataclass(slots=True)
class MemoryNetwork:
    """All endpoints; `wire` holds what was sent, in order, as (time, source, target, data).

    lost(data, source, target) says which datagrams vanish; copies(...) gives the further delay in seconds of each copy
    of one that does not: two are a duplicate, different ones change the order. Connections lose and reorder nothing.
    names: the targets of host names; any other host is its own.
    """

    clock: Clock
    delay_s: float = 0.01
    lost: Callable[[bytes, Address, Address], bool] = nothing_lost
    copies: Callable[[bytes, Address, Address], tuple[float, ...]] = one_copy
    wire: list[tuple[float, Address, Address, bytes]] = field(default_factory=list)
    names: dict[str, tuple[Target, ...]] = field(default_factory=dict)
    endpoints: dict[Address, MemoryPaths] = field(default_factory=dict)
    connections: dict[frozenset[Address], int] = field(default_factory=dict)
    """The number of the connection between two addresses; the next one after a cut has the next number."""

    def endpoint(self, host: str, port: int, receiver: Receiver) -> MemoryPaths:
        """An address, on all transports, that gives what arrives to the receiver."""
        paths = self.endpoints[host, port] = MemoryPaths(self, host, port, receiver)
        return paths

    def carry(self, data: bytes, flow: MemoryFlow) -> None:
        """Takes a message on its way."""
        source, target = flow.owner.address, (flow.host, flow.port)
        self.wire.append((self.clock.seconds(), source, target, data))
        if flow.reliable:
            self.clock.callLater(self.delay_s, self._arrive, data, flow)
        elif not self.lost(data, source, target):
            for later_s in self.copies(data, source, target):
                self.clock.callLater(self.delay_s + later_s, self._arrive, data, flow)

    def number(self, one: Address, other: Address) -> int:
        """Of the connection between two addresses now."""
        return self.connections.setdefault(frozenset((one, other)), 1)

    def cut(self, one: Address, other: Address) -> None:
        """The TCP connection between two addresses is lost; both are told."""
        number = self.number(one, other)
        self.connections[frozenset((one, other))] = number + 1
        for here, there in ((one, other), (other, one)):
            paths = self.endpoints.get(here)
            if paths is not None:
                paths.receiver.lost(MemoryFlow(paths, *there, "tcp", number))

    def _arrive(self, data: bytes, flow: MemoryFlow) -> None:
        there = self.endpoints.get((flow.host, flow.port))
        if there is not None and flow.alive:
            there.receiver.received(data, there.flow(*flow.owner.address, flow.kind))


@dataclass(frozen=True, slots=True)
class MemoryFlow:
    """The way from one endpoint to another address; `number` is that of its connection, 0 over UDP."""

    owner: MemoryPaths
    host: str
    port: int
    kind: Transport
    number: int

    @property
    def reliable(self) -> bool:
        return self.kind != "udp"

    @property
    def secure(self) -> bool:
        return self.kind in SECURE

    @property
    def is_ours(self) -> bool:
        return False

    @property
    def sent_by(self) -> str:
        return self.owner.sent_by(self.kind)

    @property
    def name(self) -> str:
        return f"{self.kind}:{join_address(self.host, self.port)}" + (f"#{self.number}" if self.number else "")

    @property
    def alive(self) -> bool:
        if not self.reliable:
            return True
        network, there = self.owner.network, (self.host, self.port)
        return there in network.endpoints and network.number(self.owner.address, there) == self.number

    def send(self, data: bytes) -> None:
        if not self.alive:
            raise Unsendable("the connection is closed")
        self.owner.network.carry(data, self)

    def ping(self, on_pong: OnPong) -> None:
        network = self.owner.network
        if self.alive and (self.host, self.port) in network.endpoints:
            network.clock.callLater(
                2 * network.delay_s, on_pong, "" if self.reliable else join_address(*self.owner.address)
            )

    def expect(self, seconds: float) -> None:
        """Nothing ends in memory by itself."""

    def alias(self, port: int) -> None:
        """Connections are known by both ends anyway."""


class MemoryPaths:
    """One endpoint as `Paths`."""

    def __init__(self, network: MemoryNetwork, host: str, port: int, receiver: Receiver) -> None:
        self.network = network
        self.address = host, port
        self.dead: list[str] = []
        self.receiver = receiver

    def flow(self, host: str, port: int, kind: Transport) -> MemoryFlow:
        """The way to an address."""
        number = self.network.number(self.address, (host, port)) if kind != "udp" else 0
        return MemoryFlow(self, host, port, kind, number)

    def locate(self, destination: Destination, on_targets: OnTargets, on_error: OnError) -> None:
        kind: Transport = destination.transport or ("tls" if destination.secure else "udp")
        own = (Target(destination.host, destination.port or default_port(kind), kind, destination.host),)
        on_targets(self.network.names.get(destination.host, own))

    def open(self, target: Target, size_bytes: int, on_flow: OnFlow, on_error: OnError) -> None:
        flow = self.flow(target.host, target.port, target.transport)
        if flow.alive:
            on_flow(flow)
        else:
            on_error("connection refused")

    def failed(self, target: Target, seconds: float | None = None) -> None:
        """Kept for the test; every target is as good as it was."""
        self.dead.append(target.host)

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        if flow.reliable and flow.alive:
            return on_flow(flow)
        port = (not flow.reliable and via.rport) or via.port or via.default_port
        return self.open(Target(flow.host, port, flow.kind), 0, on_flow, on_error)

    def find(self, name: str) -> Flow | None:
        kind, _, rest = name.partition(":")
        host, _, port = rest.partition("#")[0].rpartition(":")
        if not port.isdigit():
            return None
        known = next((each for each in TRANSPORTS if each == kind), None)
        flow = None if known is None else self.flow(host.strip("[]"), int(port), known)
        return flow if flow is not None and flow.alive and flow.name == name else None

    def sent_by(self, transport: Transport) -> str:
        return join_address(*self.address)

    def close(self) -> None:
        """Vanishes: nothing arrives here any more, and who held a connection is told."""
        self.network.endpoints.pop(self.address, None)
        for pair in [pair for pair in self.network.connections if self.address in pair]:
            one, other = (*pair, *pair)[:2]
            self.network.cut(one, other)
