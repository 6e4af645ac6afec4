"""A long answer goes at the pace of who reads it, over a real connection: never much in memory, and nothing lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Event

import pytest
from flask import Flask, Response
from twisted.internet.interfaces import IListeningPort
from twisted.python.threadpool import ThreadPool

from mgmt.http import reader
from mgmt.site import make_site
from mgmt.stream.events import EventStream
from tests.media.harness import eventually
from tests.media.workshop import ReactorThread

CHUNK_BYTES, CHUNKS = 65_536, 1_000
IN_FLIGHT_BYTES_MAX = 16 << 20
"""Given before anything is taken: our own few chunks, and what the kernel keeps of a connection (up to 6 MB a side)."""


class Source:
    """An endless-looking file, and how much of it was asked for."""

    def __init__(self) -> None:
        self.given, self.is_closed = 0, False

    def chunks(self) -> Iterator[bytes]:
        try:
            for index in range(CHUNKS):
                self.given += 1
                yield index.to_bytes(2, "big") * (CHUNK_BYTES // 2)
        finally:
            self.is_closed = True


@pytest.fixture
def served() -> Iterator[tuple[Source, int, ThreadPool]]:
    source, thread, app = Source(), ReactorThread(), Flask("pacing")
    app.add_url_rule("/file", "file", lambda: Response(source.chunks(), content_type="application/octet-stream"))
    pool = ThreadPool(1, 2, name="pacing")
    events: EventStream = object()  # type: ignore[assignment]  # nobody asks for events here
    site = make_site(thread.reactor, app, events, pool)
    port: IListeningPort = thread.call(thread.reactor.listenTCP, 0, site, 50, "127.0.0.1")
    pool.start()
    yield source, port.getHost().port, pool  # type: ignore[attr-defined]  # an IPv4Address
    thread.call(port.stopListening)
    pool.stop()
    thread.stop()


def asked(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    sock.settimeout(20)
    sock.connect(("127.0.0.1", port))
    sock.sendall(b"GET /file HTTP/1.0\r\nHost: x\r\n\r\n")
    return sock


def read_out(sock: socket.socket) -> None:
    while sock.recv(1 << 16):
        pass


def test_little_is_made_before_it_is_read_and_all_of_it_arrives(
    served: tuple[Source, int, ThreadPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, port, _ = served
    paused: list[int] = []
    pause = reader.Reader.pauseProducing
    monkeypatch.setattr(reader.Reader, "pauseProducing", lambda self: (paused.append(source.given), pause(self)))
    heard = bytearray()
    with asked(port) as sock:
        eventually(lambda: paused, "a full connection")
        while piece := sock.recv(1 << 16):
            heard += piece
            assert source.given * CHUNK_BYTES - len(heard) <= IN_FLIGHT_BYTES_MAX
    _, _, body = bytes(heard).partition(b"\r\n\r\n")
    assert b"".join(index.to_bytes(2, "big") * (CHUNK_BYTES // 2) for index in range(CHUNKS)) == body
    eventually(lambda: source.is_closed, "end of the file")


def test_who_leaves_in_the_middle_ends_the_work_and_says_nothing_in_the_log(
    served: tuple[Source, int, ThreadPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, port, _ = served
    full, ended = Event(), Event()
    pause, end = reader.Reader.pauseProducing, reader.Reader._end

    def watched(self: reader.Reader) -> None:
        end(self)
        ended.set()

    monkeypatch.setattr(reader.Reader, "_end", watched)
    monkeypatch.setattr(reader.Reader, "pauseProducing", lambda self: (pause(self), full.set()))
    with asked(port):
        assert full.wait(20)
    eventually(lambda: source.is_closed, "end of the file")
    assert source.given < CHUNKS
    assert ended.wait(20)


def test_who_takes_nothing_is_hung_up_on(
    served: tuple[Source, int, ThreadPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "answer_stalled_s_max", 0.2)
    source, port, _ = served
    with asked(port) as sock:
        eventually(lambda: source.is_closed, "end of the file")
        assert source.given < CHUNKS
        with pytest.raises(ConnectionResetError):
            read_out(sock)
