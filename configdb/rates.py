"""Prices by the longest prefix of a number and the date: built once per deck, read in microseconds.

A deck becomes one dictionary from prefix to its line; a look-up asks it once for each length of prefix, longest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from configdb.carrier import Deck, PriceList, Tariff


@dataclass(frozen=True, slots=True)
class Rate:
    """What a call costs: per minute and to connect, in `currency`, billed for `first_s`, then in steps of `further_s`."""

    prefix: str
    per_minute: Decimal
    connect: Decimal
    first_s: int
    further_s: int
    currency: str
    deck: str

    def cost(self, seconds: float) -> Decimal:
        """The price of a call that was talked for so long; nothing for one that was not answered (0 s)."""
        if seconds <= 0:
            return Decimal(0)
        steps = max(0, -(-(seconds - self.first_s) // self.further_s))
        return self.connect + self.per_minute * Decimal(int(self.first_s + steps * self.further_s)) / 60


@dataclass(frozen=True, slots=True)
class DeckIndex:
    """One deck, ready to be asked: `lines` by prefix, the longest of which has `longest` digits."""

    deck: PriceList
    lines: Mapping[str, str]
    longest: int

    def find(self, digits: str) -> str | None:
        """The line of the longest prefix of these digits."""
        lines = self.lines
        for length in range(min(self.longest, len(digits)), 0, -1):
            line = lines.get(digits[:length])
            if line is not None:
                return line
        return None


@dataclass(frozen=True, slots=True)
class RateTable:
    """The decks of all trunks by trunk id, or the tariffs of all plans (`of_plan`)."""

    decks: Mapping[str, tuple[DeckIndex, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def rate(self, owner: str, number: str, at: datetime) -> Rate | None:
        """What a call to an E.164 number costs then; None when no deck of the owner that is in force names it."""
        digits = number.removeprefix("+")
        best: tuple[int, datetime, str, PriceList] | None = None
        for index in self.decks.get(owner, ()):
            deck = index.deck
            if deck.effective_from > at or (deck.effective_to is not None and deck.effective_to <= at):
                continue
            line = index.find(digits)
            if line is None:
                continue
            rank = (line.index(","), deck.effective_from)
            if best is None or rank > best[:2]:
                best = (*rank, line, deck)
        return None if best is None else read_rate(best[2], best[3])


def table_of(decks: Iterable[Deck | Tariff], before: RateTable) -> RateTable:
    """The table of these decks; indexes of decks that did not change are taken from `before`."""
    known = {index.deck.id: index for indexes in before.decks.values() for index in indexes}
    found: dict[str, list[DeckIndex]] = {}
    for deck in sorted(decks, key=lambda one: one.id):
        index = known.get(deck.id)
        owner = deck.trunk if isinstance(deck, Deck) else of_plan(deck.plan, deck.currency)
        found.setdefault(owner, []).append(index if index is not None and index.deck is deck else index_of(deck))
    return RateTable(MappingProxyType({trunk: tuple(indexes) for trunk, indexes in found.items()}))


def of_plan(plan: str, currency: str) -> str:
    """The owner of the tariffs of a plan for who pays in a currency."""
    return f"{plan} {currency}"


def index_of(deck: PriceList) -> DeckIndex:
    """A deck by prefix; of two lines for one prefix the last counts."""
    lines = {line.partition(",")[0]: line for line in deck.rates}
    return DeckIndex(deck, MappingProxyType(lines), max(map(len, lines), default=0))


def read_rate(line: str, deck: PriceList) -> Rate:
    """A line of a deck; without its last fields the call connects for nothing and is billed by the second."""
    given = line.split(",")
    prefix, per_minute, connect, increments = (*given, *("", "", "0", "1/1")[len(given) :])
    first_s, _, further_s = increments.partition("/")
    return Rate(prefix, Decimal(per_minute), Decimal(connect), int(first_s), int(further_s), deck.currency, deck.id)
