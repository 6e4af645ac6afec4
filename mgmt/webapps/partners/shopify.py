"""Web app ShopifyApp: install by OAuth, API of the embedded admin, block of the theme, webhooks; see docs/apps/shopify.md."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from mgmt.http import door
from mgmt.http.described import OBJECT, TEXT, described
from mgmt.limits import shopify_state_s_max
from mgmt.usecases import partners_shopify as shopify
from mgmt.webapps.partners.pages import go_on, pairs

blueprint = Blueprint("shopify", __name__)
COOKIE = "softswitch_shopify"


@blueprint.get("/store/shopify/install")
@described(query={"shop": TEXT, "hmac": TEXT, "timestamp": TEXT}, statuses=(302,))
def install() -> BaseResponse:
    """On to the shop, where the merchant agrees."""
    here = f"{door.base()}{url_for('shopify.returned')}"
    address, binding = shopify.install(door.context(), pairs(), here)
    answer = redirect(address, 302)
    path, secure = url_for("shopify.returned"), door.context().door.secure
    answer.set_cookie(
        COOKIE, binding, max_age=int(shopify_state_s_max), path=path, secure=secure, httponly=True, samesite="Lax"
    )
    return answer


@blueprint.get("/store/shopify/callback")
@described(query={"shop": TEXT, "hmac": TEXT, "timestamp": TEXT, "code": TEXT, "state": TEXT}, statuses=(303,))
def returned() -> BaseResponse:
    """The merchant agreed: on to the sign-up, or into the company."""
    answer = go_on(shopify.returned(door.context(), pairs(), request.cookies.get(COOKIE, ""), door.client()))
    answer.delete_cookie(COOKIE, path=url_for("shopify.returned"))
    return answer


@blueprint.get("/store/shopify/status")
@described(answer=OBJECT)
def status() -> dict[str, Any]:
    """For the embedded admin, by its session token: what the shop has here."""
    return shopify.status(door.context(), request.headers.get("Authorization", ""), door.base())


@blueprint.get("/store/shopify/block.js")
@described(query={"shop": TEXT}, statuses=(302,))
def block() -> BaseResponse:
    """The script of the theme's block: the company's button for calls from the shop's pages."""
    answer = redirect(shopify.block(door.context(), request.args.get("shop", "")), 302)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@blueprint.post("/store/shopify/webhooks")
@described(content="text/plain", answer=TEXT)
def webhook() -> Response:
    """What happened at a shop; answered when it is durable."""
    given = [
        request.headers.get(f"X-Shopify-{name}", "") for name in ("Topic", "Shop-Domain", "Webhook-Id", "Hmac-Sha256")
    ]
    shopify.webhook(door.context(), given[0], given[1], given[2], given[3], request.get_data())
    return Response("ok", mimetype="text/plain")
