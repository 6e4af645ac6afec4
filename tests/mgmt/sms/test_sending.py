"""Messages that go out: once, at their rate, by the other supplier when the first is out of order, never twice when unsure."""

from __future__ import annotations

import pytest

from history.shelves import OUTBOX, RECEIPTS
from mgmt.outbox.web import Answer, Ask, Unanswered, Unsent
from mgmt.services.outbox import forget
from tests.mgmt.conftest import World
from tests.mgmt.sms.desk import NUMBER, PHONE, Desk, refusing


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def send(desk: Desk, text: str = "hi", **more: str) -> str:
    answer = desk.client("carla").post("/api/v1/messages", json={"to": PHONE, "text": text, **more})
    assert 202 == answer.status_code, answer.get_json()
    return str(answer.get_json()["id"])


def test_a_message_is_sent_and_its_receipt_counts(desk: Desk) -> None:
    id = send(desk)
    assert "queued" == desk.message(id).state
    desk.deliver()
    found = desk.message(id)
    assert ("sent", "north r1", "riverside/carla") == (found.state, found.reference, found.by)
    for state in ("delivered", "sent", "delivered"):
        assert 200 == desk.bring({"id": "r1", "from": NUMBER, "state": state}).status_code
    assert ("delivered", []) == (desk.message(id).state, desk.activities())


@pytest.mark.parametrize("states", [["delivered"], ["sent", "delivered", "delivered"], ["delivered", "sent"]])
def test_receipts_that_come_before_the_suppliers_answer_are_matched(desk: Desk, states: list[str]) -> None:
    told = desk.listen("events.riverside.message")

    def answer(ask: Ask) -> Answer:
        assert {200} == {desk.bring({"id": "r1", "from": NUMBER, "state": state}).status_code for state in states}
        return Answer(200, {}, b'{"id": "r1"}')

    desk.outside.answer = answer
    id = send(desk)
    desk.deliver()
    assert ("delivered", "north r1") == ((found := desk.message(id)).state, found.reference)
    assert ["queued", "sent", "delivered"] == [document["state"] for _, document in told()]
    assert 0 == desk.world.context.history.shelves.size(RECEIPTS, "riverside")


def test_an_early_receipt_of_failure_is_work_for_somebody(desk: Desk) -> None:
    def answer(ask: Ask) -> Answer:
        desk.bring({"id": "r1", "from": NUMBER, "state": "failed"})
        return Answer(200, {}, b'{"id": "r1"}')

    desk.outside.answer = answer
    id = send(desk)
    desk.deliver()
    assert ("failed", 1) == (desk.message(id).state, len(desk.activities()))


def test_a_receipt_of_nothing_of_ours_is_forgotten_after_days(desk: Desk) -> None:
    assert 200 == desk.bring({"id": "strange", "from": NUMBER, "state": "delivered"}).status_code
    desk.world.clock.now += 3 * 86_400
    forget(desk.parts)
    assert 0 == desk.world.context.history.shelves.size(RECEIPTS, "riverside")


def test_a_repeated_request_is_one_message(desk: Desk) -> None:
    assert 1 == len({send(desk, id="mine") for _ in range(3)})
    desk.deliver()
    desk.deliver()
    assert [(PHONE, "hi")] == desk.sent()


def test_nobody_knows_whether_it_arrived_and_it_is_not_sent_again_until_people_say_so(desk: Desk) -> None:
    def lost(ask: Ask) -> Answer:
        raise Unanswered("no answer in time")

    desk.outside.answer = lost
    id = send(desk)
    for _ in range(5):
        desk.deliver()
        desk.world.clock.now += 3600
    assert (1, "uncertain") == (len(desk.sent()), desk.message(id).state)
    [activity] = desk.activities()
    assert ("failed", "outbound", "no answer in time") == (activity.result, activity.origin, activity.title)
    desk.outside.answer = lambda ask: Answer(200, {}, b'{"id": "r2"}')
    assert 200 == desk.client().post(f"/api/v1/outbox/{id}/again").status_code
    desk.deliver()
    assert (2, "sent") == (len(desk.sent()), desk.message(id).state)


