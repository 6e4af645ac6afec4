"""Password guessers, offices behind one address, and scanners."""

from __future__ import annotations

import pytest

from configdb.reach import source_of
from softswitch.peers.guard import Ban, Guard, is_scanner
from softswitch.peers.limits import (
    BAN_S,
    DIGEST_FAILURES_MAX,
    DIGEST_WINDOW_S,
    PARDON_GAP_S,
    PARDON_S,
    PROVEN_S,
    SOURCES_MAX,
    USER_BAN_S,
    USER_FAILURES_MAX,
    USER_TRIES_MAX,
    USERS_PER_SOURCE_MAX,
)

GUESSER = "203.0.113.66"


def guess(guard: Guard, times: int = DIGEST_FAILURES_MAX, address: str = GUESSER, now: float = 0.0) -> list[bool]:
    """Wrong passwords of as many users."""
    return [guard.digest_failed(address, f"user{index}", now) for index in range(times)]


def fail(guard: Guard, user: str, times: int, address: str = GUESSER, now: float = 0.0) -> list[bool]:
    return [guard.digest_failed(address, user, now) for _ in range(times)]


def test_a_guesser_of_many_users_is_banned_at_the_limit_and_for_a_time() -> None:
    guard = Guard()
    assert [False] * (DIGEST_FAILURES_MAX - 1) + [True] == guess(guard)
    assert (False, True) == (guard.admits(GUESSER, BAN_S - 1), guard.admits("203.0.113.67", 0.0))
    assert (Ban(GUESSER, BAN_S),) == guard.bans(0.0)
    assert guard.admits(GUESSER, BAN_S)
    assert () == guard.bans(BAN_S)
    assert [False] * (DIGEST_FAILURES_MAX - 1) == guess(guard, DIGEST_FAILURES_MAX - 1, now=BAN_S)


def test_a_user_with_a_wrong_password_loses_himself_and_not_the_office() -> None:
    guard = Guard()
    assert [False] * (USER_FAILURES_MAX - 1) + [True] == fail(guard, "bad", USER_FAILURES_MAX)
    assert (Ban(GUESSER, USER_BAN_S, "bad"),) == guard.bans(0.0)
    assert guard.admits(GUESSER, 1.0)
    assert (False, True) == (guard.believes(GUESSER, "bad", 1.0), guard.believes(GUESSER, "good", 1.0))
    assert guard.believes("203.0.113.67", "bad", 1.0)
    assert guard.believes(GUESSER, "bad", USER_BAN_S)


def test_a_user_who_tries_on_slowly_does_not_ban_the_office() -> None:
    guard = Guard()
    fail(guard, "bad", USER_FAILURES_MAX)
    assert not any(guard.believes(GUESSER, "bad", 2.0 + second) for second in range(100))
    assert guard.admits(GUESSER, 200.0)


def test_a_guesser_of_one_user_who_goes_on_is_banned_within_twenty_tries() -> None:
    guard = Guard()
    fail(guard, "101", USER_FAILURES_MAX)
    tries = [guard.believes(GUESSER, "101", 0.01 * index) for index in range(USER_TRIES_MAX)]
    assert not any(tries)
    assert USER_FAILURES_MAX + USER_TRIES_MAX <= 20
    assert not guard.admits(GUESSER, 1.0)


def test_a_phone_gone_wild_does_not_ban_an_office_where_others_have_proven_their_password() -> None:
    guard = Guard()
    guard.digest_succeeded(GUESSER, "ann", 0.0)
    fail(guard, "bad", USER_FAILURES_MAX)
    for index in range(1000):
        guard.believes(GUESSER, "bad", 0.01 * index)
    assert guard.admits(GUESSER, 20.0)


@pytest.mark.parametrize("users", [1, 2, 3, 5, 20, 100])
def test_however_a_guesser_spreads_his_guesses_no_more_than_twenty_are_looked_at(users: int) -> None:
    guard, looked_at = Guard(), 0
    for index in range(1000):
        user, now = f"user{index % users}", index * 0.01
        if guard.admits(GUESSER, now) and guard.believes(GUESSER, user, now):
            looked_at += 1
            guard.digest_failed(GUESSER, user, now)
    assert looked_at <= 20
    assert users < 3 or not guard.admits(GUESSER, 10.0)


def test_a_few_phones_with_wrong_passwords_do_not_ban_an_office_where_as_many_are_right() -> None:
    guard = Guard()
    for index in range(4):
        guard.digest_succeeded(GUESSER, f"good{index}", 0.0)
    for index in range(4):
        fail(guard, f"bad{index}", USER_FAILURES_MAX)
    assert guard.admits(GUESSER, 1.0)
    assert [True] * 4 == [guard.believes(GUESSER, f"good{index}", 1.0) for index in range(4)]


