"""Certificates of strangers are fetched from where the operator allows, and from nowhere inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.web.client import PotentialDataLoss, ResponseDone

from configdb.reach import is_public
from softswitch.adapters.fetch import FETCH_S_MAX, Fetcher, Hosts, NotAllowed, split_url

URL = "https://certificates.example.org/chain.pem"


class FakeResponse:
    """What a web server answered, delivered by the test."""

    def __init__(self, code: int) -> None:
        self.code, self.closed = code, False

    def deliverBody(self, protocol: Any) -> None:
        self.protocol = protocol
        protocol.makeConnection(self)

    def loseConnection(self) -> None:
        self.closed = True


class FakeAgent:
    """A web client under the test's control."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes, bytes]] = []
        self.address = ""
        self.answer: Deferred[Any] = Deferred()

    def to(self, address: str) -> FakeAgent:
        self.address = address
        return self

    def request(self, method: bytes, url: bytes, headers: Any) -> Deferred[Any]:
        self.asked.append((self.address, method, url))
        return self.answer


class World:
    """A fetcher of one URL."""

    def __init__(
        self, url: str = URL, hosts: tuple[str, ...] = ("*",), addresses: tuple[str, ...] = ("8.8.8.8",)
    ) -> None:
        self.clock, self.agent, self.told = Clock(), FakeAgent(), list[bytes | str]()
        self.names: list[str] = []

        def look(name: str, found: Callable[[tuple[str, ...]], None]) -> None:
            self.names.append(name)
            found(addresses)

        Fetcher(self.clock, look, Hosts(hosts), self.agent.to).get(url, self.told.append)

    def answered(self, code: int = 200) -> FakeResponse:
        response = FakeResponse(code)
        self.agent.answer.callback(response)
        return response


def test_a_body_is_told_when_it_is_complete() -> None:
    world = World()
    response = world.answered()
    response.protocol.dataReceived(b"a certi")
    response.protocol.dataReceived(b"ficate")
    assert [] == world.told
    response.protocol.connectionLost(Failure(ResponseDone()))
    assert [b"a certificate"] == world.told
    assert [("8.8.8.8", b"GET", URL.encode())] == world.agent.asked
    assert [] == world.clock.getDelayedCalls()


@pytest.mark.parametrize(
    "url",
    [
        "http://certificates.example.org/chain.pem",
        "https://user@certificates.example.org/x",
        "https://certificates.example.org",
        "https://certificates.example.org:99999999/x",
        "https://certificates.example.org/a b",
        "https://certificates.example.org/\x00",
        "https://certificates.example.org\\@evil.example/x",
        "ftp://certificates.example.org/x",
        "file:///etc/passwd",
        "https:///x",
        "https://a/" + "x" * 600,
        "",
    ],
)
def test_what_is_no_https_url_is_not_asked(url: str) -> None:
    world = World(url)
    assert (["not an https URL"], []) == (world.told, world.names)


@pytest.mark.parametrize(
    ("hosts", "url", "asked"),
    [
        ((), URL, False),
        (("*",), URL, True),
        (("certificates.example.org",), URL, True),
        (("CERTIFICATES.example.org",), URL.replace("cert", "CERT"), True),
        ((".example.org",), URL, True),
        ((".example.org",), "https://example.org/x", False),
        ((".example.org",), "https://badexample.org/x", False),
        (("other.example",), URL, False),
        (("*",), "https://certificates.example.org:8443/x", True),
        (("*",), "https://certificates.example.org:25/x", False),
        (("certificates.example.org",), "https://certificates.example.org:25/x", False),
        (("certificates.example.org:25",), "https://certificates.example.org:25/x", True),
    ],
)
def test_only_hosts_on_the_list_are_asked(hosts: tuple[str, ...], url: str, asked: bool) -> None:
    assert asked is bool(World(url, hosts).agent.asked)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_a_name_that_leads_inside_is_not_asked(address: str) -> None:
    assert not is_public(address)
    for hosts in (("*",), (".example.org",)):
        world = World(hosts=hosts, addresses=("8.8.8.8", address))
        assert (["certificates.example.org leads to an address that is not public"], []) == (
            world.told,
            world.agent.asked,
        )
    assert World(hosts=("certificates.example.org",), addresses=(address,)).agent.asked


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://[::1]/x", "https://[::ffff:10.0.0.1]/x"])
def test_an_address_in_the_url_is_checked_like_a_name(url: str) -> None:
    world = World(url)
    assert ([], []) == (world.agent.asked, world.names)
    assert 1 == len(world.told)


def test_public_addresses_are_public() -> None:
    assert all(is_public(address) for address in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"))


def test_a_name_without_an_address_is_told() -> None:
    assert ["no address for certificates.example.org"] == World(addresses=()).told


@pytest.mark.parametrize("code", [204, 301, 302, 307, 404, 500])
def test_only_a_200_is_read_and_no_redirect_followed(code: int) -> None:
    world = World()
    response = world.answered(code)
    assert ([f"the server of the certificate answered {code}"], True) == (world.told, response.closed)
    response.protocol.dataReceived(b"x")
    response.protocol.connectionLost(Failure(ResponseDone()))
    assert (1, 1) == (len(world.told), len(world.agent.asked))


def test_a_body_that_is_too_large_is_cut() -> None:
    world = World()
    response = world.answered()
    for _ in range(11):
        response.protocol.dataReceived(b"x" * 1024)
    assert (["the certificate is too long"], True) == (world.told, response.closed)


def test_a_body_that_was_cut_off_is_none() -> None:
    world = World()
    response = world.answered()
    response.protocol.dataReceived(b"half")
    response.protocol.connectionLost(Failure(PotentialDataLoss()))
    assert ["the certificate was cut off"] == world.told


def test_a_server_that_says_nothing_is_left() -> None:
    world = World()
    world.clock.advance(FETCH_S_MAX - 0.1)
    assert [] == world.told
    world.clock.advance(0.2)
    assert ["no certificate within 3 s"] == world.told
    assert world.agent.answer.called


def test_a_server_that_drips_is_left() -> None:
    world = World()
    response = world.answered()
    for _ in range(40):
        world.clock.advance(0.1)
        response.protocol.dataReceived(b"x")
    assert (["no certificate within 3 s"], True) == (world.told, response.closed)


def test_a_server_that_cannot_be_reached_is_told_by_its_error() -> None:
    world = World()
    world.agent.answer.errback(Failure(ConnectionRefusedError()))
    assert ["no certificate: ConnectionRefusedError"] == world.told


def test_a_name_that_is_found_too_late_is_not_asked() -> None:
    clock, agent, told, found = Clock(), FakeAgent(), list[bytes | str](), list[Callable[[tuple[str, ...]], None]]()
    Fetcher(clock, lambda _, on: found.append(on), Hosts(("*",)), agent.to).get(URL, told.append)
    clock.advance(FETCH_S_MAX + 1)
    found[0](("8.8.8.8",))
    assert (["no certificate within 3 s"], []) == (told, agent.asked)


def test_an_url_is_split_into_host_and_port() -> None:
    assert [("a.example", 443), ("a.example", 8443), ("2001:db8::1", 443)] == [
        split_url(url) for url in ("https://a.example/", "https://a.example:8443/x?y=1", "https://[2001:db8::1]/x")
    ]
    with pytest.raises(NotAllowed):
        split_url("https://a.example#x")
