"""The contract of the history, held by every back end: batches, pages, cursors, filters, marks, counts, search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from history import embedded, mongo
from history.activity import Activity, commented, marked
from history.documents import Leg, QualityWindow, SipMessage, Step
from history.shelves import CALLS
from history.store import ActivityFilter, BadCursor, Batch, CallFilter, HistoryStore
from tests.history.stores import NOW, call, item, keep

EVERY = CallFilter()


def ids(page: Any) -> list[str]:
    return [one.id for one in page.rows]


def test_what_was_applied_is_found_again_with_the_position_of_its_source(store: HistoryStore) -> None:
    one = call("c1", from_name="Zoë", cause={"sip": 200, "q850": None, "text": "ok"}, mos=4.25, recording="r1")
    leg = Leg("l1", "c1", "acme", "caller", "+1", "192.0.2.1", NOW, quality={"rx": {"mos": 4.0}})
    steps = [Step("c1", "acme", number, NOW, "route", f"step {number}", data={"a.b": [1]}) for number in (0, 1, 11, 2)]
    windows = [QualityWindow("c1", "acme", "l1", NOW + 5 * n, 5.0, d) for n in (1, 0) for d in ("rx", "tx")]
    ladder = [SipMessage(1, "l1", "a", "b", "INVITE", "INVITE sip:x SIP/2.0")]
    batch = Batch([one], [leg], steps, windows, [("acme", "c1", [one.to_document() for one in ladder])], [item("a1")])
    for _ in range(2):
        store.apply(batch, "spool", 77)
    assert one == store.call("acme", "c1")
    assert (leg,) == store.legs("acme", "c1")
    assert [0, 1, 2, 11] == [step.index for step in store.steps("acme", "c1")]
    assert [NOW, NOW, NOW + 5, NOW + 5] == [window.at for window in store.quality("acme", "c1")]
    assert tuple(ladder) == store.messages("acme", "c1")
    assert item("a1") == store.activity_of_call("acme", "ca1")
    assert (77, 0) == (store.position("spool"), store.position("other"))


def test_a_tenant_finds_nothing_of_another_that_uses_the_same_ids(store: HistoryStore) -> None:
    keep(store, call("c1", "acme", who="ann"), call("c1", "bolt", who="bob"), item("a1", "bolt"))
    assert "ann" == store.call("acme", "c1").who  # type: ignore[union-attr]
    assert ["ann"] == [one.who for one in store.calls("acme", EVERY, None, 10).rows]
    assert None is store.activity("acme", "a1")
    assert [] == ids(store.activities("acme", ActivityFilter(), None, 10))


OF_CALLS = [("b", "c1"), ("c", "c2"), ("a", "c1"), ("d", "c3")]


def test_a_leg_that_was_transferred_is_one_of_the_call_it_went_to(store: HistoryStore) -> None:
    first = Leg("l1", "c1", "acme", "callee", "+1", "192.0.2.1", NOW)
    store.apply(Batch(legs=[first, Leg("l2", "c2", "acme", "caller", "+2", "192.0.2.2", NOW)]), "spool", 1)
    store.apply(Batch(legs=[replace(first, call="c2", ended_at=NOW + 5)]), "spool", 2)
    assert () == store.legs("acme", "c1")
    assert ["l1", "l2"] == [leg.id for leg in store.legs("acme", "c2")]


def test_legs_of_two_companies_are_two_whatever_they_are_called(store: HistoryStore) -> None:
    leg = Leg("l1", "c1", "acme", "callee", "+1", "192.0.2.1", NOW)
    store.apply(Batch(legs=[leg, replace(leg, tenant="umbrella"), replace(leg, ended_at=NOW + 5)]), "spool", 1)
    assert [NOW + 5, None] == [one.ended_at for tenant in ("acme", "umbrella") for one in store.legs(tenant, "c1")]


def test_the_legs_of_many_calls_are_asked_for_at_once(store: HistoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    legs = [Leg(id, call, "acme", "callee", "+1", "192.0.2.1", NOW + at) for at, (id, call) in enumerate(OF_CALLS)]
    store.apply(Batch(legs=[*legs, replace(legs[0], id="other", tenant="umbrella")]), "spool", 1)
    pages = list[str]()
    page = store.shelves.page
    monkeypatch.setattr(store.shelves, "page", lambda shelf, *how: pages.append(shelf.name) or page(shelf, *how))
    found = store.legs_of("acme", ["c1", "c2", "c9"])
    assert {"c1": ["b", "a"], "c2": ["c"], "c9": []} == {call: [leg.id for leg in legs] for call, legs in found.items()}
    assert ["legs"] == pages
    assert {} == store.legs_of("acme", [])


def test_a_call_in_progress_is_found_by_its_id_and_on_no_page(store: HistoryStore) -> None:
    keep(store, call("c1", ended_at=None, outcome=None), call("c2"))
    assert "c1" == store.call("acme", "c1").id  # type: ignore[union-attr]
    assert ["c2"] == ids(store.calls("acme", EVERY, None, 10))


def test_pages_go_from_the_newest_to_the_oldest_without_gap_or_repetition_while_more_arrives(
    store: HistoryStore,
) -> None:
    keep(store, *(call(f"c{number:02d}", at=NOW + number // 3) for number in range(20)))
    found, cursor = list[str](), None
    for turn in range(20):
        page = store.calls("acme", EVERY, cursor, 3)
        found += ids(page)
        keep(store, call(f"new{turn}", at=NOW + 100 + turn))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [f"c{number:02d}" for number in sorted(range(20), key=lambda n: (n // 3, f"{n:02d}"), reverse=True)] == found


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WzEsMl0", "bnVsbA", "é", "A" * 500, "W05hTiwgImEiXQ"])
def test_a_cursor_that_is_not_ours_is_refused(store: HistoryStore, cursor: str) -> None:
    with pytest.raises(BadCursor):
        store.calls("acme", EVERY, cursor, 10)


CALL_FILTERS = [
    (CallFilter(direction="outbound"), "out"),
    (CallFilter(outcome="missed"), "missed"),
    (CallFilter(who="ann"), "who"),
    (CallFilter(trunk="north"), "trunk"),
    (CallFilter(recorded=True), "recorded"),
    (CallFilter(since=NOW + 500), "late"),
    (CallFilter(until=NOW - 500), "early"),
    (CallFilter(party="müll"), "named"),
    (CallFilter(party="4567"), "number"),
    (CallFilter(party="(202) 555-4567"), "number"),
    (CallFilter(party="anna muller"), "named"),
]
MANY_CALLS = (
    call("plain"),
    call("out", direction="outbound"),
    call("missed", outcome="missed"),
    call("who", who="ann"),
    call("trunk", trunk="north"),
    call("recorded", recording="r"),
    call("late", at=NOW + 1000),
    call("early", at=NOW - 1000),
    call("named", from_name="Anna Müller"),
    replace(call("number"), from_="+12025554567"),
)


@pytest.mark.parametrize(("wanted", "expected"), CALL_FILTERS)
def test_a_filter_of_calls_finds_exactly_those(store: HistoryStore, wanted: CallFilter, expected: str) -> None:
    keep(store, *MANY_CALLS)
    assert [expected] == ids(store.calls("acme", wanted, None, 50))


ACTIVITY_FILTERS = [
    (ActivityFilter(states=("resolved",)), "state"),
    (ActivityFilter(states=("finished", "resolved")), "state"),
    (ActivityFilter(kinds=("task",)), "kind"),
    (ActivityFilter(kinds=("task", "email")), "kind"),
    (ActivityFilter(origin="outbound"), "origin"),
    (ActivityFilter(result="dropped"), "result"),
    (ActivityFilter(unread=False), "read"),
    (ActivityFilter(flagged=True), "flagged"),
    (ActivityFilter(phone="+49301"), "phone"),
    (ActivityFilter(email="a@b.example"), "email"),
    (ActivityFilter(number="+1888"), "number"),
    (ActivityFilter(customer="+4930"), "customer"),
    (ActivityFilter(group="sales"), "group"),
    (ActivityFilter(assigned_to="ann"), "assigned"),
    (ActivityFilter(who="ben"), "who"),
    (ActivityFilter(mailbox="box"), "mailbox"),
    (ActivityFilter(due_before=NOW), "due"),
    (ActivityFilter(since=NOW + 500), "late"),
    (ActivityFilter(until=NOW - 500), "early"),
    (ActivityFilter(text="quart"), "noted"),
    (ActivityFilter(text="invoice overdue"), "transcript"),
    (ActivityFilter(text="commented"), "comment"),
    (ActivityFilter(mentions="zoe"), "named"),
    (ActivityFilter(text="@zoea"), "named"),
]
MANY = (
    item("plain"),
    item("state", state="resolved"),
    item("kind", kind="task"),
    item("origin", origin="outbound"),
    item("result", result="dropped"),
    item("read", unread=False),
    item("flagged", flags=["vip"]),
    item("phone", phone="+49301"),
    item("email", email="a@b.example"),
    item("number", number="+1888"),
    item("customer", customer="+4930"),
    item("group", group="sales"),
    item("assigned", assigned_to="ann"),
    item("who", who="ben"),
    item("mailbox", mailbox="box"),
    item("due", due_at=NOW - 1),
    item("later", due_at=NOW + 1),
    item("late", at=NOW + 1000),
    item("early", at=NOW - 1000),
    item("noted", text="the quarterly figures"),
    item("transcript", transcript="Your invoice 77 is overdue."),
    item("comment", comments=[{"id": "1", "at": NOW, "by": "ann", "text": "Commented on"}]),
    item("named", comments=[{"id": "1", "at": NOW, "by": "ann", "text": "Ask (@zoe), please; @zoeann knows"}]),
    item("not named", comments=[{"id": "1", "at": NOW, "by": "ann", "text": "zoe, a@zoe.example, @@zoe, @zoe-ann"}]),
)


@pytest.mark.parametrize(("wanted", "expected"), ACTIVITY_FILTERS)
def test_a_filter_of_activities_finds_exactly_those(store: HistoryStore, wanted: ActivityFilter, expected: str) -> None:
    keep(store, *MANY)
    assert [expected] == ids(store.activities("acme", wanted, None, 50))


def test_filters_hold_together(store: HistoryStore) -> None:
    keep(store, item("a", assigned_to="ann", group="sales"), item("b", assigned_to="ann"), item("c", group="sales"))
    assert ["a"] == ids(store.activities("acme", ActivityFilter(assigned_to="ann", group="sales"), None, 9))


def test_what_people_wrote_stays_when_the_record_is_read_again(store: HistoryStore) -> None:
    keep(store, item("a1", mailbox="box", text="first"))
    store.update_activity("acme", "a1", lambda a: marked(a, NOW, "ann", unread=False, state="finished", flags=("vip",)))
    store.update_activity("acme", "a1", lambda a: commented(a, NOW, "ann", "1", "called back"))
    keep(store, item("a1", mailbox="box", text="second"))
    found = store.activity("acme", "a1")
    assert found is not None
    assert ("second", "finished", False, ["vip"], 2) == (
        found.text,
        found.state,
        found.unread,
        found.flags,
        found.revision,
    )
    assert ["called back"] == [one["text"] for one in found.comments]
    assert ["a1"] == ids(store.activities("acme", ActivityFilter(text="called"), None, 9))
    assert [] == ids(store.activities("acme", ActivityFilter(text="first"), None, 9))


def test_people_who_write_at_once_do_not_undo_each_other(store: HistoryStore) -> None:
    keep(store, item("a1"))

    def write(number: int) -> None:
        store.update_activity("acme", "a1", lambda a: commented(a, NOW, "ann", str(number), f"note {number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    found = store.activity("acme", "a1")
    assert (12, 12) == (len(found.comments), found.revision)  # type: ignore[union-attr]


def test_what_does_not_exist_is_not_changed(store: HistoryStore) -> None:
    keep(store, item("a1", "bolt"))
    assert None is store.update_activity("acme", "a1", lambda a: marked(a, NOW, "ann", unread=False))
    assert store.activity("bolt", "a1").unread  # type: ignore[union-attr]


def test_lamps_count_voicemail_that_is_open(store: HistoryStore) -> None:
    keep(
        store,
        item("v1", mailbox="box"),
        item("v2", mailbox="box", unread=False),
        item("v3", mailbox="box", state="finished"),
        item("v4", mailbox="other"),
        item("m1", kind="message", mailbox="box"),
        item("v5", "bolt", mailbox="box"),
    )
    assert {("acme", "box"): (1, 1), ("acme", "other"): (1, 0), ("bolt", "box"): (1, 0)} == store.mailboxes()
    assert ((1, 1), (0, 0)) == (store.mailbox("acme", "box"), store.mailbox("acme", "none"))
    store.update_activity("acme", "v1", lambda a: marked(a, NOW, "ann", state="finished"))
    assert (0, 1) == store.mailbox("acme", "box")


def test_tabs_are_counted(store: HistoryStore) -> None:
    keep(
        store,
        item("a"),
        item("b", unread=False),
        item("c", state="finished"),
        item("d", state="resolved", unread=False),
    )
    assert {"open": 2, "finished": 1, "resolved": 1, "unread": 2} == store.counts("acme")


def test_tabs_are_counted_only_so_far(store: HistoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, *(item(f"a{number}") for number in range(5)))
    monkeypatch.setattr("history.store.TABS_MAX", 3)
    assert {"open": 3, "finished": 0, "resolved": 0, "unread": 3} == store.counts("acme")


def test_an_activity_that_is_dropped_is_gone_and_is_not_found_by_its_words(store: HistoryStore) -> None:
    keep(store, item("a1", text="zebra"))
    store.apply(Batch(dropped_activities=[("acme", "a1"), ("acme", "never")]), "test", 2)
    assert None is store.activity("acme", "a1")
    assert [] == ids(store.activities("acme", ActivityFilter(text="zebra"), None, 9))


def test_open_things_and_heartbeats(store: HistoryStore) -> None:
    things = [{"id": f"t{n}", "node": node, "boot": f"{node}/{n}", "what": "call"} for n, node in enumerate("aab")]
    store.apply(Batch(open_things=things, boots={"a/0": 5.0}), "test", 1)
    assert ["t0"] == [thing["id"] for thing in store.open_things("a", "a/1")]
    assert things[2] == store.open_thing("t2")
    assert (5.0, None) == (store.boot_seen_at("a/0"), store.boot_seen_at("b/0"))
    store.apply(Batch(closed_things=["t0"]), "test", 2)
    assert [] == store.open_things("a", "a/1")


def test_all_documents_of_a_tenant_are_walked_by_id_and_no_other(
    store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (embedded, mongo):
        monkeypatch.setattr(module, "WALK_BLOCK", 3)
    open_call = call("c99", ended_at=None, outcome=None)
    keep(store, *(call(f"c{n:02d}", at=NOW - n) for n in range(7)), open_call, call("c00", "acme2"), call("x", "acm"))
    found = [row.id for row in store.shelves.documents(CALLS, "acme")]
    assert [*(f"c{n:02d}" for n in range(7)), "c99"] == found
    assert [] == list(store.shelves.documents(CALLS, "nobody"))


def test_marks_are_made_by_name(store: HistoryStore) -> None:
    keep(store, item("a1"))
    changed = store.update_activity(
        "acme", "a1", lambda a: marked(a, NOW + 5, "ann", state="resolved", assigned_to="ben", due_at=NOW + 60)
    )
    assert changed == store.activity("acme", "a1")
    assert isinstance(changed, Activity)
    assert ("resolved", "ben", NOW + 60, NOW + 5, "ann", NOW + 5, 1) == (
        changed.state,
        changed.assigned_to,
        changed.due_at,
        changed.closed_at,
        changed.closed_by,
        changed.handled_at,
        changed.revision,
    )
