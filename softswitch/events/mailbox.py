"""Message waiting: application/simple-message-summary (RFC 3842 5)."""

from __future__ import annotations

from dataclasses import dataclass

CONTENT_TYPE = "application/simple-message-summary"


@dataclass(frozen=True, slots=True)
class Counts:
    """Voice messages of a mailbox: not heard yet, and heard but kept."""

    new: int = 0
    old: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.new + other.new, self.old + other.old)


def summary(counts: Counts, account: str) -> bytes:
    """The body: the lamp, whose it is (a URI), and the counts; none is urgent."""
    lines = (
        f"Messages-Waiting: {'yes' if counts.new else 'no'}",
        f"Message-Account: {account}",
        f"Voice-Message: {counts.new}/{counts.old} (0/0)",
        "",
    )
    return "\r\n".join(lines).encode("utf-8", "replace")
