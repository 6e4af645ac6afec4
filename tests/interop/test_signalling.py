"""Signalling that is less usual, by SIPp and by phones that insist: offers, 100rel, session timers, forks, redirections."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from installer.demo_tenant import ANN_NUMBER, MAIN_NUMBER
from installer.sounds import BUILT
from tests.interop.conftest import Registered
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually
from tests.interop.test_sipp import gateway, sipp

pytestmark = pytest.mark.interop

VOICE = BUILT / "system" / "en" / "demo-caller.wav"


def run(node: Running, folder: Path, scenario: str, number: str, **words: str) -> None:
    """One call of the carrier through a scenario that checks each answer; SIPp's own verdict."""
    command = sipp(node, folder, scenario, "-s", number, "-m", "1", "-timeout", "40", "-trace_err", **words)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    errors = "".join(path.read_text() for path in folder.glob("*errors.log"))
    assert 0 == done.returncode, (errors or done.stdout)[-3000:]


def ladder(node: Running, call: dict[str, object]) -> list[str]:
    """The SIP summaries of a finished call."""
    detail = node.api.get(f"/api/v1/calls/{call['id']}")
    return [message["summary"] for message in detail["messages"]]


@pytest.mark.parametrize("scenario", ["delayed_offer", "timer_422", "hold"])
def test_a_carrier_s_call(node: Running, tmp_path: Path, scenario: str) -> None:
    before = node.newest()
    run(node, tmp_path, scenario, MAIN_NUMBER)
    finished = node.finished(before)
    assert 16 == finished["call"]["cause"]["q850"]
    assert "PCMA" == finished["legs"][0]["codec"]


@pytest.mark.parametrize(
    "extra, policy, status, named",
    [
        ("Max-Forwards: 0", "supported", "483", "Too Many Hops"),
        ("Require: 100rel", "off", "420", "Unsupported: 100rel"),
        ("Supported: timer", "required", "421", "Require: 100rel"),
        ("Require: precondition", "supported", "420", "Unsupported: precondition"),
    ],
)
def test_what_is_refused_before_anything_is_done(
    node: Running, tmp_path: Path, extra: str, policy: str, status: str, named: str
) -> None:
    with node.trunk(reliable_provisional=policy):
        run(node, tmp_path, "refused", MAIN_NUMBER, EXTRA=extra, STATUS=status, NAMED=named)


def test_a_cancel_that_says_why_is_kept(node: Running, tmp_path: Path, phones: Registered) -> None:
    before = node.newest()
    phones("ann-desk")
    run(node, tmp_path, "cancel_race", ANN_NUMBER)
    finished = node.finished(before)["call"]
    assert ("abandoned", 26) == (finished["outcome"], finished["cause"]["q850"])


def test_early_media_of_a_gateway_is_heard_and_an_update_changes_its_codec(
    node: Running, tmp_path: Path, phones: Registered
) -> None:
    before = node.newest()
    with gateway(node, tmp_path, "gateway_prack") as process:
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+12025550199@{node.sip}")
        ann.wait("state", state="EARLY", code=183)
        ann.wait("media")
        ann.wait("state", state="CONFIRMED")
        ann.do("hangup")
        ann.wait("state", state="DISCONNECTED")
        assert 0 == process.wait(20)
    assert "answered" == node.finished(before)["call"]["outcome"]


def test_the_second_answer_of_a_fork_is_acknowledged_and_hung_up(
    node: Running, tmp_path: Path, phones: Registered
) -> None:
    with gateway(node, tmp_path, "gateway_forked") as process:
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+12025550199@{node.sip}")
        ann.wait("state", state="CONFIRMED")
        time.sleep(1.0)
        ann.do("hangup")
        ann.wait("state", state="DISCONNECTED")
        assert 0 == process.wait(20)


def test_a_redirection_is_followed_when_the_trunk_may(node: Running, tmp_path: Path, phones: Registered) -> None:
    before, redirected = node.newest(), str(node.carrier_ports[1])
    with (
        node.trunk(follow_redirects=True),
        node.carrier(1) as other,
        gateway(node, tmp_path, "gateway_redirect", WHOM="+12025550199", OTHER=redirected),
    ):
        other.listen()
        ann = phones("ann-desk")
        ann.do("call", uri=f"sip:+12025550199@{node.sip}")
        other.wait("incoming")
        other.do("answer")
        ann.wait("state", state="CONFIRMED")
        ann.do("hangup")
        other.wait("state", state="DISCONNECTED")
        finished = node.finished(before)
    assert "dial.redirected" in [step["code"] for step in finished["steps"]]


def test_a_redirection_to_this_node_rings_inside_in_the_same_call(
    node: Running, tmp_path: Path, phones: Registered
) -> None:
    before, port = node.newest(), node.sip.rpartition(":")[2]
    with node.trunk(follow_redirects=True), gateway(node, tmp_path, "gateway_redirect", WHOM="102", OTHER=port):
        ann, ben = phones("ann-desk"), phones("ben-desk")
        ann.do("call", uri=f"sip:+12025550199@{node.sip}")
        ben.wait("incoming")
        ben.do("answer")
        ann.wait("state", state="CONFIRMED")
        eventually(lambda: 1 == len(node.live()), what="the one call")
        ann.do("hangup")
        ben.wait("state", state="DISCONNECTED")
        finished = node.finished(before)
    assert ["+12025550199", "answered"] == [finished["call"]["to"], finished["call"]["outcome"]]


def test_phones_that_insist_on_100rel_and_session_timers_talk(
    node: Running, tmp_path: Path, phones: Registered
) -> None:
    before, heard = node.newest(), tmp_path / "heard.wav"
    ann, ben = phones("ann-desk", strict=True), phones("ben-desk", strict=True)
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ann.wait("state", state="EARLY", code=180)
    ben.do("answer")
    ann.wait("state", state="CONFIRMED")
    ben.wait("state", state="CONFIRMED")
    ben.do("record", path=str(heard))
    ann.do("play", path=str(VOICE))
    ann.wait("played")
    ann.do("hold")
    eventually(lambda: "call.held" in [step["code"] for call in node.live() for step in call["steps"]], what="the hold")
    ann.do("resume")
    eventually(lambda: "call.resumed" in [s["code"] for call in node.live() for s in call["steps"]], what="the resume")
    ann.do("hangup")
    ben.wait("state", state="DISCONNECTED")
    ben.leave()
    said = ladder(node, node.finished(before)["call"])
    assert 2 == len([line for line in said if line.startswith("PRACK")])
    eventually(lambda: heard.exists(), what="the recording")
    assert share_heard(at_8k(*wav(heard)), at_8k(*wav(VOICE))) > 0.7
