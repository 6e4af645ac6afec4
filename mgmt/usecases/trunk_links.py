"""A trunk's page for its carrier: a signed link for some days shows how we see the trunk, and nothing of companies or numbers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from configdb.model import SYSTEM
from mgmt.context import Context
from mgmt.limits import trunk_link_s_max
from mgmt.usecases import audit, trunk_figures, trunks

Document = dict[str, Any]
DAYS = 7


def made(context: Context, actor: str, id: str) -> Document:
    """`{url, expires_at}`. Raises Problem 404, `ControlError`."""
    trunks.one(context, id)
    url, expires = context.links.signed("GET", f"/trunk/{quote(id, safe='')}", actor, trunk_link_s_max)
    return {"url": url, "expires_at": expires}


def read(context: Context, id: str, subject: str, address: str) -> tuple[Document, Document]:
    """The trunk as it is now, and what its calls came to. Raises Problem 404, `ControlError`."""
    reached, silent = trunks.signalling(context)
    trunk = {**trunks.one(context, id), "signalling": reached, "silent": silent}
    found = trunk, trunk_figures.figures(context, id, DAYS)
    audit.note(context, SYSTEM, subject, "trunk.read", id, address, how="link")
    return found
