"""What attackers send: text meant for the programs behind us, smuggled headers, lying lengths, too much of everything."""

from __future__ import annotations

import json
import re

import pytest

from installer.demo_tenant import ANN_NUMBER, MAIN_NUMBER
from softswitch.sip.headers import Headers
from softswitch.sip.limits import REASON_TEXT_CHARS_MAX
from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message
from softswitch.transport.listener import cause_of_bye
from tests.softswitch.fakes import FakeMedia
from tests.softswitch.sip.messages import SDP, raw
from tests.softswitch.whole_switch import CARRIER, PHONE, STRANGER, WholeSwitch, authorized, read

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
EVIL_NAME = "=cmd|' /C calc'!A0 <script>alert(1)</script>\x1b]0;x\x07\x9b31m\u202e../../etc/passwd \udcff"
EVIL_USER = "%2B1555%3E%0d%0aX-Evil:%20yes%0d%0a%0d%0a%00"


def invite(number: str, *headers: str, user: str = "+12025550100", name: str = "Eve", call_id: str = "c1@eve") -> bytes:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        f"Via: SIP/2.0/UDP {CARRIER[0]}:{CARRIER[1]};branch=z9hG4bKeve;rport",
        "Max-Forwards: 70",
        f'From: "{quoted}" <sip:{user}@evil.example>;tag=1',
        f"To: <sip:{number}@127.0.0.1>",
        f"Call-ID: {call_id}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:eve@{CARRIER[0]}:{CARRIER[1]}>",
        "Content-Type: application/sdp",
        *headers,
    ]
    return raw(f"INVITE sip:{number}@127.0.0.1 SIP/2.0", lines, SDP)


def register(switch: WholeSwitch, *headers: str) -> None:
    lines = [
        f"Via: SIP/2.0/UDP {STRANGER[0]};branch=z9hG4bKreg",
        "Max-Forwards: 70",
        f"From: <sip:{PHONE}@pbx>;tag=1",
        f"To: <sip:{PHONE}@pbx>",
        "Call-ID: r1",
        "CSeq: 1 REGISTER",
        f"Contact: <sip:{PHONE}@{STRANGER[0]}:{STRANGER[1]}>",
        *headers,
    ]
    request = parse_message(raw("REGISTER sip:pbx SIP/2.0", lines))
    assert isinstance(request, Request)
    switch.datagram(request.to_bytes(), STRANGER)
    challenged = read(switch.datagrams()[0][0])
    assert isinstance(challenged, Response)
    switch.datagram(authorized(request, challenged).to_bytes(), STRANGER)
    assert ["SIP/2.0 200 OK"] == [read(data).start_line() for data, _ in switch.datagrams()]


def texts(document: object) -> list[str]:
    """All texts in a document but the raw messages, which are kept as they came."""
    match document:
        case str():
            return [document]
        case dict():
            return [text for key, value in document.items() if key not in ("raw", "summary") for text in texts(value)]
        case list():
            return [text for value in document for text in texts(value)]
        case _:
            return []


def test_a_caller_that_writes_for_the_programs_behind_us_is_recorded_as_harmless_text(switch: WholeSwitch) -> None:
    register(switch, "User-Agent: Phone\x1b[31m\udcff<b>")
    switch.datagram(
        invite(ANN_NUMBER, "User-Agent: \x1b[2J", user=EVIL_USER, name=EVIL_NAME, call_id="../../x\x1b\udcff@h")
    )
    switch.run(1)
    (rung,) = {data for data, (host, _) in switch.datagrams() if host == STRANGER[0]}
    rings = parse_message(rung)
    assert "X-Evil" not in rings.headers
    assert b"\r\n\r\n" in rung
    assert 1 == rung.count(b"From:") == rung.count(b"Call-ID:")
    assert "127.0.0.1" == rings.from_.uri.host
    assert UNFIT.search(rings.from_.display) is None
    switch.run(120)
    found = [text for record in switch.records() for text in texts(record)]
    found += [text for _, payload in switch.bus.published for text in texts(json.loads(payload))]
    assert any("<script>" in text for text in found), "it is text, and is shown as text"
    assert [] == [text for text in found if UNFIT.search(text)]
    assert {"call.open", "call.close"} <= {record["kind"] for record in switch.records()}
    saved = switch.service._state.table("registrations").load()
    assert [] == [text for text in texts(saved) if UNFIT.search(text)]


