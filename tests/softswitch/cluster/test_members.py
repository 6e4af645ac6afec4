"""Who is alive and who is home to whom."""

from __future__ import annotations

from collections import Counter

import pytest

from softswitch.cluster.limits import MEMBERS_MAX, SILENT_S_MAX
from softswitch.cluster.members import Member, Members, home_of

TENANTS = [f"tenant-{number}" for number in range(3000)]


def members(*others: str, name: str = "a") -> Members:
    """A node's view with these others, heard at 0."""
    made = Members(name)
    for other in others:
        made.heard(Member(other, "1"))
    return made


def test_all_nodes_find_the_same_homes_and_share_them_evenly() -> None:
    views = [members("b", "c"), members("c", "a", name="b"), members("a", "b", name="c")]
    found = [[view.home(tenant) for tenant in TENANTS] for view in views]
    assert found[0] == found[1] == found[2]
    assert all(900 < count < 1100 for count in Counter(found[0]).values())


def test_when_a_node_goes_only_its_tenants_move() -> None:
    view = members("b", "c")
    before = {tenant: view.home(tenant) for tenant in TENANTS}
    assert view.left("c")
    moved = {tenant for tenant in TENANTS if view.home(tenant) != before[tenant]}
    assert {tenant for tenant in TENANTS if before[tenant] == "c"} == moved


@pytest.mark.parametrize(("silent_s", "alive"), [(SILENT_S_MAX, ("b",)), (SILENT_S_MAX + 0.1, ())])
def test_a_node_that_is_silent_too_long_is_dead(silent_s: float, alive: tuple[str, ...]) -> None:
    view = members("b")
    view.passed(silent_s)
    assert alive == tuple(one.name for one in view.others)


def test_a_drained_node_is_home_to_nobody_while_there_is_another() -> None:
    view = members("b")
    view.draining = True
    assert view.passed(0)
    assert {"b"} == {view.home(tenant) for tenant in TENANTS}
    view.left("b")
    assert {"a"} == {view.home(tenant) for tenant in TENANTS}


def test_what_changes_no_home_says_so() -> None:
    view = members("b")
    assert not view.heard(Member("b", "1", heard_at=1.0))
    assert not view.heard(Member("a", "2", draining=True))
    assert view.heard(Member("b", "1", draining=True))
    assert not view.left("nobody")


def test_more_nodes_than_the_limit_are_not_believed() -> None:
    view = members(*(f"n{number}" for number in range(MEMBERS_MAX + 5)))
    assert MEMBERS_MAX == len(view.others)


def test_the_home_among_one_is_that_one() -> None:
    assert "a" == home_of("riverside", ("a",))
