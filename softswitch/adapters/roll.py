"""The roll of a node that has joined others: what it tells of itself, and who it has met, for its next start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from configdb import membership


class Roll:
    """DATA/cluster/members.json as the switch sees it."""

    def __init__(self, data: Path) -> None:
        self._data = data

    @property
    def listen(self) -> str | None:
        """Where this node's NATS server meets others; None: it has not joined any, or its settings say."""
        known = membership.read(self._data)
        return None if known is None else known.listen

    def met(self, name: str, listen: str) -> None:
        """Another node is there."""
        known = membership.read(self._data)
        if known is not None and name != known.name and known.others.get(name) != listen:
            membership.write(self._data, replace(known, others={**known.others, name: listen}))
