"""Attacks on a whole node from addresses that it does not trust, while honest phones do what they do."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configdb.log import Change
from installer.demo_tenant import DEVICES, TENANT
from softswitch.cli.output import CliError
from softswitch.transport.limits import CONNECTIONS_PER_PLACE_MAX
from tests.interop.attacker import SDP, Agent, medians_ms, rss_kb, shape
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop

REAL = 100
"""Extensions of the tenant that an enumerator may find."""

RSS_GROWTH_KB_MAX = 80_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node that trusts nobody but its own address, with a hundred devices more."""
    environment = {"SOFTSWITCH_TRUSTED_NETWORKS": '["127.0.0.1/32"]', "SOFTSWITCH_LOG_LEVEL": "info"}
    running = Running(tmp_path_factory.mktemp("site") / "data", environment).start()
    sample = running.config.directory.tenants[TENANT].devices[DEVICES[0][0]].model_dump(mode="json")
    for index in range(REAL):
        device = {**sample, "id": f"real-{index}", "username": f"{3000 + index}"}
        if index < REAL - 1:
            running.config.transact(TENANT, [Change("device", device["id"], device)], "test", "test")
        else:
            running.change(TENANT, "device", device["id"], device)
    yield running
    assert running.stop() == 0


def defence(site: Running) -> dict[str, Any]:
    found: dict[str, Any] = site.api.get("/api/v1/status")["switch"]["defence"]
    return found


@pytest.fixture
def honest(site: Running) -> Iterator[Agent]:
    """A phone that knows its password, at an address nobody attacks from."""
    with Agent(site, "127.0.0.9") as agent:
        yield agent


def registers(site: Running, agent: Agent) -> bool:
    return 200 == agent.register("ann-mobile", site.passwords["ann-mobile"])


class Call:
    """Two phones that talk while something happens."""

    def __init__(self, site: Running) -> None:
        self.site, self.before = site, site.newest()
        self.ann, self.ben = site.registered("ann-desk"), site.registered("ben-desk")
        self.ann.do("call", uri=f"sip:102@{site.sip}")
        self.ben.wait("incoming")
        self.ben.do("answer")
        self.ann.wait("state", state="CONFIRMED")
        time.sleep(1)

    def ends_well(self, seconds_min: float) -> None:
        """It stood all the time, lost (almost) nothing, and BYE works."""
        assert not self.ann.has("state", state="DISCONNECTED")
        self.ann.do("hangup")
        self.ben.wait("state", state="DISCONNECTED")
        detail = self.site.finished(self.before)
        assert detail["call"]["talk_ms"] >= 1000 * seconds_min
        answered = [leg for leg in detail["legs"] if leg["answered_at"]]  # a phone of an earlier test may ring in vain
        assert 2 == len(answered)
        for leg in answered:
            rx = leg["quality"]["rx"]
            assert rx["packets"] > 40 * seconds_min
            assert rx["lost"] <= rx["packets"] // 1000
        self.ann.close()
        self.ben.close()


@pytest.fixture
def talk(site: Running) -> Iterator[Call]:
    call = Call(site)
    yield call
    call.ann.kill()
    call.ben.kill()


def test_a_guesser_of_one_password_is_banned_within_twenty_tries_and_an_honest_phone_is_not(
    site: Running, honest: Agent
) -> None:
    with Agent(site, "127.0.0.21") as guesser:
        answers = [guesser.register("ann-desk", f"guess {index}") for index in range(25)]
        assert [401] * 8 == answers[:8]
        assert None in answers[:20]
        assert {None} == set(answers[20:])
        assert guesser.register("ann-desk", site.passwords["ann-desk"]) is None
    assert registers(site, honest)
    assert "127.0.0.21" in [ban["source"] for ban in site.api.get("/api/v1/bans")["data"]]
    site.api.request("DELETE", "/api/v1/bans", source="127.0.0.21")
    with Agent(site, "127.0.0.21") as reformed:
        assert 200 == reformed.register("ann-desk", site.passwords["ann-desk"])
    with pytest.raises(CliError, match="not banned"):
        site.api.request("DELETE", "/api/v1/bans", source="127.0.0.21")


