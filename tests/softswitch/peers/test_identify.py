"""Who sent a request."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from configdb import model
from configdb.snapshot import Directory
from softswitch.peers import identify as identifying
from softswitch.peers.identify import Phone, Sender, Trunk, Unknown
from softswitch.peers.trunk_sources import TrunkSources
from softswitch.sip.message import Request
from tests.softswitch.sip.messages import invite, register

DEVICE = model.Device(id="ann-desk", user="ann", username="ann-desk", ha1_md5="m", ha1_sha256="s")
CARRIER = model.Trunk(id="carrier", name="Carrier", sources=("198.51.100.0/24", "2001:db8:5::/48"))
DEMO = model.Trunk(id="demo", name="Demo", sources=("127.0.0.1",), source_ports=(5080,))
DIRECTORY = Directory(
    trunks=MappingProxyType({"carrier": CARRIER, "demo": DEMO}),
    device_by_username=MappingProxyType({"ann-desk": ("riverside", DEVICE)}),
)
CREDENTIALS = 'Digest username="{}", realm="softswitch", nonce="n", uri="sip:x", response="r"'


def identify(directory: Directory, address: str, port: int, request: Request) -> Sender:
    return identifying.identify(directory, TrunkSources(directory.trunks.values()), address, port, request)


def from_user(user: str, *extra: str) -> Request:
    request = invite(*extra)
    request.headers.set("From", f"<sip:{user}@pbx>;tag=1")
    return request


@pytest.mark.parametrize(
    "address, port, trunk",
    [
        ("198.51.100.9", 5060, "carrier"),
        ("::ffff:198.51.100.9", 5060, "carrier"),
        ("2001:db8:5::1", 40000, "carrier"),
        ("127.0.0.1", 5080, "demo"),
    ],
)
def test_a_trunk_is_known_by_its_address(address: str, port: int, trunk: str) -> None:
    assert Trunk(DIRECTORY.trunks[trunk]) == identify(DIRECTORY, address, port, invite())


@pytest.mark.parametrize("address, port", [("198.51.101.9", 5060), ("127.0.0.1", 5061), ("2001:db8:6::1", 5060)])
def test_another_address_or_port_is_no_trunk(address: str, port: int) -> None:
    assert Unknown("alice", None) == identify(DIRECTORY, address, port, invite())


def test_a_phone_is_claimed_by_from_and_has_to_prove_it() -> None:
    assert Phone("riverside", DEVICE, None) == identify(DIRECTORY, "203.0.113.7", 5060, from_user("ann-desk"))


def test_credentials_for_another_realm_are_for_somebody_else() -> None:
    other = CREDENTIALS.format("mallory").replace("softswitch", "proxy.example")
    ours = CREDENTIALS.format("ann-desk")
    request = from_user("ann-desk", f"Authorization: {other}", f"Proxy-Authorization: {ours}")
    assert Phone("riverside", DEVICE, ours) == identify(DIRECTORY, "203.0.113.7", 5060, request)
    request = from_user("ann-desk", f"Authorization: {other}")
    assert Phone("riverside", DEVICE, None) == identify(DIRECTORY, "203.0.113.7", 5060, request)


def test_a_name_with_its_realm_is_that_phone() -> None:
    header = CREDENTIALS.format("ann-desk@softswitch")
    request = from_user("x", f"Authorization: {header}")
    assert Phone("riverside", DEVICE, header) == identify(DIRECTORY, "203.0.113.7", 5060, request)


def test_credentials_name_the_phone_whatever_the_from_says() -> None:
    header = CREDENTIALS.format("ann-desk")
    request = from_user("ben-desk", f"Authorization: {header}")
    assert Phone("riverside", DEVICE, header) == identify(DIRECTORY, "203.0.113.7", 5060, request)
    proxied = from_user("ben-desk", f"Proxy-Authorization: {header}")
    assert Phone("riverside", DEVICE, header) == identify(DIRECTORY, "203.0.113.7", 5060, proxied)


def test_credentials_of_an_unknown_user_make_nobody() -> None:
    header = CREDENTIALS.format("mallory")
    request = from_user("ann-desk", f"Authorization: {header}")
    assert Unknown("mallory", header) == identify(DIRECTORY, "203.0.113.7", 5060, request)


def test_a_phone_behind_a_carriers_address_is_still_a_phone() -> None:
    header = CREDENTIALS.format("ann-desk")
    request = from_user("ann-desk", f"Authorization: {header}")
    assert Phone("riverside", DEVICE, header) == identify(DIRECTORY, "198.51.100.9", 5060, request)
    assert isinstance(identify(DIRECTORY, "198.51.100.9", 5060, register(user="ann-desk")), Phone)


def test_credentials_of_another_scheme_are_as_none() -> None:
    request = from_user("ann-desk", "Authorization: NoOneKnowsThisScheme opaque-data=here")
    assert Phone("riverside", DEVICE, None) == identify(DIRECTORY, "203.0.113.7", 5060, request)
