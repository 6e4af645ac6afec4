"""Both ends of a node joining: who invites holds a TLS port open while the token is good, who joins asks there.

What is asked and answered is in `configdb.joining`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from configdb import authority, joining, membership
from configdb.joining import NotJoined, Token
from configdb.keys import MAIN
from configdb.limits import join_line_bytes_max, join_wait_s_max
from configdb.membership import Membership
from configdb.node import write_private

WAIT_S = 1.0  # how often who waits for nodes looks at the clock


class Invitation:
    """An open port and its token; `close` it. `pair`: certificate and key (PEM) made for this invitation alone."""

    def __init__(
        self,
        data: Path,
        own: Membership,
        host: str,
        port: int,
        minutes: float,
        pair: tuple[str, str],
        shard: str = MAIN,
    ) -> None:
        authority.ensure(data)
        authority.certify(data, own.name, own.listen.rpartition(":")[0])
        self._data, self._own, self._shard = data, own, shard
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        with tempfile.TemporaryDirectory() as folder:
            for name, text in zip(("cert", "key"), pair, strict=True):
                write_private(Path(folder) / name, text)
            self._context.load_cert_chain(f"{folder}/cert", f"{folder}/key")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._listener.settimeout(WAIT_S)
        at = f"[{host}]" if ":" in host else host
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pair[0])).hexdigest()
        port = self._listener.getsockname()[1]
        self.token = Token(f"{at}:{port}", fingerprint, secrets.token_hex(32), time.time() + 60 * minutes)

    def serve(self, joined: Callable[[str], None], turned_away: Callable[[str], None]) -> bool:
        """Take in the next node; False when the time is over. `joined(name)`; `turned_away(why)` for who was not let in."""
        while time.time() <= self.token.until:
            try:
                raw, _ = self._listener.accept()
            except TimeoutError:
                continue
            name = self._talk(raw, turned_away)
            if name is not None:
                joined(name)
                return True
        return False

    def close(self) -> None:
        """Nobody can join with this token any more."""
        self._listener.close()

    def _talk(self, raw: socket.socket, turned_away: Callable[[str], None]) -> str | None:
        """One visitor; their name when they joined."""
        with closing(raw):
            raw.settimeout(join_wait_s_max)
            try:
                with self._context.wrap_socket(raw, server_side=True) as channel:
                    own = membership.read(self._data) or self._own
                    try:
                        answer = joining.admit(self._data, own, self.token, _read(channel), time.time(), self._shard)
                    except NotJoined as error:
                        channel.sendall(json.dumps({"refused": str(error)}).encode() + b"\n")
                        turned_away(str(error))
                        return None
                    channel.sendall(json.dumps(answer).encode() + b"\n")
                    return str(answer["name"])
            except (OSError, ValueError) as error:
                turned_away(f"a visitor was not understood: {error or type(error).__name__}")
                return None


def join(data: Path, token_text: str, listen: str, name: str | None, shard: str | None = None) -> Membership:
    """Ask to be let in, and write down what comes. Raises NotJoined.

    shard: what the settings of this node say.
    """
    token = joining.read_token(token_text)
    if (data / "config").exists() and any((data / "config").iterdir()):
        raise NotJoined(f"{data} holds a configuration of its own: a node joins with an empty --data")
    key, asked = authority.request()
    wanted = {"secret": token.secret, "name": name, "listen": listen, "request": asked, "shard": shard}
    answer = _ask(token, wanted)
    if "refused" in answer:
        raise NotJoined(str(answer["refused"]))
    return joining.settle(data, listen, key, answer)


def _ask(token: Token, asked: dict[str, Any]) -> dict[str, Any]:
    host, _, port = token.at.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = (
        False,
        ssl.CERT_NONE,
    )  # the token names the one certificate that is right
    try:
        with (
            socket.create_connection((host.strip("[]"), int(port)), join_wait_s_max) as raw,
            context.wrap_socket(raw) as channel,
        ):
            if not joining.is_right(channel.getpeercert(binary_form=True) or b"", token):
                raise NotJoined(f"who answers at {token.at} did not make this token: nothing was told to them")
            channel.sendall(json.dumps(asked).encode() + b"\n")
            return _read(channel)
    except (OSError, ValueError) as error:
        raise NotJoined(
            f"{token.at} cannot be asked ({error or type(error).__name__}): is `softswitch cluster invite` still running there?"
        ) from error


def _read(channel: ssl.SSLSocket) -> dict[str, Any]:
    """One line of JSON. Raises OSError, ValueError."""
    received = bytearray()
    while not received.endswith(b"\n"):
        chunk = channel.recv(8192)
        if not chunk or len(received) + len(chunk) > join_line_bytes_max:
            raise ValueError("the line broke off, or is too long")
        received += chunk
    found = json.loads(received)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
