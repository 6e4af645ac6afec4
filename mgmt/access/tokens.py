"""Tokens that a program gets for its key, for a while: signed, kept nowhere, worth nothing without the key (RFC 6749 4.4).

A token names the key by its id and the beginning of its hash: a key that is removed or made anew ends its tokens. It may name
a person of the company for whom the program acts, who can then do no more than the key and that person both.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mgmt.limits import token_age_s_max, token_chars_max, token_refresh_s_max

PREFIX = "v4_"
Use = Literal["access", "refresh"]
AGES: dict[Use, float] = {"access": token_age_s_max, "refresh": token_refresh_s_max}
HASH_CHARS = 16


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token says: whose key, which (`print` is the beginning of its hash), and for whom."""

    tenant: str
    key: str
    print: str
    user: str | None


class Signer:
    """Lists of JSON values as signed texts that begin with `prefix`; `purpose` keeps those of one use from another."""

    def __init__(self, prefix: str, secret: bytes, purpose: bytes) -> None:
        self._prefix, self._secret = prefix, hmac.digest(secret, purpose, "sha256")

    def signed(self, said: Sequence[Any]) -> str:
        """The text."""
        body = _text(json.dumps(said, separators=(",", ":")).encode())
        return f"{self._prefix}{body}.{self._signature(body)}"

    def said(self, token: str) -> list[Any] | None:
        """What a text of ours says; None for every other."""
        body, _, signature = token.removeprefix(self._prefix).partition(".")
        right = len(token) <= token_chars_max and token.isascii() and token.startswith(self._prefix)
        if not right or not hmac.compare_digest(self._signature(body), signature):
            return None
        found: list[Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return found

    def _signature(self, body: str) -> str:
        return _text(hmac.digest(self._secret, body.encode(), "sha256"))


class Tokens:
    """Makes and reads tokens with one secret. `clock` is wall time."""

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        self._signer, self._clock = Signer(PREFIX, secret, b"tokens of programs"), clock

    def issued(self, granted: Granted, use: Use) -> str:
        """A token for one use."""
        until = int(self._clock() + AGES[use])
        return self._signer.signed([use, until, granted.tenant, granted.key, granted.print, granted.user])

    def read(self, token: str, use: Use) -> Granted | None:
        """What a token says; None when it is not ours, for another use, or over."""
        said = self._signer.said(token)
        if said is None:
            return None
        kind, until, tenant, key, print, user = said
        return Granted(tenant, key, print, user) if kind == use and self._clock() < until else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
