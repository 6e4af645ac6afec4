"""Marketing Sync: each stage is told once, to who agreed only; a sink that is slow or away; who withdraws is forgotten."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from configdb.log import Change
from configdb.marketing import STAGES
from configdb.model import SYSTEM
from history.shelves import OUTBOX
from mgmt.marketing import sync
from mgmt.marketing.stages import reached
from mgmt.outbox.web import Answer, Ask, Unanswered
from mgmt.services.runner import Errand
from mgmt.signup.machine import CLOSED, CLOSING, STATES, Signup
from mgmt.usecases import store
from tests.mgmt.conftest import World
from tests.mgmt.partners.desk import NUMBERS, Desk

DAY_S = 86_400.0
FIELDS = {"email": "email", "company": "company", "campaign": "utm_campaign"}


class Office:
    """A node, people who signed up, and sinks that a test scripts."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.asked, self.codes = desk, list[Ask](), dict[str, str]()
        self.engine = store.engine(desk.context)
        self.answer: Callable[[Ask], Answer] = lambda ask: Answer(200, {}, b"{}")
        desk.world.outside.answer = self._asked

    def _asked(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        return self.answer(ask)

    def sink(self, id: str = "crm", kind: str = "json", **more: Any) -> None:
        token = self.desk.context.sealer.seal("sink token")
        document = {"id": id, "kind": kind, "url": "https://crm.example/in", "token": token, "fields": FIELDS, **more}
        self.desk.config.transact(SYSTEM, [Change("sink", id, document)], "test", "sink")

    def person(self, consent: bool = True, company: str = "Acme") -> Signup:
        found = self.engine.start(f"ann@{company.lower()}.example", company, "small", campaign="spring")
        self.codes[found.id] = self.desk.code()
        return self.engine.signups.agree(found.id, True) if consent else found

    def company(self, found: Signup) -> Signup:
        self.engine.verify(found.id, self.codes[found.id])
        self.engine.choose(found.id, NUMBERS[0])
        return self.engine.provision(found.id)

    def told(self) -> list[str]:
        """Look, and tell; the stages that the sinks heard of now."""
        self.asked.clear()
        sync.run(self.desk.parts)
        self.desk.deliver()
        return [json.loads(ask.body or b"")["stage"] for ask in self.asked]


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_each_stage_is_told_once(office: Office) -> None:
    office.sink()
    found = office.person()
    assert ["lead"] == office.told()
    assert [] == office.told()
    office.company(found)
    assert ["signup", "trial_started"] == sorted(office.told())
    office.desk.clock.now += 12 * DAY_S
    assert ["trial_ending"] == office.told()
    office.engine.activate(found.id)
    assert ["paid"] == office.told()
    office.engine.suspend(found.id, "left")
    assert ["cancelled"] == office.told()
    office.engine.activate(found.id)
    assert [] == office.told()


def test_who_leaves_the_store_half_way_is_told_of_once_and_goes_on_as_everybody(office: Office) -> None:
    office.sink(stages=["abandoned", "trial_started", "cancelled"])
    office.sink("patient", stages=["abandoned"], abandoned_h=20)
    found = office.person()
    office.person(consent=False, company="Silent")
    office.desk.clock.now += 4 * 3_600 - 1
    assert [] == office.told()
    office.desk.clock.now += 1
    assert ["abandoned"] == office.told()
    office.desk.clock.now += 3_600
    assert [] == office.told()
    office.company(found)
    assert ["trial_started"] == office.told()
    office.desk.clock.now += DAY_S
    assert [] == office.told()


@pytest.mark.parametrize("ended", [CLOSING, CLOSED])
def test_who_was_never_a_company_is_abandoned_and_has_cancelled_nothing(ended: str) -> None:
    cart = Signup("s", "t", "a@b.example", "A", "small", 0.0, state=ended)
    assert ("lead", "abandoned") == reached(cart, False, 0.0, 3_600.0)
    assert ("lead", "signup", "cancelled") == reached(replace(cart, trial_until=5.0), False, 0.0, 3_600.0)


def test_the_sink_gets_the_fields_it_names_and_an_id_to_know_a_stage_by(office: Office) -> None:
    office.sink(fields={"company": "org", "campaign": "utm"})
    office.person()
    office.told()
    [ask] = office.asked
    body = json.loads(ask.body or b"")
    assert ({"org": "Acme", "utm": "spring"}, "ann@acme.example", "lead") == (
        body["fields"],
        body["email"],
        body["stage"],
    )
    assert (body["id"], "Bearer sink token") == (ask.headers["Idempotency-Key"], ask.headers["Authorization"])
    assert "sink token" not in str([row.body for row in office.desk.shelves.everywhere(OUTBOX, ())])


def test_nobody_is_told_of_who_did_not_agree(office: Office) -> None:
    office.sink()
    office.person(consent=False)
    assert [] == office.told()


def test_who_withdraws_is_forgotten_where_they_were_told(office: Office) -> None:
    office.sink()
    office.sink("late")
    found = office.person()
    office.told()
    office.sink("later")
    office.engine.signups.agree(found.id, False)
    assert ["forget", "forget"] == office.told()
    assert all("ann@" not in (ask.body or b"").decode() for ask in office.asked)
    assert [] == office.told()


def test_a_sink_that_is_busy_or_away_is_told_later_and_with_the_same_id(office: Office) -> None:
    office.sink()
    office.person()
    answers: list[Answer] = [Answer(429, {"retry-after": "60"}, b""), Answer(503, {}, b"")]
    office.answer = lambda ask: answers.pop(0) if answers else Answer(200, {}, b"")
    ids = set()
    for _ in range(4):
        office.told()
        ids |= {json.loads(ask.body or b"")["id"] for ask in office.asked}
        office.desk.clock.now += 100
    assert (1, []) == (len(ids), office.told())


def test_an_answer_that_does_not_come_is_no_reason_to_tell_another_id(office: Office) -> None:
    office.sink()
    office.person()

    def lost(ask: Ask) -> Answer:
        raise Unanswered("no answer in time")

    office.answer = lost
    office.told()
    first = json.loads(office.asked[0].body or b"")["id"]
    office.answer = lambda ask: Answer(200, {}, b"")
    office.desk.clock.now += 100
    assert ["lead"] == office.told()
    assert first == json.loads(office.asked[0].body or b"")["id"]


def test_a_crash_between_telling_and_noting_tells_nothing_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.sink()
    office.person()
    with monkeypatch.context() as patch:
        patch.setattr(type(office.engine.signups), "told", lambda *_: (_ for _ in ()).throw(OSError("died")))
        with pytest.raises(OSError, match="died"):
            sync.run(office.desk.parts)
    assert ["lead"] == office.told()


def test_a_dry_run_only_counts(office: Office) -> None:
    office.sink()
    office.person()
    assert 1 == sync.run(replace(office.desk.parts, errand=Errand(dry=True))).done
    office.desk.deliver()
    assert [] == office.asked
    assert ["lead"] == office.told()


def test_what_was_told_is_not_kept_a_second_time(office: Office) -> None:
    office.sink()
    office.person()
    office.told()
    rows = [row.body for row in office.desk.shelves.everywhere(OUTBOX, ()) if row.body["channel"] == "marketing"]
    assert [{"sink": "crm", "stage": "lead", "said": {}}] == [row["payload"] for row in rows]


def test_hubspot_and_mailchimp_know_people_by_their_address(office: Office) -> None:
    office.sink("hub", "hubspot", url="https://hub.example")
    office.sink("chimp", "mailchimp", url="https://us1.example", audience="a1")
    found = office.person()
    sync.run(office.desk.parts)
    office.desk.deliver()
    asked = {ask.url: json.loads(ask.body or b"") for ask in office.asked}
    [hub] = asked["https://hub.example/crm/v3/objects/contacts/batch/upsert"]["inputs"]
    assert ("ann@acme.example", "lead", "spring") == (
        hub["id"],
        hub["properties"]["lifecycle_stage"],
        hub["properties"]["utm_campaign"],
    )
    member = f"https://us1.example/3.0/lists/a1/members/{hashlib.md5(b'ann@acme.example').hexdigest()}"
    [put] = [ask for ask in office.asked if ask.method == "PUT"]
    assert (member, "subscribed") == (put.url, asked[put.url]["status_if_new"])
    office.asked.clear()
    office.engine.signups.agree(found.id, False)
    sync.run(office.desk.parts)
    office.desk.deliver()
    assert {f"{put.url}/actions/delete-permanent", "https://hub.example/crm/v3/objects/contacts/gdpr-delete"} == {
        ask.url for ask in office.asked
    }


def test_files_are_whole_and_hold_no_formulas(office: Office) -> None:
    office.sink("drop", "csv", hashed=True, fields={"company": "company", "campaign": "campaign"})
    found = office.engine.start("ann@acme.example", "=cmd()", "small", campaign="+1")
    office.engine.signups.agree(found.id, True)
    office.told()
    [file] = (office.desk.parts.data / "marketing" / "drop").iterdir()
    [heading, row] = list(csv.reader(file.read_text().splitlines()))
    said = dict(zip(heading, row, strict=True))
    assert ("lead", "'=cmd()", "'+1", 64) == (said["stage"], said["company"], said["campaign"], len(said["person"]))


def test_an_address_can_be_told_as_a_hash_only(office: Office) -> None:
    office.sink(hashed=True)
    office.person()
    office.told()
    assert "ann@acme.example" not in (office.asked[0].body or b"").decode()


@pytest.mark.parametrize("state", STATES)
def test_stages_come_in_their_order(state: str) -> None:
    found = Signup("s", "t", "a@b.example", "A", "small", 0.0, state=state, trial_until=10 * DAY_S)
    stages = reached(found, True, 9 * DAY_S, 4 * 3_600.0)
    assert [stage for stage in STAGES if stage in stages] == list(stages)
    assert "lead" == stages[0]


def test_the_store_asks_for_consent_and_takes_it_back(office: Office) -> None:
    program = office.desk.app.test_client()
    asked = {"email": "ann@acme.example", "company": "Acme", "plan": "small", "consent": True}
    id = program.post("/store/api/signups", json=asked).get_json()["id"]
    assert "yes" == office.engine.get(id).consent
    assert 200 == program.put(f"/store/api/signups/{id}/consent", json={"consent": False}).status_code
    assert "withdrawn" == office.engine.get(id).consent
    assert 422 == program.put(f"/store/api/signups/{id}/consent", json={"consent": "no"}).status_code
    assert 'name="consent"' in office.desk.browser.get("/store").get_data(as_text=True)
