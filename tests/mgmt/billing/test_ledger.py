"""The books of this node: what is owed, and since when it is late."""

from __future__ import annotations

from typing import Any

import pytest

from mgmt.billing.ledger import late_since, unpaid


def entry(at: float, cents: int, due_at: float | None = None) -> dict[str, Any]:
    lines = {"receivable": cents, "revenue": -cents}
    found = {"key": f"{at} {cents}", "at": at, "lines": lines, "currency": "USD"}
    return found if due_at is None else {**found, "due_at": due_at}


@pytest.mark.parametrize(
    ("moves", "since"),
    [
        ([], None),
        ([(1, 100)], 1),
        ([(1, 100), (2, -100)], None),
        ([(1, 100), (2, -40)], 1),
        ([(1, 100), (3, 100), (2, -100)], 3),
        ([(1, -300), (2, 100), (3, 100), (4, 150)], 4),
        ([(2, 0), (1, 50), (3, -50)], None),
    ],
)
def test_what_comes_in_pays_the_oldest_first(moves: list[tuple[float, int]], since: float | None) -> None:
    assert since == late_since([entry(at, cents) for at, cents in moves], 10.0)


@pytest.mark.parametrize(("now", "since"), [(1.0, None), (8.9, None), (9.0, 9.0), (30.0, 9.0)])
def test_what_is_charged_is_late_when_its_day_is_over(now: float, since: float | None) -> None:
    entries = [entry(1, 100, due_at=9.0), entry(2, 100, due_at=20.0)]
    assert since == late_since(entries, now)
    assert {"1 100": 9.0, "2 100": 20.0} == unpaid(entries)
    assert (20.0 if now >= 20 else None) == late_since([*entries, entry(3, -100)], now)
