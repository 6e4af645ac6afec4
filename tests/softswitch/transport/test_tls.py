"""TLS on real sockets: versions, SNI, who the far end is, client certificates, reload while calls go on, half-open ones."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from softswitch.sip.message import Request
from softswitch.sip.parse import parse_message
from softswitch.transport import limits
from softswitch.transport.certificates import answers_to, proves
from softswitch.transport.exchange import Exchange
from softswitch.transport.tls import BadCertificate, KeyPair, Tls, TlsOptions
from tests.softswitch.transport.sockets import OPTIONS, Loop, Node, certificate, is_closed, read, shake

Start = Callable[..., Node]
Pairs = dict[str, KeyPair]


def client(
    loop: Loop, node: Node, name: str | None = None, shown: KeyPair | None = None, newest: Any = None
) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = newest or ssl.TLSVersion.TLSv1_3
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    made = context.wrap_socket(node.client("tls"), server_hostname=name, do_handshake_on_connect=False)
    loop.keep(made)
    return made


def asking(loop: Loop, node: Node, version: int) -> tuple[SSL.Connection, Any]:
    """A client that has sent a request over that version, and the flow of it."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(version)
    made = SSL.Connection(context, node.client("tls"))
    made.set_connect_state()
    loop.until(soon(made.do_handshake))
    made.send(OPTIONS)
    loop.until(lambda: node.ear.messages)
    return made, node.ear.messages[0][1]


def received(loop: Loop, made: SSL.Connection) -> bytes:
    """What comes next."""
    got: list[bytes] = []
    loop.until(soon(lambda: got.append(made.recv(100))))
    return got[0]


def soon(what: Callable[[], object]) -> Callable[[], object]:
    """Whether it was done without having to wait."""

    def done() -> object:
        try:
            return what() or True
        except SSL.WantReadError:
            return False

    return done


