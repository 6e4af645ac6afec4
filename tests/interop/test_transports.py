"""TLS, WebSocket and IPv6 with foreign programs: pjsua2 (OpenSSL 1.0.2), SIPp, JsSIP in Chromium; certificates change."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from configdb.model import SYSTEM
from installer import demo_tenant, doctor
from installer.demo_tenant import MAIN_NUMBER
from installer.phone_driver import Phone
from installer.self_signed import make
from installer.sounds import BUILT
from media.codecs import g711
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually, held, unasked
from tests.ports import free_ports, media_port

pytestmark = pytest.mark.interop

SCENARIOS = Path(__file__).parent / "sipp"
VOICE = BUILT / "system" / "en" / "demo-caller.wav"


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node with every transport on, on IPv4 and IPv6."""
    tls, ws, wss, dns, dead, live = map(str, free_ports(6))
    server = subprocess.Popen([sys.executable, "-m", "tests.interop.name_server", dns, dead, live])
    environment = {
        "SOFTSWITCH_SIP_LISTEN": '["127.0.0.1", "::1"]',
        "SOFTSWITCH_SIP_TLS_PORT": tls,
        "SOFTSWITCH_SIP_WS_PORT": ws,
        "SOFTSWITCH_SIP_WSS_PORT": wss,
        "SOFTSWITCH_MEDIA_SILENT_S": "10",
        "SOFTSWITCH_DNS_SERVERS": f'["127.0.0.1:{dns}"]',
    }
    running = Running(tmp_path_factory.mktemp("everywhere"), environment).start()
    running.carrier_ports[0] = int(live)
    yield running
    assert running.stop() == 0
    server.terminate()
    server.wait(10)


def phone(node: Running, device: str, transport: str, host: str = "127.0.0.1") -> Phone:
    """A registered phone."""
    made = Phone(0, transport, host)
    port = node.runtime.sip_tls_port if transport == "tls" else node.runtime.sip_port
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    assert made.register(device, node.passwords[device], where) == 200
    return made


def test_the_operator_sees_where_the_node_listens(everywhere: Running) -> None:
    runtime = everywhere.runtime
    shown = everywhere.api.get("/api/v1/status")["switch"]["network"]
    assert [f"127.0.0.1:{runtime.sip_tls_port}", f"[::1]:{runtime.sip_tls_port}"] == shown["listening"]["tls"]
    assert {"udp", "tcp", "tls", "ws", "wss"} == set(shown["listening"])
    found = {one.name: one for one in doctor.node(everywhere.data)}
    names = ["SIP over TCP", "SIP over TLS", "SIP over WS", "SIP over WSS"]
    assert [True] * 4 == [found[name].ok for name in names]


def test_phones_talk_over_tls(everywhere: Running, tmp_path: Path) -> None:
    before, heard = everywhere.newest(), tmp_path / "heard.wav"
    with phone(everywhere, "ann-desk", "tls") as ann, phone(everywhere, "ben-desk", "tls") as ben:
        ann.do("call", uri=f"sip:102@127.0.0.1:{everywhere.runtime.sip_tls_port}")
        ben.wait("incoming")
        ben.do("record", path=str(heard))
        ben.do("answer")
        ann.wait("state", state="CONFIRMED")
        ann.do("play", path=str(VOICE))
        ann.wait("played")
        time.sleep(0.5)
        ben.do("hangup")
        ann.wait("state", state="DISCONNECTED")
    call = everywhere.finished(before)
    assert "answered" == call["call"]["outcome"]
    assert share_heard(at_8k(*wav(heard)), at_8k(*wav(VOICE))) > 0.8


def test_a_certificate_changes_while_a_call_goes_on(everywhere: Running, tmp_path: Path) -> None:
    port = everywhere.runtime.sip_tls_port
    before = everywhere.newest()
    old = ssl.get_server_certificate(("127.0.0.1", port))
    with phone(everywhere, "ann-desk", "tls") as ann, phone(everywhere, "ben-desk", "tls") as ben:
        ann.do("call", uri=f"sip:102@127.0.0.1:{port}")
        ben.wait("incoming")
        ben.do("answer")
        ann.wait("state", state="CONFIRMED")
        certificate, key = make(["127.0.0.1", "new.example"])
        (everywhere.data / "tls" / "self-signed.key").write_text(key)
        (everywhere.data / "tls" / "self-signed.pem").write_text(certificate)
        assert everywhere.process is not None
        os.kill(everywhere.process.pid, signal.SIGHUP)
        eventually(lambda: ssl.get_server_certificate(("127.0.0.1", port)) != old, what="the new certificate")
        ann.do("hold")
        ann.wait("held")
        ann.do("resume")
        ann.wait("media")
        ben.do("hangup")
        ann.wait("state", state="DISCONNECTED")
    assert "answered" == everywhere.finished(before)["call"]["outcome"]


