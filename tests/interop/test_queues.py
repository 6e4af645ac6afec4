"""Queues with real phones on a whole node: a caller waits and is served; a promised call survives kill -9 of the switch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from installer.demo_tenant import CALLER_NUMBER, TENANT
from installer.phone_driver import Phone
from softswitch.cli.main import app
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually
from tests.interop.test_calls import codes
from tests.interop.test_failures import serves
from tests.interop.test_transfer import answer, hear_each_other

pytestmark = pytest.mark.interop

NUMBER = "+12025550188"
QUEUE = {
    "id": "sales",
    "name": "Sales",
    "agents": [{"user": "ann"}, {"user": "ben"}],
    "empty": "wait",
    "callback_key": "1",
    "no_answer": {"kind": "mailbox", "id": "front-desk"},
}


def with_queue(node: Running) -> None:
    """The node has a queue and a number that leads to it."""
    node.change(TENANT, "queue", "sales", QUEUE)
    node.change(TENANT, "number", NUMBER, {"id": NUMBER, "target": {"kind": "queue", "id": "sales"}})


def order(node: Running, user: str, verb: str) -> None:
    """What an agent does."""
    node.api.request("POST", f"/api/v1/queues/agents/{user}", {"verb": verb})


def figures(node: Running) -> dict[str, Any]:
    """The live figures of the queue."""
    return dict(node.api.get("/api/v1/queues/sales"))


def test_a_caller_waits_until_an_agent_comes(node: Running, carrier: Phone, phones: Registered, tmp_path: Path) -> None:
    with_queue(node)
    before = node.newest()
    node.dial(carrier, NUMBER)
    carrier.wait("state", state="CONFIRMED")
    assert 1 == eventually(lambda: figures(node)["waiting"], what="the caller to wait")
    ann = phones("ann-desk")
    order(node, "ann", "login")
    answer(ann)
    ann.wait("state", state="CONFIRMED")
    assert ["busy", "out"] == [one["state"] for one in figures(node)["people"]]
    hear_each_other(carrier, ann, tmp_path)
    detail = node.finished(before)
    assert ("sales", "answered") == (detail["call"]["queue"], detail["call"]["outcome"])
    wanted = iter(codes(detail))
    assert all(code in wanted for code in ("queue.joined", "queue.offer", "dial.answered", "queue.answered"))
    order(node, "ann", "logout")


def cli(node: Running, *command: str) -> Any:
    """What the command line says, as JSON."""
    done = CliRunner().invoke(app, ["--data", str(node.data), "--tenant", TENANT, "--json", *command])
    assert 0 == done.exit_code, done.output
    return json.loads(done.stdout)


def test_the_command_line_shows_queues_and_agents_and_drains_the_node(node: Running, carrier: Phone) -> None:
    with_queue(node)
    assert {"user": "ann", "verb": "login"} == cli(node, "agent", "ann", "login")
    free = [("sales", 1)]  # who worked a moment ago may still rest
    eventually(lambda: free == [(row["id"], row["agents"]["free"]) for row in cli(node, "queues")["data"]], what="ann")
    cli(node, "agent", "ann", "pause", "--reason", "lunch")
    people = cli(node, "queues", "sales")["people"]
    assert [("ann", "paused", "lunch"), ("ben", "out", None)] == [(p["user"], p["state"], p["reason"]) for p in people]
    cli(node, "agent", "ann", "logout")
    try:
        assert {"draining": True, "calls": 0} == cli(node, "drain")
        node.dial(carrier, NUMBER)
        assert 503 == carrier.wait("state", state="DISCONNECTED")["code"]
    finally:
        assert {"draining": False, "calls": 0} == cli(node, "drain", "--off")


def test_a_promised_call_survives_the_death_of_the_switch_and_is_made_once(own_node: Running, tmp_path: Path) -> None:
    node = own_node
    with_queue(node)
    with node.registered("ann-desk") as ann, node.carrier() as carrier:
        promised(node, ann, carrier)
        node.kill("switch")
        eventually(lambda: serves(node), 30, "the node to serve again")
        kept = figures(node)
        assert (1, "paused") == (kept["promised_waiting"], kept["people"][0]["state"])
        order(node, "ann", "resume")
        answer(ann)
        answer(carrier)
        carrier.wait("state", state="CONFIRMED")
        hear_each_other(carrier, ann, tmp_path)
    wanted = {"kind": "callback", "state": "all"}
    (done,) = eventually(lambda: node.api.get("/api/v1/activities", **wanted)["data"], what="the record of the promise")
    assert ("finished", CALLER_NUMBER) == (done["state"], done["from"])
    assert 0 == figures(node)["promised_waiting"]


def promised(node: Running, ann: Phone, carrier: Phone) -> None:
    """Ann is at work but pauses; the caller waits, asks to be called with the key 1, and is let go."""
    order(node, "ann", "login")
    order(node, "ann", "pause")
    node.dial(carrier, NUMBER)
    carrier.wait("state", state="CONFIRMED")
    eventually(lambda: figures(node)["waiting"], what="the caller to wait")
    carrier.do("dtmf", digits="1")
    carrier.wait("state", state="DISCONNECTED")
    assert 1 == figures(node)["promised_waiting"]