def shown_by(loop: Loop, node: Node, name: str | None) -> str:
    """The first name in the certificate that who asks for a name is shown."""
    made = client(loop, node, name)
    shake(loop, made)
    found = x509.load_der_x509_certificate(made.getpeercert(True) or b"")
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_messages_travel_both_ways(loop: Loop, start: Start, newest: ssl.TLSVersion) -> None:
    node = start()
    made = client(loop, node, newest=newest)
    shake(loop, made)
    assert {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[newest] == made.version()
    made.sendall(OPTIONS + b"\r\n\r\n")
    loop.until(lambda: node.ear.messages)
    data, flow = node.ear.messages[0]
    assert (OPTIONS, "tls", True, frozenset()) == (data, flow.kind, flow.secure, flow.proved)
    flow.send(b"answer")
    assert b"\r\nanswer" == read(loop, made, lambda data: len(data) >= 8)


@pytest.mark.parametrize("says_so", [True, False], ids=["close_notify", "FIN"])
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
def test_who_ends_its_side_right_after_a_request_gets_the_answer(
    loop: Loop, start: Start, version: int, says_so: bool
) -> None:
    node = start()
    made, flow = asking(loop, node, version)
    if says_so:
        made.shutdown()
    made.sock_shutdown(socket.SHUT_WR)
    loop.turn()
    if not says_so or version == SSL.TLS1_3_VERSION:
        loop.advance(limits.HALF_CLOSED_S_MAX / 2)
        flow.send(b"answer")
        assert b"answer" == received(loop, made)
    loop.advance(limits.HALF_CLOSED_S_MAX)
    assert ([flow], 0, 0) == (node.ear.gone, node.ports.crowd.total, node.port("tls").connections)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
def test_who_vanishes_without_a_farewell_is_gone_at_once(loop: Loop, start: Start, version: int) -> None:
    node = start()
    made, flow = asking(loop, node, version)
    loop.advance(2 * limits.HALF_CLOSED_S_MAX)
    made.sock_shutdown(socket.SHUT_WR)
    loop.turn()
    assert ([flow], 0) == (node.ear.gone, node.ports.crowd.total)


def test_whom_we_called_and_who_vanishes_is_gone_at_once(loop: Loop, start: Start) -> None:
    server, caller = start(), start(TlsOptions((), verify_servers=False))
    flow = caller.open("tls", server.port("tls").local_port, "127.0.0.1")[0][0]
    flow.send(OPTIONS)
    loop.until(lambda: server.ear.messages)
    server.ear.messages[0][1].transport.transport.loseWriteConnection()
    loop.turn()
    assert ([flow], 0) == (caller.ear.gone, caller.port("tls").connections)


def test_last_words_reach_who_has_ended_its_side(loop: Loop, start: Start) -> None:
    node = start()
    made, flow = asking(loop, node, SSL.TLS1_3_VERSION)
    made.sock_shutdown(socket.SHUT_WR)
    flow.send(b"answer")
    flow.close()
    assert b"answer" == received(loop, made)


def test_who_leaves_in_the_handshake_is_gone_at_once(loop: Loop, start: Start) -> None:
    node = start()
    raw = node.client("tls")
    raw.sendall(b"\x16\x03\x01")
    loop.until(lambda: node.port("tls").connections)
    raw.shutdown(socket.SHUT_WR)
    loop.until(lambda: not node.port("tls").connections)
    assert is_closed(raw)


def test_old_versions_are_refused(loop: Loop, start: Start) -> None:
    node = start()
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(b"DEFAULT@SECLEVEL=0")
    context.set_max_proto_version(SSL.TLS1_1_VERSION)
    made = SSL.Connection(context, node.client("tls"))
    made.set_connect_state()
    refused: list[SSL.Error] = []

    def done() -> bool:
        try:
            made.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            refused.append(error)
        return True

    loop.until(done)
    assert "alert protocol version" in str(refused[0])


def test_the_certificate_is_chosen_by_the_name_asked_for(loop: Loop, start: Start, pairs: Pairs) -> None:
    node = start(TlsOptions((pairs["here"], pairs["one"], pairs["two"])))
    wanted = {"one.example": "one.example", "sip.two.example": "*.two.example", "other.example": "127.0.0.1"}
    assert wanted == {name: shown_by(loop, node, name) for name in wanted}
    assert "127.0.0.1" == shown_by(loop, node, None)


@pytest.mark.parametrize("domain, fits", [("127.0.0.1", True), ("localhost", True), ("other.example", False)])
def test_a_server_is_called_only_when_it_proves_its_domain(
    loop: Loop, start: Start, pairs: Pairs, domain: str, fits: bool
) -> None:
    server = start()
    caller = start(TlsOptions((), server_ca=pairs["here"].certificate), tls_port=None, ws_port=None, wss_port=None)
    flows, errors = caller.open("tls", server.port("tls").local_port, domain)
    if fits:
        assert "tls" == flows[0].kind
        flows[0].send(OPTIONS)
        loop.until(lambda: server.ear.messages)
    else:
        assert ([], ["the certificate is not that of other.example"]) == (flows, errors)
        loop.until(lambda: server.port("tls").connections == 0)


def test_a_server_nobody_vouches_for_is_not_called_unless_we_do_not_mind(
    loop: Loop, start: Start, pairs: Pairs
) -> None:
    server = start()
    strict, lax = start(TlsOptions((pairs["one"],))), start(TlsOptions((pairs["one"],), verify_servers=False))
    flows, errors = strict.open("tls", server.port("tls").local_port, "127.0.0.1")
    assert ([], True) == (flows, "certificate verify failed" in errors[0])
    flows, _ = lax.open("tls", server.port("tls").local_port, "whoever.example")
    assert flows[0].alive


def test_connections_are_reused_for_the_domain_they_were_made_for_only(loop: Loop, start: Start, pairs: Pairs) -> None:
    server, caller = start(), start(TlsOptions((), server_ca=pairs["here"].certificate))
    port = server.port("tls").local_port
    first, again, other = (caller.open("tls", port, name)[0][0] for name in ("127.0.0.1", "127.0.0.1", "localhost"))
    assert first is again
    assert first is not other


@pytest.mark.parametrize("must", ["optional", "required"])
def test_a_client_proves_its_name_and_offers_its_connection(loop: Loop, start: Start, pairs: Pairs, must: Any) -> None:
    options = TlsOptions((pairs["here"],), client_ca=pairs["client"].certificate, verify_clients=must)
    node = start(options)
    known = client(loop, node, shown=pairs["client"])
    shake(loop, known)
    known.sendall(OPTIONS)
    loop.until(lambda: node.ear.messages)
    flow = node.ear.messages[0][1]
    assert frozenset({"c.example"}) == flow.proved
    flow.alias(5061)
    assert [flow] == node.open("tls", 5061, "c.example")[0]


def test_who_is_asked_for_a_certificate_and_has_none_or_a_wrong_one_is_not_heard(
    loop: Loop, start: Start, pairs: Pairs
) -> None:
    node = start(TlsOptions((pairs["here"],), client_ca=pairs["client"].certificate, verify_clients="required"))
    for shown in (None, pairs["one"]):
        made = client(loop, node, shown=shown, newest=ssl.TLSVersion.TLSv1_2)
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            shake(loop, made)
    assert [] == node.ear.messages


def test_our_own_connection_is_offered_for_requests_back(loop: Loop, start: Start, pairs: Pairs) -> None:
    server, caller = start(), start(TlsOptions((), server_ca=pairs["here"].certificate))
    exchange = Exchange(loop.reactor, lambda: "0" * 32, lambda: 0)
    flow = caller.open("tls", server.port("tls").local_port, "127.0.0.1")[0][0]
    exchange.send(parsed(OPTIONS), flow)
    loop.until(lambda: server.ear.messages)
    data, there = server.ear.messages[0]
    assert b";rport;alias\r\n" in data
    exchange.send(parsed(OPTIONS), there)
    loop.until(lambda: caller.ear.messages)
    assert b";rport\r\n" in caller.ear.messages[0][0]


def parsed(data: bytes) -> Request:
    """A request without its Via."""
    message = parse_message(data)
    assert isinstance(message, Request)
    message.headers.set("Via", ())
    return message


def test_a_connection_without_proof_cannot_be_taken_as_an_alias(loop: Loop, start: Start) -> None:
    node = start()
    made = client(loop, node)
    shake(loop, made)
    made.sendall(OPTIONS)
    loop.until(lambda: node.ear.messages)
    node.ear.messages[0][1].alias(1)
    flows, errors = node.open("tls", 1, "127.0.0.1")
    assert ([], 1) == (flows, len(errors))


def test_certificates_change_without_dropping_a_connection(loop: Loop, start: Start, tmp_path: Path) -> None:
    pair = certificate(tmp_path, "pair", "old.example")
    node = start(TlsOptions((pair,)))
    held = client(loop, node)
    shake(loop, held)
    held.sendall(OPTIONS)
    loop.until(lambda: node.ear.messages)
    node.tls.reload_changed()
    assert "old.example" == shown_by(loop, node, None)
    new = certificate(tmp_path, "new", "new.example")
    shutil.move(new.certificate, pair.certificate)
    shutil.move(new.key, pair.key)
    node.tls.reload_changed()
    assert "new.example" == shown_by(loop, node, None)
    held.sendall(OPTIONS)
    loop.until(lambda: len(node.ear.messages) == 2)
    node.ear.messages[1][1].send(b"answer")
    assert b"answer" == read(loop, held)


def test_files_that_cannot_be_used_change_nothing(
    loop: Loop, start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pair = certificate(tmp_path, "pair", "good.example")
    node = start(TlsOptions((pair,)))
    pair.certificate.write_text("half a file")
    assert not node.tls.reload()
    assert f"the certificates stay as they were: {pair.certificate}" in caplog.text
    assert "good.example" == shown_by(loop, node, None)


def test_files_that_cannot_be_used_at_the_start_are_named(tmp_path: Path, loop: Loop, pairs: Pairs) -> None:
    missing = KeyPair(tmp_path / "none.pem", tmp_path / "none.key")
    crossed = KeyPair(pairs["one"].certificate, pairs["two"].key)
    for options, named in [
        (TlsOptions((missing,)), "none.pem"),
        (TlsOptions((crossed,)), "one.pem"),
        (TlsOptions((pairs["one"],), server_ca=tmp_path / "ca.pem"), "ca.pem"),
        (TlsOptions((pairs["one"],), client_ca=tmp_path / "ca.pem", verify_clients="required"), "ca.pem"),
    ]:
        with pytest.raises(BadCertificate, match=named):
            Tls(options, loop.reactor)


def test_a_handshake_that_does_not_end_is_cut_off(loop: Loop, start: Start) -> None:
    node = start()
    silent, garbage, half = node.client("tls"), node.client("tls"), node.client("tls")
    garbage.sendall(OPTIONS)
    half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
    loop.until(lambda: is_closed(garbage))
    assert [False, False] == [is_closed(silent), is_closed(half)]
    loop.advance(limits.HANDSHAKE_S_MAX)
    assert [True, True] == [is_closed(silent), is_closed(half)]
    assert [] == node.ear.messages
    loop.until(lambda: node.ports.crowd.total == 0)


def made(*names: x509.GeneralName, common: str = "cn.example") -> Any:
    class Shown:
        """Only what is looked at."""

        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        extensions = x509.Extensions(
            [x509.Extension(x509.SubjectAlternativeName.oid, False, x509.SubjectAlternativeName(names))]
            if names
            else []
        )

    return Shown


DNS, URI = x509.DNSName, x509.UniformResourceIdentifier


@pytest.mark.parametrize(
    "shown, domain, expected",
    [
        (made(DNS("sip.example")), "SIP.example.", True),
        (made(DNS("sip.example")), "example", False),
        (made(DNS("*.example")), "sip.example", False),
        (made(URI("sip:sip.example")), "sip.example", True),
        (made(URI("sip:ann@sip.example"), DNS("h.example")), "sip.example", False),
        (made(URI("sip:other.example"), DNS("sip.example")), "sip.example", False),
        (made(URI("https://sip.example"), DNS("sip.example")), "sip.example", True),
        (made(), "cn.example", True),
        (made(DNS("sip.example")), "cn.example", False),
    ],
)
def test_whose_certificate_it_is(shown: Any, domain: str, expected: bool) -> None:
    assert expected is proves(shown, domain)


def test_which_of_ours_answers_to_a_name() -> None:
    domains = frozenset({"sip.example", "*.two.example"})
    names = ("sip.example", "SIP.EXAMPLE.", "a.two.example", "two.example", "a.b.two.example")
    assert [True, True, True, False, False] == [answers_to(domains, name) for name in names]
