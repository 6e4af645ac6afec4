"""What an address of ours means (RFC 5321 4.1.2, sub-addresses RFC 5233). Everything else is not ours: nothing is relayed.

todo@DOMAIN, todo+COMPANY@DOMAIN            the to-do list of whoever writes
COMPANY@in.DOMAIN, COMPANY+BOX@in.DOMAIN    the inbox of a company, or another one of its addresses
reply+COMPANY.TOKEN@in.DOMAIN               an answer to a letter of ours
bounce+COMPANY.TOKEN@in.DOMAIN              a letter of ours that comes back
postmaster@, abuse@ (either domain)         whom the node names for them
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCAL_CHARS_MAX = 64
INBOX = "inbox"
"""The mail address that a company's plain name leads to."""

_id = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_token = re.compile(r"([a-z0-9][a-z0-9_-]{0,62})\.([a-z2-7]{20})")


@dataclass(frozen=True, slots=True)
class Todo:
    """The to-do list of the sender, of this company if one is named."""

    company: str | None


@dataclass(frozen=True, slots=True)
class Box:
    """A mail address (`configdb.mail_address.MailAddress`) of a company."""

    company: str
    box: str


@dataclass(frozen=True, slots=True)
class Answer:
    """To a letter of ours; back: it was not delivered."""

    company: str
    token: str
    back: bool


@dataclass(frozen=True, slots=True)
class Postmaster:
    """Whoever looks after this node's mail (RFC 5321 4.5.1)."""


Place = Todo | Box | Answer | Postmaster


def place_of(address: str, domain: str) -> Place | None:
    """None: it is not ours. Upper and lower case are the same."""
    local, _, host = address.lower().rpartition("@")
    if host not in (domain, f"in.{domain}") or len(local) > LOCAL_CHARS_MAX:
        return None
    name, plus, detail = local.partition("+")
    if local in ("postmaster", "abuse"):
        return Postmaster()
    if name == "todo":
        return Todo(detail or None) if _id.fullmatch(detail or "x") else None
    if host == domain:
        return None
    if name in ("reply", "bounce"):
        found = _token.fullmatch(detail)
        return Answer(found[1], found[2], name == "bounce") if found else None
    if _id.fullmatch(name) and (_id.fullmatch(detail) or not plus):
        return Box(name, detail or INBOX)
    return None


def answer_address(company: str, token: str, domain: str, back: bool) -> str | None:
    """Where answers to a letter go, or what comes back of it; None: the company's id is too long for an address."""
    local = f"{'bounce' if back else 'reply'}+{company}.{token}"
    return f"{local}@in.{domain}" if len(local) <= LOCAL_CHARS_MAX else None
