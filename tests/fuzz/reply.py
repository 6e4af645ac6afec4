"""A far end that answers our call with anything: no exception, the caller hears one end, nothing is left over.

An input is a list of steps, apart by `talk.SEPARATOR`. A step is what follows the fields that an answer copies: status and
reason, further headers, a body ("200 OK\\r\\nContact: <sip:a@b>\\r\\n\\r\\nv=0..."); one that starts with a letter is a request
in the dialog instead ("BYE ...", "UPDATE ..."). The first octet of the input says whether we cancel, hold or just wait.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock

from softswitch.sip.message import Request
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.session import Session
from tests.fuzz.talk import OVER_S, SEPARATOR, STEPS_MAX, THEM, US, unexpected
from tests.softswitch.transport.harness import OTHER, Node, Peer, World

ENDS = ("failed", "ended", "cancelled")


def reply(data: bytes) -> None:
    """See the module."""
    network = MemoryNetwork(Clock())
    node, peer = Node(network, US), Peer(network, THEM, US)
    run = World.run.__get__(node)
    with unexpected() as exceptions:
        session = node.call(peer)  # type: ignore[arg-type]  # has a host, as a Node
        run(0.1)
        (invite,) = peer.requests("INVITE")
        steps = data[1:].split(SEPARATOR, STEPS_MAX)[:STEPS_MAX]
        for number, step in enumerate(steps):
            peer.send(_request(invite, step, number) if step[:1].isalpha() else _answer(invite, step))
            run(0.1)
            if number == 0 and data:
                _MEANWHILE[data[0] % len(_MEANWHILE)](session)
        run(1)
        session.bye()
        run(OVER_S)
    assert [] == exceptions
    ends = [word for word in node.heard.words if word.split()[0] in ENDS]
    assert len(ends) == 1, node.heard.words
    assert (0, 0) == (node.exchange.transactions, node.agent.sessions), "everything ends"
    assert [] == node.clock.getDelayedCalls()


def _answer(invite: Request, step: bytes) -> bytes:
    status, _, rest = step.partition(b"\r\n")
    copied = "".join(
        [f"{name}: {value}\r\n" for name in ("Via", "From", "Call-ID", "CSeq") for value in invite.headers.all(name)]
    )
    tag = b"" if b"\r\nTo:" in step else f"To: {invite.headers.get('To')};tag=peer\r\n".encode()
    return b"SIP/2.0 " + status + b"\r\n" + copied.encode() + tag + rest


def _request(invite: Request, step: bytes, number: int) -> bytes:
    method, _, rest = step.partition(b"\r\n")
    name = method.split(b" ")[0].decode("latin-1")
    fields = (
        f" sip:softswitch@{US} SIP/2.0\r\nVia: SIP/2.0/UDP {THEM};branch=z9hG4bKfuzz{number}\r\n"
        f"From: {invite.headers.get('To')};tag=peer\r\n"
        f"To: {invite.headers.get('From')}\r\nCall-ID: {invite.call_id}\r\nCSeq: {number + 1} {name}\r\n"
    )
    return name.encode("latin-1") + fields.encode("latin-1") + rest


def _hold(session: Session) -> None:
    session.reinvite(OTHER)


_MEANWHILE: tuple[Callable[[Session], object], ...] = (lambda session: None, lambda session: session.bye(), _hold)
