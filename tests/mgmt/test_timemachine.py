"""The time machine over HTTP: log, differences, blame, the way back, and changes that are planned."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from configdb.log import LogState
from configdb.log_memory import MemoryLog
from mgmt.usecases import planned, replicas
from tests.configdb.conftest import eventually
from tests.mgmt.conftest import NOW, World

LOG = structlog.stdlib.get_logger()


def moved(world: World, extension: str) -> int:
    """Ann gets another extension; the version."""
    client = world.client()
    document = client.get("/api/v1/config/user/ann").json["document"]
    answer = client.put(
        "/api/v1/config/user/ann?reason=moved", json={**document, "extension": extension}, headers={"If-Match": "*"}
    )
    assert 200 == answer.status_code, answer.json
    return int(answer.json["applied"]["sequence"])


def extension(world: World) -> str:
    return str(world.client().get("/api/v1/config/user/ann").json["document"]["extension"])


def test_an_answer_to_a_change_is_a_receipt(world: World) -> None:
    client = world.client()
    document = client.get("/api/v1/config/user/ann").json["document"]
    applied = client.put("/api/v1/config/user/ann", json=document, headers={"If-Match": "*"}).json["applied"]
    assert (1, 1, []) == (applied["nodes"], applied["of"], applied["missing"])


def test_one_object_is_rolled_back_after_a_look_at_what_would_change(world: World) -> None:
    before, first = extension(world), world.context.config.state.sequence
    moved(world, "177")
    client = world.client()
    asked = f"/api/v1/config-rollback?to={first}&kind=user&id=ann"
    look = client.post(f"{asked}&dry_run=1").json
    assert ([f"extension: 177 -> {before}"], None) == (look["data"][0]["lines"], look["applied"])
    assert "177" == extension(world)
    assert 1 == client.post(asked).json["applied"]["nodes"]
    assert before == extension(world)
    newest = client.get("/api/v1/config-log").json["data"][0]
    assert f"user ann rolled back to version {first}" == newest["reason"]


def test_a_moment_may_be_a_time(world: World) -> None:
    moved(world, "177")
    world.clock.now = NOW + 3600
    moved(world, "178")
    half = datetime.fromtimestamp(NOW + 1800, UTC).isoformat()
    found = world.client().get("/api/v1/config-diff", query_string={"from": half}).json
    assert ["extension: 177 -> 178"] == found["data"][0]["lines"]
    assert 400 == world.client().get("/api/v1/config-diff?from=yesterday").status_code
    assert 404 == world.client().post("/api/v1/config-rollback?to=2001-01-01").status_code


def test_blame_names_the_author_of_each_field(world: World) -> None:
    version = moved(world, "177")
    rows = {row["field"]: row for row in world.client().get("/api/v1/config-blame/user/ann").json["data"]}
    assert (version, "moved") == (rows["extension"]["sequence"], rows["extension"]["reason"])


def test_who_may_not_change_a_thing_may_not_roll_it_back(world: World) -> None:
    first = world.context.config.state.sequence
    operator = world.script()
    tenant = operator.get("/api/v1/config/tenant/riverside").json["document"]
    put = {**tenant, "country": "CA"}
    answer = operator.put("/api/v1/config/tenant/riverside", json=put, headers={"If-Match": "*"})
    assert 200 == answer.status_code
    answer = world.client().post(f"/api/v1/config-rollback?to={first}")
    assert (403, "forbidden_field") == (answer.status_code, answer.json["code"])


def plan(world: World, patch: dict[str, object], at: float = NOW + 60) -> int:
    when = datetime.fromtimestamp(at, UTC).isoformat()
    body = {"at": when, "actor": "me", "reason": "december", "changes": [{"kind": "user", "id": "ann", "patch": patch}]}
    return world.client().put("/api/v1/config/planned/p", json=body, headers={"If-None-Match": "*"}).status_code


def test_a_planned_change_is_made_at_its_moment_in_the_name_of_who_planned_it(world: World) -> None:
    assert 201 == plan(world, {"extension": "177"})
    assert 0 == planned.run_due(world.context, LOG)
    world.clock.now = NOW + 61
    assert 1 == planned.run_due(world.context, LOG)
    assert "177" == extension(world)
    assert [] == world.client().get("/api/v1/config/planned").json["data"]
    newest = world.client().get("/api/v1/config-log").json["data"][0]
    assert "december" == newest["reason"]
    assert "me" != newest["actor"]
    assert 0 == planned.run_due(world.context, LOG)


def test_a_planned_change_that_does_not_fit_says_why_and_changes_nothing(world: World) -> None:
    before = extension(world)
    assert 201 == plan(world, {"mailbox": "nowhere"})
    world.clock.now = NOW + 61
    assert 0 == planned.run_due(world.context, LOG)
    found = world.client().get("/api/v1/config/planned/p").json["document"]
    assert "there is no mailbox 'nowhere'" in found["problem"]
    assert before == extension(world)
    assert 0 == planned.run_due(world.context, LOG)


def test_nobody_plans_what_they_may_not_do(world: World) -> None:
    body = {
        "at": "2027-01-01T00:00:00Z",
        "actor": "me",
        "changes": [{"kind": "tenant", "id": "riverside", "patch": {"country": "CA"}}],
    }
    answer = world.client().put("/api/v1/config/planned/p", json=body, headers={"If-None-Match": "*"})
    assert 403 == answer.status_code


def test_while_a_tenant_is_frozen_its_plans_wait(world: World) -> None:
    assert 201 == plan(world, {"extension": "177"})
    client = world.client()
    tenant = client.get("/api/v1/config/tenant/riverside").json["document"]
    frozen = client.put(
        "/api/v1/config/tenant/riverside", json={**tenant, "frozen": "audit"}, headers={"If-Match": "*"}
    )
    assert 200 == frozen.status_code
    world.clock.now = NOW + 61
    assert 0 == planned.run_due(world.context, LOG)
    client.put("/api/v1/config/tenant/riverside", json=tenant, headers={"If-Match": "*"})
    assert 1 == planned.run_due(world.context, LOG)


def test_the_log_of_one_object_has_its_changes_and_no_others(world: World) -> None:
    client = world.client()
    moved(world, "178")
    for number in range(45):
        body = {"id": f"s{number}", "name": "x"}
        assert 201 == client.put(f"/api/v1/config/schedule/s{number}", json=body).status_code
    moved(world, "179")
    seen, cursor = [], ""
    for _ in range(5):
        page = client.get(f"/api/v1/config-log?kind=user&id=ann{cursor}").json
        seen += [entry for entry in page["data"] if entry["reason"] == "moved"]
        assert all(any(c["id"] == "ann" for c in entry["changes"]) for entry in page["data"])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert 2 == len(seen)


def test_a_log_that_lost_its_end_has_it_again_from_the_replica_and_takes_changes(world: World) -> None:
    config, log = world.context.config, world.context.config._log
    assert isinstance(log, MemoryLog)
    last = moved(world, "178")
    replicas.write_back(world.context, LOG)  # nothing to do
    del log._entries[-3:]
    eventually(lambda: config.status.state is LogState.REPLACED)
    replicas.write_back(world.context, LOG)
    eventually(lambda: config.status.state is LogState.FOLLOWING)
    assert last + 1 == moved(world, "179")