def test_a_password_proven_an_hour_ago_still_speaks_for_its_office() -> None:
    guard = Guard()
    for index in range(6):
        guard.digest_succeeded(GUESSER, f"good{index}", 0.0)
    for index in range(5):
        fail(guard, f"bad{index}", 7, now=3600.0)
    assert guard.admits(GUESSER, 3601.0)
    for index in range(5):
        fail(guard, f"bad{index}", 7, now=PROVEN_S + DIGEST_WINDOW_S + 1.0)
    assert not guard.admits(GUESSER, PROVEN_S + DIGEST_WINDOW_S + 2.0)


def test_an_account_of_his_own_does_not_excuse_a_guesser() -> None:
    guard, banned = Guard(), False
    for index in range(DIGEST_FAILURES_MAX):
        guard.digest_succeeded(GUESSER, "own", 0.0)
        banned = guard.digest_failed(GUESSER, f"user{index}", 0.0)
    assert banned
    assert not guard.admits(GUESSER, 0.0)


def test_a_right_password_wipes_the_slate_of_its_user() -> None:
    guard = Guard()
    for _ in range(10):
        assert not any(fail(guard, "clumsy", USER_FAILURES_MAX - 1))
        guard.digest_succeeded(GUESSER, "clumsy", 0.0)
    assert guard.believes(GUESSER, "clumsy", 0.0)


def test_old_failures_do_not_count() -> None:
    guard = Guard()
    guess(guard, DIGEST_FAILURES_MAX - 1)
    assert not guard.digest_failed(GUESSER, "one more", DIGEST_WINDOW_S + 1)


def test_trunks_are_never_banned() -> None:
    guard = Guard(trusted=["203.0.113.0/24"])
    assert not any(guess(guard, 100))
    assert not any(fail(guard, "101", 100))
    assert guard.admits(GUESSER, 0.0)
    assert guard.believes(GUESSER, "101", 0.0)
    assert (True, False) == (guard.trusts("::ffff:203.0.113.1"), guard.trusts("nonsense"))


def test_a_new_trunk_is_unbanned() -> None:
    guard = Guard()
    guess(guard)
    guard.trust(["198.51.100.1", "a.name.example"])
    assert not guard.admits(GUESSER, 0.0)
    guard.trust(["203.0.113.0/24"])
    assert guard.admits(GUESSER, 0.0)


def test_a_ban_can_be_lifted() -> None:
    guard = Guard()
    guess(guard)
    assert (True, False) == (guard.unban(GUESSER), guard.unban(GUESSER))
    assert guard.admits(GUESSER, 0.0)
    fail(guard, "bad", USER_FAILURES_MAX)
    assert (True, True) == (guard.unban(GUESSER), guard.believes(GUESSER, "bad", 0.0))
    guess(guard, address="2001:db8::1")
    assert guard.unban("2001:db8::/64")


def test_an_ipv6_source_is_its_64() -> None:
    guard = Guard()
    for index in range(DIGEST_FAILURES_MAX):
        guard.digest_failed(f"2001:db8::{index:x}", f"user{index}", 0.0)
    assert (Ban("2001:db8::/64", BAN_S),) == guard.bans(0.0)
    assert (False, True) == (guard.admits("2001:db8::ffff", 0.0), guard.admits("2001:db8:0:1::1", 0.0))


@pytest.mark.parametrize(
    "address, expected",
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_what_an_address_is_counted_under(address: str, expected: str) -> None:
    assert expected == source_of(address)


def test_memory_is_bounded_by_the_oldest_giving_way() -> None:
    guard = Guard()
    for index in range(SOURCES_MAX + 10):
        guess(guard, 1, f"10.{index >> 16}.{index >> 8 & 255}.{index & 255}")
    assert SOURCES_MAX == guard.sources
    for index in range(USERS_PER_SOURCE_MAX + 10):
        guard.digest_succeeded("10.0.0.1", f"good{index}", 0.0)
    for index in range(USERS_PER_SOURCE_MAX + 10):
        guard.digest_failed("10.0.0.1", f"user{index}", 0.0)
    assert guard.admits("10.0.0.1", 0.0)


@pytest.mark.parametrize(
    "agent, expected",
    [
        ("friendly-scanner", True),
        ("SIPVicious 0.3", True),
        ("Mozilla", False),
        ("", False),
        (None, False),
    ],
)
def test_scanners_are_known_by_their_name(agent: str | None, expected: bool) -> None:
    assert expected is is_scanner(agent)


def test_a_banned_source_is_heard_for_an_emergency_call_until_a_wrong_password() -> None:
    guard = Guard()
    guess(guard)
    assert guard.pardon(GUESSER, 100.0)
    assert (True, False) == (guard.admits(GUESSER, 100.0 + PARDON_S - 1), guard.admits(GUESSER, 100.0 + PARDON_S))
    assert guard.pardon(GUESSER, 1000.0)
    guard.digest_failed(GUESSER, "user0", 1000.0)
    assert not guard.admits(GUESSER, 1000.0)
    assert (False, True) == (
        guard.pardon(GUESSER, 1000.0 + PARDON_GAP_S - 1),
        guard.pardon(GUESSER, 1000.0 + PARDON_GAP_S),
    )
