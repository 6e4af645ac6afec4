"""Links that let one person in: signed, for one purpose, for a while, and only as long as nothing changed (RFC 2104).

Nothing is kept of them. The signature covers what must not have changed since (the password, the invitation): a link is
used up by what it is for, holds on every node of a cluster, and strangers who ask for one write nothing anywhere.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Purpose = Literal["invitation", "reset", "second_step"]
_chars_max = 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """What a link says. Only `Proofs.holds` says whether it is true."""

    purpose: str
    tenant: str
    user: str
    expires: int


class Proofs:
    """Makes and checks links with one key."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        self._key, self._clock = key, clock

    def made(self, purpose: Purpose, tenant: str, user: str, state: str, expires: float) -> str:
        """A token that holds until `expires` (epoch seconds) while `state` is what it is."""
        said = json.dumps([purpose, tenant, user, int(expires)], separators=(",", ":")).encode()
        return f"{_text(said)}.{_text(self._signature(said, state))}"

    def read(self, token: str, purpose: Purpose) -> Proof | None:
        """What a token of that purpose says, not yet believed; None when it is none or too old."""
        try:
            if len(token) > _chars_max:
                return None
            found = json.loads(_bytes(token.partition(".")[0]))
            proof = Proof(str(found[0]), str(found[1]), str(found[2]), int(found[3]))
        except (ValueError, binascii.Error, IndexError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        return proof if proof.purpose == purpose and self._clock() < proof.expires else None

    def holds(self, token: str, state: str) -> bool:
        """Whether this node's key signed the token in that state."""
        said, _, signature = token.partition(".")
        try:
            return hmac.compare_digest(self._signature(_bytes(said), state), _bytes(signature))
        except (ValueError, binascii.Error):
            return False

    def _signature(self, said: bytes, state: str) -> bytes:
        return hmac.digest(self._key, said + b"\n" + state.encode(), "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
