"""The words of a text as they are searched: without case and accents; of a telephone number its digits and its last ones.

Somebody named as `@id` is a word, too, with the at sign and an end, so that whoever is named is found and nobody else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

WORDS_MAX = 200
WORD_CHARS_MAX = 40
QUERY_WORDS_MAX = 6
TEXT_CHARS_MAX = 20_000
KEPT_MAX, KEPT_CHARS_MAX = 2_000, 100
TAILS = (10, 7, 4)
"""How people say a number: national, local, the last four."""

_WORD = re.compile(r"\w+")
MENTION = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9_-]{0,62})")
_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{2,30}[0-9]")


def words_of(document: dict[str, Any], fields: Sequence[str]) -> tuple[str, ...]:
    """The words of some fields of a document, each once, sorted; at most WORDS_MAX."""
    found: dict[str, None] = {}
    for name in fields:
        for text in _texts(document.get(name)):
            for word in _kept(text) if len(text) <= KEPT_CHARS_MAX else _words(text):
                found[word] = None
                if len(found) >= WORDS_MAX:
                    return tuple(sorted(found))
    return tuple(sorted(found))


def query_words(text: str) -> tuple[str, ...]:
    """What somebody searches for, as beginnings of words; a number with spaces is one word."""
    text = _NUMBER.sub(lambda found: re.sub(r"\D", "", found[0]), text[:TEXT_CHARS_MAX])
    named = [f"@{id}" for id in MENTION.findall(text)]
    return tuple(dict.fromkeys([*named, *_plain(MENTION.sub(" ", text))]))[:QUERY_WORDS_MAX]


def mention(id: str) -> str:
    """The word of who is named."""
    return f"@{id[: WORD_CHARS_MAX - 2]} "


@lru_cache(KEPT_MAX)
def _kept(text: str) -> tuple[str, ...]:
    """Of names and numbers, which come again: each call and its activity is written several times."""
    return tuple(_words(text))


def _words(text: str) -> Iterator[str]:
    text = text[:TEXT_CHARS_MAX]
    yield from map(mention, MENTION.findall(text))
    for number in _NUMBER.findall(text):
        digits = re.sub(r"\D", "", number)
        yield digits[:WORD_CHARS_MAX]
        yield from (digits[-tail:] for tail in TAILS if tail < len(digits))
    yield from _plain(text)


def _plain(text: str) -> Iterator[str]:
    flat = text.casefold()
    if not flat.isascii():
        flat = "".join(c for c in unicodedata.normalize("NFKD", flat) if not unicodedata.combining(c))
    for word in _WORD.findall(flat):
        yield word[:WORD_CHARS_MAX]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one.get("text") if isinstance(one, dict) else one)
