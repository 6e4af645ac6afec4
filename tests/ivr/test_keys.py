"""When a simulated caller presses the next key: where one is listened to, and not while a server is asked."""

from __future__ import annotations

import pytest

from ivr.behaviour import Reply
from tests.ivr.flows import codes, flow, walk
from tests.ivr.test_nodes import COLLECT, MENU, REQUEST, Node

GATHER = '{"verbs": [{"verb": "gather", "say": [{"verb": "say", "text": "Your age?"}], "max_keys": 1}]}'
COLLECTED, PASSED = "collect collect.done", "menu menu.timeout menu.key hangup"


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        (REQUEST, "request request.answered"),
        ({"kind": "wait", "seconds": 1.5}, "wait"),
        ({"kind": "answer", "pause_s": 1}, "answer"),
    ],
)
def test_what_the_caller_lets_pass_is_a_question_and_no_silence_without_one(between: Node, expected: str) -> None:
    asked = {**COLLECT, "max_keys": 1, "min_keys": 1, "next": "between"}
    document = flow(asked, between={**between, "next": "menu"}, menu=MENU)
    done = walk(document, "1w1", replies={"between": Reply(200, "{}")})
    assert f"{COLLECTED} {expected} {PASSED}".split() == codes(done)


def test_nor_while_a_server_says_what_comes_next() -> None:
    node = {"kind": "webhook", "url": "https://example.com", "next": "menu"}
    done = walk(flow(node, menu={**MENU, "tries": 1}), "5w1", replies={"first": Reply(200, GATHER)})
    heard = "webhook webhook.verbs webhook.keys webhook webhook.verbs webhook.nothing"
    assert f"{heard} menu menu.key hangup".split() == codes(done)
