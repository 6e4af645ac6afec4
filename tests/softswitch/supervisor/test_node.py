"""A node that starts: its processes one after another, what is late, what does not start at all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from configdb import membership
from configdb.membership import Membership
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from softswitch.supervisor import node as module
from softswitch.supervisor.child import Child
from softswitch.supervisor.node import GIVES_WAY, Node, NotStarted

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
RUNTIME = Runtime("127.0.0.1", 5060, 8080, 4222, 20_000, 20_999, 0.0)


def made(folder: Path, said: list[str], *children: tuple[str, bool, int]) -> Node:
    """A node of such processes: name, whether it gets ready, how far it gives way."""
    found = Node(folder, RUNTIME, NodeSettings(), said.append)
    for name, ready, nice in children:
        found.children.append(Child(name, SLEEPS, folder / f"{name}.log", lambda ready=ready: ready, nice=nice))  # type: ignore[misc]  # of this turn
    return found


def test_pages_that_are_late_do_not_keep_calls_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_S_MAX", 0.0)
    said: list[str] = []
    node = made(tmp_path, said, ("switch", True, 0), ("web", False, GIVES_WAY), ("services", True, GIVES_WAY))
    started: list[str] = []
    node.start(lambda child: None, lambda child: started.append(child.name))
    assert ["switch", "web", "services"] == started
    assert ["web is not ready after 0 s: the others serve meanwhile"] == said
    node.stop()


def test_a_switch_that_does_not_get_ready_ends_the_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_S_MAX", 0.0)
    node = made(tmp_path, [], ("media", True, 0), ("switch", False, 0), ("web", True, GIVES_WAY))
    with pytest.raises(NotStarted, match="switch did not start"):
        node.start(lambda child: None, lambda child: None)
    assert [False, False, False] == [child.alive for child in node.children]


def test_nodes_that_join_while_this_one_starts_are_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node, met = made(tmp_path, []), list[bool]()
    monkeypatch.setattr(Node, "_cluster_changed", lambda self: met.append(True))
    monkeypatch.setattr(module.time, "sleep", lambda seconds: setattr(node, "stopping", True))
    node.plan()
    node.children.clear()
    membership.write(tmp_path, Membership("node-1", "192.0.2.1:6222", {"node-2": "192.0.2.2:6222"}))
    node.watch()
    assert [True] == met
