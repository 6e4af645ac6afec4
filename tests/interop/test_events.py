"""What a call tells others: by a signed webhook, by the stream, and by the list, the same events in the same order."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from configdb.node import secret
from installer import demo_tenant
from installer.phone_driver import Phone
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop
TYPES = "call.started,call.ended,call.answered,call.ringing"


class Receiver(ThreadingHTTPServer):
    """A developer's server: verifies with the vendor's library; the first event of a call finds it away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret = ""
        self.away = 1
        self.events: list[dict[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = Webhook(server.secret).verify(body, dict(self.headers.items()))
        if server.away and event["call"] is not None:
            server.away -= 1
            self.send_error(503)
            return
        server.events.append(event)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(node: Running) -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    hook = {"id": "dev", "url": f"http://localhost:{made.server_port}/hook", "events": TYPES.split(",")}
    made.secret = node.api.request("PUT", "/api/v1/config/webhook/dev", hook, {"Content-Type": "application/json"})[
        "password"
    ]
    node.api.request("POST", "/api/v1/webhooks/dev/test")
    assert "webhook.test" == eventually(lambda: made.events, what="the test")[0]["type"]
    del made.events[:]
    yield made
    node.api.request("DELETE", "/api/v1/config/webhook/dev")
    made.shutdown()
    thread.join()
    made.server_close()


class Stream:
    """The event stream of the demo tenant, from a cursor on (None: from now on)."""

    def __init__(self, node: Running, after: str | None = None) -> None:
        url = f"http://127.0.0.1:{node.runtime.http_port}/api/v1/events?types={TYPES}"
        headers = {"Authorization": f"Bearer {secret(node.data, 'operator.token')}", "X-Tenant": demo_tenant.TENANT}
        if after is not None:
            headers["Last-Event-ID"] = after
        self._answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20)
        assert b"retry" in self._answer.readline()

    def events(self, last: str) -> list[tuple[str, dict[str, Any]]]:
        """Until one of a type: (cursor, event)."""
        found, cursor = list[tuple[str, dict[str, Any]]](), ""
        while not found or found[-1][1]["type"] != last:
            name, _, value = self._answer.readline().decode().rstrip("\n").partition(": ")
            if name == "id":
                cursor = value
            elif name == "data":
                found.append((cursor, json.loads(value)))
        self._answer.close()
        return found


def delivered(node: Running) -> list[dict[str, Any]] | None:
    """The delivery log, once everything in it is delivered."""
    rows: list[dict[str, Any]] = node.api.get("/api/v1/webhooks/dev/deliveries")["data"]
    return rows if {"delivered"} == {row["state"] for row in rows} else None


def test_webhook_stream_and_list_tell_the_same_of_a_call(node: Running, carrier: Phone, receiver: Receiver) -> None:
    stream = Stream(node)
    node.dial(carrier, demo_tenant.MAIN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    carrier.do("hangup")
    streamed = stream.events("call.ended")
    call = streamed[0][1]["call"]
    told = eventually(lambda: receiver.events if len(receiver.events) == len(streamed) else None, 30, "the webhook")
    assert [event for _, event in streamed] == told
    assert ("call.started", "call.ended") == (told[0]["type"], told[-1]["type"])
    assert {call} == {event["call"] for event in told}
    assert node.detail(call)
    again = Stream(node, streamed[0][0]).events("call.ended")
    assert streamed[1:] == again
    listed = node.api.get("/api/v1/event-log", cursor=streamed[0][0], types=TYPES)["data"]
    assert [event for _, event in again] == [{name: row[name] for name in row if name != "cursor"} for row in listed]
    deliveries = eventually(lambda: delivered(node), what="the delivery log")
    assert 503 == next(row for row in deliveries if row["type"] == "call.started")["tries"][0]["status"]
