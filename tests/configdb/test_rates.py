"""Prices: the longest prefix in force counts, and what a call costs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from configdb.carrier import Deck
from configdb.rates import RateTable, table_of

MARCH, MAY, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 5, 7))


def deck(id: str, *rates: str, **more: object) -> Deck:
    return Deck.model_validate({"id": id, "trunk": "north", "rates": rates, **more})


def prefix_of(table: RateTable, number: str, at: datetime = MAY, trunk: str = "north") -> str | None:
    rate = table.rate(trunk, number, at)
    return None if rate is None else f"{rate.deck}:{rate.prefix}"


def test_the_longest_prefix_counts_over_all_decks_of_a_trunk() -> None:
    table = table_of([deck("a", "1,0.01", "1202,0.02"), deck("b", "120255,0.03")], RateTable())
    assert "b:120255" == prefix_of(table, "+12025550100")
    assert "a:1202" == prefix_of(table, "+12021112222")
    assert "a:1" == prefix_of(table, "+13105550100")
    assert prefix_of(table, "+4420") is None
    assert prefix_of(table, "+12025550100", trunk="south") is None


def test_of_equal_prefixes_the_newest_deck_in_force_counts() -> None:
    old = deck("old", "44,0.01", effective_from=MARCH, effective_to=JULY)
    new = deck("new", "44,0.02", effective_from=MAY)
    table = table_of([old, new], RateTable())
    assert ["old:44", "new:44", "new:44"] == [prefix_of(table, "+44201", at) for at in (MARCH, MAY, JULY)]
    assert prefix_of(table, "+44201", datetime(2025, 1, 1, tzinfo=UTC)) is None
    assert prefix_of(table_of([old], RateTable()), "+44201", JULY) is None


def test_a_call_is_billed_in_increments_and_an_unanswered_one_costs_nothing() -> None:
    rate = table_of([deck("a", "44,0.60,0.05,30/6")], RateTable()).rate("north", "+44201", MAY)
    assert rate is not None
    assert [Decimal("0"), Decimal("0.35"), Decimal("0.35"), Decimal("0.41")] == [
        rate.cost(seconds) for seconds in (0, 1, 30, 31)
    ]


def test_a_line_without_its_last_fields_is_billed_by_the_second() -> None:
    rate = table_of([deck("a", "44,0.60")], RateTable()).rate("north", "+44201", MAY)
    assert rate is not None
    assert (Decimal(0), 1, 1, Decimal("0.02")) == (rate.connect, rate.first_s, rate.further_s, rate.cost(1.5))


def test_a_deck_that_did_not_change_keeps_its_index() -> None:
    same = deck("a", "1,0.01")
    before = table_of([same], RateTable())
    after = table_of([same, deck("b", "2,0.01")], before)
    assert before.decks["north"][0] is after.decks["north"][0]


@pytest.mark.parametrize("line", ["", "44", "44,", "44,-1", "+44,1", "44,1,2,0", "44,1,2,60/0", "44,1,2,60/60,9"])
def test_a_line_that_is_no_price_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        deck("a", line)


@given(some.sets(some.text("0123", min_size=1, max_size=6), max_size=30), some.text("0123", min_size=1, max_size=8))
def test_the_answer_is_that_of_looking_at_every_line(prefixes: set[str], digits: str) -> None:
    table = table_of([deck("a", *(f"{prefix},1" for prefix in prefixes))], RateTable())
    longest = max((prefix for prefix in prefixes if digits.startswith(prefix)), key=len, default=None)
    assert (None if longest is None else f"a:{longest}") == prefix_of(table, f"+{digits}")
