"""`python -m tests.bench.sip [--part NAME ...] [--at RATE ...] [--calls N] [--peers FOLDER] [--asterisk ROOT] [--runs N]
[--json FILE]`

What signalling costs.

Server on the first core, load on the last, everything over UDP on loopback. CPU is user and system time of the server's
processes (/proc/PID/stat) over a run, less what they use idle. Every figure is the median of the runs. Peers (`peers.py`)
get the same load in the same run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.bench import asterisk, parts, peers
from tests.bench.servers import Node, Server

Parts = Mapping[str, Callable[[Server, Path], parts.Figures]]
PARTS: Parts = {
    "memory": parts.memory,
    "parse": parts.parse,
    "options": parts.options,
    "register": parts.register,
    "bridge": parts.bridge,
    "media": parts.media,
    "rate": parts.rate,
    "latency": parts.latency,
    "half": parts.half,
    "scale": parts.scale,
    "soak": parts.soak,
}
ONLY_NODE = ("parse", "media", "scale", "soak")
NOT_OF = {"sippy": ("options", "register")}
USUAL = ("memory", "parse", "options", "register", "bridge", "latency", "rate")

Table = dict[str, dict[str, list[float]]]


def measure(servers: list[Server], wanted: list[str], folder: Path, runs: int, of: Parts = PARTS) -> Table:
    """All figures: what -> server -> the values of the runs."""
    table: Table = {}
    for _ in range(runs):
        for server in servers:
            for part in wanted:
                if (part in ONLY_NODE and not isinstance(server, Node)) or part in NOT_OF.get(server.name, ()):
                    continue
                for what, value in of[part](server, folder).items():
                    table.setdefault(what, {}).setdefault(server.name, []).append(value)
                    print(f"{server.name:12} {what:60} {value:10.3f}", flush=True)
    return table


def markdown(table: Table) -> str:
    """The medians, a row for each figure, a column for each server."""
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for what, row in table.items():
        cells = [f"{statistics.median(row[name]):.3g}" if name in row else "" for name in names]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Start the servers one after another, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=list(PARTS))
    parser.add_argument("--peers", type=Path, help="folder to keep the peers' programs in; none: only the node")
    parser.add_argument(
        "--asterisk", type=Path, help="a root directory that has Asterisk, to measure it beside the node"
    )
    parser.add_argument("--at", type=float, action="append", help="calls a second beside which `latency` is measured")
    parser.add_argument("--calls", type=int, default=parts.SOAKED, help="how many calls `soak` makes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        servers: list[Server] = [stack.enter_context(Node.started(folder))]
        if given.peers is not None:
            given.peers.mkdir(parents=True, exist_ok=True)
            servers += [stack.enter_context(start(given.peers.absolute())) for start in (peers.kamailio, peers.sippy)]
        if given.asterisk is not None:
            servers.append(stack.enter_context(asterisk.asterisk(given.asterisk.absolute())))
        asked = {
            "latency": partial(parts.latency, rates=given.at or parts.RATES),
            "soak": partial(parts.soak, total=given.calls),
        }
        table = measure(servers, given.part or list(USUAL), folder, given.runs, {**PARTS, **asked})
    print(markdown(table))
    if given.json is not None:
        given.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
