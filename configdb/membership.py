"""Which cluster a node is of: DATA/cluster/members.json, the certificates beside it, written when it joins or others do.

A node whose settings name a cluster (`cluster_listen`, `nats_url`) needs no such file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from configdb.node import Certificate, NodeSettings, write_private

FORM = 1
NOBODY = "0" * 64
"""The key of no certificate."""


@dataclass(frozen=True, slots=True)
class Membership:
    """`listen`: where this node's NATS server meets those of `others` (name -> host:port).

    pins: name -> the key of that node's certificate (SHA-256, hex), as far as it is known here.
    removed: keys that are trusted no more, for ever.
    """

    name: str
    listen: str
    others: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    @property
    def trusted(self) -> tuple[str, ...]:
        """The keys of all others; none when that of one is not known: then the authority alone vouches."""
        if not self.others:
            return (NOBODY,)
        return tuple(sorted(self.pins[name] for name in self.others)) if self.others.keys() <= self.pins.keys() else ()


def met(own: Membership, told: Mapping[str, tuple[str, str]], removed: frozenset[str]) -> Membership:
    """What a node knows when another one tells its own view: name -> (host:port, key), and the keys it trusts no more.

    A name that is known keeps its key, until that is removed: a node that joined again comes with a new one.
    """
    gone = own.removed | removed
    here = {name: (at, own.pins.get(name, "")) for name, at in own.others.items()}
    kept = {name: one for name, one in here.items() if one[1] not in gone}
    for name, (at, pin) in told.items():
        if name != own.name and pin and pin not in gone and kept.get(name, ("", ""))[1] in ("", pin):
            kept[name] = (at, pin)
    pins = {name: pin for name, (_, pin) in kept.items() if pin}
    return replace(own, others={name: at for name, (at, _) in kept.items()}, pins=pins, removed=gone)


def without(own: Membership, name: str) -> Membership:
    """The membership when a node is gone for good. Raises ValueError when its key is not known."""
    if name not in own.pins:
        raise ValueError(f"the key of {name} is not known here: it has to be of this version, and met once")
    return met(own, {}, frozenset({own.pins[name]}))


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
        pins = {str(name): str(pin) for name, pin in document.get("pins", {}).items()}
        removed = frozenset(map(str, document.get("removed", ())))
        return Membership(str(document["name"]), str(document["listen"]), others, pins, removed)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{members_file(data_dir)} is damaged") from error


def write(data_dir: Path, membership: Membership) -> None:
    """Replace the file at once."""
    document = {
        "form": FORM,
        "name": membership.name,
        "listen": membership.listen,
        "others": dict(sorted(membership.others.items())),
        "pins": dict(sorted(membership.pins.items())),
        "removed": sorted(membership.removed),
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
