"""The state of the node at a glance, for operators."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from configdb.certificates import days_left
from configdb.log import LogState
from configdb.version import own_version
from history.shelves import StoreAway
from mgmt import gauges
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.usecases import services
from softswitch.control.messages import ControlError

SILENT_S_MAX = 30.0
"""Services that run say what waits more often than this."""


def node(context: Context) -> dict[str, Any]:
    """Switch, configuration, history, services, disk. A part that does not answer says why instead of failing the rest."""
    directory, config = context.config.directory, context.config.status
    data = context.settings.data_dir
    disk = shutil.disk_usage(data)
    return {
        "version": own_version(),
        "switch": _switch(context),
        "config": {
            "state": config.state.value,
            "sequence": config.sequence,
            "behind": config.behind,
            "age_s": config.age_s,
            "text": config.text,
            "tenants": len(directory.tenants),
            "trunks": len(directory.trunks),
        },
        "history": {
            "spool_bytes": sum(map(_size_bytes, (data / "spool").glob("*.spool"))),
            "shared": context.settings.history_shared,
            "lag_s": _history_lag_s(context),
        },
        "services": services.standings(context),
        "web": {"url": context.settings.url, "live_calls": context.board.count()},
        "disk": {"free_mb": disk.free >> 20, "total_mb": disk.total >> 20},
        "certificates": _certificates(context),
        "at": context.clock(),
    }


def _size_bytes(path: Path) -> int:
    """None of what was taken away since it was seen."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _history_lag_s(context: Context) -> float | None:
    """For how long records have waited for the history; longer while the services say nothing. None: they never did."""
    said = gauges.read(context.settings.data_dir)
    if "history_lag_seconds" not in said:
        return None
    silent_s = context.clock() - said.get("told_at", 0.0)
    return round(said["history_lag_seconds"] + (silent_s if silent_s > SILENT_S_MAX else 0.0), 1)


def ready(context: Context) -> dict[str, str]:
    """Whether this process can serve: it has a configuration, and its history answers. Raises Problem 503."""
    config = context.config.status
    if config.state is not LogState.FOLLOWING and not config.sequence:
        raise Problem(503, "no_configuration", "This node has not read its configuration yet.")
    try:
        context.history.position("ready")
    except StoreAway as away:
        raise Problem(503, "history_away", "The history of this node does not answer.") from away
    return {"status": "ready"}


def set_log(context: Context, level: str) -> dict[str, Any]:
    """What the switch's log holds until its next start: `{level}`. Raises `ControlError`."""
    return dict(context.control.request("log", level=level))


def _certificates(context: Context) -> list[dict[str, Any]]:
    """Those that the node shows, and how many days each is good; None: there is no such file, or it is none."""
    found = []
    for name, path in context.settings.certificates:
        try:
            left = days_left(path, context.clock())
        except (OSError, ValueError):
            left = None
        found.append({"name": name, "days_left": left})
    return found


def _switch(context: Context) -> dict[str, Any]:
    try:
        return {"state": "up", **context.control.request("status"), "cluster": context.control.request("cluster")}
    except ControlError as away:
        return {"state": "away", "text": away.text}
