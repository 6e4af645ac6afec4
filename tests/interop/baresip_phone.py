"""baresip as a phone: one process, driven over its control socket (JSON in netstrings), its events kept."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from softswitch.peers.dialects import ANSWER_S
from tests.interop.node import eventually
from tests.ports import free_ports

CONFIG = """\
sip_listen 127.0.0.1:{sip}
sip_verify_server no
call_max_calls 4
audio_player aubridge,{name}
audio_source ausine,440
ausrc_srate 48000
ausrc_channels 2
audio_alert aubridge,{name}
rtp_timeout 60
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module dtls_srtp.so
module ice.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Baresip:
    """One phone with one account. `more` are further account parameters ("answermode=auto"), `settings` lines of
    its configuration."""

    def __init__(
        self,
        folder: Path,
        user: str,
        password: str,
        server: str,
        transport: str = "udp",
        *more: str,
        settings: str = "",
    ) -> None:
        folder.mkdir(parents=True)
        self.port, control = free_ports(2)
        self.server, self.transport = server, transport
        self.account = (
            f"<sip:{user}@{server};transport={transport}>;auth_pass={password};regint=600;audio_codecs=PCMU,PCMA"
        )
        (folder / "config").write_text(CONFIG.format(sip=self.port, control=control, name=user) + settings)
        self.account = ";".join((self.account, *more))
        (folder / "accounts").write_text("")
        (folder / "contacts").write_text("")
        self.events: list[dict[str, Any]] = []
        self._answers: list[dict[str, Any]] = []
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            ["baresip", "-f", str(folder), "-s"], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        self._socket = eventually(lambda: self._connect(control), 10, "baresip")
        self._socket.settimeout(0.05)
        self._buffer = b""

    @staticmethod
    def _connect(port: int) -> socket.socket | None:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port))
        return None

    def __enter__(self) -> Baresip:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def do(self, command: str, params: str = "") -> str:
        """A command as typed, and its answer."""
        self._answers.clear()
        text = json.dumps({"command": command, "params": params, "token": "1"})
        self._socket.sendall(f"{len(text)}:{text},".encode())
        answer = eventually(lambda: self._read() or self._answers, 10, f"an answer to {command}")[0]
        assert answer["ok"], (command, answer)
        return str(answer["data"])

    def register(self) -> None:
        """Registers: its libre fails at a challenge with SHA-256, and gets in when it tries again."""
        self.do("uanew", self.account)
        first = eventually(lambda: self._next("REGISTER_OK") or self._next("REGISTER_FAIL"), 10, "an answer")
        if first["type"] == "REGISTER_FAIL":
            time.sleep(ANSWER_S)
            self.do("uadel", self.account.partition(";transport")[0].removeprefix("<"))
            self.do("uanew", self.account)
            self.heard("REGISTER_OK")

    def heard(self, kind: str, seconds: float = 15.0) -> dict[str, Any]:
        """Waits for the next event of a kind: CALL_ESTABLISHED, REGISTER_OK ...; what came before it is forgotten."""

        what = f"{kind} of baresip; it said {[each.get('type') for each in self.events]}"
        return eventually(lambda: self._next(kind), seconds, what)

    def _next(self, kind: str) -> dict[str, Any] | None:
        self._read()
        for at, event in enumerate(self.events):
            if event.get("type") == kind:
                del self.events[: at + 1]
                return event
        return None

    def dial(self, number: str) -> None:
        """Calls over the server."""
        self.do("dial", number)

    def _read(self) -> None:
        with contextlib.suppress(TimeoutError):
            self._buffer += self._socket.recv(65536)
        while b":" in self._buffer:
            size, _, rest = self._buffer.partition(b":")
            if len(rest) <= int(size):
                return
            document = json.loads(rest[: int(size)])
            self._buffer = rest[int(size) + 1 :]
            (self.events if document.get("event") else self._answers).append(document)
