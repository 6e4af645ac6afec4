"""Servers of tenants are asked without harm: where they may be, how long it may take, how the request is signed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers

from ivr.effects import Fetch
from ivr.events import Fetched
from ivr.limits import answer_bytes_max
from softswitch.adapters.web import Web, signed


class Response:
    """An answer that comes in one part."""

    def __init__(self, code: int, body: bytes) -> None:
        self.code, self._body = code, body
        self.headers = Headers({"Content-Type": ["application/json"]})

    def deliverBody(self, protocol: Any) -> None:
        protocol.makeConnection(StringTransport())
        protocol.dataReceived(self._body)
        protocol.connectionLost(Failure(ResponseDone()))


class Site:
    """What lies behind the web client: which names lead where, and what is answered."""

    def __init__(self, *addresses: str, listed: tuple[str, ...] = ()) -> None:
        self.clock = Clock()
        self.got: list[Fetched] = []
        self.asked: list[tuple[str, bytes, bytes, Headers]] = []
        self.answer: Deferred[Any] = Deferred()
        self.web = Web(self.clock, lambda name, found: found(addresses), listed, self._agent, lambda: 1_764_000_000.0)

    def _agent(self, address: str) -> Any:
        site = self

        class Agent:
            def request(self, method: bytes, url: bytes, headers: Headers, body: Any) -> Deferred[Any]:
                site.asked.append((address, method, url, headers))
                return site.answer

        return Agent()

    def ask(self, url: str, secret: str | None = None) -> list[Fetched]:
        self.web.ask(Fetch("t", "POST", url, "application/json", "{}", 5.0), secret, self.got.append)
        return self.got


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:22/",
        "https://user@example.com/",
        "ftp://example.com/",
        "https:///x",
        "https://example.com:99999/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://[fd00::1]/",
        "https://example.com/" + "x" * 3000,
    ],
)
def test_what_lies_inside_or_is_no_https_url_is_not_asked(url: str) -> None:
    site = Site("93.184.216.34")
    assert [0] == [answer.status for answer in site.ask(url)]
    assert [] == site.asked


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.0.1", "::1", "64:ff9b::7f00:1", "224.0.0.1"])
def test_a_name_that_also_leads_inside_is_not_asked(address: str) -> None:
    site = Site("93.184.216.34", address)
    assert ["example.com leads to an address that is not public"] == [
        a.problem for a in site.ask("https://example.com/")
    ]
    assert [] == site.asked


def test_a_public_server_is_asked_at_the_address_that_was_checked() -> None:
    site = Site("93.184.216.34")
    site.ask("https://example.com/a")
    site.answer.callback(Response(200, b'{"a": 1}'))
    assert [Fetched("t", 200, '{"a": 1}', "application/json")] == site.got
    assert [("93.184.216.34", b"POST", b"https://example.com/a")] == [one[:3] for one in site.asked]
    assert 0 == site.web.asked


def test_what_the_operator_lists_may_be_inside_and_without_tls() -> None:
    site = Site("127.0.0.1", listed=("inside.test:8080",))
    site.ask("http://inside.test:8080/a")
    assert 1 == len(site.asked)


def test_a_server_that_is_silent_is_given_up_in_time_and_its_late_answer_is_for_nobody() -> None:
    site = Site("93.184.216.34")
    site.ask("https://example.com/")
    site.clock.advance(4.9)
    assert [] == site.got
    site.clock.advance(0.2)
    assert ["no answer within 5 s"] == [answer.problem for answer in site.got]
    assert site.answer.called


def test_a_long_answer_is_not_read_to_its_end() -> None:
    site = Site("93.184.216.34")
    site.ask("https://example.com/")
    site.answer.callback(Response(200, b"x" * (answer_bytes_max + 1)))
    assert ["the answer is too long"] == [answer.problem for answer in site.got]


def test_a_request_is_signed_as_standard_webhooks_are() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    wanted = Fetch("t", "POST", "https://example.com/", "application/json", '{"a":"é"}', 5.0)
    headers = dict(signed(wanted, secret, round(time.time())))
    assert {"a": "é"} == Webhook(secret).verify('{"a":"é"}', headers)
    assert [] == signed(wanted, None, 0)


def test_a_request_is_signed_as_twilio_signs() -> None:
    url, body = "https://example.com/voice?x=1", "CallSid=CA1&From=%2B12025550100&Digits=5&Empty="
    wanted = Fetch("t", "POST", url, "application/x-www-form-urlencoded", body, 5.0, signature="twilio")
    (_, value), *_ = signed(wanted, "token", 0)
    fields = {"CallSid": "CA1", "From": "+12025550100", "Digits": "5", "Empty": ""}
    assert RequestValidator("token").validate(url, fields, value)
    assert not RequestValidator("token").validate(url, fields | {"Digits": "6"}, value)
