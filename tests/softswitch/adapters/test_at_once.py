"""The usual OPTIONS and the challenge to a REGISTER, at the whole switch: as on the long way, without a transaction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from softswitch.sip.message import Response
from tests.softswitch.whole_switch import CARRIER, SIP_HOST, STRANGER, WholeSwitch, read


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[WholeSwitch]:
    made = WholeSwitch(tmp_path)
    yield made
    made.close()


def options(
    number: int = 1, source: tuple[str, int] = STRANGER, more: str = "", via: str = "UDP", uri: str = f"sip:{SIP_HOST}"
) -> bytes:
    return (
        f"OPTIONS {uri} SIP/2.0\r\nVia: SIP/2.0/{via} {source[0]}:{source[1]};branch=z9hG4bKping{number}\r\n"
        f"From: <sip:a@{source[0]}>;tag=1\r\nTo: <{uri}>\r\nCall-ID: ping{number}@x\r\nCSeq: 1 OPTIONS\r\n{more}"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def asked(
    switch: WholeSwitch, data: bytes, source: tuple[str, int] = STRANGER
) -> list[tuple[Response, tuple[str, int]]]:
    switch.datagrams()
    switch.datagram(data, source)
    switch.run(0.05)
    found = [(read(sent), to) for sent, to in switch.datagrams() if sent.startswith(b"SIP/2.0 ")]
    return [(answer, to) for answer, to in found if isinstance(answer, Response)]


def counted(switch: WholeSwitch) -> tuple[int, int]:
    exchange = switch.service._exchange
    return exchange.transactions, exchange.counts.requests["OPTIONS", "udp"]


@pytest.mark.parametrize("source", [CARRIER, STRANGER])
def test_it_is_answered_as_on_the_long_way_but_without_a_transaction(
    switch: WholeSwitch, source: tuple[str, int]
) -> None:
    ((at_once, to),) = asked(switch, options(1, source), source)
    assert ((0, 1), source) == (counted(switch), to)
    ((long, _),) = asked(switch, options(1, source, "Subject: the long way\r\n"), source)
    assert (1, 2) == counted(switch)
    for answer in (at_once, long):
        answer.headers.set("To", answer.headers.all("To")[0].partition(";tag=")[0])
    assert (200, long.to_bytes()) == (at_once.status, at_once.to_bytes())


def test_the_same_question_gets_the_same_answer_and_another_one_another_tag(switch: WholeSwitch) -> None:
    ((first, _),), ((again, _),), ((other, _),) = (asked(switch, options(number)) for number in (1, 1, 2))
    assert first.to_bytes() == again.to_bytes()
    assert first.to.tag != other.to.tag


def test_both_messages_are_in_the_trace(switch: WholeSwitch) -> None:
    asked(switch, options(7))
    entries = switch.service._trace.get("ping7@x")
    assert [("in", b"OPTIONS"), ("out", b"SIP/2.0")] == [(entry.direction, entry.data[:7]) for entry in entries]


def test_the_answer_goes_where_the_top_via_says(switch: WholeSwitch) -> None:
    elsewhere = STRANGER[0], STRANGER[1] + 7
    ((_, to),) = asked(switch, options(1, elsewhere))
    assert elsewhere == to


def test_a_drained_node_refuses_it(switch: WholeSwitch) -> None:
    switch.service._incoming.draining = True
    ((answer, _),) = asked(switch, options())
    assert (503, "30") == (answer.status, answer.headers.get("Retry-After"))


def test_a_node_without_room_for_transactions_refuses_it(switch: WholeSwitch) -> None:
    switch.service._exchange._transactions_max = 0
    assert [503] == [answer.status for answer, _ in asked(switch, options())]


def test_a_stranger_who_asks_too_often_is_told_to_wait_and_then_nothing(switch: WholeSwitch) -> None:
    for number in range(2_000):
        switch.datagram(options(number), STRANGER)
    answers = Counter(read(data).start_line().split(" ")[1] for data, _ in switch.datagrams())
    assert {"200", "503"} == set(answers)
    assert 2_000 > answers.total()


def test_over_tcp_it_is_answered_on_its_connection(switch: WholeSwitch) -> None:
    peer = switch.connect(STRANGER)
    peer.send(options(1, via="TCP") + options(2, via="TCP"))
    switch.run(0.05)
    assert [200, 200] == [message.status for message in map(read, peer.got()) if isinstance(message, Response)]


def register(number: int, more: str = "") -> bytes:
    uri = f"sip:{SIP_HOST}"
    return options(number, STRANGER, f"Contact: <sip:a@{STRANGER[0]}>\r\n{more}", uri=uri).replace(
        b"OPTIONS", b"REGISTER"
    )


def challenges(switch: WholeSwitch, data: bytes) -> list[str]:
    ((answer, _),) = asked(switch, data)
    assert 401 == answer.status
    return [re.sub(r'nonce="[^"]*"', "", value) for value in answer.headers.all("WWW-Authenticate")]


def test_a_register_is_challenged_as_on_the_long_way_but_without_a_transaction(switch: WholeSwitch) -> None:
    at_once = challenges(switch, register(1))
    assert 0 == switch.service._exchange.transactions
    assert at_once == challenges(switch, register(2, "Subject: the long way\r\n"))
    assert (1, 2) == (switch.service._exchange.transactions, len(at_once))


def test_a_register_that_is_repeated_is_no_phone_that_fails_at_challenges(switch: WholeSwitch) -> None:
    first = challenges(switch, register(1))
    switch.run(3.0)
    assert first == challenges(switch, register(1))
    switch.run(3.0)
    assert ["MD5"] == [value.rpartition("=")[2] for value in challenges(switch, register(2))]


def test_little_is_kept_of_a_register_however_long_it_is(switch: WholeSwitch) -> None:
    long = (
        register(1)
        .replace(b"z9hG4bKping1", b"z9hG4bK" + b"p" * 1_000)
        .replace(b"<sip:a@", b"<sip:" + b"a" * 300 + b"@", 1)
    )
    challenges(switch, long)
    kept = switch.service._front.at_once._door._dialects._asked
    assert 300 > len(str(*kept.items()))


def test_among_other_nodes_a_register_goes_the_long_way(switch: WholeSwitch) -> None:
    switch.service._exchange.is_alone = lambda: False
    assert 2 == len(challenges(switch, register(1)))
    assert 1 == switch.service._exchange.transactions
