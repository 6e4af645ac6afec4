"""The SRTP contexts of one leg: how it sends, how it hears, and what the keys before these still open (RFC 4568 7.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from media.rtp.srtp import Srtp, Suite


class Way(IntEnum):
    """A direction, seen from here."""

    SEND = 0
    RECEIVE = 1


PLAIN, LOCKED = 0, 255
"""In place of a suite: nothing is protected, or no keys are known yet and nothing passes."""


@dataclass(slots=True)
class SrtpPair:
    """`before` opens what was sent before the last change of keys, until the first packet under the new ones came."""

    send: Srtp | None = None
    receive: Srtp | None = None
    before: Srtp | None = None
    sends_secured: bool = False
    hears_secured: bool = False

    def set(self, way: Way, suite: int, master: bytes, mki_size: int) -> None:
        """The keys of one direction. The same ones again change nothing: ROC and replay window go on.

        So they do after a time in the clear: no keystream is used twice.
        """
        if way is Way.SEND:
            self.sends_secured = suite != PLAIN
        else:
            self.hears_secured = suite != PLAIN
        if suite == PLAIN:
            return
        made = Srtp(Suite(suite), master, mki_size) if suite != LOCKED else None
        if way is Way.SEND:
            if made is None or self.send is None or not made.is_same(self.send):
                self.send = made
            return
        if made is None or self.receive is None:
            self.receive, self.before = made, None
        elif not made.is_same(self.receive):
            self.receive, self.before = made, self.receive

    @property
    def is_locked(self) -> bool:
        """There are no keys to send with yet: what is to be played waits."""
        return self.sends_secured and self.send is None

    def open(self, packet: bytes) -> bytes | None:
        """A packet that came, in the clear; None when it is not authentic."""
        if not self.hears_secured:
            return packet
        if self.receive is None:
            return None
        plain = self.receive.unprotect(packet)
        if self.before is None:
            return plain
        if plain is None:
            return self.before.unprotect(packet)
        self.before = None
        return plain

    def close(self, packet: bytes) -> bytes | None:
        """A packet as it goes out; None when it must not."""
        if not self.sends_secured:
            return packet
        return self.send.protect(packet) if self.send is not None else None
