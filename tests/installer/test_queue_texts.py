"""Everything that a queue may say exists, in every language that is made."""

from __future__ import annotations

import pytest

from installer.prompts import LATER, OTHERS, SYSTEM
from ivr.queue_words import MINUTES, PLACES_MAX, announcement, callback_offer


@pytest.mark.parametrize("texts", [SYSTEM, OTHERS["ru"], OTHERS["es"]], ids=["English", "Russian", "Spanish"])
def test_every_place_wait_and_key_can_be_said(texts: dict[str, str]) -> None:
    waits = [None, *(60.0 * minutes for minutes in (*MINUTES, 31))]
    said = {name for place in range(1, PLACES_MAX + 2) for wait in waits for name in announcement(place, wait)}
    said |= {name for key in "0123456789*#" for name in callback_offer(key)}
    assert set() == {name.removeprefix("sound:") for name in said} - set(texts)


def test_a_wait_is_rounded_up_so_that_nobody_is_promised_too_much() -> None:
    assert ("sound:queue-wait-3",) == announcement(None, 121.0)
    assert ("sound:queue-wait-long",) == announcement(None, 1801.0)
    assert () == announcement(None, None)


@pytest.mark.parametrize("language", ["ru", "es"])
def test_all_that_the_system_says_it_says_in_every_language(language: str) -> None:
    said = {name for name in SYSTEM | LATER["en"] if not name.startswith("demo-")}
    assert said == set(OTHERS[language] | LATER[language])
    assert all(text.strip() for text in OTHERS[language].values())
