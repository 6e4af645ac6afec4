"""A mailbox says everything in each of its languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ivr
from installer import mailbox_texts

USED = {
    name
    for path in Path(ivr.__file__).parent.rglob("*.py")
    for name in re.findall(r"sound:(vm-[a-z-]+[a-z])\"", path.read_text())
}


@pytest.mark.parametrize("texts", [mailbox_texts.ENGLISH, mailbox_texts.RUSSIAN, mailbox_texts.SPANISH])
def test_what_is_played_has_words(texts: dict[str, str]) -> None:
    assert set() == USED - set(texts)
    assert set(mailbox_texts.ENGLISH) == set(texts)
    assert all(text.strip() for text in texts.values())
