"""The kinds beside telephones: what fits together, what is refused, what is never shown."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from configdb.errors import Refused
from configdb.log import Change
from configdb.model import KINDS, SYSTEM
from configdb.schema import UPGRADES, Document, Upgrade, pointer, upgraded
from configdb.secrets import SEALED_FIELDS, SECRET_FIELDS, Sealer
from ivr.hours import decide
from tests.configdb.conftest import Connect, person, tenant


def planned(**more: object) -> Change:
    """A change of Ann's name for later."""
    changes = [{"kind": "user", "id": "ann", "patch": {"name": "Anna"}}]
    return Change("planned", "p", {"id": "p", "at": "2027-01-01T09:00:00Z", "actor": "ann", "changes": changes, **more})


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (tenant(plan="gold"), "dangling", "/tenant/acme/plan"),
        (
            Change("schedule", "s", {"id": "s", "name": "S", "holiday_sets": ["us"]}),
            "dangling",
            "/schedule/s/holiday_sets/0",
        ),
        (
            Change("holidays", "us", {"id": "us", "name": "US", "holidays": [{"date": "2026-02-30", "name": "No"}]}),
            "invalid_date",
            "/holidays/us/holidays/0/date",
        ),
        (
            Change("api_key", "k", {"id": "k", "name": "K", "key_sha256": "0" * 64, "user": "zoe"}),
            "dangling",
            "/api_key/k/user",
        ),
        (
            planned(changes=[{"kind": "device", "id": "d", "patch": {"ha1_md5": "x"}}]),
            "secret_field",
            "/planned/p/changes/0/patch/ha1_md5",
        ),
        (planned(changes=[{"kind": "planned", "id": "q", "patch": None}]), "circle", "/planned/p/changes/0"),
    ],
)
def test_what_does_not_fit_in_a_tenant_is_refused_with_its_place(
    connect: Connect, change: Change, code: str, pointer: str
) -> None:
    client = connect()
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    with pytest.raises(Refused) as refused:
        client.transact("acme", [change], "test", "wrong")
    assert (code, (pointer,)) == (refused.value.code, refused.value.pointers)


@pytest.mark.parametrize(
    ("kind", "document", "code"),
    [
        ("shard", {"id": "east", "region": "us"}, "dangling"),
        ("node", {"id": "n1", "region": "us"}, "dangling"),
        ("placement", {"id": "acme", "shard": "east"}, "dangling"),
        ("partner", {"id": "p", "partner": "wix", "account": "1", "tenant": "nobody"}, "dangling"),
    ],
)
def test_what_does_not_fit_in_the_estate_is_refused(
    connect: Connect, kind: str, document: dict[str, object], code: str
) -> None:
    client = connect()
    with pytest.raises(Refused) as refused:
        client.transact(SYSTEM, [Change(kind, str(document["id"]), document)], "test", "wrong")
    assert code == refused.value.code


def test_a_plan_is_a_limit_and_removing_is_allowed_beyond_it(connect: Connect) -> None:
    client = connect()
    client.transact("acme", [tenant(), *(person(f"u{n}", f"10{n}") for n in range(4))], "test", "four people")
    client.transact(SYSTEM, [Change("plan", "small", {"id": "small", "name": "Small", "users_max": 2})], "test", "plan")
    with pytest.raises(Refused) as refused:
        client.transact("acme", [tenant(plan="small")], "test", "too small")
    assert "plan_limit" == refused.value.code
    roomy = {"id": "small", "name": "Small", "users_max": 9}
    client.transact(SYSTEM, [Change("plan", "small", roomy)], "test", "roomy")
    client.transact("acme", [tenant(plan="small")], "test", "fits")
    client.transact(SYSTEM, [Change("plan", "small", {**roomy, "users_max": 2})], "test", "small again")
    client.transact("acme", [Change("user", "u3", None)], "test", "one leaves")
    with pytest.raises(Refused):
        client.transact("acme", [person("u9", "109")], "test", "one comes")


def test_a_plan_that_is_used_stays(connect: Connect) -> None:
    client = connect()
    client.transact(SYSTEM, [Change("plan", "small", {"id": "small", "name": "Small"})], "test", "plan")
    client.transact("acme", [tenant(plan="small")], "test", "begin")
    with pytest.raises(Refused) as refused:
        client.transact(SYSTEM, [Change("plan", "small", None)], "test", "gone")
    assert "in_use" == refused.value.code


