"""What the SIP benchmark measures of a server: each part gives figures by what they say, with their unit in the name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from installer.sounds import BUILT
from media.codecs import g711
from tests.bench.messages import parse_us
from tests.bench.probe import Times, probe
from tests.bench.registering import register_all
from tests.bench.servers import SERVER_CORE, Node, Server, cpu_s, memory_kb, on_core
from tests.bench.sipload import Outcome, gateway, run
from tests.interop.listen import at_8k, wav

IDLE_S, REST_S = 2.0, 1.0
HOLD = ("-d", "1000")
PROBES = 150
TRIES_MAX = 3  # on a machine with neighbours a node may shed a call that it would take alone
RATE_S, RATE_STEP_MIN = 8.0, 0.06
RATES = (20.0, 100.0)
SOAKED, OVER_S = 20_000, 40.0  # so long after the last call its transactions are over

Figures = dict[str, float]


def parse(server: Server, folder: Path) -> Figures:
    """Parsing alone, in this process."""
    with on_core(SERVER_CORE):
        return {f"parse {name}, us": value for name, value in parse_us().items()}


def options(server: Server, folder: Path) -> Figures:
    """OPTIONS to the server, one transaction each."""
    return {
        "OPTIONS, ms of CPU": _cost(server, 5_000, lambda count: run(server, folder, "options", count, 400))["switch"]
    }


def register(server: Server, folder: Path) -> Figures:
    """REGISTER with digest: two transactions."""
    names = server.add_phones(1_000) if isinstance(server, Node) else [f"bench{index:05d}" for index in range(1_000)]
    cost = _cost(server, 2_000, lambda count: register_all(server, [*names, *names][:count], 150))
    return {"REGISTER with digest, ms of CPU": cost["switch"]}


def bridge(server: Server, folder: Path) -> Figures:
    """Calls bridged to the gateway and held for a second, without RTP."""
    with gateway(server, folder):
        cost = _cost(server, 500, lambda count: run(server, folder, "caller", count, 25, *HOLD))
    return _split("bridged call", cost)


def media(server: Server, folder: Path) -> Figures:
    """As `bridge`, with speech both ways."""
    _, samples = wav(BUILT / "system" / "en" / "demo-caller.wav")
    voice = folder / "voice.ul"
    voice.write_bytes(g711.encode("PCMU", (at_8k(8_000, samples) * 32767).astype(np.int16)).tobytes())
    with gateway(server, folder, echo=True):
        cost = _cost(server, 300, lambda count: run(server, folder, "caller", count, 10, *HOLD, voice=voice))
    return _split("bridged call with 1 s of RTP", cost)


def rate(server: Server, folder: Path) -> Figures:
    """The highest rate at which no call fails and nothing is sent twice: doubled, then halved steps (RFC 7502)."""
    with gateway(server, folder):
        return {"bridged calls a second, none failed or repeated": highest(server, folder)}


def highest(server: Server, folder: Path) -> float:
    """Calls a second."""
    good, step = 0.0, 50.0
    growing = True
    while step > max(5.0, good * RATE_STEP_MIN):
        offered = good + step
        clean = run(server, folder, "caller", int(offered * RATE_S), offered, *HOLD).clean
        if not clean:
            time.sleep(5)  # what it still repeats must not disturb the next
        good, growing = (offered, growing) if clean else (good, False)
        step = step * 2 if clean and growing else step / 2
    return good


def latency(server: Server, folder: Path, rates: Sequence[float] = RATES) -> Figures:
    """INVITE to 180 and to 200 beside a steady load."""
    found: Figures = {}
    for offered in rates:
        when = f"at {offered:g} calls/s"
        count = int(offered * (PROBES * 0.04 + 4))
        with gateway(server, folder), ThreadPoolExecutor(1) as pool:
            load = pool.submit(run, server, folder, "caller", count, offered, *HOLD)
            time.sleep(1.5)
            found |= _percentiles(when, probe(server, PROBES))
            found[f"calls of the load failed {when}"] = float(load.result().failed)
    return found


def half(server: Server, folder: Path) -> Figures:
    """The highest rate, and INVITE to 180 at half of it."""
    found = rate(server, folder)
    return found | latency(server, folder, [value / 2 for value in found.values()])


def memory(server: Server, folder: Path) -> Figures:
    """Memory of a live call: 500 of them, against none."""
    calls = 500
    with gateway(server, folder):
        run(server, folder, "caller", 20, 20, *HOLD)
        time.sleep(2)
        before = _memory(server)
        load = threading.Thread(target=run, args=(server, folder, "caller", calls, 50, "-d", "15000"))
        load.start()
        time.sleep(calls / 50 + 1)
        used = _memory(server) - before
        load.join()
    return {"memory of a live call, KB": used / calls}


def soak(server: Server, folder: Path, total: int = SOAKED) -> Figures:
    """Memory of each process before, after a tenth of the calls and after all, when all of them are over."""
    found, done = _memories(server, 0), 0
    with gateway(server, folder):
        for calls in (total // 10, total - total // 10):
            failed = run(server, folder, "caller", calls, 80, "-d", "500").failed
            time.sleep(OVER_S)
            done += calls
            found |= {**_memories(server, done), f"failed of {calls}": failed}
    return found


def scale(server: Server, folder: Path) -> Figures:
    """The cost of a call with more tenants, then with more phones registered."""
    found: Figures = {}
    if not isinstance(server, Node):
        return found
    for more, total in ((0, 1), (1_000, 1_001), (9_000, 10_001)):
        server.add_tenants(more, total)
        found[f"bridged call with {total} tenants, switch, ms of CPU"] = bridge(server, folder)[
            "bridged call, switch, ms of CPU"
        ]
    return found


def _cost(server: Server, count: int, load: Callable[[int], Outcome]) -> dict[str, float]:
    """CPU milliseconds of each process for one of `count`, of the first run that went well. Raises RuntimeError: none."""
    load(count // 10)
    for _ in range(TRIES_MAX):
        time.sleep(REST_S)
        outcome, used = _measured(server, count, load)
        if outcome.done == count:
            workers = sum(value for name, value in used.items() if name.startswith("worker"))
            return {**used, "switch": used["switch"] + workers}
    raise RuntimeError(f"{server.name}: {outcome}")


def _measured(server: Server, count: int, load: Callable[[int], Outcome]) -> tuple[Outcome, dict[str, float]]:
    pids = server.pids()
    start = {name: cpu_s(pid) for name, pid in pids.items()}
    time.sleep(IDLE_S)
    idle = {name: (cpu_s(pid) - start[name]) / IDLE_S for name, pid in pids.items()}
    start, began = {name: cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    outcome = load(count)
    time.sleep(REST_S)  # what follows a call belongs to it
    seconds = time.monotonic() - began
    return outcome, {
        name: (cpu_s(pid) - start[name] - idle[name] * seconds) / count * 1000 for name, pid in pids.items()
    }


def _split(what: str, cost: dict[str, float]) -> Figures:
    node = {name: value for name, value in cost.items() if not name.startswith("worker")}
    found = {f"{what}, {name}, ms of CPU": value for name, value in node.items()}
    return {**found, f"{what}, all processes, ms of CPU": sum(node.values())}


def _percentiles(when: str, times: Times) -> Figures:
    found: Figures = {f"calls lost {when}": float(times.lost)}
    for what, values in (("180", times.ringing_ms), ("200", times.answered_ms)):
        for percent in (50, 95):
            found[f"INVITE to {what} {when}, p{percent}, ms"] = float(np.percentile(values, percent)) if values else 0.0
    return found


def _memories(server: Server, calls: int) -> Figures:
    return {f"memory after {calls} calls, {name}, MB": memory_kb(pid) / 1000 for name, pid in server.pids().items()}


def _memory(server: Server) -> int:
    return sum(memory_kb(pid) for name, pid in server.pids().items() if name == "switch" or name.startswith("worker"))
