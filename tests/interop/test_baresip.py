"""baresip (libre) as phones of the node, directly over each transport and through Kamailio as the proxy at the edge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.interop.baresip_phone import Baresip
from tests.interop.kamailio import Kamailio
from tests.interop.listen import wav
from tests.interop.node import Running, eventually
from tests.ports import free_ports

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node with TLS."""
    (tls,) = free_ports(1)
    running = Running(tmp_path_factory.mktemp("node"), {"SOFTSWITCH_SIP_TLS_PORT": str(tls)}).start()
    yield running
    assert running.stop() == 0


def phone(node: Running, folder: Path, device: str, transport: str, *more: str) -> Baresip:
    """A phone of that device, not registered yet."""
    port = node.runtime.sip_tls_port if transport == "tls" else node.runtime.sip_port
    return Baresip(folder / device, device, node.passwords[device], f"127.0.0.1:{port}", transport, *more)


def talk(node: Running, ann: Baresip, ben: Baresip) -> None:
    """Ann calls Ben: cancelled, then talked with hold and resume, then ended by Ben."""
    before = node.newest()
    ann.dial("102")
    ben.heard("CALL_INCOMING")
    ann.heard("CALL_RINGING")
    ann.do("hangup")
    ben.heard("CALL_CLOSED")
    assert "abandoned" == node.finished(before)["call"]["outcome"]
    before = node.newest()
    ann.dial("102")
    ben.heard("CALL_INCOMING")
    ben.do("accept")
    ben.heard("CALL_ESTABLISHED")
    ann.heard("CALL_ESTABLISHED")
    ann.do("hold")
    ann.heard("CALL_REMOTE_SDP")
    ann.do("resume")
    ann.heard("CALL_REMOTE_SDP")
    ben.do("hangup")
    ann.heard("CALL_CLOSED")
    call = node.finished(before)
    assert ("answered", 16) == (call["call"]["outcome"], call["call"]["cause"]["q850"])


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_phones_that_know_md5_alone_call_each_other(secure: Running, tmp_path: Path, transport: str) -> None:
    with phone(secure, tmp_path, "ann-desk", transport) as ann, phone(secure, tmp_path, "ben-desk", transport) as ben:
        ann.register()
        ben.register()
        talk(secure, ann, ben)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_phones_behind_an_edge_proxy_are_reached_by_their_path_and_their_dialogs_by_its_record_route(
    secure: Running, tmp_path: Path, transport: str
) -> None:
    with Kamailio(secure.runtime.sip_port, transport) as edge:
        way = f'outbound="sip:127.0.0.1:{edge.port};transport=udp"'
        with (
            phone(secure, tmp_path, "ann-desk", "udp", way) as ann,
            phone(secure, tmp_path, "ben-desk", "udp", way) as ben,
        ):
            ann.register()
            ben.register()
            talk(secure, ann, ben)


@pytest.mark.parametrize(("caller", "more"), [("ann", ("medianat=ice",)), ("ann", ()), ("ben", ("medianat=ice",))])
def test_a_phone_that_has_dtls_alone_is_heard_with_ice_and_without_whoever_called(
    secure: Running, tmp_path: Path, caller: str, more: tuple[str, ...]
) -> None:
    before = secure.newest()
    about = "ann-desk", secure.passwords["ann-desk"], secure.sip, "udp", "mediaenc=dtls_srtp"
    with (
        Baresip(tmp_path / "ann-desk", *about, *more, settings="rtcp_mux yes\n") as ann,
        phone(secure, tmp_path, "ben-desk", "udp") as ben,
    ):
        ann.register()
        ben.register()
        one, other = (ann, ben) if caller == "ann" else (ben, ann)
        one.dial("102" if caller == "ann" else "101")
        other.heard("CALL_INCOMING")
        other.do("accept")
        one.heard("CALL_ESTABLISHED")
        eventually(lambda: [call for call in secure.live() if "media.secured" in str(call["steps"])], what="its keys")
        time.sleep(2)
        ann.do("hangup")
        ben.heard("CALL_CLOSED")
    call = secure.finished(before)
    assert ("answered", 16) == (call["call"]["outcome"], call["call"]["cause"]["q850"])
    rate_hz, both = wav(secure.sound(call["call"]["recording"], tmp_path / "recording.wav"))
    for side in range(2):  # both phones say 440 Hz
        spectrum = np.abs(np.fft.rfft(both[-rate_hz:, side]))
        assert abs(440 - np.argmax(spectrum)) <= 2
        assert spectrum.max() > 100
