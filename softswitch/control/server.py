"""The switch's side of the control socket: answers each line with the operation of that name, here or at another node."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet import protocol
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver

from softswitch.control.messages import REQUEST_BYTES_MAX, ControlError, decode, encode

Document = dict[str, Any]
Operation = Callable[[Document], Document]
Ask = Callable[[Document, Callable[[Document], None]], None]
"""A request, and who takes the answer, now or later: `{"ok": true, ...}` or `{"ok": false, "code", "text", "status"}`."""

_log = Logger(namespace="softswitch.control")


def answered(operations: Mapping[str, Operation], request: Document) -> Document:
    """The answer to a request; a refusal is one too."""
    try:
        operation = operations.get(str(request.get("op")))
        if operation is None:
            raise ControlError("unknown_operation", f"no operation {request.get('op')!r}", 404)
        return {"ok": True, **operation(request)}
    except ControlError as error:
        return refusal(error)
    except Exception:  # the boundary: a fault of ours must not take the socket down; it is logged with its trace
        _log.failure("control operation failed")
        return refusal(ControlError("internal", "internal error", 500))


def refusal(error: ControlError) -> Document:
    """The answer that says why not."""
    return {"ok": False, "code": error.code, "text": error.text, "status": error.status}


class _Connection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = REQUEST_BYTES_MAX

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def lineReceived(self, line: bytes) -> None:
        """Answer one request."""
        try:
            request = decode(line)
        except ControlError as error:
            return self._reply(None, refusal(error))
        number = request.get("id")
        return self._ask(request, lambda answer: self._reply(number, answer))

    def _reply(self, number: Any, answer: Document) -> None:
        transport: Any = self.transport
        transport.write(encode({"re": number, **answer}))


class _Factory(protocol.Factory):
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def buildProtocol(self, addr: object) -> _Connection:
        """One connection, one protocol."""
        return _Connection(self._ask)


def listen(reactor: Any, path: Path, ask: Ask) -> Any:
    """Serve on the socket, readable by the node's own user only."""
    if path.exists():
        os.unlink(path)
    return reactor.listenUNIX(str(path), _Factory(ask), mode=0o600)
