"""Which digest realms a trunk's password answers to (RFC 3261 22.3): its own `realm`, else the first it challenged with.

A call through a carrier may be challenged by anybody behind it, who could then guess the password from the answer. So
the first realm is pinned for as long as the switch runs and the trunk's account stays the same.
"""

from __future__ import annotations

from configdb.model import Trunk


class Realms:
    """The pinned realms, one a trunk."""

    def __init__(self) -> None:
        self._pinned: dict[str, tuple[object, str]] = {}

    def admits(self, trunk: Trunk, realm: str) -> bool:
        """Whether a challenge in that realm, to a request that went to a gateway of the trunk, may be answered."""
        if trunk.realm is not None:
            return realm == trunk.realm
        account = (trunk.username, trunk.gateways)
        pinned = self._pinned.get(trunk.id)
        if pinned is None or pinned[0] != account:
            pinned = self._pinned[trunk.id] = account, realm
        return realm == pinned[1]
