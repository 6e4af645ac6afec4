"""Background service: sends what is due in the outbox, by the channels of its table."""

from __future__ import annotations

from mgmt.outbox.channels import Channel
from mgmt.outbox.delivery import words
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s = 0.5

CHANNELS: tuple[Channel[Parts], ...] = ()


def run(parts: Parts) -> Report:
    """A page of what is due."""
    tried = parts.delivery.run(parts)
    return Report(len(tried), words(tried))
