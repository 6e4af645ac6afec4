"""The questions to DNS: a server on a real socket, answers in one form, and no waiting for one that does not answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from mgmt.mailin.lookup import DnsAway, Resolved, resolver_of

RECORDS = {
    ("shop.example.", "TXT"): ['"v=spf1 " "-all"', '"other"'],
    ("shop.example.", "A"): ["192.0.2.1"],
    ("shop.example.", "AAAA"): ["2001:db8::1"],
    ("shop.example.", "MX"): ["20 b.shop.example.", "10 A.shop.example."],
    ("1.2.0.192.in-addr.arpa.", "PTR"): ["Host.shop.example."],
}


def answered(question: bytes) -> bytes:
    """What the server says."""
    asked = dns.message.from_wire(question)
    answer = dns.message.make_response(asked)
    one = asked.question[0]
    known = RECORDS.get((one.name.to_text(), dns.rdatatype.to_text(one.rdtype)))
    if known is not None:
        answer.answer.append(dns.rrset.from_text(one.name, 60, one.rdclass, one.rdtype, *known))
    elif not one.name.to_text().endswith("shop.example."):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()


@pytest.fixture
def server() -> Iterator[str]:
    """Where it listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, peer = door.recvfrom(4096)
                if data == b"end":
                    return
                door.sendto(answered(data), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        place = door.getsockname()
        yield f"{place[0]}:{place[1]}"
        door.sendto(b"end", place)
        thread.join(5)


def test_what_a_server_answers_is_given_in_one_form(server: str) -> None:
    found = Resolved(resolver_of((server,)), time.monotonic() + 30)
    assert ["v=spf1 -all", "other"] == sorted(found.txt("shop.example"), reverse=True)
    assert [ip_address("192.0.2.1")] == found.addresses("shop.example", 4)
    assert [ip_address("2001:db8::1")] == found.addresses("shop.example", 6)
    assert ["a.shop.example", "b.shop.example"] == found.mx("shop.example")
    assert ["host.shop.example"] == found.ptr(ip_address("192.0.2.1"))


def test_no_such_name_and_no_such_record_are_nothing(server: str) -> None:
    found = Resolved(resolver_of((server,)), time.monotonic() + 30)
    assert ([], [], []) == (
        found.txt("nobody.example"),
        found.mx("a.shop.example"),
        found.txt("x" * 63 + ".shop.example"),
    )


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "y." * 200])
def test_what_is_no_name_is_not_asked_for(name: str) -> None:
    with pytest.raises(DnsAway):
        Resolved(resolver_of(("127.0.0.1:9",)), time.monotonic() + 30).txt(name)


def test_nobody_is_asked_when_the_time_is_over_or_nobody_answered() -> None:
    with pytest.raises(DnsAway, match="no time is left"):
        Resolved(resolver_of(("127.0.0.1:9",)), 5.0, lambda: 5.0).txt("shop.example")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        found = Resolved(resolver_of((f"127.0.0.1:{silent.getsockname()[1]}",)), 0.2, lambda: 0.0)
        with pytest.raises(DnsAway, match="LifetimeTimeout"):
            found.txt("shop.example")
        with pytest.raises(DnsAway, match="no time is left"):
            found.txt("shop.example")
