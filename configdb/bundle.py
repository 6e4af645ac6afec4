"""A tenant as one signed file: canonical JSON, prompts by their hash, secrets sealed or left out. Pure.

    {"bundle": 1, "tenant", "objects": {kind: {id: document}}, "prompts": {name: {"sha256", "size_bytes"}},
     "secrets": "sealed" | "none", "signer": Ed25519 public key, "signature"}         (RFC 8032; both base64url)
     "history": [{"sequence", "at", "actor", "reason", "changes": [{"kind", "id", "document"}]}]       (only when asked for)

The same tenant gives the same bytes, whoever asks and however often it was brought out and in again: keys are sorted,
nothing says when, and secrets are sealed with a nonce made of themselves. Signing and sealing keys both come from one
bundle key (RFC 5869); nodes that share it trust each other's bundles and read their secrets. The history is to be read: it has
no secrets, and a node that the file is brought to goes on with a history of its own.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from configdb.errors import Problem, Refused
from configdb.log import Entry
from configdb.model import KINDS, SYSTEM_KINDS
from configdb.schema import SCHEMA_VERSION, upgraded
from configdb.secrets import SEALED_FIELDS, SECRET_FIELDS, Sealer, SealError

Document = dict[str, Any]
Objects = dict[str, dict[str, Document]]
VERSION = 1


class BundleKey:
    """The key of a bundle's signature and of its secrets, from 32 bytes that nodes may share."""

    def __init__(self, key: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(_derived(key, b"bundle signature"))
        self.sealer = Sealer(_derived(key, b"bundle secrets"))

    @property
    def signer(self) -> str:
        """The public key, as it stands in bundles."""
        return _text(self._private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> str:
        """The signature of some bytes."""
        return _text(self._private.sign(data))


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a file holds whose signature is right. `signer` says by whom; whether to trust them is the reader's to say."""

    tenant: str
    objects: Objects
    prompts: Mapping[str, Document]
    sealed: bool
    signer: str
    history: tuple[Document, ...] = ()


def pack(
    tenant: str,
    objects: Objects,
    prompts: Mapping[str, Document],
    key: BundleKey,
    node: Sealer | None,
    history: Iterable[Entry] | None = None,
) -> bytes:
    """The file of a tenant. `node` opens its secrets, to be sealed for the bundle; None leaves secrets out."""
    kept = {
        kind: {id: _outward(kind, document, key, node) for id, document in ids.items()}
        for kind, ids in objects.items()
        if kind not in SYSTEM_KINDS
    }
    content: Document = {
        "bundle": VERSION,
        "schema": SCHEMA_VERSION,
        "tenant": tenant,
        "objects": kept,
        "prompts": dict(prompts),
        "secrets": "none" if node is None else "sealed",
        "signer": key.signer,
    }
    if history is not None:
        content["history"] = [_told(entry) for entry in history]
    return _canonical(content | {"signature": key.sign(_canonical(content))}) + b"\n"


def unpack(data: bytes) -> Bundle:
    """What a file says, its documents in the newest schema. Raises `Refused` 422."""
    try:
        content = json.loads(data)
        signature, signer = content.pop("signature"), str(content["signer"])
        Ed25519PublicKey.from_public_bytes(_bytes(signer)).verify(_bytes(signature), _canonical(content))
        if content["bundle"] != VERSION:
            raise _refused("/bundle", f"is of version {content['bundle']}, this program reads {VERSION}")
        objects = {
            str(kind): {
                str(id): upgraded(kind, dict(document), int(content["schema"])) for id, document in dict(ids).items()
            }
            for kind, ids in dict(content["objects"]).items()
        }
        past = tuple(dict(entry) for entry in content.get("history", ()))
        bundle = Bundle(
            str(content["tenant"]), objects, dict(content["prompts"]), content["secrets"] == "sealed", signer, past
        )
    except InvalidSignature as error:
        raise _refused("/signature", "is not that of this file: it was changed") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, binascii.Error) as error:
        raise _refused("", f"is no bundle: {type(error).__name__}") from error
    unknown = sorted(set(objects) - (set(KINDS) - SYSTEM_KINDS))
    if unknown:
        raise _refused(f"/objects/{unknown[0]}", "is no kind of a tenant")
    return bundle


def opened(bundle: Bundle, key: BundleKey, node: Sealer) -> Objects:
    """Its objects with secrets as this node keeps them. Raises `Refused` 422 when they were sealed with another key."""

    def inward(text: str) -> str:
        try:
            return key.sealer.open(text)
        except SealError as error:
            raise _refused("/secrets", "were sealed with another bundle key") from error

    return {
        kind: {id: _with_secrets(kind, document, inward, node.seal) for id, document in ids.items()}
        for kind, ids in bundle.objects.items()
    }


def cloned(objects: Objects, old: str, new: str, name: str | None = None) -> Objects:
    """The objects of another tenant like it: without numbers, keys and plans, with user names of its own.

    Secrets of devices are left out: they were made for the old user names (RFC 7616 3.4.2).
    """
    kept = {kind: dict(ids) for kind, ids in objects.items() if kind not in ("number", "api_key", "planned", "tenant")}
    numbers = set(objects.get("number", {}))
    for kind, ids in kept.items():
        for id, document in ids.items():
            bare = {field: value for field, value in document.items() if field not in SECRET_FIELDS.get(kind, ())}
            if bare.get("caller_id") in numbers:
                bare["caller_id"] = None
            ids[id] = bare | ({"username": f"{new}-{bare['username']}"[:64]} if kind == "device" else {})
    tenant = dict(objects["tenant"][old])
    caller_id = None if tenant.get("caller_id") in numbers else tenant.get("caller_id")
    kept["tenant"] = {new: tenant | {"id": new, "name": name or tenant["name"], "frozen": "", "caller_id": caller_id}}
    return kept


def _told(entry: Entry) -> Document:
    """A transaction without secrets."""
    changes = [
        {"kind": change.kind, "id": change.id, "document": _without_secrets(change.kind, change.document)}
        for change in entry.changes
    ]
    about = {"sequence": entry.sequence, "at": entry.at, "actor": entry.actor, "reason": entry.reason}
    return {**about, "changes": changes}


def _without_secrets(kind: str, document: Document | None) -> Document | None:
    hidden = SECRET_FIELDS.get(kind, ())
    return None if document is None else {name: value for name, value in document.items() if name not in hidden}


def _outward(kind: str, document: Document, key: BundleKey, node: Sealer | None) -> Document:
    if node is None:
        return {name: value for name, value in document.items() if name not in SECRET_FIELDS.get(kind, ())}

    def open_here(text: str) -> str:
        return node.open(text)

    return _with_secrets(kind, document, open_here, lambda text: key.sealer.seal(text, repeatable=True), both=False)


def _with_secrets(
    kind: str, document: Document, open_it: Callable[[str], str], seal_it: Callable[[str], str], both: bool = True
) -> Document:
    """The document with each secret opened by one key and sealed by another.

    What a node keeps as a hash is sealed in a bundle alone: going out (`both` False) it is not opened, coming in not sealed.
    """
    result = dict(document)
    for name in SECRET_FIELDS.get(kind, ()):
        text = document.get(name)
        if not isinstance(text, str):
            continue
        at_node = name in SEALED_FIELDS.get(kind, ())
        plain = open_it(text) if at_node or both else text
        result[name] = seal_it(plain) if at_node or not both else plain
    return result


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, purpose).derive(key)


def _canonical(content: Document) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)


def _refused(pointer: str, text: str) -> Refused:
    return Refused(
        "invalid_bundle", f"This file cannot be brought in: {pointer or 'it'} {text}.", (Problem(pointer, text),)
    )
