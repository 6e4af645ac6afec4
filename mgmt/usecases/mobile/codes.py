"""An app shows a short code, its person enters it where they are signed in, and the app comes in (RFC 8628).

asked ──approved──► approved ──polled──► gone
  └──denied──► denied ──polled──► gone
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from configdb.reach import source_of
from history.shelves import APP_CODES, NODE, Drop, Put
from mgmt.access.auth import Identity
from mgmt.access.sessions import Client, hash_of
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import app_code_pause_s, app_code_s_max, app_codes_max, app_codes_per_hour_max
from mgmt.usecases import factors

if TYPE_CHECKING:
    from mgmt.usecases.mobile.tokens import Phone

Document = dict[str, Any]
LETTERS, CHARS = "BCDFGHJKLMNPQRSTVWXZ", 8
"""Without vowels: no words; none that look like a digit (RFC 8628 6.1)."""


class NotYet(Exception):
    """Theirs: an error of RFC 8628 3.5, by its code."""


def asked(context: Context, phone: Phone, base: str, client: Client) -> Document:
    """The codes for an app, as RFC 8628 3.2 has them. Raises Problem 429, 503."""
    context.visitors.count((f"app code {source_of(client.address)}", app_codes_per_hour_max))
    now, shelves = context.clock(), context.history.shelves
    waiting = shelves.below(APP_CODES, NODE, "")
    old = [one["code"] for one in waiting if one["until"] <= now]
    shelves.write([Drop(APP_CODES, NODE, code) for code in old])
    if len(waiting) - len(old) >= app_codes_max:
        raise Problem(503, "too_many_codes", "Too many telephones are signed in at the moment. Try again soon.")
    secret, code = secrets.token_urlsafe(32), "".join(secrets.choice(LETTERS) for _ in range(CHARS))
    body = {
        "code": code,
        "secret": hash_of(secret),
        "phone": asdict(phone),
        "address": client.address,
        "until": now + app_code_s_max,
        "state": "asked",
        "polled_at": 0.0,
    }
    shelves.write([Put(APP_CODES, NODE, code, body)])
    shown = f"{code[:4]}-{code[4:]}"
    return {
        "device_code": f"{code}.{secret}",
        "user_code": shown,
        "verification_uri": f"{base}/device",
        "verification_uri_complete": f"{base}/device?code={shown}",
        "expires_in": int(app_code_s_max),
        "interval": int(app_code_pause_s),
    }


def looked_at(context: Context, who: Identity, text: str, client: Client) -> Document:
    """What an entered code is for: `{code, name, platform, address}`. Raises Problem 404, 409, 429."""
    body = _entered(context, who, text, client)
    return {
        "code": body["code"],
        **{name: body["phone"][name] for name in ("name", "platform")},
        "address": body["address"],
    }


def decided(context: Context, who: Identity, text: str, yes: bool, client: Client) -> None:
    """The person lets the app in, or not; it is in the way they are. Raises Problem 403 (no second factor), 404, 409, 429."""
    view, user = factors.own(context, who)
    if yes and who.lacks_factor:
        raise Problem(403, "second_factor_required", "Your company wants a second factor: add one first.")
    session = context.sessions.find_hash(who.session or "")
    way = session.way if session is not None else "password"
    body = _entered(context, who, text, client)

    def decide(now: Document) -> Document:
        if now["state"] != "asked":
            return now
        return {**now, "state": "approved" if yes else "denied", "tenant": view.tenant.id, "user": user.id, "way": way}

    context.history.shelves.change(APP_CODES, NODE, body["code"], decide)


def taken(context: Context, device_code: str, device: str) -> tuple[str, str, str, dict[str, str]]:
    """Tenant, user, how they had come in, what the app said of itself, once they have let it in; only once. Raises `NotYet`."""
    code, _, secret = device_code.partition(".")
    now, shelves = context.clock(), context.history.shelves
    known = shelves.get(APP_CODES, NODE, code) if len(code) == CHARS else None
    right = known is not None and hmac.compare_digest(known["secret"], hash_of(secret))
    if known is None or not right or known["until"] <= now or known["phone"]["device"] != device:
        raise NotYet("expired_token")
    seen: list[Document] = []

    def poll(body: Document) -> Document | None:
        seen[:] = [body]
        return {**body, "polled_at": now} if body["state"] == "asked" else None

    shelves.change(APP_CODES, NODE, code, poll)
    if not seen:
        raise NotYet("expired_token")
    body = seen[0]
    if body["state"] == "asked":
        raise NotYet("slow_down" if now - body["polled_at"] < app_code_pause_s else "authorization_pending")
    if body["state"] == "denied":
        raise NotYet("access_denied")
    return body["tenant"], body["user"], body["way"], body["phone"]


def _entered(context: Context, who: Identity, text: str, client: Client) -> Document:
    factors.own(context, who)
    code = "".join(c for c in text.upper() if c in LETTERS)
    context.attempts.check(f"{who.actor} app code", client.address)
    body = context.history.shelves.get(APP_CODES, NODE, code) if len(code) == CHARS else None
    if body is None or body["until"] <= context.clock() or body["state"] != "asked":
        context.attempts.failed(f"{who.actor} app code", client.address)
        raise not_found("code; it may be too old")
    return body
