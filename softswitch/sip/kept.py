"""Parsed values kept by their text: each message of a call repeats the From, To, Via and URIs of the ones before."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from softswitch.sip.limits import KEPT_CHARS_MAX, KEPT_VALUES_MAX

T = TypeVar("T")


def kept(parse: Callable[[str], T]) -> Callable[[str], T]:
    """`parse` that remembers its latest values. They are shared: nobody may change one. Errors are not kept."""
    remembered = lru_cache(KEPT_VALUES_MAX)(parse)

    @wraps(parse)
    def read(text: str) -> T:
        return remembered(text) if len(text) <= KEPT_CHARS_MAX else parse(text)

    return read
