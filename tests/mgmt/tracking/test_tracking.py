"""Call tracking: a number a visitor, attribution within the window, one upload a call, tables without formulas."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.tracking import Tracking
from history.documents import Call
from history.shelves import OUTBOX
from history.store import Batch
from mgmt.outbox.item import DEAD, SENT, UNCERTAIN, Item
from mgmt.outbox.web import Answer, Ask, Unanswered, Unsent
from mgmt.services import outbox
from mgmt.tracking import upload
from mgmt.tracking.calls import DAY_S, tracked
from mgmt.tracking.pool import Pool
from mgmt.tracking.upload import AGAIN_S
from tests.mgmt.conftest import MAIN, NOW, World
from tests.mgmt.services.desk import parts_of

SITE, KEY = "https://shop.example", "riverside.ads"
POOL = ("+12025550160", "+12025550161")
FALLBACK = "+12025550123"
CALLER = "+12025550199"
TRACKING: dict[str, Any] = {
    "id": "ads",
    "name": "Ads",
    "origins": [SITE],
    "numbers": list(POOL),
    "fallback": FALLBACK,
    "counter": "777",
    "price": "12.50",
    "conversion": "=Call",
}


class Metrica:
    """Yandex's side: takes uploads, says later what became of them."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.answers: list[Answer | Exception] = []
        self.status = "UPLOADED"

    def __call__(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        said = {"uploading": {"id": 5, "status": "UPLOADED" if ask.method == "POST" else self.status}}
        return Answer(200, {}, json.dumps(said).encode())

    @property
    def rows(self) -> list[dict[str, str]]:
        """All rows that were uploaded."""
        found = []
        for ask in self.asked:
            if ask.method == "POST":
                head = f"Content-Type: {ask.headers['content-type']}\r\n\r\n".encode()
                (part,) = message_from_bytes(head + (ask.body or b"")).get_payload()  # type: ignore[misc]  # multipart
                text = part.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a part
                found += list(csv.DictReader(io.StringIO(text)))
        return found


@pytest.fixture
def page(world: World) -> FlaskClient:
    """A visitor's browser on a page of the site."""
    numbers = [Change("number", number, {"id": number, "target": MAIN}) for number in POOL]
    world.context.config.transact("riverside", numbers, "test", "test")
    saved = world.client().put("/api/v1/config/tracking/ads", json={**TRACKING, "token": "y0_secret"})
    assert (201, False) == (saved.status_code, "y0_secret" in saved.get_data(as_text=True))
    client = world.app.test_client()
    client.environ_base |= {"HTTP_ORIGIN": SITE, "HTTP_SEC_FETCH_SITE": "cross-site"}
    return client


def lease(page: FlaskClient, client: str, **seen: str) -> dict[str, Any]:
    return dict(page.post(f"/tracking/{KEY}/lease", json={"client": client, **seen}).get_json())


def called(
    world: World, id: str, number: str, at: float, outcome: str = "answered", direction: str = "inbound"
) -> None:
    call = Call(
        id, "riverside", direction, CALLER, number, at, ended_at=at + 60, talk_ms=41_000, ring_ms=5_500, outcome=outcome
    )
    world.context.history.apply(Batch(calls=[call]), f"test {id}", 1)


def uploaded(world: World, metrica: Metrica) -> list[Item]:
    """The service and the outbox have run; all items of Metrica."""
    parts = replace(parts_of(world), web=metrica)
    upload.run(parts)
    outbox.run(parts)
    rows = world.context.history.shelves.below(OUTBOX, "riverside", "metrica")
    return [Item.from_document(row) for row in rows]


def test_visitors_get_numbers_of_their_own_and_keep_them(world: World, page: FlaskClient) -> None:
    first, second = lease(page, "1"), lease(page, "2")
    assert {(first["number"], True), (second["number"], True)} == {(number, True) for number in POOL}
    assert first == lease(page, "1")
    world.clock.now += 1700
    assert first == lease(page, "1")
    world.clock.now += 1700
    assert first == lease(page, "1")


def test_when_all_are_taken_the_fallback_is_shown_until_one_is_free(world: World, page: FlaskClient) -> None:
    for client in "12":
        lease(page, client)
    assert {"number": FALLBACK, "own": False, "hold_s": 1800} == lease(page, "3")
    world.clock.now += 1801
    assert lease(page, "3")["own"]


def test_of_many_at_once_each_number_goes_to_one(world: World, page: FlaskClient) -> None:
    pool = Pool(world.context.history.shelves, "riverside", Tracking.model_validate(TRACKING))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: pool.lease(str(number), {}, NOW), range(40)))
    own = [number for number, alone in found if alone]
    assert sorted(POOL) == sorted(own)
    assert {FALLBACK} == {number for number, alone in found if not alone}


def test_a_call_belongs_to_who_saw_the_number_last_before_it_within_the_window(world: World, page: FlaskClient) -> None:
    number = lease(page, "7001", url="https://shop.example/a", yclid="yc1")["number"]
    world.clock.now += 2000
    lease(page, "7002")
    world.clock.now += 2000
    again = lease(page, "7003", url="https://shop.example/b")["number"]
    at = world.clock.now
    called(world, "k1", number, NOW + 10)
    called(world, "k2", again, at + 10)
    called(world, "k3", number, NOW - 10)
    called(world, "k4", again, at + 21 * DAY_S + 1)
    called(world, "k5", FALLBACK, NOW + 20)
    called(world, "k6", number, NOW + 30, direction="outbound")
    shelves, tracking = world.context.history.shelves, Tracking.model_validate(TRACKING)
    found = {one.call.id: (one.client, one.url) for one in tracked(shelves, "riverside", tracking, 0, at + 30 * DAY_S)}
    assert ("7001", "https://shop.example/a") == found.pop("k1")
    assert {"k2": ("7003", "https://shop.example/b")} == found


