"""What records mean: one activity for each thing that came in, however often and in what order it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from history.activity import activity_id, customer_of, marked
from history.records import Meaning
from history.store import ActivityFilter, Batch, CallFilter, HistoryStore
from tests.history.stores import NOW


class NoSound:
    """No recording is made here."""

    def __init__(self) -> None:
        self.said: dict[str, Any] | None = None

    def keep(
        self,
        tenant: str,
        kind: str,
        media_id: str,
        path: Path,
        at: float,
        call: str,
        said: dict[str, Any] | None = None,
    ) -> str | None:
        self.said = said
        return f"{kind}-{media_id}"

    def seconds(self, path: Path) -> float:
        return 5.0


def told(store: HistoryStore, *records: dict[str, Any], together: bool = True) -> NoSound:
    sound = NoSound()
    meaning = Meaning(store, sound, Path("/nowhere"))
    batches = [records] if together else [(record,) for record in records]
    for number, some in enumerate(batches):
        batch = Batch()
        for record in some:
            meaning.add(record, batch)
        store.apply(batch, "test", number)
    return sound


def closed(id: str = "c1", **more: Any) -> dict[str, Any]:
    call = {
        "id": id,
        "tenant": "acme",
        "direction": "inbound",
        "from": "+12025550100",
        "to": "+1888",
        "started_at": NOW,
    }
    return {"kind": "call.close", "id": id, "call": {**call, "ended_at": NOW + 9, "outcome": "missed", **more}}


VOICEMAIL = [
    {
        "kind": "voicemail.open",
        "id": "v1",
        "boot": "n/1",
        "call": "c1",
        "tenant": "acme",
        "path": "v1.wav",
        "at": NOW,
        "from": "+12025550100",
        "mailbox": "box",
    },
    {"kind": "voicemail.close", "id": "v1", "call": "c1", "tenant": "acme", "path": "v1.wav", "seconds": 5.0},
]
TASK = {
    "id": activity_id("queue", "call c7 in sales"),
    "tenant": "acme",
    "kind": "task",
    "call": "c7",
    "at": NOW,
    "from": "+4930",
    "to": "",
    "title": "Call back: waited 40 s in sales",
    "phone": "+4930",
    "group": "sales",
}
MAIL = {**TASK, "id": activity_id("email", "<1@example>"), "kind": "email", "email": "Zoe@Example.org", "phone": None}
CHANNELS: list[tuple[str, list[dict[str, Any]]]] = [
    ("missed_call", [closed()]),
    ("call", [closed(outcome="answered", who="ann")]),
    ("call", [closed(outcome="missed", direction="outbound")]),
    ("voicemail", [*VOICEMAIL, closed(outcome="voicemail")]),
    ("voicemail", [closed(outcome="voicemail"), *VOICEMAIL]),
    ("message", [{"kind": "message", "id": "m1", "tenant": "acme", "at": NOW, "from": "101", "to": "102"}]),
    ("emergency", [{"kind": "emergency", "call": "c1", "tenant": "acme", "at": NOW, "from": "101", "to": "911"}]),
    ("task", [{"kind": "activity", "activity": TASK}]),
    ("email", [{"kind": "activity", "activity": MAIL}]),
]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("kind", "records"), CHANNELS)
def test_a_channel_gives_exactly_one_item_under_duplicates_and_replays(
    store: HistoryStore, kind: str, records: list[dict[str, Any]], together: bool
) -> None:
    for _ in range(3):
        told(store, *records, *records, together=together)
    assert [kind] == [one.kind for one in store.activities("acme", ActivityFilter(), None, 99).rows]


def test_a_replay_leaves_alone_what_people_did(store: HistoryStore) -> None:
    told(store, *VOICEMAIL, closed(outcome="voicemail"))
    store.update_activity("acme", "vv1", lambda a: marked(a, NOW, "ann", unread=False, state="resolved"))
    told(store, *VOICEMAIL, closed(outcome="voicemail"))
    found = store.activity("acme", "vv1")
    assert ("resolved", False) == (found.state, found.unread)  # type: ignore[union-attr]
    assert (0, 0) == store.mailbox("acme", "box")


def test_calls_messages_and_mail_of_a_customer_are_one_thread(store: HistoryStore) -> None:
    out = closed("c2", direction="outbound", outcome="answered", **{"from": "+1888", "to": "+12025550100"})
    told(store, closed(), out, *VOICEMAIL, {"kind": "activity", "activity": MAIL})
    thread = store.activities("acme", ActivityFilter(customer="+12025550100"), None, 99).rows
    assert {"call", "voicemail"} == {one.kind for one in thread}
    assert ["email"] == [
        one.kind for one in store.activities("acme", ActivityFilter(customer="zoe@example.org"), None, 9).rows
    ]


@pytest.mark.parametrize(
    ("phone", "email", "customer"),
    [
        ("+1 (202) 555-0100", None, "+12025550100"),
        ("101", "a@b.example", "101"),
        (None, " A@B.example", "a@b.example"),
        ("", "nothing", None),
        ("anonymous", None, None),
        (None, None, None),
    ],
)
def test_a_customer_is_known_by_number_or_address(phone: str | None, email: str | None, customer: str | None) -> None:
    assert customer == customer_of(phone, email)


@pytest.mark.parametrize(
    "activity", [{}, {**TASK, "at": "now"}, {**TASK, "flags": "vip"}, {**TASK, "tenant": None}, {"id": 1}]
)
def test_an_activity_that_is_none_is_refused(store: HistoryStore, activity: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a"):
        told(store, {"kind": "activity", "activity": activity})


CALL = {"id": "c9", "tenant": "acme", "direction": "inbound", "from": "+12025550100", "to": "+1888", "started_at": NOW}
LEG = {"id": "l9", "call": "c9", "tenant": "acme", "role": "callee", "party": "ann", "remote": "", "started_at": NOW}
TALKS: list[dict[str, Any]] = [
    {"kind": "node.start", "id": "n/1", "node": "n", "boot": "n/1", "at": NOW},
    {"kind": "call.open", "id": "c9", "call": CALL, "boot": "n/1"},
    {"kind": "leg.open", "id": "l9", "leg": LEG, "boot": "n/1"},
    {"kind": "recording.open", "id": "r9", "call": "c9", "tenant": "acme", "path": "r9.wav", "at": NOW, "boot": "n/1"},
    {
        "kind": "call.known",
        "id": "c9",
        "call": {**CALL, "answered_at": NOW + 2, "who": "Ann", "talked_ms": 3000, "talking_at": NOW + 10},
        "boot": "n/1",
    },
    {"kind": "heartbeat", "id": "n/1-1", "node": "n", "boot": "n/1", "at": NOW + 30},
]
AGAIN = {"kind": "node.start", "id": "n/2", "node": "n", "boot": "n/2", "at": NOW + 40}


@pytest.mark.parametrize("together", [True, False])
def test_a_crash_closes_a_talk_with_who_talked_and_for_how_long(store: HistoryStore, together: bool) -> None:
    told(store, *TALKS, AGAIN, together=together)
    call = store.call("acme", "c9")
    assert call is not None
    assert ("answered", "Ann", NOW + 30, 23_000) == (call.outcome, call.who, call.ended_at, call.talk_ms)
    assert (2_000, 41) == (call.ring_ms, call.cause["q850"])


@pytest.mark.parametrize("together", [True, False])
def test_what_goes_on_after_a_crash_is_not_closed_until_it_ends_or_the_next_crash(
    store: HistoryStore, together: bool
) -> None:
    told(store, *TALKS, {**AGAIN, "kept": ["c9", "l9", "r9"]}, together=together)
    call = store.call("acme", "c9")
    assert call is not None
    assert (None, "Ann") == (call.ended_at, call.who)
    assert {"c9", "l9", "r9"} == {thing["id"] for thing in store.open_things("n", "n/3")}
    assert [] == store.open_things("n", "n/2")
    assert () == store.activities("acme", ActivityFilter(), None, 9).rows
    told(store, {**AGAIN, "id": "n/3", "boot": "n/3", "at": NOW + 60}, together=together)
    call = store.call("acme", "c9")
    assert call is not None
    assert ("answered", NOW + 40, "recording-r9") == (call.outcome, call.ended_at, call.recording)


def test_what_the_next_run_tells_of_a_call_before_it_says_that_it_began_keeps_the_call_open(
    store: HistoryStore,
) -> None:
    told(store, *TALKS)
    talks_on = {**TALKS[4], "call": {**TALKS[4]["call"], "who": "Ben"}, "boot": "n/2"}
    told(store, talks_on, {**AGAIN, "kept": ["c9", "l9", "r9"]})
    call = store.call("acme", "c9")
    assert call is not None
    assert call.ended_at is None
    (known,) = [thing["call"] for thing in store.open_things("n", "n/3") if thing["id"] == "c9"]
    assert "Ben" == known["who"]


def test_what_is_known_of_a_call_later_keeps_what_was_recorded_before(store: HistoryStore) -> None:
    ended = {"kind": "recording.close", "id": "r9", "call": "c9", "tenant": "acme", "path": "r9.wav", "at": NOW}
    told(store, *TALKS, ended, TALKS[4])
    assert "recording-r9" == store.call("acme", "c9").recording  # type: ignore[union-attr]


CONSENT = {"answer": "agreed", "at": NOW + 1}
MARK = {"mode": "mask", "at": NOW + 5, "offset_s": 5.0}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("crashed", [True, False])
def test_consent_and_marks_go_with_the_sound_also_after_a_crash(
    store: HistoryStore, crashed: bool, together: bool
) -> None:
    marked = {**TALKS[3], "consent": CONSENT, "marks": [MARK]}
    ended = {**marked, "kind": "recording.close", "seconds": 9.0, "reason": "stopped"}
    sound = told(store, *TALKS, marked, AGAIN if crashed else ended, together=together)
    assert {"consent": CONSENT, "marks": [MARK]} == sound.said


def test_a_recording_of_which_nothing_was_said_has_nothing_beside_its_sound(store: HistoryStore) -> None:
    assert {} == told(store, *TALKS, AGAIN).said


MESSAGE = {"at_us": 1, "leg": "l1", "from": "a", "to": "b", "summary": "INVITE", "raw": "INVITE sip:x SIP/2.0"}


@pytest.mark.parametrize(
    "given",
    [MESSAGE, {**MESSAGE, "transport": "udp"}, {**MESSAGE, "transport": "udp", "newer": 1}],
    ids=["an older one", "ours", "a newer one"],
)
def test_a_ladder_is_kept_as_its_messages_are(store: HistoryStore, given: dict[str, Any]) -> None:
    told(store, {"kind": "messages", "tenant": "acme", "call": "c1", "messages": [given]})
    assert [{**MESSAGE, "transport": "udp"}] == [one.to_document() for one in store.messages("acme", "c1")]


@pytest.mark.parametrize("wrong", [{"at_us": "1"}, {"at_us": 2**60}, {"at_us": True}, {"raw": None}, {"leg": 7}])
def test_a_ladder_with_a_message_that_is_none_is_refused(store: HistoryStore, wrong: dict[str, Any]) -> None:
    record = {
        "kind": "messages",
        "tenant": "acme",
        "call": "c1",
        "messages": [{**MESSAGE, "transport": "udp", **wrong}],
    }
    with pytest.raises(ValueError, match="not a SipMessage"):
        told(store, record)


def test_a_call_is_found_by_what_its_names_are_now(store: HistoryStore) -> None:
    for name in ("Ann Miller", "Ann Miller", "Bea Cook"):
        told(store, closed(from_name=name))
    found = [
        len(store.calls("acme", CallFilter(party=word), None, 9).rows) for word in ("miller", "cook", "+12025550100")
    ]
    assert [0, 1, 1] == found
