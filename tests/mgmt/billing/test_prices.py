"""Prices of numbers: the plan's own tariffs, else its deck of the reference, as brute force finds them; and generations."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from configdb.carrier import Tariff
from configdb.estate import Plan
from configdb.log import Change
from configdb.model import SYSTEM
from configdb.rates import RateTable, table_of
from configdb.reference import World as Reference
from mgmt.billing.prices import Prices
from tests.mgmt.billing.test_months import Desk
from tests.mgmt.conftest import World

PLAN = Plan(id="small", name="Small", deck="retail")
DAYS = [datetime(2026, 1, 1 + n, tzinfo=UTC) for n in range(6)]
digits = st.text("0123", min_size=1, max_size=5)
currencies = st.sampled_from(["USD", "EUR"])
rows = st.tuples(
    st.sampled_from(["retail", "other"]),
    digits,
    currencies,
    st.integers(0, 5),
    st.none() | st.integers(0, 5),
    st.integers(1, 9),
)
tariffs = st.tuples(digits, currencies, st.integers(0, 5), st.integers(11, 19))


def row(deck: str, prefix: str, currency: str, since: int, until: int | None, price: int) -> str:
    end = DAYS[until].isoformat() if until is not None else ""
    return f"{deck}\t{prefix}\t{price}\t0\t60/60\t{currency}\t{DAYS[since].isoformat()}\t{end}"


@given(
    st.lists(rows, max_size=25, unique_by=lambda one: one[:4]),
    st.lists(tariffs, max_size=5, unique_by=lambda one: one[:3]),
    st.text("0123", min_size=1, max_size=8),
    st.integers(0, 5),
    currencies,
)
def test_the_price_is_what_brute_force_finds(
    deck: list[tuple[str, str, str, int, int | None, int]],
    own: list[tuple[str, str, int, int]],
    number: str,
    day: int,
    currency: str,
) -> None:
    lists = [
        Tariff(id=f"t{n}", plan="small", currency=of, effective_from=DAYS[since], rates=(f"{prefix},{price}",))
        for n, (prefix, of, since, price) in enumerate(own)
    ]
    prices = Prices(table_of(lists, RateTable()), Reference({"rates": tuple(row(*one) for one in deck)}))
    plan = PLAN.model_copy(update={"currency": currency})
    found = prices.of(plan, f"+{number}", DAYS[day])
    mine = [
        (len(prefix), since, price)
        for prefix, of, since, price in own
        if of == currency and since <= day and number.startswith(prefix)
    ]
    theirs = [
        (len(prefix), since, price)
        for name, prefix, of, since, until, price in deck
        if (name, of) == ("retail", currency)
        and since <= day
        and (until is None or day < until)
        and number.startswith(prefix)
    ]
    expected = max(mine) if mine else max(theirs, default=None)
    assert (None if expected is None else (expected[0], Decimal(expected[2]), currency)) == (
        None if found is None else (len(found.prefix), found.per_minute, found.currency)
    )
    assert found is None or found.deck == ("retail" if not mine else found.deck)
    assert None is prices.of(plan.model_copy(update={"deck": None}), f"+{number}", DAYS[day]) or bool(mine)


def test_a_call_costs_what_the_generation_says_that_counts_when_it_is_rated(world: World) -> None:
    desk = Desk(world)
    plan = {**PLAN.model_dump(mode="json"), "minutes_included": 10}
    desk.config.transact(SYSTEM, [Change("plan", "small", plan)], "t", "t")

    def generation(number: int, *prices: str) -> None:
        lines = [f"retail\t{price}\t0\t60/60\tUSD\t2020-01-01T00:00:00+00:00\t" for price in prices]
        piece = {"id": f"g{number}", "generation": number, "part": "rates", "piece": 0, "rows": lines}
        current = {"id": "current", "generation": number, "sha256": "0" * 64, "made_at": "2026-01-01T00:00:00Z"}
        desk.config.transact(SYSTEM, [Change("reference", f"g{number}", piece)], "t", "beside the others")
        desk.called(f"before-{number}", "+33142685300")
        world.clock.now += 200
        desk.rate()
        desk.config.transact(SYSTEM, [Change("generation", "current", current)], "t", "counts")
        for id, party in (("fr", "+33142685300"), ("uk", "+442079460000"), ("us", "+12025550177")):
            desk.called(f"{id}-{number}", party)
        world.clock.now += 200
        desk.rate()

    generation(1, "33\t0.05", "44\t0.5", "1\t0")
    generation(2, "33\t0.07", "3314\t0.09")
    usage = {one.id: (one.minutes, Decimal(one.amount).normalize(), one.parts[0]["tariff"]) for one in desk.usage()}
    assert {
        "before-1": (2, Decimal(0), None),
        "fr-1": (0, Decimal("0.1"), "retail"),
        "uk-1": (0, Decimal("0.1017").normalize(), "uk"),
        "us-1": (2, Decimal(0), "retail"),
        "before-2": (0, Decimal("0.1"), "retail"),
        "fr-2": (0, Decimal("0.18"), "retail"),
        "uk-2": (0, Decimal("0.1017").normalize(), "uk"),
        "us-2": (2, Decimal(0), None),
    } == {id: (minutes, round(amount, 4).normalize(), tariff) for id, (minutes, amount, tariff) in usage.items()}
