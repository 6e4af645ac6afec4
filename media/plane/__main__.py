"""`python -m media.plane --data DIR`: one media worker process, until SIGTERM."""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any, TextIO, cast

from twisted.internet import reactor as default_reactor
from twisted.logger import Logger

from logs.line import line, stamp
from logs.process import start_log
from media.plane import limits, wavfile
from media.plane.arena import Arena
from media.plane.engine import Engine
from media.plane.ports import Ports
from media.plane.server import ControlFactory
from media.plane.worker import Worker

COLLECT_AFTER = 2_000  # objects, 1 ms: with ten times as many each run took 5 to 8 ms
DESCRIPTORS_PER_LEG, DESCRIPTORS_BESIDE = 4, 256  # RTP, RTCP, its locked source, its recording
log = Logger()


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m media.plane", description="One media worker of a node.")
    parser.add_argument("--data", type=Path, required=True, help="the node's data folder")
    parser.add_argument(
        "--index", type=int, default=0, help="number of this worker: its socket is run/media-INDEX.sock"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address of the RTP ports")
    parser.add_argument("--host6", help="another one, of the other family")
    parser.add_argument(
        "--rtp-ports", type=port_range, default=(16384, 32767), metavar="A-B", help="UDP ports of this worker"
    )
    parser.add_argument("--engine", choices=("auto", "c", "numpy"), default="auto", help="packet engine")
    parser.add_argument("--legs", type=int, default=limits.legs_max, help="most legs at once")
    parser.add_argument("--node", default="", help="the node's name, for log lines")
    parser.add_argument("--cpu", type=int, default=-1, help="pin the packet loop to this core")
    return parser.parse_args(words)


def port_range(text: str) -> tuple[int, int]:
    """The two ends of "A-B". ValueError."""
    first, _, last = text.partition("-")
    low, high = int(first), int(last)
    if not 1024 <= low + low % 2 < high <= 65535:
        raise ValueError(f"{text} is no range of UDP ports")
    return low, high


def make_room_for_descriptors(legs: int) -> None:
    """The kernel's table of them is made as large as it may become, while there is one thread.

    With more, each time it grows all wait for an RCU grace period: the packet loop stood still for 8 to 25 ms.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    highest = min(DESCRIPTORS_PER_LEG * legs + DESCRIPTORS_BESIDE, hard) - 1
    with open(os.devnull, "rb") as any_file:
        os.close(fcntl.fcntl(any_file, fcntl.F_DUPFD_CLOEXEC, highest))


def collect_seldom() -> None:
    """What is here by now stays; the collector of cycles looks at newer objects only, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def remove_dead_socket(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


def make_engine(options: argparse.Namespace, arena: Arena) -> Engine:
    """The compiled packet loop; on "auto" the plain one where it could not be built (good for some fifty calls)."""
    if options.engine != "numpy":
        try:
            from media.plane.loop import CompiledEngine

            return CompiledEngine(options.legs, arena.memory, options.cpu)
        except ImportError as error:
            if options.engine == "c":
                raise
            log.warn("no compiled packet loop ({error}): the plain one serves", error=error)
    from media.plane.engine_numpy import NumpyEngine

    return NumpyEngine(options.legs, arena.memory)


def run(options: argparse.Namespace, out: TextIO) -> None:
    reactor = cast(Any, default_reactor)
    reactor.seconds = time.monotonic  # timers must not follow the wall clock
    name = "media" if options.index == 0 else f"media-{options.index}"
    start_log(name, options.node, "info", "media", sys.stderr)
    make_room_for_descriptors(options.legs)
    recordings = options.data / "recordings"
    recordings.mkdir(parents=True, exist_ok=True)
    for repaired in wavfile.repair(recordings):
        log.info("put right the header of {path}", path=repaired)
    arena = Arena()
    engine = make_engine(options, arena)
    control = ControlFactory()
    hosts = dict.fromkeys(host for host in (options.host, options.host6) if host)
    ports = [Ports(host, *options.rtp_ports) for host in hosts]

    def dead(reason: str) -> None:
        """Not by way of `stop`, which would wait for what stands still. Recordings are right on disk at any time."""
        log.critical("{reason}: this worker ends", reason=reason)
        reactor.callLater(0.2, os._exit, 70)

    control.worker = Worker(reactor, engine, arena, ports, control.tell, dead)
    socket_path = options.data / "run" / f"media-{options.index}.sock"
    remove_dead_socket(socket_path)
    control.worker.start()
    reactor.listenUNIX(str(socket_path), control, mode=0o600)
    reactor.addSystemEventTrigger("before", "shutdown", control.worker.stop)
    said = {"level": "info", "process": name, "node": options.node, "event": "media", "pid": os.getpid()}
    ready = line({**said, "at": stamp(time.time()), "text": f"media worker {options.index} ready"})
    reactor.callWhenRunning(print, ready, file=out, flush=True)
    collect_seldom()
    reactor.run()


if __name__ == "__main__":
    run(arguments(sys.argv[1:]), sys.stdout)
