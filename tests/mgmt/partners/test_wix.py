"""Wix: the signed instance of the dashboard, and webhooks that PyJWT signed; install, pay, leave and come back."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from configdb.log import Change
from configdb.widgets import Widget
from history.store import ActivityFilter
from mgmt.limits import left_kept_s
from mgmt.market.stock import HOUSE, StockNumber
from mgmt.partners.wix import widget_id
from mgmt.signup import sweep
from mgmt.usecases import store
from tests.mgmt.partners.desk import NUMBERS, SECRET, Desk, key_pair

SITE = "a1b2c3d4-0000-4000-8000-000000000001"


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Wix:
    """Signs instances and webhooks of both apps."""

    def __init__(self, desk: Desk, keys: tuple[str, str], other: tuple[str, str]) -> None:
        self.desk, self.private = desk, keys[0]
        desk.agree("wix-tollfree", client="app1", public_key=keys[1])
        self.react_private, public = other
        desk.agree("wix-react", plan="free", client="app2", public_key=public)

    def at(self, seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")

    def instance(self, secret: str = SECRET, **change: Any) -> str:
        said = {"instanceId": SITE, "uid": "u1", "permissions": "OWNER", "signDate": self.at(self.desk.clock.now)}
        data = packed(json.dumps(said | change).encode())
        return f"{packed(hmac.digest(secret.encode(), data.encode(), 'sha256'))}.{data}"

    def panel(self, app: str = "tollfree", **change: Any) -> TestResponse:
        return self.desk.browser.get(f"/store/wix/{app}", query_string={"instance": self.instance(**change)})

    def open(self, app: str = "tollfree", **change: Any) -> TestResponse:
        return self.desk.browser.post(f"/store/wix/{app}", data={"instance": self.instance(**change)})

    def do(self, step: str, code: str = "", **change: Any) -> TestResponse:
        """A form of the panel of the free app; what is no field of it is of the instance."""
        fields = {name: change.pop(name) for name in SETTINGS.keys() & change.keys()}
        form = {**fields, "step": step, "code": code, "instance": self.instance(**change)}
        return self.desk.browser.post("/store/wix/react", data=form)

    def settle(self, **change: str) -> TestResponse:
        return self.do("site", **SETTINGS | change)

    def tenant(self) -> str:
        found = self.desk.of("wix-react", SITE)
        assert found is not None
        return found.tenant

    def event(self, type: str, key: str | None = None, at: float | None = None, **change: Any) -> str:
        now = self.desk.clock.now if at is None else at
        details = json.dumps({"id": f"{type}{now}", "operationTimeStamp": self.at(now)})
        data = {"eventType": type, "instanceId": SITE, "data": details, "identity": "{}"} | change
        return jwt.encode(
            {"data": json.dumps(data), "iat": int(now), "exp": int(now) + 600}, key or self.private, "RS256"
        )

    def post(self, body: str | bytes) -> int:
        return self.desk.client().post("/store/wix/webhook", data=body).status_code

    def happened(self, type: str, **change: Any) -> list[str]:
        assert 200 == self.post(self.event(type, **change))
        return self.desk.deliver()

    def company(self, app: str = "tollfree", number: str | None = NUMBERS[1]) -> None:
        """The owner signs up from the dashboard."""
        page = self.open(app).get_data(as_text=True)
        ticket = page.split('name="ticket" value="')[1].split('"')[0]
        form = {"ticket": ticket, "email": "ann@acme.example", "company": "Acme"}
        asked = self.desk.browser.post("/store/partner", data=form)
        self.desk.browser.post(asked.headers["Location"], data={"step": "verify", "code": self.desk.code()})
        page = self.desk.finish(asked, number).get_data(as_text=True)
        assert (number is not None, True) == (
            "Acme can be called" in page,
            "Acme can be called" in page or "Acme is there" in page,
        )
        self.desk.deliver()


@pytest.fixture
def wix(desk: Desk, keys: tuple[str, str], other_keys: tuple[str, str]) -> Wix:
    return Wix(desk, keys, other_keys)


def test_an_owner_gets_a_toll_free_number_and_its_link_for_the_site(wix: Wix) -> None:
    first = wix.panel().get_data(as_text=True)
    assert "Begin" in first
    wix.company()
    assert ("trial", "trial") == wix.desk.state("wix-tollfree", SITE)
    shown = wix.panel()
    text = shown.get_data(as_text=True)
    assert f'href="tel:{NUMBERS[1]}"' in text
    assert f"&lt;a href=&#34;tel:{NUMBERS[1]}&#34;&gt;" in text
    assert "frame-ancestors https://*.wix.com" in shown.headers["Content-Security-Policy"]
    assert "form-action 'self'" in shown.headers["Content-Security-Policy"]
    back = wix.open()
    assert (303, "/app/") == (back.status_code, back.headers["Location"])


def test_the_toll_free_app_sells_toll_free_numbers_only(wix: Wix) -> None:
    page = wix.open().get_data(as_text=True)
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    form = {"ticket": ticket, "email": "ann@acme.example", "company": "Acme"}
    path = wix.desk.browser.post("/store/partner", data=form).headers["Location"]
    wix.desk.browser.post(path, data={"step": "verify", "code": wix.desk.code()})
    shown = wix.desk.browser.get(path).get_data(as_text=True)
    assert (False, True) == (NUMBERS[0] in shown, NUMBERS[1] in shown)
    refused = wix.desk.browser.post(path, data={"step": "choose", "number": NUMBERS[0]}).get_data(as_text=True)
    assert "Numbers of this kind are not sold here." in refused
    found = wix.desk.of("wix-tollfree", SITE)
    assert found is not None
    assert ("verified", None) == (found.state, found.number)


def test_the_snippet_has_the_companys_button(wix: Wix) -> None:
    wix.company()
    found = wix.desk.of("wix-tollfree", SITE)
    assert found is not None
    button = {"id": "web", "name": "Web", "origins": ["https://site.example"], "target": {"kind": "flow", "id": "main"}}
    wix.desk.config.transact(found.tenant, [Change("widget", "web", button)], "test", "button")
    assert f"/clickconnect/{found.tenant}.web.js" in wix.panel().get_data(as_text=True)


def test_wix_react_is_free_and_without_a_number(wix: Wix) -> None:
    wix.company("react", None)
    found = wix.desk.of("wix-react", SITE)
    assert found is not None
    assert (None, "free") == (found.number, found.plan)
    view = wix.desk.config.directory.tenants[found.tenant]
    assert (set(), {"owner"}) == (set(view.numbers), set(view.users))
    assert None is wix.desk.of("wix-tollfree", SITE)


HOME = "https://www.shop.example"
SETTINGS = {
    "site": f"{HOME}/contact",
    "call": "1",
    "hours": "1",
    "card": "1",
    "map": "1",
    "address": "1 Main St",
    "point": "40.7, -74.01",
}


def test_the_owner_puts_a_form_hours_a_card_a_map_and_calls_on_the_site(wix: Wix) -> None:
    wix.company("react", None)
    shown = wix.panel("react").get_data(as_text=True)
    assert ("09:00–18:00" in shown, "data-source" in shown) == (True, False)
    days = [shown.index(day) for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]
    assert (sorted(days), False) == (days, "Saturday" in shown)
    saved = wix.settle()
    assert (200, True) == (saved.status_code, "Saved." in saved.get_data(as_text=True))
    tenant, id = wix.tenant(), widget_id(SITE)
    found = wix.desk.config.directory.tenants[tenant].objects["widget"][id]
    assert isinstance(found, Widget)
    assert ((HOME,), ("browser", "form"), ("hours", "card", "map")) == (found.origins, found.ways, found.shows)
    assert ("office", "owner", "1 Main St") == (found.schedule, found.assigned_to, found.address)
    text = wix.panel("react").get_data(as_text=True)
    assert f"/clickconnect/{tenant}.{id}.js&#34; data-source=&#34;wix&#34; data-source-ref=&#34;{SITE}" in text
    assert 'value="40.7, -74.01"' in text
    script = wix.desk.browser.get(f"/clickconnect/{tenant}.{id}.js").get_data(as_text=True)
    assert ('"point": [40.7, -74.01]' in script, f"/vcard/{tenant}.{id}.vcf" in script) == (True, True)
    wix.settle(call="", hours="", map="", point="")
    found = wix.desk.config.directory.tenants[tenant].objects["widget"][id]
    assert isinstance(found, Widget)
    assert (("form",), ("card",), None) == (found.ways, found.shows, found.point)


def test_what_a_visitor_writes_is_one_activity_with_its_source(wix: Wix) -> None:
    wix.company("react", None)
    wix.settle()
    tenant = wix.tenant()
    hostile = {"text": "<script>alert(1)</script>", "name": "<b>Eve</b>", "phone": "+12025550147"}
    asked = {
        "tenantKey": f"{tenant}.{widget_id(SITE)}",
        "kind": "callback",
        "source": "wix",
        "sourceRef": SITE,
        **hostile,
    }
    for _ in range(3):
        answer = wix.desk.client().post("/contact/v2/requests", json=asked, headers={"Origin": HOME})
        assert 201 == answer.status_code
    trapped = {**asked, "text": "buy", "website": "http://spam.example"}
    assert 201 == wix.desk.client().post("/contact/v2/requests", json=trapped, headers={"Origin": HOME}).status_code
    rows = wix.desk.context.history.activities(tenant, ActivityFilter(), None, 10).rows
    assert [("callback", "wix", SITE, "owner")] == [
        (one.kind, one.source, one.source_ref, one.assigned_to) for one in rows
    ]
    assert "<script>alert(1)</script>" in rows[0].text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"site": ""}, "site"),
        ({"site": "javascript:alert(1)"}, "site"),
        ({"address": "", "point": ""}, "address"),
        ({"point": "north"}, "point"),
        ({"point": "1,2,3"}, "point"),
        ({"point": "nan, 0"}, "invalid"),
        ({"point": "91, 0"}, "less than or equal"),
        ({"address": "x" * 300}, "200"),
    ],
)
def test_settings_that_make_no_sense_are_said_and_change_nothing(wix: Wix, change: dict[str, str], word: str) -> None:
    wix.company("react", None)
    refused = wix.settle(**change)
    assert refused.status_code in (409, 422)
    assert 'role="alert"' in refused.get_data(as_text=True)
    assert {} == wix.desk.config.directory.tenants[wix.tenant()].objects.get("widget", {})


def test_two_sites_of_one_owner_share_a_company_by_a_code(wix: Wix) -> None:
    wix.company("react", None)
    wix.settle()
    tenant, second = wix.tenant(), "b2b2c3d4-0000-4000-8000-000000000002"
    code = wix.do("code").get_data(as_text=True).split('id="code" readonly value="')[1].split('"')[0]
    assert 422 == wix.do("link", instanceId=second, code=code[:-1]).status_code
    assert 403 == wix.do("link", instanceId=second, permissions="MEMBER", code=code).status_code
    linked = wix.do("link", instanceId=second, code=code)
    assert (200, True) == (linked.status_code, "<h1>Acme</h1>" in linked.get_data(as_text=True))
    assert 422 == wix.do("link", instanceId="c" * 36, code=code).status_code
    assert 409 == wix.do("link", instanceId=second, code=code).status_code
    assert (303, "/app/") == ((came := wix.open("react", instanceId=second)).status_code, came.headers["Location"])
    wix.do("site", instanceId=second, **{**SETTINGS, "site": "https://two.example"})
    widgets = wix.desk.config.directory.tenants[tenant].objects["widget"]
    assert {widget_id(SITE), widget_id(second)} == set(widgets)
    wix.post(wix.event("AppRemoved", key=wix.react_private, instanceId=second))
    assert ["shares no company any longer"] == wix.desk.deliver()
    assert "Begin" in wix.panel("react", instanceId=second).get_data(as_text=True)
    assert "active" == wix.desk.state("wix-react", SITE)[0]


def test_a_code_is_good_for_half_an_hour_and_tried_ten_times_an_hour(wix: Wix) -> None:
    wix.company("react", None)
    second = "b2b2c3d4-0000-4000-8000-000000000002"
    code = wix.do("code").get_data(as_text=True).split('id="code" readonly value="')[1].split('"')[0]
    wix.desk.clock.now += 1801
    tried = [wix.do("link", instanceId=second, code=code).status_code for _ in range(11)]
    assert [422] * 10 + [429] == tried


def test_nothing_is_set_before_there_is_a_company(wix: Wix) -> None:
    assert [409, 409] == [wix.do(step, **SETTINGS).status_code for step in ("site", "code")]


def test_the_same_company_gets_a_number_from_the_panel(wix: Wix) -> None:
    wix.company("react", None)
    found = wix.desk.of("wix-react", SITE)
    assert found is not None
    better = f"/store/{found.id}/better"
    assert better in wix.panel("react").get_data(as_text=True)
    wix.desk.browser.post(better, data={"step": "choose", "plan": "small", "number": NUMBERS[0]})
    wix.desk.browser.post(better, data={"step": "start"})
    after = wix.desk.of("wix-react", SITE)
    assert after is not None
    assert (found.tenant, NUMBERS[0], "small", "trial") == (after.tenant, after.number, after.plan, after.state)
    assert {NUMBERS[0]} == set(wix.desk.config.directory.tenants[found.tenant].numbers)
    assert NUMBERS[0] in wix.panel("react").get_data(as_text=True)
    assert better not in wix.panel("react").get_data(as_text=True)
    wix.post(wix.event("PaidPlanPurchased", key=wix.react_private))
    wix.desk.deliver()
    assert ("active", "active") == wix.desk.state("wix-react", SITE)


def test_what_is_free_goes_on_when_its_owner_comes_back(wix: Wix) -> None:
    wix.company("react", None)
    assert "active" == wix.desk.state("wix-react", SITE)[0]
    wix.post(wix.event("AppRemoved", key=wix.react_private))
    wix.desk.deliver()
    wix.desk.clock.now += 20 * 86_400
    wix.post(wix.event("AppInstalled", key=wix.react_private))
    wix.desk.deliver()
    assert ("active", "active") == wix.desk.state("wix-react", SITE)


def test_who_closes_a_company_leaves_no_shared_site_behind(wix: Wix) -> None:
    wix.company("react", None)
    code = wix.do("code").get_data(as_text=True).split('id="code" readonly value="')[1].split('"')[0]
    wix.do("link", instanceId="b2b2c3d4-0000-4000-8000-000000000002", code=code)
    found = wix.desk.of("wix-react", SITE)
    assert found is not None
    assert 2 == len(wix.desk.config.directory.system["partner"])
    store.engine(wix.desk.context).close(found.id)
    assert {} == wix.desk.config.directory.system.get("partner", {})


@pytest.mark.parametrize("permissions", ["MEMBER", "", None, "owner"])
def test_nobody_but_the_owner_signs_up_or_comes_in(wix: Wix, permissions: str | None) -> None:
    assert "Ask the owner" in wix.panel(permissions=permissions).get_data(as_text=True)
    assert 403 == wix.open(permissions=permissions).status_code
    wix.company()
    assert 403 == wix.open(permissions=permissions).status_code


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "another secret"},
        {"signDate": "2020-01-01T00:00:00Z"},
        {"signDate": "2099-01-01T00:00:00Z"},
        {"signDate": None},
        {"signDate": "yesterday"},
        {"signDate": 5},
        {"instanceId": "../x"},
        {"instanceId": None},
    ],
)
def test_an_instance_that_is_not_of_wix_or_old_is_refused(wix: Wix, change: dict[str, Any]) -> None:
    assert (403, 403) == (wix.panel(**change).status_code, wix.open(**change).status_code)


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "x" * 9000, packed(b"x" * 32) + "." + packed(b"[1]")])
def test_an_instance_that_makes_no_sense_is_refused(wix: Wix, text: str) -> None:
    assert 403 == wix.desk.browser.get("/store/wix/react", query_string={"instance": text}).status_code


def test_who_pays_is_active_and_whose_plan_ends_is_suspended(wix: Wix) -> None:
    wix.company()
    assert ["paid"] == wix.happened("PaidPlanPurchased")
    assert ("active", "active") == wix.desk.state("wix-tollfree", SITE)
    wix.desk.clock.now += 1
    assert [] == wix.happened("PaidPlanAutoRenewalCancelled")
    assert ("active", "active") == wix.desk.state("wix-tollfree", SITE)
    assert ["unpaid"] == wix.happened("PaidPlanEnded")
    assert ("suspended", "suspended") == wix.desk.state("wix-tollfree", SITE)


def test_what_was_bought_before_the_sign_up_counts(wix: Wix) -> None:
    page = wix.open(vendorProductId="gold").get_data(as_text=True)
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    asked = wix.desk.browser.post("/store/partner", data={"ticket": ticket, "email": "a@b.example", "company": "Acme"})
    wix.desk.browser.post(asked.headers["Location"], data={"step": "verify", "code": wix.desk.code()})
    wix.desk.finish(asked, NUMBERS[1])
    wix.desk.deliver()
    assert ("active", "active") == wix.desk.state("wix-tollfree", SITE)


def test_who_removes_the_app_is_suspended_and_the_number_is_kept_for_thirty_days(wix: Wix) -> None:
    wix.company()
    wix.happened("AppRemoved")
    assert ("suspended", "suspended") == wix.desk.state("wix-tollfree", SITE)
    wix.desk.clock.now += left_kept_s - 60
    sweep.run(wix.desk.parts)
    assert "assigned" == (wix.desk.stock.get(NUMBERS[1]) or pytest.fail("gone")).state
    wix.desk.clock.now += 61
    sweep.run(wix.desk.parts)
    assert "quarantine" == (wix.desk.stock.get(NUMBERS[1]) or pytest.fail("gone")).state
    assert None is wix.desk.of("wix-tollfree", SITE)
    another = StockNumber("+18885550162", "US", "tollfree", HOUSE, wix.desk.clock.now)
    wix.desk.stock.add([another])
    wix.company(number=another.number)
    assert ("trial", "trial") == wix.desk.state("wix-tollfree", SITE)


def test_who_comes_back_in_time_has_everything_again(wix: Wix) -> None:
    wix.company()
    wix.happened("AppRemoved")
    wix.desk.clock.now += 86_400
    wix.happened("AppInstalled")
    assert ("trial", "trial") == wix.desk.state("wix-tollfree", SITE)
    wix.desk.clock.now += 2 * left_kept_s
    assert ("trial", "trial") == wix.desk.state("wix-tollfree", SITE)


def test_webhooks_come_twice_and_in_any_order(wix: Wix) -> None:
    wix.company()
    now = wix.desk.clock.now
    removed, installed = wix.event("AppRemoved", at=now), wix.event("AppInstalled", at=now + 5)
    assert [200, 200, 200] == [wix.post(body) for body in (installed, removed, removed)]
    wix.desk.clock.now += 10
    wix.desk.deliver()
    assert ("trial", "trial") == wix.desk.state("wix-tollfree", SITE)
    assert [] == wix.desk.deliver()


def test_a_sign_up_that_is_not_finished_is_given_up_when_the_app_goes(wix: Wix) -> None:
    page = wix.open().get_data(as_text=True)
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    wix.desk.browser.post("/store/partner", data={"ticket": ticket, "email": "a@b.example", "company": "Acme"})
    wix.happened("AppRemoved")
    assert None is wix.desk.of("wix-tollfree", SITE)


def test_a_webhook_is_of_the_app_whose_key_signed_it(wix: Wix) -> None:
    wix.company()
    wix.company("react", None)
    assert 200 == wix.post(wix.event("AppRemoved", key=wix.react_private))
    wix.desk.deliver()
    assert ("trial", "suspended") == (wix.desk.state("wix-tollfree", SITE)[0], wix.desk.state("wix-react", SITE)[0])


def test_a_webhook_that_is_not_of_wix_changes_nothing(wix: Wix) -> None:
    wix.company()
    other, _ = key_pair()
    good = wix.event("AppRemoved")
    head, body, signature = good.split(".")
    old = wix.event("AppRemoved", at=wix.desk.clock.now - 7 * 86_400)
    for sent in (
        wix.event("AppRemoved", key=other),
        f"{head}.{body[:-4]}AAAA.{signature}",
        f"{head}.{body}.",
        old,
        wix.event("AppRemoved", instanceId="../x"),
        b"",
        b"\xff\xfe",
        b"{" * 20_000,
        jwt.encode({"data": "[" * 5_000}, wix.private, "RS256"),
        jwt.encode({"data": 7}, wix.private, "RS256"),
        jwt.encode({}, wix.private, "RS256"),
    ):
        assert 403 == wix.post(sent), sent[:40]
    assert [] == wix.desk.deliver()
    assert ("trial", "trial") == wix.desk.state("wix-tollfree", SITE)


def test_a_webhook_before_anybody_signed_up_is_taken(wix: Wix) -> None:
    assert ["nobody signed up with this account"] == wix.happened("AppInstalled")
    assert [] == wix.happened("SitePropertiesUpdated")
