"""Bounded attackers and an honest phone of our own, each on an address of its own in 127.0.0.0/8."""

from __future__ import annotations

import re
import secrets
import socket
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message
from tests.interop.node import Running

_NONCE = re.compile(r'nonce="[^"]*"')
SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"


@dataclass
class Agent:
    """One UDP socket at `host` that talks to a node."""

    node: Running
    host: str
    agent: str = "Phone/1.0"
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((self.host, 0))
        self.port = self.socket.getsockname()[1]
        self._to = ("127.0.0.1", self.node.runtime.sip_port)

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def request(self, method: str, user: str, extra: str = "", to: str | None = None, body: bytes = b"") -> bytes:
        """A request of its own transaction; `user` claims to send it, to himself unless `to` says else."""
        unique, target = secrets.token_hex(8), user if to is None else to
        uri = f"sip:{self.node.sip}" if method == "REGISTER" else f"sip:{target}@{self.node.sip}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{unique};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@{self.node.sip}>;tag={unique}\r\nTo: <sip:{target}@{self.node.sip}>\r\n"
            f"Call-ID: {unique}@{self.host}\r\nCSeq: 1 {method}\r\nContact: <sip:{user}@{self.host}:{self.port}>\r\n"
            f"User-Agent: {self.agent}\r\n{extra}{kind}Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, self._to)

    def ask(self, data: bytes, wait_s: float = 2.0) -> Response | None:
        """The final answer, None without one; INVITEs are acknowledged."""
        self.send(data)
        self.socket.settimeout(wait_s)
        call_id = data.partition(b"\r\nCall-ID: ")[2].partition(b"\r\n")[0].decode()
        while True:
            try:
                found = parse_message(self.socket.recv(65_536))
            except TimeoutError:
                return None
            if isinstance(found, Response) and found.status >= 200 and found.call_id == call_id:
                if data.startswith(b"INVITE"):
                    self.send(self._ack(data, found))
                return found

    def register(self, user: str, password: str) -> int | None:
        """Registers with a password; the status at the end, None when the node is silent."""
        first = self.ask(self.request("REGISTER", user))
        if first is None or first.status != 401:
            return None if first is None else first.status
        asked = parse_message(self.request("REGISTER", user))
        assert isinstance(asked, Request)
        pairs = answer_challenges(first, asked, Account(user, password, lambda _: True), secrets.token_hex(8))
        extra = "".join(f"{name}: {value}\r\n" for name, value in pairs)
        second = self.ask(self.request("REGISTER", user, extra))
        return None if second is None else second.status

    def flood(self, make: Callable[[], bytes], a_second: int, seconds: float) -> int:
        """Sends at a rate for a time, counting the statuses that come back; how many were sent."""
        began, sent = time.monotonic(), 0
        self.socket.setblocking(False)
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * a_second:
                try:
                    self.send(make())
                except BlockingIOError:
                    break
                sent += 1
            self._read()
            time.sleep(0.002)
        time.sleep(0.2)
        self._read()
        return sent

    def _read(self) -> None:
        try:
            while True:
                data = self.socket.recv(65_536)
                if data.startswith(b"SIP/2.0 "):
                    self.answers[int(data[8:11])] += 1
        except BlockingIOError:
            return

    def _ack(self, invite: bytes, response: Response) -> bytes:
        head = invite.partition(b"\r\n\r\n")[0].decode().replace("INVITE", "ACK")
        lines = [line for line in head.split("\r\n") if not line.startswith(("Content-", "To:"))]
        return "\r\n".join([*lines, f"To: {response.headers.get('To')}", "Content-Length: 0", "", ""]).encode()


def rss_kb(pid: int) -> int:
    """Resident memory of a process."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


def shape(response: Response | None) -> tuple[object, ...]:
    """What an attacker can compare of an answer: status, reason, headers in order and their lengths (but the nonce), body."""
    if response is None:
        return ("silence",)
    fields = [
        (name, tuple(len(_NONCE.sub("", value)) for value in values))
        for name, values in response.headers.fields().items()
    ]
    return (response.status, response.reason, tuple(fields), response.body)


def medians_ms(agent: Agent, requests: Iterable[bytes]) -> float:
    """The median time to an answer."""
    times = []
    for data in requests:
        began = time.perf_counter()
        agent.ask(data)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)
