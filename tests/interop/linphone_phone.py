"""Linphone (belle-sip, mediastreamer2) as a phone: one console, driven by lines, what it says kept.

It is set up by the settings that it fetches from an address, as when it scans a QR code, and by nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from pathlib import Path

from tests.interop.node import eventually
from tests.ports import free_ports

CONFIG = """\
[sip]
auto_net_state_mon=0
register_only_when_network_is_up=0
sip_port={sip}
sip_tcp_port={sip}
sip_tls_port=-1
media_encryption={encryption}
[rtp]
audio_rtp_port={rtp}
[misc]
config-uri={settings}
"""
HEARD_S = 20.0


class Linphone:
    """`settings`: where it fetches its account; `encryption`: none, srtp or dtls. What it hears is in `heard_file`."""

    def __init__(self, folder: Path, settings: str, encryption: str = "none") -> None:
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        sip, rtp = free_ports(2)
        config = CONFIG.format(sip=sip, rtp=rtp // 2 * 2, settings=settings, encryption=encryption)
        (folder / "rc").write_text(config)
        self.heard_file = folder / "heard.wav"
        self._process = subprocess.Popen(
            ["linphonec", "-c", str(folder / "rc"), "-d", "5", "-l", str(folder / "log")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(folder)},
            text=True,
            errors="replace",
        )
        self._said: list[str] = []
        self._looked = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.do("soundcard use files")
        self.do(f"record {self.heard_file}")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line.removeprefix("linphonec> ").rstrip())

    def __enter__(self) -> Linphone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """It is switched off; what it heard is whole then."""
        if self._process.poll() is None:
            self.do("quit")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._listener.join(10)
        for end in (self._process.stdin, self._process.stdout):
            assert end is not None
            end.close()

    def do(self, line: str) -> None:
        """A command of its console."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def heard(self, pattern: str) -> str:
        """Wait until its console says that, after what was waited for before."""

        def look() -> str | None:
            for at in range(self._looked, len(self._said)):
                if re.search(pattern, self._said[at]):
                    self._looked = at + 1
                    return self._said[at]
            return None

        return eventually(look, HEARD_S, f"{pattern}; it said {self._said[-8:]}")

    def registered(self) -> None:
        """Wait until it is registered."""
        deadline = time.monotonic() + HEARD_S
        while "registered, identity" not in self._status():
            assert time.monotonic() < deadline, self._said[-8:]
            time.sleep(0.3)

    def _status(self) -> str:
        self.do("status register")
        return self.heard("^registered")
