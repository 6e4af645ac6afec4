"""The notice of a recording: who hears it, and what a caller does with the question."""

from __future__ import annotations

from itertools import product

import pytest

from configdb.model import Notice, Queue
from configdb.snapshot import TenantView, make_view
from ivr.behaviour import Reply
from ivr.effects import Consented, StartTimer
from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.explore import explore
from ivr.notice import Saying, State, due
from ivr.talk import Caller, Talk
from tests.ivr.flows import CALLER, NOON, codes, flow, view_with, walk

CASES = ("none", "told", "asked", None)
QUEUE = {
    "id": "sales",
    "name": "Sales",
    "agents": [{"user": "ben"}],
    "no_answer": {"kind": "mailbox", "id": "front-desk"},
}
DIAL = {"kind": "dial", "target": {"kind": "user", "id": "ann"}}


def view(
    tenant: Notice = "none", number: Notice | None = None, queue: Notice | None = None, records: bool = True
) -> TenantView:
    """The demo tenant that wants that said."""
    found = view_with(queue={"sales": queue_of(queue)})
    objects = {kind: dict(those) for kind, those in found.objects.items()}
    one = objects["number"][CALLER.dialled]
    objects["number"][CALLER.dialled] = one.model_copy(update={"recording_notice": number})
    said = {"recording_notice": tenant, "record_calls": records}
    return make_view(8, found.tenant.model_copy(update=said), objects)


def queue_of(notice: Notice | None) -> Queue:
    """The queue that wants that said."""
    return Queue.model_validate({**QUEUE, "recording_notice": notice})


def talk_with(wanted: TenantView, caller: Caller = CALLER) -> Talk:
    """A caller."""
    return Talk(wanted, caller, False, NOON)


@pytest.mark.parametrize(("tenant", "number", "queue"), list(product(CASES[:3], CASES, CASES)))
def test_the_queue_says_what_is_heard_else_the_number_else_the_company(
    tenant: Notice, number: Notice | None, queue: Notice | None
) -> None:
    talk = talk_with(view(tenant, number, queue))
    assert (number or tenant) == due(talk)
    assert (queue or number or tenant) == due(talk, "sales")


def test_people_of_the_house_and_who_heard_it_hear_nothing_and_nobody_does_where_nothing_is_recorded() -> None:
    assert "none" == due(talk_with(view("told", records=False)))
    assert "none" == due(talk_with(view("told"), Caller("101", "Ann", "ann", "102")))
    assert "none" == due(talk_with(view("told"), Caller("+12025550100", consent="refused")))


EVENTS: dict[str, Event] = {
    "played": PlayDone("p1"),
    "another played": PlayDone("p0"),
    "1": Digit("1"),
    "2": Digit("2"),
    "9": Digit("9"),
    "time": TimerFired("consent"),
    "another time": TimerFired("menu"),
}
TABLE = {
    ("told", "played"): (State.OVER, "told"),
    ("asked", "1"): (State.OVER, "agreed"),
    ("asked", "2"): (State.SPARING, ""),
    ("asked", "time"): (State.OVER, "unanswered"),
    ("refused", "played"): (State.OVER, "refused"),
}
"""Everything else changes nothing."""


@pytest.mark.parametrize(("at", "event"), list(product(("told", "asked", "refused", "over"), EVENTS)))
def test_each_event_at_each_state(at: str, event: str) -> None:
    talk, saying = talk_with(view()), Saying("told" if at == "told" else "asked")
    saying.begin(talk)
    happened = EVENTS[event]
    if at == "refused":
        saying.hear(Digit("2"), talk)
        happened = PlayDone("p2") if event == "played" else happened
    elif at == "over":
        saying.hear(Digit("1"), talk)
    before = saying.state
    talk.taken()
    saying.hear(happened, talk)
    state, consent = TABLE.get((at, event), (before, ""))
    assert state is saying.state
    assert ([Consented(consent)] if consent else []) == [one for one in talk.taken() if isinstance(one, Consented)]  # type: ignore[arg-type]  # the table's words


def test_the_question_waits_for_its_answer_from_its_end_on() -> None:
    talk, saying = talk_with(view()), Saying("asked")
    saying.begin(talk)
    talk.taken()
    saying.hear(PlayDone("p1"), talk)
    assert [StartTimer("consent", 5.0)] == list(talk.taken())


def test_a_simulation_answers_the_question_like_a_menu_and_every_way_through_it_is_found() -> None:
    wanted = view("asked")
    assert ["notice.asked", "notice.refused", "dial.user"] == codes(walk(flow(DIAL), "2", view=wanted))[:3]
    assert ["notice.asked", "notice.unanswered", "dial.user"] == codes(walk(flow(DIAL), "", view=wanted))[:3]
    found = explore(wanted, flow(DIAL), CALLER, NOON)
    assert {"first: 1", "first: 2", "first: nothing"} == {path.choices[0] for path in found.paths}


def test_a_server_that_wants_somebody_called_has_the_caller_told_first() -> None:
    hook = {"kind": "webhook", "url": "https://example.com/x", "format": "json"}
    answer = Reply(200, '{"verbs": [{"verb": "dial", "to": ["101"]}]}')
    done = walk(flow(hook), replies={"first": answer}, view=view("told"))
    assert ["notice.told", "webhook.dial"] == [code for code in codes(done) if code in ("notice.told", "webhook.dial")]
