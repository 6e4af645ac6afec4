"""Pairs of ports that a client asked for before it has a leg for them: the leg is open, and its address known, without waiting.

free --keep--> KEPT --take (a leg is opened on it)--> of the leg
                 +---- its client left --------------> free
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from media.plane.commands import Refused
from media.plane.ports import PortPair, Ports

Family = Literal[4, 6]


class KeptPorts:
    """Of one worker, with the ports it has by family."""

    def __init__(self, ports: Mapping[Family, Ports]) -> None:
        self._ports = ports
        self._kept: dict[object, dict[tuple[Family, int], PortPair]] = {}

    def of(self, family: Family) -> Ports:
        """Those of a family. Refused("family")."""
        ports = self._ports.get(family)
        if ports is None:
            raise Refused("family", f"this worker has no IPv{family} address")
        return ports

    def keep(self, owner: object, family: Family, count: int) -> list[int]:
        """The ports of so many pairs more for a client, fewer when there are no more."""
        kept, found = self._kept.setdefault(owner, {}), list[int]()
        ports = self.of(family)
        while len(found) < count:
            try:
                pair = ports.take()
            except Refused:
                break
            kept[family, pair.port] = pair
            found.append(pair.port)
        return found

    def take(self, owner: object, family: Family, port: int | None) -> PortPair:
        """The pair kept for a client; None: the next free one. Refused("no-ports" | "family")."""
        if port is None:
            return self.of(family).take()
        pair = self._kept.get(owner, {}).pop((family, port), None)
        if pair is None:
            raise Refused("no-ports", f"port {port} is not kept for this client")
        pair.forget_what_came()
        return pair

    def gone(self, owner: object) -> None:
        """A client left."""
        for pair in self._kept.pop(owner, {}).values():
            pair.close()

    def close(self) -> None:
        """The worker ends."""
        for owner in list(self._kept):
            self.gone(owner)
