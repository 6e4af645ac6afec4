"""Behind proxies: whose address it is, which pages are ours, where links lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mgmt.app import create_app
from mgmt.http import door
from tests.mgmt.conftest import World

JsonOf = Callable[..., Any]
PUBLIC = "https://pbx.example.org"


def behind(world: World, **settings: Any) -> World:
    """The same world, with other settings."""
    context = replace(world.context, settings=replace(world.context.settings, **settings))
    return replace(world, context=context, app=create_app(context))


def signed_in(world: World, host: str) -> dict[str, str]:
    """The headers of Ann's browser at a name of the server: a cookie is for one name."""
    session = world.context.sessions.open("riverside", "ann", operator=False)
    return {"Host": host, "Sec-Fetch-Site": "same-origin", "Cookie": f"softswitch={session}"}


@pytest.mark.parametrize(
    "peer, forwarded, expected",
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "198.51.100.1, 192.0.2.2", "198.51.100.1"),
        ("192.0.2.1", "198.51.100.1, nonsense", "192.0.2.1"),
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:192.0.2.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_only_a_trusted_proxy_says_who_asks(world: World, peer: str, forwarded: str, expected: str) -> None:
    app = behind(world, proxies=("192.0.2.1", "192.0.2.2")).app
    with app.test_request_context(
        "/", environ_base={"REMOTE_ADDR": peer}, headers={"X-Forwarded-For": forwarded} if forwarded else {}
    ):
        assert expected == door.address()


def test_pages_of_the_public_name_are_ours_though_the_proxy_speaks_without_tls(world: World, json_of: JsonOf) -> None:
    public = behind(world, public_url=PUBLIC, hosts=("localhost", "pbx.example.org"))
    asked = signed_in(public, "pbx.example.org")
    for origin, expected in ((PUBLIC, 200), ("http://pbx.example.org", 403), ("https://evil.example", 403)):
        answer = public.app.test_client(use_cookies=False).patch(
            "/api/v1/me/phone", json={"dnd": True}, headers={**asked, "Origin": origin}
        )
        assert expected == answer.status_code, origin


def test_links_lead_to_the_public_name_whatever_the_host_header_says(world: World) -> None:
    public = behind(world, public_url=PUBLIC, hosts=())
    asked = {"name": "Eve", "email": "eve@riverside.example"}
    answer = public.app.test_client(use_cookies=False).post(
        "/api/v1/people", json=asked, headers=signed_in(public, "evil.example")
    )
    assert answer.json["link"].startswith(f"{PUBLIC}/invited?token=")


def test_no_link_is_mailed_to_a_name_that_a_stranger_made_up(world: World) -> None:
    for hosts, public, expected in (((), None, None), ((), PUBLIC, PUBLIC), (("localhost",), None, "http://localhost")):
        with behind(world, hosts=hosts, public_url=public).app.test_request_context("/"):
            assert expected == door.trusted_base()


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "203.0.113.5"])
def test_passkeys_are_for_names(world: World, json_of: JsonOf, host: str) -> None:
    open_to_all = behind(world, hosts=())
    answer = open_to_all.app.test_client(use_cookies=False).post(
        "/api/v1/me/passkeys/options", headers=signed_in(open_to_all, f"{host}:8080")
    )
    assert (400, "no_host_name") == json_of(answer)
