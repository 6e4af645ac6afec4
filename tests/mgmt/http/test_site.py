"""How much may come over a real connection: as much as the view takes, and a little of strangers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from twisted.internet.interfaces import IListeningPort
from twisted.python.threadpool import ThreadPool

from mgmt.limits import body_bytes_max, body_drained_bytes_max, message_body_bytes_max
from mgmt.site import UPLOAD_BYTES_MAX, make_site
from mgmt.stream.events import EventStream
from tests.media.workshop import ReactorThread
from tests.mgmt.conftest import OPERATOR_TOKEN, World
from tests.mgmt.test_prompts import sound

Send = Callable[[str, str, bytes, str], tuple[int, dict[str, Any]]]
KNOWN, UNKNOWN = f"Bearer {OPERATOR_TOKEN}", "Bearer sk_nobody"


@pytest.fixture
def send(world: World) -> Iterator[Send]:
    thread, pool = ReactorThread(), ThreadPool(1, 2, name="site")
    events: EventStream = object()  # type: ignore[assignment]  # nobody asks for events here
    site = make_site(thread.reactor, world.app, events, pool)
    port: IListeningPort = thread.call(thread.reactor.listenTCP, 0, site, 50, "127.0.0.1")
    pool.start()

    def sent(method: str, path: str, body: bytes, who: str) -> tuple[int, dict[str, Any]]:
        number = port.getHost().port  # type: ignore[attr-defined]  # an IPv4Address
        connection = http.client.HTTPConnection("127.0.0.1", number, timeout=30)
        kind = "audio/wav" if "prompts" in path else "application/json"
        headers = {"Content-Type": kind, "Authorization": who, "X-Tenant": "riverside"}
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            found: dict[str, Any] = json.loads(answer.read())
            return answer.status, found

    yield sent
    thread.call(port.stopListening)
    pool.stop()
    thread.stop()


def test_a_minute_of_sound_as_people_record_it_becomes_a_prompt(send: Send) -> None:
    data = sound(44_100, 2, seconds=60.0)
    assert len(data) > 10 * body_bytes_max
    status, answer = send("PUT", "/api/v1/prompts/summer/sound", data, KNOWN)
    assert (200, pytest.approx(60.35, abs=0.1)) == (status, answer["seconds"])


@pytest.mark.parametrize(
    ("path", "size", "who", "expected"),
    [
        ("/api/v1/prompts/summer/sound", message_body_bytes_max + 1, UNKNOWN, (413, "too_large")),
        ("/api/v1/prompts/summer/sound", UPLOAD_BYTES_MAX + 1, KNOWN, (413, "too_large")),
        ("/api/v1/config/schedule/new", body_bytes_max + 1, KNOWN, (413, "too_large")),
        ("/api/v1/config/schedule/new", message_body_bytes_max + 1, KNOWN, (413, "too_large")),
        ("/api/v1/config/schedule/new", body_bytes_max, KNOWN, (400, "malformed_json")),
    ],
)
def test_what_is_more_than_it_takes_is_refused(
    send: Send, path: str, size: int, who: str, expected: tuple[int, str]
) -> None:
    status, answer = send("PUT", path, b"x" * size, who)
    assert expected == (status, answer["code"])


def test_a_body_of_a_stranger_that_never_ends_is_hung_up_on(send: Send) -> None:
    body = b"x" * (message_body_bytes_max + body_drained_bytes_max + (8 << 20))
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        send("PUT", "/api/v1/prompts/summer/sound", body, UNKNOWN)
