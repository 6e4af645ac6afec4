"""Two shards over the same NATS servers: nodes of one hear nothing of the other, whatever names nodes and tenants have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configdb import nats_server
from configdb.bus_nats import NatsBus
from configdb.event_log_jetstream import JetStreamEventLog
from configdb.nats_link import NatsLink
from configdb.nats_rights import SERVICES, SWITCH, WEB
from configdb.node import NodeSettings
from configdb.questions import NatsQuestions
from tests.configdb.conftest import Server, eventually
from tests.ports import free_port

EAST = "east"


def ready(server: Server) -> NatsLink:
    link = server.link()
    link.require(5)
    return link


def heard(bus: NatsBus, pattern: str) -> list[str]:
    found: list[str] = []
    bus.subscribe(pattern, lambda subject, document: found.append(f"{subject} of {document['of']}"))
    return found


@pytest.mark.parametrize("subject", ["cluster.node", "cluster.sip.node-1", "events.acme.call", "quality.trunks"])
def test_a_shard_hears_its_own_nodes_only_by_the_same_names(nats: Server, subject: str) -> None:
    of_main, of_east = NatsBus(ready(nats)), NatsBus(ready(nats), EAST)
    pattern = subject.replace("node-1", "*").replace("acme", "*")
    in_main, in_east = heard(of_main, pattern), heard(of_east, pattern)

    def both() -> bool:
        of_main.publish(subject, {"of": "main"})
        of_east.publish(subject, {"of": "east"})
        return bool(in_main and in_east)

    eventually(both)
    assert ({f"{subject} of main"}, {f"{subject} of east"}) == (set(in_main), set(in_east))
    of_main.close()
    of_east.close()


def test_a_question_is_answered_in_its_shard_only(nats: Server) -> None:
    ends = [
        NatsQuestions(ready(nats)).serve("media.read.node-1", lambda _: b"main"),
        NatsQuestions(ready(nats), shard=EAST).serve("media.read.node-1", lambda _: b"east"),
    ]
    for shard in ("main", EAST):
        asks = NatsQuestions(ready(nats), 0.3, shard)
        eventually(lambda asks=asks: asks.ask("media.read.node-1", b"?", 1))  # type: ignore[misc]  # of this turn
        assert [shard.encode()] == asks.ask("media.read.node-1", b"?")
    for end in ends:
        end()


def test_each_shard_has_a_log_of_events_of_its_own(own_nats: Server) -> None:
    main, east = JetStreamEventLog(ready(own_nats)), JetStreamEventLog(ready(own_nats), shard=EAST)
    followed: list[str] = []
    east.follow(lambda kept: followed.append(f"{kept.tenant}: {kept.event['id']}"))
    main.append("acme", {"id": "m", "type": "call.ended"})

    def told() -> bool:
        east.append("acme", {"id": f"e{len(followed)}", "type": "call.ended"})
        return bool(followed)

    eventually(told)
    assert ["m"] == [kept.event["id"] for kept in main.read("acme", 0, 10)]
    assert ["acme"] == sorted({kept.tenant for kept in east.read(None, 0, 10)})
    assert "m" not in [kept.event["id"] for kept in east.read(None, 0, 10)]
    assert not [one for one in followed if one.endswith(": m")]


@pytest.fixture
def user_of(tmp_path: Path) -> Iterator[Callable[[str], NatsLink]]:
    """Links of the processes of a node of the shard "east", to its server."""
    server = Server(tmp_path, free_port(), settings=NodeSettings(shard=EAST))
    server.start()

    def link(user: str) -> NatsLink:
        made = NatsLink([f"nats://127.0.0.1:{server.port}"], user, nats_server.password(tmp_path, user))
        server.links.append(made)
        made.require(5)
        return made

    yield link
    server.close()


def test_the_processes_of_a_node_may_say_and_hear_what_their_shard_does(user_of: Callable[[str], NatsLink]) -> None:
    switch, other, web, services = (user_of(user) for user in (SWITCH, SWITCH, WEB, SERVICES))
    nodes, calls = heard(NatsBus(other, EAST), "cluster.sip.*"), heard(NatsBus(web, EAST), "events.*.call")

    def told() -> bool:
        NatsBus(switch, EAST).publish("cluster.sip.node-2", {"of": "east"})
        NatsBus(switch, EAST).publish("events.acme.call", {"of": "east"})
        return bool(nodes and calls)

    eventually(told)
    JetStreamEventLog(services, shard=EAST).append("acme", {"id": "e", "type": "call.ended"})
    eventually(lambda: ["e"] == [kept.event["id"] for kept in JetStreamEventLog(web, shard=EAST).read("acme", 0, 10)])
    end = NatsQuestions(services, shard=EAST).serve("media.ask", lambda _: b"here")
    eventually(lambda: NatsQuestions(switch, 0.3, EAST).ask("media.ask", b"?", 1) == [b"here"])
    end()
