"""The packet engine in plain Python and numpy: the fall-back where nothing can be compiled, and the tests' oracle.

Good for about 50 streams: same records, same tables, same rules, but its thread shares the interpreter.
"""

from __future__ import annotations

import mmap
import os
import select
import socket
import threading
import time
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.audio import inband
from media.audio.conference import Room
from media.audio.playout import Playout
from media.codecs.voice import Voice
from media.plane import records
from media.plane.outlet import CATCH_UP_MS_MAX, MS
from media.plane.records import Handle, Kind, Op
from media.plane.stream import Stream
from media.plane.tape import Prompt, Tape
from media.rtp import address, dtmf
from media.rtp.latch import Latch
from media.rtp.sender import Sender
from media.rtp.share import Share, Shared
from media.rtp.srtp_pair import Way

DATAGRAM_SIZE_MAX = 2048
COMMAND_RING = 4096
EVENT_RING = 16384
SEGMENTS_MAX = 64
HOUSEKEEPING_NS = 50_000_000
HEARD_NS = 2_000_000_000
SECOND_NS = 1_000_000_000


class NumpyEngine:
    """An Engine in a thread of this process."""

    name = "numpy"
    has_srtp = True

    def __init__(self, legs: int, arena: mmap.mmap) -> None:
        self.statistics: NDArray[Any] = np.zeros(legs, records.STATISTICS)
        self.recordings: NDArray[Any] = np.zeros(legs, records.RECORDING)
        self.counters: NDArray[Any] = np.zeros(1, records.COUNTERS)
        self.rings: NDArray[np.int16] = np.zeros((legs, records.RECORD_RING, 2), np.int16)
        self._tapes = [Tape(state, ring) for state, ring in zip(self.recordings, self.rings, strict=True)]
        self._arena = np.frombuffer(arena, np.uint8)
        self._commands: deque[bytes] = deque()
        self._events: deque[tuple[int, ...]] = deque()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._event_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._aside, self._aside_read = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._aside.setblocking(False)
        self._aside_read.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self._wake_fd, select.EPOLLIN)
        self._streams: dict[int, Stream] = {}
        self._rooms: dict[int, Room] = {}
        self._by_fd: dict[int, Stream] = {}
        self._running = False
        self._housekeeping_ns = self._second_ns = 0
        self._wound_ms = 0
        self._now_ns = 0
        self._thread = threading.Thread(target=self._run, name="packet-loop", daemon=True)

    def start(self) -> None:
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        self._running = False
        os.eventfd_write(self._wake_fd, 1)
        if self._thread.is_alive():
            self._thread.join()
        for stream in self._streams.values():
            if stream.sock is not None:
                stream.sock.close()
        self._poll.close()
        self._aside.close()
        self._aside_read.close()
        os.close(self._wake_fd)
        os.close(self._event_fd)

    def turn(self, now_ns: int) -> None:
        self._serve(self._poll.poll(0), now_ns)
        self._advance(now_ns)

    def fileno(self) -> int:
        return self._event_fd

    def aside(self) -> int:
        return self._aside_read.fileno()

    def _hand_over(self, aside: records.Aside) -> None:
        try:
            self._aside.send(records.pack_aside(aside))
        except OSError:
            return  # full: nobody reads; nothing waits

    def post(self, command: bytes, wakes: bool = True) -> bool:
        if len(command) != records.COMMAND_SIZE:
            raise ValueError("a command is 64 bytes")
        has_room = len(self._commands) < COMMAND_RING
        if has_room:
            self._commands.append(command)
        if wakes or not has_room:
            self.wake()
        return has_room

    def wake(self) -> None:
        os.eventfd_write(self._wake_fd, 1)

    def drain(self) -> NDArray[Any]:
        try:
            os.eventfd_read(self._event_fd)
        except BlockingIOError:
            return np.zeros(0, records.EVENT)
        taken = [self._events.popleft() for _ in range(len(self._events))]
        return np.array(taken, records.EVENT)

    def take(self, index: int, head: int) -> NDArray[np.int16]:
        return self._tapes[index].take(head)

    def save(self, files: NDArray[Any], legs: NDArray[np.uint32]) -> None:
        for leg in legs.tolist():
            self._tapes[leg].save(files[leg], self.now())

    def release(self, index: int) -> None:
        self._tapes[index].release()

    def now(self) -> int:
        return time.monotonic_ns()

    def _tell(self, leg: Handle, kind: Kind, code: int, a: int, b: int, c: int, d: int = 0, port: int = 0) -> None:
        kept = 0 if kind is Kind.CLOSED else len(self.statistics)  # for the ends of all legs
        if len(self._events) >= EVENT_RING - kept:
            self.counters[0]["events_dropped"] += 1
            return
        self._events.append((kind, code, leg.index, leg.generation, port, self._now_ns, a, b, c, d))
        os.eventfd_write(self._event_fd, 1)

    def _run(self) -> None:
        self.counters[0]["running"] = 1
        while self._running:
            self._once()
        self.counters[0]["running"] = 0

    def _once(self) -> None:
        due = min((s.due_ns for s in self._streams.values() if s.due_ns), default=self._housekeeping_ns)
        wait_ns = max(0, min(due, self._housekeeping_ns) - self.now())
        self._serve(self._poll.poll(wait_ns / 1e9), self.now())
        self._advance(self.now())

    def _serve(self, ready: list[tuple[int, int]], now_ns: int) -> None:
        self._now_ns = now_ns
        for fd, _ in ready:
            if fd == self._wake_fd:
                os.eventfd_read(fd)
                self._apply_all()
            elif fd in self._by_fd:
                self._receive(self._by_fd[fd])

    def _advance(self, now_ns: int) -> None:
        self._now_ns = now_ns
        if now_ns // MS > self._wound_ms + CATCH_UP_MS_MAX:
            for stream in self._streams.values():
                stream.skip(now_ns)
        self._wound_ms = now_ns // MS
        for stream in self._streams.values():
            stream.wind(now_ns)
        while due := [stream for stream in self._streams.values() if 0 < stream.due_ns <= now_ns]:
            min(due, key=lambda stream: stream.due_ns).pace()
        if now_ns >= self._housekeeping_ns:
            self._housekeep(now_ns)
            for stream in self._streams.values():
                stream.wind(now_ns)

    def _receive(self, stream: Stream) -> None:
        if stream.sock is None:
            return
        try:
            data, (host, port, *_) = stream.sock.recvfrom(DATAGRAM_SIZE_MAX, socket.MSG_DONTWAIT)
        except OSError:
            return
        self.counters[0]["rx_packets"] += 1
        stream.receive(data, address.number(host), port, self._now_ns)

    def _housekeep(self, now_ns: int) -> None:
        stood_still, self._housekeeping_ns = now_ns > self._housekeeping_ns + SECOND_NS, now_ns + HOUSEKEEPING_NS
        is_second = now_ns >= self._second_ns + SECOND_NS
        self._second_ns = now_ns if is_second else self._second_ns
        row = self.counters[0]
        row["now_ns"], row["open_legs"] = now_ns, len(self._streams)
        for name in ("foreign", "malformed", "unauthentic", "flooded"):
            row[name] = max(int(row[name]), sum(int(s.row[name]) for s in self._streams.values()))
        row["tx_packets"] = max(int(row["tx_packets"]), sum(int(s.row["tx_packets"]) for s in self._streams.values()))
        for stream in self._streams.values():
            stream.tell_presses(stream.keys_in.expire(now_ns), is_tone=False)
            if is_second:
                stream.asides = stream.guests = stream.heard = stream.presses = 0
            until_ns = max(int(stream.row["last_rx_ns"]), stream.rx_watch_ns) + stream.rx_timeout_ms * MS
            if stream.rx_timeout_ms and not (stream.timed_out or stood_still) and now_ns >= until_ns:
                stream.timed_out = True
                self._tell(stream.handle, Kind.RX_TIMEOUT, 0, 0, 0, 0)

    def _apply_all(self) -> None:
        while self._commands:
            command = self._commands.popleft()
            op, flag, index, generation, count = records.HEAD.unpack_from(command)
            body = command[records.HEAD.size :]
            stream = self._streams.get(index)
            self.counters[0]["commands"] += 1
            if op == Op.OPEN and stream is None and index < len(self.statistics):
                self._open(Handle(index, generation), body)
            elif stream is not None and stream.handle.generation == generation:
                self._apply(stream, Op(op), flag, count, body)

    def _open(self, leg: Handle, body: bytes) -> None:
        fd, ssrc, timestamp, sequence = records.OPEN.unpack_from(body)
        self.statistics[leg.index] = 0
        row = self.statistics[leg.index]
        row["tx_ssrc"] = ssrc
        sock = None if fd < 0 else socket.socket(fileno=os.dup(fd))
        tape, sender = self._tapes[leg.index], Sender(ssrc, sequence, timestamp)
        stream = Stream(leg, sock, sender, row, tape, self._tell, self._hand_over, self._speaking)
        self._streams[leg.index] = stream
        if sock is not None:
            self._by_fd[sock.fileno()] = stream
            self._poll.register(sock.fileno(), select.EPOLLIN)

    def _apply(self, stream: Stream, op: Op, flag: int, count: int, body: bytes) -> None:
        now_ns = self._now_ns
        match op:
            case Op.CLOSE:
                self._close(stream, now_ns)
            case Op.REMOTE:
                _set_remote(stream, body, now_ns)
            case Op.BRIDGE:
                _bridge(stream, self._streams.get(records.OTHER.unpack_from(body)[0]))
            case Op.UNBRIDGE:
                _unbridge(stream)
            case Op.HOLD:
                stream.hold = bool(flag)
            case Op.SEGMENTS:
                found = [
                    records.SEGMENT.unpack_from(body, 8 * n) for n in range(min(count, records.SEGMENTS_PER_COMMAND))
                ]
                inside = [(at, size) for at, size in found if 0 < size <= len(self._arena) - at]
                stream.segments = [*stream.segments, *inside][:SEGMENTS_MAX]
            case Op.PLAY:
                self._play(stream, body)
            case Op.STOP:
                stream.prompt = None
            case Op.RECORD_START:
                stream.tape.start(now_ns)
            case Op.RECORD_STOP:
                stream.tape.stop(now_ns)
            case Op.SEND_DTMF:
                _send_dtmf(stream, body, count)
            case Op.SRTP:
                mki_size, master = records.SRTP.unpack_from(body)
                stream.srtp.set(Way(flag & 1), count, master, mki_size)
            case Op.JOIN:
                self._join(stream, body, now_ns)
            case Op.TONES:
                if stream.listens != bool(flag):
                    stream.tones_in = inband.Receiver()
                stream.listens = bool(flag)
            case Op.SEEK if stream.prompt is not None:
                stream.prompt.seek(records.FRAMES.unpack_from(body)[0])
            case Op.VOLUME if stream.prompt is not None:
                stream.prompt.gain = records.GAIN.unpack_from(body)[0]
            case Op.LEAVE:
                _leave(stream)
            case Op.SHARE:
                _set_share(stream, flag, body)
            case Op.PATH:
                _move(stream, bool(flag), body)
            case Op.RX_TIMEOUT:
                stream.rx_timeout_ms = records.MILLISECONDS.unpack_from(body)[0]
                stream.rx_watch_ns, stream.timed_out = now_ns, False

    def _speaking(self, index: int, on: bool) -> None:
        self._tell(self._streams[index].handle, Kind.SPEAKING, int(on), 0, 0, 0)

    def _join(self, stream: Stream, body: bytes, now_ns: int) -> None:
        number, to, muted, deaf = records.JOIN.unpack_from(body)
        _unbridge(stream)
        if number >= len(self.statistics):
            return
        room = self._rooms.setdefault(number, Room(number))
        if stream.room is not room:
            _leave(stream)
            stream.due_ns = 0  # from now on it is due with the others of the room
        stream.room = room
        heard_by = None if to == records.NO_LEG else to
        room.join(stream.handle.index, Playout(), now_ns // records.NS_PER_SAMPLE, bool(muted), bool(deaf), heard_by)
        stream.ear = room.seats[stream.handle.index].ear

    def _play(self, stream: Stream, body: bytes) -> None:
        token, loop, stop_on_key = records.PLAY.unpack_from(body)
        pieces = [self._arena[start : start + frames] for start, frames in stream.segments]
        stream.segments = []
        codes = np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)
        stream.prompt = Prompt(token, codes, bool(loop) and len(codes) > 0, bool(stop_on_key))

    def _close(self, stream: Stream, now_ns: int) -> None:
        _unbridge(stream)
        _leave(stream)
        stream.tape.stop(now_ns)
        stream.end()
        del self._streams[stream.handle.index]
        if stream.sock is not None:
            self._poll.unregister(stream.sock.fileno())
            del self._by_fd[stream.sock.fileno()]
            stream.sock.close()
        self._tell(stream.handle, Kind.CLOSED, 0, 0, 0, 0)


