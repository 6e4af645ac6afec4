"""One request outside: where it may lead, what may come back, and whether it may have arrived; against real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mgmt.outbox.web import Ask, NotAllowed, Unanswered, Unsent, Web


@contextmanager
def server(answer: bytes | None, hold: threading.Event | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """Takes one connection, keeps what came, answers (None: hangs up); `hold`: waits for it before it closes."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            peer, _ = door.accept()
            with peer:
                came = peer.recv(65536)
                if came.endswith(b"\r\n\r\n") and b"Content-Length" in came:
                    came += peer.recv(65536)  # head and body may come in two pieces
                heard.append(came)
                if answer is not None:
                    peer.sendall(answer)
                if hold is not None:
                    hold.wait(10)

        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1], heard
        if hold is not None:
            hold.set()
        thread.join()


def web(port: int = 0, lookup: Callable[[str, int], tuple[str, ...]] = lambda host, port: ("127.0.0.1",)) -> Web:
    return Web((f"listed.example:{port}",), lookup)


def test_an_answer_comes_back_whole() -> None:
    with server(b"HTTP/1.1 202 Ok\r\nContent-Length: 2\r\nRetry-After: 7\r\nX: y\r\n\r\nok") as (port, heard):
        answer = web(port)(Ask("POST", f"http://listed.example:{port}/a?b=c", {"X-Secret": "s"}, b"hello"))
    assert (202, b"ok", 7.0, "y") == (answer.status, answer.body, answer.after_s, answer.headers["x"])
    head, body = heard[0].split(b"\r\n\r\n")
    assert (b"POST /a?b=c HTTP/1.1", b"hello") == (head.split(b"\r\n")[0], body)
    assert b"Host: listed.example:%d" % port in head
    assert b"X-Secret: s" in head


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with server(b"HTTP/1.1 302 Go\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n") as (port, _):
        assert 302 == web(port)(Ask("GET", f"http://listed.example:{port}/")).status


@pytest.mark.parametrize(
    "url",
    [
        "http://public.example/",
        "https://public.example:22/",
        "ftp://public.example/",
        "https://user@public.example/",
        "https:///nothing",
        "https://public.example/a b",
        "https://public.example/\r\nX: y",
        "https://public.example:99999/",
        "https://[::1/",
        "https://publi\u00e7.example/",
        "https://public.example/" + "a" * 2000,
        "",
    ],
)
def test_a_url_that_is_no_plain_https_is_not_asked(url: str) -> None:
    with pytest.raises(NotAllowed):
        web()(Ask("GET", url))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0", "64:ff9b::7f00:1"],
)
def test_a_name_that_leads_inside_is_not_asked_even_when_another_address_is_public(address: str) -> None:
    for found in ((address,), ("8.8.8.8", address)):
        with pytest.raises(NotAllowed, match="not public"):
            web(lookup=lambda host, port, found=found: found)(Ask("GET", "https://public.example/"))


def test_what_never_left_is_unsent() -> None:
    def nobody(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    with pytest.raises(Unsent):
        web(lookup=nobody)(Ask("GET", "https://public.example/"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(Unsent):
        web(port)(Ask("GET", f"http://listed.example:{port}/"))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 Ok\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 Ok\r\nContent-Length: 99999\r\n\r\n" + b"x" * 200,
        b"HTTP/1.1 200 Ok\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
)
def test_what_left_and_has_no_whole_answer_may_have_arrived(answer: bytes | None) -> None:
    with server(answer) as (port, _), pytest.raises(Unanswered):
        web(port)(Ask("POST", f"http://listed.example:{port}/", body=b"x", answer_bytes_max=100))


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 Ok\r\n", b"HTTP/1.1 200 Ok\r\n\r\nand so"])
def test_a_server_that_dawdles_is_left_at_the_deadline(begun: bytes) -> None:
    hold = threading.Event()
    with server(begun, hold) as (port, _), pytest.raises(Unanswered, match="in time"):
        web(port)(Ask("GET", f"http://listed.example:{port}/", answer_s_max=0.2))


def test_a_request_shows_no_secret() -> None:
    shown = repr(Ask("POST", "https://public.example/", {"Authorization": "Bearer hush"}, b"password=hush"))
    assert "hush" not in shown
