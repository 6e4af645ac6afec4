"""A tenant that moves to another shard of the configuration is frozen with a mark that says so; where its new calls go then.

Where it arrives it is free: the mark is of the shard that it leaves.
"""

from __future__ import annotations

from configdb.estate import Shard
from configdb.model import Tenant
from configdb.schema import Document
from configdb.snapshot import Directory

MARK = "moving to shard "


def mark(shard: str) -> str:
    """What the tenant is frozen with."""
    return f"{MARK}{shard}"


def is_moving(tenant: object) -> bool:
    """Whether this is a tenant that moves away."""
    return isinstance(tenant, Tenant) and tenant.frozen.startswith(MARK)


def arrived(document: Document) -> Document:
    """The document of a tenant as another node takes it."""
    return document | {"frozen": ""} if str(document.get("frozen", "")).startswith(MARK) else document


def new_address(directory: Directory, tenant: Tenant) -> str | None:
    """Where the nodes of the shard that a tenant moves to are called; None: it does not move, or nobody said where they are."""
    if not is_moving(tenant):
        return None
    found = directory.system.get("shard", {}).get(tenant.frozen.removeprefix(MARK))
    return found.address if isinstance(found, Shard) else None
