"""What is fuzzed: a function of bytes that returns when the promises hold and raises when one is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from media.ice import stun as checks
from media.ice.agent import Agent, Send
from media.ice.candidates import Credentials
from softswitch.sip import glance, stun
from softswitch.sip.body import description_of, parts_of, sdp_of
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import Nonces, read_credentials
from softswitch.sip.errors import BadMessage, NotAcceptable
from softswitch.sip.fields.content import MediaType
from softswitch.sip.fields.table import FIELDS
from softswitch.sip.framing import KeepAlive, StreamFramer
from softswitch.sip.grammar import split_list
from softswitch.sip.headers import Headers
from softswitch.sip.limits import SDP_BYTES_MAX, SDP_LINES_MAX, URI_MAX
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.multipart import parse_multipart, print_multipart
from softswitch.sip.offer_answer import LocalMedia, answer_offer, make_offer, read_answer
from softswitch.sip.parse import parse_message
from softswitch.sip.sdp import parse_sdp
from softswitch.sip.uri import parse_uri
from softswitch.transport.websocket import WebSocketCodec
from tests.fuzz.reply import reply
from tests.fuzz.talk import talk

TYPED = (
    "call_id",
    "content_type",
    "contacts",
    "cseq",
    "expires",
    "from_",
    "max_forwards",
    "record_routes",
    "routes",
    "to",
    "top_via",
    "vias",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A reader with a promise; `bytes_max` bounds its inputs."""

    name: str
    run: Callable[[bytes], None]
    bytes_max: int = 4_096


def message(data: bytes) -> None:
    """A datagram is a message or a bad one; what is taken prints to itself, and all of it is read or refused."""
    try:
        read = parse_message(data)
    except BadMessage as bad:
        if bad.request is not None:
            make_response(bad.request, bad.status, bad.reason, "t", bad.headers).to_bytes()
        return
    printed = read.to_bytes()
    again = parse_message(printed)
    assert printed == again.to_bytes()
    for name in TYPED:
        tolerate(lambda name=name: getattr(read, name))  # type: ignore[misc]  # bound at once
    for field in FIELDS:
        tolerate(lambda field=field: (read.read_all if field.is_list else read.read_each)(field.name, field.parse))  # type: ignore[misc]  # bound at once
    tolerate(lambda: description_of(read))
    tolerate(lambda: parts_of(read))
    sdp_of(read)
    if isinstance(read, Request):
        answer = make_response(read, 200, to_tag="t").to_bytes()
        assert answer.startswith(b"SIP/2.0 200 OK\r\n")
        assert answer.count(b"\r\n\r\n") == 1


def header(data: bytes) -> None:
    """A header value is read or refused; what is read prints to what is read as the same."""
    if not data:
        return
    field, text = FIELDS[data[0] % len(FIELDS)], data[1:].decode("utf-8", "surrogateescape")
    if "\r" in text or "\n" in text:
        return  # no header value has line ends: the parser of messages sees to it
    try:
        values = [field.parse(value) for value in (split_list(text) if field.is_list else [text])]
    except BadMessage:
        return
    printed = ", ".join(map(str, values))
    assert values == [field.parse(value) for value in (split_list(printed) if field.is_list else [printed])]
    Headers().add(field.name, printed)


