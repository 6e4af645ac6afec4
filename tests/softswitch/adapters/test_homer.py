"""The tee to a capture server: order, correlation, and drops instead of waiting."""

from __future__ import annotations

import socket

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport

from softswitch.adapters.homer import Homer, HomerTarget
from softswitch.transport.limits import HEP_CALLS_MAX, HEP_CONNECTION_BYTES_MAX, HEP_WAITING_MAX
from softswitch.transport.trace import Trace
from tests.softswitch.transport.test_hep import decode


def message(call_id: str, secret: str = "s3cret") -> bytes:
    return f"INVITE sip:a SIP/2.0\r\nCall-ID: {call_id}\r\nAuthorization: {secret}\r\n\r\n".encode()


def record(trace: Trace, call_id: str, at_us: int = 1) -> None:
    trace.record(at_us, "in", "192.0.2.1:5060", "192.0.2.2:5060", message(call_id))


def test_messages_go_out_as_datagrams_without_secrets_and_with_the_calls_first_dialog() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(5)
    clock, trace = Clock(), Trace()
    homer = Homer(clock, HomerTarget.of(f"udp://127.0.0.1:{server.getsockname()[1]}", 7, "k"))
    trace.tee, trace.on_joined = homer, homer.correlate
    record(trace, "leg-a")
    record(trace, "leg-b")
    trace.joined("leg-b", "leg-a")
    record(trace, "other")
    assert 0 == homer.sent
    clock.advance(0)
    packets = [decode(server.recv(65_536)) for _ in range(3)]
    assert [b"leg-a", b"leg-a", b"other"] == [packet[17] for packet in packets]
    assert not any(b"s3cret" in packet[15] for packet in packets)
    assert (3, 0) == (homer.sent, homer.dropped)
    homer.close()
    server.close()


def test_too_many_waiting_messages_are_dropped_and_counted() -> None:
    clock, trace = Clock(), Trace()
    homer = Homer(clock, HomerTarget.of("udp://127.0.0.1:9", 1, ""))
    trace.tee = homer
    for index in range(HEP_WAITING_MAX + 5):
        record(trace, f"call{index}")
    assert 5 == homer.dropped
    clock.advance(0)
    assert HEP_WAITING_MAX == homer.sent + homer.dropped - 5
    homer.close()


def test_a_server_over_tcp_that_does_not_read_costs_bounded_memory() -> None:
    reactor, trace = MemoryReactorClock(), Trace(calls_max=10)
    homer = Homer(reactor, HomerTarget.of("tcp://127.0.0.1:9060", 1, ""))
    trace.tee = homer
    record(trace, "too early")
    reactor.advance(0)
    assert (0, 1) == (homer.sent, homer.dropped)
    stream = reactor.tcpClients[0][2].buildProtocol(None)
    transport = StringTransport()
    stream.makeConnection(transport)
    record(trace, "one")
    reactor.advance(0)
    assert b"one" == decode(transport.value())[17]
    stream.pauseProducing()
    for index in range(4_000):
        trace.record(index, "in", "192.0.2.1:1", "192.0.2.2:2", message(f"call{index % 9}", "x" * 2_000))
        reactor.advance(0)
    assert homer.dropped > 2_000
    assert len(transport.value()) <= HEP_CONNECTION_BYTES_MAX + 1_000
    stream.resumeProducing()
    transport.clear()
    record(trace, "again")
    reactor.advance(0)
    assert b"again" == decode(transport.value())[17]
    stream.connectionLost()
    record(trace, "lost")
    reactor.advance(0)
    assert homer.dropped > 2_001
    homer.close()


def test_the_calls_remembered_are_bounded() -> None:
    homer = Homer(Clock(), HomerTarget.of("udp://127.0.0.1:9", 1, ""))
    for index in range(HEP_CALLS_MAX + 100):
        homer.correlate(f"b{index}", f"a{index}")
    assert HEP_CALLS_MAX == len(homer._correlation)
    homer.close()


@pytest.mark.parametrize("url", ["", "udp://", "udp://h", "udp://h:0", "udp://h:70000", "http://h:1", "udp://:9060"])
def test_what_is_no_capture_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a capture server"):
        HomerTarget.of(url, 1, "")


def test_a_capture_server_may_have_an_ipv6_address() -> None:
    assert HomerTarget("udp", "2001:db8::1", 9060, 3, "k") == HomerTarget.of("udp://[2001:db8::1]:9060", 3, "k")
