"""ShopifyApp: Shopify's own library judges every signature; install, come back, leave, and its privacy webhooks really do it."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopify import Session, session_token
from werkzeug.test import TestResponse

from configdb.log import Change
from history.activity import Activity
from history.contact import Contact, puts
from history.documents import Call
from history.shelves import ACTIVITIES, CONTACTS, NODE, SIGNUPS, Put
from history.store import Batch
from media.storage.names import media_id
from mgmt.outbox.web import Answer, Ask
from mgmt.partners import shopify
from mgmt.partners.front import Front
from mgmt.partners.signatures import Forged
from tests.mgmt.conftest import NOW
from tests.mgmt.partners.desk import NUMBERS, SECRET, Desk

SHOP = "acme.myshopify.com"
FRONT = Front(shopify.ID, "key", "", "", "small", SECRET)
DETAILS = {"name": "Acme", "email": "ann@acme.example", "country_code": "US", "primary_locale": "en"}


class Shop:
    """A shop, its OAuth server, and a merchant's browser."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.details, self.status = desk, dict(DETAILS), 200
        self.scope = shopify.SCOPES
        desk.agree("shopifyapp", client="key")
        desk.world.outside.answer = self.answer

    def answer(self, ask: Ask) -> Answer:
        if ask.url == f"https://{SHOP}/admin/oauth/access_token":
            said = json.loads(ask.body or b"")
            right = said == {"client_id": "key", "client_secret": SECRET, "code": "c1"}
            body = {"access_token": "shpat_1", "scope": self.scope} if right else {}
            return Answer(self.status if right else 400, {}, json.dumps(body).encode())
        assert f"https://{SHOP}/admin/api/{shopify.VERSION}/shop.json" == ask.url
        assert "shpat_1" == ask.headers["X-Shopify-Access-Token"]
        return Answer(200, {}, json.dumps({"shop": self.details}).encode())

    def query(self, **change: str) -> str:
        said = {"shop": SHOP, "timestamp": str(int(self.desk.clock.now))}
        said |= {name: value for name, value in change.items() if name != "hmac"}
        Session.setup(api_key="key", secret=SECRET)
        return urlencode({**said, "hmac": change.get("hmac", Session.calculate_hmac(said))})

    def install(self, **change: str) -> TestResponse:
        return self.desk.browser.get(f"/store/shopify/install?{self.query(**change)}")

    def state(self) -> str:
        """Begin, and say what the shop is asked."""
        asked = urlsplit(self.install().headers["Location"])
        assert (SHOP, "/admin/oauth/authorize") == (asked.netloc, asked.path)
        said = parse_qs(asked.query)
        assert (["key"], [shopify.SCOPES]) == (said["client_id"], said["scope"])
        assert said["redirect_uri"][0].endswith("/store/shopify/callback")
        return said["state"][0]

    def returned(self, **change: str) -> TestResponse:
        change = {"state": change.get("state") or self.state(), "code": "c1"} | change
        return self.desk.browser.get(f"/store/shopify/callback?{self.query(**change)}")

    def company(self) -> str:
        assert "Acme can be called" in self.desk.finish(self.returned()).get_data(as_text=True)
        found = self.desk.of("shopifyapp", SHOP)
        assert found is not None
        self.desk.deliver()
        return found.tenant

    def webhook(self, topic: str, body: dict[str, Any] | bytes, **change: str) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), data, "sha256")).decode()
        headers = {"X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": SHOP, "X-Shopify-Webhook-Id": "w1"}
        headers |= {"X-Shopify-Hmac-Sha256": signature} | change
        return self.desk.client().post("/store/shopify/webhooks", data=data, headers=headers).status_code


@pytest.fixture
def shop(desk: Desk) -> Shop:
    return Shop(desk)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
names = st.text("abc_[]%&=é", min_size=1, max_size=6).filter(lambda name: name != "hmac")


