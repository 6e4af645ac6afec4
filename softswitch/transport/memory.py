"""A network in memory for tests: addresses, delay, loss, on a virtual clock; held to the real ports' contract tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from softswitch.sip.via import Via
from softswitch.transport.clock import Clock
from softswitch.transport.flows import Destination, Flow, OnError, OnFlow, Receiver, Transport, Unsendable, join_address

Address = tuple[str, int]


def nothing_lost(data: bytes, source: Address, target: Address) -> bool:
    """The default: every message arrives."""
    return False


@dataclass(slots=True)
class MemoryNetwork:
    """All endpoints. `lost(data, source, target)` says which datagrams vanish; `wire` holds what was sent, in order."""

    clock: Clock
    delay_s: float = 0.01
    lost: Callable[[bytes, Address, Address], bool] = nothing_lost
    wire: list[tuple[float, Address, Address, bytes]] = field(default_factory=list)
    endpoints: dict[Address, MemoryPaths] = field(default_factory=dict)

    def endpoint(self, host: str, port: int, receiver: Receiver) -> MemoryPaths:
        """An address, UDP and TCP, that gives what arrives to the receiver."""
        paths = self.endpoints[host, port] = MemoryPaths(self, host, port, receiver)
        return paths

    def carry(self, data: bytes, flow: MemoryFlow) -> None:
        """Takes a message on its way."""
        source, target = (flow.owner.host, flow.owner.port), (flow.host, flow.port)
        self.wire.append((self.clock.seconds(), source, target, data))
        if flow.reliable or not self.lost(data, source, target):
            self.clock.callLater(self.delay_s, self._arrive, data, flow, source, target)

    def _arrive(self, data: bytes, flow: MemoryFlow, source: Address, target: Address) -> None:
        there = self.endpoints.get(target)
        if there is not None:
            there.receiver.received(data, there.flow(*source, flow.kind))


@dataclass(frozen=True, slots=True)
class MemoryFlow:
    """The way from one endpoint to another address."""

    owner: MemoryPaths
    host: str
    port: int
    kind: Transport

    @property
    def reliable(self) -> bool:
        return self.kind == "tcp"

    @property
    def sent_by(self) -> str:
        return self.owner.sent_by(self.kind)

    @property
    def name(self) -> str:
        return f"{self.kind}:{join_address(self.host, self.port)}"

    @property
    def alive(self) -> bool:
        return self.kind == "udp" or (self.host, self.port) in self.owner.network.endpoints

    def send(self, data: bytes) -> None:
        if not self.alive:
            raise Unsendable("the connection is closed")
        self.owner.network.carry(data, self)


class MemoryPaths:
    """One endpoint as `Paths`."""

    def __init__(self, network: MemoryNetwork, host: str, port: int, receiver: Receiver) -> None:
        self.network = network
        self.host = host
        self.port = port
        self.receiver = receiver

    def flow(self, host: str, port: int, kind: Transport) -> MemoryFlow:
        """The way to an address."""
        return MemoryFlow(self, host, port, kind)

    def reach(self, destination: Destination, on_flow: OnFlow, on_error: OnError) -> None:
        flow = self.flow(destination.host, destination.port, destination.transport)
        if flow.alive:
            on_flow(flow)
        else:
            on_error("connection refused")

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        on_flow(flow if flow.reliable else self.flow(flow.host, via.rport or via.port or 5060, flow.kind))

    def find(self, name: str) -> Flow | None:
        kind, _, rest = name.partition(":")
        host, _, port = rest.rpartition(":")
        return self.flow(host, int(port), "tcp" if kind == "tcp" else "udp") if port.isdigit() else None

    def sent_by(self, transport: Transport) -> str:
        return join_address(self.host, self.port)

    def close(self) -> None:
        """Vanishes: nothing arrives here any more."""
        self.network.endpoints.pop((self.host, self.port), None)
