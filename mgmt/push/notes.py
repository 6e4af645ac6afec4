"""What is sent to a push service to wake a phone, and what its answer means. Pure.

APNs: POST /3/device/TOKEN, `apns-push-type: voip`. FCM v1: POST /v1/projects/P/messages:send, data only. Web Push: RFC 8030,
what is said sealed for the page (RFC 8291); a page that gave no key is woken without a word.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from configdb.push import PushService
from mgmt.push.sealed import Ears, sealed

APNS, FCM = "https://api.push.apple.com", "https://fcm.googleapis.com"
TOKEN_CHARS_MAX = 1_000
_apns_token = re.compile(r"[0-9A-Fa-f]{16,400}")
_fcm_token = re.compile(r"[A-Za-z0-9_:-]{16,1000}")
DEAD_AT_APNS = frozenset({"Unregistered", "BadDeviceToken", "DeviceTokenNotForTopic", "ExpiredToken"})


class Outcome(Enum):
    """What an answer means: delivered; the phone is gone for good; our token is not taken; later; never."""

    SENT = "sent"
    DEAD = "dead"
    TOKEN = "token"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the switch wants: `wake` a phone for a call, or `cancel` that. `prid` and `param` as in RFC 8599."""

    kind: str
    tenant: str
    user: str
    device: str
    provider: str
    prid: str
    param: str
    call: str
    caller: str
    deadline_s: float

    @classmethod
    def read(cls, kind: str, document: Mapping[str, Any]) -> Wish:
        """From the bus. Raises `ValueError`."""
        try:
            texts = [document[name] for name in ("tenant", "user", "device", "provider", "prid", "call", "from")]
            deadline = float(document["deadline_s"])
        except (KeyError, TypeError) as wrong:
            raise ValueError("not a wish for a push") from wrong
        if (
            not all(isinstance(text, str) and len(text) <= TOKEN_CHARS_MAX for text in texts)
            or not 0 <= deadline <= 120
        ):
            raise ValueError("not a wish for a push")
        tenant, user, device, provider, prid, call, caller = texts
        return cls(kind, tenant, user, device, provider, prid, str(document.get("param") or ""), call, caller, deadline)


@dataclass(frozen=True, slots=True)
class Note:
    """A request, without the token that proves who sends it."""

    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def is_token(provider: str, name: str) -> bool:
    """Whether a device's name can be one of apns or fcm."""
    return (_apns_token if provider == "apns" else _fcm_token).fullmatch(name) is not None


def service_of(wish: Wish, services: Iterable[PushService]) -> PushService | None:
    """The account that is for this phone: apns `TEAM.TOPIC` and fcm the project, as the phone says; any for webpush."""
    for one in sorted(services, key=lambda service: service.id):
        if one.provider != wish.provider:
            continue
        topic = wish.param.removesuffix(".voip")
        if one.provider == "webpush" or (one.provider == "fcm" and wish.param in ("", one.app)):
            return one
        if one.provider == "apns" and topic in (one.app, f"{one.account}.{one.app}"):
            return one
    return None


def note_of(wish: Wish, service: PushService, ears: Ears | None = None) -> Note | None:
    """The request; None when the phone's token is none of this service. ears: of the page, when it gave us any."""
    about = {"call": wish.call, "from": wish.caller, "kind": wish.kind}
    ttl_s = max(1, round(wish.deadline_s))
    match service.provider:
        case "apns" if is_token("apns", wish.prid):
            headers = {
                "apns-push-type": "voip",
                "apns-topic": f"{service.app}.voip",
                "apns-expiration": "0",
                "apns-priority": "10",
            }
            body = json.dumps({"aps": {}, **about}).encode()
            return Note(f"{service.url or APNS}/3/device/{wish.prid.lower()}", headers, body)
        case "fcm" if is_token("fcm", wish.prid):
            android = {"priority": "HIGH", "ttl": f"{ttl_s}s"}
            message = {"token": wish.prid, "data": about, "android": android}
            headers = {"content-type": "application/json"}
            url = f"{service.url or FCM}/v1/projects/{service.app}/messages:send"
            return Note(url, headers, json.dumps({"message": message}).encode())
        case "webpush" if wish.prid.startswith(("https://", "http://")):
            topic = base64.urlsafe_b64encode(hashlib.sha256(wish.call.encode()).digest()[:24]).decode()
            return _to_page(Note(wish.prid, {"ttl": str(ttl_s), "urgency": "high", "topic": topic}, b""), about, ears)
    return None


def _to_page(note: Note, about: Mapping[str, str], ears: Ears | None) -> Note:
    if ears is None:
        return note
    coded = {"content-encoding": "aes128gcm", "content-type": "application/octet-stream"}
    return Note(note.url, {**note.headers, **coded}, sealed(json.dumps(about).encode(), ears))


def outcome(provider: str, status: int, body: bytes) -> Outcome:
    """What an answer means."""
    if 200 <= status < 300:
        return Outcome.SENT
    said = _said(body)
    if status == 429 or status >= 500:
        return Outcome.LATER
    match provider:
        case "apns":
            if status == 410 or said.get("reason") in DEAD_AT_APNS:
                return Outcome.DEAD
            return (
                Outcome.TOKEN
                if said.get("reason") in ("ExpiredProviderToken", "InvalidProviderToken")
                else Outcome.REFUSED
            )
        case "fcm":
            error = said.get("error")
            details = error.get("details", []) if isinstance(error, dict) else []
            codes = (
                {one.get("errorCode") for one in details if isinstance(one, dict)}
                if isinstance(details, list)
                else set()
            )
            if "UNREGISTERED" in codes:
                return Outcome.DEAD
            return Outcome.TOKEN if status == 401 else Outcome.REFUSED
        case _:
            return Outcome.DEAD if status in (404, 410) else Outcome.TOKEN if status in (401, 403) else Outcome.REFUSED


def _said(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
