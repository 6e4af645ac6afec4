"""Every message of RFC 4475 and RFC 5118 asked of the whole switch, over UDP and TCP, as carrier and as stranger.

One row a file: the answers that are right for a B2BUA with a registrar, over UDP and, where it differs, over TCP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message
from softswitch.transport.tls import KeyPair
from tests.softswitch.transport.sockets import certificate
from tests.softswitch.whole_switch import CARRIER, STRANGER, WholeSwitch, authorized, read

FOLDER = Path(__file__).parent / "sip" / "torture"
PROCESSED = frozenset(range(200, 700)) - {400, 505, 513}
"""Taken: whatever the answer is about, it is not the form of the message."""

REGISTERED = frozenset({200, 401, 403, 404, 407})
UNKNOWN_METHOD = frozenset({501, 405, 404})
SILENCE = frozenset({None})
PAYLOAD_S = 70
"""Long enough for a connection that waits for the rest of a message, and for all transactions."""


@dataclass(frozen=True, slots=True)
class Row:
    """The right answers; `tcp` None is as over UDP; `closes` says that the connection does not outlive the message."""

    name: str
    udp: frozenset[int | None]
    tcp: frozenset[int | None] | None = None
    closes: bool = False


def row(name: str, *statuses: int | None, tcp: frozenset[int | None] | None = None, closes: bool = False) -> Row:
    return Row(name, frozenset(statuses), tcp, closes)


ROWS = (
    Row("wsinv", PROCESSED),
    Row("intmeth", UNKNOWN_METHOD),
    Row("esc01", PROCESSED),
    Row("escnull", REGISTERED),
    Row("esc02", UNKNOWN_METHOD),
    Row("lwsdisp", PROCESSED),
    Row("longreq", PROCESSED),
    # On a stream what follows the first message is a second one: an INVITE without a Contact.
    Row("dblreq", REGISTERED, REGISTERED | {400}),
    Row("semiuri", PROCESSED),
    Row("transports", PROCESSED),
    Row("mpart01", PROCESSED),
    row("unreason", None),
    row("noreason", None),
    row("badinv01", 400, None),
    # On a stream the rest of the body may still come: no answer, and an end.
    row("clerr", 400, tcp=SILENCE, closes=True),
    row("ncl", 400, closes=True),
    row("scalar02", 400),
    row("scalarlg", None),
    row("quotbal", 400),
    row("ltgtruri", 400),
    row("lwsruri", 400),
    row("lwsstart", 400),
    row("trws", 400),
    row("escruri", 400),
    Row("baddate", PROCESSED | {400}),
    Row("regbadct", REGISTERED | {400}),
    row("badaspec", 400),
    row("baddn", 400, tcp=SILENCE, closes=True),
    row("badvers", 505),
    row("mismatch01", 400),
    row("mismatch02", 501, 400, 405),
    row("bigcode", None),
    row("badbranch", 400),
    row("insuf", 400),
    row("unkscm", 416),
    row("novelsc", 416),
    row("unksm2", 400, 401, 403, 404),
    row("bext01", 420),
    row("invut", 415, 401, 403),
    row("regaut01", 401),
    row("multi01", 400),
    row("mcl01", 400, closes=True),
    row("bcast", None),
    row("zeromf", 200),
    Row("cparam01", REGISTERED),
    Row("cparam02", REGISTERED),
    Row("regescrt", REGISTERED),
    row("sdp01", 406, 401, 403),
    Row("inv2543", PROCESSED | {400}),
    row("test", 400, None),
    Row("ipv6-good", REGISTERED),
    row("ipv6-bad", 400),
    Row("port-ambiguous", REGISTERED),
    Row("port-unambiguous", REGISTERED),
    row("via-received-param-with-delim", 481),
    Row("via-received-param-no-delim", PROCESSED),
    Row("ipv6-in-sdp", PROCESSED),
    row("ipv6-in-sdp.orig", 400, tcp=SILENCE, closes=True),
    row("mult-ip-in-header", 481),
    Row("mult-ip-in-sdp", PROCESSED),
    # The published lengths of these two are too small: what is left over is dropped, or damages the stream behind it.
    Row("mult-ip-in-sdp.orig", PROCESSED),
    Row("ipv4-mapped-ipv6", PROCESSED),
    Row("ipv4-mapped-ipv6.orig", PROCESSED),
    Row("ipv6-bug-abnf-3-colons", PROCESSED),
    Row("ipv6-correct-abnf-2-colons", PROCESSED),
)


def octets(name: str) -> bytes:
    return next(path for path in FOLDER.iterdir() if path.stem == name).read_bytes()


def finals(data: list[bytes]) -> list[Response]:
    """The final answers; repeats of one are one."""
    answers = [answer for each in dict.fromkeys(data) if isinstance(answer := read(each), Response)]
    assert len(answers) == len(list(map(read, dict.fromkeys(data)))), "nothing but answers may go out"
    return [answer for answer in answers if answer.status >= 200]


def ask(switch: WholeSwitch, name: str, source: tuple[str, int] = STRANGER) -> Response:
    """The one answer to a file over UDP."""
    switch.datagram(octets(name), source)
    switch.run(PAYLOAD_S)
    (answer,) = finals([data for data, _ in switch.datagrams()])
    return answer


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """A certificate of the switch."""
    return certificate(tmp_path_factory.mktemp("certificate"), "switch", "pbx")


@pytest.fixture
def everywhere(tmp_path: Path, pair: KeyPair) -> Iterator[WholeSwitch]:
    """A switch that takes connections over TLS and WebSocket too."""
    own = ({"certificate": pair.certificate, "key": pair.key},)
    switch = WholeSwitch(tmp_path, streams={"sip_tls_port": 5061, "sip_ws_port": 5066}, tls_certificates=own)
    yield switch
    switch.close()
    assert [] == switch.troubles


def test_every_file_has_its_row() -> None:
    assert sorted(row.name for row in ROWS) == sorted(path.stem for path in FOLDER.iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("source", [CARRIER, STRANGER], ids=["carrier", "stranger"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_datagram_gets_its_one_answer_or_none(switch: WholeSwitch, row: Row, source: tuple[str, int]) -> None:
    switch.datagram(octets(row.name), source)
    switch.run(PAYLOAD_S)
    sent = switch.datagrams()
    answers = finals([data for data, _ in sent])
    assert len(answers) <= 1
    assert (answers[0].status if answers else None) in row.udp
    assert {host for _, (host, _) in sent} <= {source[0]}, "answers go to where the request came from"
    assert 0 == switch.service._exchange.transactions


@pytest.mark.parametrize("source", [CARRIER, STRANGER], ids=["carrier", "stranger"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_message_on_a_connection_gets_its_answer_or_none(
    switch: WholeSwitch, row: Row, source: tuple[str, int]
) -> None:
    peer = switch.connect(source)
    peer.send(octets(row.name))
    answers = finals(peer.got())
    switch.run(PAYLOAD_S)
    answers += finals(peer.got())
    assert {answer.status for answer in answers} or {None} <= (row.udp if row.tcp is None else row.tcp)
    assert not row.closes or peer.closed
    assert [] == switch.datagrams(), "an answer to a connection goes on it"
    assert 0 == switch.service._exchange.transactions


@pytest.mark.parametrize("kind", ["tls", "ws"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_message_over_tls_is_one_of_a_stream_and_one_over_websocket_is_whole(
    everywhere: WholeSwitch, row: Row, kind: str
) -> None:
    peer = everywhere.connect(STRANGER, kind)
    peer.send(octets(row.name))
    everywhere.run(1)  # TLS collects what is small
    answers = finals(peer.got())
    everywhere.run(PAYLOAD_S)
    answers += finals(peer.got())
    in_stream = kind == "tls" and row.tcp is not None
    assert {answer.status for answer in answers} or {None} <= (row.tcp if in_stream and row.tcp else row.udp)
    assert not (row.closes and kind == "tls") or peer.closed
    assert [] == everywhere.datagrams(), "an answer to a connection goes on it"
    assert 0 == everywhere.service._exchange.transactions


@pytest.mark.parametrize("name", ["ncl", "mcl01"])
def test_a_stream_whose_lengths_lie_is_closed_at_once(switch: WholeSwitch, name: str) -> None:
    peer = switch.connect()
    peer.send(octets(name))
    assert [400] == [answer.status for answer in finals(peer.got())]
    assert peer.closed


def test_an_unknown_method_hears_what_is_allowed_and_a_quoted_nul_comes_back(switch: WholeSwitch) -> None:
    switch.datagram(octets("intmeth"))
    ((data, _),) = switch.datagrams()
    answer = read(data)
    assert 501 == answer.status if isinstance(answer, Response) else False
    assert {"INVITE", "ACK", "BYE"} <= set(answer.values("Allow"))
    assert b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"' in data


def test_a_long_request_gets_its_vias_and_its_tag_back(switch: WholeSwitch) -> None:
    request = parse_message(octets("longreq"))
    switch.datagram(octets("longreq"))
    for data, _ in switch.datagrams():
        lines = data.decode().split("\r\n")
        assert request.headers.all("Via")[1:] == [line[5:] for line in lines if line.startswith("Via: ")][1:]
        assert f"From: {request.headers.get('From')}" in lines


def test_a_second_message_in_a_datagram_starts_nothing(switch: WholeSwitch) -> None:
    assert "REGISTER" == ask(switch, "dblreq", CARRIER).cseq.method
    assert 1 == switch.service._exchange.counts.messages
    assert [] == switch.records()


def test_unknown_extensions_are_listed(switch: WholeSwitch) -> None:
    assert ["nothingSupportsThis", "nothingSupportsThisEither"] == ask(switch, "bext01").values("Unsupported")


def test_a_415_says_what_is_welcome(switch: WholeSwitch) -> None:
    assert "application/sdp" in ask(switch, "invut").values("Accept")


def test_an_unknown_scheme_of_credentials_is_challenged_anew(switch: WholeSwitch) -> None:
    assert ask(switch, "regaut01").headers.all("WWW-Authenticate")[0].startswith("Digest ")


def test_options_tell_what_a_call_could_use(switch: WholeSwitch) -> None:
    answer = ask(switch, "zeromf")
    assert {"100rel", "timer", "replaces", "path", "outbound", "gruu"} <= set(answer.values("Supported"))
    assert {"Allow", "Accept", "Accept-Encoding", "Accept-Language"} <= {name for name, _ in answer.headers.items()}


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        (b"", b"", "401 Unauthorized"),
        (b"CSeq", b"Authorization: Basic cm9vdDpyb290\r\nCSeq", "401 Unauthorized"),
        (b"CSeq", b'Authorization: Digest username="101", response="0"\r\nCSeq', "401 Unauthorized"),
        (b"To: sip:%75se%72@example.com", b"To: <sip:user@example.com>;tag=1", "481 Call/Transaction Does Not Exist"),
        (b"Max-Forwards: 87", b"Max-Forwards: 0", "483 Too Many Hops"),
        (b"CSeq", b"Require: gold\r\nCSeq", "420 Bad Extension"),
    ],
)
def test_a_stranger_makes_us_send_one_answer_for_each_invite_and_no_more(
    switch: WholeSwitch, old: bytes, new: bytes, answer: str
) -> None:
    """To an address that may not be theirs (RFC 3261 26.3.2.4), whatever they write."""
    for _ in range(2):
        switch.datagram(octets("esc01").replace(old, new, 1), STRANGER)
    switch.run(PAYLOAD_S)
    assert [f"SIP/2.0 {answer}"] * 2 == [read(data).start_line() for data, _ in switch.datagrams()]


def test_a_stranger_whose_invite_comes_on_two_ways_is_told_so_once(switch: WholeSwitch) -> None:
    for branch in (b"z9hG4bKkdjuw", b"z9hG4bKother"):
        switch.datagram(octets("esc01").replace(b"z9hG4bKkdjuw", branch), STRANGER)
    switch.run(PAYLOAD_S)
    assert ["SIP/2.0 401", "SIP/2.0 482"] == [read(data).start_line()[:11] for data, _ in switch.datagrams()]


def test_no_answer_goes_to_a_broadcast_address(switch: WholeSwitch) -> None:
    switch.datagram(octets("bcast"))
    switch.run(PAYLOAD_S)
    assert [] == switch.datagrams()


def register(switch: WholeSwitch, name: str) -> Response:
    """A file's REGISTER, authenticated as a device of the demo tenant."""
    switch.datagram(octets(name), STRANGER)
    challenged = read(switch.datagrams()[0][0])
    request = parse_message(octets(name))
    assert isinstance(request, Request)
    assert isinstance(challenged, Response)
    switch.datagram(authorized(request, challenged).to_bytes(), STRANGER)
    answer = read(switch.datagrams()[0][0])
    assert isinstance(answer, Response)
    return answer


