"""An e-mail and its form on the wire (RFC 5322), marked as sent by a machine (RFC 3834), so that nobody's machine answers.

The Message-ID follows from the item that it is: a letter that is handed over twice is one to whoever looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from mgmt.limits import email_chars_max, mail_subject_chars_max

_local = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_domain = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.?)*[A-Za-z0-9]")


class NoAddress(ValueError):
    """Theirs: this is no e-mail address that we write to."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """`html` may be empty; `reply_to` is an address, or None. loop: the domain whose own letter it is, which it does not take."""

    id: str
    to: str
    subject: str
    text: str
    at: float
    html: str = ""
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    loop: str | None = None


def checked(address: str) -> str:
    """An address that mail may go to. Raises `NoAddress` for everything odd: it goes into headers and commands."""
    local, _, domain = address.rpartition("@")
    fine = (
        len(address) <= email_chars_max and _local.fullmatch(local) and len(domain) <= 253 and _domain.fullmatch(domain)
    )
    if not fine or ".." in address:
        raise NoAddress(f"{address[:80]!r} is no e-mail address")
    return address


def composed(letter: Letter, sender: str) -> EmailMessage:
    """The message; `sender` is as `PBX <pbx@example.org>`. Raises `NoAddress`."""
    name, address = parseaddr(sender)
    domain = checked(address).rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = checked(letter.to)
    message["Subject"] = " ".join(letter.subject.split())[:mail_subject_chars_max]
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.at, UTC))
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.loop is not None:
        message["X-Loop"] = letter.loop
    if letter.reply_to is not None:
        message["Reply-To"] = checked(letter.reply_to)
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for attachment in letter.attachments:
        main, _, sub = attachment.type.partition("/")
        message.add_attachment(attachment.data, maintype=main, subtype=sub, filename=attachment.name)
    return message
