"""Unguessable ids (RFC 3261 19.3, 8.1.1.4, 8.1.1.7: tags, Call-IDs, branches): the system's randomness, read for many at once."""

from __future__ import annotations

import os
from collections.abc import Callable

ID_BYTES, IDS_A_READ = 16, 256


class Ids:
    """A source of ids of 32 hex digits. `read(count)` gives random bytes."""

    def __init__(self, read: Callable[[int], bytes] = os.urandom) -> None:
        self._read = read
        self._text, self._at = "", 0

    def __call__(self) -> str:
        if self._at >= len(self._text):
            self._text, self._at = self._read(ID_BYTES * IDS_A_READ).hex(), 0
        self._at += 2 * ID_BYTES
        return self._text[self._at - 2 * ID_BYTES : self._at]
