"""Load by SIPp: a scenario of `sipp/` at a rate, on the load's core; what came of it."""

from __future__ import annotations

import csv
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import LOAD_CORE, Server, on_core

SCENARIOS = Path(__file__).parent / "sipp"
STREAM = '<nop><action><exec rtp_stream="{voice},-1,0,PCMU/8000"/></action></nop>'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What SIPp counted."""

    seconds: float
    done: int
    failed: int
    repeated: int

    @property
    def clean(self) -> bool:
        """Nothing failed and nothing had to be sent twice."""
        return self.done > 0 and self.failed == 0 and self.repeated == 0


def run(
    server: Server, folder: Path, scenario: str, count: int, rate: float, *options: str, voice: Path | None = None
) -> Outcome:
    """`count` runs of a scenario at `rate` a second, to their end."""
    text = (SCENARIOS / f"{scenario}.xml").read_text()
    text = text.replace("STREAM", STREAM.format(voice=voice) if voice else "")
    text = text.replace("MEDIA_PORT", "[rtpstream_audio_port]" if voice else "[media_port]")
    path, statistics = folder / f"{scenario}.xml", folder / f"{scenario}.csv"
    path.write_text(text)
    statistics.unlink(missing_ok=True)
    command = [*_common(server.address, path, server.caller_port), "-m", str(count), "-r", f"{rate:g}"]
    if rate < 100:
        command += ["-rp", "1000"]
    command += [
        "-l",
        "20000",
        "-s",
        server.number,
        "-trace_stat",
        "-stf",
        str(statistics),
        "-fd",
        "1",
        "-timeout",
        "400",
    ]
    began = time.monotonic()
    with on_core(LOAD_CORE):
        subprocess.run([*command, *options], cwd=folder, capture_output=True, check=False)
    return _read(statistics, time.monotonic() - began)


@contextmanager
def gateway(server: Server, folder: Path, echo: bool = False) -> Iterator[None]:
    """The far end: rings and answers every call at once."""
    command = _common("127.0.0.1", SCENARIOS / "gateway.xml", server.gateway_port)
    del command[1]
    with on_core(LOAD_CORE):
        process = subprocess.Popen(
            [*command, *(["-rtp_echo"] if echo else [])],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        time.sleep(0.5)
        yield
    finally:
        process.kill()
        process.wait()


def _common(address: str, scenario: Path, port: int) -> list[str]:
    where = ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port)]
    return ["sipp", address, "-sf", str(scenario), *where, "-nostdin", "-buff_size", "4194304"]


def _read(statistics: Path, seconds: float) -> Outcome:
    with open(statistics, newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    done, failed = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
    return Outcome(seconds, done, failed, int(last["Retransmissions(C)"]))
