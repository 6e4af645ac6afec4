"""Errors at the SIP boundary: *theirs* carry the answer to send, *ours* are plain `ValueError`s."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from softswitch.sip.message import Request


class BadMessage(Exception):
    """The peer's message breaks a rule. `request` is set when an answer can be sent, None when it must be dropped.

    `status` and `reason` are the status line of that answer, `headers` what it says besides (Accept in a 415):
    `make_response(bad.request, bad.status, bad.reason, headers=bad.headers)`.
    """

    def __init__(
        self, status: int, reason: str, request: Request | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.request = request
        self.headers = headers

    def __str__(self) -> str:
        return f"{self.status} {self.reason}"


class NotSip(BadMessage):
    """What came is none of our protocol: a web request, a TLS hello on a plain port, noise. Nobody is there to answer."""

    def __init__(self) -> None:
        super().__init__(400, "Not SIP")


class NotAcceptable(Exception):
    """The peer's session description cannot be taken: answer with `status` and `reason` (RFC 3261 21.4.26)."""

    def __init__(self, reason: str, status: int = 488) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.status} {self.reason}"
