"""Password guessers and scanners."""

from __future__ import annotations

import pytest

from softswitch.peers.guard import Ban, Guard, is_scanner, source_of
from softswitch.peers.limits import BAN_S, DIGEST_FAILURES_MAX, DIGEST_WINDOW_S, SOURCES_MAX

GUESSER = "203.0.113.66"


def guess(guard: Guard, times: int = DIGEST_FAILURES_MAX, address: str = GUESSER, now: float = 0.0) -> list[bool]:
    return [guard.digest_failed(address, now) for _ in range(times)]


def test_a_guesser_is_banned_at_the_limit_and_for_a_time() -> None:
    guard = Guard()
    assert [False] * (DIGEST_FAILURES_MAX - 1) + [True] == guess(guard)
    assert (False, True) == (guard.admits(GUESSER, BAN_S - 1), guard.admits("203.0.113.67", 0.0))
    assert (Ban(GUESSER, BAN_S),) == guard.bans(0.0)
    assert guard.admits(GUESSER, BAN_S)
    assert () == guard.bans(BAN_S)
    assert [False] * (DIGEST_FAILURES_MAX - 1) == guess(guard, DIGEST_FAILURES_MAX - 1, now=BAN_S)


def test_a_right_password_wipes_the_slate() -> None:
    guard = Guard()
    for _ in range(10):
        guess(guard, DIGEST_FAILURES_MAX - 1)
        guard.digest_succeeded(GUESSER)
    assert guard.admits(GUESSER, 0.0)


def test_old_failures_do_not_count() -> None:
    guard = Guard()
    guess(guard, DIGEST_FAILURES_MAX - 1)
    assert not guard.digest_failed(GUESSER, DIGEST_WINDOW_S + 1)


def test_trunks_are_never_banned() -> None:
    guard = Guard(trusted=["203.0.113.0/24"])
    assert not any(guess(guard, 100))
    assert guard.admits(GUESSER, 0.0)


def test_a_new_trunk_is_unbanned() -> None:
    guard = Guard()
    guess(guard)
    guard.trust(["198.51.100.1"])
    assert not guard.admits(GUESSER, 0.0)
    guard.trust(["203.0.113.0/24"])
    assert guard.admits(GUESSER, 0.0)


def test_a_ban_can_be_lifted() -> None:
    guard = Guard()
    guess(guard)
    assert (True, False) == (guard.unban(GUESSER), guard.unban(GUESSER))
    assert guard.admits(GUESSER, 0.0)


def test_an_ipv6_guesser_cannot_hide_in_its_network() -> None:
    guard = Guard()
    for number in range(DIGEST_FAILURES_MAX):
        guard.digest_failed(f"2001:db8::{number:x}", 0.0)
    assert (False, True) == (guard.admits("2001:db8::ffff", 0.0), guard.admits("2001:db8:0:1::1", 0.0))
    assert "192.0.2.1" == source_of("::ffff:192.0.2.1")


def test_the_tables_are_bounded() -> None:
    guard = Guard()
    for number in range(SOURCES_MAX + 500):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        guess(guard, 2, address)
        if number < 50:
            guess(guard, address=f"11.0.0.{number}")
    assert SOURCES_MAX == len(guard._watched)
    assert 50 == len(guard.bans(0.0))


@pytest.mark.parametrize("name", ["friendly-scanner", "SIPVicious 0.3", "sipcli/v1.8", "VaxSIPUserAgent/3.1"])
def test_scanners_are_known_by_name(name: str) -> None:
    assert is_scanner(name)


@pytest.mark.parametrize("name", [None, "", "Yealink SIP-T46S 66.85.0.5", "PJSUA v2.14", "pyVoIP 1.6.8"])
def test_phones_are_no_scanners(name: str | None) -> None:
    assert not is_scanner(name)
