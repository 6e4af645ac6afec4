"""SIP over WebSocket: the opening, frames and their limits (RFC 6455), messages (RFC 7118), on real sockets too."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.limits import MESSAGE_BYTES_MAX
from softswitch.transport import limits
from softswitch.transport.codec import Read, Write
from softswitch.transport.websocket import Opcode, WebSocketCodec, frame
from tests.softswitch.transport.sockets import OPTIONS, Loop, Node, is_closed, read, shake

Start = Callable[..., Node]
MASK = b"\x12\x34\x56\x78"
FIELDS = {
    "Host": "sip.example",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",  # RFC 6455 1.3
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "chat, sip",
}


def opening(start: str = "GET /ws HTTP/1.1", **changes: str | None) -> bytes:
    fields = {**FIELDS, **{name.replace("_", "-"): value for name, value in changes.items()}}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([start, *lines, "", ""]).encode()


def masked(opcode: int, payload: bytes, last: bool = True) -> bytes:
    size = len(payload)
    head = bytes([(0x80 if last else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += b"\xfe" + struct.pack("!H", size)
    else:
        head += b"\xff" + struct.pack("!Q", size)
    return head + MASK + bytes(octet ^ MASK[at % 4] for at, octet in enumerate(payload))


def opened(origins: frozenset[str] = frozenset()) -> WebSocketCodec:
    codec = WebSocketCodec(origins)
    (answer,) = codec.feed(opening())
    assert isinstance(answer, Write)
    assert answer.greets
    return codec


def closing(code: int, reads: Sequence[Read]) -> bool:
    """Whether the last thing is our close frame with that code."""
    last = reads[-1]
    return (
        isinstance(last, Write) and last.last and last.data[:1] == b"\x88" and last.data[2:4] == struct.pack("!H", code)
    )


def test_the_opening_is_answered_with_the_proof_of_the_rfc() -> None:
    (answer,) = WebSocketCodec().feed(opening())
    assert isinstance(answer, Write)
    lines = answer.data.decode().split("\r\n")
    assert "HTTP/1.1 101 Switching Protocols" == lines[0]
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines
    assert "Sec-WebSocket-Protocol: sip" in lines


@pytest.mark.parametrize(
    "request_head, status",
    [
        (opening("POST / HTTP/1.1"), "400"),
        (opening("GET / HTTP/1.0"), "400"),
        (opening("GET /"), "400"),
        (OPTIONS, "400"),
        (opening(Upgrade=None), "426"),
        (opening(Connection="close"), "426"),
        (opening(Sec_WebSocket_Version="8"), "426"),
        (opening(Sec_WebSocket_Key="short"), "400"),
        (opening(Sec_WebSocket_Key=None), "400"),
        (opening(Host=None), "400"),
        (opening(Sec_WebSocket_Protocol="chat"), "400"),
        (opening(Sec_WebSocket_Protocol=None), "400"),
        (opening().replace(b"Host", b"Ho st").replace(b"Upgrade:", b"Upgrade :"), "400"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2_000, "431"),
    ],
)
def test_an_opening_that_is_none_is_refused_with_its_status(request_head: bytes, status: str) -> None:
    codec = WebSocketCodec()
    (answer,) = codec.feed(request_head)
    assert isinstance(answer, Write)
    assert (f"HTTP/1.1 {status}", True) == (answer.data[:12].decode(), answer.last)
    assert () == codec.feed(masked(1, OPTIONS))


@pytest.mark.parametrize(
    "origin, expected",
    [
        ("https://pbx.example", "101"),
        ("HTTPS://PBX.example", "101"),
        (None, "101"),
        ("https://evil.example", "403"),
        ("null", "403"),
    ],
)
def test_only_pages_on_the_list_may_connect(origin: str | None, expected: str) -> None:
    (answer,) = WebSocketCodec(frozenset({"https://pbx.example"})).feed(opening(Origin=origin))
    assert isinstance(answer, Write)
    assert f"HTTP/1.1 {expected}" == answer.data[:12].decode()


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
@pytest.mark.parametrize("size", [1, 125, 126, 65_535])
def test_a_message_of_any_size_and_kind_comes_whole(opcode: Opcode, size: int) -> None:
    message = b"x" * size
    data = masked(opcode, message)
    codec = opened()
    assert [] == list(codec.feed(data[:-1]))
    assert not codec.is_idle
    assert [message] == list(codec.feed(data[-1:]))
    assert codec.is_idle


def test_several_messages_in_one_read_come_in_order_and_the_opening_may_be_among_them() -> None:
    reads = WebSocketCodec().feed(opening() + masked(1, b"one") + masked(2, b"two"))
    assert [b"one", b"two"] == list(reads[1:])


def test_fragments_are_joined_and_pings_between_them_answered() -> None:
    codec = opened()
    data = masked(1, b"OPT", last=False) + masked(9, b"hi") + masked(0, b"IO", last=False) + masked(0, b"NS")
    assert [Write(frame(Opcode.PONG, b"hi")), b"OPTIONS"] == list(codec.feed(data))


def test_what_we_send_is_text_or_binary_and_never_masked() -> None:
    codec = opened()
    assert b"\x81\x05hello" == codec.frame(b"hello")
    assert b"\x82\x02\xff\xfe" == codec.frame(b"\xff\xfe")
    assert b"\x81\x7e\x01\x00" + b"x" * 256 == codec.frame(b"x" * 256)
    assert b"\x81\x7f" + struct.pack("!Q", 65_536) == frame(Opcode.TEXT, b"x" * 65_536)[:10]
    assert b"\x89\x00" == codec.ping()


def test_keep_alives_of_rfc_5626_are_answered_in_a_frame() -> None:
    assert [Write(b"\x81\x02\r\n")] == list(opened().feed(masked(1, b"\r\n\r\n")))


@pytest.mark.parametrize(
    "data, code",
    [
        (b"\x81\x05hello", 1002),
        (b"\xc1" + masked(1, b"x")[1:], 1002),
        (masked(3, b"x"), 1002),
        (masked(9, b"x", last=False), 1002),
        (masked(9, b"x" * 126), 1002),
        (masked(0, b"x"), 1002),
        (masked(1, b"x", last=False) + masked(1, b"y"), 1002),
        (masked(1, b"\xff\xfe"), 1007),
        (masked(8, b"\x03"), 1002),
        (masked(8, struct.pack("!H", 1005)), 1002),
        (masked(8, struct.pack("!H", 1000) + b"\xff"), 1002),
        (b"\x82\xff" + struct.pack("!Q", MESSAGE_BYTES_MAX + 1), 1009),
        (masked(1, b"x" * 40_000, last=False) + masked(0, b"x" * 40_000), 1009),
        (masked(1, b"x", last=False) + masked(0, b"", last=False) * limits.WEBSOCKET_FRAMES_MAX, 1008),
        (masked(9, b"") * (limits.WEBSOCKET_FRAMES_MAX + 1), 1008),
    ],
)
def test_frames_that_break_a_rule_end_the_connection_with_its_code(data: bytes, code: int) -> None:
    codec = opened()
    assert closing(code, codec.feed(data))
    assert () == codec.feed(masked(1, b"more"))
    assert b"" == codec.frame(b"more")


def test_a_close_is_answered_with_its_code() -> None:
    assert closing(1001, opened().feed(masked(8, struct.pack("!H", 1001) + b"bye")))
    assert closing(1000, opened().feed(masked(8, b"")))


def test_pongs_are_heard_and_not_answered() -> None:
    assert [] == list(opened().feed(masked(10, b"")))


@given(st.binary(max_size=300), st.integers(0, 300))
def test_garbage_breaks_nothing_wherever_it_is_cut(data: bytes, at: int) -> None:
    whole, pieces = opened(), opened()
    assert list(whole.feed(data)) == [*pieces.feed(data[:at]), *pieces.feed(data[at:])]


@given(st.binary(max_size=600))
def test_a_garbage_opening_breaks_nothing(data: bytes) -> None:
    assert all(isinstance(each, Write) for each in WebSocketCodec().feed(data + b"\r\n\r\n"))


@pytest.mark.parametrize("kind", ["ws", "wss"])
def test_a_browser_is_served_on_real_sockets(loop: Loop, start: Start, kind: str) -> None:
    node = start()
    made = node.client(kind)  # type: ignore[arg-type]  # a parameter of the test
    if kind == "wss":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        made = context.wrap_socket(made, do_handshake_on_connect=False)
        loop.keep(made)
        shake(loop, made)
    made.sendall(opening())
    assert b"HTTP/1.1 101" == read(loop, made)[:12]
    made.sendall(masked(1, OPTIONS))
    loop.until(lambda: node.ear.messages)
    data, flow = node.ear.messages[0]
    assert (OPTIONS, kind, True, kind == "wss") == (data, flow.kind, flow.reliable, flow.secure)
    flow.send(b"answer")
    assert b"\x81\x06answer" == read(loop, made)
    pongs: list[str] = []
    flow.ping(pongs.append)
    assert b"\x89\x00" == read(loop, made)
    made.sendall(masked(10, b""))
    loop.until(lambda: pongs)
    assert ([], ["no connection to ws 127.0.0.1:80"]) == node.open("ws", 80)


def test_an_opening_that_does_not_come_is_cut_off_and_an_open_one_may_rest(loop: Loop, start: Start) -> None:
    node = start()
    slow, resting = node.client("ws"), node.client("ws")
    slow.sendall(opening()[:50])
    resting.sendall(opening())
    assert b"HTTP/1.1 101" == read(loop, resting)[:12]
    loop.advance(limits.FIRST_MESSAGE_S_MAX)
    assert [True, False] == [is_closed(slow), is_closed(resting)]
