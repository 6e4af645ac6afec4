"""Flows of other nodes: what a phone sends to one node and another serves, and the way back through that node (its edge)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from softswitch.sip.locate import TRANSPORTS, Target, Transport
from softswitch.sip.via import Via
from softswitch.transport.flows import Destination, Flow, OnError, OnFlow, OnPong, OnTargets, Paths, Unsendable

SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Ends:
    """What far flows need of the cluster: `carry(node, flow, data)` has it sent there, False when it cannot."""

    carry: Callable[[str, str, bytes], bool]
    alive: Callable[[str], bool]
    sent_by: Callable[[str, Transport], str]


@dataclass(frozen=True, slots=True)
class FarFlow:
    """The flow `near` of another node, by its name there. `kind`, `host`, `port`: as it is there."""

    ends: Ends
    node: str
    near: str
    kind: Transport
    host: str
    port: int

    @property
    def reliable(self) -> bool:
        return self.kind != "udp"

    @property
    def secure(self) -> bool:
        return self.kind in ("tls", "wss")

    @property
    def is_ours(self) -> bool:
        return False

    @property
    def sent_by(self) -> str:
        return self.ends.sent_by(self.node, self.kind)

    @property
    def name(self) -> str:
        return f"{self.node}{SEPARATOR}{self.near}"

    @property
    def alive(self) -> bool:
        return self.ends.alive(self.node)

    def send(self, data: bytes) -> None:
        if not self.ends.carry(self.node, self.near, data):
            raise Unsendable(f"{self.node} cannot be reached")

    def ping(self, on_pong: OnPong) -> None:
        """The edge keeps its flows alive."""

    def expect(self, seconds: float) -> None:
        """The edge sees when its flows end."""

    def alias(self, port: int) -> None:
        """The edge's connections stay the edge's."""


def kept_name(flow: Flow) -> str | None:
    """What a binding keeps of the flow it came on: a plain UDP socket has nothing worth keeping."""
    return flow.name if flow.reliable or SEPARATOR in flow.name else None


class FarPaths:
    """`Paths` that find flows of other nodes too; the rest is the node's own."""

    def __init__(self, own: Paths, ends: Ends) -> None:
        self._own, self._ends = own, ends

    def locate(self, destination: Destination, on_targets: OnTargets, on_error: OnError) -> None:
        self._own.locate(destination, on_targets, on_error)

    def open(self, target: Target, size_bytes: int, on_flow: OnFlow, on_error: OnError) -> None:
        self._own.open(target, size_bytes, on_flow, on_error)

    def failed(self, target: Target, seconds: float | None = None) -> None:
        self._own.failed(target, seconds)

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        """The edge is the way back while it lives: what it cannot reach by source port, nobody can."""
        if isinstance(flow, FarFlow) and flow.alive:
            on_flow(flow)
        else:
            self._own.reply(flow, via, on_flow, on_error)

    def find(self, name: str) -> Flow | None:
        if SEPARATOR not in name:
            return self._own.find(name)
        found = far(self._ends, name)
        return found if found is not None and found.alive else None

    def sent_by(self, transport: Transport) -> str:
        return self._own.sent_by(transport)


def far(ends: Ends, name: str) -> FarFlow | None:
    """The flow of a name that others gave it, None when it is none."""
    node, _, near = name.partition(SEPARATOR)
    kind, _, end = near.partition(":")
    transport = next((one for one in TRANSPORTS if one == kind), None)
    host, _, port = end.partition("#")[0].partition("@")[0].rpartition(":")
    if transport is None or not port.isdigit():
        return None
    return FarFlow(ends, node, near, transport, host.strip("[]"), int(port))
