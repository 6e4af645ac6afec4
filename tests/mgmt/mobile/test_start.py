"""What an app needs at the beginning: a telephone of its own, and names by which it is woken (RFC 8599)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from pathlib import Path

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.node import secret, write_private
from history.app import forget_push
from mgmt.http.wire import stamp
from softswitch.sip.address import NameAddr
from softswitch.sip.fields.outbound import Push, push_of
from tests.mgmt.conftest import World
from tests.mgmt.mobile.phone import Phone

APPLE = {"id": "apple", "provider": "apns", "account": "TEAM42", "app": "com.example.pbx"}
GOOGLE = {"id": "google", "provider": "fcm", "account": "push@example.iam", "app": "example-1"}
VOIP, FCM = "ab" * 32, "dGVzdA:APA91bH-x_y" + "z" * 40


def with_accounts(world: World) -> None:
    changes = [Change("push", one["id"], one) for one in (APPLE, GOOGLE)]
    world.context.config.transact(SYSTEM, changes, "test", "accounts")


def test_the_beginning_has_everything_and_makes_one_telephone(phone: Phone) -> None:
    status, found = phone.ask("GET", "/mobile/v1/bootstrap")
    assert 200 == status, found
    devices = phone.world.context.config.directory.tenants["riverside"].devices
    device = devices[found["sip"]["device"]]
    assert ("ann", "ann", "100") == (device.user, found["user"]["id"], found["user"]["extension"])
    assert ("localhost", found["app"]["id"]) == (found["sip"]["domain"], device.id)
    assert hashlib.md5(b"").digest_size * 2 == len(found["sip"]["ha1"])
    assert {"wss", "tcp", "udp", "ws"} == {one["transport"] for one in found["sip"]["transports"]}
    assert (True, True) == (found["features"]["calls"], found["features"]["activities"])
    again = phone.ask("GET", "/mobile/v1/bootstrap")[1]
    assert found["sip"] == again["sip"]
    assert len(devices) == len(phone.world.context.config.directory.tenants["riverside"].devices)


def test_stun_servers_are_those_of_the_node(phone: Phone) -> None:
    found = phone.ask("GET", "/mobile/v1/bootstrap")[1]
    assert ([], None) == (found["ice_servers"], found["ice_until"])
    settings = replace(phone.world.context.settings, ice_servers=("stun:stun.example.org:3478",))
    object.__setattr__(phone.world.context, "settings", settings)
    assert [{"urls": ["stun:stun.example.org:3478"]}] == phone.ask("GET", "/mobile/v1/bootstrap")[1]["ice_servers"]


def test_turn_servers_come_with_a_name_and_a_password_for_a_day(phone: Phone) -> None:
    world = phone.world
    urls = ("stun:stun.example.org:3478", "turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp")
    object.__setattr__(world.context, "settings", replace(world.context.settings, ice_servers=urls))
    found = phone.ask("GET", "/mobile/v1/bootstrap")[1]
    stun, turn = found["ice_servers"]
    assert ({"urls": [urls[0]]}, list(urls[1:])) == (stun, turn["urls"])
    until, _, whose = turn["username"].partition(":")
    assert (round(world.clock() + 86_400), found["app"]["id"]) == (int(until), whose)
    assert stamp(world.clock() + 86_400) == found["ice_until"]
    key = secret(world.context.settings.data_dir, "turn.key")
    proof = hmac.digest(key.encode(), turn["username"].encode(), "sha1")
    assert proof == base64.b64decode(turn["credential"])
    assert key not in str(found)


def test_every_node_of_a_cluster_shares_the_secret_of_turn(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write_private(second / "secrets" / "node.key", secret(first, "node.key"))
    assert secret(first, "turn.key") == secret(second, "turn.key")


def test_an_app_is_told_what_to_write_into_its_contact(phone: Phone) -> None:
    with_accounts(phone.world)
    names = {"platform": "ios", "token": "cd" * 32, "voipToken": VOIP, "bundle": "com.example.pbx", "locale": "en_US"}
    status, found = phone.ask("POST", "/mobile/v1/devices", json=names)
    assert (200, {"pn-provider", "pn-prid", "pn-param"}) == (status, set(found["contact"]))
    written = "".join(f";{name}={value}" for name, value in found["contact"].items())
    push = push_of(NameAddr("", f"sip:x@192.0.2.1{written}").uri)
    assert Push("apns", VOIP, "TEAM42.com.example.pbx.voip") == push
    begun = phone.ask("GET", "/mobile/v1/bootstrap")[1]["push"]
    assert (found["contact"], ["apns", "fcm"]) == (begun["contact"], begun["providers"])
    assert {"provider": "fcm", "app": "example-1", "param": "example-1"} in begun["topics"]


def test_an_android_app_is_of_the_only_project(phone: Phone) -> None:
    with_accounts(phone.world)
    status, found = phone.ask(
        "POST", "/mobile/v1/devices", json={"platform": "android", "token": FCM, "bundle": "com.x"}
    )
    assert (200, {"pn-provider": "fcm", "pn-prid": FCM, "pn-param": "example-1"}) == (status, found["contact"])


def test_names_that_no_service_gives_are_refused(phone: Phone) -> None:
    with_accounts(phone.world)
    for wrong in (
        {"platform": "ios", "voipToken": "no hex", "bundle": "com.example.pbx"},
        {"platform": "ios", "token": VOIP, "bundle": "com.example.pbx"},
        {"platform": "android", "token": "short"},
        {"platform": "fridge", "token": FCM},
        {"platform": "android", "token": 5},
    ):
        assert (422, "invalid_field") == phone.ask("POST", "/mobile/v1/devices", json=wrong)
    other = {"platform": "ios", "voipToken": VOIP, "bundle": "com.else"}
    assert (409, "no_push_account") == phone.ask("POST", "/mobile/v1/devices", json=other)


def test_a_name_that_its_service_knows_no_more_is_forgotten(phone: Phone) -> None:
    with_accounts(phone.world)
    phone.ask("POST", "/mobile/v1/devices", json={"platform": "android", "token": FCM})
    (app,) = phone.world.context.apps.of_user("riverside", "ann")
    shelves = phone.world.context.history.shelves
    forget_push(shelves, {"tenant": "riverside", "device": app.id, "prid": "another"})
    assert phone.ask("GET", "/mobile/v1/bootstrap")[1]["push"]["contact"] is not None
    forget_push(shelves, {"tenant": "riverside", "device": app.id, "prid": FCM})
    assert phone.ask("GET", "/mobile/v1/bootstrap")[1]["push"]["contact"] is None


def test_an_app_may_want_to_sleep_through(phone: Phone) -> None:
    with_accounts(phone.world)
    phone.ask("POST", "/mobile/v1/devices", json={"platform": "android", "token": FCM})
    assert 204 == phone.ask("DELETE", "/mobile/v1/devices")[0]
    assert phone.ask("GET", "/mobile/v1/bootstrap")[1]["push"]["contact"] is None