def test_a_name_in_latin_1_is_shown_and_the_call_goes_on(switch: WholeSwitch) -> None:
    switch.datagram(invite(MAIN_NUMBER, name=b"J\xfcrgen M\xfcller".decode("utf-8", "surrogateescape")))
    switch.run(2)
    assert "SIP/2.0 200 OK" in [read(data).start_line() for data, _ in switch.datagrams()]
    assert "Jürgen Müller" == switch.records()[0]["call"]["from_name"]


def test_a_recording_has_a_name_of_ours(switch: WholeSwitch) -> None:
    switch.datagram(invite(ANN_NUMBER, user="..%2f..%2fetc%2fpasswd", name="../../x", call_id="../../../tmp/x"))
    switch.run(25)  # nobody is registered: the mailbox answers
    media = switch.service._board.media
    assert isinstance(media, FakeMedia)
    assert media.recordings
    folder = re.escape(str(switch.folder / "recordings"))
    assert all(re.fullmatch(rf"{folder}/[A-Za-z0-9_-]+\.wav", path) for path in media.recordings)


def test_the_reason_of_a_bye_is_text_of_bounded_length() -> None:
    evil = 'Q.850;cause=31;text="\x1b[2J' + "x" * 500 + '"'
    cause = cause_of_bye(Headers([("Reason", evil)]))
    assert (31, REASON_TEXT_CHARS_MAX) == (cause.q850, len(cause.text))
    assert UNFIT.search(cause.text) is None


HEAD = (
    "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKodd\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>\r\nCall-ID: odd\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
)
SECOND = "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKsecond\r\n\r\n"


