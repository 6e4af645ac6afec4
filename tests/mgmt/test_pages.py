"""The words of the pages: every language says everything, with the same gaps to fill."""

from __future__ import annotations

import re

from mgmt.pages import LANGUAGES, words


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    said = {
        language: {key: sorted(re.findall(r"{\w+}", text)) for key, text in words(language).items()}
        for language in LANGUAGES
    }
    assert said["en"] == said["ru"]
