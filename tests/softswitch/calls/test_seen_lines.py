"""What lamps show of a call: whom others may see, and nobody who hides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, TENANT
from softswitch.calls.lines import PARK, lines_of
from softswitch.routing.simulate import route_of
from tests.softswitch.calls.test_call import TUESDAY_NOON, ringing, world
from tests.softswitch.calls.world import World, riverside


@pytest.mark.parametrize(("withhold", "seen"), [(False, "102"), (True, "")])
def test_a_lamp_says_who_calls_unless_they_hide(withhold: bool, seen: str) -> None:
    directory = riverside(patches={("user", "ben"): {"withhold": withhold}})
    route = route_of(directory, TENANT, "101", "102", datetime.fromtimestamp(TUESDAY_NOON, UTC))
    one = ringing(World(route, TUESDAY_NOON).start())
    (line,) = [line for line in lines_of(one.call).values() if line.user == "ann"]
    assert (seen, None) == (line.remote, line.remote_name)


@pytest.mark.parametrize(("withheld", "seen"), [(False, CALLER_NUMBER), (True, "")])
def test_nor_does_it_after_a_transfer_or_in_a_slot(withheld: bool, seen: str) -> None:
    one = ringing(world(ANN_NUMBER))
    desk = one.call.desk
    (ann,) = [leg for leg in desk.legs.values() if leg.user == "ann"]
    assert desk.caller is not None
    desk.caller.withheld, desk.peer, ann.role = withheld, ann, "caller"
    one.call._stage.slots.append("1")
    lines = lines_of(one.call)
    assert [seen, seen] == [lines[ann.id].remote, lines[PARK + "1"].remote]
