"""`python -m tests.bench.inside [CALLS] [--options] [--tenants N] [--trunks N] [--profile tottime]`: the switch's path of a call.

One process without a network: everything of the switch is real (parser, transactions, sessions, calls, records on disk,
commands to the media plane); datagrams, the media worker's answers and NATS are not there. CPU time is that of this process,
which depends little on its neighbours: for finding where it goes, and what a change is worth.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson
from twisted.internet.epollreactor import EPollReactor

from configdb.model import Gateway, Number, Target, Tenant, Trunk
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from configdb.snapshot import Directory, make_view
from media.plane.client import MediaClient
from media.plane.events import DirectionStats
from softswitch.adapters.collector import settle_memory
from softswitch.adapters.media_ports import SparePorts
from softswitch.service import Service

BATCHES = 60
NUMBER, OUTSIDE = "+12025550130", "+12025550199"
CALLER, GATEWAY = ("127.0.0.1", 5070), ("127.0.0.1", 5080)
SDP = (
    "v=0\r\no=bench 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)
SILENCE = {field.name: 0 for field in fields(DirectionStats)}
ANSWERS: dict[str, dict[str, Any]] = {
    "open": {"address": "127.0.0.1", "port": 20_000, "srtp": False, "fingerprint": None},
    "keep": {"address": "127.0.0.1", "ports": [20_000] * 16, "srtp": False, "fingerprint": None},
    "close": {"seconds": 1.0, "rtt_ms": None, "foreign": 0, "malformed": 0, "rx": SILENCE, "tx": SILENCE},
}
_COPIED = re.compile(r"^(?:Via|From|To|Call-ID|CSeq): .*\r\n", re.MULTILINE)
_CONTACT = re.compile(r"^Contact: <([^>]*)>", re.MULTILINE)
_TO = re.compile(r"^To: (.*)\r\n", re.MULTILINE)


class Wire:
    """Stands for the UDP socket: what the switch sends, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.append((data, address))


class Worker:
    """Stands for the connection to the media worker: every command is done."""

    connected = True

    def __init__(self, reactor: Any, client: MediaClient) -> None:
        self.reactor, self._client, self._lines = reactor, client, list[bytes]()

    def writeSomeData(self, data: bytes) -> int:
        self._lines.append(data)
        return len(data)

    def answer(self) -> None:
        """Answer what was asked."""
        lines, self._lines = self._lines, []
        for line in b"".join(lines).splitlines():
            asked = orjson.loads(line)
            more = ANSWERS.get(asked["op"], {})
            self._client._line.lineReceived(orjson.dumps({"re": asked["id"], "ok": True, **more}))


