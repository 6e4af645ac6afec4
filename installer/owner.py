"""Root that works on a node's data does it as the user whose they are: what it left there as root the node could not use."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path


def become_owner(data: Path) -> int | None:
    """From now on this process is the owner of the data directory, if it is root and another one owns it all; whose it is then.

    Where the directory is a user's and the secrets in it are root's, root has run the node: it stays root.
    """
    owner = _owner(data)
    if os.geteuid() != 0 or not owner or _owner(data / "secrets") == 0:
        return None
    group = data.stat().st_gid
    os.setgroups([])
    with suppress(KeyError):  # a number without a name has no other groups
        os.initgroups(pwd.getpwuid(owner).pw_name, group)
    os.setgid(group)
    os.setuid(owner)
    return owner


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None
