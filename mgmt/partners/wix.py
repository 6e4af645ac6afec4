"""Wix: the signed `instance` of a page in its dashboard, and webhooks that are a JSON Web Token as a whole (dev.wix.com)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mgmt.limits import wix_instance_s_max, wix_webhook_s_max
from mgmt.partners.event import Event, What
from mgmt.partners.front import Front
from mgmt.partners.signatures import Forged, claims, is_recent, json_object, unpadded

APPS = MappingProxyType({"tollfree": "wix-tollfree", "react": "wix-react"})
"""The two apps by their word in the path."""

SOLD = MappingProxyType({"wix-tollfree": "tollfree"})
"""The kind of numbers that an app sells; one that is not named sells all kinds."""

EVENTS: dict[str, What] = {
    "AppInstalled": "installed",
    "AppRemoved": "removed",
    "PaidPlanPurchased": "paid",
    "PaidPlanChanged": "paid",
    "PaidPlanReactivated": "paid",
    "PaidPlanEnded": "unpaid",
}
"""What changes something here; others (an auto-renewal that is cancelled, properties of a site) change nothing."""
_id = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Instance:
    """One installation on one site, whether who looks is its owner, and what was bought for it ("": nothing)."""

    id: str
    user: str
    owner: bool
    product: str


def widget_id(instance: str) -> str:
    """What the widget of an installation's site is called."""
    return f"wix-{hashlib.sha256(instance.encode()).hexdigest()[:16]}"


def instance(front: Front, text: str, now: float) -> Instance:
    """`<signature>.<data>`, both base64url without padding; HMAC-SHA256 over the data as it is written. Raises `Forged`."""
    signature, _, data = text.partition(".")
    wanted = hmac.digest(front.secret.encode(), data.encode("utf-8", "replace"), "sha256")
    if not front.secret or not hmac.compare_digest(unpadded(signature), wanted):
        raise Forged("it is not signed by Wix")
    said = json_object(unpadded(data))
    if not is_recent(_seconds(said.get("signDate")), wix_instance_s_max, now):
        raise Forged("it is too old")
    id = str(said.get("instanceId", ""))
    if not _id.fullmatch(id):
        raise Forged("it names no installation")
    return Instance(
        id, str(said.get("uid") or "")[:64], said.get("permissions") == "OWNER", str(said.get("vendorProductId") or "")
    )


def event(front: Front, body: bytes, now: float) -> Event | None:
    """What a webhook says; None: nothing that we do something about. Raises `Forged`."""
    said = claims(body.decode("ascii", "replace").strip(), front.public_key, "RS256", now)
    if "iat" in said and not is_recent(said["iat"], wix_webhook_s_max, now):
        raise Forged("it is too old")
    data = _inner(said.get("data"))
    if isinstance(data.get("data"), str) and "eventType" not in data:
        data = _inner(data["data"])
    id, type = str(data.get("instanceId", "")), str(data.get("eventType", ""))
    if not _id.fullmatch(id):
        raise Forged("it names no installation")
    what = EVENTS.get(type)
    if what is None:
        return None
    details = _inner(data.get("data")) if data.get("data") else {}
    at = _seconds(details.get("operationTimeStamp")) or said.get("iat")
    key = str(details.get("id") or hashlib.sha256(body).hexdigest())
    return Event(front.id, id, what, float(at or now), f"{type} {key}")


def _inner(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else json_object(value if isinstance(value, str) else "")


def _seconds(text: object) -> float | None:
    """ISO 8601 in epoch seconds."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) and len(text) < 40 else None
        return found.timestamp() if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
