"""Asterisk as a peer of the media benchmark: calls are set up by SIP of the barest kind, then only RTP goes on."""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.bench.rtpengine import port_of, sdp

ANSWER_S_MAX = 5.0
AT_ONCE = 20
REPEAT_S = 0.5
ROOM = 3
KINDS = {
    "relay": "+1",
    "relay, each call recorded": "+2",
    "conferences of three": "+3",
    "prompt to a talking caller": "+4",
}
"""Rows that Asterisk can do too, by the number that its dialplan knows them under."""
_NUMBER = re.compile(rb"sip:(\+\d+)@")


class Invitation(NamedTuple):
    number: str
    far_port: int


class Control:
    """The caller, and the far ends of its gateway. A call is two streams where it is bridged, else one."""

    def __init__(self, server: str, caller_port: int, gateway_port: int) -> None:
        host, _, port = server.partition(":")
        self._server = host, int(port)
        self._caller, self._gateway = _bound(caller_port), _bound(gateway_port)
        self._here = f"127.0.0.1:{caller_port}"

    def connect(self, kind: str, far: list[int]) -> list[int]:
        """Where each far end talks to."""
        step = 2 if kind.startswith("relay") else 1
        numbers = {f"{KINDS[kind]}{n // ROOM:05d}{n:05d}": n for n in range(0, len(far), step)}
        near = [0] * len(far)
        waiting = iter([Invitation(number, far[n]) for number, n in numbers.items()])
        for asked in _chunks(waiting):
            self._place(asked, numbers, far, near)
        return near

    def close(self) -> None:
        self._caller.close()
        self._gateway.close()

    def _place(self, asked: list[Invitation], numbers: dict[str, int], far: list[int], near: list[int]) -> None:
        left = {one.number: one for one in asked}
        until, repeat_at = time.monotonic() + ANSWER_S_MAX, 0.0
        while left:
            assert time.monotonic() < until, f"Asterisk does not answer {sorted(left)[:3]}"
            if time.monotonic() >= repeat_at:
                repeat_at = time.monotonic() + REPEAT_S
                for one in left.values():
                    self._caller.sendto(self._invite(one), self._server)
            for sock in select.select([self._caller, self._gateway], [], [], 0.05)[0]:
                data, _ = sock.recvfrom(65_535)
                found = _NUMBER.search(data)
                number = found[1].decode() if found else ""
                if number not in numbers:
                    continue
                if sock is self._gateway and data.startswith(b"INVITE "):
                    near[numbers[number] + 1] = port_of(data)
                    self._gateway.sendto(_answer(data, far[numbers[number] + 1]), self._server)
                elif sock is self._caller and data.startswith(b"SIP/2.0 200") and b"INVITE" in data:
                    near[numbers[number]] = port_of(data)
                    self._caller.sendto(self._request("ACK", number, "".join(_to(data)), ""), self._server)
                    left.pop(number, None)

    def _invite(self, one: Invitation) -> bytes:
        to = f"<sip:{one.number}@{self._server[0]}:{self._server[1]}>"
        return self._request("INVITE", one.number, to, sdp(one.far_port))

    def _request(self, method: str, number: str, to: str, body: str) -> bytes:
        head = (
            f"{method} sip:{number}@{self._server[0]}:{self._server[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch=z9hG4bK{method}{number[1:]}",
            f"From: <sip:bench@127.0.0.1>;tag={number[1:]}",
            f"To: {to}",
            f"Call-ID: {number[1:]}@bench",
            f"CSeq: 1 {method}",
            f"Contact: <sip:bench@{self._here}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        )
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", port))
    return made


def _chunks(waiting: Iterator[Invitation]) -> Iterator[list[Invitation]]:
    while asked := [one for one, _ in zip(waiting, range(AT_ONCE), strict=False)]:
        yield asked


def _to(data: bytes) -> list[str]:
    return [line.partition(":")[2].strip() for line in data.decode().split("\r\n") if line.lower().startswith("to:")]


def _answer(invite: bytes, port: int) -> bytes:
    kept = ("via:", "from:", "call-id:", "cseq:", "record-route:")
    lines = [line for line in invite.decode().split("\r\n") if line.lower().startswith(kept)]
    body = sdp(port)
    head = [
        "SIP/2.0 200 OK",
        *lines,
        f"To: {_to(invite)[0]};tag=far",
        "Contact: <sip:far@127.0.0.1>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()
