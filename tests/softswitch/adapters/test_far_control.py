"""Any node answers control operations for every tenant: home, holder of a call, all nodes; what is lost is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from configdb.bus import checked, matches
from softswitch.adapters.far_control import FarControl
from softswitch.cluster.lateness import Lateness
from softswitch.cluster.limits import ANSWER_PART_CHARS_MAX, ASKED_S_MAX
from softswitch.cluster.members import Member, Members
from softswitch.control.messages import ControlError
from softswitch.control.reach import REACHES
from softswitch.control.server import Operation
from tests.softswitch.stage import Stage

Document = dict[str, Any]


class Wire:
    """A bus that delivers at once; `cut` holds the subjects that are lost."""

    def __init__(self) -> None:
        self.subscribed: list[tuple[str, Callable[[str, Document], None]]] = []
        self.cut: set[str] = set()
        self.sent: list[str] = []

    def publish(self, subject: str, document: Document) -> bool:
        checked(subject, document)
        self.sent.append(subject)
        if subject not in self.cut:
            for pattern, callback in list(self.subscribed):
                if matches(pattern, subject):
                    callback(subject, document)
        return True

    def subscribe(self, pattern: str, callback: Callable[[str, Document], None]) -> Any:
        self.subscribed.append((pattern, callback))
        return self

    @property
    def lost(self) -> int:
        return 0

    def close(self) -> None:
        self.subscribed.clear()


class Loop(Clock):
    """Virtual time; a call from a thread is made at once."""

    def callFromThread(self, function: Callable[..., Any], *given: Any) -> None:
        function(*given)


class Nodes:
    """Three nodes that know each other; each has one call and one room with its own name."""

    def __init__(self) -> None:
        self.wire, self.loop, self.done = Wire(), Loop(), list[tuple[str, str]]()
        names = ("a", "b", "c")
        self.members = {name: Members(name) for name in names}
        for name in names:
            for other in names:
                self.members[name].heard(Member(other, "boot"))
        self.nodes = {
            name: FarControl(self.loop, name, self.wire, self.members[name], Lateness(name), self.operations(name))
            for name in names
        }
        for node in self.nodes.values():
            node.start()

    def operations(self, name: str) -> dict[str, Operation]:
        def hangup(request: Document) -> Document:
            if request.get("call") != f"call-{name}":
                raise ControlError("no_call", "there is no such call in progress", 404)
            self.done.append((name, "hangup"))
            return {}

        def originate(request: Document) -> Document:
            self.done.append((name, "originate"))
            if request.get("to") == "nowhere":
                raise ControlError("refused", "nowhere", 404)
            return {"call": f"call-{name}"}

        return {
            "status": lambda _: {"node": name},
            "live": lambda request: {"calls": [{"id": f"call-{name}", "text": '"' * request.get("long", 0)}]},
            "hangup": hangup,
            "originate": originate,
        }

    def ask(self, asked: str, **request: Any) -> Document:
        """The answer, after the time that others have to answer."""
        answers: list[Document] = []
        self.nodes[asked].ask(request, answers.append)
        if not answers:
            self.loop.advance(ASKED_S_MAX)
        (answer,) = answers
        return answer

    def home(self, tenant: str) -> str:
        return self.members["a"].home(tenant)


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


def tenant_of(nodes: Nodes, home: str) -> str:
    """A tenant whose home is that node."""
    return next(f"t{number}" for number in range(1000) if nodes.home(f"t{number}") == home)


@pytest.mark.parametrize("asked", ["a", "b", "c"])
def test_a_call_is_begun_at_the_home_of_its_tenant_whichever_node_is_asked(nodes: Nodes, asked: str) -> None:
    answer = nodes.ask(asked, op="originate", tenant=tenant_of(nodes, "b"))
    assert ({"ok": True, "call": "call-b"}, [("b", "originate")]) == (answer, nodes.done)


def test_a_refusal_of_the_home_is_the_answer(nodes: Nodes) -> None:
    answer = nodes.ask("a", op="originate", tenant=tenant_of(nodes, "b"), to="nowhere")
    assert {"ok": False, "code": "refused", "text": "nowhere", "status": 404} == answer


@pytest.mark.parametrize("holder", ["a", "b", "c"])
def test_a_verb_is_done_by_the_node_that_has_the_call_wherever_the_home_is(nodes: Nodes, holder: str) -> None:
    answer = nodes.ask("a", op="hangup", tenant=tenant_of(nodes, "c"), call=f"call-{holder}")
    assert ({"ok": True}, [(holder, "hangup")]) == (answer, nodes.done)


def test_a_call_that_no_node_has_is_not_found(nodes: Nodes) -> None:
    answer = nodes.ask("a", op="hangup", tenant="t", call="gone")
    assert ("no_call", 404, []) == (answer["code"], answer["status"], nodes.done)


def test_while_a_node_does_not_answer_nobody_says_that_there_is_no_such_call(nodes: Nodes) -> None:
    nodes.wire.cut = {"cluster.control.c"}
    answer = nodes.ask("a", op="hangup", tenant="t", call="gone")
    assert ("node_away", 503) == (answer["code"], answer["status"])


def test_the_calls_of_all_nodes_are_one_list(nodes: Nodes) -> None:
    answer = nodes.ask("b", op="live", tenants=["t"])
    assert {"call-a", "call-b", "call-c"} == {call["id"] for call in answer["calls"]}
    assert "missing" not in answer


def test_a_list_says_whose_part_is_missing(nodes: Nodes) -> None:
    nodes.wire.cut = {"cluster.answer.b"}
    answer = nodes.ask("b", op="live", tenants=["t"])
    assert (["a", "c"], ["call-b"]) == (answer["missing"], [call["id"] for call in answer["calls"]])


def test_a_long_answer_comes_in_parts(nodes: Nodes) -> None:
    long = 2 * ANSWER_PART_CHARS_MAX  # of characters that double in JSON, and again in the JSON around it
    answer = nodes.ask("a", op="live", long=long)
    assert [long] * 3 == [len(call["text"]) for call in answer["calls"]]
    assert 2 * 5 == nodes.wire.sent.count("cluster.answer.a")


def test_an_answer_without_end_is_refused(nodes: Nodes) -> None:
    nodes.nodes["b"]._operations = {"originate": lambda _: {"call": "x" * 5_000_000}}
    answer = nodes.ask("a", op="originate", tenant=tenant_of(nodes, "b"))
    assert ("too_long", 503) == (answer["code"], answer["status"])


def test_a_home_that_does_not_answer_in_time_is_said(nodes: Nodes) -> None:
    nodes.wire.cut = {"cluster.answer.a"}
    answer = nodes.ask("a", op="originate", tenant=tenant_of(nodes, "b"))
    assert ("node_away", 503) == (answer["code"], answer["status"])


def test_an_answer_that_comes_late_changes_nothing(nodes: Nodes) -> None:
    nodes.wire.cut = {"cluster.control.b"}
    nodes.ask("a", op="originate", tenant=tenant_of(nodes, "b"))
    nodes.wire.publish("cluster.answer.a", {"node": "b", "ask": 1, "part": 0, "parts": 1, "text": "{}"})
    assert {"ok": True, "node": "a"} == nodes.ask("a", op="status")


@pytest.mark.parametrize("node", ["a", "b"])
def test_what_is_about_a_node_is_answered_there(nodes: Nodes, node: str) -> None:
    assert {"ok": True, "node": node} == nodes.ask(node, op="status")


def test_an_operation_nobody_knows_is_refused(nodes: Nodes) -> None:
    assert "unknown_operation" == nodes.ask("a", op="dance")["code"]


def test_an_operation_without_a_row_is_a_fault_of_ours(nodes: Nodes) -> None:
    with pytest.raises(KeyError, match="dance"):
        FarControl(nodes.loop, "d", nodes.wire, Members("d"), Lateness("1"), {"dance": lambda _: {}})


@pytest.mark.parametrize(
    "junk", [{}, {"node": "b"}, {"node": "b", "ask": "x", "request": 1}, {"ask": None, "part": []}]
)
def test_junk_of_other_nodes_is_left_out(nodes: Nodes, junk: Document) -> None:
    for subject in ("cluster.control.a", "cluster.answer.a"):
        nodes.wire.publish(subject, junk)
    assert {"ok": True, "node": "a"} == nodes.ask("a", op="status")


def test_alone_everything_is_answered_here() -> None:
    nodes = Nodes()
    alone = FarControl(nodes.loop, "d", nodes.wire, Members("d"), Lateness("1"), nodes.operations("d"))
    answers: list[Document] = []
    for request in ({"op": "originate", "tenant": "t"}, {"op": "live"}, {"op": "hangup", "call": "x"}):
        alone.ask(request, answers.append)
    assert [True, True, False] == [answer["ok"] for answer in answers]


def test_every_operation_of_a_switch_has_a_row_and_every_row_an_operation(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert set(REACHES) == set(stage.switch.service._operations)
    stage.close()


def test_a_node_that_is_named_answers_for_itself_and_one_that_is_not_there_is_said(nodes: Nodes) -> None:
    told = [nodes.ask("a", op="status", **about) for about in ({}, {"node": "a"}, {"node": "c"})]
    assert ["a", "a", "c"] == [answer["node"] for answer in told]
    nodes.members["a"].left("c")
    sent = len(nodes.wire.sent)
    assert ("node_away", 503) == ((gone := nodes.ask("a", op="status", node="c"))["code"], gone["status"])
    assert sent == len(nodes.wire.sent)
    nodes.wire.cut.add("cluster.control.b")
    assert "node_away" == nodes.ask("a", op="status", node="b")["code"]


@pytest.mark.parametrize(("held_s", "done"), [(0.0, 2), (ASKED_S_MAX + 1, 1)])
def test_what_a_link_held_back_until_who_asked_had_given_up_is_not_done(nodes: Nodes, held_s: float, done: int) -> None:
    wish = {"node": "b", "ask": 1, "request": {"op": "originate", "tenant": "t"}}
    for held in (0.0, held_s):
        document = Lateness("run of b").stamped(wish, nodes.loop.seconds())
        nodes.loop.advance(held)
        nodes.nodes["a"]._on_request(document)
    assert done == len(nodes.done)
