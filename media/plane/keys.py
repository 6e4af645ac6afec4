"""The SRTP keys of a leg as they come over the control socket: text, never shown."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from media.plane import limits
from media.rtp.srtp import Srtp, Suite


@dataclass(frozen=True, slots=True)
class Keys:
    """What protects a leg's media: a suite by its name in SDP, and key with salt of each direction in base64.

    `mki_octets` are in every packet that comes.
    """

    suite: str
    send_key: str = field(repr=False)
    receive_key: str = field(repr=False)
    mki_octets: int = 0

    @classmethod
    def of(cls, suite: str, send: bytes, receive: bytes, mki_octets: int = 0) -> Keys:
        """From keys as they are."""
        send_key, receive_key = (base64.b64encode(key).decode("ascii") for key in (send, receive))
        return cls(suite, send_key, receive_key, mki_octets)

    def sender(self) -> Srtp:
        """A context that protects."""
        return Srtp(Suite[self.suite], base64.b64decode(self.send_key))

    def receiver(self) -> Srtp:
        """A context that opens."""
        return Srtp(Suite[self.suite], base64.b64decode(self.receive_key), self.mki_octets)

    @property
    def are_whole(self) -> bool:
        """Whether both are as long as the suite wants."""
        size = Suite[self.suite].master_size
        return all(len(base64.b64decode(key)) >= size for key in (self.send_key, self.receive_key))


def is_key(value: Any) -> bool:
    """Whether it is base64 of a fair length."""
    if not isinstance(value, str) or len(value) > limits.key_length_max:
        return False
    try:
        return bool(base64.b64decode(value, validate=True))
    except (ValueError, binascii.Error):
        return False
