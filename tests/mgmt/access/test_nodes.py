"""Who is signed in at one node is signed in at all, whatever was lost between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from configdb.bus import Document, Handler
from mgmt.access.attempts import Attempts
from mgmt.access.nodes import Nodes
from mgmt.access.once import Once
from mgmt.access.sessions import Sessions
from mgmt.database import Database, Kind, Row
from mgmt.http.answers import Answer, Answers
from mgmt.http.errors import Problem
from mgmt.limits import attempt_free, row_until_s_max, session_idle_s_max, session_touch_s
from tests.mgmt.access.test_sessions import Clock


class Wire:
    """A bus whose messages arrive at once, at everybody, unless it is cut."""

    def __init__(self) -> None:
        self.listeners: list[tuple[str, Handler]] = []
        self.is_cut = False
        self.sent = 0

    def publish(self, subject: str, document: Document) -> bool:
        self.sent += 1
        for wanted, listener in [] if self.is_cut else list(self.listeners):
            if wanted == subject:
                listener(subject, document)
        return not self.is_cut

    def subscribe(self, pattern: str, callback: Handler) -> Any:
        self.listeners.append((pattern, callback))
        return self

    def close(self) -> None:
        """Nobody unsubscribes here."""


class Node:
    """What one web process has of it."""

    def __init__(self, path: Path, wire: Wire, clock: Clock) -> None:
        self.database = Database(path, clock)
        self.sessions, self.once = Sessions(self.database, clock), Once(self.database, clock)
        self.attempts, self.answers = Attempts(self.database, clock), Answers(self.database, clock)
        self.link = Nodes(self.database, wire, clock)  # type: ignore[arg-type]  # a bus, as far as it is used
        self.link.start()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def nodes(tmp_path: Path, wire: Wire, clock: Clock) -> Iterator[tuple[Node, Node]]:
    first, second = (Node(tmp_path / f"{name}.sqlite3", wire, clock) for name in "ab")
    yield first, second
    for node in (first, second):
        node.database.close()


def test_a_session_of_one_node_is_one_of_the_other_until_it_ends_at_either(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    secret = first.sessions.open("riverside", "ann", operator=False)
    found = second.sessions.find(secret)
    assert found == first.sessions.find(secret) is not None
    assert found is not None
    second.sessions.close(found.hash)
    assert (None, None) == (first.sessions.find(secret), second.sessions.find(secret))


def test_a_session_that_is_used_at_the_other_node_does_not_grow_idle(nodes: tuple[Node, Node], clock: Clock) -> None:
    first, second = nodes
    secret = first.sessions.open("riverside", "ann", operator=False)
    for node in (second, first, second, first):
        clock.now += session_idle_s_max - session_touch_s
        assert node.sessions.find(secret) is not None


def test_steps_of_signing_in_go_over_either_node(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.once.put("challenge", "abc", 60)
    assert ("abc", None, None) == (
        second.once.take("challenge"),
        first.once.take("challenge"),
        second.once.peek("challenge"),
    )
    assert (True, False) == (first.once.first("code 1", 60), second.once.first("code 1", 60))
    token = second.sessions.issue_token("riverside")
    assert first.sessions.use_token(token) is not None
    assert None is second.sessions.use_token(token)


def test_failed_attempts_count_wherever_they_are_made(nodes: tuple[Node, Node]) -> None:
    for number in range(attempt_free):
        nodes[number % 2].attempts.failed("ann@example.com", "192.0.2.1")
    for node in nodes:
        with pytest.raises(Problem):
            node.attempts.check("ann@example.com", "192.0.2.1")


def test_a_request_that_is_repeated_at_the_other_node_gets_the_first_answer(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    answer = Answer(201, "application/json", {"ETag": '"1"'}, b"\x00" * 100_000)
    assert None is first.answers.begin("k1", "ann", "POST", "/x", b"body")
    first.answers.finish("k1", "ann", "POST", "/x", answer)
    assert answer == second.answers.begin("k1", "ann", "POST", "/x", b"body")


def test_what_was_lost_on_the_way_is_asked_for_and_nothing_comes_back_to_life(
    nodes: tuple[Node, Node], wire: Wire
) -> None:
    first, second = nodes
    kept, ended = (first.sessions.open("riverside", name, operator=False) for name in ("ann", "ben"))
    wire.is_cut = True
    new = first.sessions.open("riverside", "carla", operator=False)
    first.sessions.close_all("riverside", "ben")
    assert second.sessions.find(ended) is not None
    wire.is_cut = False
    for node in (second, first, second):
        node.link.ask()
    for node in nodes:
        assert [True, True, False] == [node.sessions.find(one) is not None for one in (kept, new, ended)]


def test_a_session_that_was_ended_stays_so_although_another_node_used_it_later(
    nodes: tuple[Node, Node], wire: Wire, clock: Clock
) -> None:
    first, second = nodes
    secret = first.sessions.open("riverside", "ann", operator=False)
    wire.is_cut = True
    first.sessions.close_all("riverside", "ann")
    clock.now += session_touch_s + 1
    assert second.sessions.find(secret) is not None
    wire.is_cut = False
    for node in (first, second, first):
        node.link.ask()
    assert [None, None] == [node.sessions.find(secret) for node in nodes]


def test_a_node_that_was_away_learns_everything_in_parts(tmp_path: Path, wire: Wire, clock: Clock) -> None:
    first = Node(tmp_path / "a.sqlite3", wire, clock)
    secrets = [first.sessions.open("riverside", f"u{number}", operator=False) for number in range(1_200)]
    late = Node(tmp_path / "late.sqlite3", wire, clock)
    assert all(late.sessions.find(secret) is not None for secret in secrets)
    before = wire.sent
    late.link.ask()
    assert 2 == wire.sent - before, "a question, and that there is nothing new"
    for node in (first, late):
        node.database.close()


def test_everybody_of_a_company_is_signed_out_everywhere(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    secrets = [
        first.sessions.open(tenant, user, operator=False) for tenant, user in (("a", "x"), ("a", "y"), ("ab", "x"))
    ]
    second.sessions.end_all_of("a")
    assert [False, False, True] == [first.sessions.find(one) is not None for one in secrets]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"file": 1, "rows": []},
        {"file": "x", "rows": [None, [], ["session", "k", "o", {}, "now", 1.0]]},
        {"file": "x", "rows": [["other", "k", "", {}, 1.0, 1_900_000_000.0]]},
        {"file": "x", "rows": [["session", "k", "", {}, 1.0, 1_800_000_000.0 + row_until_s_max + 1]]},
        {"file": "x", "rows": [], "after": "0", "upto": None},
    ],
)
def test_what_is_no_row_is_left_out(nodes: tuple[Node, Node], document: Document, wire: Wire) -> None:
    before = [node.database.last for node in nodes]
    wire.publish("web.rows", document)
    wire.publish("web.ask", document)
    assert before == [node.database.last for node in nodes]


@settings(max_examples=40, deadline=None)
@given(
    some.sampled_from(["once", "session"]),
    some.lists(some.tuples(some.integers(0, 1), some.sampled_from("kl"), some.sampled_from("pdc")), max_size=20),
    some.randoms(),
)
def test_in_whatever_order_versions_arrive_all_nodes_keep_the_same(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, done: list[tuple[int, str, str]], random: Any
) -> None:
    clock, folder = Clock(), tmp_path_factory.mktemp("rows")
    made = [Database(folder / f"{name}.sqlite3", clock) for name in "abc"]
    told: list[Row] = []
    for database in made:
        database.told = told.extend
    for number, (node, key, what) in enumerate(done):
        clock.now += random.choice([-5.0, 0.0, 5.0])
        match what:
            case "p":
                made[node].put(kind, key, {"value": number}, 1_900_000_000.0)
            case "d":
                made[node].take(kind, key)
            case _:
                made[node].change(kind, key, lambda body: {**body, "more": 1})
    for database in made:
        rows = told[:]
        random.shuffle(rows)
        for row in rows:
            database.merge([row])
    states = [[database.get(kind, key) for key in "kl"] for database in made]
    assert states[0] == states[1] == states[2]
    ended = {row.key for row in told if row.body is None} if kind == "session" else set()
    assert all(database.get(kind, key) is None for database in made for key in ended)
    for database in made:
        database.close()
