"""A long message in short: its own phrases, those that say most, in their order; nothing else."""

from __future__ import annotations

import pytest

from mgmt.transcripts.summary import PHRASE_WORDS_MAX, PHRASES_MAX, WORDS_MIN, in_short

MESSAGE = (
    "hello ann",
    "it is me again",
    "I am calling about the invoice for the new dental chair",
    "so well you know how it is",
    "the invoice is wrong and the chair has not come yet",
    "I was out all day so I did not see it",
    "please call me back at two zero two five five five zero one",
    "ok bye then",
)


def spoken(*phrases: str, confidence: float = 0.8, pause_s: float = 0.8) -> list[dict[str, object]]:
    """The words of phrases, with a pause after each."""
    words, at = [], 0.0
    for phrase in phrases:
        for word in phrase.split():
            words.append({"word": word, "start": round(at, 2), "end": round(at + 0.25, 2), "confidence": confidence})
            at += 0.3
        at += pause_s
    return words


def test_what_a_message_is_about_and_the_number_to_call_are_what_is_left_of_it() -> None:
    assert [MESSAGE[2], MESSAGE[4], MESSAGE[6]] == [one["text"] for one in in_short(spoken(*MESSAGE))]


def test_each_phrase_says_when_it_begins() -> None:
    words = spoken(*MESSAGE)
    starts = [next(word["start"] for word in words if word["word"] == name) for name in ("please",)]
    assert starts == [in_short(words)[2]["start"]]


def test_russian_and_spelled_numbers_too() -> None:
    phrases = (
        "ну вот это я опять да так и есть",
        "я по поводу договора на поставку кресел",
        "э э ну как бы я тут был и не был",
    )
    last = "перезвоните мне по номеру девять один шесть пять пять ноль ноль"
    found = [one["text"] for one in in_short(spoken(*phrases, last, "ну всё пока до скорого да", "и я вас жду"))]
    assert {phrases[1], last} <= set(found)


def test_what_the_engine_is_not_sure_of_counts_less() -> None:
    sure, unsure = (
        "the garden contract needs your signature before next week",
        "a quantum llama sings underneath purple concrete tonight",
    )
    others = (
        "bring some coffee",
        "leave before noon",
        "so it is as it is and I am in it",
        "as it is so be it for now ok",
    )
    words = spoken(sure, unsure, *others)
    quiet = [word | {"confidence": 0.1} if word["word"] in unsure.split() else word for word in words]
    assert [sure, unsure] == [one["text"] for one in in_short(words)][:2]
    assert [sure, *others[:2]] == [one["text"] for one in in_short(quiet)]


@pytest.mark.parametrize("count", [0, 1, WORDS_MIN - 1])
def test_a_short_message_is_read_as_it_is(count: int) -> None:
    assert [] == in_short(spoken("telephone " * count))


def test_words_that_say_nothing_are_no_summary() -> None:
    assert [] == in_short(spoken(*["so it is as it is and I am in it"] * 5))


def test_who_speaks_without_a_pause_is_cut_in_pieces() -> None:
    found = in_short(spoken("something " * 100, pause_s=0.0))
    assert PHRASES_MAX == len(found)
    assert all(PHRASE_WORDS_MAX >= len(str(one["text"]).split()) for one in found)


def test_a_sentence_ends_a_phrase_where_the_engine_writes_points() -> None:
    found = in_short(spoken("Please send the contract. " * 15, pause_s=0.0))
    assert {"Please send the contract."} == {one["text"] for one in found}
