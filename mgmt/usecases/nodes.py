"""The nodes of the cluster as this one sees them, and what an operator types at a machine to add one or to upgrade it.

Joining hands every secret that nodes have in common to another machine, and an upgrade changes programs: a browser's session is
not enough for either. Both are commands here, to be run where the files are; what they bring about is seen here.
"""

from __future__ import annotations

from typing import Any

from configdb import membership
from configdb.node import load_settings
from configdb.version import own_version
from mgmt.context import Context
from softswitch.control.messages import ControlError

Document = dict[str, Any]
FIGURES = ("calls", "passing", "tenants", "up_s")
UP, DRAINED, AWAY, UNKNOWN = "up", "drained", "away", "unknown"
UPGRADE = ("softswitch-install migrate", "systemctl restart softswitch", "softswitch cluster status")
"""After the new version was installed."""


def listed(context: Context) -> Document:
    """Every node with its state, version and calls. A node that does not answer is listed as away."""
    unheard = AWAY
    try:
        others = context.control.request("cluster")["others"]
    except ControlError as away:
        rows, unheard = [_row(context.node, AWAY, own_version(), text=away.text)], UNKNOWN
    else:
        rows = [_asked(context, context.node, own_version())]
        rows += [_asked(context, one["node"], one["version"]) for one in others]
    met = {row["node"] for row in rows}
    known = membership.read(context.settings.data_dir)
    lost = sorted(set(known.others) - met) if known is not None else []
    rows += [_row(name, unheard, "") for name in lost]
    return {"node": context.node, "data": rows, "next_cursor": None, "commands": commands(context)}


def drain(context: Context, node: str | None, on: bool) -> Document:
    """New calls go elsewhere, or are taken again: `{draining, calls}`, at this node or another. Raises `ControlError`."""
    named = {} if node is None else {"node": node}
    return dict(context.control.request("drain", on=on, **named))


def commands(context: Context) -> Document:
    """What is typed where: `invite` at this machine, `join` at the new one (None: your own servers); `upgrade`."""
    data = context.settings.data_dir
    own_servers = load_settings(data).nats_url is not None
    invite = f"softswitch --data {data} cluster invite"
    join = "softswitch up --listen ADDRESS --join TOKEN"
    return {"invite": None if own_servers else invite, "join": None if own_servers else join, "upgrade": list(UPGRADE)}


def _asked(context: Context, node: str, version: str) -> Document:
    """One node about itself. `passing`: legs of other nodes' calls that go through it."""
    try:
        told = context.control.request("status", node=node)
        seen = context.control.request("cluster", node=node)
    except ControlError as away:
        return _row(node, AWAY, version, text=away.text)
    more = {name: (told | seen).get(name) for name in FIGURES}
    return _row(node, DRAINED if told.get("draining") else UP, version) | more


def _row(node: str, state: str, version: str, text: str = "") -> Document:
    return {"node": node, "state": state, "version": version, **dict.fromkeys(FIGURES), "text": text}
