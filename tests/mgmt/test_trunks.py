"""Trunks as operators see them: the API and the metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from configdb import membership
from configdb.membership import Membership
from configdb.model import SYSTEM
from history.documents import Call, Leg
from history.shelves import AUDIT, Query
from history.store import Batch
from mgmt.pages_trunk import WORDS
from softswitch.control.messages import ControlError
from tests.mgmt.conftest import NOW, TRUNKS, World


def test_operators_see_all_trunks_and_each(world: World) -> None:
    script = world.client(operator=True)
    assert TRUNKS["trunks"] == script.get("/api/v1/trunks").get_json()["data"]
    assert "north" == script.get("/api/v1/trunks/north").get_json()["id"]
    assert 404 == script.get("/api/v1/trunks/south").status_code


def test_the_metrics_tell_channels_health_and_registration(world: World) -> None:
    text = world.script(None).get("/metrics").get_data(as_text=True)
    for line in (
        'softswitch_trunk_channels{direction="out",trunk="north"} 2.0',
        'softswitch_trunk_gateway_up{gateway="udp:192.0.2.8:5060",trunk="north"} 1.0',
        'softswitch_trunk_registered{gateway="udp:192.0.2.8:5060",trunk="north"} 0.0',
    ):
        assert line in text


def test_the_metrics_are_there_while_the_switch_is_away(world: World) -> None:
    world.switch.away = True
    answer = world.script(None).get("/metrics")
    assert 200 == answer.status_code
    assert "softswitch_trunk_channels{" not in answer.get_data(as_text=True)


def call(id: str, direction: str = "outbound", outcome: str = "answered", **more: Any) -> Call:
    answered = NOW - 60 if outcome == "answered" else None
    fields = {"trunk": "north", "outcome": outcome, "answered_at": answered, "ended_at": NOW - 10, **more}
    number = "+12025550100"
    return Call(id, "riverside", direction, number, "+12025550123", NOW - 70, **fields)


def leg(call: str, role: str, packets: int = 500, rang_at: float | None = None) -> Leg:
    heard = {"rx": {"packets": packets}}
    times = {"answered_at": NOW - 60, "ended_at": NOW - 10, "rang_at": rang_at}
    return Leg(
        f"{call}-{role}", call, "riverside", role, "x", "192.0.2.8", NOW - 70, codec="PCMU", quality=heard, **times
    )


def put(world: World, *documents: Call | Leg) -> None:
    batch = Batch()
    for one in documents:
        (batch.calls if isinstance(one, Call) else batch.legs).append(one)  # type: ignore[arg-type]  # each its list
    world.context.history.apply(batch, "test", 2)


def test_figures_of_a_trunk_are_those_of_the_standard(world: World) -> None:
    busy = {"sip": 486, "text": "Busy Here"}
    put(
        world,
        call("o1", talk_ms=60_000, mos=4.2),
        call("o2", talk_ms=0, mos=3.1, ended_at=NOW + 60),
        call("o3", outcome="busy", cause=busy),
        call("o4", outcome="failed", cause={"sip": 503, "text": "Service Unavailable"}),
        call("i1", "inbound", talk_ms=30_000, attestation="A"),
        call("elsewhere", trunk="south"),
        leg("o1", "callee", rang_at=NOW - 68),
        leg("o2", "callee"),
        leg("o2", "caller"),
    )
    found = world.script().get("/api/v1/trunks/north/figures").get_json()
    out = {"calls": 4, "answered": 2, "asr_percent": 50.0, "ner_percent": 75.0, "acd_s": 85.0}
    assert (5, False, out) == (found["calls"], found["cut"], found["outbound"])
    assert {"p50": 10_000.0, "p95": 10_000.0, "calls": 2} == found["pdd_ms"]
    assert {"cause": "answered", "calls": 3} == found["causes"][0]
    assert {"486 Busy Here", "503 Service Unavailable"} == {one["cause"] for one in found["causes"][1:]}
    assert ({"A": 1}, {"p50": 4.2, "p5": 3.1, "calls": 2}) == (found["attestations"], found["mos"])


def test_the_series_of_a_trunk_has_every_step_and_what_nobody_measured_is_nothing(world: World) -> None:
    heard = {"packets": 980, "lost": 20, "jitter_ms": 4.0}
    first, second = leg("o1", "callee"), leg("i1", "caller")
    put(
        world,
        call("o1", mos=4.2),
        call("o2", outcome="busy"),
        call("i1", "inbound", mos=3.2),
        replace(first, quality={"rx": heard}),
        replace(second, quality={"rx": {**heard, "lost": 0, "jitter_ms": None}}),
        replace(leg("i1", "callee"), quality={"rx": {"packets": 1, "lost": 999, "jitter_ms": 99.0}}),
        replace(call("old"), started_at=NOW - 23.5 * 3600),
    )
    day = world.script().get("/api/v1/trunks/north/figures").get_json()["series"]
    assert 24 == len(day)
    assert ["2027-01-14T08:00:00.000Z", "2027-01-15T07:00:00.000Z"] == [day[at]["start_at"] for at in (0, -1)]
    assert [1, *[0] * 22, 3] == [one["calls"] for one in day]
    expected = {"calls": 3, "answered": 2, "asr_percent": 66.7, "mos": 3.7, "lost_percent": 1.01, "jitter_ms": 4.0}
    assert expected == {name: day[-1][name] for name in expected}
    nothing = {"calls": 0, "asr_percent": None, "mos": None, "lost_percent": None, "jitter_ms": None}
    assert nothing == {name: day[1][name] for name in nothing}
    assert 31 == len(world.script().get("/api/v1/trunks/north/figures?days=31").get_json()["series"])


def test_a_trunk_without_calls_has_no_figures_made_up(world: World) -> None:
    found = world.script().get("/api/v1/trunks/north/figures?days=31").get_json()
    assert (0, None, None) == (found["calls"], found["outbound"]["asr_percent"], found["pdd_ms"]["p95"])
    assert 404 == world.script().get("/api/v1/trunks/south/figures").status_code
    assert {400} == {
        world.script().get(f"/api/v1/trunks/north/figures?days={n}").status_code for n in ("0", "32", "x", "-1")
    }


def test_acceptance_says_what_is_proved_and_which_call_is_missing(world: World) -> None:
    put(world, call("i1", "inbound", mos=4.1), leg("i1", "caller"), leg("i1", "callee", packets=0))
    answer = world.script().post("/api/v1/trunks/north/acceptance")
    assert 201 == answer.status_code, answer.data
    kept = answer.get_json()
    said = {one["name"]: (one["passed"], one["said"]) for one in kept["checks"]}
    assert not kept["passed"]
    assert (False, "not asked") == said["gateway udp:192.0.2.8:5060 answers OPTIONS"]
    assert (False, "PCMU 0 packets, PCMU 500 packets") == said["a call from the carrier: sound both ways"]
    assert (True, "1 calls, the worst MOS 4.10") == said["a call from the carrier: good sound (MOS of at least 3.6)"]
    assert "make one" in said["a call to the carrier"][1]
    page = world.script().get(f"/api/v1/quality/tests/{kept['id']}.html")
    assert (200, True) == (page.status_code, b"sound both ways" in page.data)


def test_a_trunk_with_calls_both_ways_and_gateways_that_answer_is_accepted(world: World) -> None:
    asked = {"said": "200", "rtt_ms": 12.0, "registration": {"registered": True, "state": "registered", "said": "200"}}
    gateway = {**TRUNKS["trunks"][0]["gateways"][0], **asked}  # type: ignore[index,dict-item]  # a document
    world.switch.trunks = {"trunks": [{**TRUNKS["trunks"][0], "gateways": [gateway]}]}
    for direction in ("inbound", "outbound"):
        put(world, call(direction, direction, mos=4.0), leg(direction, "caller"), leg(direction, "callee"))
    kept = world.script().post("/api/v1/trunks/north/acceptance").get_json()
    assert [] == [one for one in kept["checks"] if not one["passed"]]
    assert kept["passed"]
    assert "200 after 12 ms" == kept["checks"][0]["said"]
    assert 403 == world.client().post("/api/v1/trunks/north/acceptance").status_code


def test_a_carrier_sees_its_trunk_by_a_link_and_nothing_of_companies_or_numbers(world: World) -> None:
    put(world, call("o1", talk_ms=60_000, mos=4.2), leg("o1", "callee", rang_at=NOW - 68))
    made = world.script().post("/api/v1/trunks/north/link")
    assert (201, "2027-01-18T08:00:00.000Z") == (made.status_code, made.json["expires_at"])
    carrier = world.client(user=None)
    for language, words in (("en", "From you"), ("ru", "От вас")):
        page = carrier.get(made.json["url"], headers={"Accept-Language": language})
        assert (200, "private, no-store") == (page.status_code, page.headers["Cache-Control"])
        assert all(word in page.text for word in ("North", "udp:192.0.2.8:5060", "100.0 %", words)), page.text
        assert not [word for word in ("Riverside", "riverside", "2025550") if word in page.text]
    rows = world.context.history.shelves.page(AUDIT, SYSTEM, Query())
    assert ["trunk.read", "trunk.read", "trunks.link"] == sorted(row.body["action"] for row in rows)


def test_a_link_of_a_trunk_is_for_that_trunk_and_for_three_days(world: World, json_of: Callable[..., Any]) -> None:
    url = world.script().post("/api/v1/trunks/north/link").json["url"]
    carrier = world.client(user=None)
    for wrong in (
        "/trunk/north",
        url.replace("north", "south"),
        url.replace("sig=", "sig=x"),
        url.replace("exp=18", "exp=19"),
    ):
        assert (404, "not_found") == json_of(carrier.get(wrong)), wrong
    world.clock.now += 3 * 24 * 3600 + 61
    assert 404 == carrier.get(url).status_code
    assert 404 == world.script().post("/api/v1/trunks/south/link").status_code
    assert 403 == world.client().post("/api/v1/trunks/north/link").status_code


def test_the_page_of_a_trunk_says_so_while_the_switch_is_away(world: World) -> None:
    url = world.script().post("/api/v1/trunks/north/link").json["url"]
    world.switch.away = True
    assert 503 == world.client(user=None).get(url).status_code


def test_the_pages_words_are_there_in_every_language() -> None:
    assert set(WORDS["en"]) == set(WORDS["ru"])


def test_our_addresses_are_those_that_carriers_use(world: World) -> None:
    told = world.script().get("/api/v1/trunks").json["signalling"]
    assert [("udp", "192.0.2.1:5060"), ("tls", "192.0.2.1:5061"), ("rtp", "192.0.2.1:20000-20999")] == [
        (one["transport"], one["address"]) for one in told
    ]
    url = world.script().post("/api/v1/trunks/north/link").json["url"]
    page = world.client(user=None).get(url, headers={"Accept-Language": "en"}).text
    assert "<code>192.0.2.1:5061</code>" in page
    assert "7443" not in page
    assert "Drained" not in page


def test_the_addresses_of_all_nodes_are_told_and_who_did_not_say_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = world.switch.request

    def request(op: str, **fields: Any) -> dict[str, Any]:
        if fields.get("node") == "c":
            raise ControlError("node_away", "c does not answer: try again", 503)
        if fields.get("node") == "b":
            return {"network": {"reached": {"udp": ["192.0.2.2:5060"], "ws": ["192.0.2.2:5066"]}}}
        return {"node": "here", "others": [{"node": "b"}, {"node": "c"}]} if op == "cluster" else asked(op, **fields)

    monkeypatch.setattr(world.switch, "request", request)
    data = world.context.settings.data_dir
    membership.folder(data).mkdir()
    membership.write(data, Membership("here", "192.0.2.1:6222", {"b": "192.0.2.2:6222", "d": "192.0.2.4:6222"}))
    said = world.script().get("/api/v1/trunks").json
    assert {"node": "b", "transport": "udp", "address": "192.0.2.2:5060"} == said["signalling"][-1]
    assert (4, ["c", "d"]) == (len(said["signalling"]), said["silent"])
    url = world.script().post("/api/v1/trunks/north/link").json["url"]
    page = world.client(user=None).get(url, headers={"Accept-Language": "en"}).text
    assert "<code>192.0.2.2:5060</code> (b)" in page
    assert "did not say theirs: c, d" in page


def test_a_carrier_sees_that_its_trunk_is_drained(world: World) -> None:
    world.switch.trunks = {"trunks": [{**TRUNKS["trunks"][0], "drained": True}]}  # type: ignore[dict-item]  # a document
    url = world.script().post("/api/v1/trunks/north/link").json["url"]
    assert "Drained: no new calls" in world.client(user=None).get(url, headers={"Accept-Language": "en"}).text
