"""Gives a node its demo tenant: configuration through the log, prompts into the media store, passwords for its phones.

Done once: a node that has the tenant keeps it as it is, whatever was changed since.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path

from configdb.client import ConfigClient
from configdb.keys import Key
from configdb.log import Change
from configdb.log_jetstream import log_of
from configdb.model import SYSTEM
from configdb.nats_link import link_of
from configdb.node import load_settings, secret, write_private
from configdb.secrets import Sealer
from installer import demo_tenant
from installer.sounds import BUILT, copy_if_other

ACTOR, REASON = "installer", "demo tenant Riverside Dental"
CURRENT_S_MAX = 20.0


class NotSeeded(Exception):
    """The configuration log did not answer."""


def ha1(username: str, realm: str, password: str) -> tuple[str, str]:
    """The two HA1 values of a device, MD5 and SHA-256 (RFC 7616 3.4.2)."""
    text = f"{username}:{realm}:{password}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest(), hashlib.sha256(text).hexdigest()


def phone_passwords(data: Path) -> dict[str, str]:
    """The passwords of the demo tenant's phones by device, made at the first use (0600)."""
    path = data / "secrets" / "demo-phones.json"
    if not path.exists():
        made = {device: secrets.token_urlsafe(12) for device, _ in demo_tenant.DEVICES}
        write_private(path, json.dumps(made, indent=1) + "\n")
    return dict(json.loads(path.read_text()))


def install_prompts(data: Path, built: Path = BUILT) -> None:
    """The tenant's prompts, into the local media store."""
    for prompt in demo_tenant.prompt_texts():
        source = built / demo_tenant.TENANT / f"{prompt}.wav"
        copy_if_other(source, data / "media" / demo_tenant.media_name(prompt))


def changes(data: Path) -> list[Change]:
    """The tenant as one transaction."""
    passwords = phone_passwords(data)
    found = demo_tenant.documents(lambda username, realm: ha1(username, realm, passwords[username]))
    return [Change(kind, id, document) for (kind, id), document in found.items()]


def seed(data: Path) -> bool:
    """Write the tenant; False when it was there. Raises `NotSeeded`, `configdb.errors.Refused` and OSError."""
    settings = load_settings(data)
    link = link_of(data, settings)
    sealer = Sealer(bytes.fromhex(secret(data, "node.key")))
    client = ConfigClient(data, "installer", log_of(link, settings), sealer)
    try:
        client.start()
        if not client.wait_current(CURRENT_S_MAX):
            raise NotSeeded(f"the configuration log does not answer: {client.status.text}")
        install_prompts(data)
        if demo_tenant.TENANT in client.directory.tenants:
            return False
        trunk = demo_tenant.trunk(demo_tenant.CALLER_PORTS, demo_tenant.CALLER_PORTS[0])
        if client.get(SYSTEM, "trunk", demo_tenant.TRUNK) is None:
            client.transact(SYSTEM, [Change("trunk", demo_tenant.TRUNK, trunk)], ACTOR, REASON)
        missing = Key(demo_tenant.TENANT, "tenant", demo_tenant.TENANT)
        client.transact(demo_tenant.TENANT, changes(data), ACTOR, REASON, expect={missing: 0})
        return True
    finally:
        client.stop()
        link.close()
