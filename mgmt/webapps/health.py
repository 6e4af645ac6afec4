"""Web apps health and metrics: /healthz and /readyz for balancers (public, say little), /metrics for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response

from mgmt import gauges
from mgmt.http import door
from mgmt.metrics import content_type
from mgmt.usecases import services, status, tests, trunks
from softswitch.control.messages import ControlError

health = Blueprint("health", __name__)
metrics = Blueprint("metrics", __name__)


@health.get("/healthz")
def healthz() -> dict[str, str]:
    """200 while this process answers."""
    return {"status": "ok"}


@health.get("/readyz")
def readyz() -> dict[str, str]:
    """200 while requests can be sent here; 503 before the configuration is read, or while the history is away."""
    return status.ready(door.context())


@metrics.get("/metrics")
def numbers() -> Response:
    """The counters of this process and of the switch in the Prometheus text form; of the switch only while it answers."""
    context = door.context()
    trunks.measured(context, context.metrics)
    services.measured(context, context.metrics)
    tests.measured(context, context.metrics)
    context.metrics.config(context.config)
    context.metrics.told(gauges.read(context.settings.data_dir))
    try:
        switch = str(context.control.request("metrics").get("text", ""))
    except ControlError:
        switch = ""
    context.metrics.switch_up.set(bool(switch))
    return Response(context.metrics.text() + switch.encode(), content_type=content_type)