def _set_remote(stream: Stream, body: bytes, now_ns: int) -> None:
    sdp, asked, port, nat, *numbers, heard, dtmf_heard = records.REMOTE.unpack_from(body)
    law, payload_type, dtmf_type, ptime_ms, send, silence, mux, coding, scale, fec, aside = numbers
    source, signalling = (int.from_bytes(sdp, "big"), port), int.from_bytes(asked, "big")
    old = stream.latch
    same = (old.sdp, old.signalling, old.nat) == (source, signalling, bool(nat))
    is_heard = old.locked is not None and now_ns < int(stream.row["last_rx_ns"]) + HEARD_NS
    if Shared.ICE not in stream.share.kinds and not (same and (is_heard or old.exact)):
        stream.latch = Latch(sdp=source, signalling=signalling, nat=bool(nat))
        stream.meet()
    if stream.voice.number != coding:
        stream.voice = Voice(coding, scale, bool(fec))
        stream.tune()
    stream.voice.set_fec(bool(fec))
    stream.voice.event_scale = max(1, scale)
    stream.law, stream.payload_type, stream.dtmf_payload_type = law, payload_type, dtmf_type
    stream.payload_type_heard, stream.dtmf_payload_type_heard = heard, dtmf_heard
    stream.rtcp_mux, stream.keys_aside = bool(mux), bool(aside)
    stream.send, stream.silence, stream.ptime_ms, stream.due_ns = bool(send), bool(silence), ptime_ms, 0
    stream.tx.running = stream.tx.running and stream.wants_ticks(now_ns)


