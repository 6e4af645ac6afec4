"""Bandwidth messaging v2: arrays of events with Basic (the account, and the secret of the path); the API with Basic too."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import orjson

from mgmt.outbox.item import Lost, Outcome, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.message import DELIVERED, FAILED, SENT
from mgmt.sms.suppliers import json
from mgmt.sms.wire import (
    MEDIA_MAX,
    Came,
    Known,
    Malformed,
    Out,
    Receipt,
    Request,
    Unproved,
    by_status,
    e164,
    number_or_code,
    same,
)

URL = "https://messaging.bandwidth.com/api/v2"
EVENTS_MAX = 100
STATES = {"message-sending": SENT, "message-delivered": DELIVERED, "message-failed": FAILED}


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """`mgmt.sms.wire.Wire`."""

    acknowledged: tuple[str, str] = ("", "text/plain")
    pictures: bool = True

    def proved(self, known: Known, request: Request, now: float) -> None:
        if not same(request.headers.get("authorization", ""), basic(known.row.account, known.key)):
            raise Unproved("its user name or password is wrong")

    def parsed(self, request: Request, now: float) -> list[Came | Receipt]:
        events = json.read(request.body)
        if not isinstance(events, list) or len(events) > EVENTS_MAX:
            raise Malformed("not a list of events")
        found: list[Came | Receipt] = []
        for event in events:
            kind, message = json.text(event, "type"), json.table(event, "message")
            if kind == "message-received":
                found += [_came(message, json.text(event, "to", "") or _first(message))]
            elif kind in STATES:
                number = e164(json.text(message, "owner", "") or json.text(message, "from"))
                said = f"{event.get('errorCode') or ''} {json.text(event, 'description', '', 200)}".strip()
                found += [Receipt(json.text(message, "id", chars_max=200), number, STATES[kind], said)]
        return found

    def ask(self, known: Known, out: Out) -> Ask:
        body = {"applicationId": known.row.profile, "from": out.from_, "to": [out.to], "text": out.text, "tag": out.id}
        body |= {"media": [url for url, _ in out.media]} if out.media else {}
        headers = {"Authorization": basic(known.row.user, known.password), "Content-Type": "application/json"}
        url = f"{known.row.url or URL}/users/{known.row.account}/messages"
        return Ask("POST", url, headers, orjson.dumps(body))

    def outcome(self, answer: Answer) -> Outcome:
        try:
            found = json.read(answer.body)
            if answer.status in (200, 201, 202):
                return Sent(json.text(found, "id", chars_max=200))
            said = json.text(found, "description", json.text(found, "type", "", 60), 200)
        except Malformed:
            return Lost("an answer that says nothing") if answer.status < 300 else by_status(answer, "")
        return by_status(answer, said)


def _first(message: dict[str, Any]) -> str:
    to = next(iter(json.items(message, "to")), "")
    return to if isinstance(to, str) else ""


def _came(message: dict[str, Any], to: str) -> Came:
    media = json.items(message, "media")[:MEDIA_MAX]
    if not all(isinstance(url, str) and len(url) <= 2000 for url in media):
        raise Malformed("media is no list of URLs")
    return Came(
        json.text(message, "id", chars_max=200),
        number_or_code(json.text(message, "from")),
        e164(to),
        json.text(message, "text", ""),
        json.media_urls(media),
        json.moment(json.text(message, "time", "")),
    )


def basic(user: str, password: str) -> str:
    """The Authorization header of RFC 7617."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
