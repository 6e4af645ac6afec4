"""GoDaddy: a token that PyJWT signed opens or makes the company of a shopper, once; nothing else does."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from configdb.log import Change
from tests.mgmt.partners.desk import Desk

ISSUER = "https://sso.godaddy.example"


class Partner:
    """Signs tokens."""

    def __init__(self, desk: Desk, keys: tuple[str, str]) -> None:
        self.desk, self.private = desk, keys[0]
        desk.agree("godaddy", client="us", url=ISSUER, public_key=keys[1])
        self.count = 0

    def token(self, key: str | None = None, algorithm: str = "RS256", **change: Any) -> str:
        self.count += 1
        now = int(self.desk.clock.now)
        claims = {"iss": ISSUER, "aud": "us", "iat": now, "exp": now + 300, "jti": f"j{self.count}"}
        claims |= {"sub": "12345", "plan": "small", "email": "ann@acme.example", "name": "Acme"} | change
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.private, algorithm=algorithm)

    def sso(self, token: str) -> TestResponse:
        return self.desk.browser.get("/store/godaddy/sso", query_string={"token": token})


@pytest.fixture
def partner(desk: Desk, keys: tuple[str, str]) -> Partner:
    return Partner(desk, keys)


def test_a_shopper_becomes_a_company_and_comes_in_with_the_next_token(partner: Partner) -> None:
    assert "Acme can be called" in partner.desk.finish(partner.sso(partner.token())).get_data(as_text=True)
    again = partner.sso(partner.token())
    assert (303, "/app/") == (again.status_code, again.headers["Location"])
    assert "ann@acme.example" == partner.desk.browser.get("/api/v1/me").get_json()["user"]["email"]


def test_a_plan_that_is_sold_is_theirs_and_any_other_is_the_one_that_was_agreed(partner: Partner) -> None:
    for shopper, plan, expected in (("1", "free", "free"), ("2", "gold", "small"), ("3", None, "small")):
        partner.sso(partner.token(sub=shopper, plan=plan))
        found = partner.desk.of("godaddy", shopper)
        assert found is not None
        assert expected == found.plan


def test_a_token_is_good_once(partner: Partner) -> None:
    token = partner.token()
    assert [303, 403] == [partner.sso(token).status_code for _ in range(2)]


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "them"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"jti": None},
        {"sub": None},
        {"sub": "a b"},
        {"sub": ""},
    ],
)
def test_a_token_of_or_for_somebody_else_changes_nothing(partner: Partner, change: dict[str, Any]) -> None:
    assert 403 == partner.sso(partner.token(**change)).status_code
    assert None is partner.desk.of("godaddy", "12345")


def test_a_token_that_is_signed_otherwise_changes_nothing(partner: Partner, other_keys: tuple[str, str]) -> None:
    other, _ = other_keys
    now = int(partner.desk.clock.now)
    claims = {"iss": ISSUER, "aud": "us", "exp": now + 60, "jti": "j", "sub": "12345", "plan": "small"}
    good = partner.token()
    head, body, signature = good.split(".")
    for token in (
        partner.token(key=other),
        jwt.encode(claims, key="x" * 64, algorithm="HS256"),
        jwt.encode(claims, key="", algorithm="none"),
        f"{head}.{body}.",
        f"{head}.{body[:-4]}AAAA.{signature}",
        "a.b.c",
        "",
        "é" * 50,
        "x" * 20_000,
    ):
        assert 403 == partner.sso(token).status_code
    assert None is partner.desk.of("godaddy", "12345")


def test_a_public_key_is_never_taken_as_a_secret(partner: Partner, keys: tuple[str, str]) -> None:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    now = int(partner.desk.clock.now)
    claims = {"iss": ISSUER, "aud": "us", "exp": now + 60, "jti": "j", "sub": "12345", "plan": "small"}
    said = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    signature = base64.urlsafe_b64encode(hmac.digest(keys[1].encode(), said.encode(), "sha256")).decode().rstrip("=")
    assert 403 == partner.sso(f"{said}.{signature}").status_code


def test_who_has_a_second_factor_is_asked_for_it(partner: Partner) -> None:
    partner.desk.finish(partner.sso(partner.token()))
    found = partner.desk.of("godaddy", "12345")
    assert found is not None
    factor = {"id": "owner", "totp": partner.desk.context.sealer.seal("JBSWY3DPEHPK3PXP")}
    partner.desk.config.transact(found.tenant, [Change("credentials", "owner", factor)], "test", "factor")
    page = partner.sso(partner.token())
    assert (200, True) == (page.status_code, 'name="code"' in page.get_data(as_text=True))
    assert 401 == partner.desk.client().get("/api/v1/me").status_code


def test_a_shopper_without_an_address_is_asked_for_one(partner: Partner) -> None:
    page = partner.sso(partner.token(email=None)).get_data(as_text=True)
    assert 'name="ticket"' in page
    assert None is partner.desk.of("godaddy", "12345")
