"""A caller in a queue: every (state, event) pair, and what the simulator says of queues."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from configdb.model import Queue, Tenant, User
from configdb.snapshot import TenantView
from ivr import effects as ask
from ivr import events as happened
from ivr.simulate import simulate
from ivr.talk import Caller, Talk
from ivr.waiting import LONGEST, TELL, State, Waiting

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
USERS = {id: User(id=id, name=id.title(), extension=f"10{n}") for n, id in enumerate(("ann", "ben", "dora"))}
USERS["dora"] = USERS["dora"].model_copy(update={"dnd": True})
QUEUE = Queue.model_validate(
    {
        "id": "sales",
        "name": "Sales",
        "agents": [{"user": "ann"}, {"user": "ben"}],
        "exits": {"0": {"kind": "user", "id": "ben"}},
        "callback_key": "1",
        "no_answer": {"kind": "mailbox", "id": "desk"},
    }
)
VIEW = TenantView(Tenant(id="acme", name="Acme"), 1, users=USERS, queues={"sales": QUEUE})

JOINED = happened.QueueJoined(2, 90.0)
OFFER = happened.QueueOffer("ann", 20.0)
EVENTS: dict[str, happened.Event] = {
    "joined": JOINED,
    "full": happened.QueueRefused("full"),
    "offer": OFFER,
    "offer of one who is away": happened.QueueOffer("dora", 20.0),
    "told": happened.QueueTold(1, 30.0),
    "expired": happened.QueueExpired("empty"),
    "promised": happened.QueuePromised(),
    "played": happened.PlayDone("p1"),
    "something else played": happened.PlayDone("p9"),
    "key 0": happened.Digit("0"),
    "key 1": happened.Digit("1"),
    "key 7": happened.Digit("7"),
    "time to tell": happened.TimerFired(TELL),
    "too long": happened.TimerFired(LONGEST),
    "another timer": happened.TimerFired("menu"),
    "connected": happened.Connected("ann"),
    "not answered": happened.DialDone("no_answer"),
    "over": happened.DialDone("answered", "ann"),
}
WAYS: dict[str, tuple[happened.Event, ...]] = {
    "joining": (),
    "waiting": (JOINED,),
    "ringing": (JOINED, OFFER),
    "promising": (JOINED, happened.Digit("1")),
    "talking": (JOINED, OFFER, happened.Connected("ann")),
    "over": (happened.QueueRefused("full"),),
}
"""How to come into each state; one who is rung for is in WAITING, too."""

LEFT = ["QueueLeave", "StopPlay", "CancelTimer", "CancelTimer"]
EXPECTED: dict[tuple[str, str], tuple[State, list[str]]] = {
    ("joining", "joined"): (State.WAITING, ["StartTimer", "Play", "StartTimer"]),
    ("joining", "full"): (State.OVER, ["CancelTimer", "CancelTimer"]),
    ("waiting", "offer"): (State.WAITING, ["Dial"]),
    ("waiting", "offer of one who is away"): (State.WAITING, ["QueueResult unreachable"]),
    ("waiting", "told"): (State.WAITING, ["Play"]),
    ("waiting", "expired"): (State.OVER, LEFT),
    ("waiting", "played"): (State.WAITING, ["Play"]),
    ("waiting", "key 0"): (State.OVER, LEFT),
    ("waiting", "key 1"): (State.PROMISING, ["QueuePromise"]),
    ("waiting", "time to tell"): (State.WAITING, ["StartTimer", "QueueAsk"]),
    ("waiting", "too long"): (State.OVER, LEFT),
    ("waiting", "connected"): (State.TALKING, ["CancelTimer", "CancelTimer", "QueueResult answered"]),
    ("ringing", "offer"): (State.WAITING, ["QueueResult withdrawn"]),
    ("ringing", "offer of one who is away"): (State.WAITING, ["QueueResult withdrawn"]),
    ("ringing", "played"): (State.WAITING, ["Play"]),
    ("ringing", "key 0"): (State.OVER, ["StopDial", "QueueResult withdrawn", *LEFT]),
    ("ringing", "key 1"): (State.PROMISING, ["StopDial", "QueueResult withdrawn", "QueuePromise"]),
    ("ringing", "time to tell"): (State.WAITING, ["StartTimer", "QueueAsk"]),
    ("ringing", "connected"): (State.TALKING, ["CancelTimer", "CancelTimer", "QueueResult answered"]),
    ("ringing", "not answered"): (State.WAITING, ["QueueResult no_answer"]),
    ("promising", "full"): (State.WAITING, ["Play"]),
    ("promising", "promised"): (State.PROMISING, ["Play"]),
    ("promising", "played"): (State.OVER, ["CancelTimer", "CancelTimer"]),
    ("talking", "over"): (State.OVER, ["CancelTimer", "CancelTimer"]),
    **{
        (state, "offer"): (found, ["QueueResult withdrawn"])
        for state, found in (
            ("joining", State.JOINING),
            ("promising", State.PROMISING),
            ("talking", State.TALKING),
            ("over", State.OVER),
        )
    },
    **{
        (state, "offer of one who is away"): (found, ["QueueResult withdrawn"])
        for state, found in (
            ("joining", State.JOINING),
            ("promising", State.PROMISING),
            ("talking", State.TALKING),
            ("over", State.OVER),
        )
    },
}
"""Every other pair changes nothing and asks for nothing."""


def arrived(state: str) -> tuple[Waiting, Talk]:
    """A caller in a state."""
    talk, waiting = Talk(VIEW, Caller("+12025550100"), True, NOW), Waiting("sales")
    waiting.begin(talk)
    for event in WAYS[state]:
        waiting.hear(event, talk)
    talk.taken()
    return waiting, talk


def words(effects: tuple[ask.Effect, ...]) -> list[str]:
    """What is asked for, without the steps."""
    return [
        f"QueueResult {effect.outcome}" if isinstance(effect, ask.QueueResult) else type(effect).__name__
        for effect in effects
        if not isinstance(effect, ask.Took)
    ]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", WAYS)
def test_every_event_in_every_state(state: str, event: str) -> None:
    waiting, talk = arrived(state)
    before = waiting.state
    waiting.hear(EVENTS[event], talk)
    assert EXPECTED.get((state, event), (before, [])) == (waiting.state, words(talk.taken()))


def test_the_agent_who_rings_when_the_time_is_up_may_still_answer() -> None:
    waiting, talk = arrived("ringing")
    waiting.hear(happened.TimerFired(LONGEST), talk)
    assert (State.WAITING, []) == (waiting.state, words(talk.taken()))
    waiting.hear(happened.DialDone("no_answer"), talk)
    assert (State.OVER, "no_answer") == (waiting.state, waiting.end.outcome if waiting.end else None)


def test_who_declined_is_not_rung_again_for_this_caller() -> None:
    waiting, talk = arrived("ringing")
    waiting.hear(happened.DialDone("declined", None, ("ann",)), talk)
    waiting.hear(OFFER, talk)
    assert ["QueueResult declined", "QueueResult declined"] == words(talk.taken())


def flow(**queue: Any) -> dict[str, Any]:
    return {"start": "q", "nodes": {"q": {"kind": "queue", "queue": "sales", **queue}}}


@pytest.mark.parametrize(
    ("availability", "outcome", "who", "codes"),
    [
        ({}, "answered", "ann", ["queue.joined", "queue.offer", "queue.answered", "dial.over"]),
        ({"ann": "busy"}, "answered", "ben", ["queue.joined", "queue.offer", "queue.answered", "dial.over"]),
        (
            {"ann": "declined"},
            "answered",
            "ben",
            ["queue.joined", "queue.offer", "queue.offer_over", "queue.offer", "queue.answered", "dial.over"],
        ),
        ({"ann": "unregistered", "ben": "unregistered"}, "unavailable", None, ["queue.empty", "dial.unreachable"]),
        ({"ann": "busy", "ben": "busy"}, "no_answer", None, ["queue.joined", "queue.time", "dial.no_answer"]),
    ],
)
def test_the_simulator_walks_a_queue(
    availability: dict[str, Any], outcome: str, who: str | None, codes: list[str]
) -> None:
    view = TenantView(
        VIEW.tenant,
        1,
        users=USERS,
        queues={"sales": QUEUE.model_copy(update={"no_answer": None})},  # so that it ends here
    )
    found = simulate(view, flow(), Caller("+12025550100"), NOW, availability=availability)
    assert (outcome, who, codes) == (found.outcome, found.who, [one.step.code for one in found.steps])
