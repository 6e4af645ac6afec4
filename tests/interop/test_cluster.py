"""Three nodes as one system: real phones, a carrier's load, a drain, and the power cut of a node."""

from __future__ import annotations

import csv
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from configdb import membership
from configdb.model import SYSTEM
from installer import demo_tenant
from installer.between import Station, between
from installer.demo_tenant import MAIN_NUMBER, TENANT
from installer.phone_driver import Phone
from installer.seed import ha1
from mgmt.one_time_token import sign_in_url
from mgmt.settings import load_settings
from tests.conftest import NIGHTLY
from tests.interop.kamailio import Balancer
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually, listening
from tests.interop.test_calls import OPEN_ALWAYS
from tests.interop.test_sipp import sipp
from tests.interop.three import Three, three

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]

A_SECOND, CALLS, LOST_S_MAX = 5, 100, 5
STATISTICS = ["-trace_stat", "-fd", "1", "-stf", "load.csv"]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    """Three that have joined; later tests find fewer of them."""
    with three(tmp_path_factory.mktemp("three")) as made:
        made.nodes["node-3"].change("riverside", "schedule", "office", OPEN_ALWAYS)
        yield made


def answered(caller: Phone, called: Phone, edge: Running, extension: str = "102") -> None:
    """A call over a node that both sides know is answered."""
    caller.do("call", uri=f"sip:{extension}@{edge.sip}")
    called.wait("incoming")
    called.do("answer")
    called.wait("state", state="CONFIRMED")
    caller.wait("state", state="CONFIRMED")


def call(caller: Phone, called: Phone, edge: Running, extension: str = "102") -> None:
    """A call over a node, answered and ended."""
    answered(caller, called, edge, extension)
    caller.do("hangup")
    called.wait("state", state="DISCONNECTED")


def calls_in(node: Running) -> int:
    """The calls of the demo tenant on all nodes, as one of them shows them."""
    return len(node.live())


def hears_on(link: ssl.SSLSocket) -> None:
    """Until it is closed; TLS 1.3 refuses who has no certificate after its handshake (RFC 8446 section 4.4.2.4)."""
    while link.recv(1000):
        pass


def statistics(folder: Path) -> dict[str, str]:
    """What SIPp counted in all."""
    with open(folder / "load.csv") as file:
        return list(csv.DictReader(file, delimiter=";"))[-1]


def test_what_is_changed_at_one_node_is_known_at_all(nodes: Three) -> None:
    sequence = nodes.nodes["node-3"].switch_sequence()
    for node in nodes.nodes.values():
        node.wait_followed(sequence)


def test_nodes_meet_over_tls_each_with_its_own_certificate(nodes: Three) -> None:
    certificates = {(node.data / "cluster" / "node.pem").read_text() for node in nodes.nodes.values()}
    assert 3 == len(certificates)
    stranger = ssl.create_default_context()
    stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
    for node in nodes.nodes.values():
        joined = membership.read(node.data)
        assert joined is not None
        host, port = joined.listen.rsplit(":", 1)
        with stranger.wrap_socket(socket.create_connection((host, int(port)), 20)) as link:
            shown = (node.data / "cluster" / "node.pem").read_text()
            assert ssl.PEM_cert_to_DER_cert(shown) == link.getpeercert(binary_form=True)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                hears_on(link)


def test_who_signs_in_at_one_node_is_signed_in_at_all_and_leaves_all(nodes: Three) -> None:
    first, second = nodes.away()
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))

    def at(node: Running, path: str, data: bytes | None = None) -> int:
        site = load_settings(node.data).url
        asked = Request(f"{site}{path}", data, {"Origin": site})
        for cookie in jar:  # one name stands for all nodes, as behind a balancer
            asked.add_header("Cookie", f"{cookie.name}={cookie.value}")
        try:
            with browser.open(asked, timeout=20) as answer:
                return int(answer.status)
        except HTTPError as error:
            with error:
                return error.code

    parts = urlsplit(sign_in_url(first.data, TENANT))
    assert 200 == at(first, f"{parts.path}?{parts.query}")
    eventually(lambda: at(second, "/api/v1/people") == 200, what="the session at the other node")
    assert 200 == at(nodes.home(), "/api/v1/people")
    assert at(second, "/logout", b"") < 400
    eventually(lambda: at(first, "/api/v1/people") == 401, what="the end of the session")


def test_phones_at_two_nodes_call_each_other_over_a_third(nodes: Three) -> None:
    first, second = nodes.away()
    with closing(first.registered("ben-desk")) as ben, closing(second.registered("ann-desk")) as ann:
        call(ann, ben, second)
        call(ann, ben, first)
        for phone in (ann, ben):
            phone.do("unregister")


