"""The system user of the node, and the folders it owns."""

from __future__ import annotations

from installer.resources import Account, Effect, Folder, Resource
from installer.site import Site


def wanted(site: Site) -> tuple[Resource, ...]:
    """User and folders."""
    made: list[Resource] = [Account(site.user, site.data), Folder(site.data, 0o750, site.user)]
    if site.backup.folder is not None:
        made.append(Folder(site.backup.folder, 0o700, site.user))
    return tuple(made)


def effects(_: Site) -> tuple[Effect, ...]:
    """Nothing has to be told."""
    return ()
