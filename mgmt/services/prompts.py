"""Background service: prompts and greetings of all companies lie on every node, because calls play them from its disk."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from configdb.snapshot import Directory, TenantView
from media.storage.names import BadName, checked
from media.storage.store import NoSuchMedia, StoreError
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from vault.stores import Vault

period_s = 1.0
brought_max = 20
retry_s_max = 600.0


def run(parts: Parts) -> Report:
    """Bring what is named in the configuration and is not here."""
    return parts.prompts.run(parts.directory())


@dataclass(slots=True)
class _Wanted:
    """A sound that is not here; `due_at`: when it is looked for next."""

    due_at: float
    tries: int = 0


class Prompts:
    """Remembers which tenants were looked through, and what of theirs is still elsewhere."""

    def __init__(self, vault: Vault, clock: Callable[[], float]) -> None:
        self._vault, self._clock = vault, clock
        self._seen: dict[str, TenantView] = {}
        self._wanted: dict[str, dict[str, _Wanted]] = {}

    def run(self, directory: Directory) -> Report:
        """See `run`."""
        self._look(directory)
        now, brought, failed = self._clock(), 0, ""
        due = [(names, name) for names in self._wanted.values() for name, one in names.items() if one.due_at <= now]
        for names, name in due[:brought_max]:
            try:
                bring(self._vault, name)
            except (NoSuchMedia, StoreError) as error:
                failed = f", {name}: {error}"
                tries = names[name].tries + 1
                names[name] = _Wanted(now + min(retry_s_max, 2.0**tries), tries)
            else:
                del names[name]
                brought += 1
        waiting = sum(map(len, self._wanted.values()))
        return Report(brought, f"{brought} brought, {waiting} are elsewhere{failed}")

    def _look(self, directory: Directory) -> None:
        """At tenants that are new or were changed."""
        for tenant, view in directory.tenants.items():
            if self._seen.get(tenant) is not view:
                known = self._wanted.pop(tenant, {})
                missing = {name: known.get(name, _Wanted(0.0)) for name in named(view) if not self._is_here(name)}
                if missing:
                    self._wanted[tenant] = missing
        for tenant in self._seen.keys() - directory.tenants.keys():
            self._wanted.pop(tenant, None)
        self._seen = dict(directory.tenants)

    def _is_here(self, name: str) -> bool:
        return self._vault.near.local_path(name) is not None


def named(view: TenantView) -> set[str]:
    """The media names of a tenant's prompts that are its own."""
    found = set()
    for prompt in view.prompts.values():
        try:
            name = checked(prompt.media)
        except BadName:
            continue
        if name.startswith(f"{view.tenant.id}/"):
            found.add(name)
    return found


def bring(vault: Vault, name: str) -> None:
    """Copy a sound from wherever it is into the directory of this node. Raises `NoSuchMedia`, `StoreError`."""
    stat, digest = vault.media.stat(name), hashlib.sha256()
    with tempfile.NamedTemporaryFile(prefix="prompt-") as file:
        for chunk in vault.media.read(name):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        if stat.sha256 not in ("", digest.hexdigest()):
            raise StoreError(f"{name} changed on its way")
        vault.near.put_file(name, Path(file.name), stat.metadata, stat.content_type)
