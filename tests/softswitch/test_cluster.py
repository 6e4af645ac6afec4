"""Three switches as one: phones and carriers reach the same calls over any node; nodes die, are drained and come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from softswitch.transport.session import State
from tests.softswitch.city import NAMES, City


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """Three nodes that have found each other."""
    made = City(tmp_path)
    yield made
    made.close()


def register(city: City, phone: str, edge: str) -> None:
    """One phone over one node."""
    station = city.phones[phone]
    station.edge = city.address(edge)
    station.answers.clear()
    station.register()
    city.run(2)
    assert [200] == station.answers


def talk(city: City, edge: str, phone: str = "ann-desk", number: str = "102") -> None:
    """A call over a node is answered, both sides hear of it, and its end reaches both."""
    caller = city.phones[phone]
    caller.edge = city.address(edge)
    session = caller.dial(number)
    city.run(3)
    assert session.up
    session.bye()
    city.run(2)
    assert 0 == city.calls(city.home())


def test_all_nodes_name_one_home_and_it_alone_knows_the_phones(city: City) -> None:
    away = city.others()
    register(city, "ben-desk", away[0])
    assert {"ben-desk"} == city.registered(city.home())
    assert [set(), set()] == [city.registered(name) for name in away]


def test_a_phone_at_one_node_is_reached_from_another(city: City) -> None:
    first, second = city.others()
    register(city, "ben-desk", first)
    register(city, "ann-desk", second)
    talk(city, second)
    talk(city, city.home())
    assert {"call.open", "call.close"} <= {record["kind"] for record in city.nodes[city.home()].records()}
    assert [] == [record for name in (first, second) for record in city.nodes[name].records()]


def test_a_call_of_a_carrier_to_any_node_rings_the_phone_where_it_is(city: City) -> None:
    first, second = city.others()
    register(city, "ben-desk", first)
    city.carrier.edge = city.address(second)
    session = city.carrier.dial("+12025550123")
    city.run(3)
    assert 1 == city.calls(city.home())
    assert session.up
    session.bye()
    city.run(2)
    assert 0 == city.calls(city.home())


def test_a_call_that_is_given_up_is_cancelled_where_it_rings(city: City) -> None:
    first, second = city.others()
    register(city, "ben-desk", first)
    register(city, "ann-desk", second)
    city.phones["ben-desk"].answer = lambda session: session.ring()
    session = city.phones["ann-desk"].dial("102")
    city.run(2)
    session.cancel()
    city.run(3)
    assert session.state is State.OVER
    assert 0 == city.calls(city.home())


def test_when_the_home_dies_another_node_has_its_registrations_within_five_seconds(city: City) -> None:
    register(city, "ben-desk", city.others()[0])
    register(city, "ann-desk", city.home())
    old = city.home()
    city.kill(old)
    city.run(4)
    assert old != city.home()
    assert {"ann-desk", "ben-desk"} == city.registered(city.home())
    talk(city, city.others()[0])


def test_when_the_power_of_all_is_cut_phones_are_reached_as_soon_as_all_are_back(city: City) -> None:
    first, second = city.others()
    register(city, "ben-desk", first)
    register(city, "ann-desk", second)
    caller = city.phones["ann-desk"].dial("102")
    city.run(3)
    assert caller.up
    for name in NAMES:
        city.kill(name)
    for name in NAMES:
        city.start(name)
    city.run(4)
    assert {"ann-desk", "ben-desk"} == city.registered(city.home())
    assert 0 == sum(city.calls(name) for name in NAMES)
    talk(city, second)


def test_after_the_power_of_all_was_cut_one_node_alone_serves_what_it_knew(city: City) -> None:
    register(city, "ben-desk", city.others()[0])
    city.run(1)
    alone = city.home()
    for name in NAMES:
        city.kill(name)
    city.start(alone)
    city.run(4)
    assert (alone, {"ben-desk"}) == (city.home(), city.registered(alone))
    city.carrier.edge = city.address(alone)
    session = city.carrier.dial("+12025550123")
    city.run(3)
    assert session.up


def test_a_node_that_comes_back_takes_what_has_changed_meanwhile(city: City) -> None:
    home = city.home()
    register(city, "ben-desk", home)
    city.kill(home)
    city.run(4)
    register(city, "ann-desk", city.others()[0])
    city.phones["ben-desk"].edge = city.address(city.others()[0])
    city.phones["ben-desk"].register(0)
    city.run(2)
    city.start(home)
    city.run(5)
    assert home == city.home()
    assert {"ann-desk"} == city.registered(home)


def test_a_drained_node_keeps_its_calls_and_gets_no_new_ones(city: City) -> None:
    home = city.home()
    first = city.others()[0]
    register(city, "ben-desk", first)
    register(city, "ann-desk", home)
    session = city.phones["ann-desk"].dial("102")
    city.run(3)
    city.nodes[home].service._incoming.draining = True
    city.run(3)
    assert home != city.home()
    assert session.up
    talk(city, home, "ann-desk", "102")
    assert 1 == city.calls(home)
    session.bye()
    city.run(3)
    assert session.state is State.OVER
    assert 0 == city.calls(home)
    assert {"ann-desk", "ben-desk"} == city.registered(city.home())
    assert set() == city.registered(home)


@pytest.mark.parametrize("wait_s", [0.0, 0.2, 0.4, 0.6])
def test_a_call_in_the_moment_in_which_a_node_is_drained_is_not_lost(city: City, wait_s: float) -> None:
    home, edge = city.home(), city.others()[0]
    register(city, "ben-desk", edge)
    register(city, "ann-desk", edge)
    city.nodes[home].service._incoming.draining = True
    city.run(wait_s)
    session = city.phones["ann-desk"].dial("102")
    city.run(3)
    assert session.up
    assert home != city.home()
    session.bye()
    city.run(3)
    assert 0 == city.calls(home)


def test_a_drained_node_knows_of_calls_that_go_through_it_until_their_end(city: City) -> None:
    home, edge = city.home(), city.others()[0]
    register(city, "ben-desk", home)
    register(city, "ann-desk", home)
    city.nodes[edge].service._incoming.draining = True
    city.phones["ann-desk"].edge = city.address(edge)
    session = city.phones["ann-desk"].dial("102")
    for _ in range(5):
        city.run(0.5)
        assert city.passing(edge)
    assert session.up
    assert (0, 1) == (city.calls(edge), city.calls(home))
    session.bye()
    city.run(2)
    assert [0, 0] == [city.passing(name) for name in (edge, home)]


def test_nodes_that_are_cut_off_from_each_other_each_serve_what_reaches_them(city: City) -> None:
    register(city, "ben-desk", city.home())
    lonely = city.others()[0]
    city.wire.away.add(lonely)
    city.run(5)
    assert {"ben-desk"} == city.registered(lonely)
    city.wire.away.discard(lonely)
    city.run(3)
    assert {"ben-desk"} == city.registered(city.home())
    assert set() == city.registered(lonely)


@pytest.mark.parametrize("is_home", [True, False])
def test_a_node_that_was_behind_and_starts_first_after_the_power_of_all_was_cut_learns_of_later_registrations(
    city: City, is_home: bool
) -> None:
    first, second = city.others()
    behind = city.home() if is_home else first
    register(city, "ann-desk", second)
    city.run(1)
    city.kill(behind)
    city.run(4)
    register(city, "ben-desk", second)
    city.run(1)
    living = [name for name in NAMES if name != behind]
    for name in living:
        city.kill(name)
    city.start(behind)
    city.run(6)
    assert (behind, {"ann-desk"}) == (city.home(), city.registered(behind))
    for name in living:
        city.start(name)
    city.run(6)
    assert {"ann-desk", "ben-desk"} == city.registered(city.home())
    talk(city, city.others()[0])
    city.kill(city.home())
    city.run(4)
    assert {"ann-desk", "ben-desk"} == city.registered(city.home())


@pytest.mark.parametrize("is_home", [True, False])
def test_of_two_who_were_cut_off_from_each_other_the_later_registration_of_a_phone_counts(
    city: City, is_home: bool
) -> None:
    home, (first, second) = city.home(), city.others()
    lonely, other = (home, first) if is_home else (first, home)
    register(city, "ben-desk", second)
    register(city, "ann-desk", second)
    city.run(1)
    city.wire.away.add(lonely)
    city.run(5)
    register(city, "ann-mobile", other)
    register(city, "carla-desk", lonely)
    city.phones["ben-desk"].edge = city.address(other)
    city.phones["ben-desk"].register(0)
    city.run(2)
    assert "ben-desk" in city.registered(lonely)
    city.wire.away.discard(lonely)
    city.run(6)
    for name in (home, second):
        assert {"ann-desk", "ann-mobile", "carla-desk"} == city.registered(city.home()), name
        if name == home:
            city.kill(home)
            city.run(4)


def test_an_invite_that_a_cut_link_held_back_is_no_call_when_it_heals(city: City) -> None:
    home, (edge, other) = city.home(), city.others()
    register(city, "ben-desk", other)
    city.run(1)
    city.wire.held = []
    city.wire.away.add(home)
    city.carrier.edge = city.address(edge)
    session = city.carrier.dial("+12025550123")
    city.run(5)
    assert session.up
    session.bye()
    city.run(5)
    city.wire.heal()
    city.run(6)
    assert home == city.home()
    begun = {name: [record["kind"] for record in city.nodes[name].records()].count("call.open") for name in NAMES}
    assert (0, 1) == (begun[home], sum(begun.values()))
