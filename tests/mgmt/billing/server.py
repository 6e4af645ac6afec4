"""Recurly as its OpenAPI description (v2021-02-25) has it, in memory: what it takes, how it answers, what it refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mgmt.outbox.web import Answer, Ask, Unanswered, Unsent

KEY, SECRET = "site-key-0123456789", "hook-secret"
VERSION = "application/vnd.recurly.v2021-02-25"
PAGE = 2
Body = dict[str, Any]


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Recurly:
    """One site. `lose`: so many of the next requests are done and not answered; `away`: nothing is reached."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.accounts: dict[str, Body] = {}
        self.subscriptions: list[Body] = []
        self.invoices: list[Body] = []
        self.usage: list[Body] = []
        self.asked: list[str] = []
        self.lose, self.away, self.garbage = 0, False, b""
        self._once: dict[str, Answer] = {}

    def __call__(self, ask: Ask) -> Answer:
        if self.away:
            raise Unsent("v3.recurly.com cannot be reached")
        answer = self._answer(ask)
        if self.lose:
            self.lose -= 1
            raise Unanswered("no answer in time")
        return answer

    def _answer(self, ask: Ask) -> Answer:
        parts = urlsplit(ask.url)
        self.asked.append(f"{ask.method} {parts.path}")
        assert ("https", "v3.recurly.com") == (parts.scheme, parts.netloc)
        assert VERSION == ask.headers["Accept"]
        if self.garbage:
            return Answer(200, {"content-type": "text/html"}, self.garbage)
        if base64.b64encode(f"{KEY}:".encode()).decode() != ask.headers["Authorization"].removeprefix("Basic "):
            return self._error(401, "unauthorized", "Invalid API key")
        key = ask.headers.get("Idempotency-Key")
        if key is not None and key in self._once:
            return self._once[key]
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        body = json.loads(ask.body) if ask.body else {}
        answer = self._routed(ask.method, path, parse_qs(parts.query), body)
        if key is not None:
            self._once[key] = answer
        return answer

    def _routed(self, method: str, path: list[str], query: dict[str, list[str]], body: Body) -> Answer:
        match method, path:
            case "POST", ["purchases"]:
                return self._purchase(body)
            case "GET", ["accounts", id]:
                account = self._account(id)
                return self._error(404, "not_found", "No such account") if account is None else self._json(200, account)
            case "GET", ["accounts", id, "subscriptions"]:
                return self._list(path, query, [one for one in self.subscriptions if self._of(one, id)])
            case "GET", ["accounts", id, "invoices"]:
                wanted = query.get("state", [None])[0]
                mine = [one for one in self.invoices if self._of(one, id) and wanted in (None, one["state"])]
                return self._list(path, query, mine)
            case "GET", ["subscriptions", id]:
                return self._one(self.subscriptions, id)
            case "GET", ["invoices", name] if name.endswith(".pdf"):
                paper = b"%PDF-1.4 " + name.removesuffix(".pdf").encode()
                return Answer(200, {"content-type": "application/pdf", "x-request-id": "r"}, paper)
            case "GET", ["invoices", id]:
                return self._one(self.invoices, id)
            case "DELETE", ["subscriptions", id]:
                found = next(one for one in self.subscriptions if one["id"] == id)
                assert ["full"] == query["refund"]
                self.change(found, state="expired")
                return self._json(200, found)
            case "POST", ["subscriptions", id, "add_ons", "code-minutes", "usage"]:
                assert {"amount", "merchant_tag", "recording_timestamp", "usage_timestamp"} == set(body)
                self.usage.append({"subscription": id, **body})
                made = {
                    "object": "usage",
                    "id": f"u{len(self.usage)}",
                    **{k: body[k] for k in ("amount", "merchant_tag")},
                }
                return self._json(201, made)
        return self._error(404, "not_found", "Not found")

    def _purchase(self, body: Body) -> Answer:
        assert {"currency", "account", "subscriptions"} == set(body)
        token = body["account"].get("billing_info", {}).get("token_id", "")
        if token == "declined":
            return self._error(422, "transaction", "Your transaction was declined.")
        code = body["account"]["code"]
        self.open(code, email=body["account"]["email"])
        [plan] = [one["plan_code"] for one in body["subscriptions"]]
        self.subscribe(code, plan=plan)
        invoice = self.invoice(code, 19.0, "paid")
        return self._json(201, {"object": "invoice_collection", "charge_invoice": invoice, "credit_invoices": []})

    # -- what happens there ----------------------------------------------------------------------------------------

    def open(self, code: str, email: str = "ann@acme.example") -> Body:
        now = stamp(self.clock())
        about = {"object": "account", "id": f"a-{code}", "code": code, "state": "active", "email": email}
        flags = {"has_live_subscription": True, "has_active_subscription": True, "has_past_due_invoice": False}
        return self.accounts.setdefault(code, {**about, **flags, "created_at": now, "updated_at": now})

    def subscribe(
        self, code: str, state: str = "active", plan: str = "small", trial_until: float | None = None
    ) -> Body:
        now, id = stamp(self.clock()), f"s{len(self.subscriptions) + 1}"
        mini = {"object": "account", "id": f"a-{code}", "code": code}
        found = {
            "object": "subscription",
            "id": id,
            "account": mini,
            "plan": {"object": "plan", "id": "p1", "code": plan, "name": plan},
            "state": state,
            "currency": "USD",
            "created_at": now,
            "updated_at": now,
            "trial_ends_at": stamp(trial_until) if trial_until is not None else None,
        }
        self.subscriptions.append(found)
        return found

    def invoice(self, code: str, total: float, state: str, due_at: float | None = None) -> Body:
        now, id = stamp(self.clock()), f"i{len(self.invoices) + 1}"
        mini = {"object": "account", "id": f"a-{code}", "code": code}
        found = {
            "object": "invoice",
            "id": id,
            "number": f"10{len(self.invoices)}",
            "account": mini,
            "state": state,
            "total": total,
            "currency": "USD",
            "created_at": now,
            "updated_at": now,
            "due_at": stamp(due_at) if due_at is not None else None,
        }
        self.invoices.append(found)
        self.accounts[code]["has_past_due_invoice"] |= state == "past_due"
        return found

    def change(self, found: Body, **fields: Any) -> None:
        """Something is another now: the moment is a second later than anything before."""
        found.update(fields, updated_at=stamp(self.clock()))

    def notice(self, found: Body, event: str = "updated") -> tuple[dict[str, str], bytes]:
        """What it tells by webhook, signed."""
        account = found if found["object"] == "account" else found["account"]
        body = {
            "id": found["id"],
            "object_type": found["object"],
            "site_id": "site",
            "event_type": event,
            "event_time": stamp(self.clock()),
            "account_code": account["code"],
        }
        text = json.dumps(body).encode()
        return {"recurly-signature": signature(text, self.clock()), "content-type": "application/json"}, text

    # -- answers ---------------------------------------------------------------------------------------------------

    def _account(self, id: str) -> Body | None:
        if id.startswith("code-"):
            return self.accounts.get(id.removeprefix("code-"))
        return next((one for one in self.accounts.values() if one["id"] == id), None)

    @staticmethod
    def _of(found: Body, id: str) -> bool:
        return bool(found["account"]["code"] == id.removeprefix("code-"))

    def _one(self, among: list[Body], id: str) -> Answer:
        found = next((one for one in among if one["id"] == id), None)
        return self._error(404, "not_found", "Not found") if found is None else self._json(200, found)

    def _list(self, path: list[str], query: dict[str, list[str]], found: list[Body]) -> Answer:
        begin = int(query.get("cursor", ["0"])[0])
        more = len(found) > begin + PAGE
        state = f"&state={query['state'][0]}" if "state" in query else ""
        following = f"/{'/'.join(path)}?cursor={begin + PAGE}{state}" if more else None
        data = found[begin : begin + PAGE]
        return self._json(200, {"object": "list", "has_more": more, "next": following, "data": data})

    def _json(self, status: int, body: Body) -> Answer:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-request-id": "req-1",
            "recurly-version": VERSION,
        }
        return Answer(status, headers, json.dumps(body).encode())

    def _error(self, status: int, kind: str, message: str) -> Answer:
        return self._json(status, {"error": {"type": kind, "message": message, "params": []}})


def signature(body: bytes, at: float, *secrets: str) -> str:
    """As the header is: a moment in milliseconds, a digest for each key that is valid now."""
    when = str(int(at * 1000))
    digests = [hmac.new(key.encode(), f"{when}.".encode() + body, hashlib.sha256) for key in secrets or (SECRET,)]
    return ",".join([when, *(one.hexdigest() for one in digests)])
