"""A long message in short: the phrases of its transcript that say most, in their order, each with the second it begins. Pure.

Nothing is made up: the phrases are the speaker's own words between two pauses. A phrase says as much as its words weigh, each by
how often the message uses it (Luhn 1958, log of the count) and how sure the engine is; words of three letters and less weigh
nothing, since most of them say nothing in English, Russian and Spanish; digits, spelled too, weigh double: they are numbers to
call back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import log
from typing import Any

WORDS_MIN = 40
"""What is shorter is read as it is."""
PAUSE_S = 0.45
PHRASE_WORDS_MAX = 14
PHRASES_MAX = 3
LETTERS_MIN = 4
SPELLED = frozenset(
    (
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "hundred"),
        *("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "сто"),
        *("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "cien"),
    )
)

Word = dict[str, Any]


def in_short(words: Sequence[Word]) -> list[dict[str, Any]]:
    """`{start, text}` of at most PHRASES_MAX phrases; none of a message that is short. words: as `engine` gives them."""
    if len(words) < WORDS_MIN:
        return []
    found = list(phrases(words))
    counts = Counter(_plain(one) for one in words)
    most = sorted(range(len(found)), key=lambda at: (-_says(found[at], counts), at))[:PHRASES_MAX]
    chosen = [found[at] for at in sorted(most) if _says(found[at], counts) > 0]
    return [{"start": one[0]["start"], "text": " ".join(word["word"] for word in one)} for one in chosen]


def phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words up to a pause, the end of a sentence, or as many as one can take in."""
    phrase: list[Word] = []
    for word in words:
        pause = phrase and word["start"] - phrase[-1]["end"] >= PAUSE_S
        if phrase and (pause or len(phrase) >= PHRASE_WORDS_MAX or phrase[-1]["word"].endswith((".", "!", "?"))):
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def _says(phrase: Sequence[Word], counts: Counter[str]) -> float:
    return sum(_weight(_plain(one)) * (1 + log(counts[_plain(one)])) * float(one["confidence"]) for one in phrase)


def _weight(word: str) -> float:
    if word in SPELLED or any(char.isdigit() for char in word):
        return 2.0
    return 1.0 if len(word) >= LETTERS_MIN else 0.0


def _plain(word: Word) -> str:
    return str(word["word"]).strip(".,!?;:").casefold()
