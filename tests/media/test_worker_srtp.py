"""The worker with keys: what it sends and hears protected, reports included, and which keys it refuses."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from media.plane import limits
from media.plane.client import MediaError
from media.plane.commands import Refused, Remote, SetRemote, parse, to_wire
from media.plane.events import Window
from media.plane.keys import Keys
from media.rtp import packet, rtcp
from media.rtp.packet import Packet
from media.rtp.srtp import Srtp, Suite
from tests.media.harness import eventually, noise, remote_of
from tests.media.workshop import Workshop


def tx_ssrc(workshop: Workshop) -> int:
    return int(workshop.engine.statistics[0]["tx_ssrc"])


def test_a_worker_protects_what_it_sends_and_its_reports_and_hears_only_the_authentic(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "statistics_period_s", 0.5)
    desk, ann, control = workshop.desk, workshop.phone(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    keys = Keys.of("AES_CM_128_HMAC_SHA1_32", bytes(range(30)), bytes(range(30, 60)))
    ann_sends, ann_hears = Srtp(Suite.AES_CM_128_HMAC_SHA1_32, bytes(range(30, 60))), keys.sender()
    control.bind(("127.0.0.1", ann.port + 1))
    control.settimeout(5)
    with control:
        port = desk.call("a", ann, srtp=keys)
        desk.ask(lambda c: c.play("a", "t", ["tone:busy"], loop=True))
        heard = packet.parse(ann_hears.unprotect(ann.wait_for(1) and ann.heard[0][1]) or b"")
        assert heard is not None
        assert 160 == len(heard.payload)
        ann.raw(ann_sends.protect(packet.build(Packet(0, 1, 1, ann.ssrc, noise(1)))) or b"", port)
        compound = rtcp.parse(ann_hears.unprotect_rtcp(control.recv(1500)) or b"")
        assert compound is not None
        assert tx_ssrc(workshop) == compound.reports[0].ssrc
        lost, forged = (
            rtcp.build(
                rtcp.Compound(
                    (rtcp.Report(7, None, (rtcp.Block(tx_ssrc(workshop), 25, count, 0, 80),)),), ((7, "ann"),)
                )
            )
            for count in (12, 99)
        )
        control.sendto(forged, ("127.0.0.1", port + 1))
        control.sendto(ann_sends.protect_rtcp(lost), ("127.0.0.1", port + 1))
        eventually(lambda: any(window.tx.lost == 12 for window in desk.heard(Window)), "what the far end lost")
    total = desk.ask(lambda c: c.close("a"))
    assert (1, 12) == (total.rx.packets, total.tx.lost)


def test_without_libcrypto_keys_are_refused_and_the_answer_to_open_says_so(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    assert desk.ask(lambda c: c.open("a")).srtp
    monkeypatch.setattr(fast_workshop.engine, "has_srtp", False)
    assert not desk.ask(lambda c: c.open("b")).srtp
    keys = Keys.of("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(30))
    with pytest.raises(MediaError, match="libcrypto"):
        desk.ask(lambda c: c.remote("b", remote_of(ann, srtp=keys)))


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "NULL"},
        {"suite": 1},
        {"send_key": "%%%%"},
        {"send_key": "AAAA"},
        {"receive_key": "A" * 68},
        {"receive_key": None},
        {"mki_octets": 129},
        {"more": 1},
    ],
)
def test_keys_that_cannot_be_used_are_refused_and_not_repeated(change: dict[str, Any]) -> None:
    phone = {"address": "127.0.0.1", "port": 4000, "codec": "PCMU", "payload_type": 0, "dtmf_payload_type": None}
    remote = {**phone, "ptime_ms": 20, "latch": "strict", "signalling_address": "127.0.0.1"}
    secret = Keys.of("AES_CM_128_HMAC_SHA1_80", bytes([7] * 30), bytes([7] * 30))
    wire = {"suite": secret.suite, "send_key": secret.send_key, "receive_key": secret.receive_key, **change}
    with pytest.raises(Refused) as refusal:
        parse({"id": 1, "op": "remote", "leg": "a", **remote, "srtp": wire})
    assert secret.send_key[:8] not in refusal.value.text
    assert secret.send_key[:8] not in repr(secret)


def test_keys_come_over_the_wire_as_they_were() -> None:
    keys = Keys.of("AEAD_AES_256_GCM", bytes(range(44)), bytes(range(50, 94)), 4)
    command = SetRemote("a", Remote("192.0.2.1", 4000, "PCMU", 0, 101, 20, "strict", "192.0.2.1", srtp=keys))
    assert command == parse({"id": 1, **to_wire(command)})
