"""Background service: tells the web process, and so Prometheus, what waits here."""

from __future__ import annotations

from mgmt import gauges
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s = 5.0


def run(parts: Parts) -> Report:
    """Write the numbers down. Raises OSError."""
    said = {
        "blob_upload_queue": len(parts.uploads),
        "blob_upload_oldest_seconds": _age_s(parts.clock(), parts.uploads.oldest_at),
        "events_untold": parts.relay.waiting,
        "webhook_deliveries_waiting": parts.postman.waiting,
        **parts.push.numbers(),
    }
    if parts.writer.caught_up_at is not None:
        said["history_lag_seconds"] = _age_s(parts.clock(), parts.writer.caught_up_at)
    gauges.write(parts.data, {**said, "told_at": parts.clock()})
    return Report(0, "told")


def _age_s(now: float, at: float | None) -> float:
    return round(max(0.0, now - at), 1) if at is not None else 0.0
