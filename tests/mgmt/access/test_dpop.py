"""Proofs of possession by the letters of RFC 9449 4.3: each rule, and an app that is bound to its key."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from mgmt.access.dpop import NotProved, thumbprint
from mgmt.limits import dpop_age_s_max
from tests.mgmt.conftest import World
from tests.mgmt.mobile.phone import Phone

NOW, URL = 1_767_225_600.0, "http://localhost/mobile/v1/token"
KEY = ECKey.generate_key("P-256")
OTHER = ECKey.generate_key("P-256")


def proof(key: Any = KEY, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": key.as_dict(private=False), **(header or {})}
    said = {"jti": "proof-0001", "htm": "POST", "htu": URL, "iat": NOW, **claims}
    return jwt.encode(head, said, key, algorithms=[alg])


def forged(**header: Any) -> str:
    """A proof with another header, as no library would make it."""
    head = json.dumps({"typ": "dpop+jwt", "alg": "ES256", **header}).encode()
    return base64.urlsafe_b64encode(head).decode().rstrip("=") + "." + proof().partition(".")[2]


class Seen:
    """Names that came before."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def first(self, name: str, _: float) -> bool:
        new = name not in self.names
        self.names.add(name)
        return new


def read(text: str, now: float = NOW) -> str:
    return thumbprint(text, "POST", URL, now, Seen().first)


@pytest.mark.parametrize(
    ("key", "alg"),
    [(KEY, "ES256"), (ECKey.generate_key("P-384"), "ES384")],
    ids=["ES256", "ES384"],
)
def test_a_proof_names_its_key(key: Any, alg: str) -> None:
    assert key.thumbprint() == read(proof(key, alg))


@pytest.mark.parametrize("url", [f"{URL}?x=1", f"{URL}#x", "http://LOCALHOST:80/mobile/v1/token"])
def test_the_address_is_compared_without_what_does_not_count(url: str) -> None:
    assert KEY.thumbprint() == read(proof(htu=url))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c",
        "\u00e9.b.c",
        "bnVsbA.e30.x",
        "W1tbW1tbW1tb.e30.x",
        "a" * 5_000,
        proof(header={"typ": "JWT"}),
        proof(header={"jwk": OTHER.as_dict(private=False)}),
        proof(header={"jwk": KEY.as_dict(private=True)}),
        forged(),
        forged(jwk="x"),
        forged(jwk={"kty": "EC", "crv": "P-256", "x": 1, "y": []}),
        forged(jwk={"kty": "EC"}, alg="none"),
        forged(jwk={"kty": "oct", "k": "AAAA"}, alg="HS256"),
        forged(jwk=RSAKey.generate_key(2048).as_dict(private=False), alg="RS256"),
        proof(htm="GET"),
        proof(htu="http://localhost/mobile/v1/revoke"),
        proof(htu="https://localhost/mobile/v1/token"),
        proof(htu="http://localhost:8443/mobile/v1/token"),
        proof(htu="http://localhost:99999/mobile/v1/token"),
        proof(htu=7),
        proof(iat=NOW - dpop_age_s_max - 1),
        proof(iat=NOW + dpop_age_s_max + 1),
        proof(iat="now"),
        proof(jti=""),
        proof(jti=7),
        proof() + "x",
    ],
)
def test_what_is_no_proof_is_not_taken(text: str) -> None:
    with pytest.raises(NotProved):
        read(text)


def test_a_proof_is_good_for_once() -> None:
    seen = Seen()
    assert KEY.thumbprint() == thumbprint(proof(), "POST", URL, NOW, seen.first)
    with pytest.raises(NotProved, match="jti"):
        thumbprint(proof(), "POST", URL, NOW, seen.first)


class Bound(Phone):
    """An app that proves that it has a key."""

    def proved(self, key: Any = KEY, **form: str) -> tuple[int, dict[str, Any]]:
        self.count = getattr(self, "count", 0) + 1
        made = proof(key, jti=f"proof-{id(self)}-{self.count}", iat=self.world.clock.now)
        answer = self.client.post(
            "/mobile/v1/token", data={"device": self.device, "platform": "ios", **form}, headers={"DPoP": made}
        )
        said = answer.get_json(force=True)
        if answer.status_code == 200:
            self.last = said
        return answer.status_code, said


def test_a_refresh_token_is_worth_nothing_without_the_key_it_was_given_for(world: World) -> None:
    app = Bound(world)
    person = {"grant_type": "password", "username": "ann@riverside.example", "password": "correct horse battery"}
    assert (200, "Bearer") == (app.proved(**person)[0], app.last["token_type"])
    again = {"grant_type": "refresh_token", "refresh_token": app.last["refresh_token"]}
    assert (400, "invalid_dpop_proof") == (app.token(**again)[0], app.token(**again)[1]["error"])
    assert (400, "invalid_dpop_proof") == (app.proved(OTHER, **again)[0], app.proved(OTHER, **again)[1]["error"])
    assert 200 == app.proved(**again)[0]
    assert 200 == app.ask("GET", "/mobile/v1/changes")[0]
    assert 200 == app.proved(grant_type="refresh_token", refresh_token=app.last["refresh_token"])[0]


def test_an_app_without_a_key_goes_on_without_one(world: World) -> None:
    app = Bound(world)
    assert 200 == app.sign_in()[0]
    assert 200 == app.proved(grant_type="refresh_token", refresh_token=app.last["refresh_token"])[0]
    assert 200 == app.refresh()[0]


def test_a_bad_proof_is_an_oauth_error_and_nothing_else(world: World) -> None:
    form = {
        "grant_type": "password",
        "username": "ann@riverside.example",
        "password": "x",
        "device": "pixel-0123456789",
    }
    answer = world.app.test_client().post("/mobile/v1/token", data=form, headers={"DPoP": "x.y.z"})
    assert (400, "invalid_dpop_proof") == (answer.status_code, answer.get_json()["error"])
