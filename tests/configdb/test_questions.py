"""Questions to all nodes over a real NATS: answers are counted, one may be enough, silence ends, faults are contained."""

from __future__ import annotations

import pytest

from configdb.nats_link import NatsLink
from configdb.questions import NatsQuestions
from tests.configdb.conftest import Server, eventually


@pytest.fixture
def asker(nats: Server) -> NatsQuestions:
    return NatsQuestions(ready(nats), wait_s=0.5)


def ready(nats: Server) -> NatsLink:
    link = nats.link()
    link.require(5)
    return link


def serving(nats: Server, subject: str, *answers: bytes | None) -> None:
    """A node for each answer; returns when all are heard."""
    for answer in answers:
        NatsQuestions(ready(nats)).serve(subject, lambda question, answer=answer: answer)  # type: ignore[misc]  # of this turn
    asker, spoken = NatsQuestions(ready(nats), 0.3), [one for one in answers if one is not None]
    eventually(lambda: len(asker.ask(subject, b"?", len(spoken))) == len(spoken))


def test_every_node_answers(nats: Server, asker: NatsQuestions) -> None:
    serving(nats, "q.all", b"a", b"b", None)
    assert [b"a", b"b"] == sorted(asker.ask("q.all", b"?", 2))
    assert [b"a", b"b"] == sorted(asker.ask("q.all", b"?"))


def test_one_answer_may_be_enough(nats: Server, asker: NatsQuestions) -> None:
    serving(nats, "q.one", b"yes", b"yes")
    assert [b"yes"] == asker.ask("q.one", b"?", 2, lambda answer: answer == b"yes")


def test_nobody_is_there(asker: NatsQuestions) -> None:
    assert [] == asker.ask("q.none", b"?", 3)


def test_what_breaks_one_question_breaks_no_other(nats: Server, asker: NatsQuestions) -> None:
    def answer(question: bytes) -> bytes:
        return {b"good": b"well"}[question]

    NatsQuestions(ready(nats)).serve("q.faulty", answer)
    eventually(lambda: asker.ask("q.faulty", b"good", 1) == [b"well"])
    assert [] == asker.ask("q.faulty", b"bad", 1)
    assert [b"well"] == asker.ask("q.faulty", b"good", 1)


def test_who_serves_no_more_is_not_heard(nats: Server, asker: NatsQuestions) -> None:
    end = NatsQuestions(ready(nats)).serve("q.over", lambda question: b"here")
    eventually(lambda: asker.ask("q.over", b"?", 1) == [b"here"])
    end()
    eventually(lambda: asker.ask("q.over", b"?", 1) == [])


def test_while_nats_is_away_nobody_answers(own_nats: Server) -> None:
    link = ready(own_nats)
    own_nats.kill()
    assert [] == NatsQuestions(link).ask("q.away", b"?", 1)
