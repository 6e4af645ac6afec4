"""Messages as no phone sends them, to a real node: raw octets on a socket of the demo carrier."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from installer.demo_tenant import MAIN_NUMBER, TENANT
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Response
from softswitch.sip.multipart import make_part, print_multipart
from softswitch.sip.parse import parse_message
from tests.interop.node import Running, eventually
from tests.softswitch.sip.messages import SDP, raw

pytestmark = pytest.mark.interop

TORTURE = Path(__file__).parent.parent / "softswitch" / "sip" / "torture"
NAME = "J\udcfcrgen [bold]M\udcfcller[/x]\x1b]0;owned\x07"


class Wire:
    """A socket on a port of the carrier."""

    def __init__(self, node: Running, index: int) -> None:
        self.port = node.carrier_ports[index]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.settimeout(0.2)
        self._node = "127.0.0.1", node.runtime.sip_port

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._node)

    def final(self, seconds: float = 20.0) -> Response:
        """The next final answer."""
        return eventually(self._final, seconds, "a final answer")

    def _final(self) -> Response | None:
        try:
            message = parse_message(self._socket.recv(65_535))
        except (TimeoutError, BadMessage):
            return None
        return message if isinstance(message, Response) and message.status >= 200 else None

    def close(self) -> None:
        self._socket.close()


def lines(wire: Wire, method: str, number: int, tag: str = "") -> list[str]:
    return [
        f"Via: SIP/2.0/UDP 127.0.0.1:{wire.port};branch=z9hG4bKodd{method}{wire.port};rport",
        "Max-Forwards: 70",
        f'From: "{NAME}" <sip:+12025550199@127.0.0.1>;tag=odd',
        f"To: <sip:{MAIN_NUMBER}@127.0.0.1>{tag}",
        f"Call-ID: ../../odd-{wire.port}@127.0.0.1",
        f"CSeq: {number} {method}",
        f"Contact: <sip:odd@127.0.0.1:{wire.port}>",
    ]


def test_a_call_with_a_location_beside_its_offer_and_a_name_full_of_tricks_is_taken_and_shown_as_text(
    node: Running,
) -> None:
    wire, before = Wire(node, 1), node.newest()
    offer = SDP.replace(b"192.0.2.1", b"127.0.0.1")
    body = print_multipart(
        [make_part("application/pidf+xml", b"<presence/>"), make_part("application/sdp", offer)], "b1"
    )
    kind = "Content-Type: multipart/mixed;boundary=b1"
    start = f"sip:{MAIN_NUMBER}@127.0.0.1 SIP/2.0"
    wire.send(raw(f"INVITE {start}", [*lines(wire, "INVITE", 1), kind], body))
    answer = wire.final()
    assert (200, "application/sdp") == (answer.status, answer.content_type)
    tag = f";tag={answer.to.tag}"
    wire.send(raw(f"ACK {start}", lines(wire, "ACK", 1, tag)))
    wire.send(raw(f"BYE {start}", [*lines(wire, "BYE", 2, tag), 'Reason: Q.850;cause=17;text="\x1b[2Jgone"']))
    assert 200 == wire.final().status
    wire.close()
    call = node.finished(before)["call"]
    assert "Jürgen [bold]Müller[/x]\ufffd]0;owned\ufffd" == call["from_name"]
    assert "\ufffd[2Jgone" == call["cause"]["text"]
    command = [sys.executable, "-m", "softswitch.cli", "--tenant", TENANT, "--data", str(node.data)]
    for options in ([], ["--json"]):
        shown = subprocess.run([*command, *options, "calls"], capture_output=True, check=False, timeout=60)
        assert shown.returncode == 0, shown.stderr
        assert b"\x1b" not in shown.stdout


def test_the_torture_messages_leave_the_node_well(node: Running) -> None:
    wire = Wire(node, 2)
    for path in sorted(TORTURE.glob("*.[ds]*")):
        wire.send(path.read_bytes())
    options = raw("OPTIONS sip:127.0.0.1 SIP/2.0", lines(wire, "OPTIONS", 1))
    wire.send(options)
    eventually(lambda: wire.final().cseq.method == "OPTIONS", 20, "an answer to OPTIONS")
    wire.close()
    logs = [path.read_text() for path in (node.data / "logs").glob("*.log")]
    assert any("riverside" in text or "listening" in text for text in logs)
    assert [] == [line for text in logs for line in text.splitlines() if "Traceback" in line]
    assert isinstance(node.live(), list)
