"""From the event log to a receiver: each event once, in order within a call, whatever was down meanwhile."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from configdb.event_log import Kept
from configdb.event_log_memory import MemoryEventLog
from configdb.model import Tenant
from configdb.office import Webhook
from configdb.secrets import Sealer
from configdb.signatures import new_secret
from configdb.snapshot import Directory, TenantView, make_view
from history.deliveries import Delivery, delivery_of
from history.embedded import EmbeddedStore
from history.shelves import DELIVERIES
from mgmt.stream.teller import sources
from mgmt.webhooks.answers import Answer
from mgmt.webhooks.postman import Postman

HOUR_S = 3600.0
SECRET, OLD = new_secret(), new_secret()
START = 1_800_000_000.0


class Here:
    """A pool that does it at once, in this thread."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future

    def shutdown(self, **_: Any) -> None:
        """Nothing is under way."""


class Server:
    """A receiver that can be down, refuse some events, and verifies as receivers do."""

    def __init__(self) -> None:
        self.down = False
        self.refuse: set[str] = set()
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.asked = 0

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.asked += 1
        if self.down:
            return Answer(0, 8000, "no answer")
        event = json.loads(body)
        if event.get("id") in self.refuse:
            return Answer(422, 3, "", "not this one")
        self.taken.append(event)
        self.headers.append(headers)
        self.bodies.append(body)
        return Answer(204, 3)