def test_a_phone_with_a_wrong_password_does_not_cut_off_its_office(site: Running) -> None:
    with Agent(site, "127.0.0.22") as office:
        assert 200 == office.register("ben-desk", site.passwords["ben-desk"])
        for index in range(30):
            office.register("carla-desk", f"old {index}")
        assert 401 == office.register("carla-desk", site.passwords["carla-desk"])
        assert 200 == office.register("ben-desk", site.passwords["ben-desk"])
        assert 200 == office.register("ann-mobile", site.passwords["ann-mobile"])
    bans = [ban for ban in site.api.get("/api/v1/bans")["data"] if ban["source"] == "127.0.0.22"]
    assert ["carla-desk"] == [ban["user"] for ban in bans]


@pytest.mark.parametrize(
    "network, method", [(30, "REGISTER"), (31, "INVITE"), (32, "OPTIONS"), (33, "SUBSCRIBE"), (34, "MESSAGE")]
)
def test_an_enumerator_cannot_tell_a_hundred_real_extensions_from_unreal_ones(
    site: Running, network: int, method: str
) -> None:
    """From other addresses for each method: who asks again two seconds later is asked for MD5 alone."""
    shapes: dict[bool, set[object]] = {True: set(), False: set()}
    body = SDP if method == "INVITE" else b""
    for index in range(REAL):
        with Agent(site, f"127.0.{network}.{index + 101}") as agent:
            for first, real in ((3000, True), (7000, False)):
                shapes[real].add(shape(agent.ask(agent.request(method, f"{first + index}", body=body))))
    assert 1 == len(shapes[True])
    assert shapes[True] == shapes[False]
    assert ("silence",) not in shapes[True]


def test_the_time_of_a_wrong_password_does_not_tell_who_exists(site: Running) -> None:
    spent: dict[bool, list[float]] = {True: [], False: []}
    wrong = (
        'Digest username="{0}", realm="softswitch", nonce="1-1-' + "0" * 32 + '", uri="sip:{1}", response="' + "0" * 32
    )
    for index in range(40):
        with Agent(site, f"127.0.4.{index + 1}") as agent:
            for first, real in ((3000, True), (7000, False)):
                user = f"{first + index}"
                header = "Authorization: " + wrong.format(user, site.sip) + '"\r\n'
                spent[real].append(medians_ms(agent, (agent.request("REGISTER", user, header) for _ in range(5))))
    real, unreal = sorted(spent[True])[20], sorted(spent[False])[20]
    assert max(real, unreal) < 2 * min(real, unreal)


def test_scanners_get_no_answer(site: Running) -> None:
    with Agent(site, "127.0.0.23", "friendly-scanner") as scanner:
        for method in ("OPTIONS", "REGISTER", "INVITE"):
            assert scanner.ask(scanner.request(method, "100"), 0.3) is None


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "malformed"])
def test_a_flood_leaves_a_call_alone_takes_bounded_memory_and_is_over_when_it_is_over(
    site: Running, honest: Agent, talk: Call, method: str
) -> None:
    pid = site.pid("switch")
    before_kb = rss_kb(pid)
    with Agent(site, "127.0.0.66") as flooder:
        body = SDP if method == "INVITE" else b""

        def make() -> bytes:
            if method == "malformed":
                return flooder.request("INVITE", "101").replace(b"\r\nCSeq: 1", b"\r\nCSeq: \xff x")
            return flooder.request(method, "101", body=body)

        sent = flooder.flood(make, 2_000, 4.0)
        assert sent > 4_000
        assert sum(flooder.answers.values()) < sent / 3
        assert registers(site, honest)
    talk.ends_well(4.0)
    assert rss_kb(pid) - before_kb < RSS_GROWTH_KB_MAX
    assert "calm" == eventually(lambda: defence(site)["state"] == "calm" and "calm", 5.0, "the node to be calm")


