"""Real sockets on loopback with a reactor of the test's own; nothing sleeps: the loop runs until what is waited for."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from twisted.internet.epollreactor import EPollReactor

from installer.self_signed import make
from softswitch.sip.errors import BadMessage
from softswitch.sip.locate import Target, Transport
from softswitch.transport.flows import Flow
from softswitch.transport.ports import Listen, Local, Ports
from softswitch.transport.tls import KeyPair, Tls, TlsOptions

TURNS_MAX = 4_000
OPTIONS = (
    b"OPTIONS sip:node@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
    b"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:node@127.0.0.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class Loop:
    """A reactor that is turned by hand; `advance` moves its clock on."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()
        self._ahead_s = 0.0
        self._kept: list[socket.socket] = []
        real = self.reactor.seconds
        self.reactor.seconds = lambda: real() + self._ahead_s

    def until(self, ready: Callable[[], object]) -> None:
        """Turns until it is so; fails when that does not come."""
        for _ in range(TURNS_MAX):
            if ready():
                return
            self.reactor.iterate(0.005)
        raise AssertionError("what was waited for did not come")

    def turn(self, times: int = 20) -> None:
        """Lets what is on its way arrive."""
        for _ in range(times):
            self.reactor.iterate(0.002)

    def advance(self, seconds: float) -> None:
        """Time passes, timers fire."""
        self._ahead_s += seconds
        self.turn()

    def keep(self, made: socket.socket) -> socket.socket:
        """A client's socket: does not block, and ends with the loop."""
        made.setblocking(False)
        self._kept.append(made)
        return made

    def close(self) -> None:
        """Ends the clients and the reactor's own descriptors."""
        for kept in self._kept:
            kept.close()
        self.reactor.fireSystemEvent("shutdown")
        self.reactor.removeAll()


class Ear:
    """A `Receiver` that keeps what it hears."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, Flow]] = []
        self.errors: list[BadMessage] = []
        self.gone: list[Flow] = []
        self.nobody: list[Flow] = []
        self.banned: set[str] = set()

    def admits(self, host: str) -> bool:
        return host not in self.banned

    def connects(self, host: str) -> bool:
        return self.admits(host)

    def received(self, data: bytes, flow: Flow) -> None:
        self.messages.append((data, flow))

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        self.errors.append(error)

    def lost(self, flow: Flow) -> None:
        self.gone.append(flow)

    def unreachable(self, flows: Collection[Flow]) -> None:
        self.nobody.extend(flows)


class Node:
    """Ports of all transports on free ports of loopback addresses."""

    def __init__(self, loop: Loop, tls: TlsOptions, hosts: tuple[str, ...] = ("127.0.0.1",), **listen: Any) -> None:
        self.loop = loop
        self.ear = Ear()
        self.tls = Tls(tls, loop.reactor)
        wanted: dict[str, Any] = {"tls_port": 0, "ws_port": 0, "wss_port": 0, **listen}
        what = Listen(tuple(Local(host, host) for host in hosts), 0, **wanted)
        self.ports = Ports(loop.reactor, self.ear, what, self.tls)
        self.ports.listen()

    def port(self, kind: Transport, index: int = 0) -> Any:
        """One of its ports."""
        return self.ports.by_transport[kind][index]

    def client(self, kind: Transport, host: str = "127.0.0.1") -> socket.socket:
        """A plain connected socket."""
        index = 1 if ":" in host and len(self.ports.by_transport[kind]) > 1 else 0
        return self.loop.keep(socket.create_connection((host, self.port(kind, index).local_port), timeout=5))

    def open(
        self, kind: Transport, port: int, domain: str = "", host: str = "127.0.0.1"
    ) -> tuple[list[Any], list[str]]:
        """The flow to a target when it is there, or why not."""
        flows: list[Any] = []
        errors: list[str] = []
        self.port(kind).open(Target(host, port, kind, domain), flows.append, errors.append)
        self.loop.until(lambda: flows or errors)
        return flows, errors

    def close(self) -> None:
        """Closes all."""
        self.ports.close()
        self.loop.turn()


def read(loop: Loop, client: socket.socket, enough: Callable[[bytes], object] = len) -> bytes:
    """What the client gets, until it is enough or the end ("" then)."""
    got = bytearray()

    def look() -> bool:
        try:
            data = client.recv(65_536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return bool(enough(bytes(got)))
        except (ConnectionResetError, ssl.SSLError):
            return True
        got.extend(data)
        return not data or bool(enough(bytes(got)))

    loop.until(look)
    return bytes(got)


def is_closed(client: socket.socket) -> bool:
    """Whether the far end has closed; what it still sent is read over."""
    try:
        while client.recv(65_536):
            continue
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    return True


def shake(loop: Loop, client: ssl.SSLSocket) -> None:
    """The TLS handshake of a client that does not block."""

    def done() -> bool:
        try:
            client.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        return True

    loop.until(done)


def certificate(folder: Path, name: str, *names: str) -> KeyPair:
    """A self-signed certificate for these names, in files."""
    pair = KeyPair(folder / f"{name}.pem", folder / f"{name}.key")
    shown, key = make(names)
    pair.certificate.write_text(shown)
    pair.key.write_text(key)
    return pair