def test_a_supplier_out_of_order_is_tried_again_and_then_the_other_one_is_asked(desk: Desk) -> None:
    def answer(ask: Ask) -> Answer:
        if "north" in ask.url:
            raise Unsent("north.example cannot be reached")
        return Answer(200, {}, b'{"id": "s1"}')

    desk.outside.answer = answer
    id = send(desk)
    for _ in range(4):
        desk.deliver()
        desk.world.clock.now += 60
    assert ["north", "north", "spare"] == [ask.url.split("/")[2].split(".")[0] for ask in desk.outside.asked]
    assert ("sent", "spare s1") == ((found := desk.message(id)).state, found.reference)


def test_a_refusal_is_final_and_somebody_sees_it(desk: Desk) -> None:
    desk.outside.answer = refusing(400)
    id = send(desk)
    desk.deliver()
    assert ("failed", 1) == (desk.message(id).state, len(desk.activities()))


def test_no_secret_is_in_the_outbox(desk: Desk) -> None:
    id = send(desk)
    desk.deliver()
    found = desk.world.context.history.shelves.get(OUTBOX, "riverside", id)
    assert "hush" not in str(found)
    assert "hi" not in str((found or {}).get("payload"))


def test_messages_keep_to_the_rate_of_their_number_in_parts(world: World) -> None:
    desk = Desk(world, texting={"number_per_s_max": 1.0})
    for number in range(3):
        send(desk, f"{number}" + "x" * 200)  # two parts each
    sent = []
    for _ in range(8):
        desk.deliver()
        sent.append(len(desk.sent()))
        world.clock.now += 1.0
    assert 3 == sent[-1]
    assert all(2 * count <= second + 3 for second, count in enumerate(sent))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"to": "12025550100", "text": "x"}, 422),
        ({"to": PHONE, "text": ""}, 422),
        ({"to": PHONE, "text": "x" * 1601}, 422),
        ({"to": PHONE, "text": "x", "from": "+12025550188"}, 422),
        ({"to": NUMBER, "text": "x"}, 422),
        ({"to": PHONE, "text": "x", "id": ""}, 422),
        ({"to": PHONE, "text": "x", "pictures": []}, 422),
        ({"text": "x"}, 422),
    ],
)
def test_what_cannot_be_sent_is_refused(desk: Desk, body: dict[str, object], expected: int) -> None:
    assert expected == desk.client().post("/api/v1/messages", json=body).status_code
    desk.deliver()
    assert [] == desk.sent()


def test_a_text_is_counted_before_it_is_sent(desk: Desk) -> None:
    found = desk.client().post("/api/v1/messages/preview", json={"text": "я" * 71}).get_json()
    assert {"encoding": "ucs2", "segments": 2, "units": 71, "left": 63} == found
    assert 422 == desk.client().post("/api/v1/messages/preview", json={"text": 7}).status_code


def test_a_thread_shows_messages_and_calls_together_and_reading_it_reads_the_inbox(desk: Desk) -> None:
    desk.came("in1", "first")
    desk.world.clock.now += 1
    send(desk, "second")
    client = desk.client()
    [thread] = client.get("/api/v1/threads?text=second").get_json()["data"]
    found = client.get(f"/api/v1/threads/{thread['id']}").get_json()
    shown = [(each["kind"], each[each["kind"]].get("text") or each[each["kind"]]["kind"]) for each in found["data"]]
    assert [("message", "second"), ("message", "first")] == shown
    first = client.get(f"/api/v1/threads/{thread['id']}?limit=1").get_json()
    rest = client.get(f"/api/v1/threads/{thread['id']}?limit=1&cursor={first['next_cursor']}").get_json()
    assert ["second", "first"] == [each["data"][0]["message"]["text"] for each in (first, rest)]
    assert not client.post(f"/api/v1/threads/{thread['id']}/read").get_json()["unread"]
    assert [False] == [activity.unread for activity in desk.activities()]
    assert [] == client.get("/api/v1/threads?unread=1").get_json()["data"]


def test_another_company_sees_none_of_it(desk: Desk) -> None:
    desk.came()
    other = desk.world.client("lakeside", "ann")
    assert [] == other.get("/api/v1/threads").get_json()["data"]
    assert 404 == other.get(f"/api/v1/threads/{NUMBER}-{PHONE}").status_code
