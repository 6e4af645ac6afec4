"""What a person's app shows of what is new: a missed call, a voice message, a text. Pure.

APNs: `apns-push-type: alert`, collapsed by its activity, good for some hours; in the night passive and without a sound. FCM: data
only, as the calls. What was written or said stays here: the app asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configdb.push import PushService
from mgmt.push.notes import APNS, FCM, Note, is_token

KINDS = ("missed_call", "voicemail", "message")
GOOD_FOR_S = 6 * 3600
WORDS = {
    "en": {"missed_call": "Missed call", "voicemail": "Voice message", "message": "Message"},
    "ru": {"missed_call": "Пропущенный звонок", "voicemail": "Голосовое сообщение", "message": "Сообщение"},
}


@dataclass(frozen=True, slots=True)
class Alert:
    """`activity` is what it is about, `kind` one of KINDS, `who` the other side. quiet: it makes no sound."""

    activity: str
    kind: str
    who: str
    call: str
    language: str
    quiet: bool


def note_of(alert: Alert, push: Mapping[str, Any], service: PushService, now: float) -> Note | None:
    """The request for an app's `push` (see `history.app`); None when its token is none of this service."""
    token = push.get("token") or ""
    if service.provider not in ("apns", "fcm") or not is_token(service.provider, token):
        return None
    about = {"kind": alert.kind, "activity": alert.activity, "from": alert.who, "call": alert.call}
    if service.provider == "fcm":
        android = {"priority": "NORMAL" if alert.quiet else "HIGH", "ttl": f"{GOOD_FOR_S}s"}
        message = {"token": token, "data": {**about, "quiet": "1" if alert.quiet else "0"}, "android": android}
        url = f"{service.url or FCM}/v1/projects/{service.app}/messages:send"
        return Note(url, {"content-type": "application/json"}, json.dumps({"message": message}).encode())
    words = WORDS["ru" if alert.language.startswith("ru") else "en"]
    shown: dict[str, Any] = {"alert": {"title": words[alert.kind], "body": alert.who}, "thread-id": alert.kind}
    shown |= {"interruption-level": "passive"} if alert.quiet else {"sound": "default"}
    headers = {
        "apns-push-type": "alert",
        "apns-topic": service.app,
        "apns-expiration": str(int(now) + GOOD_FOR_S),
        "apns-priority": "5" if alert.quiet else "10",
        "apns-collapse-id": alert.activity[:64],
    }
    return Note(
        f"{service.url or APNS}/3/device/{token.lower()}", headers, json.dumps({"aps": shown, **about}).encode()
    )
