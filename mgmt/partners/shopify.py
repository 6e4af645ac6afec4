"""Shopify: OAuth install with its HMAC over the query, session tokens of the embedded admin, webhooks, the shop itself.

The HMAC is over the arguments as Shopify's own libraries write them: sorted, `a[]=1&a[]=2` as `a=["1", "2"]`, delimiters escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from mgmt.limits import shopify_leeway_s, shopify_link_s_max
from mgmt.outbox.web import Answer, Ask
from mgmt.partners.event import Event, What
from mgmt.partners.front import Front
from mgmt.partners.signatures import Forged, base64_hmac, claims, hex_hmac, is_recent, json_object, same

ID = "shopifyapp"
SCOPES = "read_customers,read_orders"
VERSION = "2026-10"
TOPICS: dict[str, What] = {
    "app/uninstalled": "removed",
    "shop/update": "changed",
    "customers/data_request": "customer_data",
    "customers/redact": "customer_erase",
    "shop/redact": "erase",
}
KEPT = {
    "shop_name": "name",
    "shop_email": "email",
    "shop_domain": "domain",
    "shop_currency": "currency",
    "shop_plan": "plan_name",
}
"""What of a shop's resource is kept, and what it is called there."""
_domain = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_shop = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com")


class ShopifyAway(Exception):
    """Theirs: the shop does not answer what was agreed."""


def shop_of(text: str) -> str:
    """A shop's own domain: we ask and redirect to no other host. Raises `Forged`."""
    if not _shop.fullmatch(text):
        raise Forged("it names no shop")
    return text


def signed(given: Sequence[tuple[str, str]], secret: str) -> str:
    """The HMAC of a query, in hex."""
    lists: dict[str, list[str]] = {}
    for name, value in given:
        lists.setdefault(name, []).append(value)
    pairs = []
    for name, values in lists.items():
        if name == "hmac":
            continue
        if name.endswith("[]"):
            name, values = name.rstrip("[]"), [json.dumps(values)]
        value = values[0]
        name = name.replace("%", "%25").replace("=", "%3D")
        pairs.append(f"{name}={value.replace('%', '%25')}".replace("&", "%26"))
    return hex_hmac(secret, "&".join(sorted(pairs)).encode())


def shop_in(front: Front, given: Sequence[tuple[str, str]], now: float) -> str:
    """The shop that a signed query is of. Raises `Forged`."""
    said = dict(given)
    names = [name for name, _ in given if not name.endswith("[]")]
    if len(set(names)) != len(names):
        raise Forged("it says something twice")
    if not front.secret or not same(said.get("hmac", ""), signed(given, front.secret)):
        raise Forged("it is not signed by Shopify")
    if not is_recent(said.get("timestamp", ""), shopify_link_s_max, now):
        raise Forged("it is too old")
    return shop_of(said.get("shop", ""))


def authorize_url(front: Front, shop: str, redirect_uri: str, state: str) -> str:
    """Where the merchant agrees."""
    query = {"client_id": front.client, "scope": SCOPES, "redirect_uri": redirect_uri, "state": state}
    return f"https://{shop}/admin/oauth/authorize?{urlencode(query)}"


def shop_of_session(front: Front, token: str, now: float) -> str:
    """The shop that a session token of the embedded admin is of (HS256; `aud`, `iss` and `dest` fit). Raises `Forged`."""
    said = claims(token, front.secret, "HS256", now)
    if any(not isinstance(said.get(name), str) for name in ("iss", "dest", "sub", "jti", "sid")) or "exp" not in said:
        raise Forged("it lacks what every session token has")
    if float(said["exp"]) < now - shopify_leeway_s or float(said.get("nbf", 0)) > now + shopify_leeway_s:
        raise Forged("it is over, or not yet to be used")
    issuer, shop = urlsplit(said["iss"]), urlsplit(said["dest"])
    if said.get("aud") != front.client or (issuer.scheme, issuer.netloc) != (shop.scheme, shop.netloc):
        raise Forged("it is for somebody else")
    return shop_of(shop.netloc)


def event(front: Front, topic: str, shop: str, webhook: str, signature: str, body: bytes, now: float) -> Event | None:
    """What a webhook says (base64 HMAC over the body as it came); None: nothing to do. Raises `Forged`."""
    if not front.secret or not same(signature, base64_hmac(front.secret, body)):
        raise Forged("it is not signed by Shopify")
    said, what = json_object(body), TOPICS.get(topic)
    shop = shop_of(shop or str(said.get("shop_domain") or said.get("myshopify_domain") or ""))
    if topic not in ("app/uninstalled", "shop/update") and said.get("shop_domain", shop) != shop:
        raise Forged("it is about another shop")
    if what is None:
        return None
    customer = said.get("customer") if isinstance(said.get("customer"), dict) else {}
    about = {name: str(customer.get(name) or "")[:200] for name in ("id", "email", "phone")} if customer else {}
    if what == "changed":
        about, now = noted(said), _epoch(said.get("updated_at")) or now
    return Event(front.id, shop, what, now, f"{topic} {webhook or signature}", about)


def noted(said: dict[str, Any]) -> dict[str, str]:
    """What is kept of a shop's resource, by the names of a sign-up's `about`."""
    found = {name: said.get(source) for name, source in KEPT.items()}
    kept = {name: value[:254] for name, value in found.items() if isinstance(value, str) and value}
    if not _domain.fullmatch(kept.get("shop_domain", "a")):
        del kept["shop_domain"]
    return kept


def _epoch(text: object) -> float | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) and len(text) < 40 else None
    except ValueError:
        return None
    return found.timestamp() if found is not None and found.tzinfo is not None else None


def token_for(front: Front, ask: Callable[[Ask], Answer], shop: str, code: str) -> str:
    """A code for the token that lasts. Raises `ShopifyAway`, what `mgmt.outbox.web` raises."""
    body = {"client_id": front.client, "client_secret": front.secret, "code": code}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    said = answered(ask(Ask("POST", f"https://{shop}/admin/oauth/access_token", headers, json.dumps(body).encode())))
    token, granted = said.get("access_token"), str(said.get("scope", "")).split(",")
    if not isinstance(token, str) or not token or not set(SCOPES.split(",")) <= {*granted, *_implied(granted)}:
        raise ShopifyAway("the shop did not grant what the app needs")
    return token


def shop_details(ask: Callable[[Ask], Answer], shop: str, token: str) -> dict[str, Any]:
    """Name, e-mail address, country and language of the shop. Raises as `token_for`."""
    headers = {"X-Shopify-Access-Token": token, "Accept": "application/json"}
    said = answered(ask(Ask("GET", f"https://{shop}/admin/api/{VERSION}/shop.json", headers))).get("shop")
    if not isinstance(said, dict):
        raise ShopifyAway("the shop says nothing of itself")
    return said


def _implied(granted: list[str]) -> set[str]:
    """Who may write may read."""
    return {name.replace("write_", "read_", 1) for name in granted if name.startswith("write_")}


def answered(answer: Answer) -> dict[str, Any]:
    """The object that a shop answers. Raises `ShopifyAway`."""
    if answer.status != 200:
        raise ShopifyAway(f"the shop answers {answer.status}")
    try:
        return json_object(answer.body)
    except Forged as wrong:
        raise ShopifyAway("the shop answers no JSON") from wrong
