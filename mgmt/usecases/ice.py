"""Servers that help an app to our media where its network lets nothing straight through: STUN (RFC 7064) and TURN (RFC 7065).

A TURN server gets no list of users. A name is the second until which it holds and whose it is, its password the HMAC-SHA1 of
that name under a secret that node and server share (draft-uberti-behave-turn-rest-00; coturn: `use-auth-secret`).
"""

from __future__ import annotations

import base64
import hmac
from typing import Any

from configdb.node import secret
from mgmt.context import Context
from mgmt.limits import token_age_s_max

Document = dict[str, Any]
SECRET = "turn.key"
TURN = ("turn:", "turns:")


def servers(context: Context, whose: str) -> list[Document]:
    """The operator's servers as a browser takes them (`RTCIceServer`): none where the way to this node is open."""
    urls = context.settings.ice_servers
    plain = [{"urls": [url]} for url in urls if not url.startswith(TURN)]
    relays = [url for url in urls if url.startswith(TURN)]
    if not relays:
        return plain
    name, password = credential(secret(context.settings.data_dir, SECRET), whose, context.clock())
    return [*plain, {"urls": relays, "username": name, "credential": password}]


def until(context: Context) -> float | None:
    """Until when what is told now holds, in epoch seconds; None: for good."""
    relays = any(url.startswith(TURN) for url in context.settings.ice_servers)
    return context.clock() + token_age_s_max if relays else None


def credential(key: str, whose: str, now: float) -> tuple[str, str]:
    """The name and the password of somebody, for `token_age_s_max` from now on."""
    name = f"{round(now + token_age_s_max)}:{whose}"
    return name, base64.b64encode(hmac.digest(key.encode(), name.encode(), "sha1")).decode()
