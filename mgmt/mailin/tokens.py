"""How letters of ours are known again: a token each, on the shelf of its company, with the activity that the letter is about."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from history.documents import Document
from history.shelves import MAIL_TOKENS, Put, Shelves

TOKEN_CHARS = 20


@dataclass(frozen=True, slots=True)
class Sent(Document):
    """A letter that went out: `item` of the outbox, to whom, about which activity (None: about none)."""

    id: str
    item: str
    to: str
    at: float
    activity: str | None = None


def token_of(key: bytes, tenant: str, item: str) -> str:
    """The same for the same letter; nobody without the key knows one (100 bits)."""
    digest = hmac.digest(key, f"{tenant} {item}".encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:TOKEN_CHARS]


def kept(tenant: str, sent: Sent) -> Put:
    """What makes it known."""
    return Put(MAIL_TOKENS, tenant, sent.id, sent.to_document())


def known(shelves: Shelves, tenant: str, token: str) -> Sent | None:
    """The letter that this token is of."""
    found = shelves.get(MAIL_TOKENS, tenant, token)
    return Sent.from_document(found) if found else None
