"""A storm of log lines is a few lines and a count."""

from __future__ import annotations

import logging
from typing import Any

from logs.damper import BURST_LINES, KINDS_MAX, LINES_PER_S, DampedFilter, DampedObserver, Damper


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_of_one_kind_are_held_back_and_counted() -> None:
    clock = Clock()
    damper = Damper(clock)
    assert [0] * BURST_LINES + [None] * 100 == [damper.passes("a") for _ in range(BURST_LINES + 100)]
    assert 0 == damper.passes("b")
    clock.now = 1 / LINES_PER_S
    assert [100, None] == [damper.passes("a"), damper.passes("a")]
    clock.now = 1_000
    assert [1, 0] == [damper.passes("a"), damper.passes("a")]


def test_kinds_are_bounded() -> None:
    damper = Damper(Clock())
    for index in range(KINDS_MAX * 2):
        damper.passes(f"kind {index}")
    assert KINDS_MAX == len(damper._kinds)


def test_an_observer_of_twisted_says_how_many_lines_it_held_back() -> None:
    clock, written = Clock(), list[Any]()
    observer = DampedObserver(written.append, Damper(clock))
    for index in range(BURST_LINES + 7):
        observer({"log_format": "{address} is banned", "log_namespace": "x", "address": index})
    assert BURST_LINES == len(written)
    clock.now = 1.0
    observer({"log_format": "{address} is banned", "log_namespace": "x", "address": 1})
    assert "{address} is banned (and {log_held} more like this)" == written[-1]["log_format"]
    assert 7 == written[-1]["log_held"]


def test_a_filter_of_logging_says_how_many_lines_it_held_back() -> None:
    clock = Clock()
    one = DampedFilter(Damper(clock))

    def line() -> logging.LogRecord:
        return logging.LogRecord("x", logging.INFO, "", 0, "not sent to %s", ("h",), None)

    assert BURST_LINES == sum(one.filter(line()) for _ in range(BURST_LINES + 3))
    clock.now = 1.0
    record = line()
    assert one.filter(record)
    assert "not sent to h (and 3 more like this)" == record.getMessage()
