"""What a node tells systemd (sd_notify(3), `Type=notify`): that it serves, that it ends. Where nobody started it so, nothing."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

VARIABLE = "NOTIFY_SOCKET"


def managed() -> bool:
    """Whether a service manager started us: what we print goes to its journal, which others read."""
    return VARIABLE in os.environ


def notify(state: str) -> None:
    """`READY=1` or `STOPPING=1`."""
    path = os.environ.get(VARIABLE, "")
    if not path.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as here, suppress(OSError):
        here.sendto(state.encode(), f"\0{path[1:]}" if path[0] == "@" else path)  # @: an abstract address (unix(7))
