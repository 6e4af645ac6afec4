"""Pairs of ports that a client asked for before it has a leg for them: the leg is open, and its address known, without waiting.

free --keep--> KEPT --take (a leg is opened on it)--> of the leg
                 +---- the leg is refused, or its client left, or has it no more --> free
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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

    def keep(self, owner: object, family: Family, count: int, left: Collection[int] = ()) -> list[int]:
        """The ports of so many pairs more for a client, fewer when there are no more; it has those `left` of before."""
        ports, kept, found = self.of(family), self._kept.setdefault(owner, {}), list[int]()
        for lost in [of for of in kept if of[0] == family and of[1] not in left]:
            kept.pop(lost).close()
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

    def give_up(self, owner: object, family: Family, port: int | None) -> None:
        """A leg that was to be opened there is refused: its client does not ask for that port again."""
        pair = self._kept.get(owner, {}).pop((family, port or 0), None)
        if pair is not None:
            pair.close()

    def gone(self, owner: object) -> None:
        """A client left."""
        for pair in self._kept.pop(owner, {}).values():
            pair.close()

    def close(self) -> None:
        """The worker ends."""
        for owner in list(self._kept):
            self.gone(owner)