def uri(data: bytes) -> None:
    """A URI is read or refused; it equals itself, and what it prints is read as the same."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        read = parse_uri(text)
    except BadMessage:
        return
    printed = str(read)
    assert not any(each in printed for each in '\r\n <>"'), "a URI can be put into <>"
    if len(printed) <= URI_MAX:  # escapes make it longer
        again = parse_uri(printed)
        assert again == read
        assert read.equals(again)


def sdp(data: bytes) -> None:
    """A description is read or not acceptable; what is read prints to itself; an offer gets an answer or a refusal."""
    local = LocalMedia("192.0.2.1", 4000)
    try:
        read = parse_sdp(data)
    except NotAcceptable:
        return
    printed = read.to_bytes()
    if len(printed) <= SDP_BYTES_MAX and printed.count(b"\n") < SDP_LINES_MAX:  # s= and t= may be added
        assert printed == parse_sdp(printed).to_bytes()
    for work in (lambda: answer_offer(read, local), lambda: read_answer(make_offer(local), read)):
        try:
            work()
        except NotAcceptable:
            continue


def framing(data: bytes) -> None:
    """A stream gives the same frames however it is cut, and each frame is what a datagram would be."""
    if len(data) < 2:
        return
    step, stream = data[0] % 64 + 1, data[1:]
    whole, cut = frames([stream]), frames([stream[at : at + step] for at in range(0, len(stream), step)])
    assert whole == cut
    for frame in whole[0]:
        if frame is not None:
            message(frame)


def frames(pieces: list[bytes]) -> tuple[list[bytes | None], bool]:
    """(frames, broken): keep-alives are None."""
    framer, found = StreamFramer(), list[bytes | None]()
    try:
        for piece in pieces:
            found += [None if isinstance(frame, KeepAlive) else frame for frame in framer.feed(piece)]
        framer.feed(b"")
    except BadMessage:
        return found, True
    return found, False


def multipart(data: bytes) -> None:
    """A body is parts or a bad one; the parts printed are the same parts."""
    boundary, _, body = data.partition(b"\n")
    kind = MediaType("multipart", "mixed", {"boundary": f'"{boundary.decode("latin-1")}"'})
    try:
        parts = parse_multipart(body, kind)
    except BadMessage:
        return
    for part in parts:
        for name in ("content_type", "disposition", "content_id", "content"):
            tolerate(lambda part=part, name=name: getattr(part, name))  # type: ignore[misc]  # bound at once
    other = "=_a boundary that is in no part_="
    if other.encode() not in body:
        assert parts == parse_multipart(
            print_multipart(parts, other), MediaType("multipart", "mixed", {"boundary": f'"{other}"'})
        )


def digest(data: bytes) -> None:
    """Credentials are read or refused, verified or not, and a challenge is answered or not."""
    text = data.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")
    tolerate(lambda: read_credentials(text))
    Nonces(bytes(16)).verify(text, "REGISTER", "sip:a@b", b"", {"MD5": "0" * 32}, 0.0, "192.0.2.1")
    request = Request("REGISTER", "sip:a@b", Headers([("Authorization", text)]))
    response = Response(401, "", Headers([("WWW-Authenticate", text)]))
    for name, value in answer_challenges(response, request, Account("ann", "secret", lambda _: True), "c0ffee"):
        Headers().add(name, value)


def at_the_door(data: bytes) -> None:
    """A look at a message never fails, and a refusal made of its raw headers is one message."""
    glance.kind_of(data), glance.to_tag(data), glance.dialled(data), glance.user_agent(data)
    via = glance.top_via(data)
    if via is None:
        return
    refusal = glance.refusal(data, via, via, b"tag", 5)
    if refusal is not None:
        assert refusal.startswith(b"SIP/2.0 503 Service Unavailable\r\nVia: ") or b"\r\nVia: " in refusal
        assert refusal.count(b"\r\n\r\n") == 1
        assert refusal.endswith(b"\r\n\r\n")


def stun_message(data: bytes) -> None:
    """STUN is read or is none; an answer to a request is read as its address."""
    read = stun.parse(data)
    if isinstance(read, stun.BindingRequest) and stun.is_stun(data) and not read.unknown:
        answer = stun.parse(stun.answer(read, "192.0.2.1", 5060))
        assert isinstance(answer, stun.BindingResponse)
        assert answer.mapped == "192.0.2.1:5060"


def check(data: bytes) -> None:
    """A message of ICE is read or is none; what was read is built again, and an agent answers it or not, never with more than
    three times its octets. "s" gives it an integrity that holds."""
    secret, body = "a secret of twenty octets", data[1:]
    message = checks.parse(body)
    if message is None:
        return
    if data[:1] == b"s":
        body = checks.build(message.kind, message.transaction, message.attributes, secret)
        message = checks.parse(body)
        if message is None:  # an attribute of its own behind the integrity that it has already, or too long by now
            return
    assert message.error is None or 0 <= message.error < 1_000
    assert message.mapped is None or 0 <= message.mapped[1] < 65_536
    assert len(message.unknown) <= len(message.attributes)
    assert message.username is None or len(message.username) <= 513
    agent = Agent(Credentials("AAAAAAAA", secret), Credentials("them", secret), (), False, False, bytes, bytes(8), 0.0)
    sent = agent.received(message, ("192.0.2.1", 4000), 1.0)
    assert len(sent) <= 1
    assert all(len(one.data) <= 3 * max(len(body), 40) for one in sent if isinstance(one, Send))
    agent.timer(2.0)


def websocket(data: bytes) -> None:
    """A WebSocket gives the same messages and answers however its octets are cut. "h" begins with a good handshake."""
    if len(data) < 3:
        return
    step, stream = data[1] % 64 + 1, (HANDSHAKE if data[:1] == b"h" else b"") + data[2:]
    assert _read(stream, len(stream)) == _read(stream, step)


def _read(stream: bytes, step: int) -> tuple[list[object], bool]:
    codec, found = WebSocketCodec(), list[object]()
    try:
        for at in range(0, len(stream), step):
            found += codec.feed(stream[at : at + step])
    except BadMessage:
        return found, True
    return found, False


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
)


def tolerate(work: Callable[[], object]) -> None:
    """Only a BadMessage may come out."""
    try:
        work()
    except BadMessage:
        return


TARGETS = (
    Target("message", message, 8_192),
    Target("header", header),
    Target("uri", uri, 1_024),
    Target("sdp", sdp),
    Target("framing", framing, 8_192),
    Target("multipart", multipart),
    Target("digest", digest, 1_024),
    Target("at_the_door", at_the_door, 8_192),
    Target("stun", stun_message, 512),
    Target("check", check, 1_024),
    Target("websocket", websocket),
    Target("talk", talk, 8_192),
    Target("reply", reply),
)