def stored(switch: WholeSwitch) -> list[str]:
    return [contact.binding.uri for contact in switch.service._phones.all(switch.reactor.seconds())]


@pytest.mark.parametrize(
    ("name", "uris"),
    [
        ("cparam01", ["sip:+19725552222@gw1.example.net"]),
        ("cparam02", ["sip:+19725552222@gw1.example.net;unknownparam"]),
        ("regescrt", ["sip:user@example.com?Route=%3Csip:sip.example.com%3E"]),
        ("escnull", ["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"]),
    ],
)
def test_a_registered_contact_is_kept_as_it_was_written(switch: WholeSwitch, name: str, uris: list[str]) -> None:
    answer = register(switch, name)
    assert 200 == answer.status
    assert sorted(uris) == sorted(contact.uri_text for contact in answer.contacts) == sorted(stored(switch))
    switch.run(1)  # the table is saved
    saved = json.dumps(switch.service._state.table("registrations").load())
    assert "\\u0000" not in saved
    assert len(uris) == saved.count("ends_at")


@pytest.mark.parametrize("name", ["regbadct", "unksm2"])
def test_a_contact_that_is_none_of_ours_is_refused(switch: WholeSwitch, name: str) -> None:
    assert 400 == register(switch, name).status
    assert [] == stored(switch)
