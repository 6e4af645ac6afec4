"""Message lamps over the wire: new, heard and done messages, of one's own mailbox and of a shared one (RFC 3842)."""

from __future__ import annotations

from pathlib import Path

import pytest

from history.activity import Activity
from history.embedded import EmbeddedStore
from history.store import Batch
from tests.softswitch.adapters.front import Front, Handset, directory, view
from tests.softswitch.adapters.watching import subscribe


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


def activity(id: str, unread: bool = True, state: str = "open", mailbox: str = "ann") -> Activity:
    return Activity(id, "riverside", "voicemail", "c", 1.0, "1", "2", unread=unread, state=state, mailbox=mailbox)


def left(front: Front, *activities: Activity) -> None:
    """The history has them, the bus tells."""
    store = EmbeddedStore(front.folder / "history.sqlite3")
    store.apply(Batch(activities=list(activities)), "spool", 1)
    for each in activities:
        store.update_activity(each.tenant, each.id, lambda _, marked=each: marked)
    store.close()
    for each in activities:
        for listener in front.bus.listeners:
            listener(f"events.riverside.{each.kind}", each.to_document())
    front.run(0.2)


def counts(phone: Handset) -> list[str]:
    return [request.body.decode().partition("Voice-Message: ")[2].strip() for request in phone.got]


def test_the_message_lamp_follows_new_heard_and_done(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    subscribe(phone, "message-summary", "ann-desk")
    left(front, activity("v1"))
    left(front, activity("v2"), activity("v3", mailbox="ben"))
    left(front, activity("v1", unread=False))
    left(front, activity("v1", unread=False, state="finished"), activity("v2", unread=False, state="finished"))
    assert ["0/0 (0/0)", "1/0 (0/0)", "2/0 (0/0)", "1/1 (0/0)"] == counts(phone)[:4]
    assert "0/0 (0/0)" == counts(phone)[-1]
    assert b"Messages-Waiting: no" in phone.got[-1].body
    assert b"Message-Account: sip:ann-desk@pbx" in phone.got[-1].body


def test_of_all_activities_only_messages_wake_the_reactor(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(front.clock, "callFromThread", lambda _, __, document: woken.append(document["kind"]))
    hears_activities, *_ = front.bus.listeners
    for kind in ("call", "voicemail", "missed", "task", "text"):
        hears_activities("events.riverside.activity", {**activity("v1").to_document(), "kind": kind})
    assert ["voicemail"] == woken


def test_a_message_the_bus_lost_is_found_soon(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    subscribe(phone, "message-summary", "101")
    front.bus.listeners.clear()
    left(front, activity("v1"))
    assert ["0/0 (0/0)"] == counts(phone)
    front.run(61)
    assert ["0/0 (0/0)", "1/0 (0/0)"] == counts(phone)


def test_a_shared_mailbox_is_watched_by_anybody_of_the_tenant(front: Front) -> None:
    box = front.directory.tenants["riverside"].mailboxes["ann"].model_copy(update={"id": "desk", "user": None})
    front.configure(directory(view("riverside", mailbox={"desk": box}), view("other")))
    phone = Handset(front, "ben-desk")
    assert 200 == subscribe(phone, "message-summary", "desk").status
    left(front, activity("v9", mailbox="desk"))
    assert ["0/0 (0/0)", "1/0 (0/0)"] == counts(phone)
    assert 404 == subscribe(Handset(front, "yan-desk"), "message-summary", "desk").status


def test_a_phone_that_never_subscribes_is_told_when_it_is_so_configured(front: Front) -> None:
    left(front, activity("v1"))
    wanted = front.directory.tenants["riverside"].devices["ann-desk"].model_copy(update={"mwi_unsolicited": True})
    front.configure(directory(view("riverside", device={"ann-desk": wanted}), view("other")))
    phone, other = Handset(front, "ann-desk"), Handset(front, "ben-desk")
    phone.register()
    other.register()
    left(front, activity("v1", unread=False))
    assert ["1/0 (0/0)", "0/1 (0/0)"] == counts(phone)
    assert {"message-summary"} == {request.headers.get("Event") for request in phone.got}
    assert [] == other.got
