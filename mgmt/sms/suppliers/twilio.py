"""Twilio's 2010-04-01 API: forms signed by HMAC-SHA1 over the URL and the sorted fields; answered with empty TwiML."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from mgmt.outbox.item import Lost, Outcome, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.message import DELIVERED, FAILED, SENT
from mgmt.sms.suppliers import json
from mgmt.sms.suppliers.bandwidth import basic
from mgmt.sms.suppliers.vitelity import FORM
from mgmt.sms.wire import (
    MEDIA_MAX,
    TEXT_CHARS_MAX,
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

URL = "https://api.twilio.com"
STATES = {"sent": SENT, "delivered": DELIVERED, "undelivered": FAILED, "failed": FAILED}


@dataclass(frozen=True, slots=True)
class Twilio:
    """`mgmt.sms.wire.Wire`."""

    acknowledged: tuple[str, str] = ("<Response/>", "text/xml")
    pictures: bool = True

    def proved(self, known: Known, request: Request, now: float) -> None:
        text = request.url + "".join(name + value for name, value in sorted(set(request.form)))
        digest = base64.b64encode(hmac.digest(known.password.encode(), text.encode(), "sha1")).decode()
        if not known.password or not same(request.headers.get("x-twilio-signature", ""), digest):
            raise Unproved("its signature is not Twilio's")

    def parsed(self, request: Request, now: float) -> list[Came | Receipt]:
        form = dict(request.form)
        id, status = form.get("MessageSid", "")[:200], form.get("MessageStatus")
        if not id:
            raise Malformed("MessageSid is missing")
        if status is not None and "Body" not in form:
            state = STATES.get(status)
            number = e164(form.get("From", ""))
            return [Receipt(id, number, state, form.get("ErrorCode", "")[:20])] if state else []
        text, count = form.get("Body", ""), form.get("NumMedia", "0")
        if len(text) > TEXT_CHARS_MAX or not (count.isascii() and count.isdigit() and len(count) < 4):
            raise Malformed("not a message")
        media = [
            (form.get(f"MediaUrl{index}", "")[:2000], form.get(f"MediaContentType{index}", "")[:100])
            for index in range(min(int(count), MEDIA_MAX))
        ]
        return [Came(id, number_or_code(form.get("From", "")), e164(form.get("To", "")), text, tuple(media))]

    def ask(self, known: Known, out: Out) -> Ask:
        given = [("From", out.from_), ("To", out.to), ("Body", out.text), *(("MediaUrl", url) for url, _ in out.media)]
        if known.row.inbound_url:
            given.append(("StatusCallback", f"{known.row.inbound_url.rstrip('/')}/sms/{known.row.id}/{known.key}"))
        url = f"{known.row.url or URL}/2010-04-01/Accounts/{known.row.account}/Messages.json"
        headers = {**FORM, "Authorization": basic(known.row.account, known.password)}
        return Ask("POST", url, headers, urlencode(given).encode())

    def outcome(self, answer: Answer) -> Outcome:
        try:
            found = json.read(answer.body)
            if answer.status in (200, 201):
                return Sent(json.text(found, "sid", chars_max=200))
            said = f"{found.get('code', '') if isinstance(found, dict) else ''} {json.text(found, 'message', '', 200)}"
        except Malformed:
            return Lost("an answer that says nothing") if answer.status < 300 else by_status(answer, "")
        return by_status(answer, said.strip())
