"""Single sign-on against a scripted provider: what it has to say, and everything that must not let anybody in."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from configdb.log import Change
from mgmt.access.oidc import Pending
from mgmt.access.ways_in import credentials_of
from mgmt.outbox.web import Answer, Ask, Web
from tests.mgmt.conftest import World

JsonOf = Callable[..., Any]
ISSUER = "https://id.example.com"
SSO = {
    "id": "main",
    "name": "Example Login",
    "issuer": ISSUER,
    "client_id": "softswitch",
    "client_secret": "s3cret & more",
    "domains": ["riverside.example"],
}


@dataclass
class Provider:
    """A provider that signs what a test wants."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    signer: Any = None
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    asked: list[Ask] = field(default_factory=list)

    def __call__(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        path = urlsplit(ask.url).path
        if path == "/.well-known/openid-configuration":
            return self._said(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/auth",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/keys",
                    "userinfo_endpoint": f"{ISSUER}/me",
                }
                | self.metadata
            )
        if path == "/keys":
            return self._said({"keys": [self.key.as_dict(private=False)]})
        if path == "/me":
            return self._said(self.userinfo)
        return self._said({"id_token": self._token(), "access_token": "a", "token_type": "Bearer"})

    def _token(self) -> str:
        if self.header["alg"] == "none":
            parts = (json.dumps(part).encode() for part in (self.header, self.claims))
            return ".".join((*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""))
        return jwt.encode(self.header, self.claims, self.signer or self.key, algorithms=["RS256", "HS256"])

    def _said(self, document: dict[str, Any]) -> Answer:
        return Answer(200, {}, json.dumps(document).encode())


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
def provider(world: World, key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> Provider:
    found = Provider(key)
    monkeypatch.setattr(Web, "__call__", lambda _self, ask: found(ask))
    assert 201 == world.client().put("/api/v1/config/sso/main", json=SSO).status_code
    return found


def begun(world: World, provider: Provider, email: str = "ann@riverside.example") -> tuple[FlaskClient, dict[str, str]]:
    """A browser at the provider, and what is in the address there; the provider would say who it is."""
    client = world.client(user=None)
    page = client.post("/login/sso", data={"email": email, "next": "/app/calls"}).get_data(as_text=True)
    found = re.search(r'href="(https://id\.example\.com/auth[^"]+)"', page)
    assert found is not None, page
    query = {name: values[0] for name, values in parse_qs(urlsplit(found[1].replace("&amp;", "&")).query).items()}
    now = world.clock()
    provider.claims = {
        "iss": ISSUER,
        "aud": "softswitch",
        "sub": f"subject of {email}",
        "nonce": query["nonce"],
        "iat": now,
        "exp": now + 300,
        "email": email,
        "email_verified": True,
        "name": "Somebody New",
    }
    return client, query


def returned(client: FlaskClient, query: dict[str, str], **more: str) -> Any:
    given = {"state": query["state"], "code": "the code", **more}
    return client.get("/login/sso/return", query_string=given, headers={"Sec-Fetch-Site": "cross-site"})


def test_somebody_is_led_to_their_provider_and_comes_back_signed_in(world: World, provider: Provider) -> None:
    client, query = begun(world, provider)
    assert ("code", "softswitch", "S256", "openid email profile", "ann@riverside.example") == tuple(
        query[name] for name in ("response_type", "client_id", "code_challenge_method", "scope", "login_hint")
    )
    answer = returned(client, query)
    assert (303, "/app/calls") == (answer.status_code, answer.headers["Location"])
    assert "ann" == client.get("/api/v1/me").json["user"]["id"]
    assert ["sso"] == [row["way"] for row in client.get("/api/v1/me/sessions").json["data"] if row["here"]]
    form = parse_qs((next(ask for ask in provider.asked if ask.method == "POST").body or b"").decode())
    pending = Pending(query["nonce"], form["code_verifier"][0], query["redirect_uri"])
    assert query["code_challenge"] == pending.challenge
    assert query["redirect_uri"] == form["redirect_uri"][0]


def test_the_secret_is_sealed_and_goes_to_the_provider_encoded(world: World, provider: Provider) -> None:
    client, query = begun(world, provider)
    returned(client, query)
    asked = next(ask for ask in provider.asked if ask.method == "POST")
    assert "Basic c29mdHN3aXRjaDpzM2NyZXQrJTI2K21vcmU=" == asked.headers["Authorization"]
    assert "s3cret" not in str(world.client().get("/api/v1/config/sso/main").json)
    kept = world.context.config.get("riverside", "sso", "main")
    assert kept is not None
    assert "s3cret" not in str(kept.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["softswitch", "other"]},
        {"aud": ["softswitch", "other"], "azp": "other"},
        {"azp": "other"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 1_900_000_000},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_a_token_for_another_sign_in_lets_nobody_in(world: World, provider: Provider, wrong: dict[str, Any]) -> None:
    client, query = begun(world, provider)
    provider.claims |= wrong
    assert 502 == returned(client, query).status_code
    assert 401 == client.get("/api/v1/me").status_code


def test_a_token_that_its_keys_did_not_sign_lets_nobody_in(world: World, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    secret = OctKey.import_key("s3cret & more and more and more!")
    for signer, header in ((other, provider.header), (secret, {"alg": "HS256"}), (secret, {"alg": "none"})):
        client, query = begun(world, provider)
        provider.signer, provider.header = signer, header
        assert 502 == returned(client, query).status_code, header
        assert 401 == client.get("/api/v1/me").status_code


def test_an_answer_that_was_begun_in_another_browser_is_refused(world: World, provider: Provider) -> None:
    _, query = begun(world, provider)
    other, _ = begun(world, provider, "ben@riverside.example")
    assert 403 == returned(other, query).status_code
    assert 403 == returned(world.client(user=None), query).status_code


def test_an_answer_is_taken_once_and_not_too_late(world: World, provider: Provider) -> None:
    client, query = begun(world, provider)
    assert 303 == returned(client, query).status_code
    assert 403 == returned(client, query).status_code
    client, query = begun(world, provider)
    world.clock.now += 301
    assert 403 == returned(client, query).status_code


def test_an_answer_that_names_another_issuer_is_refused(world: World, provider: Provider) -> None:
    client, query = begun(world, provider)
    assert 403 == returned(client, query, iss="https://evil.example").status_code
    client, query = begun(world, provider)
    assert 303 == returned(client, query, iss=ISSUER).status_code


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": "ann@lakeside.example"},
        {"email": "ann@riverside.example.evil"},
        {"email": 7},
    ],
)
def test_an_address_that_it_does_not_vouch_for_is_nobodys(
    world: World, provider: Provider, claims: dict[str, Any]
) -> None:
    client, query = begun(world, provider)
    provider.claims |= claims
    assert 403 == returned(client, query).status_code


