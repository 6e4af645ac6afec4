"""ESMTP on real sockets: what a mail program sees, what is refused, and what nobody can make it do."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from twisted.internet import threads
from twisted.python.threadpool import ThreadPool

from configdb.node import Certificate
from mgmt.limits import mail_in_bytes_max, mail_in_errors_max, mail_in_per_address_max, mail_in_per_s_max
from mgmt.mailin.secure import Secure
from mgmt.mailin.server import Desk, MailFactory
from mgmt.usecases.mail_in import AWAY, NO_RELAY, TAKEN, Reply
from tests.softswitch.transport.sockets import Loop, certificate

OURS = "riverside@in.pbx.example"
MAIL = b"From: ann@shop.example\r\nSubject: x\r\n\r\nGood day\r\n"


@dataclass
class Door:
    """A listening server; `taken` are source, helo, sender, recipients and mail; `answer` is what it says to each."""

    loop: Loop
    port: int = 0
    answer: Reply = TAKEN
    fault: Exception | None = None
    taken: list[tuple[str, str, str, tuple[str, ...], bytes]] = field(default_factory=list)
    now: float = 0.0

    def refusal(self, address: str) -> Reply | None:
        if self.fault is not None:
            raise self.fault
        return None if address.endswith("@in.pbx.example") else NO_RELAY

    def take(self, source: str, helo: str, sender: str, to: tuple[str, ...], raw: bytes) -> Reply:
        if self.fault is not None:
            raise self.fault
        self.taken.append((source, helo, sender, to, raw))
        return self.answer

    def with_program(self, use: Callable[[smtplib.SMTP], Any]) -> Any:
        """What a mail program does on its own thread while the loop turns."""
        found: list[Any] = []

        def run() -> None:
            try:
                with smtplib.SMTP("127.0.0.1", self.port, "client.example", timeout=20) as program:
                    found.append(use(program))
            except Exception as error:  # it is what the test looks at
                found.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        self.loop.until(lambda: not thread.is_alive())
        return found[0]

    def raw(self, *pieces: bytes) -> bytes:
        """Bytes as they are, each after an answer came; all that it said until it hung up, or said nothing more."""
        client = self.loop.keep(socket.create_connection(("127.0.0.1", self.port)))
        heard = bytearray()

        def more(count: int) -> bool:
            try:
                data = client.recv(65_536)
            except BlockingIOError:
                return len(heard) > count
            heard.extend(data)
            return not data or len(heard) > count

        for piece in (b"", *pieces):
            client.setblocking(False)
            before = len(heard)
            if piece:
                client.setblocking(True)
                client.sendall(piece)
                client.setblocking(False)
            self.loop.until(lambda before=before: more(before))
            self.loop.turn()
            more(len(heard))
        client.close()
        return bytes(heard)


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def door(loop: Loop, tmp_path: Path) -> Iterator[Door]:
    made, pool = Door(loop), ThreadPool(0, 2, name="mail")
    pair = certificate(tmp_path, "mail", "in.pbx.example")

    def work(what: Callable[..., Any], *given: Any) -> Any:
        return threads.deferToThreadPool(loop.reactor, pool, what, *given)

    log = structlog.stdlib.get_logger()
    secure = Secure(Certificate(certificate=pair.certificate, key=pair.key), log)
    desk = Desk(made.refusal, made.take)
    factory = MailFactory(loop.reactor, desk, work, "in.pbx.example", secure, lambda: made.now, log)
    pool.start()
    listening = loop.reactor.listenTCP(0, factory, interface="127.0.0.1")
    made.port = listening.getHost().port
    yield made
    listening.stopListening()
    loop.turn()
    pool.stop()


def test_a_mail_program_delivers_a_mail(door: Door) -> None:
    refused = door.with_program(lambda program: program.sendmail("ann@shop.example", [OURS, f"x{OURS}"], MAIL))
    assert {} == refused
    assert [("127.0.0.1", "client.example", "ann@shop.example", (OURS, f"x{OURS}"), MAIL)] == door.taken


def test_a_mail_program_delivers_a_mail_under_tls(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: door.loop.reactor)  # else the global one
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def use(program: smtplib.SMTP) -> Any:
        program.starttls(context=context)
        program.ehlo()
        assert not program.has_extn("starttls")
        return program.sendmail("", [OURS], b".leading dot\r\n..two\r\n")

    assert {} == door.with_program(use)
    assert [("", b"\r\n.leading dot\r\n..two\r\n")] == [(sender, raw) for _, _, sender, _, raw in door.taken]


def test_nothing_is_relayed(door: Door) -> None:
    found = door.with_program(lambda program: program.sendmail("ann@shop.example", ["bob@elsewhere.example"], MAIL))
    assert isinstance(found, smtplib.SMTPRecipientsRefused)
    assert {"bob@elsewhere.example": (550, NO_RELAY.text.encode())} == found.recipients
    refused = door.with_program(lambda program: program.sendmail("a@b.example", [OURS, "bob@elsewhere.example"], MAIL))
    assert ["bob@elsewhere.example"] == list(refused)
    assert [(OURS,)] == [one[3] for one in door.taken]


def test_what_cannot_be_kept_is_not_taken(door: Door) -> None:
    door.answer = AWAY
    found = door.with_program(lambda program: program.sendmail("ann@shop.example", [OURS], MAIL))
    assert (451, AWAY.text.encode()) == (found.smtp_code, found.smtp_error)


def test_a_fault_of_ours_is_said_to_nobody_and_has_it_sent_again(door: Door) -> None:
    door.fault = KeyError("secret")
    found = door.with_program(lambda program: program.sendmail("ann@shop.example", [OURS], MAIL))
    assert {451} == {code for code, _ in found.recipients.values()}
    assert b"secret" not in b"".join(text for _, text in found.recipients.values())


def test_a_mail_that_is_too_big_is_refused_before_it_is_sent_and_while_it_comes(door: Door) -> None:
    size = mail_in_bytes_max + 1
    assert b"552" in door.raw(b"EHLO a\r\n", b"MAIL FROM:<a@b.example> SIZE=%d\r\n" % size)
    found = door.with_program(lambda program: _unannounced(program, b"x" * 998 + b"\r\n", size // 1000 + 1))
    assert 552 == found[0]
    assert [] == door.taken


def _unannounced(program: smtplib.SMTP, line: bytes, times: int) -> tuple[int, bytes]:
    program.ehlo()
    program.docmd("MAIL", "FROM:<a@b.example>")
    program.docmd("RCPT", f"TO:<{OURS}>")
    program.docmd("DATA")
    assert program.sock is not None
    program.sock.sendall(line * times)
    return program.docmd(".")


def test_what_was_said_in_clear_behind_starttls_is_thrown_away(door: Door) -> None:
    heard = door.raw(b"EHLO a\r\n", b"STARTTLS\r\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<" + OURS.encode() + b">\r\n")
    assert b"220 Begin TLS" in heard
    assert b"250 Sender" not in heard


def test_a_line_that_never_ends_ends_the_connection(door: Door) -> None:
    heard = door.raw(b"EHLO a\r\n", b"MAIL FROM:<a@b.example>\r\n", b"A" * 200_000)
    assert heard.rstrip().endswith(b"500 Line too long")


def test_only_a_dot_between_two_right_line_ends_ends_a_mail(door: Door) -> None:
    begin = (b"EHLO a\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<" + OURS.encode() + b">\r\n", b"DATA\r\n")
    smuggled = b"one\n.\nMAIL FROM:<evil@b.example>\n\r.\rtwo\r\n.\r\n"
    door.raw(*begin, smuggled, b"QUIT\r\n")
    assert [b"one\n.\nMAIL FROM:<evil@b.example>\n\r.\rtwo\r\n"] == [one[4] for one in door.taken]


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\r\n",
        b"EHLO \x00\r\n",
        b"EHLO\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"AUTH PLAIN x\r\n",
        b"STATE\r\n",
        b"DATA\r\n",
        b"\r\n",
    ],
)
def test_nonsense_gets_an_answer_of_the_five_hundreds(door: Door, line: bytes) -> None:
    assert door.raw(line).splitlines()[1].startswith(b"50")


def test_who_makes_many_mistakes_is_let_go(door: Door) -> None:
    heard = door.raw(*[b"WHAT\r\n"] * (mail_in_errors_max + 1))
    assert heard.endswith(b"421 4.7.0 Too many errors\r\n")


def test_who_speaks_before_the_answer_is_let_go(door: Door) -> None:
    to = b"RCPT TO:<" + OURS.encode() + b">\r\n"
    assert b"503 5.5.0 An answer is due" in door.raw(b"EHLO a\r\n", b"MAIL FROM:<a@b.example>\r\n", to * 3)


def test_an_address_has_some_connections_and_some_mails_a_second(door: Door) -> None:
    held = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(mail_in_per_address_max)]
    door.loop.turn()
    assert b"421 4.7.0 Too many connections\r\n" == door.raw()
    for one in held:
        one.close()
    door.loop.turn()
    mails = [b"MAIL FROM:<a@b.example>\r\n", b"RSET\r\n"] * int(mail_in_per_s_max + 1)
    assert b"451 4.7.1 Not so fast" in door.raw(b"EHLO a\r\n", *mails)
    door.now += 1.0
    assert b"451" not in door.raw(b"EHLO a\r\n", *mails[:2])


def test_nobody_learns_who_is_here(door: Door) -> None:
    assert b"252 2.1.5 Send it, and it will be seen" in door.raw(b"VRFY ann\r\n")


def test_without_a_certificate_there_is_no_tls(door: Door, tmp_path: Path) -> None:
    missing = Certificate(certificate=tmp_path / "no.pem", key=tmp_path / "no.key")
    assert Secure(missing, structlog.stdlib.get_logger())() is None
    assert Secure(None, structlog.stdlib.get_logger())() is None
