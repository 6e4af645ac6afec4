"""Whose program it is: the key of an Authorization header to its row in the configuration (RFC 6750, ASVS 13.2).

Of a key the configuration holds the SHA-256: a key is 256 random bits, so that nobody can go from one to the other.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from configdb.office import ApiKey
from configdb.snapshot import Directory, TenantView

PREFIX = "ssk_live_"
"""What a new key begins with: those who look for keys in published code know one by it."""
PREFIXES = (PREFIX, "sk_")
"""Keys begin so: `sk_` were made before."""


def made() -> str:
    """A new key."""
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


class ApiKeys:
    """The keys of all tenants, indexed anew for a tenant that changed. `clock` is wall time in epoch seconds."""

    def __init__(self, directory: Callable[[], Directory], clock: Callable[[], float]) -> None:
        self._directory, self._clock = directory, clock
        self._of: Directory | None = None
        self._views: dict[str, TenantView] = {}
        self._known: dict[str, tuple[str, ApiKey]] = {}

    def find(self, secret: str) -> tuple[str, ApiKey] | None:
        """The tenant and the row of a key that is valid now."""
        directory = self._directory()
        if directory is not self._of:
            self._index(directory)
        found = self._known.get(hashlib.sha256(secret.encode()).hexdigest())
        return found if found is not None and self._in_time(found[1]) else None

    def still(self, tenant: str, key: ApiKey) -> bool:
        """Whether a key that was found is still valid, and says the same."""
        view = self._directory().tenants.get(tenant)
        return view is not None and view.objects.get("api_key", {}).get(key.id) == key and self._in_time(key)

    def _in_time(self, key: ApiKey) -> bool:
        return key.expires_at is None or self._clock() < key.expires_at.timestamp()

    def _index(self, directory: Directory) -> None:
        changed = {name for name, view in directory.tenants.items() if self._views.get(name) is not view}
        gone = set(self._views) - set(directory.tenants)
        if changed or gone:
            kept = {text: found for text, found in self._known.items() if found[0] not in changed | gone}
            for name in changed:
                for key in directory.tenants[name].objects.get("api_key", {}).values():
                    if isinstance(key, ApiKey):
                        kept[key.key_sha256] = name, key
            self._known = kept
        self._views, self._of = dict(directory.tenants), directory