def test_calls_are_seen_begun_and_led_at_every_node(nodes: Three) -> None:
    first, second = nodes.away()
    with closing(first.registered("ben-desk")) as ben, closing(second.registered("ann-desk")) as ann:
        answered(ann, ben, first)
        for node in nodes.nodes.values():
            eventually(lambda node=node: [one["state"] for one in node.live()] == ["talking"], what="the call")  # type: ignore[misc]  # of this turn
        (live,) = second.live()
        first.api.request("POST", f"/api/v1/calls/{live['id']}/hangup", {})
        ben.wait("state", state="DISCONNECTED")
        ann.wait("state", state="DISCONNECTED")
        for node in nodes.nodes.values():
            eventually(lambda node=node: node.live() == [], what="its end")  # type: ignore[misc]  # of this turn
        begun = first.api.request("POST", "/api/v1/calls", {"from": "ben", "to": "101"})["id"]
        ben.wait("incoming")
        second.api.request("DELETE", f"/api/v1/calls/live/{begun}")
        ben.wait("state", state="DISCONNECTED")
        queues = {json.dumps(node.api.get("/api/v1/queues")["data"]) for node in nodes.nodes.values()}
        assert 1 == len(queues)
        for phone in (ann, ben):
            phone.do("unregister")


def test_what_a_telephone_at_one_node_says_is_heard_well_at_another_and_scored(nodes: Three) -> None:
    first = nodes.nodes["node-1"]
    known = nodes.cluster(first)
    where = {one["node"]: one["sip"] for one in (known, *known["others"])}
    assert {name: node.sip for name, node in nodes.nodes.items()} == where
    realm = demo_tenant.REALM
    caller, called = (
        Station(node, where[node], device, realm, ha1(device, realm, first.passwords[device])[0])
        for node, device in (("node-2", "ann-mobile"), ("node-3", "carla-desk"))
    )
    checks = between(caller, called, "103")
    assert [] == [(one.name, one.said) for one in checks if not one.passed]
    assert "a call from node-2 to node-3: speech both ways" in [one.name for one in checks]
    eventually(lambda: nodes.home().phones() == [], what="nobody registered any more")


def test_a_prompt_that_is_given_to_one_node_is_heard_at_another(nodes: Three, tmp_path: Path) -> None:
    edge, home, heard = nodes.away()[0], nodes.home(), tmp_path / "heard.wav"
    shipped = nodes.nodes["node-1"].data / "media" / demo_tenant.media_name("closed")
    given = edge.api.request(
        "PUT", "/api/v1/prompts/welcome/sound", shipped.read_bytes(), {"Content-Type": "audio/wav"}
    )
    edge.wait_followed()
    home.wait_followed(edge.switch_sequence())
    name = given["document"]["media"]
    for node in nodes.nodes.values():
        for one in (name, demo_tenant.media_name("menu")):
            eventually((node.data / "media" / one).is_file, 60, f"{one} on every node")
    with nodes.nodes["node-1"].carrier() as caller:
        caller.do("record", path=str(heard))
        edge.dial(caller, MAIN_NUMBER)
        caller.wait("state", state="CONFIRMED")
        eventually(
            lambda: [one["steps"][-1]["code"] for one in home.live()] == ["menu"], what="the menu behind the prompt"
        )
        caller.do("hangup")
        caller.wait("state", state="DISCONNECTED")
    assert share_heard(at_8k(*wav(heard)), at_8k(*wav(edge.data / "media" / name))) > 0.7


