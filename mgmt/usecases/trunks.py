"""The trunks as the switch sees them now: channels, health of gateways, registrations."""

from __future__ import annotations

from typing import Any

from mgmt.context import Context
from mgmt.http.errors import not_found
from mgmt.metrics import Metrics
from softswitch.control.messages import ControlError


def listed(context: Context) -> list[dict[str, Any]]:
    """All of them. Raises ControlError when the switch is away."""
    return list(context.control.request("trunks")["trunks"])


def one(context: Context, id: str) -> dict[str, Any]:
    """One trunk. Raises Problem 404."""
    found = next((trunk for trunk in listed(context) if trunk["id"] == id), None)
    if found is None:
        raise not_found("trunk with a gateway")
    return found


def measured(context: Context, metrics: Metrics) -> None:
    """The gauges of all trunks; none while the switch is away."""
    try:
        trunks = listed(context)
    except ControlError:
        trunks = []
    metrics.trunks(trunks)
