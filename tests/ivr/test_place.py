"""Where a caller is in a flow, as a document, and the same place in another process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from configdb.model import Queue
from configdb.snapshot import TenantView
from ivr.effects import Effect, Play, QueueJoin, Took
from ivr.events import Digit, PlayDone, QueueJoined, QueueOffer, TimerFired
from ivr.session import Session
from tests.ivr.flows import CALLER, NOON, flow, view_with

MENU = {
    "kind": "menu",
    "prompts": ["prompt:menu"],
    "keys": {"1": "end"},
    "tries": 2,
    "timeout_s": 5,
    "on_timeout": "other",
}
SALES = Queue.model_validate(
    {
        "id": "sales",
        "name": "Sales",
        "agents": [],
        "empty": "wait",
        "no_answer": {"kind": "mailbox", "id": "front-desk"},
    }
)
SECRET: dict[str, Any] = {"kind": "collect", "prompts": ["say:PIN"], "variable": "pin", "secret": True, "max_keys": 4}
SECRET |= {"min_keys": 4, "next": "menu", "on_timeout": "other", "on_invalid": "other"}


def view(**flows: dict[str, Any]) -> TenantView:
    return view_with(flows, queue={"sales": SALES})


def at(document: dict[str, Any], *events: Any, known: TenantView | None = None) -> Session:
    """A session after what happened."""
    session = Session(known or view(), document, CALLER)
    session.start(NOON)
    for event in events:
        session.feed(event, NOON)
    return session


def again(session: Session, known: TenantView | None = None) -> tuple[Session, tuple[Effect, ...]]:
    """The same caller in another process, over what was written down, and what it asks for first."""
    place = session.kept()
    assert place is not None
    other = Session(known or view(), {"start": "over", "nodes": {"over": {"kind": "hangup"}}}, CALLER)
    return other, other.resume(json.loads(json.dumps(place)), NOON)


def heard(effects: tuple[Effect, ...]) -> list[tuple[str, ...]]:
    return [one.prompts for one in effects if isinstance(one, Play)]


def test_a_menu_is_heard_again_and_its_keys_lead_on() -> None:
    other, effects = again(at(flow({**MENU, "keys": {"1": "other"}}), PlayDone("p1")))
    assert [("prompt:menu",)] == heard(effects)
    assert ["menu.key", "tag", "hangup"] == [e.step.code for e in other.feed(Digit("1"), NOON) if isinstance(e, Took)]


def test_what_the_flow_learnt_and_its_language_are_known_still() -> None:
    document = flow(
        {"kind": "language", "language": "ru", "next": "set"},
        set={"kind": "set", "values": {"city": "Omsk"}, "next": "menu"},
        menu=MENU,
    )
    other, effects = again(at(document))
    assert ("Omsk", "ru") == (other.variables["city"], other._talk.language)
    assert [("prompt:menu",)] == heard(effects)


def test_a_flow_that_was_called_leads_back_to_who_called_it() -> None:
    inner = {"start": "a", "nodes": {"a": {**MENU, "keys": {"1": "b"}}, "b": {"kind": "finish"}}}
    known = view(inner=inner)
    session = at(flow({"kind": "subflow", "flow": "inner", "next": "other"}), known=known)
    place = session.kept()
    assert place is not None
    assert ("inner", 1) == (place["flow"], len(place["frames"]))
    other, _ = again(session, known)
    assert "other" in [e.step.data.get("tag") for e in other.feed(Digit("1"), NOON) if isinstance(e, Took)]


def test_a_flow_that_is_there_no_more_is_a_key_error() -> None:
    inner = {"start": "a", "nodes": {"a": MENU, "end": {"kind": "hangup"}, "other": {"kind": "hangup"}}}
    known = view(inner=inner)
    session = at(flow({"kind": "subflow", "flow": "inner", "next": "other"}), known=known)
    with pytest.raises(KeyError):
        again(session, view())


@pytest.mark.parametrize(
    "node", [{"kind": "queue", "queue": "sales"}, {"kind": "dial", "target": {"kind": "queue", "id": "sales"}}]
)
def test_who_waits_in_a_queue_asks_for_a_place_again(node: dict[str, Any]) -> None:
    session = at(flow(node), QueueJoined(1, None), QueueOffer("ann", 20))
    _, effects = again(session)
    assert [QueueJoin("sales", 0, ())] == [one for one in effects if isinstance(one, QueueJoin)]


@pytest.mark.parametrize(
    "node",
    [
        {"kind": "dial", "target": {"kind": "user", "id": "ann"}},
        {"kind": "mailbox", "mailbox": "front-desk"},
        {"kind": "webhook", "url": "https://example.com", "next": "end"},
        {"kind": "hangup"},
    ],
)
def test_where_more_was_begun_than_what_is_heard_there_is_no_place(node: dict[str, Any]) -> None:
    assert at(flow(node)).kept() is None


def test_who_said_a_secret_has_no_place() -> None:
    document = flow({"kind": "answer", "next": "pin"}, pin=SECRET, menu=MENU)
    assert at(document).kept() is not None
    assert at(document, *map(Digit, "2468")).kept() is None


def test_who_may_go_back_to_who_transferred_them_has_no_place() -> None:
    session = at(flow(MENU))
    session.returnable = True
    assert session.kept() is None


def test_a_menu_that_was_tried_once_has_all_its_tries_again() -> None:
    other, _ = again(at(flow(MENU), PlayDone("p1"), TimerFired("menu")))
    assert "first" == other.node
    assert not other.done
