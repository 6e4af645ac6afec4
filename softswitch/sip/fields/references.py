"""In-Reply-To (RFC 3261 20.21), Server and User-Agent (20.35, 20.41). Alert-Info, Call-Info, Error-Info: `item.Reference`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import TOKEN_CHARS

_PRODUCT = re.compile(rf"([{TOKEN_CHARS}]++)(?:\s*+/\s*+([{TOKEN_CHARS}]++))?+")
_CALL_ID = re.compile(r"[^\s,;@]++(?:@[^\s,;@]++)?+").fullmatch


@dataclass(frozen=True, slots=True)
class Product:
    """The program at the far end, "Phone" of "Phone/1.0 (build 7)"; what follows is free text."""

    name: str
    version: str | None = None
    rest: str = ""

    def __str__(self) -> str:
        version = "" if self.version is None else f"/{self.version}"
        return f"{self.name}{version}{' ' if self.rest else ''}{self.rest}"


def parse_product(text: str) -> Product:
    """A Server or User-Agent. It may be anything in the field: text that starts with no token is all `rest`."""
    text = text.strip()
    found = _PRODUCT.match(text)
    return Product("", None, text) if found is None else Product(found[1], found[2], text[found.end() :].strip())


def parse_call_id(text: str) -> str:
    """One value of In-Reply-To."""
    call_id = text.strip()
    if _CALL_ID(call_id) is None:
        raise BadMessage(400, "Bad Call-ID")
    return call_id
