"""The switch as phones meet it without calls: requests, registrar, directory of two tenants, on a network in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from configdb import model
from configdb.node import NodeSettings
from configdb.secrets import Sealer
from configdb.snapshot import Directory, TenantView, make_view
from softswitch.adapters import front
from softswitch.adapters.door import Door
from softswitch.adapters.state import StateLog
from softswitch.peers.guard import Guard
from softswitch.peers.identify import REALM
from softswitch.peers.phones import Change, Phones
from softswitch.sip.bindings import Policy
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import Nonces, ha1_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow, Transport
from softswitch.transport.listener import SessionListener
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.session import Session
from softswitch.transport.trace import Trace

SWITCH = "10.0.0.1"
SEALER = Sealer(b"k" * 32)
PEOPLE = {"riverside": (("ann", "101"), ("ben", "102"), ("carla", "103")), "other": (("zoe", "101"), ("yan", "104"))}


def at_once(work: Callable[..., Any], *args: Any) -> Deferred[Any]:
    """Runs what would run in a thread."""
    try:
        return succeed(work(*args))
    except Exception as error:  # as deferToThread does
        return fail(error)


def device(username: str, user: str, **more: Any) -> model.Device:
    """A phone; its password is its name backwards."""
    ha1 = {
        f"ha1_{name}": SEALER.seal(ha1_of(algorithm, username, REALM, username[::-1])) for name, algorithm in ALGORITHMS
    }
    return model.Device(id=username, user=user, username=username, **ha1, **more)


ALGORITHMS = (("md5", "MD5"), ("sha256", "SHA-256"))


def view(tenant: str, **changed: dict[str, Any]) -> TenantView:
    """A tenant of PEOPLE, each with a phone `<user>-desk` and a mailbox; `changed` adds objects by kind."""
    people = PEOPLE[tenant]
    objects: dict[str, dict[str, Any]] = {
        "user": {u: model.User(id=u, name=u.title(), extension=e, mailbox=u) for u, e in people},
        "device": {f"{u}-desk": device(f"{u}-desk", u) for u, _ in people},
        "mailbox": {u: model.Mailbox(id=u, name=u, user=u) for u, _ in people},
    }
    for kind, added in changed.items():
        objects[kind] = objects.get(kind, {}) | added
    return make_view(1, model.Tenant(id=tenant, name=tenant.title()), objects)


def directory(*views: TenantView, trunks: tuple[model.Trunk, ...] = ()) -> Directory:
    """The node's configuration."""
    return Directory(
        1,
        tenants=MappingProxyType({v.tenant.id: v for v in views}),
        trunks=MappingProxyType({trunk.id: trunk for trunk in trunks}),
        device_by_username=MappingProxyType({d.username: (v.tenant.id, d) for v in views for d in v.devices.values()}),
    )


class VirtualClock(Clock):
    """The reactor's clock of a test; threads are not real here."""

    def callFromThread(self, work: Callable[..., Any], *args: Any) -> None:
        work(*args)


