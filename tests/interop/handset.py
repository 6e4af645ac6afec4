"""A phone on a real UDP socket under the test's control, for what pjsua2 cannot do and SIPp cannot answer (RFC 8760)."""

from __future__ import annotations

import itertools
import socket
import time
import uuid
from dataclasses import dataclass, field

from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message


@dataclass
class Handset:
    """`node` is the switch's "host:port"; `host`: its own address. Use it as a context."""

    node: str
    username: str
    password: str
    host: str = "127.0.0.1"
    got: list[Request] = field(default_factory=list)

    def __enter__(self) -> Handset:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, 0))
        host, _, port = self.node.partition(":")
        self._socket.connect((host, int(port)))
        self.address = f"{self.host}:{self._socket.getsockname()[1]}"
        self._numbers = itertools.count(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def contact(self) -> str:
        return f"<sip:{self.username}@{self.address}>"

    @property
    def aor(self) -> str:
        return f"<sip:{self.username}@{self.node}>"

    def ask(self, method: str, uri: str, *headers: str, to: str = "", call_id: str = "", body: bytes = b"") -> Response:
        """Sends a request, answers the challenge, and gives the final answer."""
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address};branch=z9hG4bK{uuid.uuid4().hex};rport",
            f"From: <sip:{self.username}@{self.node}>;tag={self.username}",
            f"To: {to or f'<{uri}>'}",
            f"Call-ID: {call_id or uuid.uuid4().hex}",
            f"CSeq: {next(self._numbers)} {method}",
            "Max-Forwards: 70",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        request = parse_message("\r\n".join([*lines, "", ""]).encode() + body)
        assert isinstance(request, Request)
        answer = self._send(request)
        if answer.status == 401:
            request.headers.set("Via", f"SIP/2.0/UDP {self.address};branch=z9hG4bK{uuid.uuid4().hex};rport")
            request.headers.set("CSeq", f"{next(self._numbers)} {method}")
            for name, value in answer_challenges(answer, request, Account(self.username, self.password, bool), "c"):
                request.headers.set(name, value)
            answer = self._send(request)
        return answer

    def wait(self, method: str, status: int = 200, seconds: float = 20.0, sdp: str = "") -> Request:
        """The next request of that method, answered with that status."""
        deadline = time.monotonic() + seconds
        while True:
            message = self._next(deadline)
            if isinstance(message, Request) and message.method == method:
                answer = make_response(message, status, to_tag="handset")
                if sdp:
                    headers = [("Contact", self.contact)]
                    answer = make_response(message, status, None, "handset", headers, sdp.encode(), "application/sdp")
                self._socket.send(answer.to_bytes())
                return message

    def acknowledge(self, answer: Response) -> None:
        """ACK of a 2xx to our INVITE (RFC 3261 13.2.2.4)."""
        target = answer.headers.get("Contact") or ""
        lines = [
            f"ACK {target.strip('<>').partition('>')[0]} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address};branch=z9hG4bK{uuid.uuid4().hex};rport",
            *(f"{name}: {answer.headers.get(name)}" for name in ("From", "To", "Call-ID")),
            f"CSeq: {answer.cseq.number} ACK",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        self._socket.send("\r\n".join([*lines, "", ""]).encode())

    def _send(self, request: Request) -> Response:
        deadline = time.monotonic() + 20.0
        self._socket.send(request.to_bytes())
        while True:
            message = self._next(deadline)
            if isinstance(message, Request):
                self.got.append(message)
                self._socket.send(make_response(message, 200, to_tag="handset").to_bytes())
            elif message.cseq == request.cseq and message.status >= 200:
                return message

    def _next(self, deadline: float) -> Request | Response:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        return parse_message(self._socket.recv(65536))
