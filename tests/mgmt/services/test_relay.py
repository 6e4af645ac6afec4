"""What waits to be told comes to the event log in the order of its source, and waits on when the log goes away."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from configdb.event_log import EventsAway, Told
from configdb.event_log_memory import MemoryEventLog
from history.happened import Event
from history.shelves import UNTOLD
from mgmt.services.relay import Relay
from tests.mgmt.conftest import World


class Failing(MemoryEventLog):
    """Goes away in the middle: the call `lost` is not taken."""

    lost = ""

    def append_all(self, events: Sequence[Told]) -> list[int]:
        there = [index for index, (_, event) in enumerate(events) if event["call"] != self.lost]
        for index in there:
            self.append(*events[index])
        return there


def told(world: World, *calls: str) -> None:
    events = [Event(f"e{at}", "riverside", "call.ended", 1.5, call, "spool") for at, call in enumerate(calls)]
    world.context.history.shelves.write([one.waiting(at) for at, one in enumerate(events)])


def ids(log: MemoryEventLog) -> list[str]:
    return [one.event["id"] for one in log.read(None, 0, 99)]


def waiting(world: World) -> list[str]:
    return sorted(row.id for row in world.context.history.shelves.everywhere(UNTOLD, ()))


def test_events_are_told_in_order_and_then_wait_no_more(world: World) -> None:
    log = MemoryEventLog()
    relay = Relay(log, world.context.history.shelves, "spool")
    told(world, "c1", "c2", "c1")
    assert 3 == relay.run().done
    assert (["e0", "e1", "e2"], []) == (ids(log), waiting(world))
    assert 0 == relay.run().done


def test_what_the_log_did_not_take_is_told_the_next_time_and_the_others_once(world: World) -> None:
    log = Failing()
    relay = Relay(log, world.context.history.shelves, "spool")
    told(world, "c1", "c2", "c3")
    log.lost = "c2"
    assert 2 == relay.run().done
    assert (["e0", "e2"], ["e1"], 1) == (ids(log), waiting(world), relay.waiting)
    log.lost = ""
    assert 1 == relay.run().done
    assert (["e0", "e2", "e1"], []) == (ids(log), waiting(world))


def test_a_log_that_is_away_takes_nothing_and_nothing_is_forgotten(world: World) -> None:
    log = MemoryEventLog()
    relay = Relay(log, world.context.history.shelves, "spool")
    told(world, "c1")
    log.away = True
    with pytest.raises(EventsAway):
        log.append_all([("riverside", {"id": "x"})])
    assert 0 == relay.run().done
    assert ["e0"] == waiting(world)
    log.away = False
    assert 1 == relay.run().done
