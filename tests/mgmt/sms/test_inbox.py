"""Messages that come in: on disk before the supplier is told so, once, answered when they are keywords, refused when hostile."""

from __future__ import annotations

from random import Random

import pytest

from history.shelves import StoreAway
from mgmt.sms.threads import Threads
from tests.mgmt.conftest import World
from tests.mgmt.sms.desk import NUMBER, PHONE, Desk


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_message_is_one_activity_in_its_thread_and_everybody_is_told(desk: Desk) -> None:
    told = desk.listen("events.riverside.*")
    assert 200 == desk.came().status_code
    [activity] = desk.activities()
    assert ("message", "hello", PHONE, NUMBER, PHONE, True) == (
        activity.kind,
        activity.text,
        activity.phone,
        activity.number,
        activity.customer,
        activity.unread,
    )
    [thread] = desk.client().get("/api/v1/threads?unread=1").get_json()["data"]
    assert (PHONE, "hello", True) == (thread["phone"], thread["text"], thread["unread"])
    assert {"events.riverside.activity", "events.riverside.message"} == {subject for subject, _ in told()}


def test_ten_deliveries_of_a_message_are_one_message_one_activity_and_one_event(desk: Desk) -> None:
    told = desk.listen("events.riverside.activity")
    for _ in range(10):
        assert 200 == desk.came().status_code
    assert (1, 1) == (len(desk.activities()), len(told()))


def test_a_message_without_an_id_is_known_by_its_words_and_minute(desk: Desk) -> None:
    for _ in range(3):
        desk.came(id="")
    desk.world.clock.now += 120
    desk.came(id="")
    assert 2 == len(desk.activities())


def test_shuffled_and_repeated_deliveries_make_the_same_inbox(desk: Desk) -> None:
    random, messages = Random(7), [(f"in{n}", f"text {n}") for n in range(6)]
    deliveries = messages * 3
    random.shuffle(deliveries)
    for id, text in deliveries:
        desk.came(id, text)
    assert {text for _, text in messages} == {activity.text for activity in desk.activities()}
    assert 6 == len(desk.activities())
    counts = desk.client().get("/api/v1/activities").get_json()["counts"]
    assert counts["unread"] == 6 + 1  # the voicemail of the world


def test_a_supplier_is_told_so_only_when_it_is_on_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shelves = desk.world.context.history.shelves
    with monkeypatch.context() as patch:

        def away(changes: object) -> None:
            raise StoreAway("away")

        patch.setattr(shelves, "write", away)
        assert 503 == desk.came().status_code
    assert [] == desk.activities()
    assert 200 == desk.came().status_code
    assert 1 == len(desk.activities())


@pytest.mark.parametrize(("word", "out"), [("STOP", True), ("start", False)])
def test_stop_and_start_are_answered_once_and_are_no_work_for_the_company(desk: Desk, word: str, out: bool) -> None:
    for _ in range(3):
        desk.came("k1", word)
    for _ in range(3):
        desk.deliver()
        desk.world.clock.now += 1
    [(to, text)] = desk.sent()
    assert (PHONE, True) == (to, text.startswith("Riverside: you get"))
    assert [] == desk.activities()
    thread = Threads(desk.world.context.history.shelves).thread("riverside", NUMBER, PHONE)
    assert (out, False) == (thread.opted_out, thread.unread)
    answer = desk.client().post("/api/v1/messages", json={"to": PHONE, "text": "hi"})
    assert (409 if out else 202) == answer.status_code


def test_a_keyword_delivered_late_does_not_undo_a_newer_one(desk: Desk) -> None:
    desk.came("k1", "stop")
    desk.world.clock.now += 60
    desk.came("k2", "start")
    desk.came("k1", "stop")
    assert not Threads(desk.world.context.history.shelves).thread("riverside", NUMBER, PHONE).opted_out


def test_a_message_in_the_queue_when_stop_comes_is_not_sent(desk: Desk) -> None:
    sent = desk.client().post("/api/v1/messages", json={"to": PHONE, "text": "offer"}).get_json()
    desk.came("k1", "STOP")
    desk.deliver()
    desk.world.clock.now += 1
    desk.deliver()
    assert ["Riverside: you get no more messages from this number. Reply START to get them again."] == [
        text for _, text in desk.sent()
    ]
    assert ("failed", "the customer wants no messages") == ((found := desk.message(sent["id"])).state, found.said)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"secret": "wrong"}, 403),
        ({"path": "/sms/north/wrong"}, 404),
        ({"path": "/sms/nobody/wrong"}, 404),
        ({"path": "/sms/spare/wrong"}, 404),
    ],
)
def test_who_is_not_the_supplier_changes_nothing(desk: Desk, how: dict[str, str], expected: int) -> None:
    answer = desk.bring({"id": "in1", "from": PHONE, "to": NUMBER, "text": "x"}, **how)
    assert (expected, []) == (answer.status_code, desk.activities())


def test_a_request_from_elsewhere_is_refused(world: World) -> None:
    desk = Desk(world, supplier={"sources": ("192.0.2.0/24",)})
    assert 403 == desk.came().status_code
    answer = desk.bring(
        {"id": "i", "from": PHONE, "to": NUMBER, "text": "x"}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert 200 == answer.status_code


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"id": "i", "from": PHONE, "to": "+12025550199", "text": "x"}, 404),
        ({"id": "i", "from": PHONE, "to": "nobody", "text": "x"}, 422),
        ({"id": "i", "from": PHONE, "to": NUMBER, "text": ["x"]}, 422),
        ({"id": "i", "from": "+12025550199", "state": "delivered"}, 404),
        ({"id": "i", "from": NUMBER, "state": "eaten"}, 422),
        ([], 422),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, document: object, expected: int) -> None:
    answer = desk.bring(document)  # type: ignore[arg-type]  # what a stranger may send
    assert (expected, []) == (answer.status_code, desk.activities())


def test_a_body_that_is_too_big_is_refused(desk: Desk) -> None:
    assert 413 == desk.world.app.test_client().post(desk.path, data=b"x" * ((1 << 20) + 1)).status_code


def test_the_secret_of_the_path_is_in_no_log(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.came()
    shown = capsys.readouterr()
    assert desk.path.rpartition("/")[2] not in shown.out + shown.err


def test_vitelity_asks_first_and_is_answered_ok(world: World) -> None:
    desk = Desk(world, supplier={"kind": "vitelity"})
    client = world.app.test_client()
    assert b"ok" == client.get(desk.path).data
    form = {"src": PHONE[2:], "dst": NUMBER[2:], "msg": "hi", "msgid": "7"}
    assert [b"ok"] * 10 == [client.post(desk.path, data=form).data for _ in range(10)]
    assert ["hi"] == [activity.text for activity in desk.activities()]


def test_operators_see_where_a_supplier_brings_messages(desk: Desk) -> None:
    found = desk.world.script(None).get("/api/v1/suppliers/addresses").get_json()["data"]
    assert [f"http://127.0.0.1:8080{desk.path}"] == [one["url"] for one in found if one["id"] == "north"]
    assert 403 == desk.client().get("/api/v1/suppliers/addresses").status_code
