"""The DNS client against a real name server (twisted.names) on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.error import CannotListenError
from twisted.names import authority, dns, server

from softswitch.sip.locate import Naptr, Question, Record, Srv
from softswitch.transport.limits import NAME_NEGATIVE_S_MAX
from softswitch.transport.lookup import dns_lookup
from softswitch.transport.resolver import Answer
from tests.softswitch.transport.sockets import Loop

pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*<socket.*0, laddr:pytest.PytestUnraisableExceptionWarning"
)
"""Twisted draws the port that it asks from, and leaves a socket to the collector when that port is taken."""

SOA = dns.Record_SOA("ns.example", "root.example", 1, 60, 60, 60, 25, 30)
RECORDS: dict[bytes, list[Any]] = {
    b"example": [
        SOA,
        dns.Record_NAPTR(10, 20, b"s", b"SIP+D2U", b"", b"_sip._udp.example", 300),
        dns.Record_NAPTR(10, 30, b"s", b"SIPS+D2T", b"", b"_sips._tcp.example", 200),
    ],
    b"_sip._udp.example": [dns.Record_SRV(1, 2, 5070, b"h.example", 100)],
    b"h.example": [dns.Record_A("192.0.2.1", 90), dns.Record_AAAA("2001:db8::1", 80)],
    b"c.example": [dns.Record_CNAME(b"h.example", 70)],
    b"many.example": [dns.Record_A(f"192.0.2.{n}", 90) for n in range(200)],
}


class Zone(authority.FileAuthority):
    """One zone in memory."""

    def loadFile(self, filename: str) -> None:
        self.records, self.soa = RECORDS, (b"example", SOA)


Look = Callable[[Question], Answer]


def on_one_port(loop: Loop, protocol: Any, factory: Any) -> tuple[Any, Any]:
    """UDP and TCP on one free port: what is free for one of them may be taken for the other."""
    for _ in range(20):
        datagrams = loop.reactor.listenUDP(0, protocol, interface="127.0.0.1")
        try:
            return datagrams, loop.reactor.listenTCP(datagrams.getHost().port, factory, interface="127.0.0.1")
        except CannotListenError:
            stopped: list[object] = []
            datagrams.stopListening().addCallback(stopped.append)
            loop.until(lambda stopped=stopped: stopped)
    raise AssertionError("no port is free for both")


@pytest.fixture
def look(loop: Loop, tmp_path: Path) -> Iterator[Look]:
    """Asks a name server with that zone; the hosts file knows only "file.example"."""
    factory = server.DNSServerFactory(authorities=[Zone("")], verbose=0)
    protocol = dns.DNSDatagramProtocol(factory, reactor=loop.reactor)
    datagrams, streams = on_one_port(loop, protocol, factory)
    port = datagrams.getHost().port
    (tmp_path / "hosts").write_text("192.0.2.99 file.example\n2001:db8::99 file.example\n")
    ask = dns_lookup(loop.reactor, [("127.0.0.1", port)], str(tmp_path / "hosts"))

    def answer(question: Question) -> Answer:
        told: list[Answer] = []
        ask(question, told.append)
        loop.until(lambda: told)
        return told[0]

    yield answer
    datagrams.stopListening()
    streams.stopListening()
    loop.turn()


@pytest.mark.parametrize(
    "question, records, ttl_s",
    [
        (
            Question("NAPTR", "example"),
            (
                Naptr(10, 20, "s", "SIP+D2U", "_sip._udp.example"),
                Naptr(10, 30, "s", "SIPS+D2T", "_sips._tcp.example"),
            ),
            200,
        ),
        (Question("SRV", "_sip._udp.example"), (Srv(1, 2, 5070, "h.example"),), 100),
        (Question("ADDRESS", "h.example"), ("192.0.2.1", "2001:db8::1"), 80),
        (Question("ADDRESS", "c.example"), ("192.0.2.1", "2001:db8::1"), 80),
        (Question("ADDRESS", "file.example"), ("192.0.2.99", "2001:db8::99"), 3600),
        (Question("SRV", "h.example"), (), 25),
        (Question("ADDRESS", "none.example"), (), NAME_NEGATIVE_S_MAX),
    ],
)
def test_what_the_dns_says(look: Look, question: Question, records: tuple[Record, ...], ttl_s: float) -> None:
    assert Answer(records, ttl_s) == look(question)


def test_an_answer_too_large_for_a_datagram_comes_over_tcp(look: Look) -> None:
    assert 200 == len(look(Question("ADDRESS", "many.example")).records)


def test_a_server_that_refuses_or_a_name_that_cannot_be_asked_is_no_answer(look: Look) -> None:
    assert Answer(()) == look(Question("ADDRESS", f"{'x' * 70}.example"))
    assert () == look(Question("ADDRESS", "elsewhere.test")).records


def test_a_server_that_is_silent_is_given_up(loop: Loop, tmp_path: Path) -> None:
    silent = loop.reactor.listenUDP(0, dns.DNSDatagramProtocol(_Deaf(), reactor=loop.reactor), interface="127.0.0.1")
    ask = dns_lookup(loop.reactor, [("127.0.0.1", silent.getHost().port)], str(tmp_path / "none"))
    told: list[Answer] = []
    ask(Question("SRV", "_sip._udp.example"), told.append)
    for _ in range(8):
        loop.advance(2)
    assert [Answer(())] == told
    assert told[0].life_s < NAME_NEGATIVE_S_MAX
    silent.stopListening()
    loop.turn()


class _Deaf:
    """Answers nothing."""

    def messageReceived(self, *message: Any) -> None:
        """Nothing."""
