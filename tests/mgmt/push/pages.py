"""A push service of a browser over real HTTP, on a thread (RFC 8030): takes what is signed for it (RFC 8292), and reads it as its
browser does (RFC 8291, RFC 8188)."""

from __future__ import annotations

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import urandom
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
    """One subscription: what its page hands on, and what came for it."""

    endpoint: str
    application_server_key: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: urandom(16))
    heard: list[dict[str, Any]] = field(default_factory=list)
    gone: bool = False

    def document(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` has it."""
        keys = {"p256dh": written(point(self.key)), "auth": written(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def opened(self, body: bytes) -> bytes:
        """What a body says. Raises `InvalidTag` for what is not sealed for this browser."""
        salt, length = body[:16], body[20]
        theirs, text = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\0" + point(self.key) + theirs
        first = HKDF(SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(first)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(first)
        plain = AESGCM(key).decrypt(nonce, text, None).rstrip(b"\0")
        if not plain.endswith(b"\2"):
            raise InvalidTag
        return plain[:-1]


class Service:
    """`refused` holds why a request was not taken."""

    def __init__(self) -> None:
        service = self
        self.browsers: dict[str, Browser] = {}
        self.refused: list[str] = []
        self.topics: list[str | None] = []
        self.came = threading.Condition()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, why = service.took(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                if why:
                    service.refused.append(why)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def subscribed(self, application_server_key: str) -> Browser:
        """A browser whose page asked to be told by who has that key."""
        path = f"/push/{written(urandom(12))}"
        made = Browser(f"http://{self.host}{path}?v=1%2B1", application_server_key)
        self.browsers[path] = made
        return made

    def took(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """The status, and why not."""
        browser = self.browsers.get(path.partition("?")[0])
        if browser is None or browser.gone:
            return 410, "gone"
        if not headers.get("ttl", "").isdigit():
            return 400, "no TTL (RFC 8030 5.2)"
        wrong = self._unsigned(browser, headers.get("authorization", ""))
        if wrong:
            return 403, wrong
        if headers.get("content-encoding") != "aes128gcm" or len(body) > 4096:
            return 413, "not sealed, or too long"
        try:
            said = json.loads(browser.opened(body))
        except (InvalidTag, ValueError, IndexError):
            return 400, "sealed for somebody else"
        with self.came:
            browser.heard.append(said)
            self.topics.append(headers.get("topic"))
            self.came.notify_all()
        return 201, ""

    def _unsigned(self, browser: Browser, authorization: str) -> str:
        token, _, key = authorization.removeprefix("vapid t=").partition(", k=")
        if key != browser.application_server_key:
            return "not the key that the page subscribed with"
        x, y = written(read(key)[1:33]), written(read(key)[33:])
        try:
            found = jwt.decode(
                token, ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y}), algorithms=["ES256"]
            )
        except (JoseError, ValueError):
            return "no signature of that key"
        claims = found.claims
        if claims.get("aud") != f"http://{self.host}":
            return "for another service"
        if not time.time() < claims.get("exp", 0) <= time.time() + 24 * 3600:
            return "not for now"
        return "" if str(claims.get("sub", "")).startswith(("mailto:", "https:")) else "nobody to ask"

    def heard(self, browser: Browser, kind: str, seconds: float = 20.0) -> dict[str, Any]:
        """The newest of a kind, waited for."""

        def found() -> list[dict[str, Any]]:
            return [one for one in browser.heard if one["kind"] == kind]

        with self.came:
            assert self.came.wait_for(found, seconds), (browser.heard, self.refused)
            return found()[-1]
