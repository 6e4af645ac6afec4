"""Web apps health and metrics: /healthz for balancers (public, says nothing of the inside), /metrics for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response

from mgmt import door
from mgmt.metrics import content_type

health = Blueprint("health", __name__)
metrics = Blueprint("metrics", __name__)


@health.get("/healthz")
def healthz() -> dict[str, str]:
    """200 while this process answers."""
    return {"status": "ok"}


@metrics.get("/metrics")
def numbers() -> Response:
    """The counters of this process in the Prometheus text form."""
    context = door.context()
    context.metrics.live_calls.set(context.board.count())
    context.metrics.config_sequence.set(context.config.directory.sequence)
    return Response(context.metrics.text(), content_type=content_type)
