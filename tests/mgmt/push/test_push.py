"""Push Proxy against services with real HTTP/2 that check our signatures: sent, dead, tried again, taken back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from configdb import push as configuration
from configdb.bus_memory import MemoryBus
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from mgmt.outbox.web import Answer, Ask
from mgmt.push.notes import Outcome, Wish, outcome
from mgmt.push.proxy import Link, PushProxy
from mgmt.push.tokens import APNS_S, GOOGLE, Tokens, public_key
from mgmt.usecases.redact import redacted
from tests.mgmt.push.service import Asked, PushService

NOW = 1_800_000_000.0
TOKEN, FCM = "ab" * 32, "dGVzdA:APA91bH-x_y" + "z" * 40
ENDPOINT = "https://push.example.net/send/abc"


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


APPLE, GOOGLES, PAGE = (
    pem(ec.generate_private_key(ec.SECP256R1())),
    pem(rsa.generate_private_key(65_537, 2048)),
    pem(ec.generate_private_key(ec.SECP256R1())),
)


@dataclass
class World:
    """A proxy with a fake of each service."""

    fake: PushService
    proxy: PushProxy
    bus: MemoryBus
    tokens: Tokens
    web: list[Ask]
    waits: list[float]
    now: float = NOW

    def send(self, provider: str, prid: str, param: str = "", kind: str = "wake", left_s: float = 12.0) -> Outcome:
        wish = Wish(kind, "riverside", "ann", "ann-mobile", provider, prid, param, "call-1", "+12025550100", 12.0)
        return self.proxy.send(wish, monotonic() + left_s)[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    fake = PushService(tmp_path).start()
    sealer = Sealer(bytes(32))
    accounts = (
        {
            "id": "apple",
            "provider": "apns",
            "account": "TEAM123456",
            "app": "com.example.phone",
            "key_id": "KEY1234567",
            "key": APPLE,
        },
        {"id": "google", "provider": "fcm", "account": "push@p1.iam.gserviceaccount.com", "app": "p1", "key": GOOGLES},
        {"id": "pages", "provider": "webpush", "account": "mailto:ops@example.net", "key": PAGE},
    )
    kept = {
        str(one["id"]): configuration.PushService.model_validate(
            {**one, "key": sealer.seal(str(one["key"])), "url": fake.url}
        )
        for one in accounts
    }
    directory = Directory(system=MappingProxyType({"push": MappingProxyType(kept)}))
    link, web, waits = Link(fake.trusted), list[Ask](), list[float]()

    def browser_service(ask: Ask) -> Answer:
        web.append(ask)
        return Answer(201, {}, b"")

    tokens = Tokens(sealer, link.ask, lambda: made.now)
    bus = MemoryBus()
    proxy = PushProxy("here", lambda: directory, tokens, link.ask, browser_service, bus, lambda _: None, waits.append)
    made = World(fake, proxy, bus, tokens, web, waits)
    yield made
    proxy.close()
    link.close()
    bus.close()
    fake.stop()


def apple(asked: Asked) -> dict[str, Any]:
    """The claims of a token that Apple would take. Raises for another signature."""
    scheme, _, text = asked.headers["authorization"].partition(" ")
    assert "bearer" == scheme
    found = jwt.decode(text, ECKey.import_key(APPLE), algorithms=["ES256"])
    assert {"alg": "ES256", "kid": "KEY1234567"}.items() <= found.header.items()
    return dict(found.claims)


def google(world: World, error: str | None = None) -> None:
    """The fake is Google's: it gives access tokens for our signature, and takes messages with one."""

    def script(asked: Asked) -> tuple[int, dict[str, Any]]:
        if asked.path == "/token":
            assertion = asked.body.decode().rpartition("assertion=")[2]
            claims = jwt.decode(assertion, RSAKey.import_key(GOOGLES), algorithms=["RS256"]).claims
            assert (GOOGLE, "push@p1.iam.gserviceaccount.com") == (claims["aud"], claims["iss"])
            return 200, {"access_token": "ya29.x", "expires_in": 3600}
        assert "Bearer ya29.x" == asked.headers["authorization"]
        return (200, {"name": "m"}) if error is None else (404, {"error": {"details": [{"errorCode": error}]}})

    world.fake.script = script


