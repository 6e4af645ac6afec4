"""What is kept of a queue's day, and is told to nodes of other versions."""

from __future__ import annotations

from softswitch.queues.figures import Figures


def test_figures_are_the_same_when_they_are_read_again() -> None:
    figures = Figures("2026-11-27", offered=3, handling_s=40.0)
    figures.was_answered(5.0, 20.0)
    assert figures == Figures.of(figures.document())


def test_a_count_of_a_later_version_is_left_out_and_one_that_an_older_does_not_keep_is_as_at_first() -> None:
    assert Figures("2026-11-27", offered=3) == Figures.of({"day": "2026-11-27", "offered": 3, "laughed": 1})
