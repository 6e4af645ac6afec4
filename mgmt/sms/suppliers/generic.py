"""Anybody who can sign JSON: `X-Signature: sha256=<hex>` over `timestamp.body` with `X-Timestamp`, both ways.

In: `{"id", "from", "to", "text", "media": [{"url", "type"}]}`, or `{"id", "from", "state"}` of a message that we sent.
Out: the same form of a message, answered by 2xx with `{"id"}`.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass

import orjson

from mgmt.outbox.item import Outcome, Sent
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
    same,
)

STATES = (SENT, DELIVERED, FAILED)


@dataclass(frozen=True, slots=True)
class Generic:
    """`mgmt.sms.wire.Wire`."""

    acknowledged: tuple[str, str] = ("", "text/plain")
    pictures: bool = True

    def proved(self, known: Known, request: Request, now: float) -> None:
        stamp = request.headers.get("x-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 14 and abs(now - int(stamp)) <= CLOCK_SKEW_S):
            raise Unproved("its time is missing or not now")
        if not known.password or not same(
            request.headers.get("x-signature", ""), signature(known.password, stamp, request.body)
        ):
            raise Unproved("its signature is wrong")

    def parsed(self, request: Request, now: float) -> list[Came | Receipt]:
        found = json.read(request.body)
        id = json.text(found, "id", chars_max=200)
        state = json.text(found, "state", "")
        if state:
            if state not in STATES:
                raise Malformed("state is unknown")
            return [Receipt(id, e164(json.text(found, "from")), state, json.text(found, "said", "", 200))]
        media = [
            (json.text(one, "url", chars_max=2000), json.text(one, "type", "", 100))
            for one in json.items(found, "media")[:MEDIA_MAX]
        ]
        from_, to = number_or_code(json.text(found, "from")), e164(json.text(found, "to"))
        return [Came(id, from_, to, json.text(found, "text", ""), tuple(media))]

    def ask(self, known: Known, out: Out) -> Ask:
        said: dict[str, object] = {"id": out.id, "from": out.from_, "to": out.to, "text": out.text}
        if out.media:
            said["media"] = [{"url": url, "type": kind} for url, kind in out.media]
        body = orjson.dumps(said)
        stamp = str(round(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Timestamp": stamp,
            "X-Signature": signature(known.password, stamp, body),
            "Idempotency-Key": out.id,
        }
        return Ask("POST", known.row.url or "", headers, body)

    def outcome(self, answer: Answer) -> Outcome:
        if not 200 <= answer.status < 300:
            return by_status(answer, "")
        try:
            return Sent(json.text(json.read(answer.body), "id", "", 200) or None)
        except Malformed:
            return Sent()


def signature(secret: str, stamp: str, body: bytes) -> str:
    """The header's value."""
    return "sha256=" + hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256").hex()