def test_a_phone_of_apple_is_woken_over_http2_with_a_signed_token(world: World) -> None:
    assert Outcome.SENT is world.send("apns", TOKEN, "TEAM123456.com.example.phone.voip")
    (asked,) = world.fake.asked
    assert {"iss": "TEAM123456", "iat": int(NOW)} == apple(asked)
    expected = {
        ":path": f"/3/device/{TOKEN}",
        "apns-push-type": "voip",
        "apns-topic": "com.example.phone.voip",
        "apns-expiration": "0",
        "apns-priority": "10",
    }
    assert expected.items() <= dict(asked.headers).items()
    assert {"aps": {}, "call": "call-1", "from": "+12025550100", "kind": "wake"} == asked.document
    assert {"h2"} == world.fake.protocols


def test_one_connection_carries_all_and_the_token_is_made_anew_in_time(world: World) -> None:
    for later in (0.0, APNS_S - 1, APNS_S + 1):
        world.now = NOW + later
        assert Outcome.SENT is world.send("apns", TOKEN, "TEAM123456.com.example.phone")
    assert [int(NOW), int(NOW), int(NOW) + APNS_S + 1] == [apple(one)["iat"] for one in world.fake.asked]
    assert 1 == world.fake.connections


def test_a_token_that_is_not_taken_is_made_anew_and_the_note_sent_again_at_once(world: World) -> None:
    answers = iter([(403, {"reason": "ExpiredProviderToken"}), (200, {})])
    world.fake.script = lambda asked: next(answers)
    assert Outcome.SENT is world.send("apns", TOKEN, "com.example.phone.voip")
    assert (2, []) == (len(world.fake.asked), world.waits)


def test_a_busy_service_is_asked_again_until_the_deadline(world: World) -> None:
    world.fake.script = lambda asked: (429, {"reason": "TooManyRequests"})
    assert Outcome.LATER is world.send("apns", TOKEN, "com.example.phone")
    assert ([0.5, 1.0, 2.0], 4) == (world.waits, len(world.fake.asked))
    assert Outcome.LATER is world.send("apns", TOKEN, "com.example.phone", left_s=0.1)
    assert 5 == len(world.fake.asked)


def test_a_service_that_is_away_is_asked_again(world: World) -> None:
    world.fake.stop()
    assert Outcome.LATER is world.send("apns", TOKEN, "com.example.phone")
    assert 3 == len(world.waits)


def test_a_phone_of_google_is_woken_with_data_only(world: World) -> None:
    google(world)
    assert Outcome.SENT is world.send("fcm", FCM, "p1", kind="cancel")
    token, message = world.fake.asked
    assert ("/token", "/v1/projects/p1/messages:send") == (token.path, message.path)
    expected = {
        "token": FCM,
        "data": {"call": "call-1", "from": "+12025550100", "kind": "cancel"},
        "android": {"priority": "HIGH", "ttl": "12s"},
    }
    assert {"message": expected} == message.document
    assert Outcome.SENT is world.send("fcm", FCM, "p1")
    assert 3 == len(world.fake.asked)


def test_a_page_that_gave_no_key_is_woken_by_vapid_without_a_word(world: World) -> None:
    assert Outcome.SENT is world.send("webpush", ENDPOINT)
    (asked,) = world.web
    token, _, key = asked.headers["authorization"].removeprefix("vapid t=").partition(", k=")
    claims = jwt.decode(token, ECKey.import_key(PAGE), algorithms=["ES256"]).claims
    assert ("https://push.example.net", "mailto:ops@example.net") == (claims["aud"], claims["sub"])
    assert NOW < claims["exp"] <= NOW + 24 * 3600
    assert (public_key(PAGE), 65) == (key, len(base64.urlsafe_b64decode(key + "=")))
    assert ("12", "high", b"") == (asked.headers["ttl"], asked.headers["urgency"], asked.body)
    assert len(asked.headers["topic"]) <= 32
    assert [] == world.fake.asked


