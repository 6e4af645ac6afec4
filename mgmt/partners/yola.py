"""Yola's white-label API, as its client yolapy has it: a signed hand-off, users, subscriptions of type `phone_...`, tasks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mgmt.limits import partner_pages_max, yola_link_s_max
from mgmt.outbox.item import Failed, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.partners import accounts
from mgmt.partners.front import Front, front
from mgmt.partners.signatures import Forged, hex_hmac, is_recent, json_object, same, sorted_query
from mgmt.services.ledger import Report
from mgmt.signup.engine import Engine
from mgmt.signup.machine import ACTIVE, SUSPENDED, TRIAL, Signup
from mgmt.signup.sweep import engine_of

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 300.0
ID = "yola"
TYPE = "phone_"
PAYING = ("active", "trial", "reactivated")
_id = re.compile(r"[A-Za-z0-9_-]{1,64}")


class YolaAway(Exception):
    """Theirs: Yola does not answer, or not what was agreed; later it may."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """Who came, from which site, and the task that is done when they have a telephone."""

    user: str
    site: str
    task: str
    key: str


def handed(front: Front, given: Sequence[tuple[str, str]], now: float) -> HandOff:
    """`user_id, site_id, ts, sig[, task_id]`: HMAC-SHA256 in hex over the sorted query. Raises `Forged`."""
    said = dict(given)
    if len(said) != len(given):
        raise Forged("it says something twice")
    if not front.secret or not same(said.get("sig", ""), hex_hmac(front.secret, sorted_query(given, "sig"))):
        raise Forged("it is not signed by Yola")
    if not is_recent(said.get("ts", ""), yola_link_s_max, now):
        raise Forged("it is too old")
    parts = [said.get(name, "") for name in ("user_id", "site_id", "task_id")]
    if not _id.fullmatch(parts[0]) or not all(not part or _id.fullmatch(part) for part in parts[1:]):
        raise Forged("it names nobody")
    return HandOff(parts[0], parts[1], parts[2], said["sig"])


@dataclass(frozen=True, slots=True)
class Yola:
    """Its API, by HTTP Basic. Raises what `mgmt.outbox.web` raises, and `YolaAway`."""

    front: Front
    ask: Callable[[Ask], Answer]

    def user(self, id: str) -> dict[str, Any] | None:
        """Name, surname, email; None: there is nobody."""
        answer = self._asked("GET", f"/users/{id}/")
        return None if answer.status == 404 else self._object(answer)

    def subscriptions(self, **query: str) -> list[dict[str, Any]]:
        """All of ours, page by page."""
        found: list[dict[str, Any]] = []
        filters = "".join(f"&{name}={value}" for name, value in query.items())
        for page in range(1, partner_pages_max + 1):
            said = self._object(self._asked("GET", f"/subscriptions/?page={page}{filters}"))
            results = said.get("results")
            rows = [row for row in results if isinstance(row, dict)] if isinstance(results, list) else []
            found += [row for row in rows if str(row.get("type", "")).startswith(TYPE)]
            if not said.get("next"):
                break
        return found

    def subscribe(self, type: str, user: str, properties: dict[str, str]) -> dict[str, Any]:
        """A new one."""
        return self._object(
            self._asked("POST", "/subscriptions/", {"type": type, "user_id": user, "properties": properties})
        )

    def complete(self, task: str) -> None:
        """What Yola waits for is done."""
        self._object(self._asked("POST", f"/wl-tasks/{task}/complete/"))

    def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        pair = base64.b64encode(f"{self.front.client}:{self.front.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        return self.ask(Ask(method, f"{self.front.url}{path}", headers, data))

    def _object(self, answer: Answer) -> dict[str, Any]:
        if not 200 <= answer.status < 300:
            raise YolaAway(f"Yola answers {answer.status}")
        try:
            return json_object(answer.body)
        except Forged as wrong:
            raise YolaAway("Yola answers no JSON") from wrong


def told_made(parts: Parts, front: Front, found: Signup) -> Outcome:
    """The account has its company: one subscription for it, and its task is done. Looks before it makes one."""
    yola = Yola(front, parts.web)
    try:
        mine = [row for row in yola.subscriptions(user_id=found.account) if row.get("user_id") == found.account]
        if not mine:
            made = yola.subscribe(
                f"{TYPE}{found.plan}", found.account, {"tenant": found.tenant, "number": found.number or ""}
            )
            mine = [made]
        if found.about.get("task"):
            yola.complete(found.about["task"])
    except YolaAway as away:
        return Failed(str(away))
    return Sent(str(mine[0].get("id", "")) or None, "subscribed") if mine else Refused("Yola made no subscription")


def run(parts: Parts) -> Report:
    """Follow what Yola's subscriptions say: no webhook is known, so they are asked for."""
    known = front(parts.directory(), parts.sealer, ID)
    if known is None:
        return Report(0, "nothing is agreed with Yola")
    engine, paying = engine_of(parts), dict[str, bool]()
    for row in Yola(known, parts.web).subscriptions():
        user = str(row.get("user_id", ""))
        paying[user] = paying.get(user, False) or row.get("status") in PAYING
    done = sum(_follows(parts, engine, user, pays) for user, pays in paying.items())
    return Report(done, f"{done} of {len(paying)} accounts changed")


def _follows(parts: Parts, engine: Engine, user: str, pays: bool) -> bool:
    found = engine.signups.of_account(ID, user)
    if (
        found is None
        or (pays and found.state not in (TRIAL, SUSPENDED))
        or (not pays and found.state not in (TRIAL, ACTIVE))
    ):
        return False
    if not parts.errand.dry:
        if pays:
            accounts.started(engine, found)
        else:
            accounts.stopped(engine, found, "cancelled at Yola")
    return True
