"""A port of loopback that nobody holds at this moment."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Over TCP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