def test_a_spoofed_flood_bans_nobody(site: Running, honest: Agent) -> None:
    wrong = f'Authorization: Digest username="ann-mobile", realm="softswitch", nonce="1-1-{"0" * 32}", '
    wrong += f'uri="sip:{site.sip}", response="{"0" * 32}"\r\n'
    for _ in range(60):
        answer = honest.ask(honest.request("REGISTER", "ann-mobile", wrong))
        assert answer is not None
        assert 401 == answer.status
    assert registers(site, honest)


def test_two_thousand_connections_and_slow_ones_leave_the_node_answering(
    site: Running, honest: Agent, talk: Call
) -> None:
    pid, held = site.pid("switch"), []
    before_kb = rss_kb(pid)
    try:
        for index in range(2_000):
            one = socket.socket()
            one.setblocking(False)
            one.bind(("127.0.5.1", 0))
            one.connect_ex(("127.0.0.1", site.runtime.sip_port))
            held.append(one)
            if index % 100 == 0:
                time.sleep(0.05)
        for one in held:  # each sends the beginning of a message and no more
            try:
                one.send(b"OPTIONS sip:a SIP/2.0\r\nVia: ")
            except OSError:
                continue
        assert registers(site, honest)
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        assert descriptors < CONNECTIONS_PER_PLACE_MAX + 200
    finally:
        for one in held:
            one.close()
    talk.ends_well(1.0)
    assert rss_kb(pid) - before_kb < RSS_GROWTH_KB_MAX
    assert eventually(lambda: len(list(Path(f"/proc/{pid}/fd").iterdir())) < 100, 15.0, "connections to be closed")


TOOLS = {
    "svmap": ["svmap", "127.0.0.1"],
    "svwar REGISTER": ["svwar", "-e3000-3099,7000-7099", "127.0.0.1"],
    "svwar INVITE": ["svwar", "-e3000-3099", "-mINVITE", "127.0.0.1"],
    "svwar OPTIONS": ["svwar", "-e3000-3099", "-mOPTIONS", "127.0.0.1"],
    "svcrack": ["svcrack", "-u3000", "-r1-200", "127.0.0.1"],
}
DISGUISED = """
import socket, sys
host = sys.argv.pop(1)
class Bound(socket.socket):  # its own option for this does nothing
    def bind(self, address):
        super().bind((host, 0))
socket.socket = Bound
from sipvicious.libs import svhelper
values = ["Grandstream GXP2160 1.0.9.26" if each == "friendly-scanner" else each for each in svhelper.makeRequest.__defaults__]
svhelper.makeRequest.__defaults__ = tuple(values)
tool = __import__("sipvicious." + sys.argv.pop(1), fromlist=["main"])
tool.main()
"""
PLAIN = DISGUISED.partition("values")[0] + "tool" + DISGUISED.partition("\ntool")[2]


@pytest.mark.parametrize("program", [PLAIN, DISGUISED], ids=["plain", "disguised"])
@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_sipvicious_finds_no_extension_and_no_password(site: Running, tool: str, program: str, tmp_path: Path) -> None:
    host = f"127.0.6.{10 * sorted(TOOLS).index(tool) + (program == PLAIN) + 1}"
    name, *arguments = TOOLS[tool]
    where = [f"-x{host}", f"-p{site.runtime.sip_port}"]
    patience = [] if name == "svmap" else ["--maximumtime=5"]
    command = [sys.executable, "-c", program, host, name, *where, *patience, *arguments]
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    output = done.stdout + done.stderr
    assert "Traceback" not in output, output
    assert not re.search(r"\b[37]0\d\d\b.*(reqauth|noauth|weird)", output), output
    assert "password for" not in output.lower(), output
    assert program is DISGUISED or "SIP Device" not in output
    banned = [ban["source"] for ban in site.api.get("/api/v1/bans")["data"]]
    assert (host in banned) is (name == "svcrack" and program is DISGUISED)
