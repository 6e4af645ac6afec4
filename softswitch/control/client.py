"""Blocking client of the control socket: one connection a request, short timeouts, safe in any thread."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from softswitch.control.messages import LINE_BYTES_MAX, ControlError, decode, encode


class ControlClient:
    """`request` raises `ControlError`; code "switch_away" (503) when the switch does not answer."""

    def __init__(self, path: Path, timeout_s: float = 3.0) -> None:
        self._path, self._timeout_s = path, timeout_s

    def request(self, op: str, **fields: Any) -> dict[str, Any]:
        """Ask for an operation and wait for its answer."""
        try:
            answer = decode(self._exchange(encode({"id": 1, "op": op, **fields})))
        except OSError as error:
            raise ControlError("switch_away", f"the switch does not answer: {error}", 503) from error
        if not answer.get("ok"):
            code, text = str(answer.get("code", "internal")), str(answer.get("text", ""))
            raise ControlError(code, text, int(answer.get("status", 500)))
        return {key: value for key, value in answer.items() if key not in ("re", "ok")}

    def _exchange(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(self._timeout_s)
            connection.connect(str(self._path))
            connection.sendall(line)
            received = bytearray()
            while not received.endswith(b"\n"):
                chunk = connection.recv(65536)
                if not chunk or len(received) > LINE_BYTES_MAX:
                    raise ConnectionError("the answer broke off")
                received += chunk
        return bytes(received)
