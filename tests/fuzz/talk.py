"""Messages over time against a whole exchange and user agent: no exception, one final answer an INVITE, nothing left over.

An input is a list of steps, apart by `SEPARATOR`. The first octet of a step says over what it comes and how long it then
takes, the rest is the message: "u" UDP, "t" TCP, "w" UDP and a wait of 40 s. The first octet of the input says how the user
agent takes calls.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from twisted.internet.task import Clock

from softswitch.sip.errors import BadMessage
from softswitch.sip.match import Key, server_key
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.parse import parse_message
from softswitch.sip.via import BRANCH_COOKIE
from softswitch.transport.flows import Flow
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, Node, Peer, World

SEPARATOR = b"\n--\n"
STEPS_MAX = 12
WAIT_S = 40
"""Longer than 64*T1: what "w" waits."""

OVER_S = 400
"""Longer than any transaction, any call that nobody acknowledges, and the BYE that ends it."""

Label = tuple[str | int | None, ...]
US, THEM = "10.0.0.2", "10.0.0.1"


@dataclass(slots=True)
class Asked:
    """The INVITEs of one label: the transactions of those that are valid, how often a broken one came."""

    valid: set[Key] = field(default_factory=set)
    refused: int = 0

    def is_answered_by(self, answers: int) -> bool:
        """Whether there are as many different final answers as there should be."""
        return bool(self.valid) <= answers <= len(self.valid) + self.refused


def talk(data: bytes) -> None:
    """See the module."""
    network = MemoryNetwork(Clock())
    node = Node(network, US)
    node.answer = _MANNERS[data[0] % len(_MANNERS)] if data else _MANNERS[0]
    peer = Peer(network, THEM, US)
    run = World.run.__get__(node)
    asked: dict[Label, Asked] = defaultdict(Asked)
    with unexpected() as exceptions:
        for step in data[1:].split(SEPARATOR, STEPS_MAX)[:STEPS_MAX]:
            ask(step[1:], peer.paths.flow(US, 5060, "tcp" if step[:1] == b"t" else "udp"), asked, network)
            run(WAIT_S if step[:1] == b"w" else 0.1)
        for session in node.sessions:
            session.bye()
        run(OVER_S)
    assert [] == exceptions
    answers = finals(network)
    wrong = [label for label, each in asked.items() if not each.is_answered_by(len(answers[label]))]
    assert [] == wrong, f"one final answer each: {answers}"
    assert (0, 0) == (node.exchange.transactions, node.agent.sessions), "everything ends"
    assert [] == node.clock.getDelayedCalls()


def ask(data: bytes, way: Flow, asked: dict[Label, Asked], network: MemoryNetwork) -> None:
    """Sends it, and remembers what has to be answered. A broken request is refused at once, each time it comes."""
    before = len(network.wire) + 1
    way.send(data)
    try:
        message: Request | Response | None = parse_message(data)
        is_broken = False
    except BadMessage as bad:
        message, is_broken = bad.request, True
    if not isinstance(message, Request) or (message.method != "INVITE" and not is_broken):
        return
    try:
        message.note_source(THEM, 5060)
    except BadMessage:
        return  # no Via to answer to
    try:
        known = asked[label_of(message)]
    except BadMessage:
        known = Asked()  # its answer cannot be told from others
    if is_broken:
        known.refused += 1
        network.clock.advance(0.05)
        assert any(source[0] == US and data[:9] >= b"SIP/2.0 4" for _, source, _, data in network.wire[before:])
    else:
        # What comes again when its transaction is long over is a new one.
        known.valid.add((int(network.clock.seconds() / WAIT_S), *server_key(message)))


def label_of(message: Message) -> Label:
    """What an answer has in common with its request: the branch, or else what transactions of RFC 2543 may share."""
    via = message.top_via
    if via.branch is not None and via.branch.startswith(BRANCH_COOKIE):
        return via.host, via.port, via.branch
    return via.host, via.port, message.call_id, message.cseq.number


def finals(network: MemoryNetwork) -> dict[Label, set[bytes]]:
    """The different final answers to INVITEs that went over the wire."""
    found: dict[Label, set[bytes]] = defaultdict(set)
    for _, source, _, data in network.wire:
        if source[0] == US and data.startswith(b"SIP/2.0 ") and data[8:9] > b"1":
            as_request = b"INVITE sip:x@y SIP/2.0\r\n" + data.partition(b"\r\n")[2]
            try:
                request = parse_message(as_request)
            except BadMessage:
                continue  # the answer to another method, or to what had no Via, From ... at all
            if isinstance(request, Request):
                found[label_of(request)].add(data.partition(b"\r\n")[0])
    return found


@contextmanager
def unexpected() -> Iterator[list[str]]:
    """The exceptions that were logged meanwhile: what a boundary caught and nobody expected."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    handler, root = Keep(logging.ERROR), logging.getLogger()
    root.addHandler(handler)
    try:
        yield found
    finally:
        root.removeHandler(handler)


def _rings_first(session: Session) -> None:
    session.ring()
    session.exchange.clock.callLater(5, session.answer, ANSWER)


def _sends_early_media(session: Session) -> None:
    session.ring(183, ANSWER)
    session.exchange.clock.callLater(5, session.answer, ANSWER)


_MANNERS: tuple[Callable[[Session], object], ...] = (
    lambda session: session.answer(ANSWER),
    _rings_first,
    _sends_early_media,
    lambda session: session.reject(486),
)
