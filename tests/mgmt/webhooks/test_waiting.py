"""Who is told what next, on a clock that the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from history.deliveries import DEAD, DELIVERED, WAITING, Delivery
from mgmt.limits import webhook_age_s_max, webhook_parallel_max, webhook_pause_s_max, webhook_refusals_max
from mgmt.webhooks.answers import Answer, Meaning, after_s
from mgmt.webhooks.waiting import Waiting, judged

TAKEN, REFUSED, DOWN = Answer(200, 5), Answer(400, 5, "", "no"), Answer(0, 8000, "no answer")
GONE = Answer(410, 5)


def delivery(number: int, call: str | None = None, hook: str = "crm", **more: Any) -> Delivery:
    event = {"id": f"e{number}", "tenant": "acme", "type": "call.ended", "at": 0.0}
    order = call or f"e{number}"
    return Delivery(f"{hook}/e{number}", "acme", hook, "call.ended", event, order, number, 0.0, **more)


def waiting(*deliveries: Delivery) -> Waiting:
    made = Waiting()
    for one in deliveries:
        made.add(one)
    return made


def ids(found: list[Delivery]) -> list[str]:
    return [one.event["id"] for one in found]


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (0, Meaning.DOWN),
        (200, Meaning.TAKEN),
        (204, Meaning.TAKEN),
        (301, Meaning.REFUSED),
        (400, Meaning.REFUSED),
        (408, Meaning.DOWN),
        (410, Meaning.GONE),
        (425, Meaning.DOWN),
        (429, Meaning.DOWN),
        (500, Meaning.DOWN),
        (503, Meaning.DOWN),
    ],
)
def test_an_answer_means_taken_refused_gone_or_nobody_there(status: int, meaning: Meaning) -> None:
    assert meaning is Answer(status, 1).meaning


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 0), ("7", 7), ("999999", webhook_pause_s_max), ("Wed, 21 Oct", 0), ("-1", 0), ("²", 0)],
)
def test_retry_after_is_believed_within_bounds(header: str | None, seconds: float) -> None:
    assert seconds == after_s(header)


@pytest.mark.parametrize(
    ("answer", "state", "due"),
    [(TAKEN, DELIVERED, 0.0), (REFUSED, WAITING, 105.0), (DOWN, WAITING, 0.0), (GONE, DEAD, 0.0)],
)
def test_what_an_answer_makes_of_a_delivery(answer: Answer, state: str, due: float) -> None:
    after = judged(delivery(1), answer, 100.0)
    said = {"at": 100.0, "status": answer.status, "ms": answer.ms, "problem": answer.problem, "answer": answer.body}
    assert (state, due, 1, [said]) == (after.state, after.due_at, after.count, after.tries)


def test_a_call_is_told_in_order_and_calls_beside_each_other() -> None:
    queue = waiting(delivery(1, "c1"), delivery(2, "c2"), delivery(3, "c1"), delivery(4, "c2"))
    first = queue.ready(0.0, 10)
    assert (["e1", "e2"], []) == (ids(first), ids(queue.ready(0.0, 10)))
    queue.done(first[0], TAKEN, 0.0)
    assert ["e3"] == ids(queue.ready(0.0, 10))


def test_one_webhook_has_a_few_requests_at_a_time_and_others_do_not_wait_for_it() -> None:
    queue = waiting(*(delivery(number) for number in range(10)), delivery(99, hook="other"))
    found = queue.ready(0.0, 32)
    assert [*(f"e{number}" for number in range(webhook_parallel_max)), "e99"] == ids(found)


def test_webhooks_take_turns_when_there_is_little_room() -> None:
    queue = waiting(*(delivery(number, hook=hook) for hook in ("a", "b") for number in range(2)))
    first = queue.ready(0.0, 1)
    queue.done(first[0], TAKEN, 0.0)
    assert [("a", "b")] == [(first[0].webhook, queue.ready(0.0, 1)[0].webhook)]


def test_a_refused_event_holds_back_its_own_call_only_and_dies_in_the_end() -> None:
    queue = waiting(delivery(1, "c1"), delivery(2, "c1"), delivery(3, "c2"))
    now, refused = 0.0, 0
    assert ["e1", "e3"] == ids(queue.ready(now, 10))
    queue.done(delivery(3, "c2"), TAKEN, now)
    head = delivery(1, "c1")
    while head.state == WAITING:
        head = queue.done(head, REFUSED, now)
        refused += 1
        assert head.state == DEAD or ([] == queue.ready(now, 10) and head.due_at > now)
        now = head.due_at
        if head.state == WAITING:
            assert ["e1"] == ids(queue.ready(now, 10))
    assert (webhook_refusals_max, ["e2"]) == (refused, ids(queue.ready(now, 10)))


def test_a_server_that_is_down_rests_longer_each_time_and_is_tried_with_one_request() -> None:
    queue = waiting(*(delivery(number) for number in range(4)))
    for one in queue.ready(0.0, 10):
        queue.done(one, DOWN, 0.0)
    pauses, now = [], 0.0
    for _ in range(9):
        begun = now
        while not (found := queue.ready(now, 10)):
            now += 1.0
        assert 1 == len(found)
        pauses.append(now - begun)
        queue.done(found[0], DOWN, now)
    assert [40.0, 80.0, 160.0] == pauses[:3]
    assert [webhook_pause_s_max] * 4 == pauses[5:]
    assert 4 == len(queue)


def test_a_server_that_asks_for_time_gets_it() -> None:
    queue = waiting(delivery(1))
    queue.done(queue.ready(0.0, 1)[0], Answer(429, 1, after_s=60.0), 0.0)
    assert ([], ["e1"]) == (queue.ready(59.0, 1), ids(queue.ready(60.0, 1)))


def test_what_waited_too_long_is_dead_and_what_came_later_waits_on() -> None:
    old, new = delivery(1, "c1"), Delivery(**{**delivery(2, "c1").to_document(), "at": 1000.0})
    queue = waiting(old, new)
    queue.done(queue.ready(0.0, 1)[0], DOWN, 0.0)
    assert [] == queue.expired(webhook_age_s_max)
    assert ["e1"] == ids(queue.expired(webhook_age_s_max + 1))
    assert (1, ["e2"]) == (len(queue), ids(queue.ready(webhook_age_s_max + 1, 5)))


def test_a_webhook_that_is_switched_off_is_left_alone_for_a_while() -> None:
    queue = waiting(delivery(1))
    queue.put_off(queue.ready(0.0, 1)[0], 60.0)
    assert ([], ["e1"]) == (queue.ready(59.0, 1), ids(queue.ready(60.0, 1)))


def test_what_waits_already_is_not_doubled() -> None:
    queue = waiting(delivery(1), delivery(1))
    assert (1, ["e1"]) == (len(queue), ids(queue.ready(0.0, 5)))
