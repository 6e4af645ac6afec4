"""SIP over TCP on real sockets: messages, keep-alives, reuse, and the limits that hold attackers off."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from softswitch.transport import limits
from softswitch.transport.crowd import Crowd, place_of
from softswitch.transport.flows import Unsendable
from tests.softswitch.transport.sockets import OPTIONS, Loop, Node, is_closed, read

Start = Callable[..., Node]


def sent(node: Node, data: bytes, host: str = "127.0.0.1") -> socket.socket:
    client = node.client("tcp", host)
    client.sendall(data)
    return client


def test_messages_come_whole_whatever_the_pieces_and_answers_go_back(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS[:40])
    loop.turn()
    client.sendall(OPTIONS[40:] + OPTIONS)
    loop.until(lambda: len(node.ear.messages) == 2)
    (data, flow), (again, _) = node.ear.messages
    assert [OPTIONS, OPTIONS] == [data, again]
    assert ("tcp", True, False, "127.0.0.1") == (flow.kind, flow.reliable, flow.secure, flow.host)
    assert flow is node.port("tcp").find(flow.name)
    flow.send(b"answer")
    assert b"answer" == read(loop, client)


def test_a_ping_is_answered_and_our_ping_hears_any_sign_of_life(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS + b"\r\n\r\n")
    assert b"\r\n" == read(loop, client)
    pongs: list[str] = []
    node.ear.messages[0][1].ping(pongs.append)
    assert b"\r\n\r\n" == read(loop, client)
    assert [] == pongs
    client.sendall(b"\r\n")
    loop.until(lambda: pongs)
    assert [""] == pongs


def test_a_connection_is_made_once_and_reused_both_ways(loop: Loop, start: Start) -> None:
    one, other = start(), start()
    (flow,), _ = one.open("tcp", other.port("tcp").local_port)
    (again,), _ = one.open("tcp", other.port("tcp").local_port)
    assert flow is again
    flow.send(OPTIONS)
    loop.until(lambda: other.ear.messages)
    there = other.ear.messages[0][1]
    (back,), _ = other.open("tcp", there.port)
    assert there is back


def test_a_refused_connection_says_so(loop: Loop, start: Start) -> None:
    node = start()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    flows, errors = node.open("tcp", port)
    assert ([], 1) == (flows, len(errors))
    assert "refused" in errors[0]


def test_a_lost_connection_is_told_and_sends_no_more(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS)
    loop.until(lambda: node.ear.messages)
    flow = node.ear.messages[0][1]
    client.close()
    loop.until(lambda: node.ear.gone)
    assert ([flow], None) == (node.ear.gone, node.port("tcp").find(flow.name))
    with pytest.raises(Unsendable):
        flow.send(OPTIONS)
    assert 0 == node.ports.crowd.total


def test_who_ends_its_side_right_after_a_request_gets_the_answer(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS)
    client.shutdown(socket.SHUT_WR)
    loop.until(lambda: node.ear.messages)
    flow = node.ear.messages[0][1]
    loop.advance(limits.HALF_CLOSED_S_MAX / 2)
    flow.expect(120)
    flow.send(b"answer")
    assert b"answer" == read(loop, client)
    assert not is_closed(client)
    loop.advance(limits.HALF_CLOSED_S_MAX)
    assert is_closed(client)
    loop.until(lambda: node.ear.gone)
    assert ([flow], 0) == (node.ear.gone, node.ports.crowd.total)


def test_a_request_of_ours_goes_on_no_connection_whose_far_end_sends_no_more(loop: Loop, start: Start) -> None:
    one, other = start(), start()
    (flow,), _ = one.open("tcp", other.port("tcp").local_port)
    flow.send(OPTIONS)
    loop.until(lambda: other.ear.messages)
    there = other.ear.messages[0][1]
    flow.transport.loseWriteConnection()
    loop.turn()
    assert there.alive
    flows, errors = other.open("tcp", there.port)
    assert ([], 1) == (flows, len(errors)), "a port from which somebody called takes no calls"


def test_the_end_of_a_connection_is_no_failure_of_the_next_to_the_same_target(loop: Loop, start: Start) -> None:
    one, other = start(), start()
    port = other.port("tcp").local_port
    (old,), _ = one.open("tcp", port)
    old.close()
    flows, errors = one.open("tcp", port)
    assert ([], [False]) == (errors, [flow is old for flow in flows])


@pytest.mark.parametrize("said", [b"", OPTIONS[:40], b"\r\n\r\n", OPTIONS + OPTIONS[:40]])
def test_who_ends_its_side_and_asked_nothing_lately_is_cut_off_at_once(loop: Loop, start: Start, said: bytes) -> None:
    node = start()
    client = sent(node, said)
    loop.turn()
    loop.advance(limits.HALF_CLOSED_S_MAX)
    client.shutdown(socket.SHUT_WR)
    loop.until(lambda: node.port("tcp").connections == 0)
    assert is_closed(client)


def test_the_end_of_a_connection_that_carried_nothing_is_no_news(loop: Loop, start: Start) -> None:
    node = start()
    client = node.client("tcp")
    loop.until(lambda: node.port("tcp").connections == 1)
    client.close()
    loop.until(lambda: node.port("tcp").connections == 0)
    assert ([], 0) == (node.ear.gone, node.ports.crowd.total)


def test_who_says_nothing_or_only_line_ends_is_cut_off(loop: Loop, start: Start) -> None:
    node = start()
    silent, pinging = node.client("tcp"), node.client("tcp")
    loop.turn()
    for _ in range(3):
        loop.advance(limits.FIRST_MESSAGE_S_MAX / 4)
        pinging.sendall(b"\r\n\r\n")
        loop.turn()
    assert [False, False] == [is_closed(silent), is_closed(pinging)]
    loop.advance(limits.FIRST_MESSAGE_S_MAX / 2)
    assert [True, True] == [is_closed(silent), is_closed(pinging)]


def test_who_drips_a_message_octet_by_octet_is_cut_off(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS)
    loop.until(lambda: node.ear.messages)
    for octet in range(8):
        client.sendall(OPTIONS[octet : octet + 1])
        loop.advance(limits.PARTIAL_MESSAGE_S_MAX / 9)
    assert not is_closed(client)
    loop.advance(limits.PARTIAL_MESSAGE_S_MAX / 5)
    assert is_closed(client)


def test_an_idle_connection_lives_long_and_shorter_when_keep_alives_were_promised(loop: Loop, start: Start) -> None:
    node = start()
    usual, promised = sent(node, OPTIONS), sent(node, OPTIONS)
    loop.until(lambda: len(node.ear.messages) == 2)
    flows = {flow.port: flow for _, flow in node.ear.messages}
    flows[promised.getsockname()[1]].expect(120)
    loop.advance(130)
    assert [False, False] == [is_closed(usual), is_closed(promised)]
    promised.sendall(b"\r\n\r\n")
    loop.turn()
    loop.advance(130)
    assert not is_closed(promised)
    loop.advance(10)
    assert [False, True] == [is_closed(usual), is_closed(promised)]
    loop.advance(limits.IDLE_S_MAX)
    assert is_closed(usual)


def test_a_peer_that_does_not_read_costs_a_bounded_memory(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS)
    loop.until(lambda: node.ear.messages)
    flow = node.ear.messages[0][1]
    for _ in range(200):
        with suppress(Unsendable):
            flow.send(bytes(256 * 1024))
            loop.turn(1)
    loop.until(lambda: node.ear.gone)
    assert not flow.alive
    client.close()


def test_a_stream_that_cannot_be_followed_is_told_and_closed(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 99999999"))
    loop.until(lambda: node.ear.errors)
    assert 513 == node.ear.errors[0].status
    loop.until(lambda: is_closed(client))


def test_what_speaks_no_sip_is_cut_off_at_once(loop: Loop, start: Start) -> None:
    node = start()
    client = sent(node, b"GET / HTTP/1.1\r\n")
    loop.until(lambda: is_closed(client))
    assert [400] == [error.status for error in node.ear.errors]


def test_a_banned_source_gets_no_connection(loop: Loop, start: Start) -> None:
    node = start()
    node.ear.banned.add("127.0.0.1")
    client = node.client("tcp")
    loop.until(lambda: is_closed(client))
    assert 0 == node.port("tcp").connections


def test_ipv4_and_ipv6_are_listened_on_side_by_side(loop: Loop, start: Start) -> None:
    node = start(hosts=("127.0.0.1", "::1"))
    for host in ("127.0.0.1", "::1"):
        sent(node, OPTIONS, host)
    loop.until(lambda: len(node.ear.messages) == 2)
    assert {"127.0.0.1", "::1"} == {flow.host for _, flow in node.ear.messages}
    six = next(flow for _, flow in node.ear.messages if flow.host == "::1")
    assert six.sent_by.startswith("[::1]:")
    assert six is node.port("tcp", 1).find(six.name)


def test_a_thousand_idle_connections_are_held_and_cut_off_in_time(loop: Loop, start: Start) -> None:
    node = start()
    clients = []
    for _ in range(10):
        clients += [node.client("tcp") for _ in range(100)]
        loop.turn(5)
    loop.until(lambda: node.port("tcp").connections == limits.CONNECTIONS_PER_PLACE_MAX)
    one_more = node.client("tcp")
    loop.until(lambda: is_closed(one_more))
    loop.advance(limits.FIRST_MESSAGE_S_MAX)
    loop.until(lambda: node.port("tcp").connections == 0)
    assert all(is_closed(client) for client in clients)


def test_the_crowd_counts_places_and_all() -> None:
    crowd = Crowd(total_max=3, place_max=2)
    for host in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1"):
        assert crowd.has_room(host)
        crowd.enter(host)
    assert [False, True] == [crowd.has_room("2001:db8:1:2::9"), crowd.has_room("192.0.2.1")]
    crowd.enter("192.0.2.1")
    assert not crowd.has_room("192.0.2.2")
    crowd.leave("2001:db8:1:2::1")
    assert crowd.has_room("2001:db8:1:2::9")
    assert "192.0.2.1" == place_of("192.0.2.1")
