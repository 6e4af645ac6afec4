"""The nodes of a cluster as one of them sees it: who is alive, and which of them is home to a tenant.

A tenant's home is the live node with the highest hash of (node, tenant): all nodes find the same one without asking, and
when a node comes or goes only its own tenants move. A drained node is home to nobody while another one is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from softswitch.cluster.limits import MEMBERS_MAX, SILENT_S_MAX

FORM = 1
UNDERSTOOD = range(1, FORM + 1)
"""The forms of what nodes tell each other: that which this version tells, and those that it reads.

Within a form documents and rows may have more members: who does not know one leaves it out, who misses one takes what was
before there was it. A list keeps its places. What cannot be said so is a new form, and takes two versions: one reads it and tells
the old one, the next tells it. `tests/softswitch/cluster/form_1.json` holds what is told in this form.
"""


@dataclass(frozen=True, slots=True)
class Member:
    """What a node said of itself. `boot` differs with each run; `sent_by`: its "host:port" by transport.

    through_here: legs that it serves and whose far end sends to this node.
    """

    name: str
    boot: str
    draining: bool = False
    version: str = ""
    sent_by: Mapping[str, str] = field(default_factory=dict)
    heard_at: float = 0.0
    through_here: int = 0


class Members:
    """All nodes that were heard; `name` is this one, which always lives."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.draining = False
        self._others: dict[str, Member] = {}
        self._homes: dict[str, str] = {}
        self._able: tuple[str, ...] = (name,)

    def heard(self, member: Member) -> bool:
        """A node has spoken; whether homes may be others now."""
        if member.name == self.name or (len(self._others) >= MEMBERS_MAX and member.name not in self._others):
            return False
        self._others[member.name] = member
        return self._look()

    def left(self, name: str) -> bool:
        """A node said that it goes; whether homes may be others now."""
        return self._others.pop(name, None) is not None and self._look()

    def passed(self, now: float) -> bool:
        """Time has passed, or this node is drained; whether homes may be others now."""
        for name in [name for name, one in self._others.items() if now - one.heard_at > SILENT_S_MAX]:
            del self._others[name]
        return self._look()

    def find(self, name: str) -> Member | None:
        """Another node that is alive."""
        return self._others.get(name)

    @property
    def others(self) -> tuple[Member, ...]:
        """The other nodes that are alive, by name."""
        return tuple(self._others[name] for name in sorted(self._others))

    @property
    def is_relieved(self) -> bool:
        """Whether another node can be home: who is drained hands over, and serves what still comes until all know."""
        return any(not one.draining for one in self._others.values())

    @property
    def able(self) -> tuple[str, ...]:
        """The nodes that can be home, by name."""
        return self._able

    def home(self, tenant: str) -> str:
        """The node that serves a tenant."""
        found = self._homes.get(tenant)
        if found is None:
            found = self._homes[tenant] = home_of(tenant, self._able)
        return found

    def _look(self) -> bool:
        """Reckon anew who can be home."""
        able = [one.name for one in self._others.values() if not one.draining]
        able += [] if self.draining and able else [self.name]
        before, self._able = self._able, tuple(sorted(able))
        if before == self._able:
            return False
        self._homes.clear()
        return True


def home_of(tenant: str, nodes: tuple[str, ...]) -> str:
    """Which of these nodes is home to a tenant (highest random weight)."""
    return max(nodes, key=lambda node: (blake2b(f"{node}/{tenant}".encode(), digest_size=8).digest(), node))