@given(
    st.dictionaries(names.filter(lambda name: not name.endswith("[]")), texts), st.lists(texts, min_size=1, max_size=3)
)
def test_every_query_is_signed_as_shopifys_own_library_signs_it(said: dict[str, str], listed: list[str]) -> None:
    Session.setup(api_key="key", secret=SECRET)
    theirs = Session.calculate_hmac({**said, "ids[]": listed, "hmac": "x"})
    pairs = [*said.items(), *(("ids[]", value) for value in listed), ("hmac", "x")]
    assert theirs == shopify.signed(pairs, SECRET)


def test_a_merchant_installs_and_becomes_a_company(shop: Shop) -> None:
    tenant = shop.company()
    assert ("trial", "trial") == shop.desk.state("shopifyapp", SHOP)
    found = shop.desk.of("shopifyapp", SHOP)
    assert found is not None
    assert ("ann@acme.example", "Acme", tenant) == (found.email, found.company, found.tenant)
    assert "shpat_1" == shop.desk.context.sealer.open(found.token)
    assert "shpat_1" not in str(shop.desk.shelves.get(SIGNUPS, NODE, found.id))
    again = shop.returned()
    assert (303, "/app/") == (again.status_code, again.headers["Location"])


@pytest.mark.parametrize(
    "change",
    [
        {"hmac": "0" * 64},
        {"hmac": ""},
        {"timestamp": "1"},
        {"timestamp": "x"},
        {"shop": "evil.example"},
        {"shop": "evil.example/acme.myshopify.com"},
        {"shop": "acme.myshopify.com.evil.example"},
        {"shop": "ACME.myshopify.com\n"},
        {"shop": ""},
    ],
)
def test_an_install_that_is_not_of_shopify_leads_nowhere(shop: Shop, change: dict[str, str]) -> None:
    answer = shop.install(**change)
    assert (403, None) == (answer.status_code, answer.headers.get("Location"))


def test_a_name_that_is_said_twice_is_refused(shop: Shop) -> None:
    assert 403 == shop.desk.browser.get(f"/store/shopify/install?{shop.query()}&shop=evil.example").status_code


def test_a_consent_is_taken_once_and_only_in_the_browser_that_asked(shop: Shop) -> None:
    state = shop.state()
    stranger = shop.desk.client().get(f"/store/shopify/callback?{shop.query(state=state, code='c1')}")
    assert 403 == stranger.status_code
    assert 403 == shop.returned(state=state).status_code
    assert 403 == shop.returned(state="made up").status_code
    state = shop.state()
    assert [303, 403] == [shop.returned(state=state).status_code for _ in range(2)]


def test_a_shop_that_does_not_answer_or_grant_is_said(shop: Shop) -> None:
    shop.status = 500
    assert 502 == shop.returned().status_code
    shop.status, shop.scope = 200, "read_themes"
    assert 502 == shop.returned().status_code
    assert 502 == shop.returned(code="wrong").status_code
    assert None is shop.desk.of("shopifyapp", SHOP)


def claims(**change: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {"iss": f"https://{SHOP}/admin", "dest": f"https://{SHOP}", "aud": "key", "sub": "1", "exp": now + 60}
    said |= {"nbf": now, "iat": now, "jti": "j", "sid": "s"} | change
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": "other"},
        {"iss": "https://evil.example/admin"},
        {"dest": "https://other.myshopify.com"},
        {"iss": "https://evil.example/admin", "dest": "https://evil.example"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sid": None},
        {"jti": None},
    ],
)
def test_session_tokens_are_taken_and_refused_as_shopifys_own_library_does(change: dict[str, Any]) -> None:
    token = jwt.encode(claims(**change), SECRET, "HS256")
    try:
        theirs = bool(session_token.decode_from_header(f"Bearer {token}", "key", SECRET))
    except session_token.SessionTokenError:
        theirs = False
    try:
        ours = shopify.shop_of_session(FRONT, token, time.time()) == SHOP
    except Forged:
        ours = False
    assert theirs == ours == (change == {})


