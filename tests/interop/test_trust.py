"""Trust at a whole node: guessing callers, a carrier that challenges, calls signed and judged, certificates over HTTPS."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from configdb.model import SYSTEM
from installer import demo_tenant
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.stir.credential import read_chain
from softswitch.stir.verify import Question, judge, read_claims
from tests.interop.node import Running, listening, unasked
from tests.interop.test_sipp import sipp
from tests.ports import free_ports
from tests.softswitch.sip.messages import SDP
from tests.softswitch.stir.ca import CLAIMS, HEADER, Ca, authority, one, point, token

pytestmark = pytest.mark.interop

CALLER = demo_tenant.CALLER_NUMBER.removeprefix("+")
CALLED = demo_tenant.MAIN_NUMBER.removeprefix("+")
KEY, ROOT = ec.generate_private_key(ec.SECP256R1()), Ca(at=time.time())


class Peer:
    """A SIP program of a few lines on a UDP port."""

    def __init__(self, port: int, node: Running) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port, self.node, self.calls = port, node, 0
        self.there = ("127.0.0.1", node.runtime.sip_port)

    def close(self) -> None:
        self.socket.close()

    def read(self, seconds: float = 5.0) -> Request | Response:
        """The next message."""
        self.socket.settimeout(seconds)
        data, self.there = self.socket.recvfrom(65535)
        return parse_message(data)

    def request(self, method: str, seconds: float = 10.0) -> Request:
        """The next request of a method."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.read(max(0.01, deadline - time.monotonic()))
            if isinstance(message, Request) and message.method == method:
                return message

    def answer(self, request: Request, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        contact = (("Contact", f"<sip:127.0.0.1:{self.port}>"),)
        body = SDP if status == 200 and request.method == "INVITE" else b""
        made = make_response(
            request, status, None, "peer", (*contact, *headers), body, "application/sdp" if body else None
        )
        self.socket.sendto(made.to_bytes(), self.there)

    def invite(self, dialled: str, *headers: str, caller: str = f"+{CALLER}") -> Response:
        """A call; its final answer, which is acknowledged."""
        self.calls += 1
        branch, target = f"z9hG4bK{time.monotonic_ns()}", f"sip:{dialled}@{self.node.sip}"
        common = [
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport",
            f"From: <sip:{caller}@127.0.0.1>;tag=t{self.calls}",
            f"Call-ID: {self.port}-{self.calls}-{time.monotonic_ns()}@127.0.0.1",
            "Max-Forwards: 70",
        ]
        more = [f"To: <{target}>", "CSeq: 1 INVITE", f"Contact: <sip:127.0.0.1:{self.port}>", *headers]
        length = ["Content-Type: application/sdp", f"Content-Length: {len(SDP)}", "", ""]
        self._send([f"INVITE {target} SIP/2.0", *common, *more, *length], SDP)
        while True:
            answer = self.read()
            if isinstance(answer, Response) and answer.status >= 200:
                break
        to = f"To: {answer.headers.get('To')}"
        self._send([f"ACK {target} SIP/2.0", *common, to, "CSeq: 1 ACK", "Content-Length: 0", "", ""])
        if answer.status < 300:
            by = [f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch}bye;rport", *common[1:]]
            where = answer.contacts[0].uri_text
            self._send([f"BYE {where} SIP/2.0", *by, to, "CSeq: 2 BYE", "Content-Length: 0", "", ""])
        return answer

    def _send(self, lines: list[str], body: bytes = b"") -> None:
        self.socket.sendto("\r\n".join(lines).encode() + body, ("127.0.0.1", self.node.runtime.sip_port))


@dataclass
class Web:
    """An HTTPS server of certificates whose root the node trusts through SSL_CERT_FILE."""

    folder: Path
    pages: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def start(self) -> Web:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                status, body, headers = web.pages.get(self.path, (404, b"", {}))
                if status == 0:
                    time.sleep(5)
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        certificate, self.roots = _web_certificate(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def url(self, name: str) -> str:
        return f"https://localhost:{self.port}/{name}"

    def serve(self, name: str, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> str:
        self.pages[f"/{name}"] = status, body, headers or {}
        return self.url(name)


def _web_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    pem = builder.add_extension(x509.BasicConstraints(True, None), True).sign(key, SHA256()).public_bytes(Encoding.PEM)
    both, roots = folder / "web.pem", folder / "web-roots.pem"
    both.write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    roots.write_bytes(pem)
    return both, roots


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    served = Web(tmp_path_factory.mktemp("web")).start()
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture(scope="module")
def trusting(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node that judges and signs."""
    folder = tmp_path_factory.mktemp("trusting")
    (folder / "roots.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    key = folder / "key.pem"
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    settings = {
        "STIR_ROOTS": str(folder / "roots.pem"),
        "STIR_CERTIFICATE_HOSTS": f'["localhost:{web.port}"]',
        "STIR_KEY": str(key),
        "STIR_CERTIFICATE_URL": web.url("ours.pem"),
    }
    environment = {f"SOFTSWITCH_{name}": value for name, value in settings.items()}
    running = Running(folder / "data", {**environment, "SSL_CERT_FILE": str(web.roots)}).start()
    yield running
    assert 0 == running.stop()


@pytest.fixture
def peer(trusting: Running) -> Iterator[Peer]:
    made = Peer(trusting.carrier_ports[0], trusting)
    yield made
    made.close()


def set_trunk(node: Running, **fields: Any) -> None:
    ports = tuple(node.carrier_ports)
    node.change(SYSTEM, "trunk", demo_tenant.TRUNK, {**unasked(demo_tenant.trunk(ports, ports[0])), **fields})


def identity(url: str, **claims: Any) -> str:
    said = CLAIMS | {"orig": {"tn": CALLER}, "dest": {"tn": [CALLED]}, "iat": int(time.time())} | claims
    return f"Identity: {token(KEY, HEADER | {'x5u': url}, said)};info=<{url}>;alg=ES256;ppt=shaken"


def last(node: Running, before: str | None, to: str) -> tuple[str | None, list[str]]:
    """The attestation of the newest call to a number, and the codes of its steps."""
    detail = node.finished(before, to=to)
    return detail["call"]["attestation"], [step["code"] for step in detail["steps"] if step["code"].startswith("stir.")]


def test_a_scanner_learns_nothing_from_extensions(own_node: Running) -> None:
    stranger = Peer(free_ports(1)[0], own_node)
    answers = []
    for dialled, caller in (
        ("101", "101"),
        ("101", "ann-desk"),
        ("999999", "nobody"),
        ("+12025550123", "nobody"),
        ("a b", "x"),
    ):
        answer = stranger.invite(dialled.replace(" ", "%20"), caller=caller)
        challenges = [re.sub('nonce="[^"]*"', "", value) for value in answer.headers.all("WWW-Authenticate")]
        answers.append((answer.status, answer.reason, sorted(name for name, _ in answer.headers.items()), challenges))
    stranger.close()
    assert 401 == answers[0][0]
    assert answers == [answers[0]] * len(answers)
    assert ["SHA-256", "MD5"] == [value.rpartition("=")[2] for value in answers[0][3]]


@pytest.mark.parametrize(
    ("policy", "page", "claims", "status", "attestation", "step"),
    [
        ("verify", "good", {}, 200, "A", "stir.passed"),
        ("verify", "good", {"attest": "C"}, 200, "C", "stir.passed"),
        ("verify", "other", {}, 200, "failed", "stir.failed"),
        ("verify", "missing", {}, 200, "unknown", "stir.unknown"),
        ("verify", "moved", {}, 200, "unknown", "stir.unknown"),
        ("verify", "huge", {}, 200, "unknown", "stir.unknown"),
        ("verify", "silent", {}, 200, "unknown", "stir.unknown"),
        ("verify", None, {}, 200, "none", "stir.none"),
        ("require", "good", {}, 200, "A", "stir.passed"),
        ("require", "good", {"iat": 1}, 403, "failed", "stir.failed"),
        ("require", "good", {"orig": {"tn": "12025550199"}}, 438, "failed", "stir.failed"),
        ("require", "good", {"dest": {"tn": ["12025550199"]}}, 438, "failed", "stir.failed"),
        ("require", "other", {}, 437, "failed", "stir.failed"),
        ("require", "missing", {}, 436, "unknown", "stir.unknown"),
        ("require", "quiet", {}, 436, "unknown", "stir.unknown"),
        ("require", "revoked", {}, 437, "failed", "stir.failed"),
        ("require", None, {}, 428, "none", "stir.none"),
        ("off", "good", {}, 200, None, None),
    ],
)
def test_a_caller_is_judged_as_the_trunk_says(
    trusting: Running,
    web: Web,
    peer: Peer,
    policy: str,
    page: str | None,
    claims: dict[str, Any],
    status: int,
    attestation: str | None,
    step: str | None,
) -> None:
    good = ROOT.leaf(KEY)
    web.serve("good", good)
    web.serve("other", ROOT.leaf(KEY, authority(one("12025550199"))))
    web.serve("moved", good, 302, {"Location": web.url("good")})
    web.serve("huge", good + b"x" * 20_000)
    web.serve("silent", b"", 0)
    revoked = ROOT.leaf(KEY, more=[point(web.url("list.crl"))])
    web.serve("revoked", revoked)
    web.serve("list.crl", ROOT.revoked(revoked))
    web.serve("quiet", b"", 0)
    set_trunk(trusting, stir_verify=policy)
    before = trusting.newest()
    headers = () if page is None else (identity(web.url(page), **claims),)
    answer = peer.invite(demo_tenant.MAIN_NUMBER, *headers)
    assert status == answer.status, answer.reason
    assert (attestation, [] if step is None else [step]) == last(trusting, before, demo_tenant.MAIN_NUMBER)


def test_nothing_is_asked_of_hosts_that_are_not_listed_nor_without_tls(trusting: Running, web: Web, peer: Peer) -> None:
    set_trunk(trusting, stir_verify="require")
    asked = len(web.asked)
    for url in (f"http://localhost:{web.port}/x", f"https://127.0.0.1:{web.port}/x", "https://localhost/x"):
        assert 436 == peer.invite(demo_tenant.MAIN_NUMBER, identity(url)).status
    assert asked == len(web.asked)


@pytest.fixture
def ann(trusting: Running) -> Iterator[Any]:
    phone = trusting.registered("ann-desk")
    yield phone
    phone.close()


def test_our_calls_are_signed_for_a_trunk_that_wants_it(trusting: Running, peer: Peer, ann: Any) -> None:
    set_trunk(trusting, stir_sign=True, trusted_identity=True)
    ann.do("call", uri=f"sip:+12025550199@{trusting.sip}")
    invite = peer.request("INVITE")
    before = trusting.newest()
    peer.answer(invite, 486)
    question = Question(CALLED, "12025550199", None, time.time())
    (claim,), faults = read_claims(invite.headers.all("Identity"), question)
    verdict = judge(claim, [read_chain(ROOT.leaf(KEY))], (ROOT.certificate,), time.time())
    assert ([], "passed", "A") == (faults, verdict.outcome, verdict.attestation)
    assert ("A", ["stir.signed"]) == last(trusting, before, "+12025550199")


def test_a_signed_call_that_is_sent_on_keeps_its_signature_and_has_ours(
    trusting: Running, web: Web, peer: Peer
) -> None:
    web.serve("good", ROOT.leaf(KEY))
    set_trunk(trusting, stir_verify="require", stir_sign=True, caller_ids={"diverted": "caller"})
    number, outside, caller = "+12025550139", "+12025550199", Peer(trusting.carrier_ports[1], trusting)
    target = {"kind": "number", "id": outside}
    trusting.change(demo_tenant.TENANT, "number", number, {"id": number, "label": "Away", "target": target})
    signed = identity(web.url("good"), dest={"tn": [number[1:]]})
    answers: list[Response] = []
    calling = threading.Thread(target=lambda: answers.append(caller.invite(number, signed)))
    before = trusting.newest()
    calling.start()
    invite = peer.request("INVITE")
    peer.answer(invite, 486)
    calling.join(20)
    caller.close()
    values = invite.headers.all("Identity")
    assert [signed.partition(": ")[2].partition(";")[0], 2] == [values[0].partition(";")[0], len(values)]
    (claim,), faults = read_claims(values, Question(CALLER, outside[1:], None, time.time()))
    chain = read_chain(ROOT.leaf(KEY))
    assert ("passed", []) == (judge(claim, [chain, chain], (ROOT.certificate,), time.time()).outcome, faults)
    assert ("A", ["stir.passed", "stir.sent_on"]) == last(trusting, before, number)


MAIN = f'"Ann Baker" <sip:{demo_tenant.MAIN_NUMBER}@127.0.0.1>'
OWN = MAIN.replace(demo_tenant.MAIN_NUMBER, demo_tenant.ANN_NUMBER)
HIDDEN = '"Anonymous" <sip:anonymous@anonymous.invalid>'
SHOWN_TO_CARRIERS = (
    "P-Asserted-Identity",
    "Remote-Party-ID",
    "Privacy",
    "Session-ID",
    "User-to-User",
    "Subject",
    "X-Any",
)


@pytest.mark.parametrize(
    ("trunk", "headers", "from_", "fields"),
    [
        ({}, (), MAIN, {"P-Asserted-Identity": MAIN}),
        ({}, (f"P-Preferred-Identity: <sip:{demo_tenant.ANN_NUMBER}@x>",), OWN, {"P-Asserted-Identity": OWN}),
        ({}, ("P-Preferred-Identity: <sip:+442079460000@x>",), MAIN, {"P-Asserted-Identity": MAIN}),
        ({"identity_out": "from"}, ("Session-ID: abc", "Subject: x", "X-Any: x"), MAIN, {"Session-ID": "abc"}),
        ({}, ("Privacy: id",), HIDDEN, {"Privacy": "id"}),
        ({"trusted_identity": True}, ("Privacy: id",), HIDDEN, {"P-Asserted-Identity": MAIN, "Privacy": "id"}),
        ({"trusted_identity": True, "identity_out": "from"}, ("User-to-User: 56",), MAIN, {"User-to-User": "56"}),
    ],
)
def test_a_phone_is_shown_to_a_carrier_as_it_may_be(
    trusting: Running, peer: Peer, trunk: dict[str, Any], headers: tuple[str, ...], from_: str, fields: dict[str, str]
) -> None:
    set_trunk(trusting, **trunk)
    phone, dialled = Peer(free_ports(1)[0], trusting), "+12025550199"
    challenge = phone.invite(dialled, caller="ann-desk")
    account = Account("ann-desk", trusting.passwords["ann-desk"], lambda realm: True)
    asked = Request("INVITE", f"sip:{dialled}@{trusting.sip}", body=SDP)
    ((name, value),) = answer_challenges(challenge, asked, account, "c0ffee")
    answers: list[Response] = []
    caller = threading.Thread(
        target=lambda: answers.append(phone.invite(dialled, *headers, f"{name}: {value}", caller="ann-desk"))
    )
    caller.start()
    invite = peer.request("INVITE")
    peer.answer(invite, 486)
    caller.join(10)
    assert [486] == [answer.status for answer in answers]
    assert from_ == str(invite.headers.get("From")).partition(";tag")[0]
    assert fields == {name: value for name, value in invite.headers.items() if name in SHOWN_TO_CARRIERS}
    assert 401 == phone.invite(dialled, f"{name}: {value}", caller="ann-desk").status
    phone.close()


CHALLENGE = 'Digest realm="{}", nonce="{}", qop="auth", algorithm={}'


@pytest.mark.parametrize(
    ("status", "asks", "gives"),
    [
        (401, "WWW-Authenticate", "Authorization"),
        (407, "Proxy-Authenticate", "Proxy-Authorization"),
    ],
)
def test_a_challenge_loop_ends_and_another_realm_gets_nothing(
    trusting: Running, peer: Peer, ann: Any, status: int, asks: str, gives: str
) -> None:
    set_trunk(trusting, username="us", password="secret", realm="carrier.example")
    ann.do("call", uri=f"sip:+12025550199@{trusting.sip}")
    tries = []
    for number in range(3):
        invite = peer.request("INVITE")
        tries.append(invite.headers.get(gives))
        peer.answer(invite, status, ((asks, CHALLENGE.format("carrier.example", number, "SHA-256")),))
    assert [False, True, True] == [value is not None for value in tries]
    assert status != ann.wait("state", state="DISCONNECTED")["code"]
    ann.do("call", uri=f"sip:+12025550199@{trusting.sip}")
    peer.answer(peer.request("INVITE"), status, ((asks, CHALLENGE.format("evil.example", "n", "MD5")),))
    ann.wait("state", state="DISCONNECTED")
    with pytest.raises(TimeoutError):
        peer.request("INVITE", 1.0)


def test_a_carrier_of_another_make_accepts_our_answer(trusting: Running, tmp_path: Path, ann: Any) -> None:
    set_trunk(trusting, username="us", password="secret")
    (tmp_path / "voice.al").write_bytes(b"")
    command = sipp(trusting, tmp_path, "challenger", "-m", "1", "-timeout", "30")
    carrier = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        listening(trusting.carrier_ports[0])
        ann.do("call", uri=f"sip:+12025550199@{trusting.sip}")
        assert 486 == ann.wait("state", state="DISCONNECTED")["code"]
        assert 0 == carrier.wait(10)
    finally:
        carrier.kill()
        carrier.wait()


def test_a_phone_that_knows_md5_alone_registers_where_it_comes_first(tmp_path: Path) -> None:
    node = Running(tmp_path / "data", {"SOFTSWITCH_DIGEST_ALGORITHMS": '["MD5", "SHA-256"]'}).start()
    try:
        (tmp_path / "voice.al").write_bytes(b"")
        password = node.passwords["ann-desk"]
        command = sipp(node, tmp_path, "register", "-m", "1", "-timeout", "20", "-au", "ann-desk", "-ap", password)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False)
        assert 0 == done.returncode, done.stdout[-2000:]
    finally:
        node.stop()
