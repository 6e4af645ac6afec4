"""The real `Paths`: a resolver in front of the ports of all transports; targets that did not serve come last for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from softswitch.sip.locate import Target, Transport
from softswitch.sip.via import Via
from softswitch.transport.clock import Clock
from softswitch.transport.flows import Destination, Flow, OnError, OnFlow, OnTargets, Port
from softswitch.transport.limits import (
    DEAD_TARGET_S,
    DEAD_TARGET_S_MAX,
    DEAD_TARGETS_MAX,
    STREAM_REFUSED_S,
    STREAM_TRY_S_MAX,
    UDP_REQUEST_BYTES_MAX,
)
from softswitch.transport.resolver import Resolver

Key = tuple[str, int, Transport]


class Dead:
    """Targets that lately did not serve. They are tried last, never left out: they may be all there is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: OrderedDict[Key, float] = OrderedDict()

    def add(self, target: Target, seconds: float) -> None:
        """It did not serve."""
        key = _key(target)
        self._until[key] = self._clock.seconds() + seconds
        self._until.move_to_end(key)
        if len(self._until) > DEAD_TARGETS_MAX:
            self._until.popitem(last=False)

    def __contains__(self, target: Target) -> bool:
        until = self._until.get(_key(target))
        return until is not None and until > self._clock.seconds()

    def last(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """The same targets, dead ones at the end."""
        if not self._until:
            return tuple(targets)
        return tuple(sorted(targets, key=lambda target: target in self))


class Flows:
    """See the module. `ports`: for each transport those of all local addresses, in the order of preference."""

    def __init__(self, clock: Clock, resolver: Resolver, ports: Mapping[Transport, Sequence[Port]]) -> None:
        self._resolver = resolver
        self._ports = ports
        self._dead = Dead(clock)

    def locate(self, destination: Destination, on_targets: OnTargets, on_error: OnError) -> None:
        kinds = tuple(kind for kind, ports in self._ports.items() if ports)
        if destination.transport is not None and destination.transport not in kinds:
            return on_error(f"no {destination.transport} transport")

        def found(targets: tuple[Target, ...]) -> None:
            on_targets(self._dead.last(targets))

        return self._resolver.locate(destination, kinds, self._is_reachable, found, on_error)

    def open(self, target: Target, size_bytes: int, on_flow: OnFlow, on_error: OnError) -> None:
        if target.transport != "udp" or size_bytes <= UDP_REQUEST_BYTES_MAX:
            return self._open(target, on_flow, on_error)
        stream = replace(target, transport="tcp")
        port = self._port(stream)
        if port is None or stream in self._dead:
            return self._open(target, on_flow, on_error)

        def refused(reason: str) -> None:
            self._dead.add(stream, STREAM_REFUSED_S)
            self._open(target, on_flow, on_error)

        return port.open(stream, on_flow, refused, STREAM_TRY_S_MAX)

    def failed(self, target: Target, seconds: float | None = None) -> None:
        self._dead.add(target, DEAD_TARGET_S if seconds is None else min(seconds, DEAD_TARGET_S_MAX))

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        if flow.reliable and flow.alive:
            return on_flow(flow)
        # Always to the source address: a `received` written by the peer itself would let it aim our answers.
        port = (not flow.reliable and via.rport) or via.port or via.default_port
        if port == flow.port and flow.alive:
            return on_flow(flow)
        target = Target(flow.host, port, flow.kind, via.host)

        def gone(reason: str) -> None:
            self._answer_elsewhere(target, on_flow, reason, on_error)

        return self._open(target, on_flow, gone)

    def find(self, name: str) -> Flow | None:
        kind = name.partition(":")[0]
        ports = next((ports for each, ports in self._ports.items() if each == kind), ())
        return next((flow for port in ports if (flow := port.find(name)) is not None), None)

    def sent_by(self, transport: Transport) -> str:
        ports = self._ports.get(transport) or next(ports for ports in self._ports.values() if ports)
        return ports[0].sent_by

    def _is_reachable(self, address: str) -> bool:
        is_ipv6 = ":" in address
        return any(port.is_ipv6 is is_ipv6 for ports in self._ports.values() for port in ports)

    def _port(self, target: Target) -> Port | None:
        is_ipv6 = ":" in target.host
        return next((port for port in self._ports.get(target.transport, ()) if port.is_ipv6 is is_ipv6), None)

    def _open(self, target: Target, on_flow: OnFlow, on_error: OnError) -> None:
        port = self._port(target)
        if port is None:
            on_error(f"no way to {target.host} over {target.transport}")
        else:
            port.open(target, on_flow, on_error)

    def _answer_elsewhere(self, tried: Target, on_flow: OnFlow, reason: str, on_error: OnError) -> None:
        """The sender's connection and its address are gone: other servers of the name in its Via (RFC 3263 5)."""

        def found(targets: tuple[Target, ...]) -> None:
            left = [target for target in targets if target.host != tried.host]
            if left:
                self._open(left[0], on_flow, on_error)
            else:
                on_error(reason)

        def unknown(_: str) -> None:
            on_error(reason)

        if tried.domain and not tried.domain.endswith(".invalid"):
            self.locate(Destination(tried.domain, None, tried.transport), found, unknown)
        else:
            on_error(reason)


def _key(target: Target) -> Key:
    return target.host, target.port, target.transport
