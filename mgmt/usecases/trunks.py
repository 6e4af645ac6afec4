"""The trunks as the switch sees them now: channels, health of gateways, registrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb import membership
from mgmt.context import Context
from mgmt.http.errors import not_found
from mgmt.metrics import Metrics
from softswitch.control.messages import ControlError

FOR_CARRIERS = ("udp", "tcp", "tls", "rtp")


def listed(context: Context) -> list[dict[str, Any]]:
    """All of them. Raises ControlError when the switch is away."""
    return list(context.control.request("trunks")["trunks"])


def signalling(context: Context) -> tuple[list[dict[str, str]], list[str]]:
    """Where carriers reach us: `{node, transport, address}` of every node, RTP with its ports; and nodes that did not say.

    Raises ControlError when the switch is away.
    """
    others = context.control.request("cluster")["others"]
    found, silent = _reached(context.node, context.control.request("status")), list[str]()
    for node in [str(one["node"]) for one in others]:
        try:
            found += _reached(node, context.control.request("status", node=node))
        except ControlError:
            silent.append(node)
    known = membership.read(context.settings.data_dir)
    met = {context.node, *(str(one["node"]) for one in others)}
    return found, silent + sorted(set(known.others) - met if known is not None else ())


def _reached(node: str, status: Mapping[str, Any]) -> list[dict[str, str]]:
    reached = status.get("network", {}).get("reached", {})
    return [
        {"node": node, "transport": kind, "address": address}
        for kind in FOR_CARRIERS
        for address in reached.get(kind, ())
    ]


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
