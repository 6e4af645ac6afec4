"""A trunk that went down or is up again is told to the companies whose calls it carries, by way of the spool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configdb.model import Trunk
from configdb.snapshot import Directory
from softswitch.adapters.records import Records


@dataclass(frozen=True, slots=True)
class Turn:
    """The last gateway of a trunk is down, or the first one is up again; what it `said` last."""

    trunk: Trunk
    gateway: str
    up: bool
    said: str


class TrunkNews:
    """`node` is this one: each node of several asks its carriers itself. `wall` is epoch seconds."""

    def __init__(
        self, node: str, records: Records, directory: Callable[[], Directory], wall: Callable[[], float]
    ) -> None:
        self._node, self._records, self._directory, self._wall = node, records, directory, wall

    def turned(self, turn: Turn) -> None:
        """One record, of which the history makes an event for each company."""
        tenants, now = carried(self._directory(), turn.trunk.id), self._wall()
        if not tenants:
            return
        about = {"id": turn.trunk.id, "name": turn.trunk.name, "gateway": turn.gateway, "said": turn.said}
        self._records.write(
            {
                "kind": "trunk",
                "id": turn.trunk.id,
                "at": now,
                "state": "up" if turn.up else "down",
                "trunk": {**about, "node": self._node},
                "tenants": tenants,
            }
        )


def carried(directory: Directory, trunk: str) -> list[str]:
    """The companies whose calls go over a trunk: as their own, or by a route that is for them."""
    routes = [route for route in directory.routes.values() if trunk in route.trunks and not route.blocked]
    return sorted(
        id
        for id, view in directory.tenants.items()
        if view.tenant.trunk == trunk or any(not route.tenants or id in route.tenants for route in routes)
    )
