"""Passes: signed, for one purpose, for a short time, taken once."""

from __future__ import annotations

import re

import pytest

from configdb import passes as module
from configdb.passes import Passes


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_pass_is_taken_once_and_says_what_was_said() -> None:
    made = Passes(bytes(32), Clock())
    text = made.issue("call", 60, "acme", "site")
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}", text)
    assert ("acme", "site") == made.read("call", text) == made.take("call", text)
    assert None is made.read("call", text) is made.take("call", text)


@pytest.mark.parametrize("later_s, expected", [(0, ("a",)), (59.9, ("a",)), (60, None), (-5, ("a",)), (-6, None)])
def test_it_holds_for_its_time(later_s: float, expected: tuple[str, ...] | None) -> None:
    clock = Clock()
    made = Passes(bytes(32), clock)
    text = made.issue("call", 60, "a")
    clock.now += later_s
    assert expected == made.take("call", text)


def test_every_changed_letter_spoils_it() -> None:
    made = Passes(bytes(32), Clock())
    text = made.issue("call", 60, "a")
    for at, letter in enumerate(text):
        changed = text[:at] + ("A" if letter != "A" else "B") + text[at + 1 :]
        assert made.read("call", changed) is None or changed[:-1] == text[:-1]  # the last letter has two spare bits


@pytest.mark.parametrize("text", ["", ".", "a", "a.b", "." * 2000, "ä.ö", "\x00.\x00"])
def test_what_is_no_pass_is_none(text: str) -> None:
    assert None is Passes(bytes(32), Clock()).take("call", text)


def test_other_purposes_other_keys_and_older_passes_are_none() -> None:
    clock = Clock()
    text = Passes(bytes(32), clock).issue("call", 60, "a")
    assert None is Passes(bytes(32), clock).take("page", text)
    assert None is Passes(bytes(31) + b"x", clock).take("call", text)
    assert None is Passes(bytes(32), clock, clock.now + 1).take("call", text)


def test_when_too_many_are_remembered_none_is_taken_until_some_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "USED_MAX", 2)
    clock = Clock()
    made = Passes(bytes(32), clock)
    results = [made.take("call", made.issue("call", 60, "a")) for _ in range(3)]
    clock.now += 61
    assert [("a",), ("a",), None, ("a",)] == [*results, made.take("call", made.issue("call", 60, "a"))]
