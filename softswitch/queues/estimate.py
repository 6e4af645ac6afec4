"""How long the wait will be: those before you, one conversation each, shared by the agents at work."""

from __future__ import annotations

from softswitch.queues.limits import handling_s_first

WEIGHT = 0.1
"""Of the newest conversation in the mean: about the last twenty count."""


def learnt(mean_s: float | None, newest_s: float) -> float:
    """The mean time of a conversation with its wrap-up, after one more."""
    return newest_s if mean_s is None else mean_s + WEIGHT * (newest_s - mean_s)


def wait_of(position: int, at_work: int, mean_s: float | None) -> float | None:
    """Seconds until the place comes up; None when nobody is at work."""
    if at_work < 1:
        return None
    return position * (handling_s_first if mean_s is None else mean_s) / at_work