def test_a_phone_registers_and_is_rung_over_ipv6(everywhere: Running) -> None:
    before = everywhere.newest()
    with phone(everywhere, "ben-desk", "udp", "::1") as ben, phone(everywhere, "ann-desk", "udp") as ann:
        ann.do("call", uri=f"sip:102@{everywhere.sip}")
        ben.wait("incoming")
        ben.do("answer")
        ann.wait("state", state="CONFIRMED")
        ben.do("hangup")
        ann.wait("state", state="DISCONNECTED")
    call = everywhere.finished(before)
    assert "answered" == call["call"]["outcome"]
    assert any("@[::1]:" in leg["remote"] for leg in call["legs"])


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_callers_reach_the_menu_over_ipv6(everywhere: Running, tmp_path: Path, transport: str) -> None:
    document = {"id": "six", "name": "IPv6 carrier", "sources": ["::1"], "gateways": []}
    everywhere.change(SYSTEM, "trunk", "six", document)
    known = {row["id"] for row in everywhere.api.every("/api/v1/calls", 1000)}
    _, samples = wav(VOICE)
    (tmp_path / "voice.al").write_bytes(g711.encode("alaw", (samples * 32767).astype(np.int16)).tobytes())
    scenario = (SCENARIOS / "caller.xml").read_text().replace("VOICE", str(tmp_path / "voice.al"))
    (tmp_path / "caller.xml").write_text(scenario)
    (port,) = free_ports(1)
    where = ["-i", "[::1]", "-mi", "127.0.0.1", "-p", str(port), "-mp", str(media_port()), "-t", transport]
    command = ["sipp", f"[::1]:{everywhere.runtime.sip_port}", "-sf", str(tmp_path / "caller.xml"), *where]
    limits = ["-s", MAIN_NUMBER, "-m", "5", "-r", "5", "-timeout", "40", "-nostdin"]
    done = subprocess.run([*command, *limits], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stdout[-2000:]

    def new() -> list[str]:
        rows = everywhere.api.every("/api/v1/calls", 1000)
        return [row["id"] for row in rows if row["id"] not in known and row["ended_at"]]

    calls = eventually(lambda: found if len(found := new()) == 5 else None, what="all records")
    (leg,) = everywhere.api.get(f"/api/v1/calls/{calls[0]}")["legs"]
    assert leg["remote"].startswith(("udp ::1:", "tcp ::1:"))


def test_a_call_finds_its_carrier_by_dns_and_goes_past_a_dead_server(everywhere: Running, tmp_path: Path) -> None:
    ports = everywhere.carrier_ports
    gateway = {"host": "carrier.test", "port": None, "transport": None}
    trunk = {**demo_tenant.trunk(tuple(ports), ports[0]), "gateways": [gateway]}
    everywhere.change(SYSTEM, "trunk", demo_tenant.TRUNK, unasked(trunk))
    before = everywhere.newest()
    (tmp_path / "gateway.xml").write_text((SCENARIOS / "gateway.xml").read_text())
    where = ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(ports[0]), "-mp", str(media_port())]
    command = [
        "sipp",
        "-sf",
        str(tmp_path / "gateway.xml"),
        *where,
        "-m",
        "1",
        "-timeout",
        "60",
        "-nostdin",
        "-rtp_echo",
    ]
    with (
        open(tmp_path / "sipp.log", "wb") as said,
        subprocess.Popen(command, cwd=tmp_path, stdout=said, stderr=said) as carrier,
        phone(everywhere, "ann-desk", "udp") as ann,
    ):
        try:
            eventually(lambda: held(ports[0]) or carrier.poll() is not None, what="the carrier")
            assert carrier.poll() is None, (tmp_path / "sipp.log").read_text()[-2000:]
            ann.do("call", uri=f"sip:+12025550199@{everywhere.sip}")
            ann.wait("state", state="CONFIRMED")
            ann.do("hangup")
            ann.wait("state", state="DISCONNECTED")
            assert 0 == carrier.wait(30)
        finally:
            carrier.kill()
    call = everywhere.finished(before)
    assert "answered" == call["call"]["outcome"]
    sent = [one for one in call["messages"] if one["raw"].startswith("INVITE sip:+12025550199@carrier.test SIP/2.0")]
    assert 2 == len({one["to"] for one in sent})
    assert f"127.0.0.1:{ports[0]}" == sent[-1]["to"]
