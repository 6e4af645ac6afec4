"""The addresses and ports that a node has in use (DATA/run/runtime.json): written by its supervisor, read by all its programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from configdb.node import write_private


@dataclass(frozen=True, slots=True)
class Runtime:
    """The addresses and ports in use, chosen by the supervisor; `started_at` is wall time in epoch seconds.

    `sip_hosts` are all addresses of SIP, `sip_host` the first one, where HTTP listens too; `media_hosts`
    those of RTP, at most one of a family.
    """

    sip_host: str
    sip_port: int
    http_port: int
    nats_port: int
    rtp_port_min: int
    rtp_port_max: int
    started_at: float
    sip_hosts: tuple[str, ...] = ()
    sip_tls_port: int | None = None
    sip_ws_port: int | None = None
    sip_wss_port: int | None = None
    media_hosts: tuple[str, ...] = ()
    media_workers: int = 1

    @staticmethod
    def path(data_dir: Path) -> Path:
        """Where it is kept."""
        return data_dir / "run" / "runtime.json"

    @classmethod
    def read(cls, data_dir: Path) -> Runtime:
        """Raises OSError (no node was started here) or ValueError (not this file's form)."""
        document = json.loads(cls.path(data_dir).read_text())
        if not isinstance(document, dict):
            raise ValueError("runtime.json does not hold an object")
        try:
            lists = {name: tuple(document.get(name, ())) for name in ("sip_hosts", "media_hosts")}
            return cls(**{**document, **lists})
        except TypeError as error:
            raise ValueError(f"runtime.json is of another version: {error}") from error

    def write(self, data_dir: Path) -> None:
        """Replace the file at once: a reader sees the old or the new one."""
        write_private(self.path(data_dir), json.dumps(asdict(self), indent=1) + "\n")
