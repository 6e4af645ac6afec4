"""Where the price of a number comes from: the plan's own tariffs, and for what they do not name the plan's deck in CountryCom.

Tariffs are the operator's own word: one of them that names a number, by however short a prefix, counts before the deck, which
comes from outside. Within each of them the longest prefix that is in force counts, then the newest. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from configdb.carrier import Tariff
from configdb.estate import Plan
from configdb.rates import Rate, RateTable, of_plan, table_of
from configdb.reference import World
from configdb.snapshot import Directory


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one sequence of the configuration: one generation of the reference, whole."""

    tariffs: RateTable
    world: World

    def of(self, plan: Plan, number: str, at: datetime) -> Rate | None:
        """What a call costs who has this plan, in its currency; None: minutes of the plan."""
        own = self.tariffs.rate(of_plan(plan.id, plan.currency), number, at)
        if own is not None or plan.deck is None:
            return own
        price = self.world.price(plan.deck, number, at.timestamp(), plan.currency)
        if price is None:
            return None
        steps = (price.first_s, price.further_s, price.currency, price.deck)
        return Rate(price.prefix, price.per_minute, price.connect, *steps)


def prices_of(directory: Directory) -> Prices:
    """Those of a configuration."""
    found = directory.system.get("tariff", {}).values()
    tariffs = table_of((one for one in found if isinstance(one, Tariff)), RateTable())
    return Prices(tariffs, directory.world)
