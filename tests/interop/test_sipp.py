"""SIPp as a carrier: many callers with speech at once, a gateway that gives back what it hears, one that is busy."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from installer.demo_tenant import MAIN_NUMBER, TENANT
from installer.sounds import BUILT
from media.codecs import g711
from tests.interop.conftest import Registered
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually, listening
from tests.interop.test_calls import OPEN_ALWAYS
from tests.ports import media_port

pytestmark = pytest.mark.interop

SCENARIOS = Path(__file__).parent / "sipp"
VOICE = BUILT / "system" / "en" / "demo-caller.wav"
CALLS, CALLS_A_SECOND = 30, 10


@pytest.fixture(scope="module", autouse=True)
def always_open(node: Running) -> None:
    """Tests run at any hour."""
    node.change(TENANT, "schedule", "office", OPEN_ALWAYS)


def sipp(node: Running, folder: Path, scenario: str, *options: str, host: str = "127.0.0.1", **words: str) -> list[str]:
    """The command, bound to a port of the carrier; `words` are replaced in the scenario."""
    found = (SCENARIOS / f"{scenario}.xml").read_text().replace("VOICE", str(folder / "voice.al"))
    for word, value in words.items():
        found = found.replace(word, value)
    (folder / f"{scenario}.xml").write_text(found)
    media = str(media_port())
    where = ["-i", host, "-mi", host, "-p", str(node.carrier_ports[0]), "-mp", media]
    return ["sipp", node.sip, "-sf", str(folder / f"{scenario}.xml"), *where, "-nostdin", *options]


@contextmanager
def gateway(node: Running, folder: Path, scenario: str, **words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway that takes one call; `words` are replaced in its scenario."""
    command = sipp(node, folder, scenario, "-m", "1", "-rtp_echo", "-timeout", "60", "-trace_err", **words)
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        listening(node.carrier_ports[0])
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_many_callers_with_speech_are_answered_heard_and_recorded_in_the_history(
    node: Running, tmp_path: Path, transport: str
) -> None:
    _, samples = wav(VOICE)
    (tmp_path / "voice.al").write_bytes(g711.encode("PCMA", (samples * 32767).astype(np.int16)).tobytes())
    known = {row["id"] for row in node.api.every("/api/v1/calls", 1000)}
    counts = ["-m", str(CALLS), "-r", str(CALLS_A_SECOND), "-timeout", "60"]
    command = sipp(node, tmp_path, "caller", "-s", MAIN_NUMBER, "-t", transport, *counts)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
    assert 0 == done.returncode, done.stdout[-2000:]

    def new() -> list[str]:
        rows = node.api.every("/api/v1/calls", 1000)
        return [row["id"] for row in rows if row["id"] not in known and row["ended_at"]]

    calls = eventually(lambda: found if len(found := new()) == CALLS else None, what="all records")
    for call in calls[:5]:
        (leg,) = node.api.get(f"/api/v1/calls/{call}")["legs"]
        assert "PCMA" == leg["codec"]
        assert leg["quality"]["rx"]["packets"] > 100
        assert 0 == leg["quality"]["rx"]["lost"]


def test_keys_that_sipp_plays_from_its_captures_are_each_taken(node: Running, tmp_path: Path) -> None:
    """Each as it was captured: the same key twice has the same numbers and timestamps, and those of the next go back."""
    before = node.newest()
    scenario = (SCENARIOS / "caller.xml").read_text().replace("rtpstream_audio_port", "media_port")
    head, _, rest = scenario.partition('  <nop><action><exec rtp_stream="VOICE')
    press = '  <nop><action><exec play_pcap_audio="/usr/share/sip-tester/dtmf_2833_{}.pcap"/></action></nop>\n{}'
    pause = '  <pause milliseconds="1000"/>\n'
    keys = "".join(press.format(key, pause) for key in "998")
    bye = rest[rest.index('  <send retrans="500">') :]
    (tmp_path / "keys.xml").write_text(head + pause + keys + bye)
    command = sipp(node, tmp_path, "caller", "-s", MAIN_NUMBER, "-m", "1", "-timeout", "60")
    command[command.index("-sf") + 1] = str(tmp_path / "keys.xml")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
    assert 0 == done.returncode, done.stdout[-2000:]
    steps = [step["text"] for step in node.finished(before)["steps"] if step["code"] == "menu.invalid"]
    assert [f"Key {key} is not offered (try {n} of 3)" for n, key in enumerate("998", 1)] == steps


def test_a_user_hears_a_gateway_of_the_carrier(node: Running, tmp_path: Path, phones: Registered) -> None:
    before, heard = node.newest(), tmp_path / "heard.wav"
    with gateway(node, tmp_path, "gateway"):
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+12025550199@{node.sip}")
        ann.wait("state", state="CONFIRMED")
        ann.do("record", path=str(heard))
        ann.do("play", path=str(VOICE))
        ann.wait("played")
        time.sleep(0.5)
        ann.do("hangup")
        ann.wait("state", state="DISCONNECTED")
        assert "answered" == node.finished(before)["call"]["outcome"]
        ann.leave()
    assert share_heard(at_8k(*wav(heard)), at_8k(*wav(VOICE))) > 0.7


def test_a_busy_number_is_busy_for_the_user(node: Running, tmp_path: Path, phones: Registered) -> None:
    before = node.newest()
    with gateway(node, tmp_path, "busy"):
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+12025550198@{node.sip}")
        assert 486 == ann.wait("state", state="DISCONNECTED")["code"]
    assert "busy" == node.finished(before)["call"]["outcome"]
