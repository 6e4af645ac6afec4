"""What is left of limits: before a call, while it lasts, shared by all who spend, from midnight to midnight."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from configdb.carrier import Limits
from configdb.rates import Rate
from softswitch.peers.meter import Account, Meter

DAY = 1_790_000_000.0 // 86_400 * 86_400  # midnight in UTC
RATE = Rate("1", Decimal("0.60"), Decimal("0"), 1, 1, "USD", "deck")


def account(key: str = "tenant/acme", zone: str = "UTC", **limits: Any) -> Account:
    return Account(key, "Acme", Limits(**limits), zone)


def used(meter: Meter, whose: Account, at: float, seconds: float, leg: str = "old") -> None:
    """A finished call."""
    assert meter.begin(leg, (whose,), RATE, at) is None
    meter.answered(leg, at)
    meter.end(leg, at + seconds)


@pytest.mark.parametrize(
    ("limits", "code", "text"),
    [
        ({"channels_max": 0}, "limit.tenant_channels", "Acme has 0 of 0 calls outside"),
        ({"calls_per_s_max": 0}, "limit.tenant_calls_per_s", "Acme made 0 calls within a second"),
        ({"minutes_per_day_max": 1}, "limit.tenant_minutes", "Acme has used 1.0 of 1 minutes today"),
        ({"spend_per_day_max": "0.60"}, "limit.tenant_spend", "Acme has spent 0.60 of 0.60 today"),
    ],
)
def test_a_limit_that_is_reached_lets_no_call_begin(limits: dict[str, Any], code: str, text: str) -> None:
    meter = Meter()
    used(meter, account(), DAY, 60)
    full = meter.begin("new", (account(**limits),), RATE, DAY + 100)
    assert full is not None
    assert (code, text, 480) == (full.code, full.text, full.status)
    assert meter.begin("new", (account(),), RATE, DAY + 100) is None


@pytest.mark.parametrize(
    ("limits", "seconds", "code"),
    [
        ({"call_s_max": 90}, 60.0, "limit.tenant_call_s"),
        ({"minutes_per_day_max": 2}, 90.0, "limit.tenant_minutes"),
        ({"spend_per_day_max": "1.20"}, 90.0, "limit.tenant_spend"),
        ({"minutes_per_day_max": 2, "call_s_max": 40}, 10.0, "limit.tenant_call_s"),
    ],
)
def test_what_is_left_of_a_call_is_the_first_limit(limits: dict[str, Any], seconds: float, code: str) -> None:
    meter = Meter()
    meter.begin("a", (account(**limits),), RATE, DAY)
    assert meter.left("a", DAY) is None
    meter.answered("a", DAY)
    left = meter.left("a", DAY + 30)
    assert left is not None
    assert (pytest.approx(seconds), code) == (left.seconds, left.code)


def test_what_is_left_is_shared_by_those_who_spend_it() -> None:
    meter, whose = Meter(), account(minutes_per_day_max=4)
    for leg in ("a", "b", "ringing"):
        meter.begin(leg, (whose,), RATE, DAY)
    for leg in ("a", "b"):
        meter.answered(leg, DAY)
    left = meter.left("a", DAY + 60)
    assert left is not None
    assert pytest.approx(60.0) == left.seconds


def test_the_tightest_of_several_accounts_counts() -> None:
    meter = Meter()
    meter.begin("a", (account(call_s_max=100), account("user/acme/ann", call_s_max=50)), None, DAY)
    meter.answered("a", DAY)
    left = meter.left("a", DAY)
    assert left is not None
    assert "limit.user_call_s" == left.code


def test_a_new_day_begins_at_midnight_of_the_tenant() -> None:
    meter, whose = Meter(), account(zone="America/New_York", minutes_per_day_max=1)
    used(meter, whose, DAY, 60)  # the evening before, in New York
    assert meter.begin("b", (whose,), None, DAY + 3600) is not None
    assert meter.begin("b", (whose,), None, DAY + 6 * 3600) is None


def test_a_call_that_is_over_or_unknown_has_nothing_left_and_no_limit() -> None:
    meter, whose = Meter(), account(minutes_per_day_max=1)
    used(meter, whose, DAY, 10)
    meter.end("old", DAY + 90)
    meter.answered("never", DAY)
    assert (None, {}) == (meter.left("old", DAY), meter.rows("old", DAY))


def test_what_was_used_is_known_after_a_crash_with_what_ran() -> None:
    meter, whose = Meter(), account(minutes_per_day_max=2)
    used(meter, whose, DAY, 30)
    meter.begin("a", (whose,), RATE, DAY + 40)
    meter.answered("a", DAY + 40)
    rows = meter.rows("a", DAY + 70)
    assert {"tenant/acme": {"day": "2026-09-21", "seconds": 60.0, "spend": "0.600"}} == {
        key: {**row, "spend": str(Decimal(row["spend"]).quantize(Decimal("0.001")))} for key, row in rows.items()
    }
    again = Meter()
    for key, row in rows.items():
        again.restore(key, row, DAY + 70)
    again.begin("b", (whose,), RATE, DAY + 80)
    again.answered("b", DAY + 80)
    left = again.left("b", DAY + 80)
    assert left is not None
    assert pytest.approx(60.0) == left.seconds


def test_what_is_taken_back_while_a_call_goes_on_counts_it_once_and_does_not_forget_it() -> None:
    meter, whose = Meter(), account(minutes_per_day_max=2)
    meter.begin("a", (whose,), RATE, DAY)
    meter.answered("a", DAY)
    meter.restore("tenant/acme", {"day": "2026-09-21", "seconds": 50.0, "spend": "0.5"}, DAY + 20)
    left = meter.left("a", DAY + 20)
    assert left is not None
    assert (70.0, "limit.tenant_minutes") == (left.seconds, left.code)
    meter.restore("tenant/acme", {"day": "2026-09-20", "seconds": 500.0, "spend": "5"}, DAY + 20)
    assert left == meter.left("a", DAY + 20)
