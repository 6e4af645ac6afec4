"""What makes a password too easy to guess."""

from __future__ import annotations

import pytest

from mgmt.access.strength import weakness

ABOUT = ("Ann Baker", "ann.baker@riverside.example", "Riverside")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Xk29fj3lqpz0",
        "kY7#mQ2!vR9s",
        "4829193844712290",
        "три зелёных слона",
        "my password is a long sentence",
    ],
)
def test_what_is_hard_to_guess_is_fine(password: str) -> None:
    assert None is weakness(password, ABOUT)


@pytest.mark.parametrize(
    "password, reason",
    [
        ("", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("short", "12 to 256"),
        ("aaaaaaaaaaaaaa", "different characters"),
        ("abcdeabcdeabcde", "again and again"),
        ("qwertyuiop123456", "rows"),
        ("9876543210fedcba", "rows"),
        ("password1234!", "everybody tries"),
        ("P@ssw0rd2026!!", "everybody tries"),
        ("Пароль20262026", "everybody tries"),
        ("annbaker1984!", "your own name"),
        ("R1vers1de-2026", "your own name"),
    ],
)
def test_what_attackers_try_first_is_refused_with_the_reason(password: str, reason: str) -> None:
    assert reason in (weakness(password, ABOUT) or "")
