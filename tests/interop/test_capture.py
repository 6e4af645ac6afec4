"""Capture files of calls in tshark, a foreign reader of packets and of SIP."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from history.documents import SipMessage
from history.pcap import capture
from tests.interop.conftest import Registered
from tests.interop.node import Running

pytestmark = pytest.mark.interop


def tshark(data: bytes, folder: Path, ports: set[int]) -> list[dict[str, Any]]:
    """What tshark reads: one dictionary of fields a packet, checksums verified."""
    file = folder / "call.pcap"
    file.write_bytes(data)
    fields = ["frame.time_epoch", "ip.src", "ipv6.src", "udp.srcport", "tcp.srcport", "sip.Method", "sip.Status-Code"]
    fields += ["sip.Call-ID", "_ws.malformed", "ip.checksum.status", "udp.checksum.status", "tcp.checksum.status"]
    options = [f"-o{kind}.check_checksum:TRUE" for kind in ("ip", "udp", "tcp")]
    decode = [f"-d{kind}.port=={port},sip" for port in sorted(ports) for kind in ("udp", "tcp")]
    wanted = [f"-e{field}" for field in fields]
    command = ["tshark", "-n", "-r", str(file), "-Tjson", *options, *decode, *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


def is_right(packet: dict[str, Any]) -> bool:
    statuses = [packet[key] for key in packet if key.endswith("checksum.status")]
    return "_ws.malformed" not in packet and all(status == ["1"] for status in statuses)


@pytest.mark.parametrize("ends", [("192.0.2.1:5060", "192.0.2.2:5080"), ("[2001:db8::1]:5060", "[2001:db8::2]:5080")])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_capture_is_read_as_the_sip_that_it_is(tmp_path: Path, ends: tuple[str, str], transport: str) -> None:
    def message(at_us: int, start: str, source: str, target: str, size: int = 0) -> SipMessage:
        raw = (
            f"{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: one\r\n"
            f"CSeq: 1 INVITE\r\nContent-Length: {size}\r\n\r\n" + "x" * size
        )
        return SipMessage(at_us, "l", source, target, "", raw, transport)

    a, b = ends
    long = 30_000 if transport == "tcp" else 900
    data = capture(
        [
            message(1_800_000_000_000_001, "INVITE sip:b@h SIP/2.0", a, b, long),
            message(1_800_000_000_000_003, "SIP/2.0 180 Ringing", b, a),
        ]
    )
    packets = tshark(data, tmp_path, {5060, 5080})
    assert all(is_right(packet) for packet in packets)
    invite, ringing = [packet for packet in packets if "sip.Call-ID" in packet]
    assert (["INVITE"], ["180"]) == (invite["sip.Method"], ringing["sip.Status-Code"])
    assert "1800000000.000003" in ringing["frame.time_epoch"][0]


def test_the_trace_of_a_real_call_has_both_legs(node: Running, tmp_path: Path, phones: Registered) -> None:
    before = node.newest()
    ann, ben = phones("ann-desk"), phones("ben-desk", "tcp")
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ann.wait("state", state="CONFIRMED")
    ann.do("hangup")
    ann.wait("state", state="DISCONNECTED")
    call = node.finished(before)["call"]["id"]
    data = node.api.download(f"/api/v1/calls/{call}/trace.pcap")
    detail = node.api.get(f"/api/v1/calls/{call}")
    ports = {int(message[end].rpartition(":")[2]) for message in detail["messages"] for end in ("from", "to")}
    packets = tshark(data, tmp_path, ports)
    assert len(detail["messages"]) == len([packet for packet in packets if "sip.Call-ID" in packet])
    assert all(is_right(packet) for packet in packets)
    legs = {packet["sip.Call-ID"][0] for packet in packets if packet.get("sip.Method") == ["BYE"]}
    assert 2 == len(legs)  # another phone of Ben's, from before, may ring in vain
    assert 3 == len({packet.get("udp.srcport", packet.get("tcp.srcport"))[0] for packet in packets})
    times = [float(packet["frame.time_epoch"][0]) for packet in packets]
    assert sorted(times) == times
