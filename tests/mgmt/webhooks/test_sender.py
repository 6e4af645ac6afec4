"""One request to a real server on this machine, and to a name that leads inside."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from mgmt.outbox import web
from mgmt.outbox.web import NotAllowed, Web
from mgmt.webhooks.answers import Answer, Meaning
from mgmt.webhooks.sender import Sender


class Receiver(BaseHTTPRequestHandler):
    """Answers what its path says."""

    heard: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).heard.append((self.path, dict(self.headers), body))
        self.send_response(int(self.path.strip("/").partition("?")[0]))
        self.send_header("Location", "http://127.0.0.1/elsewhere")
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    Receiver.heard = []
    made = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def inside(server: HTTPServer) -> Sender:
    return Sender(Web((f"localhost:{server.server_port}",), lambda host, port: ("127.0.0.1",)))


def test_a_listed_host_is_asked_and_its_answer_kept_in_short(server: HTTPServer) -> None:
    answer = inside(server).send(f"http://localhost:{server.server_port}/200?a=b", b"{}", {"webhook-id": "e1"})
    assert (200, "", "x" * 500, 7.0) == (answer.status, answer.problem, answer.body, answer.after_s)
    path, headers, body = Receiver.heard[0]
    assert ("/200?a=b", f"localhost:{server.server_port}", "e1", b"{}") == (
        path,
        headers["Host"],
        headers["webhook-id"],
        body,
    )


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_no_redirect_is_followed(server: HTTPServer, status: int) -> None:
    answer = inside(server).send(f"http://localhost:{server.server_port}/{status}", b"{}", {})
    assert (status, 1) == (answer.status, len(Receiver.heard))


def test_a_name_that_changes_after_it_was_checked_leads_nowhere_else() -> None:
    addresses = iter([("93.184.216.34",), ("127.0.0.1",)])
    connected: list[tuple[str, int]] = []
    guarded = Sender(Web((), lambda host, port: next(addresses)))

    def refused(address: tuple[str, int], *_: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web.socket, "create_connection", refused)
        first = guarded.send("https://rebinding.example.com/", b"{}", {})
        second = guarded.send("https://rebinding.example.com/", b"{}", {})
    assert [("93.184.216.34", 443)] == connected  # the address that was checked; the name is not looked up in between
    assert "rebinding.example.com leads to an address that is not public" == second.problem
    assert [Meaning.DOWN] * 2 == [first.meaning, second.meaning]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]:8443/", "http://a.org/"]
)
def test_a_url_that_will_never_be_asked_is_known_by_its_text(url: str) -> None:
    with pytest.raises(NotAllowed):
        Web(()).check(url)


def test_nobody_there_is_said() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        answer = Sender(Web((f"127.0.0.1:{port}",))).send(f"http://127.0.0.1:{port}/", b"{}", {})
    assert Answer(0, answer.ms, answer.problem) == answer
    assert "cannot be reached" in answer.problem
