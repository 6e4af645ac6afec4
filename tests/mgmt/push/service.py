"""A push service with real HTTP/2 over TLS (RFC 9113), on a thread: answers from a script, keeps what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


Script = Callable[[Asked], tuple[int, dict[str, Any]]]


@dataclass
class PushService:
    """`script` answers; `connections` counts how often somebody connected, `protocols` what was spoken."""

    folder: Path
    script: Script = lambda asked: (200, {})
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    protocols: set[str | None] = field(default_factory=set)

    def start(self) -> PushService:
        self.certificate = self.folder / "push.pem"
        self.certificate.write_bytes(_certificate())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        context.set_alpn_protocols(["h2"])
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def trusted(self) -> ssl.SSLContext:
        """What a client trusts that knows this service."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def stop(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError), self._context.wrap_socket(raw, server_side=True) as secure:
            self.protocols.add(secure.selected_alpn_protocol())
            connection = h2.connection.H2Connection(
                h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
            )
            connection.initiate_connection()
            secure.sendall(connection.data_to_send())
            heads: dict[int, dict[str, str]] = {}
            bodies: dict[int, bytes] = {}
            while data := secure.recv(65_536):
                for event in connection.receive_data(data):
                    match event:
                        case h2.events.RequestReceived(stream_id=stream, headers=headers):
                            heads[stream], bodies[stream] = {str(k): str(v) for k, v in headers}, b""
                        case h2.events.DataReceived(stream_id=stream, data=more):
                            bodies[stream] += more
                            connection.acknowledge_received_data(len(more), stream)
                        case h2.events.StreamEnded(stream_id=stream):
                            self._answer(connection, stream, heads.pop(stream), bodies.pop(stream))
                secure.sendall(connection.data_to_send())

    def _answer(self, connection: Any, stream: int, headers: dict[str, str], body: bytes) -> None:
        asked = Asked(headers[":path"], headers, body)
        self.asked.append(asked)
        status, document = self.script(asked)
        connection.send_headers(stream, [(":status", str(status)), ("content-type", "application/json")])
        connection.send_data(stream, json.dumps(document).encode(), end_stream=True)


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + built.public_bytes(Encoding.PEM)
