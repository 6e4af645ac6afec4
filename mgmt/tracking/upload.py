"""Calls are uploaded to Yandex Metrica in batches, each call once, and what became of a batch is asked for.

A batch and the marks of its calls are written together, so a crash neither loses a call nor sends it twice.
"""

from __future__ import annotations

import hashlib
import json
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from configdb.secrets import SealError
from configdb.tracking import Tracking
from history.shelves import TRACKED, Change, Put
from mgmt.limits import tracking_batch_max, tracking_patience_s, tracking_since_s
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.services.ledger import Report
from mgmt.tracking.calls import Tracked, tracked
from mgmt.tracking.tables import for_metrica

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 300.0
RESULT = "metrica_result"
"""The channel that asks what became of an upload: asking twice does no harm."""
METRICA = "https://api-metrika.yandex.net/management/v1/counter"
AGAIN_S = 600.0


def run(parts: Parts) -> Report:
    """What is new of all companies that upload."""
    count = 0
    for view in parts.directory().tenants.values():
        for tracking in view.objects.get("tracking", {}).values():
            if isinstance(tracking, Tracking) and tracking.counter and tracking.token:
                count += _batch(parts, view.tenant.id, tracking)
    return Report(count, f"{count} calls to upload")


def _batch(parts: Parts, tenant: str, tracking: Tracking) -> int:
    now, shelves, found = parts.clock(), parts.history.shelves, list[Tracked]()
    for one in tracked(shelves, tenant, tracking, now - tracking_since_s, now):
        if shelves.get(TRACKED, tenant, _mark(tracking, one)) is None:
            found.append(one)
        if len(found) >= tracking_batch_max:
            break
    if not found or parts.errand.dry:
        return len(found)
    ids = " ".join(sorted(one.call.id for one in found))
    id = f"metrica-{tracking.id}-{hashlib.sha256(ids.encode()).hexdigest()[:24]}"
    rows = for_metrica(tracking, found)
    changes: list[Change] = parts.outbox.changes(_item(tenant, id, "metrica", tracking, {"rows": rows}, now))
    changes += [Put(TRACKED, tenant, _mark(tracking, one), {"item": id}) for one in found]
    shelves.write(changes)
    return len(found)


def _mark(tracking: Tracking, one: Tracked) -> str:
    return f"{tracking.id}/{one.call.id}"


def _item(tenant: str, id: str, channel: str, tracking: Tracking, payload: dict[str, Any], now: float) -> Item:
    body, until = {"tracking": tracking.id, **payload}, now + tracking_patience_s
    asks = channel == RESULT
    return Item(id, tenant, channel, "api-metrika.yandex.net", body, now, until, asks, tries_max=60, due_at=now)


def send(parts: Parts, item: Item) -> Outcome:
    """One upload. An answer that did not come leaves it uncertain: Metrica would count calls twice."""
    boundary = token_hex(16)
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="calls.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{item.payload['rows']}\r\n--{boundary}--\r\n"
    ).encode()
    answer = _asked(parts, item, "POST", "upload_calls", body, f"multipart/form-data; boundary={boundary}")
    if not isinstance(answer, Answer):
        return answer
    if answer.status == 429 or answer.status >= 500:
        return Failed(f"Metrica answers {answer.status}", answer.after_s)
    upload = _uploading(answer).get("id")
    if answer.status != 200 or upload is None:
        return Refused(f"Metrica answers {answer.status}: {answer.body[:200].decode('utf-8', 'replace')}")
    return Sent(str(upload), "uploaded")


def told(parts: Parts, item: Item) -> None:
    """After an upload its result is asked for."""
    tracking = _tracking(parts, item)
    if item.state == "sent" and item.reference and tracking is not None:
        payload = {"upload": item.reference}
        parts.outbox.put(_item(item.tenant, f"{item.id}-result", RESULT, tracking, payload, parts.clock()))


def result(parts: Parts, item: Item) -> Outcome:
    """What became of an upload."""
    answer = _asked(parts, item, "GET", f"calls_uploading/{item.payload['upload']}", None, "")
    if not isinstance(answer, Answer):
        return answer
    status = str(_uploading(answer).get("status", ""))
    if answer.status == 200 and status in ("PROCESSED", "LINKAGE_FAILURE"):
        return Sent(None, status) if status == "PROCESSED" else Refused("Metrica knows none of these visitors")
    return Failed(f"{answer.status} {status}".strip(), AGAIN_S)


def _asked(parts: Parts, item: Item, method: str, what: str, body: bytes | None, kind: str) -> Answer | Refused:
    tracking = _tracking(parts, item)
    if tracking is None or tracking.counter is None or tracking.token is None:
        return Refused("the tracking is gone, or has no counter any more")
    try:
        headers = {"authorization": f"OAuth {parts.sealer.open(tracking.token)}"} | (
            {"content-type": kind} if kind else {}
        )
    except SealError as wrong:
        return Refused(str(wrong))
    return parts.web(Ask(method, f"{METRICA}/{tracking.counter}/offline_conversions/{what}", headers, body))


def _tracking(parts: Parts, item: Item) -> Tracking | None:
    view = parts.directory().tenants.get(item.tenant)
    found = view.objects.get("tracking", {}).get(str(item.payload["tracking"])) if view is not None else None
    return found if isinstance(found, Tracking) else None


def _uploading(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    found = said.get("uploading") if isinstance(said, dict) else None
    return found if isinstance(found, dict) else {}


def channels() -> tuple[Channel[Parts], Channel[Parts]]:
    """Uploads, and their results."""
    return Channel("metrica", send, told), Channel(RESULT, result)
