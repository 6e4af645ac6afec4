"""SIPp as carriers of all kinds: fail-over, registration, health, and an emergency call out of a full node."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from installer.demo_tenant import MAIN_NUMBER, TENANT, TRUNK
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually, listening
from tests.ports import free_ports, media_port

pytestmark = pytest.mark.interop
SCENARIOS = Path(__file__).parent / "sipp"


class Gateway:
    """One SIPp at a port; `heard` is everything it received and sent."""

    def __init__(self, folder: Path, scenario: str, port: int, calls: int = 1) -> None:
        self._messages = folder / f"{scenario}-{port}.log"
        self.port = port
        media = str(media_port())
        command = ["sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
        command += ["-mi", "127.0.0.1", "-mp", media, "-m", str(calls), "-timeout", "60", "-rtp_echo"]
        command += ["-trace_msg", "-message_file", str(self._messages)]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        listening(port)

    @property
    def heard(self) -> str:
        return self._messages.read_text() if self._messages.exists() else ""


@contextmanager
def gateway(folder: Path, scenario: str, port: int, calls: int = 1) -> Iterator[Gateway]:
    made = Gateway(folder, scenario, port, calls)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


@contextmanager
def trunk(node: Running, *ports: int, **more: Any) -> Iterator[None]:
    """The tenant's trunk has these gateways, tried in this order, for a while."""
    gateways = [{"host": "127.0.0.1", "port": port, "priority": place} for place, port in enumerate(ports)]
    with node.trunk(gateways=gateways, **more):
        yield


def live(node: Running, id: str = TRUNK) -> dict[str, Any]:
    return dict(node.api.get(f"/api/v1/trunks/{id}"))


def answered(node: Running, phones: Registered) -> dict[str, Any]:
    """A user's call outside that is answered; its record."""
    before = node.newest()
    ann = phones("ann-desk")
    ann.do("call", uri=f"sip:+12025550199@{node.sip}")
    ann.wait("state", state="CONFIRMED")
    assert 1 == live(node)["channels_out"]
    time.sleep(0.3)
    ann.do("hangup")
    ann.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    eventually(lambda: live(node)["channels_out"] == 0, what="the channel to be free")
    assert "answered" == detail["call"]["outcome"]
    return detail


def failures(detail: dict[str, Any]) -> list[str]:
    return [step["text"] for step in detail["steps"] if step["code"] == "dial.failed"]


def test_after_a_503_the_next_gateway_is_called_and_the_first_rests(
    node: Running, tmp_path: Path, phones: Registered
) -> None:
    first, second = free_ports(2)
    with gateway(tmp_path, "refuse", first), gateway(tmp_path, "gateway", second), trunk(node, first, second):
        (why,) = failures(answered(node, phones))
        assert "503" in why
        rests, up = live(node)["gateways"] if first < second else reversed(live(node)["gateways"])
        assert 0 < rests["rests_s"] <= 30
        assert 0 == up["rests_s"]


def test_after_silence_the_next_gateway_is_called(node: Running, tmp_path: Path, phones: Registered) -> None:
    second = free_ports(1)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        first = silent.getsockname()[1]
        with gateway(tmp_path, "gateway", second), trunk(node, first, second, first_answer_s=1):
            (why,) = failures(answered(node, phones))
            assert "no answer within 1 s" in why


def test_after_a_486_no_other_gateway_is_called(node: Running, tmp_path: Path, phones: Registered) -> None:
    first, second = free_ports(2)
    with gateway(tmp_path, "busy", first), gateway(tmp_path, "gateway", second) as other, trunk(node, first, second):
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+12025550198@{node.sip}")
        assert 486 == ann.wait("state", state="DISCONNECTED")["code"]
        assert "" == other.heard


