"""Whose connection a leg goes on over: that of the phone that it is, and of no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from softswitch.adapters.resumption import gone
from softswitch.adapters.way_back import WayBack
from softswitch.calls.leg import Leg
from softswitch.peers.phones import Change

FLOW = object()


class Lost:
    """A session that lost its connection, and its leg."""

    def __init__(self, user: str | None, device: str | None) -> None:
        self.id, self.flow, self.found_on = "l1", SimpleNamespace(host="192.0.2.1"), list[Any]()
        self.search = SimpleNamespace(found=lambda session, flow: self.found_on.append(flow))
        self.leg = Leg("l1", "caller", "101", "tls 192.0.2.1:40000", 0.0, outgoing=False, user=user, device=device)


def registered(lost: Lost, event: str = "created", **other: str | None) -> list[Any]:
    """On what the leg goes on after a phone registered."""
    live = SimpleNamespace(
        view=SimpleNamespace(tenant=SimpleNamespace(id="riverside")),
        call=SimpleNamespace(desk=SimpleNamespace(live_leg=lambda id: lost.leg)),
    )
    board: Any = SimpleNamespace(of_leg=lambda id: live if id == "l1" else None)
    back = WayBack(board, lambda name: FLOW if name == "tls:192.0.2.1:40001#2" else None)  # type: ignore[arg-type, return-value]  # any
    back.lost([lost])  # type: ignore[list-item]  # what it needs of one
    known = {"tenant": "riverside", "user": "ann", "device": "ann-desk", "flow": "tls:192.0.2.1:40001#2"} | other
    source = SimpleNamespace(flow=known.pop("flow"), address=known.pop("address", "192.0.2.1"))
    change: Any = Change(SimpleNamespace(**known, binding=SimpleNamespace(source=source)), event)  # type: ignore[arg-type]  # as above
    back.registered(change)
    back.registered(change)
    return lost.found_on


@pytest.mark.parametrize("event", ["created", "refreshed"])
def test_its_phone_takes_it_over_once(event: str) -> None:
    assert [FLOW] == registered(Lost("ann", "ann-desk"), event)


@pytest.mark.parametrize(
    "other",
    [
        {"device": "ann-mobile"},
        {"user": "ben"},
        {"tenant": "lakeside"},
        {"flow": None},
        {"flow": "tls:192.0.2.1:40001#3"},
    ],
    ids=str,
)
def test_nobody_else_does(other: dict[str, str | None]) -> None:
    assert [] == registered(Lost("ann", "ann-desk"), **other)


@pytest.mark.parametrize(("lives", "found_on"), [(True, 1), (False, 0)])
def test_a_leg_behind_another_node_goes_on_over_the_connection_that_it_holds_once_it_is_heard(
    lives: bool, found_on: int
) -> None:
    lost, far = Lost("ann", "ann-desk"), SimpleNamespace(alive=lives)
    lost.flow = SimpleNamespace(name="node-2/tls:192.0.2.1:40000#1", host="192.0.2.1")
    board: Any = SimpleNamespace(of_leg=lambda id: object())
    back = WayBack(board, {"node-2/tls:192.0.2.1:40000#1": far}.get)  # type: ignore[arg-type]  # what it needs of one
    back.lost([lost])  # type: ignore[list-item]  # as above
    back.met()
    back.met()
    assert [far] * found_on == lost.found_on


def test_a_phone_that_goes_takes_nothing() -> None:
    assert [] == registered(Lost("ann", "ann-desk"), "unregistered")


def test_a_leg_whose_phone_is_not_known_is_taken_over_from_the_same_address() -> None:
    assert [FLOW] == registered(Lost("ann", None))
    assert [] == registered(Lost("ann", None), address="192.0.2.9")


def test_nobody_is_waited_for_over_udp_or_where_there_was_no_connection() -> None:
    assert (None, None) == (gone("udp:192.0.2.1:5060", "192.0.2.1", 5060, "udp"), gone(None, "192.0.2.1", 5061, "tls"))
    found = gone("wss:192.0.2.1:40000#7", "192.0.2.1", 40000, "wss")
    assert found is not None
    assert ("wss", True) == (found.kind, found.secure)