def _set_share(stream: Stream, flag: int, body: bytes) -> None:
    share = Share(Shared(flag & 3), *records.SHARE.unpack_from(body))
    if (share.kinds ^ stream.share.kinds) & Shared.ICE:
        _set_path(stream, None)
    stream.share = share


def _move(stream: Stream, adds: bool, body: bytes) -> None:
    packed, port = records.PATH.unpack_from(body)
    to = (int.from_bytes(packed, "big"), port) if port else None
    if adds:
        stream.latch.add_way(to)
    else:
        _set_path(stream, to)


def _set_path(stream: Stream, to: tuple[int, int] | None) -> None:
    stream.latch, stream.first_unheard_ns = stream.latch.on(to), 0


def _bridge(stream: Stream, other: Stream | None) -> None:
    if other is None or other is stream:
        return
    for one in (stream, other):
        _unbridge(one)
        _leave(one)
    stream.peer, other.peer = other, stream
    stream.tune()


def _unbridge(stream: Stream) -> None:
    if stream.peer is not None:
        peer = stream.peer
        stream.tx.mapped = peer.tx.mapped = False
        stream.peer = peer.peer = None
        stream.tune()
        peer.tune()


def _leave(stream: Stream) -> None:
    if stream.room is not None:
        stream.room.leave(stream.handle.index)
        stream.room = None


def _send_dtmf(stream: Stream, body: bytes, count: int) -> None:
    digits, tone_ms, gap_ms = records.DTMF.unpack_from(body)
    events = [dtmf.CHARACTERS.index(chr(digit)) for digit in digits[:count] if chr(digit) in dtmf.CHARACTERS]
    stream.keys_out.queue(events, tone_ms * 8, gap_ms * 8)
