"""Time-based codes, by the vectors of RFC 6238 appendix B (their last six digits)."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from mgmt.access import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    "at, expected",
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(at: int, expected: str) -> None:
    assert expected == totp.code(SECRET, at // totp.step_s)
    assert at // totp.step_s == totp.step_of(SECRET, expected, at)


@pytest.mark.parametrize("away, fine", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_wrong(away: int, fine: bool) -> None:
    step = 1_000_000
    given = totp.code(SECRET, step + away)
    assert (step + away if fine else None) == totp.step_of(SECRET, given, step * totp.step_s + 7)


@pytest.mark.parametrize("given", ["", "28708", "2870822", "28708x", "２８７０８２", "-87082"])
def test_what_is_no_code_is_none(given: str) -> None:
    assert None is totp.step_of(SECRET, given, 59)


def test_a_code_may_be_given_in_two_groups() -> None:
    assert 1 == totp.step_of(SECRET, "287 082", 59)


def test_apps_read_the_address() -> None:
    parts = urlsplit(totp.address(SECRET, "River & Side", "ann@riverside.example"))
    assert ("otpauth", "totp") == (parts.scheme, parts.netloc)
    assert "/River%20%26%20Side%3Aann%40riverside.example" == parts.path
    assert [SECRET] == parse_qs(parts.query)["secret"]
