"""What suppliers bring and take, in one form: a message, a receipt, a request, and what their answers mean."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import phonenumbers

from configdb.texting import Supplier
from mgmt.outbox.item import Failed, Lost, Outcome, Refused
from mgmt.outbox.web import Answer, Ask

CLOCK_SKEW_S = 300.0
MEDIA_MAX = 10
TEXT_CHARS_MAX = 10_000


class Malformed(ValueError):
    """Theirs: this is not what the supplier sends."""


class Unproved(Exception):
    """Theirs: the request does not prove that it is the supplier's."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a supplier. `url` as it called it; header names are in small letters."""

    method: str
    url: str
    headers: Mapping[str, str]
    form: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Came:
    """A message came in. `id`: the supplier's, "" when it gives none. media: URL and type each. at: None when it does not say."""

    id: str
    from_: str
    to: str
    text: str
    media: tuple[tuple[str, str], ...] = ()
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that we sent from `number`."""

    id: str
    number: str
    state: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Out:
    """A message to send. `id` is ours. media: address and type of each picture, good for some minutes."""

    id: str
    from_: str
    to: str
    text: str
    media: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A supplier with its secrets opened. key: the secret of the path it calls."""

    row: Supplier
    password: str = field(repr=False)
    key: str = field(repr=False)


class Wire(Protocol):
    """What a supplier's file has to have."""

    @property
    def acknowledged(self) -> tuple[str, str]:
        """Body and type of the answer that says that a request was taken."""

    @property
    def pictures(self) -> bool:
        """Whether it sends pictures."""

    def proved(self, known: Known, request: Request, now: float) -> None:
        """Raises `Unproved`. The path's secret and the source were checked before."""

    def parsed(self, request: Request, now: float) -> list[Came | Receipt]:
        """What it says. Raises `Malformed`."""

    def ask(self, known: Known, out: Out) -> Ask:
        """The request that sends."""

    def outcome(self, answer: Answer) -> Outcome:
        """What its answer means."""


def e164(text: str, country: str | None = None) -> str:
    """A number in E.164. Raises `Malformed`."""
    try:
        found = phonenumbers.parse(text if len(text) <= 40 else "", country)
    except phonenumbers.NumberParseException as error:
        raise Malformed(f"{text[:40]!r} is no number") from error
    if not phonenumbers.is_possible_number(found):
        raise Malformed(f"{text[:40]!r} is no number")
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def number_or_code(text: str) -> str:
    """Who texts may be a short code or a name: E.164 where it is a number, else as it is. Raises `Malformed`."""
    if text.startswith("+"):
        return e164(text)
    if 0 < len(text) <= 15 and text.isascii() and text.isprintable():
        return text
    raise Malformed("no sender")


def same(given: str, right: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def by_status(answer: Answer, said: str) -> Failed | Lost | Refused:
    """What a status that is no success means (RFC 9110 15): 429 and 503 were not taken; other 5xx, nobody knows."""
    if answer.status in (408, 425, 429, 503):
        return Failed(f"{answer.status} {said}".strip(), answer.after_s)
    if answer.status >= 500:
        return Lost(f"{answer.status} {said}".strip())
    return Refused(f"{answer.status} {said}".strip())
