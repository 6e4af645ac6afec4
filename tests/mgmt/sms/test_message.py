"""Messages and threads: what is told late, twice or in another order ends the same."""

from __future__ import annotations

from itertools import permutations

import pytest

from mgmt.sms.keywords import keyword
from mgmt.sms.message import (
    DELIVERED,
    FAILED,
    QUEUED,
    RECEIVED,
    SENT,
    STATES,
    UNCERTAIN,
    Message,
    grown,
    opted,
    read,
    told,
)
from mgmt.sms.threads import empty

NOW = 1000.0
PHONE, NUMBER = "+12025550100", "+12025550123"


def message(id: str = "m1", at: float = NOW, state: str = QUEUED, direction: str = "out") -> Message:
    ends = (NUMBER, PHONE) if direction == "out" else (PHONE, NUMBER)
    return Message(
        id, "riverside", f"{NUMBER}-{PHONE}", direction, NUMBER, PHONE, f"text {id}", at, *ends, state, "north"
    )


FORWARD = {
    (QUEUED, SENT),
    (QUEUED, DELIVERED),
    (QUEUED, FAILED),
    (QUEUED, UNCERTAIN),
    (SENT, DELIVERED),
    (SENT, FAILED),
    (UNCERTAIN, QUEUED),
    (UNCERTAIN, SENT),
    (UNCERTAIN, DELIVERED),
    (UNCERTAIN, FAILED),
    (FAILED, QUEUED),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("news", STATES)
def test_news_lead_forward_only(state: str, news: str) -> None:
    after = told(message(state=state), news, NOW + 1, "words", "north r1")
    assert (news if (state, news) in FORWARD else state) == after.state
    assert "north r1" == after.reference


def test_receipts_in_any_order_end_the_same() -> None:
    ends = set()
    for order in permutations((SENT, DELIVERED, SENT, DELIVERED)):
        one = message()
        for state in order:
            one = told(one, state, NOW)
        ends.add(one.state)
    assert {DELIVERED} == ends


def test_messages_in_any_order_and_twice_make_the_same_thread() -> None:
    messages = [message(f"m{n}", NOW + n, RECEIVED, "in" if n % 2 else "out") for n in range(4)]
    threads = set()
    for order in permutations(messages):
        thread = empty("riverside", NUMBER, PHONE)
        for one in (*order, *order):
            thread = grown(thread, one)
        threads.add((thread.at, thread.text, thread.direction, thread.unread, thread.came_at))
    assert {(NOW + 3, "text m3", "in", True, NOW + 3)} == threads


def test_a_thread_that_was_read_is_unread_again_only_by_what_is_newer() -> None:
    thread = read(grown(empty("riverside", NUMBER, PHONE), message("a", NOW, RECEIVED, "in")), NOW + 5)
    assert not grown(thread, message("a", NOW, RECEIVED, "in")).unread
    assert grown(thread, message("b", NOW + 6, RECEIVED, "in")).unread
    assert not grown(thread, message("c", NOW + 6)).unread


def test_the_last_word_about_wanting_messages_counts() -> None:
    thread = empty("riverside", NUMBER, PHONE)
    for order in permutations(((True, NOW), (False, NOW + 1), (True, NOW + 2))):
        after = thread
        for out, at in order:
            after = opted(after, out, at)
        assert after.opted_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Unsubscribe", "stop"),
        ("СТОП", "stop"),
        ("Opt-Out", "stop"),
        ("start", "start"),
        ("YES", "start"),
        ("Help?", "help"),
        ("stop by at five", None),
        ("", None),
        ("yes" * 20, None),
        ("?", None),
    ],
)
def test_keywords_are_whole_messages(text: str, expected: str | None) -> None:
    assert expected == keyword(text)