def test_a_call_is_uploaded_once_in_the_form_of_metrica(world: World, page: FlaskClient) -> None:
    number, metrica = lease(page, "7001", url="https://shop.example/?a=1")["number"], Metrica()
    called(world, "k1", number, NOW + 10)
    called(world, "k2", number, NOW + 20, outcome="missed")
    world.clock.now += 100
    for _ in range(3):
        uploaded(world, metrica)
    post = metrica.asked[0]
    assert "https://api-metrika.yandex.net/management/v1/counter/777/offline_conversions/upload_calls" == post.url
    assert "OAuth y0_secret" == post.headers["authorization"]
    about = {"ClientId": "7001", "PhoneNumber": CALLER, "TalkDuration": "41", "HoldDuration": "5", "StaticCall": "0"}
    about |= {"URL": "https://shop.example/?a=1", "Price": "12.50", "Currency": "USD"}
    first, second = sorted(metrica.rows, key=lambda row: row["DateTime"])
    assert {**about, "DateTime": str(int(NOW) + 10), "CallMissed": "0"} == first
    assert {**about, "DateTime": str(int(NOW) + 20), "CallMissed": "1"} == second


def test_what_became_of_it_is_asked_for_until_it_is_known(world: World, page: FlaskClient) -> None:
    number, metrica = lease(page, "7001")["number"], Metrica()
    called(world, "k1", number, NOW + 10)
    world.clock.now += 100
    for status, expected in (("UPLOADED", "waiting"), ("UPLOADED", "waiting"), ("PROCESSED", SENT)):
        metrica.status = status
        uploaded(world, metrica)
        items = uploaded(world, metrica)
        assert [SENT, expected] == [item.state for item in sorted(items, key=lambda item: item.channel)]
        world.clock.now += AGAIN_S + 1
    assert {"GET"} == {ask.method for ask in metrica.asked[1:]}


@pytest.mark.parametrize(
    "answer, state, again",
    [
        (Unsent("refused"), SENT, True),
        (Answer(503, {}, b""), SENT, True),
        (Answer(403, {}, b'{"message": "no"}'), DEAD, False),
        (Answer(200, {}, b"[]"), DEAD, False),
        (Unanswered("reset"), UNCERTAIN, False),
    ],
)
def test_an_upload_is_tried_again_only_when_it_cannot_have_arrived(
    world: World, page: FlaskClient, answer: Answer | Exception, state: str, again: bool
) -> None:
    number, metrica = lease(page, "7001")["number"], Metrica()
    metrica.answers = [answer]
    called(world, "k1", number, NOW + 10)
    world.clock.now += 100
    uploaded(world, metrica)
    world.clock.now += 60
    items = uploaded(world, metrica)
    assert state == next(item.state for item in items if item.channel == "metrica")
    assert (2 if again else 1) == len([ask for ask in metrica.asked if ask.method == "POST"])


def test_the_tables_for_people_hold_no_formula(world: World, page: FlaskClient) -> None:
    number = lease(page, "7001", url="=cmd|x", gclid="gc1")["number"]
    called(world, "k1", number, NOW + 10)
    query = "?since=2027-01-01T00:00:00Z&until=2027-12-31T00:00:00Z"
    google = world.client().get(f"/api/v1/tracking/ads/google.csv{query}")
    rows = list(csv.reader(io.StringIO(google.get_data(as_text=True))))
    assert [["gc1", "'=Call", "2027-01-15 08:00:10+0000", "12.50", "USD"]] == rows[1:]
    metrica = world.client().get(f"/api/v1/tracking/ads/metrica.csv{query}").get_data(as_text=True)
    assert "'=cmd|x" in metrica
    assert 404 == world.client("lakeside").get(f"/api/v1/tracking/ads/google.csv{query}").status_code
    assert 400 == world.client().get("/api/v1/tracking/ads/google.csv").status_code


@pytest.mark.parametrize(
    "body, status",
    [
        ({"client": "a b"}, 422),
        ({"client": ""}, 422),
        ({"client": "x" * 65}, 422),
        ({"client": 7}, 422),
        ({"client": "1", "gclid": "<x>"}, 422),
        ({"client": "1", "url": "x" * 501}, 422),
        ({"client": "1", "more": ""}, 422),
    ],
)
def test_hostile_pages_take_no_number(page: FlaskClient, body: dict[str, Any], status: int) -> None:
    assert status == page.post(f"/tracking/{KEY}/lease", json=body).status_code
    assert [True, True] == [lease(page, client)["own"] for client in "12"]


def test_foreign_pages_and_unknown_keys_get_nothing(page: FlaskClient) -> None:
    answer = page.post(f"/tracking/{KEY}/lease", json={"client": "1"}, headers={"Origin": "https://evil.example"})
    assert (403, None) == (answer.status_code, answer.headers.get("Access-Control-Allow-Origin"))
    assert 404 == page.post("/tracking/riverside.none/lease", json={"client": "1"}).status_code
    assert SITE == page.post(f"/tracking/{KEY}/lease", json={"client": "1"}).headers["Access-Control-Allow-Origin"]


def test_the_script_knows_the_fallback(page: FlaskClient) -> None:
    answer = page.get(f"/tracking/{KEY}.js")
    assert ("text/javascript", True) == (answer.mimetype, FALLBACK in answer.get_data(as_text=True))


def test_a_pool_of_others_numbers_is_refused(world: World) -> None:
    answer = world.client().put("/api/v1/config/tracking/ads", json={**TRACKING, "numbers": ["+12025550188"]})
    assert "dangling" in {error["code"] for error in answer.get_json()["errors"]}
