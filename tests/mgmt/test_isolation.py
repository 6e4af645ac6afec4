"""Tenant isolation: every route, with every object of another tenant, asked with this tenant's session (ASVS 8.2.2, 8.4.1).

Ids that both tenants use (`ann`, `main`) must give the own object; ids that only the other one has must not exist.
"""

from __future__ import annotations

import gzip
import json

import pytest
from werkzeug.routing import Rule

from media.storage.names import media_id
from tests.mgmt.access.test_rights import staffed
from tests.mgmt.conftest import LAKESIDE, NOW, World
from tests.mgmt.test_routes import PUBLIC, routes

KINDS = (
    "tenant",
    "user",
    "credentials",
    "invitation",
    "sso",
    "device",
    "number",
    "trunk",
    "schedule",
    "group",
    "queue",
    "mailbox",
    "prompt",
    "flow",
)
OTHERS = (
    "lakeside",
    "lakeside-only",
    LAKESIDE[2],
    LAKESIDE[3],
    "c2live",
    f"v{LAKESIDE[3]}",
    f"l{LAKESIDE[3]}",
    media_id("voicemail", NOW, LAKESIDE[3]),
    "../lakeside/voicemail",
    "lakeside%2Fmain",
)
SPAN = "since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z"
BODIES = {
    "/api/v1/contacts/<id>/merge": {"other": "mine"},
    "/api/v1/webhooks/<id>/replay": {"after": "0"},
    "/api/v1/activities/<id>": {"unread": False},
    "/api/v1/activities/<id>/comments": {"text": "mine now"},
    "/api/v1/media/<id>/hold": {"reason": "mine now"},
    "/api/v1/calls/live/<id>/transfer": {"target": "102"},
    "/api/v1/queues/agents/<id>": {"verb": "login"},
    "/api/v1/flows/<id>": {"document": {"start": "x", "nodes": {"x": {"kind": "hangup"}}}},
}


def filled(rule: Rule) -> list[str]:
    """The rule's paths with every object of the other tenant in them."""
    kinds = KINDS if "kind" in rule.arguments else ("",)
    ids = OTHERS if "id" in rule.arguments else ("",)
    return [
        rule.rule.replace("<form>.csv", f"metrica.csv?{SPAN}")
        .replace("<kind>", kind)
        .replace("<id>", id)
        .replace("<comment_id>", "1")
        .replace("<event>", "e1")
        for kind in kinds
        for id in ids
    ]


def body_of(method: str, rule: Rule, path: str) -> dict[str, object] | None:
    if method in ("GET", "DELETE"):
        return None
    if rule.rule in BODIES:
        return BODIES[rule.rule]
    return {"id": path.rpartition("/")[2], "name": "mine now"} if "kind" in rule.arguments else {}


@pytest.mark.parametrize("role", ["ann", "carla", "dora", "rita"])
def test_no_route_gives_or_changes_an_object_of_another_tenant(world: World, role: str) -> None:
    """A PUT of an id that does not exist here may make one here: what must stay is the other tenant, to the byte."""
    staffed(world)
    client = world.client("riverside", role)
    before = world.context.config.directory.tenants["lakeside"]
    leaks, asked = [], 0
    for method, rule in sorted(routes(world), key=lambda route: route[0] == "PUT"):
        if (method, rule.rule) in PUBLIC or "id" not in rule.arguments:
            continue
        for path in filled(rule):
            answer = client.open(path, method=method, json=body_of(method, rule, path))
            asked += 1
            world.clock.now += 0.1  # nobody is that fast
            made_here = method == "PUT" and answer.status_code in (201, 422)
            refused = answer.status_code in (403, 404, 405)
            if not (refused or made_here) or (method == "GET" and b"lakeside" in answer.data.lower()):
                leaks.append((method, path, answer.status_code, answer.data[:80]))
    assert [] == leaks
    assert asked > 200
    assert before == world.context.config.directory.tenants["lakeside"]
    assert world.context.history.activity("lakeside", f"v{LAKESIDE[3]}").unread  # type: ignore[union-attr]
    assert not [asked for asked in world.switch.asked if asked["op"] in ("hangup", "transfer")]


def test_no_list_shows_anything_of_another_tenant(world: World) -> None:
    client = world.client("riverside", "ann")
    lists = [rule.rule for method, rule in routes(world) if method == "GET" and "id" not in rule.arguments]
    paths = [path.replace("<kind>", kind) for path in lists for kind in (KINDS if "<kind>" in path else ("",))]
    for path in (p for p in paths if p.startswith("/api/") and "<" not in p):
        data = client.get(f"{path}?from=0" if "diff" in path else path).data
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode(errors="replace").lower()
        assert "lakeside" not in text, path
        assert LAKESIDE[2] not in text, path


@pytest.mark.parametrize("how", [{"headers": {"X-Tenant": "lakeside"}}, {"query_string": {"tenant": "lakeside"}}])
def test_naming_another_tenant_is_refused_on_every_route(world: World, how: dict[str, dict[str, str]]) -> None:
    client = world.client("riverside", "ann")
    for method, rule in routes(world):
        if (
            rule.rule.startswith("/api/v1/")
            and rule.rule != "/api/v1/me/password"
            and (method, rule.rule) not in PUBLIC
        ):
            path = rule.rule.replace("<kind>", "user").replace("<id>", "ann").replace("<form>", "csv")
            answer = client.open(path, method=method, json={}, **how)
            assert answer.status_code in (400, 403, 422), (method, path, answer.status_code)
            assert b"lakeside" not in answer.data


def test_an_operator_chooses_the_tenant(world: World) -> None:
    client = world.client("riverside", "ann", operator=True)
    names = [
        client.get("/api/v1/me", headers={"X-Tenant": t}).get_json()["tenant"]["id"] for t in ("riverside", "lakeside")
    ]
    assert ["riverside", "lakeside"] == names
    assert 404 == client.get("/api/v1/calls", headers={"X-Tenant": "nobody"}).status_code


def test_what_is_not_there_and_what_is_somebody_elses_get_the_same_answer(world: World) -> None:
    client = world.client("riverside", "ann")
    answers = []
    for id in ("c2", "c7"):
        problem = json.loads(client.get(f"/api/v1/calls/{id}").data)
        answers.append({**problem, "request_id": ""})
    assert answers[0] == answers[1]


def test_a_simulation_knows_only_the_own_numbers(world: World) -> None:
    client = world.client("riverside", "ann")
    mine, others, nobodys = (
        client.post("/api/v1/simulate", json={"number": number, "from": "+12025550100"}).get_json()
        for number in ("+12025550123", LAKESIDE[2], "+12025550199")
    )
    assert "voicemail" == mine["outcome"]
    assert others["outcome"] == nobodys["outcome"]
    assert [s["code"] for s in others["steps"]] == [s["code"] for s in nobodys["steps"]]
