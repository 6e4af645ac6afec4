"""Telnyx API v2: events signed by Ed25519 over `timestamp|body`; messages and what became of them come to one address."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mgmt.outbox.item import Lost, Outcome, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.message import DELIVERED, FAILED, SENT
from mgmt.sms.suppliers import json
from mgmt.sms.wire import (
    CLOCK_SKEW_S,
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
)

URL = "https://api.telnyx.com"
STATES = {"sent": SENT, "delivered": DELIVERED, "sending_failed": FAILED, "delivery_failed": FAILED}


@dataclass(frozen=True, slots=True)
class Telnyx:
    """`mgmt.sms.wire.Wire`."""

    acknowledged: tuple[str, str] = ("", "text/plain")
    pictures: bool = True

    def proved(self, known: Known, request: Request, now: float) -> None:
        stamp = request.headers.get("telnyx-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 14 and abs(now - int(stamp)) <= CLOCK_SKEW_S):
            raise Unproved("its time is missing or not now")
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(known.row.public_key, validate=True))
            signature = base64.b64decode(request.headers.get("telnyx-signature-ed25519", ""), validate=True)
            key.verify(signature, stamp.encode() + b"|" + request.body)
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Unproved("its signature is not Telnyx's") from error

    def parsed(self, request: Request, now: float) -> list[Came | Receipt]:
        data = json.table(json.read(request.body), "data")
        payload, kind = json.table(data, "payload"), json.text(data, "event_type")
        if kind == "message.received":
            return [_came(payload)]
        if kind in ("message.sent", "message.finalized"):
            return _receipts(payload)
        return []

    def ask(self, known: Known, out: Out) -> Ask:
        body: dict[str, Any] = {"from": out.from_, "to": out.to, "text": out.text, "tags": [out.id]}
        if out.media:
            body["media_urls"] = [url for url, _ in out.media]
        if known.row.profile:
            body["messaging_profile_id"] = known.row.profile
        headers = {"Authorization": f"Bearer {known.password}", "Content-Type": "application/json"}
        return Ask("POST", f"{known.row.url or URL}/v2/messages", headers, orjson.dumps(body))

    def outcome(self, answer: Answer) -> Outcome:
        try:
            found = json.read(answer.body)
            if answer.status in (200, 201, 202):
                return Sent(json.text(json.table(found, "data"), "id", chars_max=200))
            first = json.first(found, "errors")
            said = f"{json.text(first, 'code', '', 20)} {json.text(first, 'title', '', 120)}"
        except Malformed:
            return Lost("an answer that says nothing") if answer.status < 300 else by_status(answer, "")
        return by_status(answer, said.strip())


def _came(payload: dict[str, Any]) -> Came:
    to = json.first(payload, "to")
    media = [
        (json.text(one, "url", chars_max=2000), json.text(one, "content_type", "", 100))
        for one in json.items(payload, "media")[:MEDIA_MAX]
    ]
    return Came(
        json.text(payload, "id", chars_max=200),
        number_or_code(json.text(json.table(payload, "from"), "phone_number")),
        e164(json.text(to, "phone_number")),
        json.text(payload, "text", ""),
        tuple(media),
        json.moment(json.text(payload, "received_at", "")),
    )


def _receipts(payload: dict[str, Any]) -> list[Came | Receipt]:
    to = json.first(payload, "to")
    state = STATES.get(json.text(to, "status", ""))
    if state is None:
        return []
    error = json.first(payload, "errors")
    said = f"{json.text(error, 'code', '', 20)} {json.text(error, 'title', '', 120)}".strip()
    number = e164(json.text(json.table(payload, "from"), "phone_number"))
    return [Receipt(json.text(payload, "id", chars_max=200), number, state, said)]
