"""What a listener hears of a talker whose packets get lost or come unevenly: `python -m tests.bench.heard`.

The compiled engine on virtual time; the talker speaks a prompt, in 20 ms packets over a network with known faults. The
listener's phone is a simple one: it plays packets 60 ms after the fastest by their timestamps and conceals nothing. Holes are
10 ms pieces of speech that are silent there; the level is against what was said; the delay is the engine's, without the phone's.
"""

from __future__ import annotations

import heapq
import mmap
import random
import select
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.audio import wav
from media.codecs import g711, voice
from media.plane import records
from media.plane.commands import Remote
from media.plane.loop import CompiledEngine
from media.plane.records import Handle
from media.rtp import packet
from media.rtp.packet import Packet

START_NS, MS = 10**17, 1_000_000
PHONE_BUFFER_MS = 60
KINDS = {"PCMU": 0, "PCMA": 8}
Samples = NDArray[np.int16]


class Node:
    """One engine, phones at its legs, time by hand."""

    def __init__(self, legs: int) -> None:
        self.engine = CompiledEngine(legs, mmap.mmap(-1, 4096))
        self.now_ms = 0
        self.legs, self.phones = [self._socket() for _ in range(legs)], [self._socket() for _ in range(legs)]
        self.heard: list[list[tuple[int, Packet]]] = [[] for _ in range(legs)]
        for index, sock in enumerate(self.legs):
            self.post(records.open_leg(Handle(index, 1), sock.fileno(), 7 + index, 1, 1))

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.setblocking(False)
        return made

    def post(self, *commands: bytes) -> None:
        for command in commands:
            self.engine.post(command)
        self.turn()

    def speak(self, index: int, codec: str) -> None:
        host, port = self.phones[index].getsockname()
        remote = Remote(host, port, codec, KINDS.get(codec, 97), None, 20, "strict", host, fec=codec == "opus")
        self.post(records.set_remote(Handle(index, 1), remote))

    def turn(self) -> None:
        self.engine.turn(START_NS + self.now_ms * MS)
        self.engine.drain()
        for index, phone in enumerate(self.phones):
            while select.select([phone], [], [], 0)[0]:
                parsed = packet.parse(phone.recv(2048))
                if parsed is not None:
                    self.heard[index].append((self.now_ms, parsed))

    def say(self, index: int, data: bytes) -> None:
        self.phones[index].sendto(data, self.legs[index].getsockname())
        select.select([self.legs[index]], [], [], 1.0)
        self.turn()

    def answer(self) -> None:
        """The listener is heard once: who never is, is not sent to for long."""
        self.say(1, packet.build(Packet(0, 1, 1, 6, bytes([0xFF] * 160))))

    def close(self) -> None:
        self.engine.stop()
        for sock in [*self.legs, *self.phones]:
            sock.close()


