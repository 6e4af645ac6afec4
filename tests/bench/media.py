"""`python -m tests.bench.media`: CPU time per RTP packet of the media worker, against a C echo server that does nothing else.

Every row is one run of the same load: N far ends, each sending a packet every 20 ms over loopback and hearing as many. The
server is pinned to the first core, the load to the last; CPU time is the run time of all threads of the server process
(/proc/PID/task/*/schedstat), per packet received. The floor runs before and after the others; ratios are against its mean.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from twisted.internet.defer import Deferred, gatherResults

from media.audio import wav
from media.codecs import g711, opus
from media.codecs.voice import NUMBERS, SCALES, Voice
from media.plane.client import MediaClient
from media.plane.commands import Remote
from media.plane.keys import Keys
from media.rtp.srtp import Suite
from tests.bench import asterisk, asterisk_media, rtpengine
from tests.bench.servers import memory_kb
from tests.media.workshop import Desk, ReactorThread

HERE = Path(__file__).parent
KERNELS = HERE.parents[1] / "media" / "kernels"
SERVER_CORE, LOAD_CORE = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
WARM_S = 0.8
PORTS_PER_LEG = 2
FIRST_PORT = 24000
FIFO_PRIORITY = 10
ASKED_AT_ONCE = 100
TRANSCODED_MAX = {"G722": 1000, "opus": 250}
"""What one core can take, half of the legs in the other codec."""


def may_be_fifo() -> bool:
    """Whether our loop gets real-time priority here."""
    return subprocess.run(["chrt", "-f", str(FIFO_PRIORITY), "true"], capture_output=True, check=False).returncode == 0


AS_OURS = ["chrt", "-f", str(FIFO_PRIORITY)] if may_be_fifo() else []
"""Load, floor and peers are scheduled as our loop is: else, on a busy machine, each waits and then has many packets at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `us_per_packet`: CPU a packet received, or sent where nothing is received; `aside_us`: beside the packet loop.

    `memory_mb`: resident at its end, without what is shared with files.
    """

    what: str
    streams: int
    us_per_packet: float
    aside_us: float
    ratio: float | None
    core_percent: float
    lost_percent: float
    delay_p99_ms: float
    deviation_p50_ms: float
    deviation_p99_ms: float
    deviation_p999_ms: float
    memory_mb: float
    late_ticks: int | None = None
    ratio_range: str | None = None


def compile_programs(folder: Path) -> None:
    compiler = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    command = [compiler] if compiler else [sys.executable, "-m", "ziglang", "cc"]
    secured = [f"-I{KERNELS}", *(str(KERNELS / f"{part}.c") for part in ("srtp", "crypto")), "-ldl"]
    for name, more in (("media_floor", []), ("media_load", secured)):
        subprocess.run([*command, "-O2", "-o", str(folder / name), str(HERE / f"{name}.c"), *more], check=True)


def cpu_ns(pid: int) -> tuple[int, int]:
    """Run time of all threads of a process, and of those beside our packet loop; of another program there are none."""
    total = loop = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        spent = int((task / "schedstat").read_text().split()[0])
        total += spent
        if (task / "comm").read_text().strip() == "packet-loop":
            loop += spent
    return total, total - loop if loop else 0


@contextmanager
def running(command: list[str], core: int, **pipes: Any) -> Iterator[subprocess.Popen[str]]:
    words = ["taskset", "-c", str(core), *command]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **pipes) as child:
        try:
            yield child
        finally:
            child.terminate()
            child.wait(20)


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline()


Ask = Callable[[MediaClient], "Deferred[Any]"]


def each(numbers: Iterable[int], ask: Callable[[MediaClient, int], Deferred[Any]]) -> list[Ask]:
    """The same of several legs."""

    def of(number: int) -> Ask:
        return lambda client: ask(client, number)

    return [of(number) for number in numbers]


def ask_all(desk: Desk, asks: list[Ask]) -> list[Any]:
    """The answers, in their order."""
    return [
        answer
        for first in range(0, len(asks), ASKED_AT_ONCE)
        for answer in ask_some(desk, asks[first : first + ASKED_AT_ONCE])
    ]


def ask_some(desk: Desk, asks: list[Ask]) -> list[Any]:
    answers: list[Any] = desk.ask(lambda client: gatherResults([ask(client) for ask in asks]))
    return answers


Connect = Callable[[list[int]], list[int]]  # the ports of the far ends -> the ports they talk to


class Bench:
    """The programs, and how long to measure."""

    def __init__(self, folder: Path, seconds: float, spread: bool, asterisk: Path | None = None) -> None:
        self.folder, self.seconds, self.spread, self.peer = folder, seconds, spread, asterisk
        compile_programs(folder)
        self.sound = folder / "sound.wav"
        samples = (8000 * np.sin(np.arange(80_000) * 0.3)).astype("<i2")
        self.sound.write_bytes(wav.header(1, len(samples)) + samples.tobytes())
        self.codes = g711.encode("PCMU", samples).tobytes()

    def measure(
        self,
        what: str,
        streams: int,
        pid: int,
        connect: Connect,
        sends: bool = True,
        codec: str = "PCMU",
        suite: Suite | None = None,
        hears: bool = True,
    ) -> Row:
        words = [str(self.folder / "media_load"), str(streams), str(WARM_S), str(self.seconds)]
        words.append("0" if not sends else "2" if self.spread else "1")
        if NUMBERS[codec]:
            words += [str(self.payload(codec)), str(160 * SCALES[codec])]
        elif suite is not None:
            words.append(str(int(suite)))
        with running([*AS_OURS, *words], LOAD_CORE, stdin=subprocess.PIPE) as load:
            ports = connect([int(port) for port in line(load).split()])
            assert load.stdin is not None
            load.stdin.write(" ".join(map(str, ports)) + "\n")
            load.stdin.flush()
            assert "measuring\n" == line(load)
            (before, aside_before), began = cpu_ns(pid), time.monotonic()
            time.sleep(self.seconds - 0.1)
            (cpu, aside), wall = cpu_ns(pid), time.monotonic() - began
            figures = json.loads(line(load))
            memory_mb = round(memory_kb(pid) / 1000, 1)
        packets = figures["sent" if sends else "heard"] * wall / self.seconds
        expected = figures["sent"] if sends else streams * 50 * self.seconds
        return Row(
            what,
            streams,
            round((cpu - before) / 1000 / packets, 2),
            round((aside - aside_before) / 1000 / packets, 2),
            None,
            round((cpu - before) / 1e7 / wall, 1),
            round(max(0.0, 100 * (1 - figures["heard"] / expected)), 2) if hears else 0.0,
            figures["delay_p99_ms"],
            figures["deviation_p50_ms"],
            figures["deviation_p99_ms"],
            figures["deviation_p999_ms"],
            memory_mb,
        )

    def payload(self, codec: str) -> Path:
        """A packet of 20 ms in a codec: voice-like, the same again and again."""
        samples = (6000 * np.sin(np.arange(160) * 0.3) * np.sin(np.arange(160) * 0.01)).astype(np.int16)
        path = self.folder / f"{codec.replace('/', '-')}.payload"
        path.write_bytes(Voice(NUMBERS[codec]).encode(samples))
        return path

    def floor(self, streams: int, *how: str) -> Row:
        with running([*AS_OURS, str(self.folder / "media_floor"), str(streams), *how], SERVER_CORE) as child:
            ports = [int(port) for port in line(child).split()]
            what = " ".join(how) or "echo"
            return self.measure(f"floor: {what}", streams, child.pid, lambda _: ports)

    def rtpengine(self, streams: int) -> Row:
        """On one core, with one thread for packets, scheduled as our worker's."""
        with running([*AS_OURS, *rtpengine.command()], SERVER_CORE) as child:
            return self.measure("rtpengine: relay", streams, child.pid, rtpengine.Control().bridge)

    def asterisk(self, root: Path, kind: str, streams: int) -> Row:
        """Of the root directory that was given, on one core, scheduled as our worker is."""
        with asterisk.asterisk(root, AS_OURS, self.codes) as peer:
            control = asterisk_media.Control(peer.address, peer.caller_port, peer.gateway_port)
            try:
                return self.measure(
                    f"Asterisk: {kind}", streams, peer.process.pid, lambda far: control.connect(kind, far)
                )
            finally:
                control.close()

    def worker(
        self,
        what: str,
        streams: int,
        prepare: Callable[[int], list[Ask]],
        sends: bool = True,
        codec: str = "PCMU",
        suite: Suite | None = None,
        hears: bool = True,
    ) -> Row:
        """`codec` of the legs of even number; `suite` of all; `hears`: the far ends are sent something."""
        data = Path(tempfile.mkdtemp(dir=self.folder))
        ports = f"{FIRST_PORT}-{FIRST_PORT + PORTS_PER_LEG * streams + 1}"
        command = [sys.executable, "-m", "media.plane", "--data", str(data), "--rtp-ports", ports, "--engine", "c"]
        thread = ReactorThread()
        with running(command, SERVER_CORE, stderr=subprocess.DEVNULL) as child:
            assert "ready" in line(child)
            desk = Desk(thread, data / "run" / "media-0.sock")

            def connect(far: list[int]) -> list[int]:
                opened = ask_all(desk, each(range(streams), lambda c, n: c.open(f"leg {n}")))
                ask_all(desk, [self._remote(n, port, ("PCMU", codec)[n % 2 == 0], suite) for n, port in enumerate(far)])
                ask_all(desk, prepare(streams))
                return [one.port for one in opened]

            row = self.measure(what, streams, child.pid, connect, sends, codec, suite, hears)
            row = replace(row, late_ticks=desk.ask(lambda c: c.status())["late_ticks"])
            desk.leave()
        thread.stop()
        return row

    @staticmethod
    def _remote(number: int, port: int, codec: str, suite: Suite | None) -> Ask:
        keys = None if suite is None else Keys.of(suite.name, bytes(suite.master_size), bytes(suite.master_size))
        remote = Remote("127.0.0.1", port, codec, 0, 101, 20, "strict", "127.0.0.1", srtp=keys)
        return lambda c: c.remote(f"leg {number}", remote)

    @staticmethod
    def bridge(streams: int) -> list[Ask]:
        return each(range(0, streams, 2), lambda c, n: c.bridge(f"leg {n}", f"leg {n + 1}"))

    def _tape(self, number: int, kind: Literal["call", "voicemail"] = "call") -> Ask:
        path = str(Path(tempfile.mkdtemp(dir=self.folder)) / "tape.wav")
        return lambda c: c.record(f"leg {number}", f"t{number}", path, kind, 600, 0)

    def record(self, streams: int) -> list[Ask]:
        return self.bridge(streams) + [self._tape(n) for n in range(0, streams, 2)]

    @staticmethod
    def rooms(streams: int, members: int) -> list[Ask]:
        return each(range(streams), lambda c, n: c.join(f"leg {n}", f"room {n // members}"))

    def room(self, streams: int) -> list[Ask]:
        return self.rooms(streams, streams)

    def rooms_of_three(self, streams: int) -> list[Ask]:
        return self.rooms(streams, 3)

    def tape_prompts(self, streams: int) -> list[Ask]:
        """Every leg hears a prompt, on the loop's own ticks, and is recorded."""
        return self.play(streams) + [self._tape(n) for n in range(streams)]

    def voicemail(self, streams: int) -> list[Ask]:
        """Every leg leaves a message and hears nothing."""
        return [self._tape(n, "voicemail") for n in range(streams)]

    def listen(self, streams: int) -> list[Ask]:
        return self.bridge(streams) + each(range(streams), lambda c, n: c.hear_tones(f"leg {n}", True))

    def play(self, streams: int) -> list[Ask]:
        return each(range(streams), lambda c, n: c.play(f"leg {n}", f"p{n}", [str(self.sound)], loop=True))

    def kinds(self, streams: int) -> dict[str, Callable[[], Row]]:
        """Every row but the floor, by name."""
        secured = {"AES-CM 128": Suite.AES_CM_128_HMAC_SHA1_80, "AES-GCM 128": Suite.AEAD_AES_128_GCM}
        codecs = ("G722", *(("opus",) if opus.available() else ()))
        worker = self.worker
        return {
            "floor: relay": lambda: self.floor(streams, "relay"),
            **({"rtpengine: relay": lambda: self.rtpengine(streams)} if rtpengine.PROGRAM else {}),
            **{
                f"Asterisk: {kind}": lambda kind=kind, root=self.peer: self.asterisk(root, kind, streams)  # type: ignore[misc]  # of the loop
                for kind in (asterisk_media.KINDS if self.peer else ())
            },
            "relay": lambda: worker("relay", streams, self.bridge),
            **{
                f"SRTP relay, {name}": lambda name=name: worker(  # type: ignore[misc]  # of the loop
                    f"SRTP relay, {name}", streams, self.bridge, suite=secured[name]
                )
                for name in secured
            },
            **{
                f"relay between G.711 and {codec}": lambda codec=codec: worker(  # type: ignore[misc]  # of the loop
                    f"relay between G.711 and {codec}", streams, self.bridge, codec=codec
                )
                for codec in codecs
                if streams <= TRANSCODED_MAX[codec]
            },
            "voicemail": lambda: worker("voicemail", streams, self.voicemail, hears=False),
            "relay, each call recorded": lambda: worker("relay, each call recorded", streams, self.record),
            "relay, tones listened for": lambda: worker("relay, tones listened for", streams, self.listen),
            "prompts, each leg recorded": lambda: worker("prompts, each leg recorded", streams, self.tape_prompts),
            "one conference of all": lambda: worker("one conference of all", streams, self.room),
            "conferences of three": lambda: worker("conferences of three", streams, self.rooms_of_three),
            "prompt to a talking caller": lambda: worker("prompt to a talking caller", streams, self.play),
            "prompt to a silent caller": lambda: worker("prompt to a silent caller", streams, self.play, sends=False),
        }

    def rows(self, streams: int, only: tuple[str, ...]) -> list[Row]:
        first = shown(self.floor(streams))
        kinds = self.kinds(streams)
        measured = [shown(kinds[name]()) for name in only or kinds if name in kinds]
        last = shown(self.floor(streams))
        floor_us = (first.us_per_packet + last.us_per_packet) / 2
        with_ratio = [Row(**{**asdict(row), "ratio": round(row.us_per_packet / floor_us, 2)}) for row in measured]
        return [first, *with_ratio, last]


