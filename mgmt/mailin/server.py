"""ESMTP over Twisted (RFC 5321, STARTTLS 3207, SIZE 1870): takes mail for addresses of ours, answers when it is on disk.

Bounded in every direction: connections, of one address and of all; idle and whole time; bytes of a line and of a mail;
recipients; mistakes. What twisted.mail leaves open is closed here: a line that is too long ends the connection (its rest would be
read as commands), nothing said in clear is believed once TLS was asked for (RFC 3207 6), and who speaks while an answer is due is
cut off.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from structlog.stdlib import BoundLogger
from twisted.internet import defer
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.mail.interfaces import IMessageSMTP
from twisted.mail.smtp import ESMTP, Address, SMTPBadRcpt, SMTPServerError, User
from twisted.python.failure import Failure
from zope.interface import implementer

from configdb.reach import plain, source_of
from mgmt.limits import (
    mail_in_bytes_max,
    mail_in_connection_s_max,
    mail_in_connections_max,
    mail_in_errors_max,
    mail_in_idle_s_max,
    mail_in_memory_bytes_max,
    mail_in_per_address_max,
    mail_in_per_s_max,
    mail_in_recipients_max,
)
from mgmt.outbox.buckets import Buckets

VERBS = frozenset({"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "STARTTLS"})
_size = re.compile(rb"(?i)\sSIZE=([0-9]{1,12})(?:\s|$)")
_helo = re.compile(rb"[A-Za-z0-9.:\[\]_-]{1,255}")


class Reply(Protocol):
    """An answer of the mailroom."""

    @property
    def code(self) -> int: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a server asks, each on a thread: may mail come to this address (None: yes), and what becomes of one.

    take: source, helo, MAIL FROM, RCPT TOs, the mail.
    """

    refusal: Callable[[str], Reply | None]
    take: Callable[[str, str, str, tuple[str, ...], bytes], Reply]


def _file() -> Any:
    return tempfile.SpooledTemporaryFile(mail_in_memory_bytes_max)


@implementer(IMessageSMTP)
@dataclass(slots=True)
class Letter:
    """A mail that arrives, in memory while it is small."""

    recipients: list[str]
    file: Any = None
    size_bytes: int = 0

    def lineReceived(self, line: bytes) -> None:
        """One line, without its end."""
        self.size_bytes += len(line) + 2
        if self.size_bytes > mail_in_bytes_max:
            raise SMTPServerError(552, f"5.3.4 A mail may have {mail_in_bytes_max} bytes".encode())
        self.file = self.file or _file()
        self.file.write(line + b"\r\n")

    def eomReceived(self) -> defer.Deferred[Letter]:
        """It is complete; what becomes of it is asked once for all of its recipients."""
        return defer.succeed(self)

    def connectionLost(self) -> None:
        """It broke off, or was too big."""
        if self.file is not None:
            self.file.close()

    def whole(self) -> bytes:
        """All of it; its file is closed."""
        if self.file is None:
            return b""
        with self.file as file:
            file.seek(0)
            return bytes(file.read())


