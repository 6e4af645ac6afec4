"""The books of this node: since when something is owed."""

from __future__ import annotations

import pytest

from mgmt.billing.ledger import owed_since


def entry(at: float, cents: int) -> dict[str, object]:
    return {"key": f"{at} {cents}", "at": at, "lines": {"receivable": cents, "revenue": -cents}, "currency": "USD"}


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
    assert since == owed_since([entry(at, cents) for at, cents in moves])
