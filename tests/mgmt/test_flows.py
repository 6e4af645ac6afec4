"""Flows over the API: drawn, tried, published at once or later, rolled back; expectations keep bad ones from going live."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.stdlib import get_logger

from configdb.log import Change
from history.documents import Call, Step
from history.store import Batch
from installer import demo_tenant
from ivr.nodes.registry import KINDS
from mgmt.usecases import planned, traffic
from mgmt.usecases.traffic import Passed
from softswitch.routing.simulate import route_of
from tests.ivr.flows import NOON
from tests.mgmt.conftest import World, live_call
from tests.softswitch.calls.world import World as CallWorld
from tests.softswitch.calls.world import riverside

FLOW = demo_tenant.flow()
NIGHT = {**FLOW, "nodes": {**FLOW["nodes"], "hours": {**FLOW["nodes"]["hours"], "open": "closed"}}}
NIGHT["nodes"] = {id: node for id, node in NIGHT["nodes"].items() if id not in ("welcome", "menu", "front-desk", "ann")}
NUMBER = "+12025550123"
EXPECTED = {
    "name": "The front desk is reached",
    "number": NUMBER,
    "keys": "1",
    "days": ["tue"],
    "reaches": {"kind": "group", "id": "front-desk"},
    "within_s": 20,
}


@pytest.fixture
def owner(world: World) -> FlaskClient:
    """The owner of the demo tenant, which is whole."""
    documents = demo_tenant.documents(lambda *_: ("a" * 32, "b" * 64))
    script = world.script()
    for kind in ("schedule", "prompt", "mailbox", "group", "flow", "number"):
        for (of, id), document in documents.items():
            if of == kind:
                answer = script.put(f"/api/v1/config/{kind}/{id}", json=document, headers={"If-Match": "*"})
                assert answer.status_code in (200, 201), answer.json
    return world.client()


def put(client: FlaskClient, path: str, body: Any) -> Any:
    return client.put(f"/api/v1/{path}", json=body, headers={"If-Match": "*"})


def simulated(client: FlaskClient, **more: Any) -> Any:
    body = {"number": NUMBER, "from": "+12025550100", "at": "2026-11-23T12:00", **more}
    return client.post("/api/v1/simulate", json=body)


def test_the_schema_is_published(owner: FlaskClient) -> None:
    assert "Call flow" == owner.get("/api/v1/flow-schema").json["title"]


def test_every_kind_of_step_that_may_be_drawn_is_told_of_in_russian() -> None:
    words = (Path(__file__).parents[2] / "mgmt/ui/src/i18n/abouts.ts").read_text("utf-8")
    drawn = [kind.model_fields["kind"].default for kind in KINDS if kind.drawn]
    assert sorted(drawn) == sorted(re.findall(r"^  (\w+): '", words, re.MULTILINE))


def test_a_draft_is_tried_without_going_live(owner: FlaskClient) -> None:
    assert "menu" in [step["node"] for step in simulated(owner).json["steps"]]
    done = simulated(owner, flow="main", document=NIGHT).json
    assert "menu" not in [step["node"] for step in done["steps"]]
    assert "voicemail" == done["outcome"]
    assert "We are closed" in done["heard"][0]["text"]


def test_a_draft_that_cannot_be_walked_is_refused_with_its_place(owner: FlaskClient) -> None:
    broken = {"start": "a", "nodes": {"a": {"kind": "play", "prompts": ["tone:beep"], "next": "b"}}}
    answer = simulated(owner, flow="main", document=broken)
    assert (422, "edge.dangling") == (answer.status_code, answer.json["errors"][0]["code"])


def test_a_flow_without_a_number_can_be_tried(owner: FlaskClient) -> None:
    answer = owner.post("/api/v1/simulate", json={"flow": "main", "from": "+12025550100", "at": "2026-11-23T12:00"})
    assert "hours" == answer.json["steps"][2]["node"]


def test_all_ways_are_shown(owner: FlaskClient) -> None:
    done = simulated(owner, paths=True).json
    assert done["complete"]
    assert {"voicemail", "answered"} <= {path["outcome"] for path in done["paths"]}
    assert ["menu: 1", "ben, carla: free"] in [path["choices"] for path in done["paths"]]


def test_an_expectation_that_is_met_is_kept_and_one_that_is_not_is_refused(owner: FlaskClient) -> None:
    assert 201 == put(owner, "config/expectation/desk", EXPECTED).status_code
    assert [True] == [row["met"] for row in owner.get("/api/v1/expectations").json["data"]]
    answer = put(owner, "config/expectation/never", {**EXPECTED, "reaches": {"kind": "user", "id": "ann"}})
    assert (422, "expectation") == (answer.status_code, answer.json["code"])


def test_a_flow_that_breaks_an_expectation_is_published_only_with_a_reason(owner: FlaskClient) -> None:
    put(owner, "config/expectation/desk", EXPECTED)
    refused = put(owner, "flows/main", {"document": NIGHT})
    assert (422, "expectation") == (refused.status_code, refused.json["code"])
    assert "does not reach group front-desk" in refused.json["detail"]
    assert 200 == put(owner, "flows/main", {"document": NIGHT, "override": "Company holiday"}).status_code
    (row,) = owner.get("/api/v1/expectations").json["data"]
    assert (False, "Company holiday") == (row["met"], row["waived"])


def test_a_change_of_hours_that_breaks_an_expectation_is_refused_too_and_a_new_name_is_not(owner: FlaskClient) -> None:
    put(owner, "config/expectation/desk", EXPECTED)
    assert 422 == put(owner, "config/schedule/office", {"name": "Office hours", "weekly": {}}).status_code
    assert 200 == put(owner, "config/prompt/welcome", {"name": "Hello", "media": "riverside/x.wav"}).status_code


def test_a_draft_shows_what_it_changes_and_goes_when_it_is_published(owner: FlaskClient) -> None:
    menu = {**FLOW["nodes"]["menu"], "tries": 2}
    drawn = {**FLOW, "nodes": {**FLOW["nodes"], "menu": menu}}
    assert 201 == put(owner, "config/draft/main", {"name": "Main line", "document": drawn}).status_code
    assert ["menu.tries: 3 -> 2"] == owner.get("/api/v1/flows/main/draft").json["differences"]
    assert 200 == put(owner, "flows/main", {"document": drawn}).status_code
    assert 404 == owner.get("/api/v1/flows/main/draft").status_code
    assert 2 == owner.get("/api/v1/flows/main").json["document"]["nodes"]["menu"]["tries"]


def test_a_flow_goes_back_to_a_version(owner: FlaskClient) -> None:
    put(owner, "flows/main", {"document": NIGHT})
    versions = owner.get("/api/v1/flows/main/versions").json["data"]
    first = versions[1]["version"]
    assert "menu: removed" in owner.get(f"/api/v1/flows/main/versions/{first}").json["differences"]
    answer = owner.post(f"/api/v1/flows/main/versions/{first}/roll-back", headers={"If-Match": "*"})
    assert 200 == answer.status_code, answer.json
    assert FLOW == answer.json["document"]


def test_the_newest_version_is_shown_however_much_was_changed_before(world: World, owner: FlaskClient) -> None:
    first = owner.get("/api/v1/flows/main/versions").json["data"]
    for number in range(1_001):
        document = {"id": "carla", "name": f"Carla {number}", "extension": "102"}
        world.context.config.transact("riverside", [Change("user", "carla", document)], "test", "test")
    put(owner, "flows/main", {"document": NIGHT, "reason": "the newest"})
    versions = owner.get("/api/v1/flows/main/versions").json["data"]
    assert (first, "the newest") == (versions[1:], versions[0]["reason"])


def test_a_flow_can_be_published_later(owner: FlaskClient) -> None:
    answer = put(owner, "flows/main", {"document": NIGHT, "at": "2099-12-24T18:00"})
    assert 200 == answer.status_code, answer.json
    assert FLOW == owner.get("/api/v1/flows/main").json["document"]
    assert "flow-main" == owner.get("/api/v1/config/planned").json["data"][0]["id"]
    assert 422 == put(owner, "flows/main", {"document": NIGHT, "at": "2001-01-01T00:00"}).status_code


def test_warnings_are_told_and_keep_nothing_back(owner: FlaskClient) -> None:
    menu = {"kind": "menu", "prompts": ["tone:beep"], "keys": {"1": "end"}}
    document = {"start": "menu", "nodes": {"menu": menu, "end": {"kind": "hangup"}}}
    found = owner.post("/api/v1/flow-check", json={"document": document}).json["problems"]
    assert {"warning"} == {problem["severity"] for problem in found}
    assert 201 == put(owner, "flows/x", {"name": "X", "document": document}).status_code


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "desk": ("1", {"ben": "no_answer", "carla": "no_answer"}),
    "ann": ("2", {}),
    "late": ("ww2", {}),
    "again": ("72", {}),
}


def remember(world: World) -> None:
    """Calls that really were, a minute ago."""
    world.clock.now = NOON.timestamp() + 60
    batch = Batch()
    for id, (keys, people) in CALLS.items():
        route = route_of(riverside(), "riverside", NUMBER, "+12025550100", NOON)
        done = CallWorld(route, NOON.timestamp(), people, list(keys)).start().run()
        at = NOON.timestamp()
        batch.calls.append(Call(id, "riverside", "inbound", "+12025550100", NUMBER, at, ended_at=at + 50, outcome="x"))
        for index, step in enumerate(done.steps):
            known = {name: step[name] for name in ("code", "text", "node", "data")}
            batch.steps.append(Step(id, "riverside", index, at, **known))
    world.context.history.apply(batch, "test", 1)


def test_the_calls_of_last_week_that_would_go_elsewhere_are_listed(world: World, owner: FlaskClient) -> None:
    remember(world)
    same = owner.post("/api/v1/flows/main/what-if", json={"document": FLOW}).json
    assert (5, 0, []) == (same["calls"], same["unknown"], same["changed"])
    without_ann = {**FLOW["nodes"]["menu"], "keys": {"1": "front-desk", "2": "message", "3": "message"}}
    nodes = {id: node for id, node in FLOW["nodes"].items() if id != "ann"} | {"menu": without_ann}
    other = owner.post("/api/v1/flows/main/what-if", json={"document": {**FLOW, "nodes": nodes}}).json
    rows = {row["call"]: (row["before"], row["after"]) for row in other["changed"]}
    to_ann, to_box = ["user ann", "answered"], ["mailbox front-desk", "voicemail"]
    assert {"ann": (to_ann, to_box), "late": (to_ann, to_box), "again": (to_ann, to_box)} == rows


def test_callers_of_each_node_are_counted_with_where_they_went_and_where_they_gave_up(
    world: World, owner: FlaskClient
) -> None:
    remember(world)
    found = owner.get("/api/v1/flows/main/traffic").json
    assert (4, {}) == (found["calls"], found["now"])
    menu = found["nodes"]["menu"]
    assert (4, 0, 4) == (menu["entered"], menu["left"], sum(menu["ways"].values()))
    assert 1 == menu["ways"]["front-desk"] == found["nodes"]["front-desk"]["entered"]
    for node in found["nodes"].values():
        assert node["entered"] == node["left"] + node["served"] + node["ended"] + sum(node["ways"].values())


def test_two_flows_with_steps_of_the_same_names_do_not_count_the_callers_of_each_other(
    world: World, owner: FlaskClient
) -> None:
    assert put(owner, "flows/twin", {"name": "Twin", "document": FLOW}).status_code in (200, 201)
    remember(world)
    at_menu = [{"at": NOON.timestamp(), "code": "menu.asked", "text": "", "node": "menu"}]
    flows = {"c1": "main", "c2": "twin", "c3": "twin", "c4": "other", "c5": None}
    world.switch.calls = [{**live_call("riverside", id), "flow": flow, "steps": at_menu} for id, flow in flows.items()]
    found = {id: owner.get(f"/api/v1/flows/{id}/traffic").json for id in ("main", "twin")}
    assert {"main": {"menu": 2}, "twin": {"menu": 3}} == {id: one["now"] for id, one in found.items()}
    assert {"main": 4, "twin": 0} == {id: one["calls"] for id, one in found.items()}


def test_it_is_said_when_only_the_newest_calls_were_counted(
    world: World, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, at = Batch(), world.clock.now
    for number in range(201):
        batch.calls.append(Call(f"c{number:03}", "riverside", "inbound", "", NUMBER, at - 60, ended_at=at, outcome="x"))
        batch.steps.append(Step(f"c{number:03}", "riverside", 0, at - 60, "menu.asked", "", "menu"))
    world.context.history.apply(batch, "test", 1)
    found = owner.get("/api/v1/flows/main/traffic").json
    assert (201, True) == (found["calls"], found["whole"])
    monkeypatch.setattr(traffic, "drop_off_calls_max", 100)
    found = owner.get("/api/v1/flows/main/traffic").json
    assert (True, False) == (found["calls"] < 201, found["whole"])


def test_of_a_flow_that_hardly_anybody_calls_not_every_call_of_the_company_is_looked_through(
    world: World, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, at, read = Batch(), world.clock.now, list[str]()
    for number in range(401):
        batch.calls.append(Call(f"c{number:03}", "riverside", "inbound", "", NUMBER, at - 60, ended_at=at, outcome="x"))
        batch.steps.append(Step(f"c{number:03}", "riverside", 0, at - 60, "menu.asked", "", "elsewhere"))
    world.context.history.apply(batch, "test", 1)
    monkeypatch.setattr(traffic, "drop_off_looked_max", 200)
    steps = world.context.history.steps
    monkeypatch.setattr(world.context.history, "steps", lambda tenant, id: read.append(id) or steps(tenant, id))
    found = owner.get("/api/v1/flows/main/traffic").json
    assert (0, False, 200) == (found["calls"], found["whole"], len(read))


def test_a_live_call_says_in_which_flow_it_is() -> None:
    route = route_of(riverside(), "riverside", NUMBER, "+12025550100", NOON)
    call = CallWorld(route, NOON.timestamp(), {}, []).start().call
    assert "main" == call.desk.ledger.document()["flow"]


def steps(*found: tuple[str | None, str]) -> list[dict[str, Any]]:
    return [{"node": node, "code": code} for node, code in found]


@pytest.mark.parametrize(
    ("walked", "expected"),
    [
        ([("menu", "menu.asked"), (None, "call.caller_left")], {"menu": Passed(1, left=1)}),
        (
            [("menu", "menu.asked"), ("menu", "menu.key"), ("ring", "dial.ring"), (None, "call.caller_left")],
            {"menu": Passed(1, ways={"ring": 1}), "ring": Passed(1, left=1)},
        ),
        ([("ring", "dial.ring"), (None, "dial.answered"), (None, "call.caller_left")], {"ring": Passed(1, served=1)}),
        ([("ring", "dial.ring"), (None, "dial.answered"), (None, "call.callee_left")], {"ring": Passed(1, served=1)}),
        ([("menu", "menu.asked"), ("menu", "hangup")], {"menu": Passed(1, ended=1)}),
        (
            [("menu", "menu.asked"), ("wait", "x"), ("menu", "menu.asked"), (None, "call.caller_left")],
            {"menu": Passed(2, left=1, ways={"wait": 1}), "wait": Passed(1, ways={"menu": 1})},
        ),
        ([("elsewhere", "x"), (None, "call.caller_left")], {}),
    ],
    ids=["gives up", "gives up later", "talks", "is hung up", "flow ends", "comes back", "another flow"],
)
def test_each_call_is_counted_once_in_what_became_of_it(
    walked: list[tuple[str | None, str]], expected: dict[str, Passed]
) -> None:
    counted: dict[str, Passed] = {}
    assert int(bool(expected)) == traffic._count(steps(*walked), "main", frozenset({"menu", "ring", "wait"}), counted)
    assert expected == counted


def test_who_draws_a_flow_is_rung_and_hears_it_as_it_is_drawn(world: World, owner: FlaskClient) -> None:
    answer = owner.post("/api/v1/flows/main/try", json={"document": NIGHT}, headers={"Idempotency-Key": "once"})
    assert (202, {"id": "c9"}) == (answer.status_code, answer.json)
    (asked,) = [one for one in world.switch.asked if one["op"] == "try_flow"]
    assert {
        "op": "try_flow",
        "tenant": "riverside",
        "from": "ann",
        "flow": "main",
        "document": NIGHT,
        "key": "once",
    } == asked


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({"start": "gone", "nodes": {}}, 422, "flow_problems"),
        ("menu", 422, "invalid_field"),
        (None, 422, "invalid_field"),
    ],
)
def test_what_cannot_be_walked_rings_nobody(
    world: World, owner: FlaskClient, document: Any, status: int, code: str
) -> None:
    answer = owner.post("/api/v1/flows/main/try", json={"document": document})
    assert (status, code) == (answer.status_code, answer.json["code"])
    assert [] == [one for one in world.switch.asked if one["op"] == "try_flow"]


def test_a_flow_that_was_planned_goes_live_at_its_moment_and_shows_as_the_newest_version(
    world: World, owner: FlaskClient
) -> None:
    at = datetime.fromtimestamp(world.clock.now + 3600, UTC).isoformat()
    assert 200 == put(owner, "flows/main", {"name": "Main", "document": NIGHT, "at": at}).status_code
    assert FLOW == owner.get("/api/v1/flows/main").json["document"]
    world.clock.now += 3599
    assert 0 == planned.run_due(world.context, get_logger())
    assert FLOW == owner.get("/api/v1/flows/main").json["document"]
    world.clock.now += 1
    assert 1 == planned.run_due(world.context, get_logger())
    assert NIGHT == owner.get("/api/v1/flows/main").json["document"]
    newest, *_ = owner.get("/api/v1/flows/main/versions").json["data"]
    assert "flow main published as planned" == newest["reason"]
    assert [] == owner.get("/api/v1/config/planned").json["data"]
    assert 0 == planned.run_due(world.context, get_logger())
