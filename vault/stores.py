"""The media store that the node's settings name: a directory or Azure behind it, recordings sealed or not, old ones packed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from configdb.node import NodeSettings
from configdb.secrets import Sealer
from history.shelves import Shelves
from media.storage.local import LocalStore
from media.storage.packed import PackedStore
from media.storage.sealed import SealedStore
from media.storage.store import MediaStore
from media.storage.tiered import TieredStore
from vault.keys import TenantKeys, key_encryption_key
from vault.peers import OtherNodes, SharedStore
from vault.register import Register

SEALED_KINDS = ("recording", "voicemail", "todo-mail", "report")
UPLOADED_KINDS = ("recording", "voicemail", "report", "todo-mail", "public")


@dataclass(frozen=True, slots=True)
class Vault:
    """`media` is what everybody reads and writes; `tiers` None: there is no far store, nothing is uploaded.

    lies: where sound is as it lies there, sealed or not.  forms: where other forms of sound are for a while.
    packed_after_days: when recordings are packed; None: never.
    """

    node: str
    media: PackedStore
    lies: MediaStore
    near: LocalStore
    tiers: TieredStore | None
    register: Register
    keys: TenantKeys
    forms: Path
    packed_after_days: int | None


def open_vault(
    data: Path,
    node: NodeSettings,
    shelves: Shelves,
    clock: Callable[[], float],
    on_put: Callable[[str], None] = lambda name: None,
    peers: OtherNodes | None = None,
) -> Vault:
    """All of it; no server is asked yet. on_put: is told the name of what is to be uploaded. peers: the other nodes.

    Raises OSError, ValueError.
    """
    near = LocalStore(data / "media")
    tiers = None
    if node.media_container is not None:
        from media.storage.azure import AzureStore  # slow to import: only where it is used

        far = AzureStore(azure_connection(data), node.media_container, node.media_prefix)
        tiers = TieredStore(near, far, lambda name: on_put(name) if is_uploaded(name) else None)
    kek = key_encryption_key(data, node)
    keys = TenantKeys(shelves, Sealer(kek), clock)
    own: MediaStore = tiers or near
    inner = own if peers is None else SharedStore(own, peers)
    kinds, forms = SEALED_KINDS if node.media_sealed else (), data / "forms"
    cache = SealedStore(LocalStore(forms), keys, kinds)
    media = PackedStore(SealedStore(inner, keys, kinds), cache, data / "played")
    register = Register(shelves, media, kek, clock)
    return Vault(node.name, media, inner, near, tiers, register, keys, forms, node.media_packed_after_days or None)


def is_uploaded(name: str) -> bool:
    """Prompts and greetings stay: calls play them from this machine, whichever of the nodes it is."""
    return name.split("/")[1] in UPLOADED_KINDS


def azure_connection(data: Path) -> str:
    """The connection string in secrets/azure.connection. Raises OSError."""
    return (data / "secrets" / "azure.connection").read_text().strip()
