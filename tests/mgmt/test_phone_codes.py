"""Codes that set telephones up: what is scanned is given once, for ten minutes, with a password that nothing else keeps."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

from mgmt.limits import phone_code_s_max
from mgmt.usecases.phone_codes import NAMESPACE
from tests.mgmt.conftest import World

CODE = "/api/v1/devices/riverside-only/code"


def made(world: World) -> dict[str, Any]:
    """A code that a manager asks for."""
    answer = world.client(user="ben").post(CODE)
    assert 201 == answer.status_code, answer.text
    return dict(answer.json)


def scanned(world: World, url: str) -> Any:
    """What a telephone gets, which is nobody here."""
    where = urlsplit(url)
    return world.app.test_client().get(f"{where.path}?{where.query}")


def entries(data: bytes) -> dict[tuple[str, str], str]:
    """Of an lpconfig, by section and name."""
    root = ElementTree.fromstring(data)
    sections = root.findall(f"{{{NAMESPACE}}}section")
    return {(one.attrib["name"], each.attrib["name"]): each.text or "" for one in sections for each in one}


def test_the_code_gives_the_account_once(world: World) -> None:
    code = made(world)
    first, second = scanned(world, code["url"]), scanned(world, code["url"])
    assert (200, "no-store", 404) == (first.status_code, first.headers["Cache-Control"], second.status_code)
    found = entries(first.data)
    assert ("ann-riverside", code["password"], "softswitch") == tuple(
        found["auth_info_0", name] for name in ("username", "passwd", "realm")
    )
    assert f"<sip:ann-riverside@{code['server']}>" == found["proxy_0", "reg_identity"]
    server = f"<sip:{code['server']}:{code['port']};transport={code['transport']}>"
    assert (server, "1") == (found["proxy_0", "reg_proxy"], found["proxy_0", "reg_sendregister"])


def test_the_password_is_that_of_the_device_from_then_on(world: World) -> None:
    before = world.context.config.directory.tenants["riverside"].devices["riverside-only"]
    code = made(world)
    after = world.context.config.directory.tenants["riverside"].devices["riverside-only"]
    secret = f"ann-riverside:softswitch:{code['password']}".encode()
    opened = [world.context.sealer.open(one) for one in (after.ha1_md5, after.ha1_sha256)]
    assert [hashlib.md5(secret).hexdigest(), hashlib.sha256(secret).hexdigest()] == opened
    same = before.model_copy(
        update={name: getattr(after, name) for name in ("ha1_md5", "ha1_sha256", "ha1_sha512_256")}
    )
    assert after == same
    assert made(world)["password"] != code["password"]


def test_the_picture_holds_no_password(world: World) -> None:
    code = made(world)
    picture = code["picture"]
    assert picture.startswith("data:image/svg+xml")
    assert code["password"] not in unquote(picture)
    assert code["password"] not in code["url"]


def test_a_code_that_is_old_gives_nothing(world: World) -> None:
    code = made(world)
    world.clock.now += phone_code_s_max + 1
    assert 404 == scanned(world, code["url"]).status_code


def test_looking_without_taking_leaves_the_code(world: World) -> None:
    code = made(world)
    where = urlsplit(code["url"])
    assert 200 == world.app.test_client().head(f"{where.path}?{where.query}").status_code
    assert 200 == scanned(world, code["url"]).status_code


@pytest.mark.parametrize("query", ["", "?token=", "?token=x"])
def test_without_a_code_there_is_no_such_page(world: World, query: str) -> None:
    assert 404 == world.app.test_client().get(f"/phone-settings{query}").status_code


def test_both_ends_are_in_the_audit_and_the_password_nowhere(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    code = made(world)
    scanned(world, code["url"])
    rows = world.client().get("/api/v1/audit").json["data"]
    assert [("telephone", "device.set_up", "riverside-only")] == [
        (row["actor"], row["action"], row["object"]) for row in rows if row["action"] == "device.set_up"
    ]
    assert any("riverside/ben" == row["actor"] and "QR code" in str(row) for row in rows)
    written = capsys.readouterr()
    kept = str(rows) + written.out + written.err
    token = code["url"].partition("token=")[2]
    assert (False, False) == (code["password"] in kept, token in kept)
    assert base64.b64encode(code["password"].encode()).decode() not in kept


def test_who_may_not_manage_gets_no_code(world: World, json_of: Any) -> None:
    assert (403, "managers_only") == json_of(world.client(user="carla").post(CODE))
    assert (404, "not_found") == json_of(world.client("lakeside").post(CODE))
    assert (404, "not_found") == json_of(world.client().post("/api/v1/devices/nothing/code"))


def test_tls_is_said_only_where_the_node_has_a_name(world: World) -> None:
    code = made(world)
    assert ("udp", world.context.settings.sip_port) == (code["transport"], code["port"])