def odd(lines: str = "", body: str = "", head: str = HEAD) -> bytes:
    return f"{head}{lines}\r\n{body}".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("data", "udp", "tcp"),
    [
        # Lengths that lie, twice, or in disguise.
        (odd("Content-Length: 0\r\nContent-Length: 5\r\n", "12345"), [400], [400]),
        (odd("Content-Length: 0\r\nl: 0\r\n"), [400], [400]),
        (odd("Content-Length: 0, 5\r\n", "12345"), [400], [400]),
        (odd("Content-Length: +0\r\n"), [400], [400]),
        (odd("Content-Length: 0x0\r\n"), [400], [400]),
        (odd("Content-Length: \r\n"), [400], [400]),
        (odd("Content-Length: \N{FULLWIDTH DIGIT ZERO}\r\n"), [400], [400]),
        (odd(f"Content-Length: {'9' * 400}\r\n"), [400], [400]),
        (odd("Content-Length: 70000\r\n"), [400], [513]),
        (odd("Content-Length:\r\n 0\r\n"), [200], [200]),
        (odd("Content-Length : 0\r\n"), [200], [200]),
        (odd("X-Content-Length: 5\r\nContent-Length: 0\r\n"), [200], [200]),
        (odd("Content-Length: 00000\r\n", SECOND), [200], [200, 400]),
        # Line ends that other programs may take for some.
        (odd("X: a\nContent-Length: 99\r\n"), [], []),
        (odd("X: a\rFrom: <sip:evil@x>;tag=2\r\n"), [], []),
        (odd("X: a\0\r\n"), [200], [200]),
        (odd("X: a\x0bFrom: b\x0c\x85\u2028c\r\n"), [200], [200]),
        (odd().replace(b"\r\n", b"\n"), [], []),
        # Headers in disguise.
        (odd("Fr om: <sip:evil@x>;tag=2\r\n"), [400], [400]),
        (odd(": nameless\r\n"), [400], [400]),
        (odd("no colon\r\n"), [400], [400]),
        (odd("From : <sip:evil@x>;tag=2\r\n"), [400], [400]),
        (odd("fRoM: <sip:evil@x>;tag=2\r\n"), [400], [400]),
        (odd("f: <sip:evil@x>;tag=2\r\n"), [400], [400]),
        (odd("From\0: <sip:evil@x>;tag=2\r\n"), [400], [400]),
        (odd("X: y\r\n From: <sip:evil@x>;tag=2\r\n"), [200], [200]),  # the rest of the line above
        # Numbers.
        (odd(head=HEAD.replace("CSeq: 1", "CSeq: 2147483648")), [400], [400]),
        (odd(head=HEAD.replace("CSeq: 1", "CSeq: -1")), [400], [400]),
        (odd(head=HEAD.replace("CSeq: 1", f"CSeq: {'9' * 5000}")), [400], [400]),
        (odd(head=HEAD.replace(":5070", ":65536")), [], []),
        (odd(head=HEAD.replace(": 70", f": {'7' * 5000}")), [400], [400]),
        (odd(head=HEAD.replace(": 70", ": 256")), [400], [400]),
        (odd(head=HEAD.replace(": 70", ": -1")), [400], [400]),
        (odd(head=HEAD.replace(": 70", ": 255")), [200], [200]),
        (odd(head=HEAD.replace(": 70", ": 0")), [200], [200]),
        (odd(head=HEAD.replace("OPTIONS", "REGISTER").replace(": 70", ": 0")), [400, 401, 404], [400, 401, 404]),
        (odd(head=HEAD.replace("OPTIONS", "REGISTER").replace(": 70", ": 256")), [400], [400]),
        (
            odd("Expires: -1\r\nRSeq: 99999999999\r\nSession-Expires: x\r\nMin-SE: 1e9\r\nTimestamp: nan\r\n"),
            [200],
            [200],
        ),
        # Too much.
        (odd("X: y\r\n" * 4_000), [400, None], [400, 513, None]),
        (odd(f"X: {'y' * 9_000}\r\n"), [400], [400]),
        (odd(f"X: {'y' * 40_000}\r\n"), [400, 513, None], [513, None]),
        (odd("Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n" * 200), [400, None], [400]),
        (odd(f"Contact: {'<sip:a@b>,' * 700}\r\n"), [200, 400], [200, 400]),
        (odd(f"Require: {'a,' * 4_000}b\r\n"), [400], [400]),
        # Schemes and methods.
        (odd(head=HEAD.replace("sip:127.0.0.1 ", "javascript:alert(1) ", 1)), [416], [416]),
        (odd(head=HEAD.replace("sip:127.0.0.1 ", "data:text/html,x ", 1)), [416], [416]),
        (odd(head=HEAD.replace("sip:127.0.0.1 ", "127.0.0.1 ", 1)), [400], [400]),
        (odd(head=HEAD.replace("sip:127.0.0.1 ", "sip:%00@127.0.0.1 ", 1)), [200], [200]),
        (odd(head=HEAD.replace("OPTIONS", "__proto__")), [501], [501]),
        (odd(head=HEAD.replace("OPTIONS", "options")), [501], [501]),
        (odd(head=HEAD.replace("OPTIONS", "INVITE\0")), [400], [400]),
        (odd(head=HEAD.replace("OPTIONS", "M" * 7_000)), [501, 400], [501, 400]),
        (odd(head=HEAD.replace("SIP/2.0\r\n", "HTTP/1.1\r\n", 1)), [400], [400]),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [], []),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), [], []),
        (b"\0" * 1_400, [], []),
        (b"", [], []),
    ],
)
def test_an_odd_message_gets_its_one_answer_or_none(
    switch: WholeSwitch, data: bytes, udp: list[int | None], tcp: list[int | None]
) -> None:
    switch.datagram(data)
    switch.run(40)
    answers = list(dict.fromkeys(read(sent).start_line()[8:11] for sent, _ in switch.datagrams()))
    assert [int(answer) for answer in answers] in ([each] if each is not None else [] for each in (udp or [None]))
    peer = switch.connect()
    peer.send(data)
    switch.run(40)
    assert {int(read(sent).start_line()[8:11]) for sent in peer.got()} <= set(tcp)
    assert 0 == switch.service._exchange.transactions
    assert [] == switch.records()
