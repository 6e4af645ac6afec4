"""Two user agents on a network in memory and a virtual clock; listeners that write down everything they hear."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from typing import Any

from twisted.internet.task import Clock

from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow, Transport
from softswitch.transport.listener import EndCause
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.referral import Referral
from softswitch.transport.server import ServerHandle
from softswitch.transport.session import Session
from softswitch.transport.trace import Trace
from softswitch.transport.user_agent import Identity, UserAgent

OFFER = b"v=0\r\no=offer"
ANSWER = b"v=0\r\no=answer"
OTHER = b"v=0\r\no=other"


class Heard:
    """A SessionListener that keeps what it hears, in words; `then` may react to a word."""

    def __init__(self, then: Callable[[Session, str], None] | None = None) -> None:
        self.words: list[str] = []
        self.cause: EndCause | None = None
        self.headers: Any = None
        self._then = then

    def _hear(self, session: Session, word: str) -> None:
        self.words.append(word)
        if self._then is not None:
            self._then(session, word)

    def on_trying(self, session: Session) -> None:
        pass

    def on_progress(self, session: Session, status: int, sdp: bytes | None) -> None:
        self._hear(session, f"progress {status}{_o(sdp)}")

    def on_answered(self, session: Session, sdp: bytes) -> None:
        self._hear(session, f"answered{_o(sdp)}")

    def on_failed(self, session: Session, status: int, reason: str, headers: Any) -> None:
        self.headers = headers
        self._hear(session, f"failed {status} {reason}")

    def on_cancelled(self, session: Session, cause: EndCause) -> None:
        self.cause = cause
        self._hear(session, "cancelled")

    def on_ended(self, session: Session, cause: EndCause) -> None:
        self.cause = cause
        self._hear(session, f"ended {cause.status} {cause.by}")

    def on_offer(self, session: Session, sdp: bytes | None) -> None:
        self._hear(session, f"offer{_o(sdp)}")

    def on_answered_reinvite(self, session: Session, sdp: bytes) -> None:
        self._hear(session, f"reinvite answered{_o(sdp)}")

    def on_reinvite_failed(self, session: Session, status: int, reason: str) -> None:
        self._hear(session, f"reinvite failed {status}")

    def on_info(self, session: Session, content_type: str, body: bytes) -> None:
        self._hear(session, f"info {content_type} {body.decode('utf-8', 'replace')}")

    def on_refer(self, session: Session, referral: Referral) -> None:
        referral.refuse(403)
        self._hear(session, "refer")

    def on_acked(self, session: Session, sdp: bytes | None) -> None:
        self._hear(session, f"acked{_o(sdp)}")


class Dice:
    """Chance for a walk: when datagrams arrive, and what is done with an offer. `sdp` is every answer."""

    def __init__(self, seed: int, sdp: bytes) -> None:
        self.dice, self._sdp = random.Random(seed), sdp
        self.listeners: dict[Session, Heard] = {}

    def weather(self) -> dict[str, Any]:
        """Loss, copies and order of a network."""
        loss, copies = self.dice.choice((0.0, 0.05, 0.1, 0.3)), self.dice.choice((0.0, 0.2))
        return {"lost": lambda *_: self.dice.random() < loss, "copies": lambda *_: self._arrivals(copies)}

    def _arrivals(self, copies: float) -> tuple[float, ...]:
        late = self.dice.random() * self.dice.choice((0.0, 0.0, 0.7))
        return (late, self.dice.random()) if self.dice.random() < copies else (late,)

    def listen(self, session: Session) -> Heard:
        """A listener of its own for a session."""
        self.listeners[session] = Heard(self.react)
        return self.listeners[session]

    def react(self, session: Session, word: str) -> None:
        """An offer is answered, refused or left for later."""
        if word.startswith("offer"):
            self.dice.choice((lambda: session.answer_offer(self._sdp), session.refuse_offer, lambda: None))()


def _o(sdp: bytes | None) -> str:
    return "" if not sdp else " " + sdp.decode("utf-8", "replace").rpartition("=")[2]


class Node:
    """One user agent at an address. `answer(session)` decides about incoming calls."""

    def __init__(self, network: MemoryNetwork, host: str, port: int = 5060, **limits: Any) -> None:
        numbers = count(1)
        seed = random.Random(host)

        def ids() -> str:
            return f"{host.rpartition('.')[2]:0>4}{next(numbers):028x}"

        self.clock = network.clock
        self.exchange = Exchange(self.clock, ids, lambda: int(self.clock.seconds() * 1e6), Trace(), **limits)
        self.paths = self.exchange.paths = network.endpoint(host, port, self.exchange)
        self.agent = UserAgent(self.exchange, Identity(), self._incoming, self._other, seed.random)
        self.host = host
        self.heard = Heard()
        self.sessions: list[Session] = []
        self.answer: Callable[[Session], object] = lambda session: session.answer(ANSWER)

    def _incoming(self, session: Session, request: Request) -> Heard:
        self.sessions.append(session)
        self.answer(session)
        return self.heard

    def _other(self, handle: ServerHandle, request: Request) -> None:
        handle.reply(200)

    def call(self, other: Node, sdp: bytes = OFFER, transport: Transport = "udp", **options: Any) -> Session:
        options.setdefault("listener", self.heard)
        uri = f"sip:101@{other.host}"
        here = f"<sip:ann@{self.host}>"
        session = self.agent.invite(uri, here, f"<{uri}>", Destination(other.host, 5060, transport), sdp, **options)
        self.sessions.append(session)
        return session


class World:
    """A caller at 10.0.0.1 and a called at 10.0.0.2."""

    def __init__(self, **network: Any) -> None:
        self.clock = Clock()
        self.network = MemoryNetwork(self.clock, **network)
        self.caller = Node(self.network, "10.0.0.1")
        self.called = Node(self.network, "10.0.0.2")

    def run(self, seconds: float) -> None:
        """Lets time pass from event to event."""
        end = self.clock.seconds() + seconds
        while (calls := self.clock.getDelayedCalls()) and (at := min(call.getTime() for call in calls)) <= end:
            self.clock.advance(max(0.0, at - self.clock.seconds()))
        self.clock.advance(end - self.clock.seconds())

    def ladder(self) -> list[str]:
        """What went over the wire: "1> INVITE", "2> 200 INVITE"; the number is the sender's."""
        return [f"{source[0][-1]}> {name(data)}" for _, source, _, data in self.network.wire]

    def sent(self, what: str) -> list[float]:
        """When that was sent, in milliseconds."""
        return [
            round(at * 1000) for (at, source, _, data) in self.network.wire if f"{source[0][-1]}> {name(data)}" == what
        ]

    def clean(self) -> bool:
        """Whether nothing is left: no transaction, no dialog, no timer."""
        nodes = (self.caller, self.called)
        live = sum(node.exchange.transactions + node.agent.sessions for node in nodes)
        return live == 0 and not self.clock.getDelayedCalls()


