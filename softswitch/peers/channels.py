"""How many calls a trunk and a tenant may have at once, and how fast new ones may come; a drained trunk has none. Each has a leg.

A limit that is reached is named in the refusal. Emergency calls take channels and are refused none.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal

from configdb.model import Trunk

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Full:
    """The limit that is reached: its `code` and `text` go into the call's explanation, `status` to the one who asked."""

    code: str
    text: str
    status: int


@dataclass(frozen=True, slots=True)
class _Taken:
    trunk: str
    direction: Direction
    tenant: str


class Channels:
    """The channels in use, by leg. `now` is seconds of one clock that never steps back."""

    def __init__(self) -> None:
        self._legs: dict[str, _Taken] = {}
        self._of_trunk: Counter[tuple[str, Direction]] = Counter()
        self._of_tenant: Counter[str] = Counter()
        self._recent: dict[tuple[str, Direction], deque[float]] = {}

    def take(
        self,
        leg: str,
        trunk: Trunk,
        direction: Direction,
        tenant: str,
        now: float,
        tenant_max: int | None = None,
        emergency: bool = False,
    ) -> Full | None:
        """A channel for a leg, or the limit that is reached. A leg that has one keeps it; `emergency` is refused none."""
        if leg in self._legs:
            return None
        full = None if emergency else self.full(trunk, direction, tenant, now, tenant_max)
        if full is None:
            self._legs[leg] = _Taken(trunk.id, direction, tenant)
            self._of_trunk[trunk.id, direction] += 1
            self._of_tenant[tenant] += direction == "out"
            self._within_a_second(trunk.id, direction, now).append(now)
        return full

    def free(self, leg: str) -> None:
        """The leg is over; once more is no harm."""
        taken = self._legs.pop(leg, None)
        if taken is not None:
            self._of_trunk[taken.trunk, taken.direction] -= 1
            self._of_tenant[taken.tenant] -= taken.direction == "out"

    def used(self, trunk: str) -> tuple[int, int]:
        """Channels in use: in, out."""
        return self._of_trunk[trunk, "in"], self._of_trunk[trunk, "out"]

    def pace(self, trunk: str, now: float) -> tuple[int, int]:
        """New calls within the last second: in, out."""
        return len(self._within_a_second(trunk, "in", now)), len(self._within_a_second(trunk, "out", now))

    def tenant_full(self, tenant: str, limit: int | None) -> Full | None:
        """Whether a tenant has all the outside calls it may have."""
        used = self._of_tenant[tenant]
        if limit is None or used < limit:
            return None
        return Full("limit.tenant_channels", f"{tenant} has {used} of {limit} calls to the outside", 480)

    def full(self, trunk: Trunk, direction: Direction, tenant: str, now: float, tenant_max: int | None) -> Full | None:
        """The first limit that one more call would break."""
        into, out = self.used(trunk.id)
        here, here_max = (into, trunk.channels_in_max) if direction == "in" else (out, trunk.channels_out_max)
        rate_max = trunk.calls_per_s_in_max if direction == "in" else trunk.calls_per_s_out_max
        if direction == "out" and (full := self.tenant_full(tenant, tenant_max)) is not None:
            return full
        if trunk.drained:
            return Full("limit.trunk_drained", f"trunk {trunk.id} is drained: it has no new calls", 503)
        if into + out >= trunk.channels_max:
            text = f"trunk {trunk.id} has {into + out} of {trunk.channels_max} channels in use"
            return Full("limit.trunk_channels", text, 503)
        if here_max is not None and here >= here_max:
            text = f"trunk {trunk.id} has {here} of {here_max} channels {direction} in use"
            return Full(f"limit.trunk_channels_{direction}", text, 503)
        if rate_max is not None and len(self._within_a_second(trunk.id, direction, now)) >= rate_max:
            text = f"trunk {trunk.id} had {rate_max} new calls {direction} within a second"
            return Full(f"limit.trunk_calls_per_s_{direction}", text, 503)
        return None

    def _within_a_second(self, trunk: str, direction: Direction, now: float) -> deque[float]:
        recent = self._recent.setdefault((trunk, direction), deque())
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        return recent
