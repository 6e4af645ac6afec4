"""Token buckets: all of them or none, and never faster than they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mgmt.limits import buckets_max
from mgmt.outbox.buckets import Buckets


def test_an_empty_bucket_says_how_long_to_wait_and_takes_nothing_from_the_others() -> None:
    buckets = Buckets()
    assert 0.0 == buckets.take({"number": 1.0, "supplier": 10.0}, 1, 0.0)
    assert 1.0 == buckets.take({"number": 1.0, "supplier": 10.0}, 1, 0.0)
    assert [0.0] * 9 == [buckets.take({"supplier": 10.0}, 1, 0.0) for _ in range(9)]
    assert 0.1 == buckets.take({"supplier": 10.0}, 1, 0.0)


def test_more_than_a_bucket_holds_goes_when_it_is_full_and_is_paid_back() -> None:
    buckets = Buckets()
    assert 0.0 == buckets.take({"number": 1.0}, 3, 0.0)
    assert 3.0 == buckets.take({"number": 1.0}, 1, 0.0)
    assert 0.0 == buckets.take({"number": 1.0}, 1, 3.0)


def test_a_rate_of_nothing_is_no_limit() -> None:
    buckets = Buckets()
    assert {0.0} == {buckets.take({"number": 0.0}, 1, 0.0) for _ in range(100)}


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(1, 3)), max_size=60), st.floats(0.5, 20))
def test_no_order_of_attempts_sends_faster_than_the_rate(attempts: list[tuple[float, int]], rate: float) -> None:
    buckets, now, sent = Buckets(), 0.0, 0
    for wait, tokens in attempts:
        now += wait
        if buckets.take({"n": rate}, tokens, now) == 0:
            sent += tokens
    assert sent <= max(1.0, rate) + now * rate + 3 + 1e-6


def test_the_number_of_buckets_is_bounded() -> None:
    buckets = Buckets()
    for number in range(buckets_max + 5):
        buckets.take({f"n{number}": 0.001}, 1, 0.0)
    assert 0.0 == buckets.take({"n0": 0.001}, 1, 0.0)
    assert 0.0 < buckets.take({f"n{buckets_max + 4}": 0.001}, 1, 0.0)