def test_a_trunk_registers_at_its_carrier_and_takes_it_back_when_it_is_gone(node: Running, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with gateway(tmp_path, "registrar", port) as registrar:
        document = {
            "id": "registered",
            "name": "Registered",
            "gateways": [{"host": "127.0.0.1", "port": port}],
            "health": {"interval_s": 0},
            "username": "acme",
            "password": "secret",
            "registration": {"expires_s": 600, "domain": "carrier.example"},
        }
        node.change(SYSTEM, "trunk", "registered", document)
        eventually(lambda: live(node, "registered")["gateways"][0]["registration"]["registered"], what="registration")
        node.config.transact(SYSTEM, [Change("trunk", "registered", None)], "test", "test")
        assert 0 == registrar.process.wait(20)
        assert "Expires: 0\r\n" in registrar.heard or "Expires: 0\n" in registrar.heard
        assert "To: <sip:acme@carrier.example>" in registrar.heard
        assert "secret" not in registrar.heard


def test_a_gateway_that_stops_answering_options_is_down_until_it_answers_again(node: Running, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    health = {"interval_s": 1, "answer_s": 0.5, "up_after": 2, "down_after": 2}

    def state() -> str:
        return str(live(node)["gateways"][0]["state"])

    with trunk(node, port, health=health):
        eventually(lambda: state() == "down", what="the gateway to be down")
        with gateway(tmp_path, "options", port, calls=1000):
            eventually(lambda: state() == "up", what="the gateway to be up")
        eventually(lambda: state() == "down", what="the gateway to be down again")


@pytest.mark.parametrize(
    "trouble", [{"SOFTSWITCH_CALLS_MAX": "1"}, {"SOFTSWITCH_DISK_FREE_MB_MIN": "1000000"}], ids=["full", "no disk"]
)
def test_an_emergency_call_is_answered_while_the_node_takes_no_others(tmp_path: Path, trouble: dict[str, str]) -> None:
    node = Running(tmp_path / "data", trouble).start()
    try:
        _emergency(node, tmp_path, "SOFTSWITCH_CALLS_MAX" in trouble)
    finally:
        node.stop()


def _emergency(node: Running, folder: Path, fill: bool) -> None:
    place = {"id": "office", "country": "US", "state": "DC", "city": "Washington", "street": "Main St", "house": "1600"}
    node.change(TENANT, "address", "office", place)
    version = node.config.get(TENANT, "tenant", TENANT)
    assert version is not None
    node.change(TENANT, "tenant", TENANT, {**version.value.model_dump(mode="json"), "address": "office"})
    port = free_ports(1)[0]
    with (
        gateway(folder, "gateway", port) as psap,
        trunk(node, port),
        node.carrier(1) as caller,
        node.carrier(2) as late,
    ):
        ann = node.registered("ann-desk")
        if fill:
            node.dial(caller, MAIN_NUMBER)
            caller.wait("state", state="CONFIRMED")
        node.dial(late, MAIN_NUMBER)
        assert 503 == late.wait("state", state="DISCONNECTED")["code"]
        with ann:
            ann.do("call", uri=f"sip:911@{node.sip}")
            ann.wait("state", state="CONFIRMED")
            time.sleep(0.3)
            ann.do("hangup")
            ann.wait("state", state="DISCONNECTED")
        for part in (
            "INVITE sip:911@127.0.0.1",
            "Priority: emergency",
            "Geolocation: <cid:",
            "application/pidf+xml",
            "<ca:RD>Main St</ca:RD>",
            "+12025550124",
        ):
            assert part in psap.heard
    rows = eventually(
        lambda: [row for row in node.api.every("/api/v1/activities", 100, state="all") if row["kind"] == "emergency"],
        what="the activity",
    )
    assert "1600 Main St, Washington DC, US" in rows[0]["title"]


def test_a_trunk_with_all_its_channels_in_use_is_refused_and_the_record_says_why(node: Running) -> None:
    with trunk(node, *free_ports(1), channels_in_max=1), node.carrier() as first, node.carrier(1) as second:
        node.dial(first, MAIN_NUMBER)
        first.wait("state", state="CONFIRMED")
        before = node.newest()
        node.dial(second, MAIN_NUMBER)
        assert 503 == second.wait("state", state="DISCONNECTED")["code"]
        detail = node.finished(before)
        assert "limit.trunk_channels_in" == detail["steps"][-1]["code"]
        assert 1 == live(node)["channels_in"]
        first.do("hangup")
        first.wait("state", state="DISCONNECTED")
        eventually(lambda: live(node)["channels_in"] == 0, what="the channel to be free")
