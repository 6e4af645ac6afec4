"""Regions: every app and service of the product in both editions, what a region does not have, old addresses, holidays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from configdb.edition import editions, region_of
from configdb.emergency import Emergencies
from configdb.log import Change
from configdb.model import SYSTEM
from history.shelves import NODE, SIGNUPS
from installer.site import BadSite, make_site
from installer.steps import node
from mgmt.app import create_app
from mgmt.services.registry import SERVICES
from mgmt.webapps.registry import WEB_APPS
from tests.mgmt.conftest import World
from tests.mgmt.test_store import NUMBERS, Store, store

__all__ = ["store"]

APPS = """Yola, Wix TollFree, Wix React, ShopifyApp, GoDaddy, MightyCall Store, ReactStore, New Store, ClickConnect, Contact API,
WebUI, File Handler, Combined Login, Infratel Phone Numbers, Recurly, Mobile API, APS API, Phone Market API, Public API,
CountryCom, Metrics API, SMS Listener, Yandex App, Blob Handler, Push Proxy"""
BACKGROUND = """Vitelity SMS Queue, CountryCom DB Sync, Config Replicator, Email Sink, Marketing Sync, PreRecurly Trial Stopper,
Reminder, Reporting Utils, Tenants Cleaner, Voice Quality Analyzer"""
OBSOLETE = {
    "us": {"combined-login", "config-replicator"},
    "ru": {"combined-login", "config-replicator", "mightycall-store"},
}


def ids(names: str) -> set[str]:
    return {name.strip().lower().replace(" ", "-") for name in names.split(",")}


@pytest.mark.parametrize("edition", ["us", "ru"])
def test_an_edition_names_every_app_and_service_of_the_product(edition: str) -> None:
    region = editions()[edition]
    assert ids(APPS) == set(region.apps)
    assert ids(BACKGROUND) == set(region.services)
    states = {**region.apps, **region.services}
    assert OBSOLETE[edition] == {name for name, state in states.items() if state == "obsolete"}


@pytest.mark.parametrize("edition", ["us", "ru"])
def test_what_an_edition_has_is_built_and_what_is_planned_is_not(edition: str) -> None:
    region = editions()[edition]
    apps, services = {web_app.app for web_app in WEB_APPS}, {service.app for service in SERVICES}
    assert set() == {name for name, state in region.apps.items() if state == "enabled"} - apps
    assert set() == {name for name, state in region.apps.items() if state == "planned"} & apps
    assert set() == {name for name, state in region.services.items() if state == "planned"} & services
    assert services - {""} <= set(region.services)


@pytest.mark.parametrize("edition", ["us", "ru"])
def test_an_edition_knows_its_country(edition: str) -> None:
    region = editions()[edition]
    assert region.emergency
    assert set(region.emergency) <= Emergencies().of(region.country)
    assert len(region.holidays) > 8
    assert region.languages[0] == {"us": "en", "ru": "ru"}[edition]


def test_the_operators_own_word_counts_and_the_rest_is_the_editions(world: World) -> None:
    own = {"id": "us", "name": "Here", "apps": {"yola": "planned"}, "currency": "EUR"}
    world.context.config.transact(SYSTEM, [Change("region", "us", own)], "test", "own")
    region = region_of(world.context.config.directory, "us")
    assert ("Here", "planned", "enabled", "EUR", ("911",)) == (
        region.name,
        region.apps["yola"],
        region.apps["new-store"],
        region.currency,
        region.emergency,
    )
    assert editions()["us"] == region_of(world.context.config.directory, "nowhere")


def set_apps(world: World, region: str = "us", **more: Any) -> None:
    document = {"id": region, "name": "Here", **more}
    world.context.config.transact(SYSTEM, [Change("region", region, document)], "test", "apps")


def test_what_is_planned_is_not_there_and_what_is_obsolete_says_so(world: World) -> None:
    client = world.client(user=None)
    assert 200 == client.get("/store").status_code
    set_apps(world, apps={"new-store": "planned"})
    assert 404 == client.get("/store").status_code
    set_apps(world, apps={"new-store": "obsolete"}, moved={"new-store": "/shop"})
    gone = client.get("/store", headers={"Accept": "text/html"})
    assert (410, '</shop>; rel="successor-version"') == (gone.status_code, gone.headers["Link"])
    assert 'href="/shop"' in gone.get_data(as_text=True)
    assert 404 != client.get("/login").status_code


def test_an_app_on_its_way_out_says_so_in_each_answer(world: World) -> None:
    client = world.client(user=None)
    assert not {"Deprecation", "Sunset"} & set(client.get("/store").headers.keys())
    dates = {"since": "2027-01-01T01:00:00+01:00", "until": "2027-07-01T00:00:00Z"}
    set_apps(world, deprecated={"new-store": dates}, moved={"new-store": "/shop"})
    said = client.get("/store").headers
    assert ("@1798761600", "Thu, 01 Jul 2027 00:00:00 GMT", '</shop>; rel="successor-version"') == (
        said["Deprecation"],
        said["Sunset"],
        said["Link"],
    )
    assert "Deprecation" not in client.get("/login").headers
    set_apps(world, apps={"new-store": "obsolete"}, deprecated={"new-store": {"since": dates["since"]}})
    gone = client.get("/store")
    assert (410, "@1798761600", None) == (gone.status_code, gone.headers["Deprecation"], gone.headers.get("Sunset"))
    assert ['</>; rel="successor-version"'] == gone.headers.getlist("Link")


def test_the_old_addresses_of_an_edition_say_that_they_are_old(world: World) -> None:
    moved = world.client(user=None).get("/mightycallstore/plans/small")
    assert (301, "@1795824000", '</store>; rel="successor-version"') == (
        moved.status_code,
        moved.headers["Deprecation"],
        moved.headers["Link"],
    )


def test_an_app_answers_at_its_own_names_only(world: World) -> None:
    set_apps(world, hosts={"new-store": ["shop.example.org"]})
    client = create_app(world.context).test_client()
    assert 404 == client.get("/store").status_code
    assert 200 == client.get("/store", base_url="http://shop.example.org").status_code
    assert 400 == client.get("/store", base_url="http://evil.example.org").status_code


def test_pages_speak_the_language_of_the_region_to_who_asks_for_none(world: World) -> None:
    context = replace(world.context, settings=replace(world.context.settings, region="ru"))
    page = create_app(context).test_client().get("/store").get_data(as_text=True)
    assert 'lang="ru"' in page
    assert 'lang="en"' in world.client(user=None).get("/store").get_data(as_text=True)


def test_an_old_bookmark_of_mightycall_store_ends_in_a_finished_sign_up(store: Store) -> None:
    moved = store.browser.get("/mightycallstore/plans/small?utm_campaign=spring&x=%0d%0aSet-Cookie:a")
    assert (301, "/store?campaign=spring&plan=small") == (moved.status_code, moved.headers["Location"])
    offer = store.browser.get(moved.headers["Location"]).get_data(as_text=True)
    assert 'name="campaign" value="spring"' in offer
    begun = store.browser.post(
        "/store", data={"email": "ann@acme.example", "company": "Acme", "plan": "small", "campaign": "spring"}
    ).headers["Location"]
    store.step(begun, "verify", code=store.code())
    store.step(begun, "choose", number=NUMBERS[0])
    assert "Acme can be called" in store.step(begun, "start").get_data(as_text=True)
    found = store.shelves.get(SIGNUPS, NODE, begun.rpartition("/")[2])
    assert found is not None
    assert "spring" == found["campaign"]


def test_an_old_form_of_mightycall_store_goes_on_with_its_fields(store: Store) -> None:
    form = {"email": "ann@acme.example", "company": "Acme", "plan": "small"}
    moved = store.browser.post("/mightycallstore/signup", data=form)
    assert (308, "/store") == (moved.status_code, moved.headers["Location"])
    assert 303 == store.browser.post(moved.headers["Location"], data=form).status_code


@pytest.mark.parametrize("path", ["/MightyCallStore", "/MightyCallStore/", "/MIGHTYCALLSTORE/Plans/small"])
def test_an_old_address_of_mightycall_store_is_found_whatever_the_case_of_its_letters(store: Store, path: str) -> None:
    moved = store.browser.get(path, follow_redirects=True)
    assert (200, "/store") == (moved.status_code, moved.request.path)
    assert moved.request.args.get("plan") == ("small" if path.endswith("small") else None)


def test_mightycall_store_is_gone_in_the_ru_edition(store: Store) -> None:
    context = replace(store.context, settings=replace(store.context.settings, region="ru"))
    gone = create_app(context).test_client().get("/mightycallstore/plans/small")
    assert (410, "gone") == (gone.status_code, gone.get_json(force=True)["code"])
    assert '</store>; rel="successor-version"' == gone.headers["Link"]
    page = create_app(context).test_client().get("/mightycallstore/plans/small", headers={"Accept": "text/html"})
    text = page.get_data(as_text=True)
    assert (410, True, True) == (page.status_code, "Этого здесь больше нет" in text, 'href="/store"' in text)


def test_a_new_company_is_closed_on_the_public_holidays_of_its_country(store: Store) -> None:
    store.step(store.chosen(), "start")
    [tenant] = [id for id in store.context.config.directory.tenants if id.startswith("acme-")]
    office = store.context.config.directory.tenants[tenant].schedules["office"]
    assert editions()["us"].holidays == office.holidays


def test_a_machine_is_set_up_for_an_edition_that_there_is() -> None:
    [file] = node.wanted(make_site({"region": "ru"}))
    assert 'region = "ru"' in file.text
    with pytest.raises(BadSite, match="no edition 'xx'"):
        make_site({"region": "xx"})


def test_a_service_that_the_region_does_not_have_does_nothing() -> None:
    named = {service.name: service.app for service in SERVICES if service.app}
    assert {
        "cleaner": "tenants-cleaner",
        "reminder": "reminder",
        "listening": "voice-quality-analyzer",
    }.items() <= named.items()