@pytest.mark.parametrize("status, answer", [(410, {"reason": "Unregistered"}), (400, {"reason": "BadDeviceToken"})])
def test_a_phone_that_is_gone_is_reported(world: World, status: int, answer: dict[str, Any]) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    done = Event()

    def hear(subject: str, document: dict[str, Any]) -> None:
        told.append((subject, document))
        done.set()

    world.bus.subscribe("push.*.dead", hear)
    world.fake.script = lambda asked: (status, answer)
    wish = {"tenant": "riverside", "user": "ann", "device": "ann-mobile", "provider": "apns", "prid": TOKEN}
    more = {"param": "com.example.phone", "call": "c", "from": "+1", "deadline_s": 12.0}
    world.proxy.heard("push.riverside.wake", {**wish, **more, "node": "elsewhere"})
    world.proxy.heard("push.riverside.wake", {**wish, **more, "node": "here"})
    assert done.wait(10)
    assert [("push.riverside.dead", wish)] == told
    assert (1.0, 1) == (world.proxy.numbers()["push_dead"], len(world.fake.asked))


def test_google_says_that_a_phone_is_gone(world: World) -> None:
    google(world, "UNREGISTERED")
    assert Outcome.DEAD is world.send("fcm", FCM, "p1")


@pytest.mark.parametrize(
    "provider, prid, param",
    [
        ("apns", "../../1/evil", "com.example.phone"),
        ("apns", TOKEN, "com.other.phone"),
        ("apns", TOKEN, ""),
        ("fcm", "short", "p1"),
        ("fcm", FCM, "p2"),
        ("webpush", "push.example.net/send", ""),
        ("webpush", "file:///etc/passwd", ""),
        ("huawei", TOKEN, ""),
    ],
)
def test_what_no_account_is_for_asks_nobody(world: World, provider: str, prid: str, param: str) -> None:
    assert Outcome.REFUSED is world.send(provider, prid, param)
    assert ([], []) == (world.fake.asked, world.web)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"tenant": 1},
        {
            "tenant": "t",
            "user": "u",
            "device": "d",
            "provider": "apns",
            "prid": "x" * 2000,
            "call": "c",
            "from": "f",
            "deadline_s": 1,
        },
    ],
)
def test_what_is_no_wish_is_left_alone(world: World, document: dict[str, Any]) -> None:
    world.proxy.heard("push.t.wake", {**document, "node": "here"})
    assert [] == world.fake.asked


@pytest.mark.parametrize(
    "provider, status, body, expected",
    [
        ("apns", 200, b"", Outcome.SENT),
        ("apns", 400, b"[" * 100_000, Outcome.REFUSED),
        ("apns", 403, b'{"reason": "InvalidProviderToken"}', Outcome.TOKEN),
        ("apns", 500, b"", Outcome.LATER),
        ("fcm", 400, b'{"error": {"details": [{"errorCode": "INVALID_ARGUMENT"}]}}', Outcome.REFUSED),
        ("fcm", 401, b"", Outcome.TOKEN),
        ("fcm", 429, b'{"error": {"details": [{"errorCode": "QUOTA_EXCEEDED"}]}}', Outcome.LATER),
        ("fcm", 404, b'{"error": "no"}', Outcome.REFUSED),
        ("fcm", 404, b'{"error": {"details": "no"}}', Outcome.REFUSED),
        ("webpush", 201, b"", Outcome.SENT),
        ("webpush", 404, b"", Outcome.DEAD),
        ("webpush", 410, b"", Outcome.DEAD),
        ("webpush", 403, b"", Outcome.TOKEN),
        ("webpush", 413, b"", Outcome.REFUSED),
    ],
)
def test_answers_mean_this(provider: str, status: int, body: bytes, expected: Outcome) -> None:
    assert expected is outcome(provider, status, body)


def test_the_key_of_an_account_never_leaves(world: World) -> None:
    service = configuration.PushService(id="apple", provider="apns", account="T", key="sealed:v1:x")
    assert "key" not in redacted("push", json.loads(service.model_dump_json()))
