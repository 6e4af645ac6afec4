"""SIP over UDP on real sockets: datagrams, STUN, ICMP, IPv6, the large buffer."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import pytest

from softswitch.sip import stun
from softswitch.transport.datagrams import Datagrams
from softswitch.transport.flows import Unsendable
from softswitch.transport.udp import UdpPort
from tests.softswitch.transport.sockets import OPTIONS, Ear, Loop, Node

Start = Callable[..., Node]


def client(loop: Loop, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    made = loop.keep(socket.socket(family, socket.SOCK_DGRAM))
    made.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    return made


def got(loop: Loop, one: socket.socket) -> bytes:
    heard: list[bytes] = []

    def look() -> bool:
        try:
            heard.append(one.recv(65_536))
        except BlockingIOError:
            return False
        return True

    loop.until(look)
    return heard[0]


def test_a_datagram_comes_with_its_flow_and_the_answer_goes_back(loop: Loop, start: Start) -> None:
    node, phone = start(), client(loop)
    phone.sendto(OPTIONS, ("127.0.0.1", node.port("udp").local_port))
    loop.until(lambda: node.ear.messages)
    data, flow = node.ear.messages[0]
    assert (OPTIONS, phone.getsockname()) == (data, (flow.host, flow.port))
    assert flow == node.port("udp").find(flow.name)
    flow.send(b"answer")
    assert b"answer" == got(loop, phone)


def test_ipv6_has_its_own_socket_and_names_that_are_found_again(loop: Loop, start: Start) -> None:
    node, phone = start(hosts=("127.0.0.1", "::1")), client(loop, socket.AF_INET6)
    phone.sendto(OPTIONS, ("::1", node.port("udp", 1).local_port))
    loop.until(lambda: node.ear.messages)
    flow = node.ear.messages[0][1]
    assert (f"udp:[::1]:{phone.getsockname()[1]}", True) == (flow.name, flow.sent_by.startswith("[::1]:"))
    assert [None, flow] == [node.port("udp", index).find(flow.name) for index in (0, 1)]
    flow.send(b"answer")
    assert b"answer" == got(loop, phone)


def test_two_sockets_of_one_family_are_told_apart(loop: Loop, start: Start) -> None:
    node, phone = start(hosts=("127.0.0.1", "127.0.0.2")), client(loop)
    phone.sendto(OPTIONS, ("127.0.0.2", node.port("udp", 1).local_port))
    loop.until(lambda: node.ear.messages)
    flow = node.ear.messages[0][1]
    assert [None, flow] == [node.port("udp", index).find(flow.name) for index in (0, 1)]
    assert "127.0.0.1" == node.port("udp").find("udp:192.0.2.1:5060").sent_by.partition(":")[0]


def test_a_stun_request_is_answered_with_where_it_came_from(loop: Loop, start: Start) -> None:
    node, phone = start(), client(loop)
    phone.sendto(stun.request(b"abcdefghijkl"), ("127.0.0.1", node.port("udp").local_port))
    answer = stun.parse(got(loop, phone))
    assert stun.BindingResponse(b"abcdefghijkl", f"127.0.0.1:{phone.getsockname()[1]}") == answer
    assert [] == node.ear.messages


def test_a_banned_source_gets_no_stun_answer(loop: Loop, start: Start) -> None:
    node, phone = start(), client(loop)
    node.ear.banned.add("127.0.0.1")
    phone.sendto(stun.request(b"abcdefghijkl"), ("127.0.0.1", node.port("udp").local_port))
    loop.turn()
    with pytest.raises(BlockingIOError):
        phone.recv(1000)


def test_our_keep_alive_tells_how_we_are_seen_and_only_by_whom_we_asked(loop: Loop, start: Start) -> None:
    one, other, stranger = start(), start(), client(loop)
    seen: list[str] = []
    (flow,), _ = one.open("udp", other.port("udp").local_port)
    flow.ping(seen.append)
    loop.until(lambda: seen)
    assert [f"127.0.0.1:{one.port('udp').local_port}"] == seen
    quiet = client(loop)
    (flow,), _ = one.open("udp", quiet.getsockname()[1])
    flow.ping(seen.append)
    asked = stun.parse(got(loop, quiet))
    assert isinstance(asked, stun.BindingRequest)
    stranger.sendto(stun.answer(asked, "192.0.2.66", 1), ("127.0.0.1", one.port("udp").local_port))
    loop.turn()
    assert 1 == len(seen)


def test_an_icmp_error_is_told_with_its_address_and_the_socket_lives_on(loop: Loop, start: Start) -> None:
    node, phone, gone = start(), client(loop), client(loop)
    nobody = gone.getsockname()[1]
    gone.close()
    (flow,), _ = node.open("udp", nobody)
    flow.send(OPTIONS)
    loop.until(lambda: node.ear.nobody)
    assert flow == node.ear.nobody[0]
    flow.send(OPTIONS)
    (alive,), _ = node.open("udp", phone.getsockname()[1])
    alive.send(b"still here")
    assert b"still here" == got(loop, phone)
    phone.sendto(OPTIONS, ("127.0.0.1", node.port("udp").local_port))
    loop.until(lambda: node.ear.messages)


def test_what_cannot_be_sent_is_said(loop: Loop, start: Start) -> None:
    node = start()
    (flow,), _ = node.open("udp", 5060)
    with pytest.raises(Unsendable):
        flow.send(bytes(66_000))
    assert ["no such UDP port: 70000"] == node.open("udp", 70_000)[1]
    assert "no way from" in node.open("udp", 5060, host="2001:db8::1")[1][0]
    node.close()
    with pytest.raises(Unsendable):
        flow.send(OPTIONS)


def test_a_small_receive_buffer_is_said_in_the_log(
    loop: Loop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Datagrams, "_enlarge", lambda self: 212_992)
    port = UdpPort(Ear())
    with caplog.at_level(logging.WARNING):
        port.listen(loop.reactor, "127.0.0.1", 0)
    port.close()
    assert "is 208 kB, not 4096 kB" in caplog.text
