"""The background services of a node: one row each."""

from __future__ import annotations

from typing import Literal

from mgmt.services import cleaner, history_writer, listening, outbox, rollups, uploads
from mgmt.services.parts import Parts
from mgmt.services.runner import Service

REGION: Literal["region"] = "region"

SERVICES: tuple[Service[Parts], ...] = (
    Service("history_writer", history_writer.period_s, history_writer.run),
    Service("listening", listening.period_s, listening.run, listening.nice),
    Service("uploads", uploads.period_s, uploads.run),
    Service("rollups", rollups.period_s, rollups.run, scope=REGION),
    Service("cleaner", cleaner.period_s, cleaner.run, scope=REGION, dry=True),
    Service("erasures", cleaner.erasure_period_s, cleaner.erase),
    Service("outbox", outbox.period_s, outbox.run, scope=REGION),
)