def median_of(rounds: list[list[Row]]) -> list[Row]:
    """Of each row the run whose ratio is in the middle, with the least and the greatest ratio of all."""
    return [middle(sorted(runs, key=lambda row: row.ratio or row.us_per_packet)) for runs in zip(*rounds, strict=True)]


def middle(runs: list[Row]) -> Row:
    low, high = runs[0].ratio, runs[-1].ratio
    return replace(runs[len(runs) // 2], ratio_range=None if low is None else f"{low:.2f}-{high:.2f}")


def shown(row: Row) -> Row:
    print(row.what, row.us_per_packet, file=sys.stderr, flush=True)
    return row


SHAPE = "{:36} {:>7} {:>9} {:>6} {:>7} {:>6} {:>6} {:>9} {:>10} {:>6} {:>8} {:>6} {:>5} {:>10}"


def table(rows: list[Row]) -> str:
    names = (
        "what",
        "streams",
        "us/packet",
        "aside",
        "x floor",
        "core %",
        "lost %",
        "delay p99",
        "pacing p50",
        "p99",
        "p999 ms",
        "MB",
        "late",
        "range",
    )
    lines = [SHAPE.format(*names)]
    for row in rows:
        values = ["" if value is None or value == -0.01 else value for value in asdict(row).values()]
        lines.append(SHAPE.format(*values))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--only", nargs="+", default=[], help="names of rows to measure, with the floor")
    parser.add_argument(
        "--asterisk",
        type=Path,
        help="a root directory that has Asterisk (`tests/bench/asterisk.py`), to measure it too",
    )
    parser.add_argument("--seconds", type=float, default=2.6, help="measured time of each run")
    parser.add_argument(
        "--spread", action="store_true", help="packets are spread over each millisecond, not sent in bursts"
    )
    parser.add_argument("--rounds", type=int, default=1, help="of all rows in turns; each is told by its median ratio")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.seconds, options.spread, options.asterisk and options.asterisk.absolute())
        rows = [
            row
            for streams in options.streams
            for row in median_of([bench.rows(streams, tuple(options.only)) for _ in range(options.rounds)])
        ]
    print(table(rows))
    print(json.dumps({"bench": "media", "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
