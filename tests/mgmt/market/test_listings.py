"""What others are told of a number: every state with every end, once for each change, in each supplier's words, by hand too."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.texting import Supplier
from history.shelves import LISTINGS
from mgmt.market import listings, telnyx, vitelity
from mgmt.market.inventory import Inventory
from mgmt.market.listing import BY_HAND, LISTED, REFUSED, STATES, Listing, asked, ended
from mgmt.market.stock import ASSIGNED, HOUSE, StockNumber
from mgmt.outbox.item import Lost, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.services.parts import Parts
from mgmt.sms.wire import Known
from tests.mgmt.conftest import MAIN, World
from tests.mgmt.services.desk import parts_of

JsonOf = Callable[..., Any]
NUMBER = "+19498912001"
OFFICE = {
    "id": "office",
    "country": "US",
    "state": "CA",
    "city": "Irvine",
    "street": "Main St",
    "house": "1",
    "postal_code": "92614",
}
OK, FAIL = (
    b"<content><status>ok</status></content>",
    b"<content><status>fail</status><error>no such street</error></content>",
)
ONE = Listing(NUMBER, "t", "emergency", {"city": "Irvine"}, 0.0, "vit", "i1")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("item", ["i1", "older"])
@pytest.mark.parametrize("said", [None, "no such street"])
@pytest.mark.parametrize("wanted", [{"city": "Irvine"}, {}])
def test_every_state_with_every_end(state: str, item: str, said: str | None, wanted: dict[str, str]) -> None:
    before = replace(ONE, state=state, wanted=wanted)
    after = ended(before, item, said, 5.0)
    if item == "older" or state != "asked":
        assert before == after
    elif said is None:
        assert (replace(before, state=LISTED, changed_at=5.0) if wanted else None) == after
    else:
        assert replace(before, state=REFUSED, said=said, changed_at=5.0) == after


@pytest.mark.parametrize(
    ("before", "wanted", "supplier", "expected"),
    [
        (None, {"city": "Irvine"}, "vit", "asked"),
        (None, {"city": "Irvine"}, "", BY_HAND),
        (None, {}, "", None),
        (ONE, {"city": "Irvine"}, "vit", None),
        (replace(ONE, state=REFUSED), {"city": "Irvine"}, "vit", None),
        (ONE, {"city": "Tustin"}, "vit", "asked"),
        (ONE, {"city": "Irvine"}, "other", "asked"),
        (ONE, {}, "vit", "asked"),
        (replace(ONE, supplier=""), {}, "", BY_HAND),
    ],
)
def test_what_is_asked(before: Listing | None, wanted: dict[str, str], supplier: str, expected: str | None) -> None:
    found = asked(before, Listing(NUMBER, "t", "emergency", wanted, 1.0, supplier))
    assert expected == (found.state if found is not None else None)


class Desk:
    """A company with a number of a supplier, an office, and what the supplier answers."""

    def __init__(self, world: World, supplier: str = "vit") -> None:
        self.world, self.parts = world, parts_of(world)
        self.answer = Answer(200, {}, OK)
        world.outside.answer = lambda ask: self.answer
        row = {"id": "vit", "name": "V", "kind": "vitelity", "account": "acc", "sells_numbers": True}
        sealed = world.context.sealer.seal("hush")
        world.context.config.transact(SYSTEM, [Change("supplier", "vit", {**row, "password": sealed})], "test", "one")
        stock = StockNumber(NUMBER, "US", "local", supplier, world.clock.now, state=ASSIGNED, holder="riverside")
        Inventory(world.context.history.shelves, world.clock).add([stock])
        self.wants(address="office", caller_name="RIVERSIDE")

    def wants(self, **fields: Any) -> None:
        number = Change("number", NUMBER, {"id": NUMBER, "target": MAIN, **fields})
        self.world.context.config.transact("riverside", [Change("address", "office", OFFICE), number], "test", "told")

    def run(self) -> int:
        done = listings.run(self.parts).done
        self.parts.delivery.run(self.parts)
        return done

    def told(self) -> dict[str, tuple[str, str]]:
        found = self.world.client("riverside").get("/api/v1/market/listings").get_json()["data"]
        return {one["what"]: (one["state"], one["said"]) for one in found}

    def forms(self) -> list[dict[str, str]]:
        asked = [parse_qs((ask.body or b"").decode()) for ask in self.world.outside.asked]
        return sorted(({name: value for name, (value,) in one.items()} for one in asked), key=lambda one: one["cmd"])


def test_a_number_is_told_to_its_supplier_once_for_each_change(world: World) -> None:
    desk = Desk(world)
    assert (2, 0) == (desk.run(), desk.run())
    assert {"emergency": ("listed", ""), "caller_name": ("listed", "")} == desk.told()
    emergency, name = desk.forms()
    place = {"address": "1 Main St", "city": "Irvine", "state": "CA", "zip": "92614"}
    assert {"cmd": "e911send", "did": NUMBER[2:], **place}.items() <= emergency.items()
    assert {"cmd": "lidb", "did": NUMBER[2:], "name": "RIVERSIDE"}.items() <= name.items()
    desk.wants(address="office", caller_name="RIVER SIDE")
    assert (1, 0) == (desk.run(), desk.run())
    desk.wants(caller_name="RIVER SIDE")
    desk.run()
    assert {"caller_name": ("listed", "")} == desk.told()
    assert "e911delete" == desk.forms()[0]["cmd"]


def test_what_the_supplier_refuses_is_said_and_not_asked_again(world: World) -> None:
    desk = Desk(world)
    desk.answer = Answer(200, {}, FAIL)
    desk.run()
    assert ("refused", "no such street") == desk.told()["emergency"]
    assert 0 == desk.run()
    shown = world.script(None).get("/api/v1/listings").get_json()["data"]
    assert [("riverside", NUMBER)] * 2 == [(one["tenant"], one["number"]) for one in shown]


def test_a_question_that_is_older_than_the_answer_to_a_newer_one_is_not_sent(world: World) -> None:
    desk = Desk(world)
    listings.run(desk.parts)
    desk.wants(address="office", caller_name="SECOND NAME")
    world.clock.now += 1
    listings.run(desk.parts)
    desk.parts.delivery.run(desk.parts)
    assert ["SECOND NAME"] == [form["name"] for form in desk.forms() if form["cmd"] == "lidb"]
    assert ("listed", "") == desk.told()["caller_name"]


def test_what_no_supplier_can_be_told_the_operator_does_by_hand(world: World, json_of: JsonOf) -> None:
    desk = Desk(world, supplier=HOUSE)
    desk.run()
    assert {"emergency": ("by_hand", ""), "caller_name": ("by_hand", "")} == desk.told()
    operator = world.script(None)
    for one in operator.get("/api/v1/listings?state=by_hand").get_json()["data"]:
        assert "listed" == operator.post(f"/api/v1/listings/riverside/{one['id']}/done").get_json()["state"]
    assert ([], 0) == (operator.get("/api/v1/listings").get_json()["data"], desk.run())
    assert (404, "not_found") == json_of(operator.post("/api/v1/listings/riverside/emergency-1/done"))
    assert (400, "invalid_state") == json_of(operator.get("/api/v1/listings?state=lost"))
    desk.wants()
    desk.run()
    for one in operator.get("/api/v1/listings").get_json()["data"]:
        operator.post(f"/api/v1/listings/riverside/{one['id']}/done")
    assert {} == desk.told()


def test_a_death_between_the_question_and_its_answer_loses_neither(world: World) -> None:
    desk = Desk(world)
    listings.run(desk.parts)
    again: Parts = parts_of(world)
    again.delivery.run(again)
    assert {"emergency": ("listed", ""), "caller_name": ("listed", "")} == desk.told()
    assert 2 == len(world.context.history.shelves.below(LISTINGS, "riverside", ""))


def test_an_address_that_is_not_there_and_a_name_that_nobody_shows_are_refused(world: World) -> None:
    Desk(world)
    client, path = world.client("riverside"), f"/api/v1/config/number/{NUMBER}"
    match = {"If-Match": client.get(path).headers["ETag"]}
    for fields in ({"address": "nowhere"}, {"caller_name": "SIXTEEN LETTERS X"}, {"caller_name": "Тест"}):
        body = {"id": NUMBER, "target": MAIN, **fields}
        assert 422 == client.put(path, json=body, headers=match).status_code
    assert 200 == client.put(path, json={"id": NUMBER, "target": MAIN, "address": "office"}, headers=match).status_code


TELNYX = Known(Supplier(id="tel", name="T", kind="telnyx", sells_numbers=True), "hush", "key")
MINE = {"data": [{"id": "77", "phone_number": NUMBER}]}
WORDS = {
    "name": "Riverside",
    "country": "US",
    "state": "CA",
    "city": "Irvine",
    "street": "Main St",
    "house": "1",
    "floor": "2",
}


@pytest.mark.parametrize(
    ("what", "words", "answers", "path", "expected"),
    [
        ("caller_name", {"name": "RIVERSIDE"}, [(200, MINE), (200, {})], "PATCH /v2/phone_numbers/77/voice", Sent()),
        ("caller_name", {}, [(200, MINE), (200, {})], "PATCH /v2/phone_numbers/77/voice", Sent()),
        (
            "emergency",
            WORDS,
            [(200, MINE), (201, {"data": {"id": "5"}}), (202, {})],
            "POST /v2/phone_numbers/77/actions/enable_emergency",
            Sent(),
        ),
        ("emergency", {}, [(200, MINE), (200, {})], "POST /v2/phone_numbers/77/actions/enable_emergency", Sent()),
        (
            "emergency",
            WORDS,
            [(200, MINE), (422, {"errors": [{"code": "10015", "title": "Bad address"}]})],
            "POST /v2/addresses",
            Refused("422 10015 Bad address"),
        ),
        (
            "emergency",
            WORDS,
            [(200, MINE), (201, {"data": {}})],
            "POST /v2/addresses",
            Lost("an answer that says nothing"),
        ),
        ("emergency", WORDS, [(200, {"data": []})], "GET", Refused("the supplier does not have this number for us")),
        ("emergency", WORDS, [(500, {})], "GET", Lost("500")),
    ],
)
def test_how_telnyx_is_told(what: str, words: dict[str, str], answers: list[Any], path: str, expected: Outcome) -> None:
    left, asked_of = list(answers), list[Ask]()

    def web(ask: Ask) -> Answer:
        asked_of.append(ask)
        status, body = left.pop(0)
        return Answer(status, {}, json.dumps(body).encode())

    assert (expected, []) == (telnyx.tell(TELNYX, NUMBER, what, words, web), left)
    last = asked_of[-1]
    assert f"{last.method} {last.url}".replace("https://api.telnyx.com", "").startswith(path)
    if what == "emergency" and words and path.endswith("enable_emergency"):
        assert {"emergency_enabled": True, "emergency_address_id": "5"} == json.loads(last.body or b"")
        told = json.loads(asked_of[1].body or b"")
        assert ("1 Main St", "2", "Irvine", "CA") == tuple(
            told[name] for name in ("street_address", "extended_address", "locality", "administrative_area")
        )


def test_vitelity_has_no_word_for_a_name_that_is_taken_back() -> None:
    known = Known(Supplier(id="vit", name="V", kind="vitelity", account="acc", sells_numbers=True), "hush", "key")
    assert vitelity.tell(known, NUMBER, "caller_name", {}) is None
