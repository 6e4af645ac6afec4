"""Policies, the same-site check, cookies and passwords."""

from __future__ import annotations

import time

import pytest

from mgmt.access.auth import Identity, Policy, cookie_value, require, require_same_site
from mgmt.access.passwords import Passwords
from mgmt.http.errors import Problem

OPERATOR = Identity(None, None, True, None)
SOMEBODY = Identity("riverside", None, False, "hash")
ORIGIN = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "policy, identity, status",
    [
        (Policy.PUBLIC, None, None),
        (Policy.PUBLIC, SOMEBODY, None),
        (Policy.PUBLIC, OPERATOR, None),
        (Policy.SESSION, None, 401),
        (Policy.SESSION, SOMEBODY, None),
        (Policy.SESSION, OPERATOR, None),
        (Policy.OPERATOR, None, 401),
        (Policy.OPERATOR, SOMEBODY, 403),
        (Policy.OPERATOR, OPERATOR, None),
    ],
)
def test_every_pair_of_policy_and_identity(policy: Policy, identity: Identity | None, status: int | None) -> None:
    if status is None:
        require(policy, identity)
        return
    with pytest.raises(Problem) as refused:
        require(policy, identity)
    assert status == refused.value.status


@pytest.mark.parametrize(
    "method, headers, fine",
    [
        ("GET", {}, True),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, True),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, True),
        ("POST", {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}, True),
        ("POST", {"Origin": ORIGIN}, True),
        ("POST", {"Sec-Fetch-Site": "none"}, True),
        ("POST", {}, False),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, False),
        ("POST", {"Sec-Fetch-Site": "same-site"}, False),
        ("PUT", {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, False),
        ("PATCH", {"Origin": "http://evil.example"}, False),
        ("DELETE", {"Origin": "null"}, False),
        ("DELETE", {"Origin": "http://127.0.0.1:8081"}, False),
        ("POST", {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, False),
    ],
)
def test_a_changing_request_must_come_from_a_page_of_ours(method: str, headers: dict[str, str], fine: bool) -> None:
    if fine:
        require_same_site(method, headers, ORIGIN)
        return
    with pytest.raises(Problem) as refused:
        require_same_site(method, headers, ORIGIN)
    assert (403, "cross_site") == (refused.value.status, refused.value.code)


@pytest.mark.parametrize(
    "header, expected",
    [(None, None), ("", None), ("softswitch=abc", "abc"), ("a=1; softswitch=abc; b=2", "abc"), ("a=1", None)],
)
def test_a_cookie_is_read_from_its_header(header: str | None, expected: str | None) -> None:
    assert expected == cookie_value(header, "softswitch")


def test_a_password_is_kept_as_argon2id_with_the_owasp_parameters() -> None:
    passwords = Passwords()
    kept = passwords.hash("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert [True, False] == [passwords.matches(kept, p) for p in ("correct horse battery", "correct horse batterY")]


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Problem) as refused:
        Passwords().hash(password)
    assert (422, "weak_password") == (refused.value.status, refused.value.code)


def test_an_unknown_account_takes_as_long_as_a_wrong_password() -> None:
    passwords = Passwords()
    kept = passwords.hash("correct horse battery")
    assert not passwords.matches(None, "anything at all")
    cpu = []
    for known in (kept, None):
        began = time.thread_time()
        for _ in range(10):
            passwords.matches(known, "wrong horse battery")
        cpu.append(time.thread_time() - began)
    assert 0.5 < cpu[0] / cpu[1] < 2.0
