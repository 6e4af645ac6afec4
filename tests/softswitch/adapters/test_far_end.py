"""What the media plane is told of a browser: its words, candidates and certificate, and who begins."""

from __future__ import annotations

import pytest

from media.plane.client import Opened
from media.plane.far_end import Dtls, Ice
from softswitch.adapters.far_end import remote_of
from softswitch.adapters.protection import protection_of
from softswitch.calls.effects import ConnectMedia
from softswitch.calls.leg import Leg
from softswitch.peers.security import SrtpRule
from softswitch.sip import rtc
from softswitch.sip.crypto import IN_CLEAR, Srtp
from softswitch.sip.dtls import Dtls as Announced
from softswitch.sip.ice import Ice as Side
from softswitch.sip.ice import IceCandidate, IceWords
from softswitch.sip.offer_answer import Negotiated
from softswitch.sip.rtcp_attributes import Rtcp

PRINT = "sha-256 " + ":".join(["AB"] * 32)
OURS = Side(IceWords("ours0000", "o" * 32), (), lite=True)
THEIRS = Side(IceWords("them", "t" * 22), (IceCandidate("192.0.2.8", 5000, 7),))


def leg(transport: str, srtp: Srtp | None = None) -> Leg:
    return Leg("l1", "callee", "101", "sip:a@b", 0.0, outgoing=True, transport=transport, srtp=srtp)


def told(agreed: rtc.Agreed) -> tuple[Ice | None, Dtls | None]:
    negotiated = Negotiated("0.0.0.0", 9, "PCMU", 0, 101, 20, True, True, Rtcp(mux=True), rtc=agreed)
    remote = remote_of(ConnectMedia("l1", negotiated, "192.0.2.8"))
    return remote.ice, remote.dtls


def test_words_candidates_and_certificate_are_told() -> None:
    ice, dtls = told(rtc.Agreed("passive", Announced((PRINT,), "active", "name"), 2, 1, OURS, THEIRS, True))
    assert Dtls("passive", [PRINT], "2 name") == dtls
    assert Ice("ours0000", "o" * 32, "them", "t" * 22, [["192.0.2.8", 5000, 7]], True, True) == ice


def test_a_phone_with_dtls_alone_has_no_ice() -> None:
    assert (None, Dtls("active", [PRINT], "0")) == told(rtc.Agreed("active", Announced((PRINT,), "passive")))


def test_browsers_are_offered_dtls_others_answer_it_and_who_is_off_does_neither() -> None:
    here, nowhere = Opened("192.0.2.1", 20000, True, PRINT), Opened("192.0.2.1", 20000)
    for transport, offers in (("ws", True), ("wss", True), ("tls", False), ("udp", False), ("", False)):
        made = protection_of(leg(transport), here, SrtpRule(ice_lite=True)).rtc
        assert made is not None
        assert (offers, True, PRINT) == (made.offers, made.lite, made.fingerprint)
    insisted = protection_of(leg("udp", "dtls"), here, SrtpRule(keys_in_clear=True))
    assert ("dtls", ()) == (insisted.srtp, insisted.crypto)
    assert insisted.offers_rtc
    assert IN_CLEAR == protection_of(leg("wss", "off"), here, SrtpRule())
    assert None is protection_of(leg("wss"), nowhere, SrtpRule()).rtc


def test_each_leg_has_words_of_its_own() -> None:
    here = Opened("192.0.2.1", 20000, True, PRINT)
    one, other = (protection_of(leg("wss"), here, SrtpRule()).rtc for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.seed != other.seed


@pytest.mark.parametrize(
    ("signals_from", "address", "latch"),
    [("203.0.113.7", "203.0.113.7", "nat"), ("127.0.0.1", "127.0.0.1", "strict"), (None, "127.0.0.1", "strict")],
)
def test_a_gateway_that_has_a_name_means_no_address_of_this_machine_either(
    signals_from: str | None, address: str, latch: str
) -> None:
    negotiated = Negotiated("127.0.0.1", 4000, "PCMU", 0, 101, 20, True, True, Rtcp())
    remote = remote_of(ConnectMedia("l1", negotiated, "carrier.example"), signals_from)
    assert (address, address, latch) == (remote.address, remote.signalling_address, remote.latch)


@pytest.mark.parametrize(
    ("named", "signalling", "address", "latch"),
    [
        ("127.0.1.1", "203.0.113.7", "203.0.113.7", "nat"),  # what Debian calls a machine in /etc/hosts
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7", "nat"),
        ("::1", "2001:db8::7", "2001:db8::7", "nat"),
        ("::1", "203.0.113.7", "203.0.113.7", "nat"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", "strict"),
        ("127.0.0.1", "127.0.0.9", "127.0.0.1", "nat"),
        ("127.0.0.1", "carrier.example", "127.0.0.1", "strict"),
        ("192.0.2.8", "203.0.113.7", "192.0.2.8", "nat"),
        ("192.0.2.8", "192.0.2.8", "192.0.2.8", "strict"),
    ],
)
def test_who_signals_from_elsewhere_means_no_address_of_this_machine(
    named: str, signalling: str, address: str, latch: str
) -> None:
    negotiated = Negotiated(named, 4000, "PCMU", 0, 101, 20, True, True, Rtcp())
    remote = remote_of(ConnectMedia("l1", negotiated, signalling))
    assert (address, 4000, latch) == (remote.address, remote.port, remote.latch)
