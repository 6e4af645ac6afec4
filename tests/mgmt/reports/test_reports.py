"""Reports from wish to file: the same numbers as the Metrics API and as a recount of what there is, made once, mailed once."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest

from configdb.log import Change
from history.activity import Activity
from history.documents import Call, Leg
from history.rollups import roll
from history.shelves import ACTIVITIES, MESSAGES, Put
from history.store import Batch
from mgmt.reports.kinds import KINDS
from mgmt.reports.words import WORDS
from mgmt.services import reports
from mgmt.services.parts import Parts
from mgmt.sms.message import Message
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

BEGIN = datetime(2026, 3, 6, 5, tzinfo=UTC).timestamp()  # midnight in New York; one of the days has 23 hours
DAYS = 4
END = BEGIN + DAYS * 86_400 - 3600
TIMES = {"since": "2026-03-06T05:00:00Z", "until": "2026-03-10T04:00:00Z"}
OUTCOMES = ("answered", "missed", "abandoned", "voicemail", "busy", "failed")


def made(number: int, chance: random.Random) -> Call:
    """A call of the time."""
    direction = chance.choice(["inbound", "outbound", "internal"])
    outcome = chance.choice(OUTCOMES)
    at = BEGIN + chance.random() * (END - BEGIN)
    queue = chance.choice([None, "riverside-only"]) if direction == "inbound" else None
    return Call(
        f"r{number}",
        "riverside",
        direction,
        "+12025550100",
        chance.choice(["+12025550123", "+12025550124"]),
        at,
        ended_at=at + 60,
        ring_ms=chance.randrange(60_000),
        talk_ms=chance.randrange(90_000) if outcome == "answered" else 0,
        outcome=outcome,
        who=chance.choice([None, "ann", "ben"]),
        queue=queue,
        waited_ms=chance.randrange(60_000) if queue else None,
    )


@pytest.fixture
def calls(world: World) -> list[Call]:
    """Calls of four days, told twice and in no order, and texts."""
    chance = random.Random(11)
    found = [made(number, chance) for number in range(300)]
    told = found * 2
    chance.shuffle(told)
    for number in range(0, len(told), 50):
        world.context.history.apply(Batch(calls=told[number : number + 50]), "test", 10 + number)
    for number in range(40):
        at = BEGIN + chance.random() * (END - BEGIN)
        way = chance.choice(["in", "out"])
        state = "received" if way == "in" else chance.choice(["sent", "delivered", "failed"])
        text = Message(
            f"m{number}", "riverside", "t", way, "+1", "+2", "hello", at, "+2", "+1", state, "own", segments=2
        )
        world.context.history.shelves.write([Put(MESSAGES, "riverside", text.id, text.to_document())])
    while roll(world.context.history.shelves, 200):
        continue
    return found


def asked(world: World, parts: Parts, kind: str, form: str = "csv", user: str = "ann") -> bytes:
    """The file of a report that a person asks for."""
    client = world.client(user=user)
    wish = client.post("/api/v1/reports", json={"kind": kind, "form": form, **TIMES})
    assert (202, "waiting") == (wish.status_code, wish.json["state"])
    reports.run(parts)
    found = client.get(f"/api/v1/reports/{wish.json['id']}")
    assert ("ready", None) == (found.json["state"], found.json["problem"])
    return bytes(client.get(f"/api/v1/reports/{wish.json['id']}/file").data)


def table(data: bytes) -> list[list[str]]:
    """The rows of a CSV, without its head."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]


def test_the_summary_has_the_numbers_of_the_metrics_api(world: World, calls: list[Call]) -> None:
    rows = table(asked(world, parts_of(world), "summary"))
    said = world.client().get("/metrics/v1/kpi", query_string={**TIMES, "group": "day"}).json["data"]
    names = ("answered", "missed", "asa", "aht", "sl20", "voicemails", "sms")
    assert [["" if day[name] is None else str(day[name]) for name in names] for day in said] == [
        row[4:] for row in rows
    ]
    assert ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"] == [row[0] for row in rows]


