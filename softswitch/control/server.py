"""The switch's side of the control socket: answers each line with the operation of that name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet import protocol
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver

from softswitch.control.messages import REQUEST_BYTES_MAX, ControlError, decode, encode

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class _Connection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = REQUEST_BYTES_MAX
    _log = Logger(namespace="softswitch.control")

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations

    def lineReceived(self, line: bytes) -> None:
        """Answer one request; a refusal is an answer too."""
        number: Any = None
        try:
            request = decode(line)
            number = request.get("id")
            operation = self._operations.get(str(request.get("op")))
            if operation is None:
                raise ControlError("unknown_operation", f"no operation {request.get('op')!r}", 404)
            answer = {"re": number, "ok": True, **operation(request)}
        except ControlError as error:
            answer = {"re": number, "ok": False, "code": error.code, "text": error.text, "status": error.status}
        except Exception:  # the boundary: a fault of ours must not take the socket down; it is logged with its trace
            self._log.failure("control operation failed")
            answer = {"re": number, "ok": False, "code": "internal", "text": "internal error", "status": 500}
        transport: Any = self.transport
        transport.write(encode(answer))


class _Factory(protocol.Factory):
    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations

    def buildProtocol(self, addr: object) -> _Connection:
        """One connection, one protocol."""
        return _Connection(self._operations)


def listen(reactor: Any, path: Path, operations: Mapping[str, Operation]) -> Any:
    """Serve the operations on the socket, readable by the node's own user only."""
    if path.exists():
        os.unlink(path)
    return reactor.listenUNIX(str(path), _Factory(operations), mode=0o600)
