"""Two media workers on one node: the death of one ends its own calls only; audio over IPv6."""

from __future__ import annotations

import os
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from configdb.model import SYSTEM
from installer.demo_tenant import MAIN_NUMBER
from installer.phone_driver import Phone
from installer.sounds import BUILT
from media.codecs import g711
from softswitch.control.client import ControlClient
from tests.interop.listen import wav
from tests.interop.node import Running, eventually
from tests.ports import free_ports, media_port

pytestmark = pytest.mark.interop
SCENARIOS = Path(__file__).parent / "sipp"
FAULTS = Path(__file__).parents[1] / "media" / "faults"


def in_the_menu(node: Running, phone: Phone) -> str:
    """A call that hears the menu; its id."""
    before = {call["id"] for call in node.live()}
    node.dial(phone, MAIN_NUMBER)
    phone.wait("state", state="CONFIRMED")
    found = eventually(lambda: [call for call in node.live() if call["id"] not in before], what="the call")
    call = str(found[0]["id"])
    eventually(lambda: state_of(node, call) == "menu", what="the menu")
    return call


def state_of(node: Running, call: str) -> str | None:
    return next((str(one["state"]) for one in node.live() if one["id"] == call), None)


def workers(node: Running) -> list[dict[str, Any]]:
    return list(ControlClient(node.data / "run" / "control.sock").request("status")["media_workers"])


def pid_of(node: Running, index: int) -> int:
    """The process of a media worker."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if "media.plane" in words and str(node.data) in words and words[words.index("--index") + 1] == str(index):
                return int(folder.name)
    raise AssertionError(f"media worker {index} does not run")


def test_a_worker_that_dies_ends_its_own_calls_and_the_other_goes_on(tmp_path: Path) -> None:
    node = Running(tmp_path / "data", {"SOFTSWITCH_MEDIA_WORKERS": "2"}).start()
    try:
        with node.carrier(0) as one, node.carrier(1) as other:
            calls = {}
            for phone in (one, other):
                before = [worker["legs"] for worker in workers(node)]
                call = in_the_menu(node, phone)
                after = [worker["legs"] for worker in workers(node)]
                calls[[a > b for a, b in zip(after, before, strict=True)].index(True)] = call
            assert {0, 1} == set(calls)  # the second call went to the worker that had none
            old = pid_of(node, 1)
            os.kill(old, signal.SIGKILL)
            detail = eventually(partial(node.detail, calls[1]), 40, "the call of the dead worker to be closed")
            assert "media.lost" in [step["code"] for step in detail["steps"]]
            assert state_of(node, calls[0]) in ("menu", "voicemail")  # who presses nothing goes on to the box
            eventually(lambda: all(worker["ready"] for worker in workers(node)), 30, "both workers to serve again")
            assert old != pid_of(node, 1)
            survivor = one if next(iter(calls.values())) == calls[0] else other
            survivor.do("dtmf", digits="3")
            eventually(lambda: state_of(node, calls[0]) not in (None, "menu"), what="the key to be heard")
            survivor.do("hangup")
            eventually(partial(node.detail, calls[0]), 30, "the record of the call that went on")
            with node.carrier(2) as third:
                in_the_menu(node, third)
    finally:
        node.stop()


@pytest.mark.timeout(300)
def test_a_worker_whose_recorder_dies_ends_its_calls_and_the_next_message_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FAULTS), os.environ.get("PYTHONPATH", "")]))
    node = Running(tmp_path / "data").start()
    try:
        with node.carrier(0) as one:
            call = in_the_menu(node, one)
            one.do("dtmf", digits="3")
            eventually(lambda: list((node.data / "recordings").rglob("*.wav")), what="a message to be recorded")
            old = pid_of(node, 0)
            os.kill(old, signal.SIGUSR2)
            detail = eventually(partial(node.detail, call), 40, "the call of the dead worker to be closed")
            assert ("media worker lost", 41) == (detail["call"]["cause"]["text"], detail["call"]["cause"]["q850"])
            one.wait("state", state="DISCONNECTED")
            eventually(lambda: all(worker["ready"] for worker in workers(node)), 30, "the worker to serve again")
            assert [1] == [worker["losses"] for worker in workers(node)]
            assert old != pid_of(node, 0)
            log = "".join(path.read_text() for path in (node.data / "logs").glob("media*"))
            assert "the recorder stands still: this worker ends" in log
        with node.carrier(1) as other:
            in_the_menu(node, other)
    finally:
        node.stop()


BOTH = '["127.0.0.1", "::1"]'


def test_a_caller_on_ipv6_alone_hears_and_is_heard(tmp_path: Path) -> None:
    node = Running(tmp_path / "data", {"SOFTSWITCH_SIP_LISTEN": BOTH, "SOFTSWITCH_MEDIA_LISTEN": BOTH}).start()
    try:
        node.change(SYSTEM, "trunk", "six", {"id": "six", "name": "IPv6 carrier", "sources": ["::1"], "gateways": []})
        _, samples = wav(BUILT / "system" / "en" / "demo-caller.wav")
        (tmp_path / "voice.al").write_bytes(g711.encode("alaw", (samples * 32767).astype(np.int16)).tobytes())
        scenario = (SCENARIOS / "caller.xml").read_text().replace("VOICE", str(tmp_path / "voice.al"))
        (tmp_path / "caller.xml").write_text(scenario)
        (port,) = free_ports(1)
        where = ["-i", "[::1]", "-mi", "::1", "-p", str(port), "-mp", str(media_port()), "-t", "u1"]
        command = ["sipp", f"[::1]:{node.runtime.sip_port}", "-sf", str(tmp_path / "caller.xml"), *where]
        limits = ["-s", MAIN_NUMBER, "-m", "1", "-timeout", "40", "-nostdin"]
        done = subprocess.run(
            [*command, *limits], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert 0 == done.returncode, done.stdout[-2000:]
        detail = node.finished(None)
        (leg,) = detail["legs"]
        raw = "".join(message["raw"] for message in detail["messages"])
        assert 2 == raw.count("c=IN IP6 ::1")
        assert leg["quality"]["rx"]["packets"] > 50
        assert leg["quality"]["tx"]["packets"] > 50
    finally:
        node.stop()