def test_totals_are_those_of_a_recount(world: World, calls: list[Call]) -> None:
    parts = parts_of(world)
    summary = table(asked(world, parts, "summary"))
    recount = Counter(call.direction for call in calls) + Counter(call.outcome for call in calls)
    columns = {"inbound": 1, "outbound": 2, "internal": 3, "answered": 4, "voicemail": 9}
    assert {name: recount[name] for name in columns} == {
        name: sum(int(row[at]) for row in summary) for name, at in columns.items()
    }
    assert recount["missed"] + recount["abandoned"] == sum(int(row[5]) for row in summary)
    assert len(calls) == len(table(asked(world, parts, "calls")))
    users = table(asked(world, parts, "users"))
    assert Counter(call.who for call in calls if call.who and call.direction == "inbound") == {
        row[0].lower(): int(row[1]) for row in users
    }
    assert recount["inbound"] == sum(int(row[2]) for row in table(asked(world, parts, "numbers")))
    queued = [call for call in calls if call.queue]
    (queue,) = table(asked(world, parts, "queues"))
    in_time = sum(call.outcome == "answered" and (call.waited_ms or 0) <= 20_000 for call in queued)
    assert [str(len(queued)), str(round(100 * in_time / len(queued), 1))] == [queue[1], queue[4]]


def test_texts_are_counted_by_day(world: World, calls: list[Call]) -> None:
    rows = table(asked(world, parts_of(world), "messages"))
    assert (DAYS, 40) == (len(rows), sum(int(row[1]) + int(row[2]) for row in rows))
    assert 2 * sum(int(row[2]) for row in rows) == sum(int(row[6]) for row in rows)


def activity(world: World, id: str, kind: str, after_s: float, **more: Any) -> None:
    """Something with a customer."""
    values: dict[str, Any] = {"customer": "+12025550100", "number": "+12025550123", **more}
    one = Activity(id, "riverside", kind, "", BEGIN + after_s, "+12025550100", "+12025550123", **values)
    world.context.history.shelves.write([Put(ACTIVITIES, "riverside", id, one.to_document())])


@pytest.mark.parametrize(
    "later, status",
    [
        ({}, "open"),
        ({"kind": "call", "origin": "outbound", "result": "connected"}, "called back"),
        ({"kind": "call", "origin": "inbound", "result": "connected"}, "called again"),
        ({"kind": "call", "origin": "outbound", "result": "dropped"}, "open"),
        ({"kind": "call", "origin": "outbound", "result": "connected", "customer": "+12025550199"}, "open"),
    ],
)
def test_what_became_of_a_missed_call_is_told(world: World, later: dict[str, Any], status: str) -> None:
    activity(world, "a1", "missed_call", 60, result="missed")
    if later:
        activity(world, "a2", after_s=660, **later)
    (row,) = table(asked(world, parts_of(world), "missed"))
    assert [status, "10.0" if status != "open" else ""] == [row[4], row[6]]


@pytest.mark.parametrize(
    "kind, form", [*((kind, "csv") for kind in KINDS), ("calls", "xlsx"), ("summary", "pdf"), ("missed", "html")]
)
def test_every_report_can_be_had_and_in_every_form(world: World, kind: str, form: str) -> None:
    assert len(asked(world, parts_of(world), kind, form)) > 30


def test_every_word_has_every_language() -> None:
    names = {*KINDS, *(column for kind in KINDS.values() for column in kind.columns)}
    assert [set(), set()] == [names - set(words) for words in WORDS.values()]


def plan(world: World, **fields: Any) -> None:
    """The company wants one of every day, by mail."""
    document = {
        "id": "daily",
        "name": "Daily",
        "every": "day",
        "emails": ["boss@riverside.example", "no address"],
        **fields,
    }
    document["emails"] = [one for one in document["emails"] if "@" in one]
    world.context.config.transact("riverside", [Change("report_plan", "daily", document)], "test", "test")


def letters(parts: Parts) -> list[Any]:
    """Those that wait to be sent."""
    found = [parts.outbox.get(tenant, id) for tenant, id in parts.outbox.due()]
    return [one for one in found if one is not None]


