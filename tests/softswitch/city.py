"""Three whole switches on one bus and one virtual clock, with the phones and the carrier that any of them may serve."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configdb import authority, membership
from configdb.bus import checked, matches
from configdb.node import write_private
from softswitch.transport.flows import Flow
from softswitch.transport.memory import MemoryNetwork
from tests.softswitch.street import ADDRESSES, Station
from tests.softswitch.whole_switch import SIP_HOST, SIP_PORT, WholeSwitch

NAMES = ("node-1", "node-2", "node-3")


class Wire:
    """The bus between the switches. Who is cut off says and hears nothing; `carried` may change what is on its way.

    held: what is said by and to who is cut off, in order, if it is a list: a link that was cut gives it out when it heals.
    """

    def __init__(self) -> None:
        self.carried: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda subject, document: document
        self.subscriptions: list[tuple[str, str, Callable[[str, dict[str, Any]], None]]] = []
        self.away: set[str] = set()
        self.held: list[tuple[Callable[[str, dict[str, Any]], None], str, dict[str, Any]]] | None = None
        self.said: list[str] = []

    def heal(self) -> None:
        """Nobody is cut off any more; what was held goes on."""
        self.away.clear()
        held, self.held = self.held or [], None
        for callback, subject, document in held:
            callback(subject, document)

    def end(self, node: str) -> End:
        """The bus as one node sees it."""
        return End(self, node)


class End:
    """One node's bus."""

    def __init__(self, wire: Wire, node: str) -> None:
        self._wire, self._node = wire, node

    def publish(self, subject: str, document: dict[str, Any]) -> bool:
        """To all who listen, as it goes over the wire."""
        payload = checked(subject, document)
        wire = self._wire
        if self._node in wire.away and wire.held is None:
            return False
        wire.said.append(subject)
        for node, pattern, callback in list(wire.subscriptions):
            if matches(pattern, subject):
                document = wire.carried(subject, json.loads(payload))
                if node == self._node or not {node, self._node} & wire.away:
                    callback(subject, document)
                elif wire.held is not None:
                    wire.held.append((callback, subject, document))
        return True

    def subscribe(self, pattern: str, callback: Callable[[str, dict[str, Any]], None]) -> End:
        """Listens for ever."""
        self._wire.subscriptions.append((self._node, pattern, callback))
        return self

    def close(self) -> None:
        """Listens to nothing any more."""
        self._wire.subscriptions = [one for one in self._wire.subscriptions if one[0] != self._node]


class Door:
    """A switch's end of the network."""

    def __init__(self, switch: WholeSwitch) -> None:
        self.switch = switch

    def received(self, data: bytes, flow: Flow) -> None:
        self.switch.datagram(data, (flow.host, flow.port))

    def lost(self, flow: Flow) -> None:
        """There is only UDP here."""


class City:
    """See the module; `nodes` by name."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wire = folder, Wire()
        self.nodes: dict[str, WholeSwitch] = {}
        self.doors: dict[str, Any] = {}
        self._runs: list[WholeSwitch] = []
        self.network: Any = None
        for name in NAMES:
            self.start(name)
        self.phones = {name: Station(self.network, name) for name in ADDRESSES}
        self.carrier = Station(self.network, None)
        self.run(4)

    def address(self, name: str) -> tuple[str, int]:
        """Where a node listens."""
        return SIP_HOST, SIP_PORT + NAMES.index(name)

    def start(self, name: str) -> None:
        """One more run of a node over its folder."""
        folder = self.folder / name
        for secret in ("node.key", "gruu.key"):
            write_private(folder / "secrets" / secret, "5" * 64)
        authority.ensure(folder)
        authority.certify(folder, name, "127.0.0.1")
        membership.write(folder, membership.Membership(name, "127.0.0.1:6222", {}))
        first = next(iter(self.nodes.values()), None)
        self.wire.away.discard(name)
        switch = self.nodes[name] = WholeSwitch(
            folder,
            first.config.directory if first is not None else None,
            name=name,
            bus=self.wire.end(name),
            reactor=first.reactor if first is not None else None,
            port=self.address(name)[1],
        )
        self._runs.append(switch)
        self.network = self.network or MemoryNetwork(switch.reactor)
        paths = self.doors[name] = self.network.endpoint(*self.address(name), Door(switch))
        switch.carried_by(lambda data, address: self.network.carry(data, paths.flow(*address, "udp")))

    def kill(self, name: str) -> None:
        """Nothing of it reaches anybody any more."""
        self.wire.away.add(name)
        self.wire.subscriptions = [one for one in self.wire.subscriptions if one[0] != name]
        self.doors[name].close()
        self.nodes[name].service._state.close()

    def run(self, seconds: float) -> None:
        """Lets time pass, for all."""
        self.nodes["node-1"].run(seconds)

    def home(self) -> str:
        """The node that serves the demo tenant, as all living ones say."""
        [found] = {
            switch.service._cluster.members.home("riverside")
            for name, switch in self.nodes.items()
            if name not in self.wire.away
        }
        return found

    def others(self) -> list[str]:
        """The living nodes that do not."""
        return [name for name in NAMES if name != self.home() and name not in self.wire.away]

    def calls(self, name: str) -> int:
        """How many calls a node has in progress."""
        return len(self.nodes[name].service._board.calls)

    def passing(self, name: str) -> int:
        """How many legs of other nodes go through a node."""
        return int(self.nodes[name].service._cluster.document()["passing"])

    def registered(self, name: str) -> set[str]:
        """The devices that a node knows."""
        service = self.nodes[name].service
        return {contact.device for contact in service._phones.all(service._reactor.seconds())}

    def close(self) -> None:
        """Ends all, the last one first: each put its patches on those of the one before."""
        for switch in reversed(self._runs):
            switch.dies()
