"""BYE for legs of the last run: by whichever way there is, and to a phone that comes back on another connection."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.task import Clock

from softswitch.adapters.last_byes import FAR_S, LastByes
from softswitch.peers.phones import Change
from softswitch.sip.message import Request
from softswitch.transport.flows import Destination
from softswitch.transport.limits import WAY_BACK_S

BACK = "tls:192.0.2.1:40001#2"
DIALOG = ["call@x", "ours", "theirs", "<sip:a@x>;tag=ours", "<sip:b@x>;tag=theirs", "sip:ann@192.0.2.1:40000", []]


class Exchange:
    """What was sent on what; `known` are the flows that live."""

    def __init__(self, *known: str) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.known = {name: SimpleNamespace(alive=True, name=name, host=name) for name in known}
        self.paths: Any = SimpleNamespace(find=self.known.get)
        self.answer = 0

    def request(self, request: Request, way: Any, answered: Any, failed: Any, on_flow: Any, on_over: Any) -> Any:
        self.sent.append((request.method, way if isinstance(way, Destination) else way.name))
        if self.answer:
            answered(SimpleNamespace(status=self.answer))
        return SimpleNamespace(flow=None)


def row(*way: Any) -> dict[str, Any]:
    return {
        "id": "l1",
        "who": "ann",
        "trunk": None,
        "direction": "in",
        "uri": "sip:102@x",
        "remote": "",
        "allows": [],
        "dialog": DIALOG,
        "numbers": [1, 1],
        "way": list(way),
    }


def byes(*known: str) -> tuple[LastByes, Exchange, Clock]:
    clock, exchange = Clock(), Exchange(*known)
    made = LastByes(clock, exchange, lambda trunk: None, dict)  # type: ignore[arg-type]  # what it needs of them
    return made, exchange, clock


def registered(to: LastByes, user: str = "ann", address: str = "192.0.2.1", flow: str | None = BACK) -> None:
    source = SimpleNamespace(flow=flow, address=address)
    binding = SimpleNamespace(source=source, uri=f"sip:{user}@192.0.2.1:40001")
    change: Any = SimpleNamespace(binding=binding)
    to.registered(Change(change, "created"))


def test_a_phone_behind_another_node_is_told_through_it_once_that_was_heard() -> None:
    made, exchange, clock = byes()
    made.say("c1", row("node-2/udp:192.0.2.1:5060", "192.0.2.1", 5060, "udp"))
    clock.advance(FAR_S / 2)
    exchange.known["node-2/udp:192.0.2.1:5060"] = SimpleNamespace(alive=True, name="through node-2", host="x")
    assert [] == exchange.sent
    clock.advance(FAR_S)
    assert [("BYE", "through node-2")] == exchange.sent


def test_a_phone_behind_a_dead_node_is_told_from_here() -> None:
    made, exchange, clock = byes()
    made.say("c1", row("node-2/udp:192.0.2.1:5060", "192.0.2.1", 5060, "udp"))
    clock.advance(FAR_S)
    assert [("BYE", Destination("192.0.2.1", 5060, "udp"))] == exchange.sent


@pytest.mark.parametrize("name", ["tls:192.0.2.1:40000#1", "node-2/tls:192.0.2.1:40000#1"])
def test_a_phone_whose_connection_is_gone_is_told_when_it_registers_on_another_one(name: str) -> None:
    made, exchange, clock = byes(BACK)
    made.say("c1", row(name, "192.0.2.1", 40000, "tls"))
    clock.advance(FAR_S)
    del exchange.sent[:]
    registered(made, user="ben")
    registered(made, address="192.0.2.2")
    registered(made, flow=None)
    assert [] == exchange.sent
    registered(made)
    registered(made)
    assert [("BYE", BACK)] == exchange.sent


@pytest.mark.parametrize(("status", "later"), [(200, 0.0), (0, WAY_BACK_S[-1])])
def test_who_has_answered_or_does_not_come_back_is_told_no_more(status: int, later: float) -> None:
    made, exchange, clock = byes(BACK)
    exchange.answer = status
    made.say("c1", row("tls:192.0.2.1:40000#1", "192.0.2.1", 40000, "tls"))
    clock.advance(0)
    clock.advance(later)
    del exchange.sent[:]
    registered(made)
    assert [] == exchange.sent


@pytest.mark.parametrize("what", [None, 5, {}, {"way": 5}, {"way": [None]}, {**row(None, "x", 1, "udp"), "dialog": []}])
def test_a_damaged_row_is_left_out(what: Any) -> None:
    made, exchange, clock = byes()
    made.say("c1", what)
    clock.advance(FAR_S)
    assert [] == exchange.sent
