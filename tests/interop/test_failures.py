"""Processes that are killed, and input that is wrong: no finished call is lost, nothing else changes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from installer.demo_tenant import MAIN_NUMBER
from installer.phone_driver import Phone
from softswitch.cli.output import CliError
from tests.conftest import NIGHTLY
from tests.interop.node import START_S_MAX, Running, eventually
from tests.interop.test_calls import CALLER_VOICE, codes, mostly_said
from tests.interop.test_transfer import hear_each_other, talking

pytestmark = pytest.mark.interop
ROUNDS = 20 if NIGHTLY else 1
AGAIN_S_MAX = {"services": 60.0, "nats": 60.0, "media": 60.0, "switch": 60.0, "web": START_S_MAX}
"""Pages give way: beside a busy neighbour on each core they have a tenth of one for the seconds of work of their start."""


def in_the_menu(node: Running, phone: Phone) -> str:
    """A caller who hears the menu; the call's id."""
    known = {call["id"] for call in node.live()}
    node.dial(phone, MAIN_NUMBER)
    phone.wait("state", state="CONFIRMED")
    found = eventually(
        lambda: [c for c in node.live() if c["id"] not in known and c["state"] == "menu"], what="the menu"
    )
    return str(found[0]["id"])


def live_codes(node: Running, call: str) -> list[str]:
    """The steps of a call in progress, nothing when it is not."""
    return next((codes(one) for one in node.live() if one["id"] == call), [])


def short_call(node: Running) -> str:
    """A call that ends by itself; its id."""
    with node.carrier() as phone:
        call = in_the_menu(node, phone)
        phone.do("hangup")
        phone.wait("state", state="DISCONNECTED")
    return call


@pytest.mark.timeout(300)
def test_two_who_talk_do_not_hear_that_the_switch_was_killed_and_who_is_parked_stays_so(
    own_node: Running, tmp_path: Path
) -> None:
    node, heard = own_node, tmp_path / "across.wav"
    with node.registered("ann-desk") as ann, node.registered("ben-desk") as ben, node.carrier() as carrier:
        ben.do("call", uri=f"sip:*6805@{node.sip}")
        ben.wait("state", state="CONFIRMED")
        talking(node, carrier, ann)
        (talk,) = eventually(lambda: [one["id"] for one in node.live() if one["state"] == "talking"], what="the talk")
        time.sleep(1)  # what lasts is written down half a second after it changed
        ann.do("record", path=str(heard))
        time.sleep(0.3)
        carrier.do("play", path=str(CALLER_VOICE))
        node.kill("switch")
        carrier.wait("played", 40)
        eventually(lambda: parked(node) == ["slot 05"], 30, "the parked call in its slot again")
        ben.do("hangup")
        ben.wait("state", state="DISCONNECTED")
        eventually(lambda: parked(node) == [], what="the slot to be free")
        hear_each_other(carrier, ann, tmp_path)
        ben.do("unregister")
        ben.wait("registered", status=200)
    assert mostly_said(heard, CALLER_VOICE)
    detail = eventually(partial(node.detail, talk), 120, "the record of the call")
    call = detail["call"]
    assert ("answered", 16, "Ann Baker") == (call["outcome"], call["cause"]["q850"], call["who"])
    assert detail["call"]["talk_ms"] > 5_000  # as long as what was played, across the restart
    assert ["call.survived"] == [code for code in codes(detail) if code == "call.survived"]


def parked(node: Running) -> list[str]:
    """Where calls wait to be taken; nothing while the switch is not there."""
    try:
        return [call["where"] for call in node.live() if call["where"].startswith("slot")]
    except (CliError, OSError):
        return []


@pytest.mark.timeout(2 * START_S_MAX + ROUNDS * 300)
def test_every_process_may_be_killed_and_no_record_is_lost(own_node: Running) -> None:
    node, finished = own_node, []
    for program in ("services", "web", "nats", "media", "switch") * ROUNDS:
        finished.append(short_call(node))
        with node.carrier(1) as phone:
            open_call = in_the_menu(node, phone)
            time.sleep(1)  # what the next switch hangs up is written down half a second after the answer
            node.kill(program)
            if program == "media":
                eventually(
                    partial(node.detail, open_call), START_S_MAX, "the open call to be closed after its media died"
                )
                phone.wait("state", state="DISCONNECTED")
            eventually(lambda: serves(node), AGAIN_S_MAX[program], f"the node to serve again after {program} died")
            if program == "switch":
                assert "call.survived" in eventually(partial(live_codes, node, open_call), what="the menu again")
                assert node.detail(open_call) is None
            if program != "media":
                phone.do("hangup")
                phone.wait("state", state="DISCONNECTED")
            finished.append(open_call)
    for call in finished:
        detail = eventually(partial(node.detail, call), START_S_MAX, f"the record of {call}")
        assert detail["call"]["outcome"] in ("abandoned", "failed", "missed")
        assert len(detail["steps"]) > 3
    rows = node.api.every("/api/v1/calls", 1000)
    assert len(rows) == len({row["id"] for row in rows})