class Conversation(ESMTP):
    """One connection."""

    transport: Any
    _helo: Any
    timeout = mail_in_idle_s_max
    noisy = False
    MAX_LENGTH = 65_536

    def __init__(self, factory: MailFactory) -> None:
        super().__init__(None, factory.tls())
        self.factory = factory
        self._sender, self._letter = "", Letter([])
        self._errors = 0
        self._waits, self._secures = False, False
        self._end: Any = None

    # -- the connection --------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Greet, unless there are too many already."""
        self.source = plain(str(self.transport.getPeer().host))
        refused = self.factory.joined(source_of(self.source))
        if refused:
            super().sendCode(421, b"4.7.0 Too many connections")
            self.transport.loseConnection()
            return
        self._end = self.factory.reactor.callLater(mail_in_connection_s_max, self.transport.abortConnection)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """However it ended."""
        super().connectionLost(reason)
        self.factory.left(source_of(self.source))
        try:
            if self._end is not None:
                self._end.cancel()
        except (AlreadyCalled, AlreadyCancelled):
            pass

    def greeting(self) -> bytes:
        """Behind 220."""
        return bytes(self.host) + b" ESMTP"

    def dataReceived(self, data: bytes) -> None:
        """Bytes; what followed STARTTLS in clear is thrown away."""
        super().dataReceived(data)
        if self._secures:
            self._secures, self._buffer = False, b""

    def lineReceived(self, line: bytes) -> None:
        """A command, or a line of a mail."""
        if self._secures:
            return
        if self._waits:
            self.sendCode(503, b"5.5.0 An answer is due")
            self.transport.loseConnection()
            return
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Its rest would be read as another line."""
        super().lineLengthExceeded(line)
        self.transport.loseConnection()

    def sendCode(self, code: int, message: bytes = b"") -> None:
        """Who makes many mistakes is let go."""
        super().sendCode(code, message)
        self._errors += code >= 500
        if self._errors > mail_in_errors_max:
            super().sendCode(421, b"4.7.0 Too many errors")
            self.transport.loseConnection()

    # -- commands --------------------------------------------------------------------------------------------------

    def lookupMethod(self, command: bytes) -> Callable[[bytes], None] | None:
        """What does it; None: nothing."""
        verb = command.decode("ascii", "replace").upper()
        return super().lookupMethod(verb) if verb in VERBS else None

    def extensions(self) -> dict[bytes, list[bytes] | None]:
        """For EHLO."""
        secure: dict[bytes, list[bytes] | None] = (
            {b"STARTTLS": None} if self.canStartTLS and not self.startedTLS else {}
        )
        size = str(mail_in_bytes_max).encode()
        return {b"SIZE": [size], b"8BITMIME": None, b"ENHANCEDSTATUSCODES": None, **secure}

    def do_HELO(self, rest: bytes) -> None:
        """RFC 5321 4.1.1.1."""
        if self._is_named(rest):
            super().do_HELO(rest)

    def do_EHLO(self, rest: bytes) -> None:
        """The same with extensions."""
        if self._is_named(rest):
            super().do_EHLO(rest)

    def _is_named(self, rest: bytes) -> bool:
        if _helo.fullmatch(rest):
            return True
        self.sendCode(501, b"5.5.4 Say who you are")
        return False

    def do_NOOP(self, rest: bytes) -> None:
        """Nothing."""
        self.sendCode(250, b"2.0.0 OK")

    def do_VRFY(self, rest: bytes) -> None:
        """Nobody learns who is here (RFC 5321 3.5.3)."""
        self.sendCode(252, b"2.1.5 Send it, and it will be seen")

    def do_MAIL(self, rest: bytes) -> None:
        """Refused before it is sent when its size is said and too big."""
        found = _size.search(rest)
        if self._helo[0] is None:
            self.sendCode(503, b"5.5.1 Say EHLO first")
        elif found is not None and int(found[1]) > mail_in_bytes_max:
            self.sendCode(552, f"5.3.4 A mail may have {mail_in_bytes_max} bytes".encode())
        elif not self.factory.may(source_of(self.source)):
            self.sendCode(451, b"4.7.1 Not so fast")
        else:
            super().do_MAIL(rest)

    def ext_STARTTLS(self, rest: bytes) -> None:
        """From here on nothing that was said counts (RFC 3207 4.2)."""
        begins = bool(self.canStartTLS and not self.startedTLS)
        super().ext_STARTTLS(rest)
        if begins:
            self._secures = True
            self._helo, self._from, self._to = (None, self._helo[1]), None, []

    # -- what twisted.mail asks --------------------------------------------------------------------------------------

    def receivedHeader(self, helo: object, origin: object, recipients: object) -> bytes:
        """None: the mail is kept as it came; who brought it is recorded beside it."""
        return b""

    def validateFrom(self, helo: object, origin: Address) -> Address:
        """Anybody may write; whether to this address is asked of each."""
        self._sender, self._letter = bytes(origin).decode("ascii", "replace"), Letter([])
        return origin

    def validateTo(self, user: User) -> defer.Deferred[Callable[[], Letter]]:
        """An address of ours, or 550."""
        address = bytes(user.dest).decode("ascii", "replace")
        if len(self._letter.recipients) >= mail_in_recipients_max:
            raise SMTPBadRcpt(user, 452, resp="4.5.3 Enough recipients: send it once more to the others")
        self._waits = True
        asked: defer.Deferred[Any] = self.factory.work(self.factory.desk.refusal, address)
        return asked.addBoth(self._validated, address, user)

    def _validated(self, found: Any, address: str, user: User) -> Callable[[], Letter]:
        self._waits = False
        if isinstance(found, Failure):
            self.factory.log.error("mail address not looked up", exc_info=found.value)
            raise SMTPBadRcpt(user, 451, resp="4.3.0 It cannot be looked up at this moment")
        if found is not None:
            raise SMTPBadRcpt(user, found.code, resp=found.text)
        letter = self._letter
        letter.recipients.append(address)
        return lambda: letter

    def do_DATA(self, rest: bytes) -> None:
        """All recipients share one letter, which is written once."""
        self._to = self._to[:1]
        super().do_DATA(rest)

    def _messageHandled(self, results: Any) -> None:
        """It is all here: keep it, then say so."""
        letter, helo = self._letter, (self._helo[0] or b"").decode("ascii", "replace")
        self._letter = Letter([])
        self._waits = True
        recipients, sender, source = tuple(letter.recipients), self._sender, self.source
        asked = self.factory.work(lambda: self.factory.desk.take(source, helo, sender, recipients, letter.whole()))
        asked.addBoth(self._kept)

    def _kept(self, found: Any) -> None:
        self._waits = False
        if isinstance(found, Failure):
            self.factory.log.error("mail not kept", exc_info=found.value)
            self.sendCode(451, b"4.3.0 It cannot be kept at this moment")
        else:
            self.sendCode(found.code, found.text.encode())


class MailFactory(ServerFactory):
    """Listens. `work` does something on a thread; `tls` gives what STARTTLS needs (None: it is not offered).

    `host` is the name that it greets with.
    """

    noisy = False

    def __init__(
        self,
        reactor: Any,
        desk: Desk,
        work: Callable[..., defer.Deferred[Any]],
        host: str,
        tls: Callable[[], Any],
        clock: Callable[[], float],
        log: BoundLogger,
    ) -> None:
        self.reactor, self.desk, self.host, self.tls, self.log = reactor, desk, host, tls, log
        self.work, self._clock = work, clock
        self._buckets = Buckets()
        self._here: Counter[str] = Counter()

    def buildProtocol(self, addr: IAddress | None) -> Conversation:
        """One connection."""
        made = Conversation(self)
        made.host = self.host
        return made

    def joined(self, source: str) -> bool:
        """One more; True: too many."""
        self._here[source] += 1
        return self._here.total() > mail_in_connections_max or self._here[source] > mail_in_per_address_max

    def left(self, source: str) -> None:
        """One less."""
        self._here[source] -= 1
        if self._here[source] <= 0:
            del self._here[source]

    def may(self, source: str) -> bool:
        """Whether this address may send one more mail now."""
        return self._buckets.take({source: mail_in_per_s_max}, 1.0, self._clock()) == 0.0
