"""The roll of a node that has joined others: what it tells of all it knows, and what it learns, for NATS and its next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from configdb import authority, membership
from configdb.membership import Membership, met


class Roll:
    """DATA/cluster/members.json as the switch sees it. Raises OSError or ValueError when it cannot be read or written."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def told(self) -> dict[str, Any] | None:
        """This node and the others, with their keys; None: it has not joined any, or its settings say."""
        known = membership.read(self._data)
        if known is None:
            return None
        own = {known.name: [known.listen, authority.own_pin(self._data)]}
        others = {name: [at, known.pins[name]] for name, at in known.others.items() if name in known.pins}
        return {"nodes": {**own, **others}, "removed": sorted(known.removed)}

    def heard(self, told: dict[str, Any]) -> Membership | None:
        """Another node has told its roll: what is known now."""
        known = membership.read(self._data)
        if known is None:
            return None
        nodes = {str(name): (str(at), str(pin)) for name, (at, pin) in told["nodes"].items()}
        now = met(known, nodes, frozenset(map(str, told["removed"])))
        if now != known:
            membership.write(self._data, now)
        return now

    def knows(self, name: str) -> bool:
        """Whether a node is one of the cluster; of whom no file tells, anybody is."""
        known = membership.read(self._data)
        return known is None or name in known.others