def test_the_embedded_admin_sees_its_shop_by_a_session_token(shop: Shop) -> None:
    now = int(shop.desk.clock.now)
    token = jwt.encode(claims(exp=now + 60, nbf=now, iat=now), SECRET, "HS256")
    ask = shop.desk.client()
    headers = {"Authorization": f"Bearer {token}"}
    assert "new" == ask.get("/store/shopify/status", headers=headers).get_json()["state"]
    shop.company()
    shown = ask.get("/store/shopify/status", headers=headers).get_json()
    assert (SHOP, "trial", NUMBERS[0]) == (shown["shop"], shown["state"], shown["number"])
    for wrong in ("", "Basic x", "Bearer x", f"Bearer {token[:-2]}"):
        assert 401 == ask.get("/store/shopify/status", headers={"Authorization": wrong}).status_code


def test_the_block_of_the_theme_is_the_companys_button_for_this_shop(shop: Shop) -> None:
    tenant = shop.company()
    path = f"/store/shopify/block.js?shop={SHOP}"
    assert f"/clickconnect/{tenant}.site.js" == shop.desk.browser.get(path).headers["Location"]
    target = {"kind": "flow", "id": "main"}
    button = {"id": "web", "name": "Web", "origins": [f"https://{SHOP}"], "ways": ["browser"], "target": target}
    shop.desk.config.transact(tenant, [Change("widget", "web", button)], "test", "button")
    assert f"/clickconnect/{tenant}.web.js" == shop.desk.browser.get(path).headers["Location"]
    for nobody in ("//evil.example", "other.myshopify.com"):
        assert 404 == shop.desk.browser.get(f"/store/shopify/block.js?shop={nobody}").status_code


def test_who_uninstalls_is_suspended_and_who_installs_again_goes_on(shop: Shop) -> None:
    shop.company()
    for _ in range(3):
        assert 200 == shop.webhook("app/uninstalled", {"myshopify_domain": SHOP})
    assert ["removed"] == shop.desk.deliver()
    assert ("suspended", "suspended") == shop.desk.state("shopifyapp", SHOP)
    found = shop.desk.of("shopifyapp", SHOP)
    assert found is not None
    assert "" == found.token
    shop.desk.clock.now += 60
    shop.returned()
    assert ("trial", "trial") == shop.desk.state("shopifyapp", SHOP)


@pytest.mark.parametrize("signature", ["", "x", base64.b64encode(b"0" * 32).decode(), "é"])
def test_a_webhook_that_is_not_of_shopify_changes_nothing(shop: Shop, signature: str) -> None:
    shop.company()
    body = {"myshopify_domain": SHOP}
    assert 401 == shop.webhook(
        "app/uninstalled", body, **{"X-Shopify-Hmac-Sha256": signature.encode().decode("latin-1")}
    )
    assert [] == shop.desk.deliver()
    assert ("trial", "trial") == shop.desk.state("shopifyapp", SHOP)


def test_a_webhook_about_another_shop_or_without_sense_is_refused(shop: Shop) -> None:
    assert 401 == shop.webhook("shop/redact", {"shop_domain": "other.myshopify.com"})
    assert 401 == shop.webhook("app/uninstalled", {}, **{"X-Shopify-Shop-Domain": "evil.example"})
    assert 401 == shop.webhook("shop/redact", b"[]")
    assert 200 == shop.webhook("shop/update", {"myshopify_domain": SHOP})
    assert ["nobody signed up with this account"] == shop.desk.deliver()


def known_customer(shop: Shop, tenant: str) -> dict[str, Any]:
    """Somebody who wrote and whom the company knows, and somebody else."""
    now, shelves = shop.desk.clock.now, shop.desk.shelves
    for id, email in (("a1", "eve@example.org"), ("a2", "other@example.org")):
        one = Activity(id, tenant, "web_request", "", now, email, "", email=email, text=f"words of {email}")
        shelves.write([Put(ACTIVITIES, tenant, id, one.to_document())])
    shelves.write(
        puts(Contact("c1", tenant, "Eve", now, now, phones=["+12025550177"], emails=["eve@example.org"]), None)
    )
    return {"shop_domain": SHOP, "customer": {"id": 7, "email": "eve@example.org", "phone": "+12025550177"}}


