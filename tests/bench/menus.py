"""Callers in menus: what share of a core a whole node uses while so many hear a menu and press a key every ten seconds.

    python -m tests.bench.menus [CALLERS] [CALLS_A_SECOND]

SIPp is the carrier. Each caller hears the prompts of a menu all the time (50 packets a second), sends none, and presses a key by
SIP INFO, which begins the menu anew. The look begins when all are there, or when nobody more has come for GIVEN_UP_S; CPU is that
of each process from then on. Of those who are not there SIPp and the node say what became of them.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from configdb.model import SYSTEM
from installer import demo_tenant
from tests.bench.node import usage
from tests.interop.node import PROGRAMS, Running
from tests.interop.test_sipp import SCENARIOS

NUMBER = "+12025550125"
KEY_S, KEYS, LOOK_S = 10, 18, 10.0
GIVEN_UP_S = 15.0
OF_SIPP = {"created": "OutgoingCall(C)", "failed": "FailedCall(C)", "retransmissions": "Retransmissions(C)"}
MENU = {
    "kind": "menu",
    "prompts": ["sound:demo-caller"] * 3,
    "keys": {"1": "menu"},
    "timeout_s": 15,
    "on_timeout": "end",
    "on_invalid": "end",
}
FLOW = {"start": "menu", "nodes": {"menu": MENU, "end": {"kind": "hangup"}}}
INFO = """<pause milliseconds="{ms}"/><send retrans="500"><![CDATA[
      INFO [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      [routes]
      From: "SIPp" <sip:+12025550100@[local_ip]:[local_port]>;tag=[call_number]
      [last_To:]
      Call-ID: [call_id]
      CSeq: {number} INFO
      Max-Forwards: 70
      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal=1
      Duration=160
    ]]></send><recv response="200"/>
"""


def scenario(folder: Path) -> Path:
    """The caller of the tests, who presses keys instead of speaking."""
    text = (SCENARIOS / "caller.xml").read_text().replace("[rtpstream_audio_port]", "4000")
    begin, _, rest = text.partition("</send>\n")  # INVITE
    answers, ack, rest = rest.partition("</send>\n")  # and ACK
    bye = rest[rest.index("<send") :].replace("CSeq: 2 BYE", f"CSeq: {KEYS + 2} BYE")
    keys = "".join(INFO.format(ms=KEY_S * 1000, number=number + 2) for number in range(KEYS))
    path = folder / "menus.xml"
    path.write_text(f"{begin}</send>\n{answers}{ack}{keys}{bye}")
    return path


def gathered(node: Running, callers: int) -> int:
    """How many callers are there, once all of them are or no more come."""
    there, since = 0, time.monotonic()
    while there < callers and time.monotonic() - since < GIVEN_UP_S:
        time.sleep(0.5)
        now = int(node.api.get("/api/v1/status")["switch"]["calls"])
        if now > there:
            there, since = now, time.monotonic()
    return there


def became(node: Running, statistics: Path) -> dict[str, object]:
    """What SIPp says of its calls, and the outcomes of those that the node has seen the end of."""
    with open(statistics, newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    ended = [f"{row['outcome']} {row['cause']}" for row in node.api.every("/api/v1/calls", 2000)]
    return {name: last[column] for name, column in OF_SIPP.items()} | {"ended": dict(Counter(ended))}


def main() -> None:
    callers, rate = (int(text) for text in [*sys.argv[1:], "1000", "20"][:2])
    limits = {"SOFTSWITCH_CALLS_PER_S_MAX": "200", "SOFTSWITCH_MEDIA_SILENT_S": "300", "SOFTSWITCH_CALLS_MAX": "5000"}
    with tempfile.TemporaryDirectory() as scratch:
        node = Running(Path(scratch) / "data", limits, rtp_pairs=callers + 100).start()
        try:
            node.change("riverside", "flow", "keys", {"id": "keys", "name": "Keys", "document": FLOW})
            number = {"id": NUMBER, "target": {"kind": "flow", "id": "keys"}}
            node.change("riverside", "number", NUMBER, number)
            trunk = node.config.directory.trunks[demo_tenant.TRUNK].model_dump(mode="json")
            node.change(SYSTEM, "trunk", demo_tenant.TRUNK, {**trunk, "channels_max": callers})
            statistics = Path(scratch) / "sipp.csv"
            where = ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(node.carrier_ports[0]), "-nostdin"]
            counts = ["-s", NUMBER, "-m", str(callers), "-r", str(rate), "-l", str(callers), "-timeout", "400"]
            told = ["-trace_stat", "-stf", str(statistics), "-fd", "1"]
            command = ["sipp", node.sip, "-sf", str(scenario(Path(scratch))), *where, *counts, *told]
            load = subprocess.Popen(command, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            came = time.monotonic()
            there = gathered(node, callers)
            came_s = round(time.monotonic() - came, 1)
            pids = {name: node.pid(name) for name in PROGRAMS}
            before, began = usage(pids), time.monotonic()
            time.sleep(LOOK_S)
            seconds = time.monotonic() - began
            used = {name: (total - before[name]) / seconds * 100 for name, total in usage(pids).items()}
            found = {"callers": there, "came within s": came_s, **became(node, statistics)}
            print(json.dumps({**found, "percent of a core": {k: round(v, 1) for k, v in used.items()}}))
            load.kill()
            load.wait()
        finally:
            node.stop()


if __name__ == "__main__":
    main()
