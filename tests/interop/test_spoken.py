"""Text that a flow says is heard by a caller: spoken by the machine's own engine, at the usual level, in its language."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from installer.phone_driver import Phone
from tests.interop.node import Running
from tests.interop.test_transfer import calls_of, over

pytestmark = pytest.mark.interop

NUMBER = "+12025550177"
FLOW = {
    "start": "answer",
    "nodes": {
        "answer": {"kind": "answer", "next": "set"},
        "set": {"kind": "set", "values": {"due": "21.50"}, "next": "say"},
        "say": {"kind": "say", "text": "You owe {due|money}.", "next": "language"},
        "language": {"kind": "language", "language": "ru", "next": "again"},
        "again": {"kind": "say", "text": "{due|money:RUB}", "next": "end"},
        "end": {"kind": "hangup"},
    },
}
HEADER_BYTES = 44
LOUD_MEAN_MIN = 300.0


def test_a_caller_hears_what_the_flow_says_in_two_languages(node: Running, carrier: Phone, tmp_path: Path) -> None:
    node.api.request("PUT", "/api/v1/flows/spoken", {"name": "Spoken", "document": FLOW})
    number = {"label": "Spoken", "target": {"kind": "flow", "id": "spoken"}}
    node.api.request("PUT", f"/api/v1/config/number/{NUMBER}", number)
    known, heard = calls_of(node), tmp_path / "heard.wav"
    carrier.do("record", path=str(heard))
    node.dial(carrier, NUMBER)
    carrier.wait("state", state="CONFIRMED")
    carrier.wait("state", state="DISCONNECTED")
    (call,) = over(node, known, 1)
    said = [step["text"] for step in call["steps"] if step["code"] == "say"]
    assert ["Say: You owe twenty-one dollars and fifty cents.", "Say: двадцать один рубль пятьдесят копеек"] == said
    samples = np.frombuffer(heard.read_bytes()[HEADER_BYTES:], "<i2").astype(float)
    seconds = np.abs(samples[: len(samples) // 16000 * 16000]).reshape(-1, 16000).mean(axis=1)
    assert 3 <= (seconds > LOUD_MEAN_MIN).sum(), seconds