def test_a_data_request_tells_the_owner_all_that_is_kept_of_a_customer(shop: Shop) -> None:
    tenant = shop.company()
    assert 200 == shop.webhook("customers/data_request", known_customer(shop, tenant))
    assert ["2 items told"] == shop.desk.deliver()
    box = shop.desk.parts.outbox
    [letter] = [box.get(tenant, id) for of, id in box.due("mail") if of == tenant]
    assert letter is not None
    assert "ann@acme.example" == letter.payload["to"]
    assert "words of eve@example.org" in letter.payload["text"]
    assert "other@example.org" not in letter.payload["text"]


def test_a_customer_who_is_redacted_is_gone_and_nobody_else(shop: Shop) -> None:
    tenant = shop.company()
    assert 200 == shop.webhook("customers/redact", known_customer(shop, tenant))
    shop.desk.deliver()
    shelves = shop.desk.shelves
    assert (None, True) == (shelves.get(ACTIVITIES, tenant, "a1"), shelves.get(ACTIVITIES, tenant, "a2") is not None)
    assert 200 == shop.webhook("customers/data_request", known_customer(shop, "riverside"))
    assert ["0 items told"] == shop.desk.deliver()


def test_a_customer_known_by_an_address_alone_is_found_too(shop: Shop) -> None:
    tenant, body = shop.company(), {"shop_domain": SHOP, "customer": {"id": 7, "email": "EVE@example.org"}}
    known_customer(shop, tenant)
    assert 200 == shop.webhook("customers/redact", body)
    shop.desk.deliver()
    assert None is shop.desk.shelves.get(CONTACTS, tenant, "c1")
    assert None is shop.desk.shelves.get(ACTIVITIES, tenant, "a1")


def test_the_sound_of_a_customers_calls_goes_and_the_records_stay(shop: Shop) -> None:
    tenant, context = shop.company(), shop.desk.context
    for id, phone in (("k1", "+12025550177"), ("k2", "+12025550178")):
        media = media_id("recording", NOW, id)
        stat = context.media.stat(next(iter(context.media.names("riverside/"))))
        context.vault.register.kept(tenant, media, "recording", NOW, id, stat)
        context.history.apply(
            Batch(calls=[Call(id, tenant, "inbound", phone, NUMBERS[0], NOW, ended_at=NOW, recording=media)]), "t", 1
        )
    assert 200 == shop.webhook("customers/redact", known_customer(shop, tenant))
    shop.desk.deliver()
    kept = [context.vault.register.one(tenant, media_id("recording", NOW, id)) is not None for id in ("k1", "k2")]
    assert [False, True] == kept
    assert context.history.call(tenant, "k1") is not None


def test_a_shop_that_is_redacted_is_erased_with_its_configuration(shop: Shop) -> None:
    tenant = shop.company()
    shop.webhook("app/uninstalled", {"myshopify_domain": SHOP})
    shop.desk.deliver()
    assert 200 == shop.webhook("shop/redact", {"shop_domain": SHOP})
    assert ["erasure began"] == shop.desk.deliver()
    assert tenant not in shop.desk.config.directory.tenants
    assert [tenant] == shop.desk.context.eraser.pending()
    assert None is shop.desk.of("shopifyapp", SHOP)
    assert "ann@acme.example" not in str(list(shop.desk.shelves.everywhere(SIGNUPS, ())))
    assert "lakeside" in shop.desk.config.directory.tenants


def test_recordings_under_legal_hold_keep_a_shop_from_being_erased(shop: Shop) -> None:
    tenant = shop.company()
    sound = shop.desk.context.vault.register
    media = media_id("voicemail", NOW, "c9")
    stat = shop.desk.context.media.stat(next(iter(shop.desk.context.media.names("riverside/"))))
    sound.kept(tenant, media, "voicemail", NOW, "c9", stat)
    sound.hold(tenant, media, "ann", "court")
    shop.webhook("shop/redact", {"shop_domain": SHOP})
    assert ["1 recordings are under legal hold"] == shop.desk.deliver()
    assert tenant in shop.desk.config.directory.tenants
