"""How late a message is: by the sender's own clock, whatever that says, and however the clocks drift."""

from __future__ import annotations

from softswitch.cluster.lateness import Lateness

AHEAD_S = 5_000.0
"""The clock of the other node."""


def sent(at: float, boot: str = "1", rate: float = 1.0) -> dict[str, object]:
    return {"node": "b", "boot": boot, "sent_s": AHEAD_S + at * rate}


def test_what_was_held_back_is_late_by_so_much() -> None:
    here = Lateness("here")
    assert 0.0 == here.late_s(sent(10.0), 10.1)
    assert 0.0 == here.late_s(sent(20.0), 20.05)
    assert 9.95 < here.late_s(sent(30.0), 40.05) < 10.05
    assert here.late_s(sent(50.0), 50.1) < 0.1


def test_a_clock_that_runs_slower_makes_nothing_late_in_a_day() -> None:
    here = Lateness("here")
    assert 0.0 == max(here.late_s(sent(at, rate=0.9998), at) for at in map(float, range(0, 86_400, 30)))


def test_the_clock_of_another_run_begins_anew() -> None:
    here = Lateness("here")
    here.late_s(sent(1_000.0), 1_000.0)
    assert 0.0 == here.late_s({"node": "b", "boot": "2", "sent_s": 1.0}, 1_010.0)


def test_who_does_not_say_when_is_not_late() -> None:
    here = Lateness("here")
    assert 0.0 == here.late_s({"node": "b"}, 5.0)
    assert {"node": "b", "boot": "here", "sent_s": 5.0} == here.stamped({"node": "b"}, 5.0)
