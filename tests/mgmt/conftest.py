"""The web app over real parts: LevelDB replica on a memory log, sqlite stores, a local media directory, a scripted switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from configdb.bus_memory import MemoryBus
from configdb.client import ConfigClient
from configdb.event_log_memory import MemoryEventLog
from configdb.log import Change
from configdb.log_memory import MemoryLog
from configdb.node import NodeSettings
from configdb.passes import Passes
from configdb.secrets import Sealer
from history.activity import Activity
from history.documents import Call, Leg, QualityWindow, SipMessage, Step
from history.embedded import EmbeddedStore
from history.store import Batch
from media.audio.wav import header
from media.storage.names import media_id, name_of
from mgmt.access.apps import Apps
from mgmt.access.attempts import Attempts
from mgmt.access.auth import Door
from mgmt.access.pace import Pace
from mgmt.access.passwords import Passwords
from mgmt.access.sessions import Sessions
from mgmt.access.tokens import Tokens
from mgmt.access.visitors import Visitors
from mgmt.analyses import Analyses
from mgmt.app import create_app
from mgmt.context import Context
from mgmt.database import Database
from mgmt.http.answers import Answers
from mgmt.http.links import Links
from mgmt.metrics import Metrics
from mgmt.outbox.web import Answer, Ask
from mgmt.settings import MgmtSettings
from mgmt.stream.live import LiveBoard
from mgmt.stream.teller import Teller
from mgmt.usecases.flows import new_problems
from softswitch.control.messages import ControlError
from vault.erasure import Eraser
from vault.keys import certificate_key
from vault.stores import open_vault

NOW = 1_800_000_000.0
OPERATOR_TOKEN = "0123456789abcdef" * 4
BANNED = {"bans": [{"source": "203.0.113.66", "user": None, "left_s": 3600}], "total": 1}
REACHED = {
    "udp": ["192.0.2.1:5060"],
    "tls": ["192.0.2.1:5061"],
    "wss": ["192.0.2.1:7443"],
    "rtp": ["192.0.2.1:20000-20999"],
}
TRUNKS = {
    "trunks": [
        {
            "id": "north",
            "name": "North",
            "channels_in": 1,
            "channels_out": 2,
            "channels_max": 100,
            "gateways": [
                {
                    "gateway": "udp:192.0.2.8:5060",
                    "state": "up",
                    "registration": {"registered": False, "state": "waiting"},
                }
            ],
        }
    ]
}
PASSWORD = "correct horse battery"
MAIN = {"kind": "flow", "id": "main"}
FLOW = {
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "prompts": ["sound:welcome"], "next": "vm"},
        "vm": {"kind": "mailbox", "mailbox": "box", "next": "bye"},
        "bye": {"kind": "hangup"},
    },
}


class Clock:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Switch:
    """A switch at the other end of the control socket: answers from a script, keeps what it was asked, can be away."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    refuse: ControlError | None = None
    events: dict[str, Any] = field(default_factory=lambda: {"events": [], "cursor": 0, "complete": True})
    rooms: list[dict[str, Any]] = field(default_factory=list)
    trunks: dict[str, Any] = field(default_factory=lambda: TRUNKS)

    def request(self, op: str, **fields: object) -> dict[str, Any]:
        if self.away:
            raise ControlError("switch_away", "the switch does not answer", 503)
        if self.refuse is not None and op not in ("live", "status"):
            raise self.refuse
        self.asked.append({"op": op, **fields})
        if op == "lead" and fields["room"] not in [room["id"] for room in self.rooms]:
            raise ControlError("no_room", "there is no such room", 404)
        if op == "promise" and fields != {"tenant": "riverside", "id": "c1"}:
            raise ControlError("no_promise", "there is no such promised call", 404)
        tenants: Any = fields.get("tenants", ())
        return {
            "live": {"calls": [call for call in self.calls if call["tenant"] in tenants]},
            "originate": {"call": "c9"},
            "try_flow": {"call": "c9"},
            "click": {"call": "c9"},
            "status": {"calls": 1, "network": {"reached": REACHED}},
            "cluster": {"node": "here", "joined": True, "others": [], "tenants": 1},
            "bans": BANNED,
            "metrics": {"text": "softswitch_bans 0.0\n"},
            "trunks": self.trunks,
            "events": self.events,
            "rooms": {"rooms": self.rooms},
            "queues": {"queues": [{"id": "sales", "name": "Sales", "waiting": 1}]},
            "queue": {"queue": {"id": "riverside-only", "people": [{"user": "ann"}, {"user": "gone"}], "places": []}},
            "drain": {"draining": True, "calls": 2},
            "log": {"level": fields.get("level")},
        }.get(op, {})