def test_an_account_of_a_partner_is_one_tenant(connect: Connect) -> None:
    client = connect()
    client.transact("acme", [tenant()], "test", "begin")
    one = {"partner": "wix", "account": "1", "tenant": "acme"}
    client.transact(SYSTEM, [Change("partner", "a", {"id": "a", **one})], "test", "installed")
    with pytest.raises(Refused) as refused:
        client.transact(SYSTEM, [Change("partner", "b", {"id": "b", **one})], "test", "installed again")
    assert ("duplicate_account", 409) == (refused.value.code, refused.value.status)


def test_a_frozen_tenant_takes_nothing_until_it_is_free_again(connect: Connect) -> None:
    client = connect()
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    client.transact("acme", [tenant(frozen="audit")], "test", "frozen")
    with pytest.raises(Refused) as refused:
        client.transact("acme", [person("ann", "102")], "test", "moved")
    assert ("frozen", 423) == (refused.value.code, refused.value.status)
    client.transact("acme", [tenant(), person("ann", "102")], "test", "free and moved")
    assert "102" == client.directory.tenants["acme"].users["ann"].extension


def test_a_schedule_is_closed_on_the_holidays_of_its_sets(connect: Connect) -> None:
    client = connect()
    holidays = {"id": "us", "name": "US", "holidays": [{"date": "2026-07-03", "name": "Independence Day"}]}
    week = {day: [{"start": "09:00", "end": "17:00"}] for day in ("mon", "tue", "wed", "thu", "fri")}
    schedule = {"id": "s", "name": "S", "weekly": week, "holiday_sets": ["us"]}
    client.transact("acme", [tenant(), Change("holidays", "us", holidays), Change("schedule", "s", schedule)], "t", "b")
    view = client.directory.tenants["acme"]
    step = decide(view.schedules["s"], "America/New_York", datetime(2026, 7, 3, 15, tzinfo=UTC))
    assert "closed: holiday 'Independence Day', America/New_York" == step.text
    written = client.get("acme", "schedule", "s")
    assert written is not None
    assert () == written.value.model_dump()["holidays"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_json_schema_that_says_which_fields_it_needs(kind: str) -> None:
    schema = KINDS[kind].model_json_schema()
    assert "object" == schema["type"]
    assert False is schema["additionalProperties"]
    assert "id" in schema["properties"]


def test_every_secret_field_is_a_field_of_its_kind_and_every_sealed_one_is_secret(sealer: Sealer) -> None:
    for kind, fields in SECRET_FIELDS.items():
        assert set() == set(fields) - set(KINDS[kind].model_fields)
    assert set() == {(k, f) for k, fs in SEALED_FIELDS.items() for f in fs if f not in SECRET_FIELDS[k]}


def test_the_secret_of_a_web_hook_is_sealed(connect: Connect, sealer: Sealer) -> None:
    client = connect()
    hook = {"id": "h", "url": "https://example.com/hook", "events": ["call.*"], "secret": "s3cret"}
    client.transact("acme", [tenant(), Change("webhook", "h", hook)], "test", "hook")
    stored = client.history("acme")[0].changes[1].document
    assert stored is not None
    assert "s3cret" == sealer.open(stored["secret"])


def test_documents_of_every_older_version_are_read_through_all_upgrades() -> None:
    def renamed(document: Document) -> Document:
        return {("extension" if name == "ext" else name): value for name, value in document.items()}

    def lengthened(document: Document) -> Document:
        return {**document, "extension": f"1{document['extension']}"}

    upgrades = (Upgrade("user", 1, renamed), Upgrade("user", 2, lengthened), Upgrade("group", 1, lengthened))
    assert {"id": "a", "extension": "101"} == upgraded("user", {"id": "a", "ext": "01"}, 1, upgrades, 3)
    assert {"id": "a", "extension": "101"} == upgraded("user", {"id": "a", "extension": "01"}, 2, upgrades, 3)
    assert {"id": "a", "ext": "01"} == upgraded("trunk", {"id": "a", "ext": "01"}, 1, upgrades, 3)
    assert len({(one.kind, one.version) for one in UPGRADES}) == len(UPGRADES)


def test_of_a_key_only_the_hash_is_kept() -> None:
    found = KINDS["api_key"].model_validate({"id": "k", "name": "K", "key_sha256": hashlib.sha256(b"k").hexdigest()})
    assert {"id", "name", "key_sha256", "user", "role", "scopes", "expires_at"} == set(found.model_dump())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), ""),
        (("user", "ann"), "/user/ann"),
        (("a/b", 0, "c~d"), "/a~1b/0/c~0d"),
        (("", ""), "//"),
        (("a/b",), "/a~1b"),
    ],
)
def test_a_pointer_is_escaped_as_its_rfc_says(parts: tuple[object, ...], expected: str) -> None:
    assert expected == pointer(*parts)
