"""A mail server that says what a test wants, on a real socket: one connection after the other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

USUAL = {
    "greet": "220 there",
    "EHLO": "250 hello",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "QUIT": "221 bye",
}


@dataclass
class MailServer:
    """`answers` are laid over the usual ones by verb; None: it hangs up. `letters` are what it took, `lines` all commands."""

    answers: dict[str, str | None] = field(default_factory=dict)
    letters: list[bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    port: int = 0

    def say(self, peer: socket.socket, verb: str) -> bool:
        """Answer; whether the connection goes on."""
        answer = self.answers.get(verb, USUAL.get(verb, "502 what?"))
        if answer is None:
            return False
        peer.sendall(answer.encode() + b"\r\n")
        return verb != "QUIT" and not answer.startswith("421")

    def serve(self, peer: socket.socket) -> None:
        """One connection."""
        with peer, peer.makefile("rb") as lines:
            going = self.say(peer, "greet")
            while going and (line := lines.readline()):
                self.lines.append(line.decode().strip())
                verb = line[:4].decode().upper()
                going = self.say(peer, verb)
                if going and verb == "DATA" and self.answers.get("DATA", "354").startswith("354"):  # type: ignore[union-attr]  # it goes on
                    body = b""
                    while not body.endswith(b"\r\n.\r\n") and (line := lines.readline()):
                        body += line
                    self.letters.append(body)
                    going = self.say(peer, ".")


@contextmanager
def mail_server(**answers: str | None) -> Iterator[MailServer]:
    """One that lives for a test."""
    server = MailServer({name.replace("dot", "."): answer for name, answer in answers.items()})
    with socket.create_server(("127.0.0.1", 0)) as door:
        server.port = door.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    server.serve(door.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server
        door.shutdown(socket.SHUT_RDWR)
        thread.join(5)