def test_a_drained_node_ends_its_calls_and_gets_no_more(nodes: Three) -> None:
    home, edge = nodes.home(), nodes.away()[0]
    with closing(edge.registered("ben-desk")) as ben, closing(home.registered("ann-desk")) as ann:
        answered(ann, ben, home)
        command = [sys.executable, "-m", "softswitch.cli", "drain", "--wait", "--data", str(home.data)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as drain:
            eventually(lambda: nodes.cluster(home)["tenants"] == 0, what="another home")
            assert drain.poll() is None
            assert 1 == home.api.get("/api/v1/status")["switch"]["calls"]
            ann.do("hangup")
            ben.wait("state", state="DISCONNECTED")
            assert 0 == drain.wait(30)
        call(ann, ben, home)
        assert 0 == home.api.get("/api/v1/status")["switch"]["calls"]
        for phone in (ann, ben):
            phone.do("unregister")
    name = nodes.cluster(home)["node"]
    states = {one["node"]: one["state"] for one in edge.api.get("/api/v1/nodes")["data"]}
    assert {**dict.fromkeys(nodes.nodes, "up"), name: "drained"} == states
    edge.api.request("PUT", "/api/v1/drain", {"on": False, "node": name})
    eventually(lambda: nodes.cluster(home)["tenants"] == 1, what="the first home again")


def test_while_nodes_are_drained_and_started_again_one_by_one_no_call_is_lost(nodes: Three, tmp_path: Path) -> None:
    first = nodes.nodes["node-1"]
    (tmp_path / "voice.al").write_bytes(b"\xd5" * 8000)
    with Balancer(first.carrier_ports[3], [node.sip for node in nodes.nodes.values()]) as balancer:
        options = ["-s", MAIN_NUMBER, "-m", "10000", "-r", "2", "-timeout", "300", *STATISTICS]
        command = sipp(first, tmp_path, "caller", *options)
        command[1] = f"127.0.0.1:{balancer.port}"
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
            listening(first.carrier_ports[0])
            for node in nodes.nodes.values() if NIGHTLY else [nodes.home()]:
                eventually(lambda: calls_in(first) > 2, what="some load")
                drain = [sys.executable, "-m", "softswitch.cli", "drain", "--wait", "--data", str(node.data)]
                subprocess.run(drain, check=True, timeout=60, stdout=subprocess.DEVNULL)
                assert 0 == node.stop()
                node.again()
                nodes.wait_met(node)
            load.send_signal(signal.SIGUSR1)  # no new calls, and those in progress to their end
            load.wait(60)
    last = statistics(tmp_path)
    assert 0 == int(last["FailedCall(C)"])
    assert int(last["SuccessfulCall(C)"]) == int(last["TotalCallCreated"]) > 20


def test_when_the_power_of_a_home_is_cut_calls_go_on_elsewhere_and_registrations_are_kept(
    nodes: Three, tmp_path: Path
) -> None:
    home, edge = nodes.home(), nodes.away()[0]
    with closing(edge.registered("ben-desk")) as ben, closing(home.registered("ann-desk")):
        (tmp_path / "voice.al").write_bytes(b"\xd5" * 8000)
        options = ["-m", str(CALLS), "-r", str(A_SECOND), *STATISTICS, "-recv_timeout", "9000"]
        command = sipp(edge, tmp_path, "caller", "-s", MAIN_NUMBER, "-timeout", "90", *options)
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
            listening(edge.carrier_ports[0])
            eventually(lambda: home.api.get("/api/v1/status")["switch"]["calls_total"] > 15, 60, "some load")
            nodes.kill(home)
            load.wait(120)
        new = nodes.home()
        assert {"ann-desk", "ben-desk"} == {phone["device"] for phone in new.phones()}
        last = statistics(tmp_path)
        lost = int(last["FailedCall(C)"])
        assert CALLS == int(last["TotalCallCreated"])
        assert lost <= A_SECOND * (LOST_S_MAX + 3), "those in progress, and those of the time without a home"
        with closing(nodes.away()[0].registered("ann-mobile")) as ann:
            call(ann, ben, edge)
            ann.do("unregister")
    assert edge.config.get(SYSTEM, "trunk", demo_tenant.TRUNK) is not None
    changed = edge.change("riverside", "schedule", "office", {**OPEN_ALWAYS, "name": "Hours"})
    new.wait_followed(changed)


def test_a_node_that_was_removed_is_refused_by_all(nodes: Three) -> None:
    for node in nodes.nodes.values():
        if node not in nodes.living():
            node.again()
    (_, one), (_, other), (name, gone) = nodes.nodes.items()
    nodes.wait_met(gone)
    command = [sys.executable, "-m", "softswitch.cli", "cluster", "remove", name, "--data", str(one.data)]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    for node, count in ((one, 1), (other, 1), (gone, 0)):
        eventually(lambda node=node, count=count: len(nodes.cluster(node)["others"]) == count, 30, "the cut")  # type: ignore[misc]  # of this turn
    assert name not in json.loads((other.data / "cluster" / "members.json").read_text())["others"]
    gone.stop()


def test_a_backup_of_a_running_node_makes_another_that_knows_everything(nodes: Three, tmp_path: Path) -> None:
    node = nodes.living()[0]
    program = [sys.executable, "-m", "softswitch.cli"]
    subprocess.run([*program, "backup", str(tmp_path / "kept"), "--data", str(node.data)], check=True, timeout=120)
    (made,) = (tmp_path / "kept").iterdir()
    restored = Running(tmp_path / "data", listen=node.listen, seeded=False)
    subprocess.run([*program, "restore", str(made), "--data", str(restored.data)], check=True, timeout=120)
    (restored.data / "up.log").unlink()  # of the harness, which waits for what is written there
    try:
        restored.start()
        assert node.config.state.tenant("riverside").objects == restored.config.state.tenant("riverside").objects
        assert [] == nodes.cluster(restored)["others"]
        restored.passwords = node.passwords
        with closing(restored.registered("ann-desk")) as ann:
            ann.do("unregister")
    finally:
        restored.stop()
