"""The message trace: by Call-ID, bounded, without credentials."""

from __future__ import annotations

import pytest

from softswitch.transport.trace import Trace, TraceEntry, call_id_of


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


def test_secrets_are_removed_from_what_is_kept_and_from_what_is_malformed() -> None:
    trace = Trace()
    secret = message("one", extra='Authorization: Digest response="5ec3e7"\r\n')
    trace.record(1, "in", "10.0.0.1:5060", "10.0.0.2:5060", secret)
    trace.record_malformed(1, "10.0.0.1:5060", "10.0.0.2:5060", secret, "why")
    for entry in (trace.get("one")[0], trace.malformed[0][0]):
        assert b"5ec3e7" not in entry.data
        assert len(secret) == len(entry.data)


def test_the_words_of_messages_are_kept_when_the_operator_wants_them() -> None:
    data = message("one", "MESSAGE sip:a SIP/2.0", body="hello")
    for with_text, expected in ((False, b"*****"), (True, b"hello")):
        trace = Trace(with_text=with_text)
        trace.record(1, "in", "10.0.0.1:5060", "10.0.0.2:5060", data)
        assert trace.get("one")[0].data.endswith(expected)


def test_a_tee_sees_each_message_as_it_is_kept_with_its_transport() -> None:
    trace, seen = Trace(), []
    trace.tee = lambda call_id, entry: seen.append((call_id, entry.transport, entry.data))
    trace.record(1, "in", "a:1", "b:2", message("one", extra="Authorization: x\r\n"), "tls")
    assert [("one", "tls", message("one", extra="Authorization: *\r\n"))] == seen


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
