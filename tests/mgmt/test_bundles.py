"""Tenants as files over HTTP, and tables of other systems."""

from __future__ import annotations

from configdb.bundle import unpack
from configdb.importers import read
from tests.mgmt.conftest import World


def test_a_tenant_goes_out_comes_in_and_goes_out_as_the_same_bytes(world: World) -> None:
    operator = world.script()
    first = operator.get("/api/v1/config-bundle/riverside?secrets=1").data
    same = operator.post("/api/v1/config-bundle", data=first).json
    assert (0, 0, 0, None) == (same["added"], same["changed"], same["removed"], same["applied"])
    document = operator.get("/api/v1/config/user/ann").json["document"]
    operator.put("/api/v1/config/user/ann", json={**document, "extension": "177"}, headers={"If-Match": "*"})
    operator.put("/api/v1/config/contacts/c", json={"id": "c", "name": "C"})
    back = operator.post("/api/v1/config-bundle", data=first).json
    assert (0, 1, 1) == (back["added"], back["changed"], back["removed"])
    assert first == operator.get("/api/v1/config-bundle/riverside?secrets=1").data


def test_a_tenant_like_another_is_made_of_its_file(world: World) -> None:
    operator = world.script()
    data = operator.get("/api/v1/config-bundle/riverside").data
    look = operator.post("/api/v1/config-bundle?as=copy&dry_run=1", data=data).json
    assert "copy" not in world.context.config.directory.tenants
    made = operator.post("/api/v1/config-bundle?as=copy", data=data).json
    assert ({}, look["added"]) == (look["passwords"], made["added"])
    view, old = (world.context.config.directory.tenants[name] for name in ("copy", "riverside"))
    assert (set(old.users), set(old.flows), {}) == (set(view.users), set(view.flows), dict(view.numbers))
    assert set(view.devices) == set(made["passwords"])
    assert [f"number/{id}" for id in sorted(old.numbers)] == made["left_out"]
    assert 409 == operator.post("/api/v1/config-bundle?as=copy", data=data).status_code


def test_a_file_of_another_node_is_taken_only_when_it_is_trusted(world: World) -> None:
    operator = world.script()
    data = operator.get("/api/v1/config-bundle/riverside").data
    (world.context.settings.data_dir / "secrets" / "bundle.key").write_text("ab" * 32)
    assert 403 == operator.post("/api/v1/config-bundle", data=data).status_code
    assert 200 == operator.post("/api/v1/config-bundle?trust=1", data=data).status_code


def test_a_table_of_another_system_comes_in_as_one_change(world: World) -> None:
    found = read("csv", ["name,extension,number\nEve,155,2025550140\n"])
    body = {"format": "softswitch-tenant-1", "tenant": "riverside", "objects": found.objects}
    done = world.script().post("/api/v1/config-import", json=body).json
    assert (4, ["u155"]) == (done["added"], list(done["passwords"]))
    assert "u155" in world.context.config.directory.tenants["riverside"].users


def test_the_past_goes_along_when_it_is_asked_for_without_secrets_and_changes_nothing_where_it_comes(
    world: World,
) -> None:
    operator = world.script()
    operator.put("/api/v1/config/contacts/c", json={"id": "c", "name": "C"})
    data = operator.get("/api/v1/config-bundle/riverside?history=1&secrets=1").data
    entries = unpack(data).history
    assert [entry.sequence for entry in world.context.config.history("riverside")] == [
        one["sequence"] for one in entries
    ]
    (change,) = entries[-1]["changes"]
    assert ("contacts", "c", "C") == (change["kind"], change["id"], change["document"]["name"])
    fields = {name for one in entries for change in one["changes"] for name in change["document"] or ()}
    assert not fields & {"ha1_md5", "ha1_sha256", "password_hash", "key_sha256"}
    assert entries[:1] == unpack(operator.get("/api/v1/config-bundle/riverside?history=1&at=1").data).history[:1]
    same = operator.post("/api/v1/config-bundle", data=data).json
    assert (0, 0, 0, None) == (same["added"], same["changed"], same["removed"], same["applied"])