def test_the_subject_counts_once_it_is_known_and_the_address_no_longer(world: World, provider: Provider) -> None:
    client, query = begun(world, provider)
    returned(client, query)
    client, query = begun(world, provider)
    provider.claims |= {"email": "ann.married@riverside.example"}
    assert 303 == returned(client, query).status_code
    client, query = begun(world, provider)
    provider.claims |= {"sub": "another subject"}
    assert 403 == returned(client, query).status_code


def test_who_is_new_comes_in_only_when_the_company_says_with_which_role(world: World, provider: Provider) -> None:
    client, query = begun(world, provider, "eve@riverside.example")
    assert 403 == returned(client, query).status_code
    changed = {**SSO, "role": "user"}
    world.client().put("/api/v1/config/sso/main", json=changed, headers={"If-Match": "*"})
    client, query = begun(world, provider, "eve@riverside.example")
    assert 303 == returned(client, query).status_code
    me = client.get("/api/v1/me").json["user"]
    assert ("eve", "Somebody New", "user") == (me["id"], me["name"], me["role"])


def test_a_disabled_person_does_not_come_in(world: World, provider: Provider) -> None:
    assert 200 == world.client().patch("/api/v1/people/carla", json={"disabled": True}).status_code
    client, query = begun(world, provider, "carla@riverside.example")
    assert 403 == returned(client, query).status_code


def test_another_company_cannot_vouch_for_these_people(world: World, provider: Provider) -> None:
    theirs = {**SSO, "role": "user", "domains": ["lakeside.example"]}
    assert 201 == world.client("lakeside").put("/api/v1/config/sso/main", json=theirs).status_code
    client, query = begun(world, provider, "ann@lakeside.example")
    provider.claims |= {"email": "ann@riverside.example", "sub": "subject of ann@riverside.example"}
    assert 403 == returned(client, query).status_code
    view = world.context.config.directory.tenants["riverside"]
    assert {} == credentials_of(view, "ann").sso


def test_a_company_may_want_no_passwords_for_these_addresses(world: World, provider: Provider) -> None:
    from tests.mgmt.test_login import sign_in

    assert 303 == sign_in(world)[0]
    world.client().put("/api/v1/config/sso/main", json={**SSO, "only": True}, headers={"If-Match": "*"})
    assert 401 == sign_in(world)[0]


def test_userinfo_counts_for_the_same_subject_only(world: World, provider: Provider) -> None:
    for subject, expected in (("subject of ann@riverside.example", 303), ("other", 403)):
        client, query = begun(world, provider)
        email = provider.claims.pop("email")
        verified = provider.claims.pop("email_verified")
        provider.userinfo = {"sub": subject, "email": email, "email_verified": verified}
        document = {"id": "ann", "totp": None}
        world.context.config.transact("riverside", [Change("credentials", "ann", document)], "test", "forget")
        assert expected == returned(client, query).status_code


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://other.example"}, {"authorization_endpoint": None}, {"authorization_endpoint": "javascript:x"}],
)
def test_a_provider_that_says_nonsense_is_said_to(world: World, provider: Provider, metadata: dict[str, Any]) -> None:
    provider.metadata = metadata
    answer = world.client(user=None).post("/login/sso", data={"email": "ann@riverside.example"})
    assert (502, True) == (answer.status_code, "Example Login could not sign you in" in answer.get_data(as_text=True))


def test_an_unknown_domain_has_no_provider_and_guessing_is_limited(world: World, provider: Provider) -> None:
    client = world.client(user=None)
    statuses = [client.post("/login/sso", data={"email": "a@b.example"}).status_code for _ in range(6)]
    assert [404] * 5 + [429] == statuses


def test_a_provider_inside_is_not_asked(world: World) -> None:
    inside = {**SSO, "issuer": "http://127.0.0.1:9"}
    assert 201 == world.client().put("/api/v1/config/sso/main", json=inside).status_code
    answer = world.client(user=None).post("/login/sso", data={"email": "ann@riverside.example"})
    assert (502, True) == (answer.status_code, "is not asked" in answer.get_data(as_text=True))
