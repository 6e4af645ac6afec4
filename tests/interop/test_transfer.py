"""Transfers of real phones through a whole node: who hears whom afterwards, what the records say; a carrier's REFER."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.demo_tenant import ANN_NUMBER, MAIN_NUMBER
from installer.phone_driver import Phone
from tests.interop.conftest import Registered
from tests.interop.listen import at_8k, likeness, wav
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, PERSON_VOICE, codes, mostly_said, sound
from tests.interop.test_signalling import run

pytestmark = pytest.mark.interop

VOICES = (CALLER_VOICE, PERSON_VOICE)


def talking(node: Running, carrier: Phone, ann: Phone) -> None:
    """The caller from outside talks with Ann."""
    node.dial(carrier, ANN_NUMBER)
    answer(ann)
    carrier.wait("state", state="CONFIRMED")
    ann.wait("state", state="CONFIRMED")


def answer(phone: Phone) -> None:
    """The next call is answered."""
    phone.wait("incoming")
    phone.do("answer")


def hear_each_other(carrier: Phone, ben: Phone, folder: Path) -> None:
    """Both of them speak, and both are heard."""
    carrier.do("record", path=str(folder / "caller-heard.wav"))
    ben.do("record", path=str(folder / "ben-heard.wav"))
    time.sleep(0.5)
    carrier.do("play", path=str(CALLER_VOICE))
    carrier.wait("played")
    ben.do("play", path=str(PERSON_VOICE))
    ben.wait("played")
    time.sleep(0.3)
    carrier.do("hangup")
    ben.wait("state", state="DISCONNECTED")
    carrier.leave()
    ben.do("unregister")
    ben.wait("registered", status=200)
    ben.leave()
    assert mostly_said(folder / "ben-heard.wav", CALLER_VOICE)
    assert mostly_said(folder / "caller-heard.wav", PERSON_VOICE)


def over(node: Running, known: set[str], count: int) -> list[dict[str, Any]]:
    """The details of the calls that ended since, oldest first."""

    def look() -> list[dict[str, Any]] | None:
        found = [row["id"] for row in node.api.every("/api/v1/calls", 1000) if row["id"] not in known]
        details = [node.detail(call) for call in reversed(found)]
        done = [one for one in details if one is not None and one["call"]["ended_at"] and all(one["legs"])]
        return done if len(done) == count else None

    return eventually(look, what=f"{count} finished calls")


def calls_of(node: Running) -> set[str]:
    return {row["id"] for row in node.api.every("/api/v1/calls", 1000)}


def test_a_blind_transfer_leaves_the_caller_with_the_target(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    known, ann, ben = calls_of(node), phones("ann-desk"), phones("ben-desk")
    talking(node, carrier, ann)
    ann.do("transfer", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ann.wait("transfer", status=180)
    ben.do("answer")
    ann.wait("transfer", status=200, final=True)
    ann.wait("state", state="DISCONNECTED")
    assert not carrier.has("state", state="DISCONNECTED")
    hear_each_other(carrier, ben, tmp_path)
    (detail,) = over(node, known, 1)
    told = ["dial.answered", "transfer.blind", "dial.answered", "transfer.done"]
    assert told == [code for code in codes(detail) if code in told]
    assert ["caller", "callee", "callee"] == [leg["role"] for leg in detail["legs"]]
    assert "Ben Carter" == detail["call"]["who"]


def test_a_blind_transfer_to_somebody_busy_comes_back(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    ann, ben = phones("ann-desk"), phones("ben-desk")
    talking(node, carrier, ann)
    ann.do("transfer", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("reject", status=486)
    ann.wait("transfer", status=486, final=True)
    hear_each_other(carrier, ann, tmp_path)


def test_an_attended_transfer_joins_the_two_far_ends(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    known, ann, ben = calls_of(node), phones("ann-desk"), phones("ben-desk", "tcp")
    talking(node, carrier, ann)
    ann.do("hold")
    ann.wait("held")
    ann.do("consult", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ben.wait("state", state="CONFIRMED")
    ann.wait("state", state="CONFIRMED")
    ann.do("join")
    ann.wait("transfer", status=200, final=True)
    eventually(lambda: len(node.live()) == 1 or None, what="one call of the two")
    hear_each_other(carrier, ben, tmp_path)
    first, second = over(node, known, 2)
    assert "transfer.attended" in codes(first)
    assert ["transfer.joined", "transfer.replaced"] == [code for code in codes(second) if code.startswith("transfer")]
    legs = [leg["id"] for leg in (*first["legs"], *second["legs"])]
    assert (4, 4) == (len(legs), len(set(legs)))
    both = node.sound(second["call"]["recording"], tmp_path / "recording.wav")
    rate_hz, sides = wav(both)
    heard = [likeness(at_8k(rate_hz, sides[:, side]), sound(voice)) for side in (0, 1) for voice in VOICES]
    assert 2 == sum(one > 0.9 for one in heard)
    assert first["call"]["recording"] not in (None, second["call"]["recording"])


@pytest.fixture
def transferring(node: Running) -> Iterator[None]:
    """The carrier may transfer within the tenant."""
    with node.trunk(refer="inside", gateways=[{"host": "127.0.0.1", "port": node.carrier_ports[1]}]):
        yield


def test_a_carrier_s_refer_is_refused(node: Running, tmp_path: Path) -> None:
    run(
        node, tmp_path, "refer", MAIN_NUMBER, TARGET="102@127.0.0.1", EXTRA="Subject: x", STATUS="403", SAYS="Forbidden"
    )


@pytest.mark.usefixtures("transferring")
def test_a_refer_with_replaces_of_nothing_is_refused(node: Running, tmp_path: Path) -> None:
    target = "102@127.0.0.1?Replaces=nobody%3Bto-tag%3D1%3Bfrom-tag%3D2"
    run(node, tmp_path, "refer", MAIN_NUMBER, TARGET=target, EXTRA="Subject: x", STATUS="481", SAYS="SIP/2.0 481")


@pytest.mark.usefixtures("transferring")
def test_a_refer_without_subscription_is_carried_out_in_silence(
    node: Running, phones: Registered, tmp_path: Path
) -> None:
    ann, ben = phones("ann-desk"), phones("ben-desk")
    words = {"TARGET": "102@127.0.0.1", "EXTRA": "Refer-Sub: false", "STATUS": "202", "SAYS": "Refer-Sub: false"}
    background = threading.Thread(target=answer, args=(ann,))
    background.start()
    run(node, tmp_path, "refer", ANN_NUMBER, **words)
    background.join()
    ben.wait("incoming")


def test_an_invite_with_replaces_of_nothing_is_refused(node: Running, phones: Registered) -> None:
    ann = phones("ann-desk")
    ann.do("call", uri=f"<sip:102@{node.sip}?Replaces=nobody%3Bto-tag%3D1%3Bfrom-tag%3D2>")
    assert 481 == ann.wait("state", state="DISCONNECTED")["code"]