@dataclass
class Outside:
    """Servers of others as a test scripts them; `answer` may raise what `mgmt.outbox.web` raises."""

    answer: Callable[[Ask], Answer] = lambda ask: Answer(200, {}, b"")
    asked: list[Ask] = field(default_factory=list)

    def __call__(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        return self.answer(ask)


def live_call(tenant: str, id: str, state: str = "talking") -> dict[str, Any]:
    """A LiveCall."""
    return {
        "id": id,
        "tenant": tenant,
        "direction": "inbound",
        "from": "+12025550100",
        "from_name": None,
        "to": "+12025550123",
        "to_name": None,
        "state": state,
        "where": "menu",
        "started_at": NOW,
        "answered_at": NOW + 1,
        "mos": None,
        "steps": [],
    }


def documents(tenant: str, extension: str, number: str, password_hash: str) -> list[Change]:
    """A small company: owner, manager, user, one of everything else. Ids are the same in every company, as in real life."""
    people = [("ann", "owner"), ("ben", "manager"), ("carla", "user")]
    users = [
        Change(
            "user",
            name,
            {
                "id": name,
                "name": name.capitalize(),
                "extension": f"{extension}{index}",
                "email": f"{name}@{tenant}.example",
                "role": role,
                "password_hash": password_hash,
            },
        )
        for index, (name, role) in enumerate(people)
    ]
    only = f"{tenant}-only"
    return [
        Change("tenant", tenant, {"id": tenant, "name": tenant.capitalize()}),
        *users,
        Change("mailbox", "box", {"id": "box", "name": "Box"}),
        Change("mailbox", only, {"id": only, "name": only}),
        Change("schedule", only, {"id": only, "name": only}),
        Change("group", only, {"id": only, "name": only, "members": ["ann"], "no_answer": MAIN}),
        Change("queue", only, {"id": only, "name": only, "agents": [{"user": "ann"}], "no_answer": MAIN}),
        Change("prompt", only, {"id": only, "name": only, "media": "prompt-20260101-x"}),
        Change("flow", "main", {"id": "main", "name": "Main", "document": FLOW}),
        Change("flow", only, {"id": only, "name": only, "document": FLOW}),
        Change("number", number, {"id": number, "target": {"kind": "flow", "id": "main"}}),
        Change(
            "device",
            only,
            {"id": only, "user": "ann", "username": f"ann-{tenant}", "ha1_md5": "a" * 32, "ha1_sha256": "b" * 64},
        ),
    ]


def past(tenant: str, call: str, media: str) -> Batch:
    """One finished call with everything, and its voicemail."""
    return Batch(
        calls=[
            Call(
                call,
                tenant,
                "inbound",
                "+12025550100",
                "+12025550123",
                NOW,
                answered_at=NOW + 1,
                ended_at=NOW + 9,
                duration_ms=9000,
                talk_ms=8000,
                outcome="voicemail",
                cause={"sip": 200, "q850": 16, "text": "normal"},
                recording=media,
            )
        ],
        legs=[Leg(f"l{call}", call, tenant, "caller", "+12025550100", "192.0.2.1", NOW)],
        steps=[Step(call, tenant, 0, NOW, "route.number", "goes to flow main")],
        quality=[QualityWindow(call, tenant, f"l{call}", NOW, 5.0, "rx", packets=250)],
        messages=[
            (tenant, call, [SipMessage(1, f"l{call}", "a", "b", "INVITE sip:x", "INVITE sip:x SIP/2.0").to_document()])
        ],
        activities=[Activity(f"v{call}", tenant, "voicemail", call, NOW, "+12025550100", "+12025550123", media=media)],
    )


@dataclass
class World:
    """What a test works with."""

    context: Context
    app: Flask
    clock: Clock
    switch: Switch
    told: list[tuple[str | None, str, dict[str, Any]]]
    outside: Outside

    def client(self, tenant: str = "riverside", user: str | None = "ann", operator: bool = False) -> FlaskClient:
        """A browser that is signed in (user None: not) and sends what browsers send."""
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        if user is not None:
            secret = self.context.sessions.open(tenant, user, operator)
            client.set_cookie("softswitch", secret)
        return client

    def script(self, tenant: str | None = "riverside") -> FlaskClient:
        """The command line: operator token, no cookies."""
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {OPERATOR_TOKEN}"
        if tenant is not None:
            client.environ_base["HTTP_X_TENANT"] = tenant
        return client


RIVERSIDE, LAKESIDE = ("riverside", "10", "+12025550123", "c1"), ("lakeside", "20", "+12025550188", "c2")


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of PASSWORD; made once, because it is meant to be slow."""
    return Passwords().hash(PASSWORD)


@pytest.fixture
def world(tmp_path: Path, password_hash: str) -> Iterator[World]:
    yield from made_world(tmp_path, password_hash)


def made_world(tmp_path: Path, password_hash: str) -> Iterator[World]:
    """The world in a folder, until it is asked for the next."""
    clock, switch, told, outside = Clock(), Switch(), list[Any](), Outside()
    sealer = Sealer(bytes(32))
    config = ConfigClient(
        tmp_path,
        "web",
        MemoryLog(),
        sealer,
        clock=clock,
        extra_checks=lambda view: new_problems(config.directory, view, datetime.fromtimestamp(clock(), UTC)),
    )
    config.start()
    database = Database(tmp_path / "mgmt.sqlite3", clock)
    sessions = Sessions(database, clock)
    (tmp_path / "spool").mkdir()
    history = EmbeddedStore(tmp_path / "history.sqlite3")
    vault = open_vault(tmp_path, NodeSettings(data_dir=tmp_path), history.shelves, clock)
    tokens = Tokens(bytes(32), clock)
    apps = Apps(history.shelves, bytes(32), clock)
    context = Context(
        tokens=tokens,
        apps=apps,
        settings=MgmtSettings(
            tmp_path, "127.0.0.1", 8080, ("localhost", "127.0.0.1"), False, tmp_path / "dist", 5066, 7443
        ),
        config=config,
        history=history,
        analyses=Analyses(tmp_path / "analyses.sqlite3"),
        vault=vault,
        eraser=Eraser(history.shelves, vault.media, certificate_key(tmp_path), clock),
        links=Links(bytes(32), clock),
        control=switch,
        board=LiveBoard(switch, clock, lambda *event: told.append(event), frozenset),
        bus=MemoryBus(),
        events=MemoryEventLog(),
        teller=Teller(history.shelves, "spool", clock),
        spool="spool",
        sealer=sealer,
        database=database,
        sessions=sessions,
        attempts=Attempts(database, clock),
        passwords=Passwords(),
        answers=Answers(database, clock),
        door=Door(sessions, lambda: config.directory, OPERATOR_TOKEN, False, clock, tokens, apps),
        metrics=Metrics(),
        pace=Pace(clock),
        web=outside,
        mails=False,
        node="here",
        visitors=Visitors(Passes(bytes(32), clock), clock),
        clock=clock,
    )
    for tenant, extension, number, call in (RIVERSIDE, LAKESIDE):
        config.transact(tenant, documents(tenant, extension, number, password_hash), "test", "set up")
        media = media_id("voicemail", NOW, call)
        wav = tmp_path / "sound.wav"
        wav.write_bytes(header(1, 8000) + bytes(range(1, 251)) * 64)
        stat = context.media.put_file(name_of(tenant, media), wav, {})
        context.vault.register.kept(tenant, media, "voicemail", NOW, call, stat)
        context.history.apply(past(tenant, call, media), "test", 1)
    switch.calls = [live_call("riverside", "c1live"), live_call("lakeside", "c2live")]
    yield World(context, create_app(context), clock, switch, told, outside)
    config.stop()
    context.bus.close()
    context.history.close()
    context.analyses.close()
    database.close()


@pytest.fixture
def json_of() -> Callable[..., Any]:
    """`(status, code or document)` of an answer, to compare in one go."""

    def read(answer: Any) -> Any:
        body = answer.get_json(force=True, silent=True)
        return answer.status_code, body.get("code") if answer.mimetype == "application/problem+json" else body

    return read
