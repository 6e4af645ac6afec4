"""The trunks as the switch sees them now: channels, health of gateways, registrations."""

from __future__ import annotations

from typing import Any

from mgmt.context import Context
from mgmt.http.errors import not_found
from mgmt.metrics import Metrics
from softswitch.control.messages import ControlError

FOR_CARRIERS = ("udp", "tcp", "tls")


def listed(context: Context) -> list[dict[str, Any]]:
    """All of them. Raises ControlError when the switch is away."""
    return list(context.control.request("trunks")["trunks"])


def signalling(context: Context) -> list[dict[str, str]]:
    """Where carriers reach this node: `{transport, address}`. Raises ControlError when the switch is away."""
    reached = context.control.request("status").get("network", {}).get("reached", {})
    return [{"transport": kind, "address": address} for kind in FOR_CARRIERS for address in reached.get(kind, ())]


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
