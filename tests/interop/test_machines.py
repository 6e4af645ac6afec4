"""Real voices at a real phone: an answering machine is told from a person before anybody is connected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installer.phone_driver import Phone
from media.audio import wav
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually
from tests.interop.test_calls import PERSON_VOICE, codes
from tests.interop.test_transfer import answer

pytestmark = pytest.mark.interop

OUTSIDE = "+12025550177"


def called(node: Running, carrier: Phone, ann: Phone, voice: Path) -> str:
    """Ann calls outside by click, who answers there says that; the id of the call."""
    asked = {"from": "ann", "to": OUTSIDE, "machines": "skip"}
    call = node.api.request("POST", "/api/v1/calls", asked)["id"]
    answer(ann)
    answer(carrier)
    carrier.wait("state", state="CONFIRMED")
    carrier.do("play", path=str(voice))
    return str(call)


def spoken(path: Path, samples: NDArray[np.int16], rate: int) -> Path:
    """A file for a phone to play."""
    path.write_bytes(wav.header(1, len(samples), rate) + samples.tobytes())
    return path


def test_a_greeting_is_hung_up_and_a_word_is_connected(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    recorded = wav.parse(PERSON_VOICE.read_bytes())
    rate, voice = recorded.rate, recorded.samples[:, 0]
    loud = voice[np.abs(voice) > 200]
    greeting = spoken(tmp_path / "greeting.wav", np.tile(voice, 1 + 10 * rate // len(voice))[: 10 * rate], rate)
    quiet = np.zeros(8 * rate, np.int16)
    word = spoken(tmp_path / "word.wav", np.concatenate([loud[: rate // 2], quiet]), rate)
    ann = phones("ann-desk")
    carrier.listen()

    call = called(node, carrier, ann, greeting)
    carrier.wait("state", state="DISCONNECTED")
    ann.wait("state", state="DISCONNECTED")
    detail = eventually(lambda: node.detail(call), what="the record")
    assert "dial.machine" in codes(detail)

    call = called(node, carrier, ann, word)
    eventually(lambda: [one for one in node.live() if (one["id"], one["state"]) == (call, "talking")], what="the talk")
    carrier.do("hangup")
    ann.wait("state", state="DISCONNECTED")
    detail = eventually(lambda: node.detail(call), what="the record")
    assert "dial.person" in codes(detail)
