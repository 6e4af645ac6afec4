"""Pictures of messages: fetched once, by their first bytes, nowhere inside, and shown to the company alone."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from media.storage.store import NoSuchMedia
from mgmt.outbox.web import Answer, Ask, NotAllowed, Unsent
from mgmt.sms.message import Message
from mgmt.sms.threads import Threads
from tests.mgmt.conftest import World
from tests.mgmt.sms.desk import Desk
from vault.retention import Sweeper

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
MEDIA = [{"url": "https://pictures.example/1", "type": "text/html"}]


@pytest.fixture
def desk(world: World) -> Desk:
    found = Desk(world)
    found.outside.answer = lambda ask: Answer(200, {"content-type": "text/html"}, PNG)
    return found


def came(desk: Desk) -> Message:
    desk.came("in1", "look", media=MEDIA)
    desk.deliver()
    [activity] = desk.activities()
    return desk.message(desk.client().get("/api/v1/threads").get_json()["data"][0]["last"]) if activity else None  # type: ignore[return-value]  # there is one


def test_a_picture_is_fetched_kept_and_shown_as_what_it_is(desk: Desk) -> None:
    message = came(desk)
    answer = desk.client().get(f"/api/v1/messages/{message.id}/media/0")
    assert (200, PNG, "image/png") == (answer.status_code, answer.data, answer.headers["Content-Type"])
    [activity] = desk.activities()
    assert [("image/png", len(PNG))] == [(one["type"], one["size_bytes"]) for one in activity.attachments]
    assert [ask.headers for ask in desk.outside.asked] == [{}]
    assert 404 == desk.client().get(f"/api/v1/messages/{message.id}/media/1").status_code
    assert 404 == desk.world.client("lakeside", "ann").get(f"/api/v1/messages/{message.id}/media/0").status_code


def test_a_message_that_comes_again_loses_no_picture(desk: Desk) -> None:
    message = came(desk)
    desk.came("in1", "look", media=MEDIA)
    desk.deliver()
    assert (1, 1) == (len(desk.outside.asked), len(desk.activities()[0].attachments))
    assert message.media == desk.message(message.id).media


def test_retention_takes_the_picture_and_the_words_and_keeps_who_sent_stop(desk: Desk) -> None:
    message = came(desk)
    desk.came("k", "STOP")
    name, context = message.media[0]["name"], desk.world.context
    kept = context.media.stat(name)
    later = message.at + 40 * 86_400
    dry, wet = (
        Sweeper(context.history.shelves, context.vault.register, "riverside", later, dry, 100) for dry in (True, False)
    )
    assert ({"message": 3}, kept) == (dry.sweep({"message": 30}), context.media.stat(name))
    assert {"message": 3} == wet.sweep({"message": 30})
    with pytest.raises(NoSuchMedia):
        context.media.stat(name)
    thread = Threads(context.history.shelves).thread("riverside", message.number, message.phone)
    assert (True, "") == (thread.opted_out, thread.text)
    assert 404 == desk.client().get(f"/api/v1/messages/{message.id}/media/0").status_code


@pytest.mark.parametrize("body", [b"<script>alert(1)</script>", b"", b"MZ\x90\x00"])
def test_what_is_no_picture_is_not_kept(desk: Desk, body: bytes) -> None:
    desk.outside.answer = lambda ask: Answer(200, {"content-type": "image/png"}, body)
    message = came(desk)
    assert "this is no picture, sound or film" == message.media[0]["problem"]
    assert 404 == desk.client().get(f"/api/v1/messages/{message.id}/media/0").status_code


def test_an_address_inside_is_not_asked_and_one_out_of_order_is_asked_again(desk: Desk) -> None:
    def inside(ask: Ask) -> Answer:
        raise NotAllowed("leads to an address that is not public")

    desk.outside.answer = inside
    message = came(desk)
    assert "not public" in message.media[0]["problem"]

    def away(ask: Ask) -> Answer:
        raise Unsent("cannot be reached")

    desk.outside.answer = away
    desk.came("in2", "look", media=MEDIA)
    desk.deliver()
    desk.outside.answer = lambda ask: Answer(200, {}, PNG)
    desk.world.clock.now += 60
    desk.deliver()
    assert 1 == sum(bool(activity.attachments) for activity in desk.activities())


def test_a_suppliers_own_server_gets_its_password_and_no_other_does(world: World) -> None:
    desk = Desk(world, supplier={"kind": "twilio", "account": "AC1"})
    desk.outside.answer = lambda ask: Answer(200, {}, PNG)
    for number, url in enumerate(("https://api.twilio.com/m/1", "https://eviltwilio.com/m/1")):
        form = {
            "MessageSid": f"SM{number}",
            "From": "+12025550100",
            "To": "+12025550123",
            "Body": "x",
            "NumMedia": "1",
            "MediaUrl0": url,
        }
        proof = RequestValidator("hush").compute_signature(f"http://localhost{desk.path}", form)
        answer = world.app.test_client().post(desk.path, data=form, headers={"X-Twilio-Signature": proof})
        assert (200, b"<Response/>") == (answer.status_code, answer.data)
    desk.deliver()
    given = {ask.url: "Authorization" in ask.headers for ask in desk.outside.asked}
    assert {"https://api.twilio.com/m/1": True, "https://eviltwilio.com/m/1": False} == given
