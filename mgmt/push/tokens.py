"""Who we are at a push service: signed tokens (RFC 7519), each kept while it holds.

APNs: ES256 with team and key, made anew after 40 minutes (Apple wants 20 to 60). FCM: a Google access token for a service
account's signature (RFC 7523). Web Push: VAPID for the origin of the endpoint (RFC 8292).
"""

from __future__ import annotations

import base64
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from configdb.push import PushService
from configdb.secrets import Sealer, SealError
from mgmt.outbox.web import Answer, Ask

GOOGLE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
APNS_S, GOOGLE_S, VAPID_S = 2400, 3600, 6 * 3600
KEPT_MAX = 1_000


class NoToken(Exception):
    """Ours or the operator's: the key cannot be read, or the service gives no token for it."""


class Tokens:
    """Any thread may ask. `ask` sends a request over HTTP; `clock` is wall time."""

    def __init__(self, sealer: Sealer, ask: Callable[[Ask], Answer], clock: Callable[[], float]) -> None:
        self._sealer, self._ask, self._clock = sealer, ask, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str | None, str], tuple[float, str]] = OrderedDict()

    def authorization(self, service: PushService, url: str) -> str:
        """The Authorization value for a request to `url`. Raises `NoToken`."""
        at = self._place(service, url)
        with self._lock:
            until, value = self._kept.get(at, (0.0, ""))
        if until > self._clock():
            return value
        age_s, value = self._made(service, url)
        with self._lock:
            self._kept[at] = self._clock() + age_s, value
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return value

    def forget(self, service: PushService, url: str) -> None:
        """The service does not take it."""
        with self._lock:
            self._kept.pop(self._place(service, url), None)

    @staticmethod
    def _place(service: PushService, url: str) -> tuple[str, str | None, str]:
        return service.id, service.key, _origin(url) if service.provider == "webpush" else ""

    def _made(self, service: PushService, url: str) -> tuple[float, str]:
        try:
            pem = self._sealer.open(service.key or "")
            match service.provider:
                case "apns":
                    return APNS_S, f"bearer {self._apns(service, pem)}"
                case "fcm":
                    return self._fcm(service, pem)
                case _:
                    return VAPID_S / 2, self._vapid(service, pem, url)
        except (SealError, JoseError, ValueError, TypeError) as wrong:
            raise NoToken(f"{service.id}: {type(wrong).__name__}") from wrong

    def _apns(self, service: PushService, pem: str) -> str:
        head = {"alg": "ES256", "kid": service.key_id}
        return jwt.encode(head, {"iss": service.account, "iat": int(self._clock())}, ECKey.import_key(pem))

    def _vapid(self, service: PushService, pem: str, url: str) -> str:
        claims = {"aud": _origin(url), "exp": int(self._clock()) + VAPID_S, "sub": service.account}
        signed = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(pem))
        return f"vapid t={signed}, k={public_key(pem)}"

    def _fcm(self, service: PushService, pem: str) -> tuple[float, str]:
        now = int(self._clock())
        claims = {"iss": service.account, "scope": SCOPE, "aud": GOOGLE, "iat": now, "exp": now + GOOGLE_S}
        signed = jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, RSAKey.import_key(pem))
        body = f"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={signed}".encode()
        where = f"{service.url}/token" if service.url else GOOGLE
        answer = self._ask(Ask("POST", where, {"content-type": "application/x-www-form-urlencoded"}, body))
        if answer.status != 200:
            raise NoToken(f"{service.id}: {answer.status} for the service account")
        said = json.loads(answer.body)
        return max(0.0, float(said.get("expires_in", GOOGLE_S)) - 120), f"Bearer {said['access_token']}"


def page_key() -> str:
    """A new key of an application server (RFC 8292 2: P-256), as PEM."""
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key(pem: str) -> str:
    """The application server's key as pages want it (RFC 8292 3.2). Raises `ValueError`."""
    found = load_pem_private_key(pem.encode(), None).public_key()
    if not isinstance(found, EllipticCurvePublicKey):
        raise ValueError("not a key on P-256")
    point = found.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
