"""Sessions, one-time tokens, failed attempts and remembered answers, on a real sqlite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mgmt.access.attempts import Attempts
from mgmt.access.sessions import Sessions, TokenUse
from mgmt.database import Database
from mgmt.http.answers import Answer, Answers
from mgmt.http.errors import Problem
from mgmt.limits import (
    attempt_free,
    attempt_per_account_free,
    attempt_per_address_free,
    attempt_wait_s,
    attempt_wait_s_max,
    idempotency_age_s_max,
    one_time_token_age_s_max,
    session_age_s_max,
    session_idle_s_max,
    session_per_user_max,
)


class Clock:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    database = Database(tmp_path / "mgmt.sqlite3", clock)
    yield database
    database.close()


@pytest.fixture
def sessions(database: Database, clock: Clock) -> Sessions:
    return Sessions(database, clock)


def test_a_session_is_found_by_its_id_and_only_by_it(sessions: Sessions) -> None:
    secret = sessions.open("riverside", "ann", operator=False)
    found = sessions.find(secret)
    assert found is not None
    assert ("riverside", "ann", False) == (found.tenant, found.user, found.operator)
    assert None is sessions.find(secret + "x")
    assert None is sessions.find("")


def test_the_file_holds_no_id_of_a_session_or_token(sessions: Sessions, tmp_path: Path) -> None:
    secrets = (sessions.open("riverside", "ann", operator=False), sessions.issue_token())
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [False, False] == [secret.encode() in kept for secret in secrets]


def test_the_file_is_readable_by_its_owner_only(sessions: Sessions, tmp_path: Path) -> None:
    assert 0o600 == (tmp_path / "mgmt.sqlite3").stat().st_mode & 0o777


def test_an_idle_session_ends(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open("riverside", "ann", operator=False)
    clock.now += session_idle_s_max - 1
    assert sessions.find(secret) is not None
    clock.now += session_idle_s_max + 1
    assert None is sessions.find(secret)


def test_a_session_that_is_always_used_ends_too(sessions: Sessions, clock: Clock) -> None:
    secret, opened_at = sessions.open("riverside", "ann", operator=False), clock.now
    while clock.now - opened_at <= session_age_s_max - 3600:
        assert sessions.find(secret) is not None
        clock.now += 3600
    clock.now += 3601
    assert None is sessions.find(secret)


def test_all_sessions_of_a_person_end_together_and_nobody_elses(sessions: Sessions) -> None:
    hers = [sessions.open("riverside", "ann", operator=False) for _ in range(2)]
    his = sessions.open("riverside", "ben", operator=False)
    sessions.close_all("riverside", "ann")
    assert [None, None] == [sessions.find(secret) for secret in hers]
    assert sessions.find(his) is not None


def test_a_person_has_a_limited_number_of_sessions_and_the_oldest_goes(sessions: Sessions, clock: Clock) -> None:
    opened = []
    for _ in range(session_per_user_max + 1):
        clock.now += 1
        opened.append(sessions.open("riverside", "ann", operator=False))
    assert None is sessions.find(opened[0])
    assert sessions.find(opened[1]) is not None


def test_a_one_time_token_works_once(sessions: Sessions) -> None:
    token = sessions.issue_token("riverside", "ann")
    assert TokenUse("riverside", "ann") == sessions.use_token(token)
    assert None is sessions.use_token(token)


def test_a_one_time_token_is_too_old_after_15_minutes(sessions: Sessions, clock: Clock) -> None:
    token = sessions.issue_token()
    clock.now += one_time_token_age_s_max + 1
    assert None is sessions.use_token(token)


def test_two_processes_share_the_file(sessions: Sessions, clock: Clock, tmp_path: Path) -> None:
    other = Database(tmp_path / "mgmt.sqlite3", clock)
    token = Sessions(other, clock).issue_token()
    other.close()
    assert TokenUse(None, None) == sessions.use_token(token)


def test_too_many_failures_lock_the_account_for_that_address_only(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, clock)
    for _ in range(attempt_free):
        attempts.check("ann@example.com", "192.0.2.1")
        attempts.failed("ann@example.com", "192.0.2.1")
    with pytest.raises(Problem) as refused:
        attempts.check("Ann@Example.com", "192.0.2.1")
    assert 429 == refused.value.status
    assert ("Retry-After", str(attempt_wait_s + 1)) == refused.value.headers[0]
    attempts.check("ann@example.com", "192.0.2.2")
    clock.now += attempt_wait_s + 1
    attempts.check("ann@example.com", "192.0.2.1")


def waits(attempts: Attempts, clock: Clock, account: str, address: str, failures: int) -> list[int]:
    """How long one has to wait after each failure."""
    found = []
    for _ in range(failures):
        attempts.failed(account, address)
        try:
            attempts.check(account, address)
            found.append(0)
        except Problem as refused:
            found.append(int(dict(refused.headers)["Retry-After"]) - 1)
            clock.now += found[-1] + 1
    return found


def test_each_further_failure_waits_twice_as_long_up_to_a_quarter_of_an_hour(database: Database, clock: Clock) -> None:
    found = waits(Attempts(database, clock), clock, "ann@example.com", "192.0.2.1", 12)
    assert [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900] == found
    assert attempt_wait_s_max == found[-1]


def test_many_addresses_together_get_no_further_but_the_one_that_was_right_before_does(
    database: Database, clock: Clock
) -> None:
    attempts = Attempts(database, clock)
    attempts.succeeded("ann@example.com", "192.0.2.1")
    for number in range(attempt_per_account_free):
        attempts.failed("ann@example.com", f"198.51.100.{number}")
    with pytest.raises(Problem):
        attempts.check("ann@example.com", "203.0.113.1")
    attempts.check("ann@example.com", "192.0.2.1")
    attempts.check("ben@example.com", "203.0.113.1")


def test_all_addresses_of_one_household_are_one(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, clock)
    for number in range(attempt_per_address_free):
        attempts.failed(f"person{number}@riverside.example", f"2001:db8:1:2::{number:x}")
    with pytest.raises(Problem):
        attempts.check("another@riverside.example", "2001:db8:1:2:ffff::1")
    attempts.check("another@riverside.example", "2001:db8:1:3::1")


def test_an_address_that_tries_many_accounts_is_locked(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, clock)
    for number in range(attempt_per_address_free):
        attempts.failed(f"user{number}@example.com", "192.0.2.1")
    with pytest.raises(Problem):
        attempts.check("new@example.com", "192.0.2.1")
    attempts.check("new@example.com", "192.0.2.2")


def test_failures_survive_a_restart(database: Database, clock: Clock, tmp_path: Path) -> None:
    for _ in range(attempt_free):
        Attempts(database, clock).failed("ann@example.com", "192.0.2.1")
    again = Database(tmp_path / "mgmt.sqlite3", clock)
    with pytest.raises(Problem):
        Attempts(again, clock).check("ann@example.com", "192.0.2.1")
    again.close()


def test_a_repeated_request_gets_the_first_answer(database: Database, clock: Clock) -> None:
    answers, answer = Answers(database, clock), Answer(201, "application/json", {"ETag": '"1"'}, b"{}")
    assert None is answers.begin("k1", "ann", "PUT", "/x", b"body")
    answers.finish("k1", "ann", "PUT", "/x", answer)
    assert answer == answers.begin("k1", "ann", "PUT", "/x", b"body")
    assert None is answers.begin("k1", "ben", "PUT", "/x", b"body"), "another person's key is another key"


@pytest.mark.parametrize(
    "finished, body, expected",
    [(False, b"body", (409, "request_in_progress")), (True, b"other", (422, "idempotency_key_reused"))],
)
def test_a_key_that_runs_or_belongs_to_another_body_is_refused(
    database: Database, clock: Clock, finished: bool, body: bytes, expected: tuple[int, str]
) -> None:
    answers = Answers(database, clock)
    answers.begin("k1", "ann", "PUT", "/x", b"body")
    if finished:
        answers.finish("k1", "ann", "PUT", "/x", Answer(200, "application/json", {}, b"{}"))
    with pytest.raises(Problem) as refused:
        answers.begin("k1", "ann", "PUT", "/x", body)
    assert expected == (refused.value.status, refused.value.code)


@pytest.mark.parametrize("status", [400, 409, 422, 503])
def test_what_did_nothing_is_not_remembered_and_nothing_is_after_a_day(
    database: Database, clock: Clock, status: int
) -> None:
    answers = Answers(database, clock)
    answers.begin("k1", "ann", "PUT", "/x", b"wrong")
    answers.finish("k1", "ann", "PUT", "/x", Answer(status, "application/problem+json", {}, b"{}"))
    assert None is answers.begin("k1", "ann", "PUT", "/x", b"")
    clock.now += idempotency_age_s_max + 1
    assert None is answers.begin("k1", "ann", "PUT", "/x", b"")
