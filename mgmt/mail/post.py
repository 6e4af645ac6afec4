"""One attempt to hand a letter to the node's mail server (RFC 5321), and what its answer means.

    4yz             try again later          5yz                  never
    no connection   certainly not arrived    cut off after DATA   may have arrived: the same Message-ID then, which harms nobody

TLS is asked for, with a certificate that is right, unless the server is this machine.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from configdb.node import NodeSettings
from mgmt.limits import mail_answer_s_max
from mgmt.outbox.item import Failed, Lost, Outcome, Refused, Sent

PASSWORD = "smtp.password"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Post:
    """The mail server: `url` is smtp://[user@]host[:port] or smtps://; None: this node sends no mail.

    domain: where answers to letters and what comes back of them can be sent (None: nowhere).
    """

    url: str | None
    sender: str
    password: str = field(default="", repr=False)
    domain: str | None = None

    @property
    def host(self) -> str:
        """For the breaker: what can be out of order as a whole."""
        return (urlsplit(self.url).hostname or "") if self.url else "nowhere"

    def __call__(self, message: EmailMessage, envelope: str | None = None) -> Outcome:
        """One attempt, within its time. `envelope`: where it comes back to when it cannot be delivered; None: to its From."""
        if self.url is None:
            return Failed("this node has no mail server: set smtp_url")
        try:
            server = self._opened(self.url)
        except (OSError, smtplib.SMTPException) as error:
            return _early(error)
        try:
            refused = server.send_message(message, from_addr=envelope)
        except smtplib.SMTPRecipientsRefused as error:
            return next((_by_code(code, text) for code, text in error.recipients.values()), Refused("nobody takes it"))
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            return Lost(f"cut off: {type(error).__name__}")
        finally:
            server.close()
        return Refused("nobody takes it") if refused else Sent()

    def _opened(self, url: str) -> smtplib.SMTP:
        parts, context = urlsplit(url), ssl.create_default_context()
        host = parts.hostname or ""
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=mail_answer_s_max, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=mail_answer_s_max)
        try:
            server.ehlo_or_helo_if_needed()
            if parts.scheme != "smtps" and (host not in LOOPBACK or server.has_extn("starttls")):
                server.starttls(context=context)
            if parts.username:
                server.login(parts.username, self.password)
        except BaseException:
            server.close()
            raise
        return server


def open_post(data: Path, node: NodeSettings) -> Post:
    """The node's; its password is the file `secrets/smtp.password`, which the operator writes."""
    path = data / "secrets" / PASSWORD
    password = path.read_text().strip() if path.is_file() else ""
    return Post(node.smtp_url, node.mail_from, password, node.mail_domain if node.mail_listen is not None else None)


def _early(error: Exception) -> Outcome:
    """Nothing was handed over yet."""
    if isinstance(error, smtplib.SMTPResponseException):
        return Failed(f"{error.smtp_code} {_text(error.smtp_error)}")
    return Failed(f"the mail server cannot be used: {type(error).__name__}")


def _by_code(code: int, text: bytes | str) -> Outcome:
    said = f"{code} {_text(text)}"
    return Failed(said) if 400 <= code < 500 else Refused(said)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
