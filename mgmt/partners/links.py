"""Another account of a partner that shares a company: its row of the configuration."""

from __future__ import annotations

import hashlib

from configdb.client import ConfigClient
from configdb.estate import Partner
from configdb.log import Change
from configdb.model import SYSTEM
from configdb.snapshot import Directory

BY = "partner"


def company_of(directory: Directory, partner: str, account: str) -> str | None:
    """The company that an account shares; None: it shares none."""
    row = directory.system.get("partner", {}).get(_id(partner, account))
    view = directory.tenants.get(row.tenant) if isinstance(row, Partner) else None
    return view.tenant.id if view is not None and view.tenant.status != "closed" else None


def share(config: ConfigClient, partner: str, account: str, tenant: str) -> None:
    """From now on the account shares the company."""
    row = {"id": _id(partner, account), "partner": partner, "account": account, "tenant": tenant}
    config.transact(SYSTEM, [Change("partner", row["id"], row)], BY, "shares a company")


def part(config: ConfigClient, partner: str, account: str) -> bool:
    """It no longer does; whether it did."""
    id = _id(partner, account)
    shared = id in config.directory.system.get("partner", {})
    if shared:
        config.transact(SYSTEM, [Change("partner", id, None)], BY, "shares no company any longer")
    return shared


def _id(partner: str, account: str) -> str:
    return f"link-{hashlib.sha256(f'{partner} {account}'.encode()).hexdigest()[:32]}"
