"""What calls cost: every leg counted once, by the longest prefix and the day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configdb.carrier import Tariff
from configdb.rates import Rate, RateTable, of_plan, table_of
from history.documents import Call, Leg
from mgmt.billing.rating import Usage, rated

NOW = 1_700_000_000.0
US, UK = "+12025550177", "+442079460000"


def call(direction: str = "outbound", answered: float | None = NOW, ended: float = NOW + 61) -> Call:
    return Call("c1", "acme", direction, US, "+12025550100", NOW - 5, answered_at=answered, ended_at=ended)


def leg(party: str, seconds: float, role: str = "callee", answered: float | None = NOW) -> Leg:
    ended = NOW + seconds
    return Leg(f"l-{party}-{role}", "c1", "acme", role, party, "", NOW - 5, answered_at=answered, ended_at=ended)


def tariff(id: str, since: datetime, *rates: str, until: datetime | None = None) -> Tariff:
    return Tariff(id=id, plan="small", effective_from=since, effective_to=until, rates=rates)


BEFORE, AFTER = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
TABLE = table_of(
    [tariff("old", BEFORE, "44,0.10,0.05,60/60", "4420,0.02", until=AFTER), tariff("new", AFTER, "44,0.20")],
    RateTable(),
)


def price(number: str, at: datetime) -> Rate | None:
    return TABLE.rate(of_plan("small", "USD"), number, at)


def used(of: Call, *legs: Leg) -> tuple[int, str, int] | None:
    found = rated(of, legs, "USD", price, NOW + 100)
    return None if found is None else (found.minutes, found.amount, len(found.parts))


@pytest.mark.parametrize(
    ("of", "legs", "expected"),
    [
        (call(), [leg(US, 61)], (2, "0", 1)),
        (call(), [leg(US, 60)], (1, "0", 1)),
        (call(), [leg(US, 0.2)], (1, "0", 1)),
        (call(), [leg(US, 0)], None),
        (call(), [leg(US, 61, answered=None)], None),
        (call(), [leg("102", 61)], None),
        (call(), [leg("911", 61)], None),
        (call(), [leg(US, 61, role="caller")], None),
        (call("inbound"), [leg("102", 61)], (2, "0", 1)),
        (call("inbound"), [leg(US, 30)], (3, "0", 2)),
        (call("inbound", answered=None), [leg("102", 61, answered=None)], None),
        (call("internal"), [leg("102", 61)], None),
        (call(), [leg("+441212345678", 61)], (0, "0.25", 1)),
        (call(), [leg(UK, 61)], (0, str(Decimal("0.02") * 61 / 60), 1)),
        (call(), [leg(UK, 30), leg(US, 61)], (2, "0.01", 2)),
    ],
)
def test_time_that_was_answered_is_counted_on_every_leg_to_the_outside(
    of: Call, legs: list[Leg], expected: tuple[int, str, int] | None
) -> None:
    assert expected == used(of, *legs)


def test_the_price_is_that_of_the_day() -> None:
    later = Leg(
        "l", "c1", "acme", "callee", UK, "", NOW, answered_at=AFTER.timestamp(), ended_at=AFTER.timestamp() + 60
    )
    sooner = Leg(
        "l", "c1", "acme", "callee", UK, "", NOW, answered_at=AFTER.timestamp() - 1, ended_at=AFTER.timestamp() + 59
    )
    assert [(0, "0.2", 1), (0, "0.02", 1)] == [
        (found[0], str(Decimal(found[1]).normalize()), found[2])
        for one in (later, sooner)
        if (found := used(call(), one))
    ]


def test_a_usage_is_the_same_when_it_is_read_again() -> None:
    found = rated(call(), [leg(UK, 61), leg(US, 61)], "USD", price, NOW)
    assert found is not None
    assert found == Usage.from_document(found.to_document())


_digits = st.text("0123456789", min_size=1, max_size=6)


@given(
    st.lists(st.tuples(_digits, st.integers(0, 3)), max_size=30),
    st.text("0123456789", min_size=1, max_size=8),
    st.integers(0, 5),
)
def test_the_longest_prefix_then_the_newest_list_is_what_brute_force_finds(
    lines: list[tuple[str, int]], number: str, day: int
) -> None:
    starts = [datetime(2026, 1, 1 + n, tzinfo=UTC) for n in range(4)]
    lists = [
        tariff(f"t{n}", starts[n], *{prefix: f"{prefix},{n + 1}" for prefix, of in lines if of == n}.values())
        for n in range(4)
    ]
    at = datetime(2026, 1, day + 1, tzinfo=UTC)
    fitting = [(len(prefix), of) for prefix, of in lines if number.startswith(prefix) and starts[of] <= at]
    found = table_of(lists, RateTable()).rate(of_plan("small", "USD"), f"+{number}", at)
    assert (None if not fitting else (max(fitting)[0], Decimal(max(fitting)[1] + 1))) == (
        None if found is None else (len(found.prefix), found.per_minute)
    )
