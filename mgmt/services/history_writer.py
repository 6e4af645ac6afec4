"""Background service: drains the call-record spool into history and media store, and tells the bus what is new."""

from __future__ import annotations

from typing import Any

from configdb.bus import Bus
from history.writer import Notify
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s = 0.25
batches_max = 50


def run(parts: Parts) -> Report:
    """Drain what is there, a bounded number of batches. Raises what the stores raise; the spool keeps everything."""
    done = 0
    for _ in range(batches_max):
        count = parts.writer.drain()
        done += count
        if not count:
            parts.writer.caught_up_at = parts.clock()
            break
    return Report(done, f"{done} records")


def tell_bus(bus: Bus) -> Notify:
    """`notify` of the writer: `events.<tenant>.activity` and `events.<tenant>.history` (a finished call's record)."""

    def notify(tenant: str, kind: str, document: dict[str, Any]) -> None:
        bus.publish(f"events.{tenant}.{kind}", document)

    return notify
