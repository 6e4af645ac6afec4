"""What is agreed with a partner, ready to use: its row of the configuration with the secret opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from configdb.estate import StoreFront
from configdb.secrets import Sealer
from configdb.snapshot import Directory


@dataclass(frozen=True, slots=True)
class Front:
    """As `StoreFront`, whose `secret` is plain here and shown nowhere."""

    id: str
    client: str
    public_key: str
    url: str
    plan: str
    secret: str = field(repr=False)


def front(directory: Directory, sealer: Sealer, id: str) -> Front | None:
    """None: nothing is agreed with this partner."""
    row = directory.system.get("store_front", {}).get(id)
    if not isinstance(row, StoreFront):
        return None
    secret = sealer.open(row.secret) if row.secret else ""
    return Front(row.id, row.client, row.public_key, (row.url or "").rstrip("/"), row.plan, secret)