def speech(seconds: int = 10) -> Samples:
    folder = Path(__file__).parents[2] / "media" / "prompts"
    found: list[Samples] = []
    for path in sorted(folder.rglob("*.wav")):
        found.append(wav.parse(path.read_bytes()).samples.reshape(-1)[:40_000])
        if sum(map(len, found)) > seconds * 8000:
            break
    return np.concatenate(found)[: seconds * 8000 // 160 * 160]


def talk(node: Node, codec: str, said: Samples, loss: float, jitter_ms: int, each_ms: Callable[[], None]) -> None:
    """The talker is leg 0. Packets arrive `jitter_ms` late at most, evenly spread, so they may overtake each other."""
    rng, spoken = random.Random(4), voice.Voice(voice.NUMBERS[codec], 1, codec == "opus")
    scale, waiting = voice.SCALES[codec], list[tuple[int, int, bytes]]()
    for n, part in enumerate(said.reshape(-1, 160)):
        payload = spoken.encode(part) if spoken.number else g711.encode(codec, part).tobytes()  # type: ignore[arg-type]
        data = packet.build(Packet(KINDS.get(codec, 97), n & 0xFFFF, n * 160 * scale, 5, payload))
        if rng.random() >= loss or n < 5:
            heapq.heappush(waiting, (20 * n + int(rng.uniform(0, jitter_ms + 0.99)), n, data))
    for now in range(20 * (len(said) // 160) + 1000):
        node.now_ms = now
        while waiting and waiting[0][0] <= now:
            node.say(0, heapq.heappop(waiting)[2])
        node.turn()
        each_ms()


def at_the_phone(heard: list[tuple[int, Packet]], law: str) -> Samples:
    """What the simple phone plays."""
    if not heard:
        return np.zeros(8000, np.int16)
    first = heard[0][1].timestamp
    places = [((one.timestamp - first + 2**31) & 0xFFFFFFFF) - 2**31 for _, one in heard]
    least = min(8 * now - at for (now, _), at in zip(heard, places, strict=True))
    line = np.zeros(max(places) + 8 * now_max(heard) + 8000, np.int16)
    for (now, one), at in zip(heard, places, strict=True):
        codes = g711.decode(law, np.frombuffer(one.payload, np.uint8))  # type: ignore[arg-type]
        if 8 * now - at - least <= 8 * PHONE_BUFFER_MS and at >= 0:
            line[at + least : at + least + len(codes)] = codes
    return line


def now_max(heard: list[tuple[int, Packet]]) -> int:
    return max(now for now, _ in heard)


def transcoded(codec: str) -> Callable[[Samples, float, int], Samples]:
    def run(said: Samples, loss: float, jitter_ms: int) -> Samples:
        node = Node(2)
        node.speak(0, codec)
        node.speak(1, "PCMU")
        node.post(records.bridge(Handle(0, 1), Handle(1, 1)))
        node.answer()
        talk(node, codec, said, loss, jitter_ms, lambda: None)
        node.close()
        return at_the_phone(node.heard[1], "PCMU")

    return run


def conference(said: Samples, loss: float, jitter_ms: int) -> Samples:
    node = Node(2)
    for index in range(2):
        node.speak(index, "PCMU")
        node.post(records.join(Handle(index, 1), 0, False, False, None))
    node.answer()
    talk(node, "PCMU", said, loss, jitter_ms, lambda: None)
    node.close()
    return at_the_phone(node.heard[1], "PCMU")


def recorded(said: Samples, loss: float, jitter_ms: int) -> Samples:
    node, leg, out = Node(1), Handle(0, 1), list[Samples]()
    node.speak(0, "PCMU")
    node.post(records.record_start(leg))

    def read() -> None:
        """As the recorder does: half a second behind."""
        tail, head = int(node.engine.recordings[0]["tail"]), (node.now_ms - 500) * 8
        if head - tail >= 800:
            out.append(node.engine.take(0, head)[:, 0])

    talk(node, "PCMU", said, loss, jitter_ms, read)
    node.close()
    return np.concatenate(out)


def judge(said: Samples, heard: Samples) -> tuple[float, float, int]:
    """(share of speech that is a hole, level in dB against what was said, delay in ms)."""
    size = 1 << (len(said) + len(heard)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(said.astype(float), size)))
    delay = int(np.argmax(likeness[:8000]))
    cut = np.zeros(len(said), np.int16)
    part = heard[delay : delay + len(said)]
    cut[: len(part)] = part
    rms = np.sqrt((said.reshape(-1, 80).astype(float) ** 2).mean(axis=1))
    heard_rms = np.sqrt((cut.reshape(-1, 80).astype(float) ** 2).mean(axis=1))
    loud = rms > 300
    hole = loud & (heard_rms < rms * 0.03)
    level = 20 * np.log10((heard_rms[loud].mean() + 1e-9) / rms[loud].mean())
    return float(hole.sum() / loud.sum()), float(level), delay // 8


PATHS: dict[str, Callable[[Samples, float, int], Samples]] = {
    "G.722 to G.711": transcoded("G722"),
    "Opus to G.711": transcoded("opus"),
    "conference": conference,
    "recording": recorded,
}


def main() -> None:
    said = speech()
    print("| path | loss | jitter | holes | level | delay |\n|---|---|---|---|---|---|")
    for name, path in PATHS.items():
        for jitter_ms in (0, 30, 60):
            for loss in (0.0, 0.02, 0.05, 0.10):
                hole, level, delay = judge(said, path(said, loss, jitter_ms))
                print(
                    f"| {name} | {loss:.0%} | {jitter_ms} ms | {hole:.1%} | {level:+.1f} dB | {delay} ms |", flush=True
                )


if __name__ == "__main__":
    main()
