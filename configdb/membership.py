"""Which cluster a node is of: DATA/cluster/members.json, the certificates beside it, written when it joins or others do.

A node whose settings name a cluster (`cluster_listen`, `nats_url`) needs no such file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from configdb.node import Certificate, NodeSettings, write_private

FORM = 1


@dataclass(frozen=True, slots=True)
class Membership:
    """`listen`: where this node's NATS server meets those of `others` (name -> host:port)."""

    name: str
    listen: str
    others: Mapping[str, str] = field(default_factory=dict)


def folder(data_dir: Path) -> Path:
    """Where everything about the cluster is."""
    return data_dir / "cluster"


def members_file(data_dir: Path) -> Path:
    """The file of members; whoever watches it learns that the cluster is another one."""
    return folder(data_dir) / "members.json"


def read(data_dir: Path) -> Membership | None:
    """The membership of a node, None while it is alone. Raises ValueError when the file is none."""
    try:
        document = json.loads(members_file(data_dir).read_text())
    except FileNotFoundError:
        return None
    try:
        if document["form"] != FORM:
            raise ValueError(f"{members_file(data_dir)} is of another version")
        others = {str(name): str(at) for name, at in document["others"].items()}
        return Membership(str(document["name"]), str(document["listen"]), others)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{members_file(data_dir)} is damaged") from error


def write(data_dir: Path, membership: Membership) -> None:
    """Replace the file at once."""
    document = {
        "form": FORM,
        "name": membership.name,
        "listen": membership.listen,
        "others": dict(sorted(membership.others.items())),
    }
    write_private(members_file(data_dir), json.dumps(document, indent=1) + "\n")


def certificate(data_dir: Path) -> Certificate:
    """This node's certificate between nodes."""
    return Certificate(certificate=folder(data_dir) / "node.pem", key=folder(data_dir) / "node.key")


def authority(data_dir: Path) -> Path:
    """Who vouches for the certificates of nodes."""
    return folder(data_dir) / "ca.pem"


def is_clustered(data_dir: Path, settings: NodeSettings) -> bool:
    """Whether there may be other nodes."""
    own = settings.cluster_listen is not None or settings.nats_url is not None
    return own or members_file(data_dir).exists()
