"""Ids of calls and legs: in the order of time, and nobody's guess."""

from __future__ import annotations

import re
import time

from softswitch.adapters.live_call import new_call_id, new_leg_id


def test_ids_follow_each_other_in_time_and_no_two_are_the_same() -> None:
    first = new_call_id()
    time.sleep(0.002)
    later = [new_call_id() for _ in range(1000)]
    assert first < min(later)
    assert 1000 == len(set(later))
    assert re.fullmatch("c[0-9a-f]{32}", first)
    assert re.fullmatch("l[0-9a-f]{32}", new_leg_id())
