"""The node's own telephone against scripted servers: what it says, and what it makes of what it hears."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import numpy as np
import pytest

from media.codecs.g711 import SILENCE, encode
from softswitch.probe.caller import Heard, call
from softswitch.sip.message import Request, make_response
from softswitch.sip.parse import parse_message
from softswitch.sip.sdp import parse_sdp

TONE = encode("PCMU", (8000 * np.sin(np.arange(160) / 3)).astype(np.int16)).tobytes()
QUIET = bytes([SILENCE["PCMU"]]) * 160


class Server:
    """Answers an INVITE with these statuses, one after the other, and sends this sound; `took` is what came."""

    def __init__(self, statuses: tuple[int, ...], sound: bytes = b"", deaf_to: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
        self._statuses, self._sound, self._deaf_to = statuses, sound, deaf_to
        self.requests: list[str] = []

    @property
    def took(self) -> list[str]:
        """The methods in their order; one that is sent again because a machine is slow is one."""
        return [method for method, _ in groupby(self.requests)]

    def run(self) -> None:
        invite: Request | None = None
        while True:
            data, source = self.socket.recvfrom(65_535)
            if data == b"end":
                return
            request = parse_message(data)
            assert isinstance(request, Request)
            self.requests.append(request.method)
            if len(self.requests) <= self._deaf_to:
                continue
            match request.method:
                case "INVITE":
                    invite = request
                    self._answer(request, source)
                case "CANCEL":
                    assert invite is not None
                    self._say(request, 200, source)
                    self._say(invite, 487, source)
                case "BYE":
                    self._say(request, 200, source)

    def _answer(self, invite: Request, source: tuple[str, int]) -> None:
        for status in self._statuses:
            self._say(invite, status, source)
        if 200 in self._statuses and self._sound:
            port = parse_sdp(invite.body).media[0].port
            self.socket.sendto(b"nonsense", ("127.0.0.1", port))
            for number in range(2):
                head = struct.pack("!BBHII", 0x80, 0, number, 160 * number, 7)
                self.socket.sendto(head + (QUIET if number == 0 else self._sound), ("127.0.0.1", port))

    def _say(self, request: Request, status: int, source: tuple[str, int]) -> None:
        contact = (("Contact", f"<sip:node@127.0.0.1:{self.port}>"),) if status == 200 else ()
        tag = None if status == 100 else "there"
        self.socket.sendto(make_response(request, status, to_tag=tag, headers=contact).to_bytes(), source)


@contextmanager
def served(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.socket.sendto(b"end", ("127.0.0.1", server.port))
    thread.join()
    server.socket.close()


def test_who_answers_and_is_heard_has_passed_and_is_left_at_once() -> None:
    with served(Server((100, 200), TONE)) as server:
        heard = call("127.0.0.1", server.port, "test.pass")
    assert (True, ["INVITE", "ACK", "BYE"]) == (heard.passed, server.took)
    assert -18 < (heard.level_dbov or 0) < -10
    assert heard.said.startswith("answered, heard at -1")


@pytest.mark.parametrize(("sound", "hear_s", "said"), [(b"", 0.1, "no sound came"), (QUIET, 2.0, "-100 dBov")])
def test_an_answer_without_a_sound_has_not_passed(sound: bytes, hear_s: float, said: str) -> None:
    with served(Server((200,), sound)) as server:
        heard = call("127.0.0.1", server.port, "test.pass", hear_s=hear_s)
    assert (False, 200, True) == (heard.passed, heard.status, said in heard.said)
    assert ["INVITE", "ACK", "BYE"] == server.took


def test_who_rings_is_not_rung_for_longer() -> None:
    with served(Server((100, 180))) as server:
        heard = call("127.0.0.1", server.port, "test.pass")
    assert (Heard(180), ["INVITE", "CANCEL", "ACK"]) == (heard, server.took)
    assert "it only rang (180)" == heard.said


@pytest.mark.parametrize("status", [302, 404, 480, 503, 603])
def test_a_refusal_is_acknowledged_and_said(status: int) -> None:
    with served(Server((status,))) as server:
        heard = call("127.0.0.1", server.port, "test.pass")
    assert (Heard(status), ["INVITE", "ACK"]) == (heard, server.took)
    assert f"refused with {status}" == heard.said


def test_a_datagram_that_is_lost_is_sent_again_and_silence_is_given_up() -> None:
    with served(Server((404,), deaf_to=1)) as server:
        assert Heard(404) == call("127.0.0.1", server.port, "test.pass")
    assert (True, ["INVITE", "ACK"]) == (server.requests.count("INVITE") > 1, server.took)
    with served(Server((), deaf_to=9)) as silent:
        assert Heard(0) == call("127.0.0.1", silent.port, "test.pass", answer_s=0.2)
    assert "nobody answered" == Heard(0).said
