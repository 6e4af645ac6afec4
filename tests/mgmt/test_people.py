"""The people of a company: invitations, links, roles, disabling, signing out; what a link is worth and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from configdb.log import Change
from configdb.people import Credentials
from configdb.schema import to_document
from history.app import App
from mgmt.access.apps import proof_of
from mgmt.access.ways_in import credentials_of, keeping
from mgmt.limits import invitation_age_s_max, reset_age_s_max
from mgmt.usecases import people
from tests.mgmt.access.test_rights import below, staffed
from tests.mgmt.conftest import FLOW, NOW, PASSWORD, World

JsonOf = Callable[..., Any]
GOOD = "seven wet umbrellas"
EVE = {"name": "Eve Stone", "email": "eve@riverside.example", "role": "user"}


def invited(world: World, **more: Any) -> dict[str, Any]:
    """Eve, invited by Ann; the answer."""
    answer = world.client().post("/api/v1/people", json={**EVE, **more})
    assert 201 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json
    return found


def token_of(answer: dict[str, Any]) -> str:
    return str(answer["link"].rpartition("token=")[2])


def come_in(world: World, token: str, password: str = GOOD) -> tuple[int, str]:
    answer = world.client(user=None).post("/invited", data={"token": token, "password": password})
    return answer.status_code, answer.get_data(as_text=True)


def person(world: World, id: str) -> dict[str, Any]:
    rows = world.client().get("/api/v1/people").json["data"]
    return next(row for row in rows if row["id"] == id)


def test_somebody_who_is_invited_chooses_a_password_and_is_in(world: World) -> None:
    answer = invited(world)
    assert ("eve", "103", "invited", False) == (
        *(answer["person"][name] for name in ("id", "extension", "state")),
        answer["mailed"],
    )
    client = world.client(user=None)
    page = client.get(f"/invited?token={token_of(answer)}").get_data(as_text=True)
    assert "Welcome to Riverside" in page
    assert "eve@riverside.example" in page
    assert 303 == client.post("/invited", data={"token": token_of(answer), "password": GOOD}).status_code
    assert ("eve", "user") == tuple(client.get("/api/v1/me").json["user"][name] for name in ("id", "role"))
    assert "active" == person(world, "eve")["state"]
    login = world.client(user=None).post("/login", data={"email": EVE["email"], "password": GOOD})
    assert 303 == login.status_code


def test_an_invitation_works_once_and_for_a_week(world: World) -> None:
    token = token_of(invited(world))
    world.clock.now += invitation_age_s_max + 1
    assert 403 == come_in(world, token)[0]
    assert person(world, "eve")["invitation"]["expired"]
    token = token_of(world.client().post("/api/v1/people/eve/link").json)
    assert 303 == come_in(world, token)[0]
    assert 403 == come_in(world, token)[0]


def test_a_new_invitation_ends_the_old_one_and_a_withdrawn_one_is_none(world: World) -> None:
    first = token_of(invited(world))
    second = token_of(world.client().post("/api/v1/people/eve/link").json)
    assert 403 == come_in(world, first)[0]
    assert 204 == world.client().delete("/api/v1/people/eve/invitation").status_code
    assert 403 == come_in(world, second)[0]
    assert 404 == world.client().delete("/api/v1/people/eve/invitation").status_code


def test_a_link_is_never_kept_and_a_changed_one_is_none(world: World) -> None:
    token = token_of(invited(world))
    log = str(world.script().get("/api/v1/config-log").json) + str(world.script().get("/api/v1/config-export").json)
    assert token not in log
    said, _, signature = token.partition(".")
    for wrong in (f"{said}.{signature[:-2]}aa", f"{said}A.{signature}", said, "", ".", "x" * 5000, f"{token}."):
        assert 403 == come_in(world, wrong)[0]
        world.clock.now += 3600


@pytest.mark.parametrize(
    "password, reason",
    [
        ("short", "12 to 256 characters"),
        ("eve.stone.riverside", "own name, address or company"),
        ("password123456", "everybody tries first"),
        ("qwertyuiop12345", "rows like"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason_and_the_link_stays(
    world: World, password: str, reason: str
) -> None:
    token = token_of(invited(world))
    status, page = come_in(world, token, password)
    assert 422 == status
    assert reason in page
    assert 303 == come_in(world, token)[0]


def test_an_address_belongs_to_one_person(world: World, json_of: JsonOf) -> None:
    taken = world.client().post("/api/v1/people", json={**EVE, "email": "ANN@riverside.example"})
    assert (409, "email_taken") == json_of(taken)
    assert (409, "email_taken") == json_of(
        world.client().patch("/api/v1/people/ben", json={"email": "ann@riverside.example"})
    )
    assert 422 == world.client().post("/api/v1/people", json={**EVE, "email": "no address"}).status_code


def test_a_disabled_person_is_out_and_so_is_every_link_and_key(world: World, json_of: JsonOf) -> None:
    carla, link = world.client(user="carla"), world.client().post("/api/v1/people/carla/link").json
    key = {"id": "k", "name": "K", "role": "user", "user": "carla"}
    secret = world.client().put("/api/v1/config/api_key/k", json=key).json["password"]
    assert "disabled" == world.client().patch("/api/v1/people/carla", json={"disabled": True}).json["state"]
    assert 401 == carla.get("/api/v1/me").status_code
    assert 401 == carla.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code
    assert (
        401
        == world.client(user=None)
        .post("/login", data={"email": "carla@riverside.example", "password": PASSWORD})
        .status_code
    )
    assert 403 == come_in(world, token_of(link))[0]
    assert (409, "disabled") == json_of(world.client().post("/api/v1/people/carla/link"))
    assert "active" == world.client().patch("/api/v1/people/carla", json={"disabled": False}).json["state"]


def test_nobody_disables_themselves_or_the_last_owner(world: World, json_of: JsonOf) -> None:
    assert (409, "yourself") == json_of(world.client().patch("/api/v1/people/ann", json={"disabled": True}))
    assert (409, "last_owner") == json_of(world.script().patch("/api/v1/people/ann", json={"disabled": True}))
    assert (403, "forbidden_field") == json_of(
        world.client(user="ben").patch("/api/v1/people/ann", json={"disabled": True})
    )


def test_a_manager_makes_no_link_to_come_in_as_an_owner(world: World, json_of: JsonOf) -> None:
    ben = world.client(user="ben")
    for method, path in (("POST", "link"), ("DELETE", "factors"), ("DELETE", "sessions")):
        assert (403, "owners_only") == json_of(ben.open(f"/api/v1/people/ann/{path}", method=method))
    assert 200 == ben.post("/api/v1/people/carla/link").status_code


def test_a_reset_link_works_once_within_an_hour_and_ends_all_sessions(world: World) -> None:
    carla = world.client(user="carla")
    link = token_of(world.client().post("/api/v1/people/carla/link").json)
    assert 303 == come_in(world, link)[0]
    assert 401 == carla.get("/api/v1/me").status_code
    assert 403 == come_in(world, link)[0]
    late = token_of(world.client().post("/api/v1/people/carla/link").json)
    world.clock.now += reset_age_s_max + 1
    assert 403 == come_in(world, late)[0]


def test_a_reset_link_is_no_way_around_the_second_factor(world: World) -> None:
    keep = Credentials(id="carla", totp=world.context.sealer.seal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
    world.context.config.transact("riverside", [keeping(keep)], "test", "factor")
    link = token_of(world.client().post("/api/v1/people/carla/link").json)
    status, page = come_in(world, link)
    assert (200, True) == (status, 'name="code"' in page)


def test_factors_that_were_lost_are_removed_and_the_person_signed_out(world: World) -> None:
    keep = Credentials(id="carla", totp=world.context.sealer.seal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
    world.context.config.transact("riverside", [keeping(keep)], "test", "factor")
    carla = world.client(user="carla")
    assert person(world, "carla")["second_factor"]
    assert 204 == world.client().delete("/api/v1/people/carla/factors").status_code
    assert not person(world, "carla")["second_factor"]
    assert 401 == carla.get("/api/v1/me").status_code


def test_a_forgotten_password_says_nothing_of_accounts_and_is_limited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(people, "_mail", lambda *given: sent.append(given[2].id))
    client, pages = world.client(user=None), []
    for email in ("ann@riverside.example", "nobody@riverside.example"):
        answer = client.post("/forgot", data={"email": email})
        pages.append((answer.status_code, answer.get_data(as_text=True)))
    assert pages[0] == pages[1]
    assert ["ann"] == sent
    statuses = [client.post("/forgot", data={"email": "ben@riverside.example"}).status_code for _ in range(6)]
    assert [200] * 5 + [429] == statuses
    assert 303 == client.post("/login", data={"email": "ben@riverside.example", "password": PASSWORD}).status_code


def test_who_goes_takes_what_they_signed_in_with_along(world: World) -> None:
    keep = Credentials(id="carla", recovery_sha256=("a" * 64,))
    world.context.config.transact("riverside", [keeping(keep)], "test", "factor")
    assert 204 == world.client().delete("/api/v1/config/user/carla").status_code
    again = {"id": "carla", "name": "Other Carla", "extension": "102"}
    world.context.config.transact("riverside", [Change("user", "carla", again)], "test", "again")
    view = world.context.config.directory.tenants["riverside"]
    assert Credentials(id="carla") == credentials_of(view, "carla")


def test_who_goes_is_signed_out_and_so_is_not_who_comes_later_under_the_same_id(world: World) -> None:
    world.context.config.watch(lambda _, entry: people.gone(world.context, entry))
    carla = {"id": "carla", "name": "Carla", "extension": "102"}
    world.context.config.transact("riverside", [Change("user", "carla", carla)], "test", "by single sign-on alone")
    browser, user = world.client(user="carla"), world.context.config.directory.tenants["riverside"].users["carla"]
    app = App("app-1", "riverside", "carla", "device-1", "Pixel", "android", NOW, NOW, way="sso", proof=proof_of(user))
    token = world.context.apps.opened(app).access
    drawing, first = "/api/v1/me/drafts/main", {"If-None-Match": "*"}
    drawn = {"document": FLOW, "base": 1}
    assert 200 == browser.put(drawing, json=drawn, headers=first).status_code
    assert 200 == world.client().put(drawing, json=drawn, headers=first).status_code
    assert world.context.apps.find(token) is not None
    assert 204 == world.client().delete("/api/v1/config/user/carla").status_code
    again = {**carla, "name": "Other Carla"}
    world.context.config.transact("riverside", [Change("user", "carla", again)], "test", "again")
    assert 401 == browser.get("/api/v1/me").status_code
    assert world.context.apps.find(token) is None
    assert world.client(user="carla").get(drawing).json["draft"] is None
    assert world.client().get(drawing).json["draft"] is not None


def test_the_way_back_in_time_brings_no_old_password_or_factor(world: World) -> None:
    view = world.context.config.directory.tenants["riverside"]
    before, old = view.sequence, view.users["carla"]
    link = token_of(world.client().post("/api/v1/people/carla/link").json)
    come_in(world, link)
    keep = Credentials(id="carla", recovery_sha256=("a" * 64,))
    world.context.config.transact("riverside", [keeping(keep)], "test", "factor")
    world.client().patch("/api/v1/people/carla", json={"name": "Carla Otherwise"})
    answer = world.client().post(f"/api/v1/config-rollback?to={before}")
    assert 200 == answer.status_code, answer.text
    view = world.context.config.directory.tenants["riverside"]
    assert old.name == view.users["carla"].name
    assert old.password_hash != view.users["carla"].password_hash
    assert keep == credentials_of(view, "carla")


def test_a_reseller_lets_people_in_only_while_the_company_agrees(world: World, json_of: JsonOf) -> None:
    staffed(world)
    below(world)
    rita = world.client(user="rita")
    rita.environ_base["HTTP_X_TENANT"] = "lakeside"
    eve = {**EVE, "role": "owner"}
    assert (403, "no_consent") == json_of(rita.post("/api/v1/people", json=eve))
    assert (403, "no_consent") == json_of(rita.post("/api/v1/people/ann/link"))
    lakeside = world.context.config.directory.tenants["lakeside"].tenant
    until = datetime.fromtimestamp(world.clock() + 3600, UTC)
    agreed = to_document(lakeside.model_copy(update={"support_until": until}))
    world.context.config.transact("lakeside", [Change("tenant", "lakeside", agreed)], "test", "agreed")
    assert 201 == rita.post("/api/v1/people", json=eve).status_code


def test_a_person_sees_and_ends_their_own_sessions(world: World, json_of: JsonOf) -> None:
    here, there, other = world.client(), world.client(), world.client(user="ben")
    rows = here.get("/api/v1/me/sessions").json["data"]
    assert [False, True] == sorted(row["here"] for row in rows)
    away = next(row["id"] for row in rows if not row["here"])
    assert (404, "not_found") == json_of(other.delete(f"/api/v1/me/sessions/{away}"))
    assert 204 == here.delete(f"/api/v1/me/sessions/{away}").status_code
    assert [200, 401] == [client.get("/api/v1/me").status_code for client in (here, there)]
    third = world.client()
    assert 204 == here.delete("/api/v1/me/sessions/others").status_code
    assert [200, 401, 200] == [client.get("/api/v1/me").status_code for client in (here, third, other)]


def test_a_change_at_an_old_version_is_refused(world: World, json_of: JsonOf) -> None:
    version = person(world, "carla")["version"]
    headers = {"If-Match": f'"{version}"'}
    assert 200 == world.client().patch("/api/v1/people/carla", json={"name": "C"}, headers=headers).status_code
    assert (412, "version_conflict") == json_of(
        world.client().patch("/api/v1/people/carla", json={"name": "D"}, headers=headers)
    )


def test_a_wrong_password_is_said_in_the_language_of_the_page(world: World) -> None:
    login = {"email": "ann@riverside.example", "password": "not this one"}
    page = world.client(user=None).post("/login", data=login, headers={"Accept-Language": "ru"})
    assert (401, True) == (page.status_code, "не подходят друг к другу" in page.get_data(as_text=True))


def test_the_pages_speak_the_language_of_the_browser(world: World) -> None:
    client = world.client(user=None)
    for path in ("/login", "/forgot"):
        page = client.get(path, headers={"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}).get_data(as_text=True)
        assert '<html lang="ru">' in page
        assert re.search("[а-я]{4}", page)
    assert '<html lang="en">' in client.get("/login", headers={"Accept-Language": "fr"}).get_data(as_text=True)
