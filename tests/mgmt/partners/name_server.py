"""A name server on a free port of loopback, in a thread; answers what a test wrote, also too much for UDP."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any

from twisted.names import dns


def _one_port() -> tuple[socket.socket, socket.socket]:
    """A port that is free for UDP and for TCP."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(("127.0.0.1", udp.getsockname()[1]))
        except OSError:  # a connection of some other program has it
            udp.close()


class NameServer:
    """`zone`: (name, type) to records."""

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list[Any]] = {}
        self.lies = self.cut = False
        self._udp, self._tcp = _one_port()
        self.port = int(self._udp.getsockname()[1])
        self._threads = [threading.Thread(target=one) for one in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as last:
                last.connect(("127.0.0.1", self.port))
                last.send(b"end" if kind == socket.SOCK_DGRAM else b"\x00\x03end")
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def _answer(self, data: bytes, whole: bool) -> bytes:
        query = dns.Message()
        query.fromStr(data)
        [asked] = query.queries
        kind = {dns.TXT: "TXT", dns.SRV: "SRV", dns.CNAME: "CNAME"}[asked.type]
        found = self.zone.get((asked.name.name.decode(), kind), [])
        answer = dns.Message(id=query.id ^ self.lies, answer=1, maxSize=60_000)
        answer.queries = query.queries
        answer.trunc = self.cut and not whole
        if whole or not self.cut:
            answer.answers = [dns.RRHeader(asked.name.name, asked.type, payload=one) for one in found]
        return bytes(answer.toStr())

    def _serve_udp(self) -> None:
        while True:
            data, peer = self._udp.recvfrom(2048)
            if data == b"end":
                return
            self._udp.sendto(self._answer(data, False), peer)

    def _serve_tcp(self) -> None:
        while True:
            peer, _ = self._tcp.accept()
            with peer, peer.makefile("rb") as stream:
                (size,) = struct.unpack(">H", stream.read(2))
                data = stream.read(size)
                if data == b"end":
                    return
                answer = self._answer(data, True)
                peer.sendall(struct.pack(">H", len(answer)) + answer)
