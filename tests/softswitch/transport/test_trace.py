"""The message trace: by Call-ID, bounded, without credentials."""

from __future__ import annotations

import pytest

from softswitch.transport.trace import Trace, TraceEntry, call_id_of, scrub


def message(call_id: str, start: str = "INVITE sip:a@b SIP/2.0", extra: str = "", body: str = "") -> bytes:
    return f"{start}\r\nVia: SIP/2.0/UDP h\r\n{extra}Call-ID: {call_id}\r\n\r\n{body}".encode()


def test_messages_of_a_call_are_taken_in_order_and_once() -> None:
    trace = Trace()
    trace.record(1, "in", "10.0.0.1:5060", "10.0.0.2:5060", message("one"))
    trace.record(2, "out", "10.0.0.2:5060", "10.0.0.1:5060", message("one", "SIP/2.0 200 OK"))
    trace.record(3, "in", "10.0.0.1:5060", "10.0.0.2:5060", message("two"))
    expected = [
        TraceEntry(1, "in", "10.0.0.1:5060", "10.0.0.2:5060", message("one")),
        TraceEntry(2, "out", "10.0.0.2:5060", "10.0.0.1:5060", message("one", "SIP/2.0 200 OK")),
    ]
    assert expected == trace.get("one")
    assert expected == trace.take("one")
    assert [] == trace.take("one")
    trace.take("two")
    assert 0 == trace.size_bytes


@pytest.mark.parametrize(
    "header", ["Authorization", "Proxy-Authorization", "AUTHORIZATION", "proxy-authorization", "Authorization "]
)
def test_credentials_are_removed(header: str) -> None:
    secret = f'{header}: Digest username="ann",\r\n response="5ec3e7"\r\n'
    kept = scrub(message("one", extra=secret))
    assert b"5ec3e7" not in kept
    assert b"ann" not in kept
    assert b"(removed)\r\nCall-ID: one" in kept


def test_challenges_and_other_headers_stay() -> None:
    text = message("one", extra='WWW-Authenticate: Digest realm="r"\r\nSubject: authorization\r\n')
    assert text == scrub(text)


@pytest.mark.parametrize(
    "head, expected",
    [
        (b"X\r\nCall-ID: a@b\r\n\r\n", "a@b"),
        (b"X\r\ni:a\r\n\r\n", "a"),
        (b"X\r\nCALL-ID :  a \r\n\r\n", "a"),
        (b"X\r\nCall-ID:\r\n a\r\n\r\n", "a"),
        (b"X\r\nSubject: Call-ID: no\r\n\r\n", None),
        (b"", None),
    ],
)
def test_the_call_id_is_found_in_all_its_spellings(head: bytes, expected: str | None) -> None:
    assert expected == call_id_of(head)


def test_the_oldest_calls_go_when_there_are_too_many() -> None:
    trace = Trace(calls_max=2)
    for call in ("one", "two", "three"):
        trace.record(1, "in", "a", "b", message(call))
    assert [0, 1, 1] == [len(trace.get(call)) for call in ("one", "two", "three")]


def test_the_oldest_calls_go_when_there_is_too_much() -> None:
    trace = Trace(bytes_max=10_000)
    for number in range(100):
        trace.record(1, "in", "a", "b", message(f"call{number}", body="x" * 1000))
    assert trace.size_bytes <= 10_000
    assert 1 == len(trace.get("call99"))


def test_a_call_keeps_its_first_messages_when_it_has_too_many() -> None:
    trace = Trace()
    for number in range(1000):
        trace.record(number, "in", "a", "b", message("one", body="x" * 1000))
    kept = trace.get("one")
    assert 0 == kept[0].at_us
    assert 100 < len(kept) < 300


def test_a_storm_of_registrations_drops_no_call() -> None:
    trace = Trace(calls_max=10, others_max=5)
    trace.record(1, "in", "a", "b", message("call"))
    for number in range(100):
        trace.record(2, "in", "a", "b", message(f"reg{number}", "REGISTER sip:b SIP/2.0"))
    trace.record(3, "out", "a", "b", message("call", "SIP/2.0 200 OK"))
    assert 2 == len(trace.get("call"))
    assert 1 == len(trace.get("reg99"))


def test_a_huge_message_is_cut() -> None:
    trace = Trace()
    trace.record(1, "in", "a", "b", message("one", body="x" * 60_000))
    assert 16 * 1024 == len(trace.get("one")[0].data)
