"""A carrier that loses sound is set back for the calls out that follow, by routes that choose the best sound."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from installer.demo_tenant import CALLER_NUMBER, MAIN_NUMBER
from quality.blame.alarm import CALLS_MIN
from tests.interop.conftest import Registered
from tests.interop.handset import Handset
from tests.interop.node import Running, eventually, unasked

pytestmark = pytest.mark.interop
PACKETS, PTIME_S = 350, 0.02
OUTSIDE = "12025550177"


@dataclass
class Voice:
    """A call of a carrier: what it says, packet by packet; of ten packets `kept` arrive."""

    carrier: Handset
    kept: int
    call_id: str = ""
    to: str = ""
    contact: str = ""

    def begin(self, node: Running) -> None:
        """INVITE to ACK."""
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        lines = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")
        offer = "\r\n".join((*lines, f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 0", "")).encode()
        self.call_id = f"sound-{self._rtp.getsockname()[1]}"
        headers = f"Contact: {self.carrier.contact}", "Content-Type: application/sdp"
        answer = self.carrier.ask("INVITE", f"sip:{MAIN_NUMBER}@{node.sip}", *headers, call_id=self.call_id, body=offer)
        assert 200 == answer.status
        self.carrier.acknowledge(answer)
        self.to, self.contact = answer.headers.get("To") or "", (answer.headers.get("Contact") or "").strip("<>")
        (port,) = (line.split()[1] for line in answer.body.decode().splitlines() if line.startswith("m=audio"))
        self._rtp.connect(("127.0.0.1", int(port)))

    def say(self, number: int) -> None:
        """One packet (RFC 3550 5.1) of G.711."""
        if number % 10 < self.kept:
            head = bytes((0x80, 0)) + number.to_bytes(2, "big") + (160 * number).to_bytes(4, "big") + b"SSRC"
            self._rtp.send(head + bytes((0x10 + 7 * n + number) % 256 for n in range(160)))

    def end(self) -> None:
        """BYE."""
        assert 200 == self.carrier.ask("BYE", self.contact, to=self.to, call_id=self.call_id).status
        self._rtp.close()


def talk(node: Running, voices: list[Voice]) -> None:
    """All of them at once, for seven seconds."""
    for voice in voices:
        voice.begin(node)
    due = time.monotonic()
    for number in range(PACKETS):
        for voice in voices:
            voice.say(number)
        due += PTIME_S
        time.sleep(max(0.0, due - time.monotonic()))
    for voice in voices:
        voice.end()


def trunk(id: str, carrier: Handset) -> Change:
    """Whose INVITEs come from that socket, and who takes calls there."""
    port = int(carrier.address.rpartition(":")[2])
    document = {"id": id, "name": id, "sources": ["127.0.0.1"], "source_ports": [port]}
    return Change("trunk", id, unasked({**document, "gateways": [{"host": "127.0.0.1", "port": port}]}))


def looked(node: Running) -> dict[str, Any]:
    """The run of the service that was asked for, once it has ended."""
    wanted = node.api.request("POST", "/api/v1/services/alarms/runs", {})["id"]

    def ended() -> dict[str, Any] | None:
        runs = node.api.get("/api/v1/services/alarms/runs")["data"]
        return next((one for one in runs if one["id"] == wanted and one["ended_at"]), None)

    return eventually(ended, what="a look at how calls sounded")


def test_the_next_call_goes_to_the_carrier_that_sounds_better(node: Running, phones: Registered) -> None:
    route = {"id": "sound", "prefix": OUTSIDE, "trunks": ["foul", "fair"], "choice": "best_sound"}
    with ExitStack() as held:
        foul, fair = (held.enter_context(Handset(node.sip, CALLER_NUMBER, "")) for _ in range(2))
        made = [trunk("foul", foul), trunk("fair", fair), Change("route", "sound", route)]
        node.wait_followed(node.config.transact(SYSTEM, made, "test", "test").sequence)
        held.callback(
            node.config.transact, SYSTEM, [Change(one.kind, one.id, None) for one in reversed(made)], "test", "gone"
        )
        known = {row["id"] for row in node.api.every("/api/v1/calls", 1000)}
        talk(node, [Voice(carrier, kept) for carrier, kept in ((foul, 6), (fair, 10)) for _ in range(CALLS_MIN)])

        def recorded() -> bool:
            rows = node.api.every("/api/v1/calls", 1000)
            return 2 * CALLS_MIN == sum(row["id"] not in known and row["ended_at"] is not None for row in rows)

        eventually(recorded, what="all records")
        assert looked(node)["ok"]
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+{OUTSIDE}@{node.sip}")
        assert OUTSIDE in str(fair.wait("INVITE", 486).uri)
        assert 486 == ann.wait("state", state="DISCONNECTED")["code"]
