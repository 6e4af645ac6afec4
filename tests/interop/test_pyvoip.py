"""pyVoIP, a phone of another family: registers, is called, hears and is heard, gets the keys pressed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from installer.sounds import BUILT
from tests.interop.conftest import Registered
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually
from tests.ports import free_ports

pytestmark = pytest.mark.interop

CALLER_VOICE = BUILT / "system" / "en" / "demo-caller.wav"
PERSON_VOICE = BUILT / "system" / "en" / "demo-person.wav"


def test_a_pyvoip_phone_registers_is_called_hears_and_is_heard(
    node: Running, phones: Registered, tmp_path: Path
) -> None:
    before = node.newest()
    sip_port, rtp_port = free_ports(2)
    said = tmp_path / "events.jsonl"
    account = ["127.0.0.1", str(node.runtime.sip_port), "carla-desk", node.passwords["carla-desk"]]
    paths = [str(PERSON_VOICE), str(tmp_path / "carla-heard.wav")]
    with open(said, "wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "tests.interop.pyvoip_phone",
                *account,
                str(sip_port),
                str(rtp_port),
                *paths,
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:

        def happened(event: str) -> bool:
            lines = [line for line in said.read_text().splitlines() if line.startswith("{")]
            return any(json.loads(line)["event"] == event for line in lines)

        eventually(lambda: happened("registered"), what="the registration")
        assert '"REGISTERED"' in said.read_text()
        ann = phones("ann-desk")
        ann.do("record", path=str(tmp_path / "ann-heard.wav"))
        ann.do("call", uri=f"sip:103@{node.sip}")
        ann.wait("state", state="CONFIRMED")
        ann.do("play", path=str(CALLER_VOICE))
        ann.wait("played")
        ann.do("dtmf", digits="7")
        time.sleep(1)
        ann.do("hangup")
        eventually(lambda: happened("ended"), what="the end at the called phone")
        assert {"event": "dtmf", "digit": "7"} in [json.loads(x) for x in said.read_text().splitlines() if x[0] == "{"]
        ann.leave()
    finally:
        process.kill()
        process.wait()
    assert "answered" == node.finished(before)["call"]["outcome"]
    rate_hz, heard = wavfile.read(tmp_path / "carla-heard.wav")
    assert 8000 == rate_hz
    carla_heard = (heard.astype(np.float64) - 128) / 128
    assert share_heard(carla_heard, wav(CALLER_VOICE)[1]) > 0.5
    assert share_heard(at_8k(*wav(tmp_path / "ann-heard.wav")), wav(PERSON_VOICE)[1]) > 0.5