def name(data: bytes) -> str:
    message = parse_message(data)
    return f"{message.status} {message.cseq.method}" if isinstance(message, Response) else message.method


def connected(**network: Any) -> World:
    """A call is up, both sides know it, and the wire is forgotten."""
    world = World(**network)
    world.caller.call(world.called)
    world.run(1)
    assert ["answered answer"] == world.caller.heard.words
    assert ["acked"] == world.called.heard.words
    for node in (world.caller, world.called):
        node.heard.words.clear()
    world.network.wire.clear()
    return world


def losing(*lost: str) -> Callable[[bytes, Any, Any], bool]:
    """Loses the messages with these names as often as they are listed: "2> 200 INVITE"."""
    left = list(lost)

    def lose(data: bytes, source: Any, target: Any) -> bool:
        what = f"{source[0][-1]}> {name(data)}"
        if what in left:
            left.remove(what)
            return True
        return False

    return lose


class Peer:
    """A far end under the test's control: keeps what it gets, sends what it is told."""

    def __init__(self, network: MemoryNetwork, host: str, other: str = "10.0.0.1") -> None:
        self._other = other
        self.paths = network.endpoint(host, 5060, self)
        self.host = host
        self.got: list[Request | Response] = []

    def received(self, data: bytes, flow: Flow) -> None:
        try:
            self.got.append(parse_message(data))
        except BadMessage:  # an answer to a request that lacked headers lacks them too
            self.got.append(Response(int(data[8:11]), ""))

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        raise AssertionError(error)

    def lost(self, flow: Flow) -> None:
        """Memory loses no connection."""

    def requests(self, method: str) -> list[Request]:
        return [message for message in self.got if isinstance(message, Request) and message.method == method]

    def answers(self) -> list[int]:
        return [message.status for message in self.got if isinstance(message, Response)]

    def answer(
        self,
        request: Request,
        status: int,
        tag: str = "peer",
        sdp: bytes = b"",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Answers a request it got."""
        made = make_response(request, status, None, tag, headers, sdp, "application/sdp" if sdp else None)
        if status < 300 and not made.headers.all("Contact"):
            made.headers.set("Contact", f"<sip:{tag}@{self.host}>")
        self.send(made.to_bytes())

    def send(self, data: bytes) -> None:
        self.paths.flow(self._other, 5060, "udp").send(data)

    def ask(
        self, method: str, like: Request, number: int, body: bytes = b"", extra: str = "", branch: str = ""
    ) -> None:
        """Sends a request in the dialog that `like` (an INVITE it got, answered with tag "peer") made."""
        kind = "Content-Type: application/sdp\r\n" if body and "Content-Type" not in extra else ""
        self.send(
            f"{method} sip:softswitch@10.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:5060;branch=z9hG4bK{branch or f'{method}{number}'}\r\n"
            f"From: {like.headers.get('To')};tag=peer\r\nTo: {like.headers.get('From')}\r\nCall-ID: {like.call_id}\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:peer@{self.host}>\r\n{extra}{kind}\r\n".encode()
            + body
        )
