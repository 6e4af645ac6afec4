"""What is said of a recording is said in each language, and by no change of what was said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer import notice_texts, prompts
from ivr.notice import QUESTION, SPARED, TOLD


@pytest.mark.parametrize("texts", [notice_texts.ENGLISH, notice_texts.RUSSIAN, notice_texts.SPANISH])
def test_each_language_says_all_of_it(texts: dict[str, str]) -> None:
    assert {name.removeprefix("sound:") for name in (TOLD, QUESTION, SPARED)} == set(texts)
    assert all(text.strip() for text in texts.values())


def test_it_is_spoken_last() -> None:
    names = [path.stem for path in prompts.wanted(Path("out"))]
    assert list(notice_texts.ENGLISH) * len(prompts.LATER) == names[-len(notice_texts.ENGLISH) * len(prompts.LATER) :]
