"""How long after its 200 a caller hears the first prompt, and what a menu decision costs: `python -m tests.bench.prompt [CALLS]`.

A scripted caller at the carrier's address calls the main number of a real node; the time is from the arrival of the 200 to the
arrival of the first RTP packet that is not silence. The decision is a key in a menu, from `Session.feed` to its effects.
"""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from installer.demo_tenant import CALLER_NUMBER, MAIN_NUMBER
from ivr.events import Digit
from ivr.session import Session
from softswitch.sip.message import Response
from softswitch.sip.parse import parse_message
from tests.interop.node import Running
from tests.ivr.flows import CALLER, view_with

SILENCE = {0xFF, 0x7F, 0xD5, 0x55}
ROUNDS = 20_000
MENU = {
    "start": "menu",
    "nodes": {
        "menu": {"kind": "menu", "prompts": ["sound:menu"], "keys": {"1": "next"}},
        "next": {"kind": "menu", "prompts": ["sound:menu"], "keys": {"1": "end"}},
        "end": {"kind": "hangup"},
    },
}


class Caller:
    """One call over real sockets."""

    def __init__(self, node: Running, sip: socket.socket) -> None:
        self._node, self._sip = node, sip
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._rtp.settimeout(5)
        self._call, self._tag = uuid.uuid4().hex, uuid.uuid4().hex[:8]

    def first_sound_ms(self) -> float:
        """Call, wait for the first sound, hang up."""
        port = self._rtp.getsockname()[1]
        sdp = (
            f"v=0\r\no=b 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        ).encode()
        self._send("INVITE", 1, f"<sip:{MAIN_NUMBER}@{self._node.sip}>", sdp)
        answer = self._final()
        answered = time.perf_counter()
        to = answer.headers.get("To") or ""
        self._send("ACK", 1, to)
        while set(self._rtp.recv(2048)[12:]) <= SILENCE:
            pass
        took = (time.perf_counter() - answered) * 1000
        self._send("BYE", 2, to)
        self._final()
        self._rtp.close()
        return took

    def _send(self, method: str, number: int, to: str, body: bytes = b"") -> None:
        host, port = self._sip.getsockname()
        kind = "Content-Type: application/sdp\r\n" if body else ""
        head = (
            f"{method} sip:{MAIN_NUMBER}@{self._node.sip} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{uuid.uuid4().hex};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{CALLER_NUMBER}@127.0.0.1>;tag={self._tag}\r\nTo: {to}\r\nCall-ID: {self._call}\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:b@{host}:{port}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
        )
        self._sip.send(head.encode() + body)

    def _final(self) -> Response:
        while True:
            message = parse_message(self._sip.recv(65535))
            if isinstance(message, Response) and message.status >= 200 and message.call_id == self._call:
                return message


def decision_us() -> float:
    """CPU of one key."""
    view = view_with()
    sessions = [Session(view, MENU, CALLER, answered=True) for _ in range(ROUNDS)]
    now = datetime.now(UTC)
    for session in sessions:
        session.start(now)
    began = time.process_time()
    for session in sessions:
        session.feed(Digit("1"), now)
    return (time.process_time() - began) / ROUNDS * 1e6


def main() -> int:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    print(f"a menu decision: {decision_us():.1f} us of CPU")
    with tempfile.TemporaryDirectory() as folder:
        node = Running(Path(folder) / "node").start()
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip:
                sip.bind(("127.0.0.1", node.carrier_ports[0]))
                sip.connect(("127.0.0.1", node.runtime.sip_port))
                sip.settimeout(10)
                took = sorted(Caller(node, sip).first_sound_ms() for _ in range(calls))
        finally:
            node.stop()
    print(f"first sound after the 200, {calls} calls: median {statistics.median(took):.0f} ms, worst {took[-1]:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