class Inside(Service):
    """A switch with one tenant, whose number leads out again by the trunk that the calls come in by."""

    def __init__(self, data: Path, tenants: int = 0, trunks: int = 0) -> None:
        gateway, target = Gateway(host=GATEWAY[0], port=GATEWAY[1]), Target(kind="number", id=OUTSIDE)
        number = Number(id=NUMBER, label="Bench", target=target)
        trunk = Trunk(id="t", name="T", gateways=(gateway,), sources=(CALLER[0],), channels_max=100_000)
        view = make_view(
            1, Tenant(id="bench", name="Bench", trunk="t", record_calls=False), {"number": {NUMBER: number}}
        )
        others = {f"t{index}": make_view(1, Tenant(id=f"t{index}", name="T"), {}) for index in range(tenants)}
        numbers = {f"+1312{index:07d}": f"t{index}" for index in range(tenants)}
        addresses = [f"10.1.{index // 250}.{index % 250 + 1}" for index in range(trunks)]
        carriers = {f"x{index}": Trunk(id="x", name="X", sources=(host,)) for index, host in enumerate(addresses)}
        self.only = Directory(1, {"bench": view, **others}, {"t": trunk, **carriers}, {NUMBER: "bench", **numbers})
        self.reactor: Any = EPollReactor()
        self.reactor.seconds = time.monotonic
        Runtime("127.0.0.1", 0, 1, 1, 20_000, 20_100, 0.0).write(data)
        super().__init__(self.reactor, data, NodeSettings(calls_per_s_max=10_000, calls_max=10_000))
        self._network.start()
        self.wire, client = Wire(), MediaClient(self.reactor, self._board.media_event, lambda reason: None)
        self.port: Any = self._network._ports.by_transport["udp"][0]
        self.port._socket.close()
        self.port._socket = self.wire
        self.worker = Worker(self.reactor, client)
        client._line.transport = self.worker  # type: ignore[assignment]  # what a line needs of it
        worker = self._board.media.workers[0]
        worker.client, worker.spare = client, SparePorts(client)
        self._guard.trust(("127.0.0.0/8",))

    def _directory(self) -> Directory:
        return self.only

    def hear(self, text: str, source: tuple[str, int]) -> str:
        """A datagram, and all that follows at once; the text of the last one sent."""
        self.port.datagram(text.encode(), source)
        return self.flush()

    def flush(self) -> str:
        """What is due now: the worker's answers, timers."""
        for _ in range(3):
            self.reactor.runUntilCurrent()
            self.worker.answer()
        return self.wire.sent[-1][0].decode()

    def sent_to(self, address: tuple[str, int], start: str) -> str:
        """The newest datagram to an address that starts so."""
        return next(
            data.decode() for data, to in reversed(self.wire.sent) if to == address and data.startswith(start.encode())
        )

    def close(self) -> None:
        """Let go of the disk and of the threads."""
        self.reactor.fireSystemEvent("shutdown")
        self._records.close()
        self._state.close()

    def call(self, index: int) -> None:
        """One bridged call from INVITE to the last 200: 14 messages."""
        self.wire.sent.clear()
        self.hear(_request("INVITE", f"sip:{NUMBER}@127.0.0.1", index, f"<sip:{NUMBER}@127.0.0.1>", SDP), CALLER)
        invite = self.sent_to(GATEWAY, "INVITE")
        self.hear(_answer(invite, "180 Ringing", index), GATEWAY)
        self.hear(_answer(invite, "200 OK", index, SDP), GATEWAY)
        ok = self.sent_to(CALLER, "SIP/2.0 200")
        target, to = _found(_CONTACT, ok), _found(_TO, ok)
        self.hear(_request("ACK", target, index, to), CALLER)
        self.hear(_request("BYE", target, index, to), CALLER)
        self.hear(_answer(self.sent_to(GATEWAY, "BYE"), "200 OK", index), GATEWAY)

    def options(self, index: int) -> None:
        """One OPTIONS of the carrier and its 200."""
        self.wire.sent.clear()
        self.port.datagram(_request("OPTIONS", "sip:127.0.0.1", index, "<sip:127.0.0.1>").encode(), CALLER)
        self.reactor.runUntilCurrent()


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise RuntimeError(text)
    return found[1]


def _request(method: str, uri: str, index: int, to: str, body: str = "") -> str:
    number = 2 if method == "BYE" else 1
    content = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK{method}{index}\r\n"
        f'From: "Bench" <sip:+12025550100@127.0.0.1:5070>;tag=a{index}\r\nTo: {to}\r\nCall-ID: {index}@bench\r\n'
        f"CSeq: {number} {method}\r\nContact: <sip:bench@127.0.0.1:5070>\r\nMax-Forwards: 70\r\nUser-Agent: bench\r\n"
        f"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n{content}Content-Length: {len(body)}\r\n\r\n{body}"
    )


def _answer(request: str, status: str, index: int, body: str = "") -> str:
    copied = "".join(_COPIED.findall(request))
    if ";tag=" not in _found(_TO, request):
        copied = _TO.sub(lambda found: f"To: {found[1]};tag=b{index}\r\n", copied)
    content = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"SIP/2.0 {status}\r\n{copied}Contact: <sip:127.0.0.1:5080>\r\n{content}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def main() -> None:
    """Make calls; print what one costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=int, nargs="?", default=1_000)
    parser.add_argument("--options", action="store_true", help="OPTIONS instead of calls")
    parser.add_argument("--tenants", type=int, default=0, help="so many others")
    parser.add_argument("--trunks", type=int, default=0, help="so many others")
    parser.add_argument("--profile", choices=("tottime", "cumtime"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        switch = Inside(Path(scratch), given.tenants, given.trunks)
        one = switch.options if given.options else switch.call
        for index in range(100):
            one(index)
        settle_memory()
        watched = cProfile.Profile(time.thread_time)
        if given.profile:
            watched.enable()
        costs = [
            batch(one, start, given.calls // BATCHES) for start in range(100, 100 + given.calls, given.calls // BATCHES)
        ]
        watched.disable()
        if given.profile:
            pstats.Stats(watched).sort_stats(given.profile).print_stats(110)
        switch.close()
        print(f"CPU ms a call of the reactor's thread: least {min(costs):.3f}, median {statistics.median(costs):.3f}")


def batch(one: Callable[[int], None], start: int, calls: int) -> float:
    """Milliseconds of this thread for each of the calls."""
    began = time.thread_time()
    for index in range(start, start + calls):
        one(index)
    return (time.thread_time() - began) / calls * 1000


if __name__ == "__main__":
    main()
