"""A caller who is sent elsewhere takes nothing along of where they were: no timer, no place in a queue, no end that was near."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, TENANT
from ivr.effects import QueueLeave
from softswitch.calls import effects as do
from softswitch.routing.simulate import route_of
from tests.softswitch.calls.test_call import TUESDAY_NOON, invited
from tests.softswitch.calls.world import SDP, World, riverside

MENU = {"kind": "menu", "prompts": ["sound:vm-intro"], "keys": {"1": "bye"}, "timeout_s": 5}
BYE = {"kind": "hangup"}
BUSY = {"kind": "hangup", "cause": "busy"}
QUEUE = {"kind": "queue", "queue": "sales"}
SALES = {
    "id": "sales",
    "name": "Sales",
    "agents": [{"user": "ben"}],
    "no_answer": {"kind": "mailbox", "id": "front-desk"},
}


def flow(**nodes: Any) -> dict[str, Any]:
    """A flow that begins at the first of these nodes."""
    return {"start": next(iter(nodes)), "nodes": nodes}


def in_flow(document: dict[str, Any]) -> World:
    """A call whose caller is in that flow."""
    directory = riverside({("queue", "sales"): SALES})
    route = route_of(directory, TENANT, ANN_NUMBER, CALLER_NUMBER, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    return World(replace(route, document=document), TUESDAY_NOON).start().run(0.1)


def sent(one: World, document: dict[str, Any]) -> World:
    """Somebody sends the caller to another flow."""
    to = replace(one.route, document=document)
    one.perform(one.call.transfers.redirect(to, one.locate, one.now))
    return one


def wishes(one: World) -> list[Any]:
    """What was asked of the queues."""
    return [effect.wish for effect in one.effects(do.Ask)]


def test_who_is_sent_out_of_a_queue_has_no_place_there_any_more() -> None:
    one = sent(in_flow(flow(wait=QUEUE)), flow(menu=MENU))
    assert QueueLeave("exit") == wishes(one)[-1]
    one.hangs_up("caller")
    assert 1 == wishes(one).count(QueueLeave("exit"))
    assert QueueLeave("abandoned") not in wishes(one)


def test_a_timer_of_where_the_caller_was_is_none_of_where_they_are() -> None:
    one = in_flow(flow(menu=MENU, bye=BYE))
    while not [timer for timer in one.effects(do.StartTimer) if timer.name == "ivr:menu"]:
        one.run(0.5)
    sent(one, flow(menu={**MENU, "prompts": ["sound:vm-intro"] * 20}, bye=BYE)).run(8)
    assert "menu.timeout" not in one.codes


def test_who_is_fetched_out_of_the_busy_tone_is_not_hung_up_after_it() -> None:
    one = in_flow(flow(answer={"kind": "answer", "next": "bye"}, bye=BUSY)).run(2)
    assert ["tone:busy"] == [name for play in one.effects(do.PlayTo) for name in play.prompts if "busy" in name]
    sent(one, flow(wait={"kind": "wait", "seconds": 60, "next": "bye"}, bye=BYE)).run(20)
    assert "call.ended" not in one.codes


def test_who_is_asked_while_their_other_phone_declines_keeps_nobody_ringing_for_ever() -> None:
    ann = {"screen": "everywhere", "on_busy": {"kind": "user", "id": "ben"}}
    directory = riverside(patches={("user", "ann"): ann, ("user", "ben"): {"ring_s": 20}})
    route = route_of(directory, TENANT, ANN_NUMBER, CALLER_NUMBER, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    one = World(route, TUESDAY_NOON, devices={"ann": 2}, answers=False).start().run(0.5)
    asked, other = invited(one)
    one.perform(one.call.answered(asked, SDP, one.now))
    one.perform(one.call.failed(other, 603, "Decline", one.now))
    one.run(60)
    assert ["dial.screening", "dial.failed", "dial.timeout"] == [
        code for code in one.codes if code in ("dial.screening", "dial.failed", "dial.timeout")
    ]
