"""Requests to where marketing is told: HubSpot's CRM v3, Mailchimp's Marketing API v3, any server that takes JSON. Pure.

Each may be sent again: people are known by their address, and a stage by its id.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from typing import Any

from configdb.marketing import Sink
from mgmt.outbox.item import Failed, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask

FORGET = "forget"
HUBSPOT = "https://api.hubapi.com"


def told(sink: Sink, said: dict[str, str]) -> dict[str, str]:
    """The fields that this sink takes, by its names; those that change nothing of who it is stay out."""
    values = {**said, "email": _hash(said["email"]) if sink.hashed else said["email"]}
    return {there: values.get(ours, "") for ours, there in sink.fields.items()}


def ask(sink: Sink, token: str, id: str, stage: str, said: dict[str, str], at: float) -> Ask:
    """What tells a stage; the stage `forget`: nothing of the person may stay there."""
    match sink.kind:
        case "hubspot":
            return _hubspot(sink, token, stage, said)
        case "mailchimp":
            return _mailchimp(sink, token, stage, said)
        case _:
            person = (
                {"email_sha256": _hash(said["email"])} if sink.hashed or stage == FORGET else {"email": said["email"]}
            )
            body = {"id": id, "stage": stage, "at": at, **person, "fields": told(sink, said) if stage != FORGET else {}}
            return _json("POST", sink.url or "", {"Authorization": f"Bearer {token}", "Idempotency-Key": id}, body)


def _hubspot(sink: Sink, token: str, stage: str, said: dict[str, str]) -> Ask:
    base, headers = (sink.url or HUBSPOT).rstrip("/"), {"Authorization": f"Bearer {token}"}
    if stage == FORGET:
        body: dict[str, Any] = {"objectId": said["email"], "idProperty": "email"}
        return _json("POST", f"{base}/crm/v3/objects/contacts/gdpr-delete", headers, body)
    properties = {**told(sink, said), "email": said["email"], "lifecycle_stage": stage}
    body = {"inputs": [{"id": said["email"], "idProperty": "email", "properties": properties}]}
    return _json("POST", f"{base}/crm/v3/objects/contacts/batch/upsert", headers, body)


def _mailchimp(sink: Sink, token: str, stage: str, said: dict[str, str]) -> Ask:
    base = f"{(sink.url or '').rstrip('/')}/3.0/lists/{sink.audience}/members"
    member = hashlib.md5(said["email"].casefold().encode(), usedforsecurity=False).hexdigest()
    pair = base64.b64encode(f"any:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    if stage == FORGET:
        return _json("POST", f"{base}/{member}/actions/delete-permanent", headers, {})
    body = {
        "email_address": said["email"],
        "status_if_new": "subscribed",
        "language": said["language"],
        "merge_fields": {**told(sink, said), "STAGE": stage},
    }
    return _json("PUT", f"{base}/{member}", headers, body)


def outcome(stage: str, answer: Answer) -> Outcome:
    """How it ended; who is not there is forgotten already."""
    if 200 <= answer.status < 300 or (stage == FORGET and answer.status == 404):
        return Sent(None, "told")
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return Failed(f"it answers {answer.status}", answer.after_s)
    return Refused(f"it answers {answer.status}")


def row(sink: Sink, id: str, stage: str, said: dict[str, str], at: float) -> str:
    """A file of one row with its heading; no cell is a formula for a spreadsheet."""
    person = _hash(said["email"]) if sink.hashed or stage == FORGET else said["email"]
    cells = {
        "id": id,
        "stage": stage,
        "at": f"{at:.0f}",
        "person": person,
        **(told(sink, said) if stage != FORGET else {}),
    }
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(
        [list(cells), [f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells.values()]]
    )
    return out.getvalue()


def _json(method: str, url: str, headers: dict[str, str], body: dict[str, Any]) -> Ask:
    return Ask(method, url, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())


def _hash(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()
