"""Spoken numbers, dates, times and amounts against a reference list (`<language>.txt`: kind, what is written = what is said)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.spoken import speech

KINDS = {
    "number": speech.number,
    "money": speech.money,
    "date": speech.day,
    "time": speech.clock,
    "digits": speech.digits,
}


def rows() -> list[tuple[str, str, str, str]]:
    found = []
    for path in sorted(Path(__file__).parent.glob("??.txt")):
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                given, said = line.split(" = ")
                kind, _, written = given.partition(" ")
                found.append((path.stem, kind, written, said))
    return found


@pytest.mark.parametrize(("language", "kind", "written", "said"), rows())
def test_it_is_said_as_the_list_says(language: str, kind: str, written: str, said: str) -> None:
    name, _, currency = kind.partition(":")
    found = speech.money(written, language, currency) if currency else KINDS[name](written, language)
    assert said == found


@pytest.mark.parametrize("language", ["en", "ru", "es"])
def test_numbers_up_to_a_million_are_all_said_differently(language: str) -> None:
    numbers = [*range(2000), *range(2000, 1_000_000, 997)]
    assert len(numbers) == len({speech.number(str(number), language) for number in numbers})


@pytest.mark.parametrize(
    "text", ["", "abc", "NaN", "Infinity", "1e99", "1e-99", "12-34", "9" * 200, "2026-13-01", "25:00"]
)
def test_what_is_no_value_is_said_as_it_is_written(text: str) -> None:
    for language in ("en", "ru", "es", "xx"):
        assert text == speech.number(text, language) == speech.day(text, language) == speech.clock(text, language)
