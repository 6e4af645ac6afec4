"""Whole tenants as signed files: out, in, and again under another name; for operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from configdb.bundle import Bundle, BundleKey, Objects, cloned, opened, pack, unpack
from configdb.keys import Key
from configdb.limits import history_page_max
from configdb.log import Change, Entry
from configdb.moving import arrived
from configdb.node import secret
from configdb.snapshot import TenantView
from media.storage.store import NoSuchMedia
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.usecases import replicas
from mgmt.usecases.redact import completed


def key_of(context: Context) -> BundleKey:
    """The bundle key of this node, DATA/secrets/bundle.key."""
    return BundleKey(bytes.fromhex(secret(context.settings.data_dir, "bundle.key")))


def exported(context: Context, tenant: str, at: int | None, with_secrets: bool, with_history: bool = False) -> bytes:
    """The file of a tenant, now or at a version. Raises Problem 404; `Refused` as `ConfigClient.at`."""
    view = context.config.directory.tenants.get(tenant) if at is None else context.config.at(tenant, at)
    if view is None:
        raise not_found("tenant")
    objects = {
        kind: {id: value.model_dump(mode="json") for id, value in ids.items()} for kind, ids in view.objects.items()
    }
    past = _past(context, tenant, at) if with_history else None
    sealer = context.sealer if with_secrets else None
    return pack(tenant, objects, _prompts(context, view), key_of(context), sealer, past)


def _past(context: Context, tenant: str, at: int | None) -> Iterator[Entry]:
    """The transactions up to a version, as far as the history was not pruned."""
    since = 0
    while page := context.config.history(tenant, since, history_page_max):
        yield from (entry for entry in page if at is None or entry.sequence <= at)
        since = page[-1].sequence


def _prompts(context: Context, view: TenantView) -> Mapping[str, dict[str, Any]]:
    found = {}
    for prompt in view.prompts.values():
        try:
            stat = context.media.stat(prompt.media)
        except (NoSuchMedia, ValueError):
            continue
        found[prompt.media] = {"sha256": stat.sha256, "size_bytes": stat.size_bytes}
    return found


def restored(context: Context, data: bytes, actor: str, name: str | None, dry: bool, foreign: bool) -> dict[str, Any]:
    """Make a tenant what a file says, in one transaction: what the file does not hold goes. `name` makes another one like it.

    Answers `{tenant, added, changed, removed, left_out, missing_prompts, passwords, applied}`; left out is what another
    tenant cannot have as well, as its numbers. A file that was signed with another
    key than this node's needs `foreign`. Raises Problem 403; `Refused` 409, 413, 422, 423, 503; `Unknown`.
    """
    bundle, key = unpack(data), key_of(context)
    if bundle.signer != key.signer and not foreign:
        text = "This file was signed by another node: bring its secrets/bundle.key here, or say that you trust it."
        raise Problem(403, "foreign_bundle", text)
    objects = opened(bundle, key, context.sealer) if bundle.sealed and name is None else bundle.objects
    tenant, left_out = name or bundle.tenant, list[str]()
    if name is not None:
        if name in context.config.directory.tenants:
            raise Problem(409, "tenant_exists", "There is a tenant of this name already.")
        objects = cloned(objects, bundle.tenant, name)
        left_out = [
            f"{kind}/{id}"
            for kind in sorted(bundle.objects.keys() - objects.keys())
            for id in sorted(bundle.objects[kind])
        ]
    objects = {**objects, "tenant": {id: arrived(one) for id, one in objects.get("tenant", {}).items()}}
    objects, passwords = _completed(context, tenant, objects)
    changes, counts, expect = _difference(context, tenant, objects)
    reached = None
    if changes and not dry:
        receipt = context.config.transact(tenant, changes, actor, f"brought in from a file of {bundle.tenant}", expect)
        reached = replicas.applied(context, receipt)
    missing = _missing_prompts(context, bundle)
    also = {"left_out": left_out, "missing_prompts": missing, "passwords": {} if dry else passwords}
    return {"tenant": tenant, **counts, **also, "applied": reached}


def _completed(context: Context, tenant: str, objects: Objects) -> tuple[Objects, dict[str, str]]:
    """Secrets that the file does not hold: those that are here, or new ones, by device."""
    passwords: dict[str, str] = {}
    whole: Objects = {}
    for kind, ids in objects.items():
        whole[kind] = {}
        for id, document in ids.items():
            found = context.config.get(tenant, kind, id)
            before = found.value.model_dump(mode="json") if found is not None else None
            if kind in ("device", "api_key") and not {"ha1_md5", "key_sha256"} & set(document):
                document, made = completed(kind, document, before, context.sealer)
                passwords |= {id: made} if made else {}
            elif before is not None:
                document = {**_kept(kind, before), **document}
            whole[kind][id] = document
    return whole, passwords


def _kept(kind: str, before: dict[str, Any]) -> dict[str, Any]:
    fields = {"user": ("password_hash",), "webhook": ("secret", "previous_secret")}.get(kind, ())
    return {name: before[name] for name in fields if before.get(name)}


def _difference(context: Context, tenant: str, objects: Objects) -> tuple[list[Change], dict[str, int], dict[Key, int]]:
    """The changes that are needed; secrets that are the same in other wrapping are no change."""
    now, changes, expect = context.config.state.tenant(tenant), [], dict[Key, int]()
    counts = {"added": 0, "changed": 0, "removed": 0}
    for kind in sorted(objects.keys() | now.objects.keys()):
        have, want = now.objects.get(kind, {}), objects.get(kind, {})
        for id in sorted(have.keys() | want.keys()):
            found = have.get(id)
            before = None if found is None else found.value.model_dump(mode="json")
            if before is not None and id in want and _plain(context, before) == _plain(context, want[id]):
                continue
            counts["added" if before is None else "changed" if id in want else "removed"] += 1
            changes.append(Change(kind, id, want.get(id)))
            expect[Key(tenant, kind, id)] = 0 if found is None else found.version
    return changes, counts, expect


def _plain(context: Context, document: dict[str, Any]) -> dict[str, Any]:
    opened_ = {
        name: context.sealer.open(value) if isinstance(value, str) and value.startswith("sealed:") else value
        for name, value in document.items()
    }
    return {name: value for name, value in opened_.items() if value is not None}


def _missing_prompts(context: Context, bundle: Bundle) -> list[str]:
    """Sounds that the tenant names and this node does not have as they were."""
    missing = []
    for name, about in sorted(bundle.prompts.items()):
        try:
            if context.media.stat(name).sha256 != about.get("sha256"):
                missing.append(name)
        except (NoSuchMedia, ValueError):
            missing.append(name)
    return missing
