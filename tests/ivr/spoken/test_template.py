"""Text in which variables stand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.spoken.template import filled, variables_in

NOW = datetime(2026, 11, 26, 17, 5, tzinfo=UTC)
KNOWN = {"n": "21", "amount": "3.5", "when": "2026-05-01T09:30", "name": "Dana {n}"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{n}", "21"),
        ("{n|number} {n|digits}", "twenty-one two one"),
        ("{amount|money} or {amount|money:eur}", "three dollars and fifty cents or three euros and fifty cents"),
        ("{when|date} at {when|time}", "May first, twenty twenty-six at nine thirty A M"),
        ("{now|time}", "twelve oh five P M"),
        ("{unknown}{unknown|money}{unknown|date}", ""),
        ("{n|sideways}", "21"),
        ("{name}", "Dana {n}"),
        ("{ n } {N} {} {n", "{ n } {N} {} {n"),
    ],
)
def test_a_text_is_filled_once_from_left_to_right(text: str, said: str) -> None:
    assert said == filled(text, KNOWN, "en", NOW, "America/New_York")


def test_programs_get_the_values_as_they_are() -> None:
    assert "21 3.5" == filled("{n|number} {amount|money}", KNOWN, None, NOW, "UTC")


def test_the_names_in_a_text_are_known() -> None:
    assert {"n", "amount"} == variables_in("{n|number} {amount} {A}")