def serves(node: Running) -> bool:
    """Everything answers, the media worker is connected."""
    try:
        status = node.api.get("/api/v1/status")
    except CliError:
        return False
    return bool(status["switch"].get("media_ready")) and status["config"]["state"] == "following"


def test_a_second_start_finds_its_data_again_and_taken_ports_are_said(tmp_path: Path) -> None:
    node = Running(tmp_path / "data").start()
    call = short_call(node)
    eventually(lambda: node.detail(call))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        assert node.stop() == 0
        taken.bind(("127.0.0.1", node.runtime.sip_port))
        again = Running(tmp_path / "data")
        command = [sys.executable, "-m", "softswitch.cli", "up", "--data", str(again.data), "--json"]
        ports = ["--sip-port", str(node.runtime.sip_port), "--http-port", str(node.runtime.http_port)]
        with open(tmp_path / "again.log", "wb") as log:
            process = subprocess.Popen([*command, *ports], stdout=log, stderr=log)
        try:
            eventually(lambda: '"url"' in (tmp_path / "again.log").read_text(), what="the second start")
            assert f"SIP port {node.runtime.sip_port} is taken: using" in (tmp_path / "again.log").read_text()
            assert node.detail(call) is not None
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def test_two_nodes_do_not_share_a_data_directory(node: Running) -> None:
    command = [sys.executable, "-m", "softswitch.cli", "up", "--data", str(node.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert 1 == done.returncode
    assert "a node already runs" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rtp-ports", "nonsense"], "--rtp-ports is two numbers"),
        (["--rtp-ports", "20001-20100"], "rtp_port_min must be even"),
        (["--config", "/no/such/file"], "there is no settings file"),
    ],
)
def test_wrong_settings_are_said_with_what_to_do(tmp_path: Path, arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "softswitch.cli", "up", "--data", str(tmp_path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert 1 == done.returncode
    assert words in done.stderr


def test_malformed_datagrams_change_nothing(node: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (b"", b"\x00" * 100, b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n", os.urandom(1400), b"\r\n\r\n"):
            sender.sendto(datagram, ("127.0.0.1", node.runtime.sip_port))
        options = (
            f"OPTIONS sip:{node.sip} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{sender.getsockname()[1]};branch=z9hG4bKx1\r\n"
            "From: <sip:t@t.invalid>;tag=1\r\nTo: <sip:t@t.invalid>\r\nCall-ID: malformed-1\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        sender.settimeout(5)
        sender.sendto(options.encode(), ("127.0.0.1", node.runtime.sip_port))
        answers = []
        while not answers or not answers[-1].startswith(b"SIP/2.0 200"):
            answers.append(sender.recv(4000))
    assert all(answer.startswith((b"SIP/2.0 400", b"SIP/2.0 200")) for answer in answers)


def test_a_broken_document_is_refused_with_its_place_and_nothing_is_changed(node: Running) -> None:
    before = node.api.get("/api/v1/config/user/ann")
    token = (node.data / "secrets" / "operator.token").read_text()
    request = urllib.request.Request(
        f"http://127.0.0.1:{node.runtime.http_port}/api/v1/config/user/ann",
        data=json.dumps({**before["document"], "extension": "x", "ring_s": 9999}).encode(),
        method="PUT",
        headers={"Authorization": f"Bearer {token}", "X-Tenant": "riverside", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value as answer:
        problem = json.load(answer)
    assert (422, "invalid_document") == (refused.value.code, problem["code"])
    assert {"/extension", "/ring_s"} == {one["pointer"] for one in problem["errors"]}
    assert before == node.api.get("/api/v1/config/user/ann")


def test_a_full_disk_turns_new_calls_away_before_a_record_is_lost(tmp_path: Path) -> None:
    node = Running(tmp_path / "data", {"SOFTSWITCH_DISK_FREE_MB_MIN": "1000000"}).start()
    try:
        with node.carrier() as phone:
            node.dial(phone, MAIN_NUMBER)
            assert 503 == phone.wait("state", state="DISCONNECTED")["code"]
        assert node.api.get("/api/v1/status")["switch"]["spool_healthy"] is False
    finally:
        node.stop()


def test_a_guessed_password_is_counted_and_the_source_is_banned(tmp_path: Path) -> None:
    node = Running(tmp_path / "data", {"SOFTSWITCH_TRUSTED_NETWORKS": '["192.0.2.0/24"]'}).start()
    node.change("_system", "trunk", "demo-carrier", {"id": "demo-carrier", "name": "Demo"})
    try:
        for _ in range(12):
            with Phone() as phone:
                phone.do("register", user="ann-desk", password="guess", registrar=node.sip)
                time.sleep(0.1)
        log = (node.data / "logs" / "switch.log").read_text()
        assert "127.0.0.1 is banned" in log
        assert "guess" not in log
    finally:
        node.stop()
