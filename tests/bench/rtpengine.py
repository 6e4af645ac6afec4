"""rtpengine (Debian's rtpengine-daemon, in user space) as a peer of the media benchmark, by its ng protocol (bencode)."""

from __future__ import annotations

import shutil
import socket
from typing import Any

PROGRAM = shutil.which("rtpengine")
CONTROL_PORT, FIRST_PORT, LAST_PORT = 22_222, 40_000, 59_000


def command(core_threads: int = 1) -> list[str]:
    return [
        str(PROGRAM),
        "--foreground",
        "--table=-1",
        "--interface=127.0.0.1",
        f"--listen-ng=127.0.0.1:{CONTROL_PORT}",
        f"--port-min={FIRST_PORT}",
        f"--port-max={LAST_PORT}",
        f"--num-threads={core_threads}",
        "--log-level=2",
        "--log-stderr",
    ]


def bencode(value: Any) -> bytes:
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, dict):
        return b"d" + b"".join(bencode(key) + bencode(item) for key, item in sorted(value.items())) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(bencode(item) for item in value) + b"e"
    text = str(value).encode()
    return b"%d:%s" % (len(text), text)


def port_of(answer: bytes) -> int:
    """Of the audio line of the SDP in an answer."""
    return int(answer.split(b"m=audio ")[1].split(b" ")[0])


def sdp(port: int) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
    )


class Control:
    """Its clients are we."""

    def __init__(self) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.settimeout(1.0)
        self._count = 0

    def ask(self, **fields: Any) -> bytes:
        """Asked again when it does not answer: it may be starting."""
        self._count += 1
        cookie = b"c%d " % self._count
        for _ in range(10):
            try:
                self._sock.sendto(cookie + bencode(fields), ("127.0.0.1", CONTROL_PORT))
                answer = self._sock.recv(65_535)
            except OSError:
                continue
            if answer.startswith(cookie):
                return answer
        raise AssertionError("rtpengine does not answer")

    def bridge(self, far: list[int]) -> list[int]:
        """Where each far end talks to: they are bridged two by two."""
        near: list[int] = []
        for n in range(0, len(far), 2):
            call = {"call-id": f"call {n}", "from-tag": "a"}
            to_b = port_of(self.ask(command="offer", sdp=sdp(far[n]), **call))
            to_a = port_of(self.ask(command="answer", sdp=sdp(far[n + 1]), **call, **{"to-tag": "b"}))
            near += [to_a, to_b]
        return near