def test_a_planned_report_is_made_and_mailed_once_by_whoever_is_left(world: World, monkeypatch: Any) -> None:
    world.clock.now, parts = END + 8 * 3600, parts_of(world)
    plan(world)

    def dies(*given: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(reports, "_end", dies)  # the leader is killed when the file is made
        with pytest.raises(SystemExit):
            reports.run(parts)
    assert [] == letters(parts)
    for _ in range(3):
        reports.run(parts_of(world))
    (letter,) = letters(parts)
    assert "boss@riverside.example" == letter.payload["to"]
    (one,) = world.client().get("/api/v1/reports").json["data"]
    assert ("Daily", "ready", "daily") == (one["name"], one["state"], one["plan"])
    ((name, shown, _),) = letter.payload["attachments"]
    assert ("summary.xlsx", True) == (shown, parts.vault.media.stat(name).size_bytes > 0)
    world.clock.now += 86_400
    reports.run(parts)
    assert 2 == len(world.client().get("/api/v1/reports").json["data"])


def test_a_report_can_be_the_mail_itself(world: World) -> None:
    world.clock.now, parts = END + 8 * 3600, parts_of(world)
    plan(world, form="html")
    reports.run(parts)
    (letter,) = letters(parts)
    assert ([], True) == (letter.payload["attachments"], "<table" in letter.payload["html"])


def test_a_plan_that_is_off_makes_nothing(world: World) -> None:
    world.clock.now = END + 8 * 3600
    plan(world, enabled=False)
    assert 0 == reports.run(parts_of(world)).done


@pytest.mark.parametrize(
    "body, code",
    [
        ({}, "invalid_field"),
        ({"kind": "nothing", **TIMES}, "invalid_field"),
        ({"kind": "calls", "form": "exe", **TIMES}, "invalid_field"),
        ({"kind": "calls", "since": TIMES["until"], "until": TIMES["since"]}, "invalid_field"),
        ({"kind": "calls", "since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "invalid_field"),
        ({"kind": ["calls"], **TIMES}, "invalid_field"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(world: World, body: Any, code: str, json_of: Any) -> None:
    assert (422, code) == json_of(world.client().post("/api/v1/reports", json=body))


def test_who_may_not_see_what_all_do_gets_no_report(world: World, json_of: Any) -> None:
    assert (403, "managers_only") == json_of(world.client(user="carla").get("/api/v1/reports"))
    wish = world.client().post("/api/v1/reports", json={"kind": "calls", **TIMES}).json["id"]
    assert (404, "not_found") == json_of(world.client("lakeside").get(f"/api/v1/reports/{wish}"))
    assert (409, "not_ready") == json_of(world.client().get(f"/api/v1/reports/{wish}/file"))


def test_there_are_not_endlessly_many_wishes(world: World, json_of: Any) -> None:
    client = world.client()
    for _ in range(20):
        client.post("/api/v1/reports", json={"kind": "calls", **TIMES})
    assert (429, "too_many_reports") == json_of(client.post("/api/v1/reports", json={"kind": "calls", **TIMES}))


def test_old_reports_go_with_their_files(world: World) -> None:
    parts = parts_of(world)
    asked(world, parts, "calls")
    (_name,) = parts.vault.media.names("riverside/report/")
    world.clock.now += 91 * 86_400
    assert 1 == reports.forget(parts).done
    assert ([], []) == (
        list(parts.vault.media.names("riverside/report/")),
        world.client().get("/api/v1/reports").json["data"],
    )


def nearest(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def test_waits_of_a_queue_have_their_percentiles(world: World, calls: list[Call]) -> None:
    (queue,) = table(asked(world, parts_of(world), "queues"))
    waits = [(call.waited_ms or 0) / 1000 for call in calls if call.queue]
    assert [round(nearest(waits, share), 1) for share in (0.5, 0.9, 0.95)] == [float(cell) for cell in queue[7:]]


def test_a_number_has_those_who_hung_up(world: World, calls: list[Call]) -> None:
    rows = {row[0]: row for row in table(asked(world, parts_of(world), "numbers"))}
    for number in ("+12025550123", "+12025550124"):
        came = [call for call in calls if call.direction == "inbound" and call.to == number]
        gone = sum(call.outcome == "abandoned" for call in came)
        assert [str(gone), str(round(100 * gone / len(came), 1))] == rows[number][7:]


def test_a_person_has_the_calls_that_rang_there_and_nobody_took(world: World) -> None:
    at = BEGIN + 60
    outcomes = ("answered", "missed", "abandoned", "voicemail")
    found = [
        Call(f"d{n}", "riverside", "inbound", "+12025550100", "+12025550123", at, ended_at=at + 9, outcome=outcome)
        for n, outcome in enumerate(outcomes)
    ]
    device = next(iter(sorted(world.context.config.directory.tenants["riverside"].devices.values(), key=str)))
    legs = [
        Leg(f"{call.id}-{part}", call.id, "riverside", "callee", device.username, "", at, device=id)
        for call in found[1:]
        for part, id in (("a", device.id), ("b", device.id), ("c", "gone"))
    ]
    answered = Leg("d0-a", "d0", "riverside", "callee", device.username, "", at, answered_at=at + 2, device=device.id)
    world.context.history.apply(Batch(calls=found, legs=[*legs, answered]), "test", 99)
    user = world.context.config.directory.tenants["riverside"].users[device.user].name
    (row,) = table(asked(world, parts_of(world), "users"))
    assert [user, "0", "0", "0", "0.0", "4", "3", "75.0"] == row


def test_a_report_for_the_screen_has_its_cells_as_they_are(world: World, calls: list[Call]) -> None:
    found = json.loads(asked(world, parts_of(world), "queues", "json"))
    assert (WORDS["en"]["queues"], [WORDS["en"][name] for name in KINDS["queues"].columns]) == (
        found["title"],
        found["columns"],
    )
    ((_, count, *_),) = found["rows"]
    assert sum(call.queue is not None for call in calls) == count


class Ticking:
    """A clock that goes two seconds on each time it is looked at, and does something then."""

    def __init__(self, now: float, then: Callable[[], None]) -> None:
        self.now, self.then = now, then

    def __call__(self) -> float:
        self.then()
        self.now += 2
        return self.now


def test_a_report_says_how_far_it_is(world: World, calls: list[Call]) -> None:
    client, seen = world.client(), list[float | None]()
    wish = client.post("/api/v1/reports", json={"kind": "calls", **TIMES}).json["id"]
    clock = Ticking(world.clock.now, lambda: seen.append(client.get(f"/api/v1/reports/{wish}").json["progress"]))
    reports.run(replace(parts_of(world), clock=clock))
    shares = [share for share in seen if share is not None]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert (1.0, "ready") == tuple(client.get(f"/api/v1/reports/{wish}").json[name] for name in ("progress", "state"))


def test_a_report_that_is_removed_while_it_is_made_is_given_up(world: World, calls: list[Call], json_of: Any) -> None:
    client = world.client()
    wish = client.post("/api/v1/reports", json={"kind": "calls", **TIMES}).json["id"]
    deleted = list[int]()

    def remove() -> None:
        if client.get(f"/api/v1/reports/{wish}").json.get("progress"):
            deleted.append(client.delete(f"/api/v1/reports/{wish}").status_code)

    parts = replace(parts_of(world), clock=Ticking(world.clock.now, remove))
    assert 0 == reports.run(parts).done
    assert [204] == deleted
    assert (404, "not_found") == json_of(client.get(f"/api/v1/reports/{wish}"))
    assert [] == list(parts.vault.media.names("riverside/report/"))


def test_a_report_that_is_removed_at_the_last_moment_leaves_no_file(world: World, calls: list[Call]) -> None:
    client, parts = world.client(), parts_of(world)
    wish = client.post("/api/v1/reports", json={"kind": "calls", **TIMES}).json["id"]
    keep = parts.vault.media.put_file

    def kept(*given: Any) -> Any:
        client.delete(f"/api/v1/reports/{wish}")
        return keep(*given)

    with patch.object(type(parts.vault.media), "put_file", lambda self, *given: kept(*given)):
        assert 0 == reports.run(parts).done
    assert [] == list(parts.vault.media.names("riverside/report/"))
    assert [] == client.get("/api/v1/reports").json["data"]


def test_who_asked_takes_a_report_back_and_other_people_without_power_do_not(world: World, json_of: Any) -> None:
    wish = world.client().post("/api/v1/reports", json={"kind": "calls", **TIMES}).json["id"]
    assert 403 == world.client(user="carla").delete(f"/api/v1/reports/{wish}").status_code
    assert 204 == world.client(user="ben").delete(f"/api/v1/reports/{wish}").status_code
    assert (404, "not_found") == json_of(world.client().get(f"/api/v1/reports/{wish}"))


def test_the_time_of_a_report_is_shown_as_it_was_asked_for(world: World) -> None:
    wish = world.client().post("/api/v1/reports", json={"kind": "calls", **TIMES}).json
    assert ("2026-03-06T05:00:00.000Z", "2026-03-10T04:00:00.000Z") == (wish["since"], wish["until"])
    assert wish == world.client().get(f"/api/v1/reports/{wish['id']}").json