class Bus:
    """The bus: keeps what was published, and who listens."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []

    def publish(self, subject: str, document: dict[str, Any]) -> bool:
        self.published.append((subject, document))
        return True

    def subscribe(self, pattern: str, callback: Callable[[str, dict[str, Any]], None]) -> Any:
        self.listeners.append(callback)
        return self

    def close(self) -> None:
        """Nothing to end."""

    @property
    def lost(self) -> int:
        return 0


class Front:
    """The switch at 10.0.0.1, made as `softswitch.service` makes it; `folder` keeps its tables and its history."""

    def __init__(self, folder: Path, network: MemoryNetwork | None = None, **settings: Any) -> None:
        self.network = network or MemoryNetwork(VirtualClock())
        self.clock: Any = self.network.clock
        self.folder = folder
        numbers = count(int(self.clock.seconds() * 1000) + 1)
        self.exchange = Exchange(self.clock, lambda: f"{next(numbers):032x}", lambda: 0, Trace())
        self.exchange.paths = self.network.endpoint(SWITCH, 5060, self.exchange)
        carrier = model.Trunk(id="carrier", name="Carrier", sources=("198.51.100.0/24",))
        self.directory = directory(view("riverside"), view("other"), trunks=(carrier,))
        chosen = NodeSettings(data_dir=folder, **settings)
        self.phones = Phones(Policy(push_providers=frozenset(chosen.push_providers)))
        self.changes: list[str] = []
        self.records: list[Mapping[str, Any]] = []
        self.bus = Bus()
        self.state = StateLog(self.clock, folder / "state")
        self.parts = front.Front(
            self.clock,
            folder,
            chosen,
            self.exchange,
            self.phones,
            lambda: self.directory,
            self.bus,
            self.state,
            self.records.append,
            self.wall,
            at_once,
        )
        self.registrar = self.parts.registrar
        self.registrar.observers.append(self._changed)
        door = Door(Nonces(b"n" * 16), Guard(()), SEALER, REALM, self.clock.seconds)
        self.agent = self.parts.agent(door, self._invited, lambda: 0.5)
        self.exchange.on_lost = self._lost
        self.parts.start()
        self.parts.adopt(self.directory.tenants)

    def wall(self) -> float:
        """Epoch seconds."""
        return 1_000_000.0 + float(self.clock.seconds())

    def run(self, seconds: float) -> None:
        """Lets time pass from event to event."""
        end = self.clock.seconds() + seconds
        while (calls := self.clock.getDelayedCalls()) and (at := min(call.getTime() for call in calls)) <= end:
            self.clock.advance(max(0.0, at - self.clock.seconds()))
        self.clock.advance(end - self.clock.seconds())

    def configure(self, changed: Directory) -> None:
        """The configuration is another one."""
        self.directory = changed
        self.parts.config_changed(changed)

    def restarted(self) -> Front:
        """Another process in its place, on the same files."""
        for call in self.clock.getDelayedCalls():
            call.cancel()
        return Front(self.folder, self.network)

    def _changed(self, change: Change) -> None:
        self.changes.append(f"{change.event} {change.contact.device}")

    def _lost(self, flow: Flow) -> None:
        self.agent.lost(flow)
        self.parts.lost(flow)

    def _invited(self, session: Session, request: Request) -> SessionListener:
        raise AssertionError("nobody calls here")


class Handset:
    """A phone that answers challenges, and answers requests as `answers` says (200 if it says nothing)."""

    def __init__(self, front: Front, username: str, host: str = "", transport: Transport = "udp") -> None:
        self.front, self.username, self.transport = front, username, transport
        self.host = host or f"10.0.1.{len(front.network.endpoints)}"
        self.paths = front.network.endpoint(self.host, 5060, self)
        self.got: list[Request] = []
        self.answered: list[Response] = []
        self.answers: Callable[[Request], int | None] = lambda request: 200
        self._numbers = count(1)

    def received(self, data: bytes, flow: Flow) -> None:
        message = parse_message(data)
        if isinstance(message, Response):
            self.answered.append(message)
            return
        self.got.append(message)
        status = self.answers(message)
        if status is not None:
            flow.send(make_response(message, status, to_tag="handset").to_bytes())

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        raise AssertionError(error)

    def lost(self, flow: Flow) -> None:
        """It connects anew when it wants something."""

    @property
    def contact(self) -> str:
        return f"<sip:{self.username}@{self.host}>"

    def ask(
        self,
        method: str,
        uri: str,
        *headers: str,
        body: bytes = b"",
        to: str = "",
        call_id: str = "",
        secret: str | None = "",
        number: int | None = None,
    ) -> Response:
        """Sends a request, answers the challenge, and gives the last answer. `secret` None: it has no password."""
        serial = next(self._numbers)
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.host};branch=z9hG4bK{self.username}{serial}",
            f"From: <sip:{self.username}@pbx>;tag=t{self.username}",
            f"To: {to or f'<{uri}>'}",
            f"Call-ID: {call_id or f'{self.username}{serial}@{self.host}'}",
            f"CSeq: {number or serial} {method}",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        request = parse_message("\r\n".join([*lines, "", ""]).encode() + body)
        assert isinstance(request, Request)
        answer = self._send(request)
        if answer.status == 401 and secret is not None:
            serial = next(self._numbers)
            again = request.copy()
            again.headers.set(
                "Via", [f"SIP/2.0/{self.transport.upper()} {self.host};branch=z9hG4bK{self.username}{serial}"]
            )
            again.headers.set("CSeq", f"{number or serial} {method}")
            account = Account(self.username, secret or self.username[::-1], lambda realm: realm == REALM)
            for name, value in answer_challenges(answer, request, account, "c"):
                again.headers.set(name, value)
            answer = self._send(again)
        return answer

    def _send(self, request: Request) -> Response:
        before = len(self.answered)
        self.paths.flow(SWITCH, 5060, self.transport).send(request.to_bytes())
        self.front.run(0.1)
        finals = [answer for answer in self.answered[before:] if answer.status >= 200]
        assert finals, f"no answer to {request}"
        return finals[-1]

    def register(self, *headers: str, contact: str = "", **options: Any) -> Response:
        """A REGISTER of its contact."""
        return self.ask(
            "REGISTER",
            "sip:pbx",
            f"Contact: {contact or self.contact}",
            *headers,
            to=f"<sip:{self.username}@pbx>",
            **options,
        )
