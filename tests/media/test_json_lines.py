"""Lines to and from the media worker: one system call a turn, nothing lost or out of order when the socket takes less."""

from __future__ import annotations

import orjson
from twisted.internet.error import ConnectionLost
from twisted.internet.testing import MemoryReactorClock

from media.plane.lines import JsonLines


class Socket:
    """A transport that takes at most `room` bytes by itself; what is given to `write` it sends later."""

    def __init__(self, room: int) -> None:
        self.reactor, self.connected, self.room = MemoryReactorClock(), True, room
        self.calls: list[bytes] = []
        self.buffered = b""
        self.left = False

    def writeSomeData(self, data: bytes) -> int | Exception:
        if self.room < 0:
            return ConnectionLost()
        self.calls.append(data[: self.room])
        return len(self.calls[-1])

    def write(self, data: bytes) -> None:
        self.buffered += data
        self.reactor.addWriter(self)

    def drain(self) -> None:
        self.calls.append(self.buffered)
        self.buffered = b""
        self.reactor.removeWriter(self)

    def loseConnection(self) -> None:
        self.left = True

    def numbers(self) -> list[int]:
        return [orjson.loads(line)["id"] for line in b"".join(self.calls).splitlines()]


def connected(room: int) -> tuple[JsonLines, Socket]:
    lines, socket = JsonLines(), Socket(room)
    lines.makeConnection(socket)  # type: ignore[arg-type]  # what a line needs of it
    return lines, socket


def test_what_is_sent_in_one_turn_leaves_at_its_end_with_one_system_call() -> None:
    lines, socket = connected(room=1_000)
    sizes = [lines.send({"id": number}) for number in (1, 2, 3)]
    assert [] == socket.calls
    socket.reactor.advance(0)
    assert [b'{"id":1}\n{"id":2}\n{"id":3}\n'] == socket.calls
    assert [9, 9, 9] == sizes
    assert [] == socket.reactor.getWriters()


def test_what_the_socket_does_not_take_goes_before_what_is_sent_after_it() -> None:
    lines, socket = connected(room=12)
    lines.send({"id": 1})
    lines.send({"id": 2})
    socket.reactor.advance(0)
    socket.room = 1_000
    lines.send({"id": 3})
    socket.reactor.advance(0)
    socket.drain()
    assert [1, 2, 3] == socket.numbers()


def test_a_socket_that_has_room_again_is_written_to_directly_again() -> None:
    lines, socket = connected(room=0)
    lines.send({"id": 1})
    socket.reactor.advance(0)
    socket.drain()
    socket.room = 1_000
    lines.send({"id": 2})
    socket.reactor.advance(0)
    assert b"" == socket.buffered
    assert [1, 2] == socket.numbers()


def test_who_leaves_sends_first_what_was_said() -> None:
    lines, socket = connected(room=1_000)
    lines.send({"id": 1})
    lines.leave()
    assert ([1], True) == (socket.numbers(), socket.left)
    socket.reactor.advance(0)
    assert [1] == socket.numbers()


def test_a_connection_that_broke_takes_nothing() -> None:
    lines, socket = connected(room=-1)
    lines.send({"id": 1})
    socket.reactor.advance(0)
    socket.connected = False
    lines.send({"id": 2})
    socket.reactor.advance(0)
    assert ([], b"") == (socket.calls, socket.buffered)
