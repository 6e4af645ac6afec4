"""Who is asked with MD5 alone: phones that do not come back after a challenge they should have read."""

from __future__ import annotations

from softswitch.peers.dialects import ANSWER_S, MEMORY_S, Dialects
from softswitch.peers.limits import SOURCES_MAX

HERE, ANN = "192.0.2.1", "<sip:ann@pbx>"


def test_a_phone_that_comes_back_without_an_answer_is_asked_with_md5_alone() -> None:
    phones = Dialects()
    assert [False, True, True] == [phones.is_plain(HERE, ANN, at) for at in (0.0, ANSWER_S, 60.0)]


def test_calls_that_begin_together_tell_nothing() -> None:
    phones = Dialects()
    assert [False, False] == [phones.is_plain(HERE, ANN, at) for at in (0.0, ANSWER_S / 2)]


def test_a_phone_that_answers_the_better_challenge_is_asked_it_again() -> None:
    phones = Dialects()
    for at in (0.0, 3600.0, 7200.0):
        assert not phones.is_plain(HERE, ANN, at)
        phones.answered(HERE, ANN, "SHA-256")


def test_a_phone_that_took_md5_of_two_reads_both() -> None:
    phones = Dialects()
    phones.is_plain(HERE, ANN, 0.0)
    phones.answered(HERE, ANN, "MD5")
    assert not phones.is_plain(HERE, ANN, 3600.0)


def test_a_phone_that_reads_md5_alone_stays_so_until_it_answers_better_or_is_forgotten() -> None:
    phones = Dialects()
    phones.is_plain(HERE, ANN, 0.0)
    assert phones.is_plain(HERE, ANN, 30.0)
    phones.answered(HERE, ANN, "MD5")
    assert phones.is_plain(HERE, ANN, 3600.0)
    phones.answered(HERE, ANN, "SHA-256")
    assert [False, True, False] == [phones.is_plain(HERE, ANN, at) for at in (3700.0, 3710.0, 3700.0 + MEMORY_S)]


def test_one_phone_says_nothing_about_another() -> None:
    phones = Dialects()
    phones.is_plain(HERE, ANN, 0.0)
    assert [False, False] == [phones.is_plain("192.0.2.2", ANN, 60.0), phones.is_plain(HERE, "<sip:ben@pbx>", 60.0)]


def test_the_memory_is_bounded() -> None:
    phones = Dialects()
    phones.is_plain(HERE, ANN, 0.0)
    for number in range(SOURCES_MAX):
        phones.is_plain("192.0.2.2", str(number), 0.0)
    assert not phones.is_plain(HERE, ANN, 60.0)