class World:
    """A postman on a clock that the test moves."""

    def __init__(self, folder: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.server, self.log = START, Server(), MemoryEventLog()
        self.store, self.hook, self.monkeypatch = EmbeddedStore(folder / "history.sqlite3"), hook, monkeypatch
        self.number = 0
        self.start()

    def start(self) -> None:
        """As after a restart of the process."""
        self.postman = Postman(
            self.log,
            self.store.shelves,
            sources("spool"),
            self.directory,
            Sealer(bytes(32)),
            self.server,
            lambda: self.now,
        )
        self.monkeypatch.setattr(self.postman, "_pool", Here())
        self.postman.run()

    def directory(self) -> Directory:
        view: TenantView = make_view(1, Tenant(id="acme", name="Acme"), {"webhook": {self.hook.id: self.hook}})
        return Directory(sequence=1, tenants={"acme": view}, system={})

    def happens(self, type: str, call: str | None, source: str = "spool") -> None:
        self.number += 1
        event = {"id": f"e{self.number}", "tenant": "acme", "type": type, "at": self.now, "call": call, "node": source}
        self.log.append("acme", {**event, "data": {}})

    def run(self, seconds: float, step_s: float = 1.0) -> None:
        end = self.now + seconds
        while self.now < end:
            self.postman.run()
            self.now += step_s

    def kept(self, event: str) -> Delivery:
        found = self.store.shelves.get(DELIVERIES, "acme", f"crm/{event}")
        assert found is not None
        return Delivery.from_document(found)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    secret = Sealer(bytes(32)).seal(SECRET)
    hook = Webhook(id="crm", url="https://crm.example.com/hook", events=("call.*", "voicemail.created"), secret=secret)
    return World(tmp_path, hook, monkeypatch)


def test_only_the_events_that_a_webhook_wants_are_told_signed(world: World) -> None:
    for type in ("call.started", "config.changed", "voicemail.created"):
        world.happens(type, "c1")
    world.run(5)
    assert ["call.started", "voicemail.created"] == [event["type"] for event in world.server.taken]
    assert ["delivered", 1] == [world.kept("e1").state, world.kept("e1").count]
    assert ["webhook-id", "webhook-timestamp", "webhook-signature"] == [
        name for name in world.server.headers[0] if name.startswith("webhook-")
    ]


def test_the_vendors_library_verifies_what_is_sent_and_refuses_what_was_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.now = datetime.now(UTC).timestamp()  # the library compares with the real time
    world.happens("call.ended", "c1")
    world.run(3)
    body, headers = world.server.bodies[0], world.server.headers[0]
    assert "e1" == Receiver(SECRET).verify(body, headers)["id"]
    with pytest.raises(Exception, match="signature"):
        Receiver(SECRET).verify(body.replace(b"e1", b"e2"), headers)
    with pytest.raises(Exception, match="signature"):
        Receiver(OLD).verify(body, headers)


def test_nothing_goes_unsigned_because_its_secret_cannot_be_read(world: World) -> None:
    readable = world.hook
    world.hook = readable.model_copy(update={"secret": Sealer(bytes(31) + b"x").seal(SECRET)})
    world.happens("call.ended", "c1")
    world.run(3)
    assert [] == world.server.taken
    assert "secret" in str(world.kept("e1"))
    world.hook = readable
    world.run(600, 10)
    assert ["webhook-signature"] == [name for name in world.server.headers[0] if name == "webhook-signature"]


def test_while_a_secret_changes_receivers_with_either_verify(world: World) -> None:
    world.now = datetime.now(UTC).timestamp()
    until = datetime.fromtimestamp(world.now + 100, UTC)
    world.hook = world.hook.model_copy(update={"previous_secret": Sealer(bytes(32)).seal(OLD), "previous_until": until})
    world.happens("call.ended", "c1")
    world.run(3)
    for secret in (SECRET, OLD):
        assert "e1" == Receiver(secret).verify(world.server.bodies[0], world.server.headers[0])["id"]
    world.run(100, 10)
    world.happens("call.ended", "c2")
    world.run(3)
    assert 1 == len(world.server.headers[1]["webhook-signature"].split())


def test_a_receiver_that_answers_at_once_gets_a_whole_backlog_in_one_round(world: World) -> None:
    for call in range(30):
        world.happens("call.started", f"c{call}")
        world.happens("call.ended", f"c{call}")
    world.postman.run()
    assert 60 == len(world.server.taken)
    assert 0 == world.postman.waiting


def test_a_receiver_that_was_down_for_an_hour_gets_every_event_once_in_order_per_call(world: World) -> None:
    shuffled = random.Random(7)
    world.server.down = True
    told: list[tuple[str, str]] = []
    for minute in range(60):
        calls = [f"c{minute}a", f"c{minute}b"]
        for type in ("call.started", "call.ringing", "call.answered", "call.ended"):
            shuffled.shuffle(calls)
            for call in calls:
                world.happens(type, call)
                told.append((call, type))
        if minute == 30:
            world.start()  # the process is killed in the middle
        world.run(60, 5)
    tries = world.server.asked
    world.server.down = False
    world.run(600, 1)
    got = [(event["call"], event["type"]) for event in world.server.taken]
    assert Counter(told) == Counter(got)
    assert [type for call, type in told if call == "c7a"] == [type for call, type in got if call == "c7a"]
    for call in {call for call, _ in told}:
        assert [one for one in told if one[0] == call] == [one for one in got if one[0] == call]
    assert tries < 60  # it was left alone while it was down
    assert tries + len(told) == world.server.asked


def test_a_restart_goes_on_where_it_was_also_with_events_that_came_meanwhile(world: World) -> None:
    world.happens("call.started", "c1")
    world.run(3)
    world.happens("call.ended", "c1")
    world.start()
    world.run(3)
    assert ["call.started", "call.ended"] == [event["type"] for event in world.server.taken]


def test_events_of_other_nodes_are_told_by_those(world: World) -> None:
    world.happens("call.started", "c1", "north/spool")
    world.happens("call.started", "c2", "spool people")
    world.run(3)
    assert ["c2"] == [event["call"] for event in world.server.taken]


def test_an_event_that_is_refused_dies_is_kept_and_goes_out_when_it_is_asked_for_again(world: World) -> None:
    world.server.refuse = {"e1"}
    world.happens("call.started", "c1")
    world.happens("call.ended", "c1")
    world.happens("call.ended", "c2")
    world.run(3)
    assert ["c2"] == [event["call"] for event in world.server.taken]
    world.run(3 * HOUR_S, 30)
    dead = world.kept("e1")
    assert ("dead", 8, 422, "not this one") == (
        dead.state,
        dead.count,
        dead.tries[-1]["status"],
        dead.tries[-1]["answer"],
    )
    assert ["e3", "e2"] == [event["id"] for event in world.server.taken]
    world.server.refuse = set()
    document = {**dead.to_document(), "state": "waiting", "refused": 0, "due_at": 0.0}
    world.store.shelves.change(DELIVERIES, "acme", "crm/e1", lambda _: document)
    world.postman.poke()
    world.run(3)
    assert ("e1", "delivered") == (world.server.taken[-1]["id"], world.kept("e1").state)


def test_a_log_that_is_away_delays_and_loses_nothing(world: World) -> None:
    world.happens("call.started", "c1")
    world.log.away = True
    with pytest.raises(Exception, match="away"):
        world.postman.run()
    world.log.away = False
    world.run(3)
    assert ["c1"] == [event["call"] for event in world.server.taken]


def test_what_a_removed_webhook_was_to_be_told_is_dead_and_a_switched_off_one_is_told_later(world: World) -> None:
    world.server.down = True
    world.happens("call.started", "c1")
    world.run(3)
    world.server.down = False
    world.hook = world.hook.model_copy(update={"enabled": False})
    world.run(120, 5)
    assert [] == world.server.taken
    world.hook = world.hook.model_copy(update={"enabled": True})
    world.run(120, 5)
    assert ["c1"] == [event["call"] for event in world.server.taken]
    world.server.down = True
    world.happens("call.ended", "c1")
    world.run(3)
    world.hook = world.hook.model_copy(update={"id": "another"})
    world.run(120)
    assert "dead" == world.kept("e2").state


def test_a_webhook_that_is_not_known_here_yet_is_waited_for(world: World) -> None:
    hook, world.hook = world.hook, world.hook.model_copy(update={"id": "another"})
    event = {"id": "e9", "tenant": "acme", "type": "webhook.test", "at": world.now, "node": "spool people", "data": {}}
    world.store.shelves.write([delivery_of("crm", event, 0, world.now).put()])
    world.postman.poke()
    world.run(3)
    world.hook = hook
    world.run(5)
    assert ["e9"] == [event["id"] for event in world.server.taken]


def test_a_program_for_version_4_is_told_in_its_form_signed_as_ever(world: World) -> None:
    world.now = datetime.now(UTC).timestamp()  # the library compares with the real time
    world.hook = world.hook.model_copy(update={"form": "v4"})
    world.happens("call.started", "c1")
    world.run(3)
    told = Receiver(SECRET).verify(world.server.bodies[0], world.server.headers[0])
    assert ("IncomingCall", "c1") == (told["EventType"], told["CallId"])


def test_events_that_nobody_wants_are_passed_by_unread_and_a_new_webhook_is_told_from_then_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.hook = world.hook.model_copy(update={"enabled": False})
    read, asked = world.log.read, list[int]()

    def counted(tenant: str | None, after: int, limit: int) -> list[Kept]:
        asked.append(after)
        return read(tenant, after, limit)

    monkeypatch.setattr(world.log, "read", counted)
    world.happens("call.started", "c1")
    world.run(5)
    assert [] == asked
    world.start()
    world.hook = world.hook.model_copy(update={"enabled": True})
    world.happens("call.ended", "c1")
    world.run(5)
    assert ["call.ended"] == [event["type"] for event in world.server.taken]
