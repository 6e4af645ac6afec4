"""A merchant installs the app, comes back to it, or leaves; what the shop's pages and its embedded admin ask for."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from typing import Any

from configdb.widgets import Widget
from mgmt.access.once import Once
from mgmt.access.sessions import Client, hash_of
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import shopify_state_s_max
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent
from mgmt.partners import shopify
from mgmt.partners.arrival import Arrival
from mgmt.partners.signatures import Forged
from mgmt.signup.machine import LIVING
from mgmt.usecases import partners


def install(context: Context, query: Sequence[tuple[str, str]], here: str) -> tuple[str, str]:
    """Where the merchant agrees, and what stays in the browser, so that nobody else's consent is taken. Problem 403, 404."""
    front = partners.known(context, shopify.ID)
    try:
        shop = shopify.shop_in(front, query, context.clock())
    except Forged as wrong:
        raise partners.refused(wrong) from wrong
    state, binding = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    kept = f"{shop} {hash_of(binding)}"
    Once(context.database, context.clock).put(f"shopify {state}", kept, shopify_state_s_max)
    return shopify.authorize_url(front, shop, here, state), binding


def returned(context: Context, query: Sequence[tuple[str, str]], binding: str, client: Client) -> partners.Came:
    """Where they go on; the token is kept sealed. Raises Problem 403, 404, 502."""
    front, said = partners.known(context, shopify.ID), dict(query)
    try:
        shop = shopify.shop_in(front, query, context.clock())
    except Forged as wrong:
        raise partners.refused(wrong) from wrong
    kept = Once(context.database, context.clock).take(f"shopify {said.get('state', '')}") or " "
    if not hmac.compare_digest(kept, f"{shop} {hash_of(binding)}"):
        raise Problem(
            403, "link_used", "This was not begun in this browser, was used, or took too long. Install again."
        )
    try:
        token = shopify.token_for(front, context.web, shop, said.get("code", ""))
        details = shopify.shop_details(context.web, shop, token)
    except (shopify.ShopifyAway, NotAllowed, Unsent, Unanswered) as away:
        raise Problem(502, "partner_away", f"{away}. Install again in a moment.") from away
    email, about = details.get("email"), shopify.noted(details)
    sites = dict.fromkeys((f"https://{shop}", f"https://{about.get('shop_domain', shop)}"))
    arrival = Arrival(
        shopify.ID,
        shop,
        front.plan,
        email=email if isinstance(email, str) and email else None,
        company=str(details.get("name") or shop),
        country=str(details.get("country_code") or ""),
        language=str(details.get("primary_locale") or ""),
        token=token,
        about={**about, "react_site": " ".join(sites)},
    )
    return partners.come(context, arrival, client)


def status(context: Context, authorization: str, base: str) -> dict[str, Any]:
    """What the shop of a session token has here. Raises Problem 401, 404."""
    front = partners.known(context, shopify.ID)
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme != "Bearer":
            raise Forged("there is no session token")
        shop = shopify.shop_of_session(front, token, context.clock())
    except Forged as wrong:
        challenge = (("WWW-Authenticate", 'Bearer realm="shopify", error="invalid_token"'),)
        raise Problem(401, "session_token", f"The session token does not hold: {wrong}.", headers=challenge) from wrong
    found = partners.of_account(context, front.id, shop)
    living = found is not None and found.state in LIVING
    return {
        "shop": shop,
        "state": found.state if found is not None else "new",
        "company": found.company if found is not None and living else None,
        "number": found.number if found is not None and living else None,
        "open": f"{base}/login" if living else None,
    }


def block(context: Context, shop: str) -> str:
    """Where the script of the company's button for this shop's pages is: one that calls, else the form. Raises Problem 404."""
    try:
        found = partners.of_account(context, shopify.ID, shopify.shop_of(shop))
    except Forged as wrong:
        raise not_found("shop") from wrong
    view = context.config.directory.tenants.get(found.tenant) if found is not None else None
    widgets = view.objects.get("widget", {}) if view is not None else {}
    fitting = [one for one in widgets.values() if isinstance(one, Widget) and f"https://{shop}" in one.origins]
    if found is None or not fitting:
        raise not_found("button for this shop")
    best = min(fitting, key=lambda one: (one.ways == ("form",), one.id))
    return f"/clickconnect/{found.tenant}.{best.id}.js"


def webhook(context: Context, topic: str, shop: str, webhook: str, signature: str, body: bytes) -> None:
    """Take what happened. Raises Problem 401, 404."""
    front = partners.known(context, shopify.ID)
    try:
        found = shopify.event(front, topic, shop, webhook, signature, body, context.clock())
    except Forged as wrong:
        raise Problem(401, "not_signed", f"This is not of Shopify: {wrong}.") from wrong
    partners.take(context, found)
