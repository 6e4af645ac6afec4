"""A tenant that moves to another shard of the configuration is frozen with a mark that says so; where its new calls go then."""

from __future__ import annotations

from configdb.estate import Shard
from configdb.model import Tenant
from configdb.snapshot import Directory

MARK = "moving to shard "


def mark(shard: str) -> str:
    """What the tenant is frozen with."""
    return f"{MARK}{shard}"


def new_address(directory: Directory, tenant: Tenant) -> str | None:
    """Where the nodes of the shard that a tenant moves to are called; None: it does not move, or nobody said where they are."""
    if not tenant.frozen.startswith(MARK):
        return None
    found = directory.system.get("shard", {}).get(tenant.frozen.removeprefix(MARK))
    return found.address if isinstance(found, Shard) else None
