"""CPU time of a whole node per call, by process: `python -m tests.bench.node [CALLS] [CALLS_A_SECOND]`.

SIPp is the carrier: each call is answered, hears the menu for three seconds while it speaks (PCMA), and hangs up. CPU is user and
system time of the node's processes (/proc/PID/stat) over the run, less what they use idle; SIPp's own is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from installer.demo_tenant import MAIN_NUMBER
from installer.sounds import BUILT
from media.codecs import g711
from tests.interop.listen import wav
from tests.interop.node import PROGRAMS, Running
from tests.interop.test_sipp import sipp

WARM_S = 4.0  # what starting costs is over
IDLE_S = 5.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system seconds of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def usage(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds of each process so far."""
    return {name: cpu_s(pid) for name, pid in pids.items()}


def measure(node: Running, folder: Path, calls: int, calls_a_second: int) -> dict[str, object]:
    """Run the calls; the figures."""
    time.sleep(WARM_S)
    pids = {name: node.pid(name) for name in PROGRAMS}
    before = usage(pids)
    time.sleep(IDLE_S)
    idle = {name: (used - before[name]) / IDLE_S for name, used in usage(pids).items()}
    _, samples = wav(BUILT / "system" / "en" / "demo-caller.wav")
    (folder / "voice.al").write_bytes(g711.encode("PCMA", (samples * 32767).astype(np.int16)).tobytes())
    counts = ["-m", str(calls), "-r", str(calls_a_second), "-timeout", "300"]
    command = sipp(node, folder, "caller", "-s", MAIN_NUMBER, *counts)
    start, began = usage(pids), time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    seconds = time.monotonic() - began
    used = {name: total - start[name] - idle[name] * seconds for name, total in usage(pids).items()}
    legs = [node.api.get(f"/api/v1/calls/{row['id']}")["legs"][0] for row in node.api.every("/api/v1/calls", 20)]
    packets = float(np.mean([leg["quality"]["rx"]["packets"] + leg["quality"]["tx"]["packets"] for leg in legs]))
    floor = sipp_floor(node, folder, counts)
    return {
        "calls": calls,
        "calls_a_second": calls_a_second,
        "failed": done.returncode,
        "cpu_ms_a_call": {name: round(used[name] / calls * 1000, 2) for name in used},
        "switch_to_sipp_uas": round(used["switch"] / calls / floor, 1),
        "sipp_uas_ms_a_call": round(floor * 1000, 2),
        "packets_a_call": round(packets),
        "media_us_a_packet": round(used["media"] / calls / packets * 1e6, 2),
        "idle_percent": {name: round(share * 100, 2) for name, share in idle.items()},
    }


def sipp_floor(node: Running, folder: Path, counts: list[str]) -> float:
    """CPU seconds a call of SIPp's built-in answering scenario (C++, signalling alone), under the same callers."""
    port = str(node.carrier_ports[2])
    answering = ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", port, "-nostdin"]
    uas = subprocess.Popen(answering, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        start = cpu_s(uas.pid)
        command = sipp(node, folder, "caller", "-s", "1", *counts)
        command[1] = f"127.0.0.1:{port}"
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
        return (cpu_s(uas.pid) - start) / int(counts[1])
    finally:
        uas.kill()
        uas.wait()


def main() -> None:
    """Start a node, measure, print."""
    calls, rate = (int(text) for text in [*sys.argv[1:], "300", "20"][:2])
    with tempfile.TemporaryDirectory() as scratch:
        node = Running(Path(scratch) / "data", {"SOFTSWITCH_CALLS_PER_S_MAX": "200"}).start()
        try:
            print(json.dumps(measure(node, Path(scratch), calls, rate), indent=1))
        finally:
            node.stop()


if __name__ == "__main__":
    main()
