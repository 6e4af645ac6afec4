"""ReactStore: a contact page and an inbox for nothing, without a script and as JSON; later a number for the same company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.signup import trials
from mgmt.usecases import store
from tests.mgmt.conftest import World
from tests.mgmt.partners.desk import NUMBERS, Desk

JsonOf = Callable[..., Any]
ASKED = {
    "email": "eve@shop.example",
    "name": "Eve Shop",
    "company": "Eve's Shop",
    "site": "https://Shop.example/contact?x=1",
    "tz": "Europe/Berlin",
    "locale": "en-GB",
}
PATH = "/reactstore/api/signup"


class Shop:
    """A node that gives contact pages away, and a program that asks for one."""

    def __init__(self, world: World) -> None:
        self.desk = Desk(world)
        self.desk.config.transact(
            SYSTEM, [Change("store_front", "reactstore", {"id": "reactstore", "plan": "free"})], "test", "free"
        )
        self.program: FlaskClient = self.desk.app.test_client()

    def begun(self, **more: Any) -> str:
        begun = self.program.post(PATH, json={**ASKED, **more})
        assert 202 == begun.status_code, begun.get_data(as_text=True)
        return f"{PATH}/{begun.json['id']}"

    def made(self) -> tuple[str, dict[str, Any]]:
        path = self.begun()
        made = self.program.post(f"{path}/verify", json={"code": self.desk.code()})
        assert 201 == made.status_code, made.get_data(as_text=True)
        return path, dict(made.json)


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


def test_an_address_that_is_verified_becomes_a_company_with_a_contact_form(shop: Shop, json_of: JsonOf) -> None:
    path, made = shop.made()
    view = shop.desk.config.directory.tenants[made["tenant"]]
    assert ("Europe/Berlin", "Eve Shop", "free") == (view.tenant.timezone, view.users["owner"].name, view.tenant.plan)
    known = shop.program.get(f"/ContactAPI/api/GetTenantId?wordPressId={made['wordPressId']}").json
    assert {"result": 200, "tenantId": made["tenant"]} == known
    pieces = shop.program.get(f"/ContactAPI/api/GetWordPressWidgets?tenantId={made['tenant']}").json
    assert pieces == made["snippets"]
    request = {"tenantKey": f"{made['tenant']}.site", "kind": "question", "email": "bob@b.example", "text": "Open?"}
    home = {"Origin": "https://shop.example"}
    assert 201 == shop.program.post("/contact/v2/requests", json=request, headers=home).status_code
    elsewhere = {"Origin": "https://evil.example"}
    assert 403 == shop.program.post("/contact/v2/requests", json=request, headers=elsewhere).status_code
    again = shop.program.post(f"{path}/verify", json={"code": "any"}).json
    assert made == again == shop.program.get(path).json
    assert made["way_in"].startswith("/invited?token=")


def test_a_company_may_be_where_the_reference_of_countries_says(shop: Shop, json_of: JsonOf) -> None:
    asked = {"email": "eve@shop.example", "company": "Eve", "plan": "free", "country": "SI"}
    assert (422, "invalid_field") == json_of(shop.program.post("/store/api/signups", json=asked))
    rows = ["SI\tSlovenia\tСловения\t386\tEUR\tsl\t112\tEurope/Ljubljana"]
    piece = {"id": "g1", "generation": 1, "part": "countries", "piece": 0, "rows": rows}
    current = {"id": "current", "generation": 1, "sha256": "0" * 64, "made_at": "2026-01-01T00:00:00Z"}
    shop.desk.config.transact(
        SYSTEM, [Change("reference", "g1", piece), Change("generation", "current", current)], "test", "reference"
    )
    begun = shop.program.post("/store/api/signups", json=asked).json
    path = f"/store/api/signups/{begun['id']}"
    shop.program.post(f"{path}/verify", json={"code": shop.desk.code()})
    made = shop.program.post(f"{path}/provision").json
    tenant = shop.desk.config.directory.tenants[made["tenant"]].tenant
    assert ("SI", "Europe/Ljubljana") == (tenant.country, tenant.timezone)
    assert "SI" in shop.desk.browser.get("/store").get_data(as_text=True)


def test_the_same_company_gets_a_number_later(shop: Shop, json_of: JsonOf) -> None:
    path, made = shop.made()
    wanted = {"plan": "small", "number": NUMBERS[0]}
    for wrong in ({**wanted, "plan": "gone"}, {**wanted, "number": "7"}, {**wanted, "currency": "EUR"}):
        assert (422, "invalid_field") == json_of(shop.program.post(f"{path}/upgrade", json=wrong))
    assert (404, "not_found") == json_of(
        shop.program.post(f"{path}/upgrade", json={**wanted, "number": "+12025550199"})
    )
    for _ in range(2):
        better = shop.program.post(f"{path}/upgrade", json=wanted)
        assert (200, "small", NUMBERS[0]) == (better.status_code, better.json["plan"], better.json["number"])
    view = shop.desk.config.directory.tenants[made["tenant"]]
    assert ({NUMBERS[0]}, "small", "USD") == (set(view.numbers), view.tenant.plan, view.tenant.currency)
    assert (409, "not_now") == json_of(shop.program.post(f"{path}/upgrade", json={**wanted, "number": NUMBERS[1]}))
    found = shop.program.get(f"/store/api/signups/{path.rpartition('/')[2]}").json
    assert (made["tenant"], "trial", True) == (found["tenant"], found["state"], found["progress"]["routed"])


def test_a_number_that_somebody_has_changes_nothing(shop: Shop, json_of: JsonOf) -> None:
    path, made = shop.made()
    shop.desk.stock.reserve(NUMBERS[0], "riverside", "ann")
    taken = shop.program.post(f"{path}/upgrade", json={"plan": "small", "number": NUMBERS[0]})
    assert (409, "taken") == json_of(taken)
    assert "free" == shop.desk.config.directory.tenants[made["tenant"]].tenant.plan


def test_who_closes_it_leaves_no_id_behind(shop: Shop) -> None:
    path, made = shop.made()
    id = path.rpartition("/")[2]
    operator = shop.desk.world.script(None)
    assert "closed" == operator.post(f"/api/v1/signups/{id}/steps", json={"step": "close"}).json["state"]
    known = shop.program.get(f"/ContactAPI/api/GetTenantId?wordPressId={made['wordPressId']}").json
    assert 400 == known["result"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "eve"},
        {"name": ""},
        {"name": "x" * 121},
        {"name": "a\nb"},
        {"company": ""},
        {"site": "javascript:alert(1)"},
        {"site": "https://shop example"},
        {"site": "https://[::1"},
        {"tz": "Mars/Base"},
        {"consent": "yes"},
        {"name": ["x"]},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_sent(shop: Shop, json_of: JsonOf, wrong: dict[str, Any]) -> None:
    assert (422, "invalid_field") == json_of(shop.program.post(PATH, json={**ASKED, **wrong}))
    assert [] == shop.desk.parts.outbox.due()


def test_a_sign_up_of_another_store_is_none_of_this_one(shop: Shop, json_of: JsonOf) -> None:
    other = {"email": "ann@acme.example", "company": "Acme", "plan": "small"}
    id = shop.program.post("/store/api/signups", json=other).json["id"]
    assert (404, "not_found") == json_of(shop.program.get(f"{PATH}/{id}"))
    assert (404, "not_found") == json_of(shop.program.post(f"{PATH}/{id}/verify", json={"code": shop.desk.code()}))
    assert (422, "invalid_field") == json_of(shop.program.post(f"{shop.begun()}/verify", json={"code": "x"}))


def test_where_nothing_is_given_away_there_is_no_such_store(world: World, json_of: JsonOf) -> None:
    client = Desk(world).client()
    assert (404, "not_found") == json_of(client.post(PATH, json=ASKED))
    assert 404 == client.get("/reactstore").status_code


def test_the_same_on_pages_without_a_script(shop: Shop) -> None:
    browser = shop.desk.browser
    offer = browser.get("/reactstore").get_data(as_text=True)
    assert ("A contact page, for nothing" in offer, "<script" in offer) == (True, False)
    wrong = browser.post("/reactstore", data={**ASKED, "email": "<b>"})
    assert (422, True) == (wrong.status_code, "&lt;b&gt;" in wrong.get_data(as_text=True))
    path = str(browser.post("/reactstore", data=ASKED).headers["Location"])
    first = shop.desk.code()
    code = browser.post(path, data={"step": "verify", "code": "x"})
    assert (422, True) == (code.status_code, f'action="{path}"' in code.get_data(as_text=True))
    done = browser.post(path, data={"step": "verify", "code": first}, follow_redirects=True).get_data(as_text=True)
    assert "Put this into the pages of your site" in done
    assert "InfratelContactWidget" in done
    better = f"/store/{path.rpartition('/')[2]}/better"
    assert better in done
    assert NUMBERS[0] in browser.get(better).get_data(as_text=True)
    asked = {"step": "choose", "plan": "small", "number": NUMBERS[0]}
    kept = browser.post(better, data=asked, follow_redirects=True).get_data(as_text=True)
    assert ("Is this right?" in kept, "19.00 USD" in kept, 'data-seconds="900"' in kept) == (True, True, True)
    bought = browser.post(better, data={"step": "start"}, follow_redirects=True).get_data(as_text=True)
    assert "The number is yours." in bought
    assert NUMBERS[0] in browser.get(path).get_data(as_text=True)
    assert browser.get(better).headers["Location"].endswith(better.removesuffix("/better"))


def test_a_number_is_kept_for_fifteen_minutes_and_then_chosen_again(shop: Shop) -> None:
    path, made = shop.made()
    better = f"/store/{path.rpartition('/')[2]}/better"
    browser, desk = shop.desk.browser, shop.desk
    for number in NUMBERS:
        browser.post(better, data={"step": "choose", "plan": "small", "number": number})
    states = [(one.state, one.holder) for one in (desk.stock.get(number) for number in NUMBERS) if one is not None]
    assert [("available", None), ("reserved", made["tenant"])] == states
    assert NUMBERS[0] in browser.get(f"{better}?choose=1").get_data(as_text=True)
    desk.clock.now += 901
    late = browser.post(better, data={"step": "start"})
    assert (409, True) == (late.status_code, "Choose again" in late.get_data(as_text=True))
    view = desk.config.directory.tenants[made["tenant"]]
    assert ("free", "active", set()) == (view.tenant.plan, view.tenant.status, set(view.numbers))
    assert "Choose a number" in browser.get(better).get_data(as_text=True)
    browser.post(better, data={"step": "choose", "plan": "small", "number": NUMBERS[0]})
    assert "The number is yours." in browser.post(better, data={"step": "start"}, follow_redirects=True).get_data(
        as_text=True
    )


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"step": "choose", "plan": "free", "number": NUMBERS[0]}, 422),
        ({"step": "choose", "plan": "small", "number": "7"}, 422),
        ({"step": "choose", "plan": "small", "number": "+12025550199"}, 404),
        ({"step": "start"}, 409),
        ({"step": "dance"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_bought_is_said_and_changes_nothing(shop: Shop, form: dict[str, str], status: int) -> None:
    path, made = shop.made()
    assert status == shop.desk.browser.post(f"/store/{path.rpartition('/')[2]}/better", data=form).status_code
    assert ["available"] * 2 == [one.state for one in map(shop.desk.stock.get, NUMBERS) if one is not None]
    assert "free" == shop.desk.config.directory.tenants[made["tenant"]].tenant.plan


def test_what_costs_nothing_is_never_stopped_and_what_was_bought_is(shop: Shop) -> None:
    path, made = shop.made()
    id, view = path.rpartition("/")[2], lambda: shop.desk.config.directory.tenants[made["tenant"]]
    shop.desk.clock.now += 4_000 * 86_400
    trials.run(shop.desk.parts)
    assert ("active", "active") == (shop.program.get(path).json["state"], view().tenant.status)
    better = {"plan": "small", "number": NUMBERS[0]}
    assert "trial" == shop.program.post(f"{path}/upgrade", json=better).json["state"]
    assert "trial" == view().tenant.status
    shop.desk.clock.now += 14 * 86_400 + 1
    trials.run(shop.desk.parts)
    assert ("suspended", "suspended") == (
        shop.program.get(f"/store/api/signups/{id}").json["state"],
        view().tenant.status,
    )


def test_a_trial_of_something_free_that_was_begun_before_goes_on_for_ever(shop: Shop) -> None:
    path, _ = shop.made()
    id = path.rpartition("/")[2]
    signups = store.engine(shop.desk.context).signups
    signups.change(id, lambda known: replace(known, state="trial", free=False))
    shop.desk.clock.now += 400 * 86_400
    trials.run(shop.desk.parts)
    assert "active" == shop.program.get(path).json["state"]
