"""The logs of a node that works: lines of one form, and no secret of a trunk, a telephone or the node itself anywhere."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from configdb.model import Device
from configdb.node import secret
from configdb.secrets import Sealer
from installer import demo_tenant
from installer.phone_driver import Phone
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop
PROCESSES = ("switch", "media", "web", "services")
TRUNK_PASSWORD, GUESS = "trunk-hunter2-9f3a", "guess-hunter2-71bc"


def secrets_of(node: Running) -> Iterator[str]:
    """Everything that must not be in a log."""
    sealer = Sealer(bytes.fromhex(secret(node.data, "node.key")))
    yield from (TRUNK_PASSWORD, GUESS, *node.passwords.values())
    for device in node.config.directory.tenants[demo_tenant.TENANT].devices.values():
        assert isinstance(device, Device)
        for sealed in (device.ha1_md5, device.ha1_sha256):
            yield from (sealed, sealer.open(sealed))
    yield from (
        path.read_text().strip() for path in (node.data / "secrets").iterdir() if path.suffix in (".key", ".token")
    )


def whole_lines(path: Path) -> list[str]:
    """The lines of a log that are written to their end."""
    text = path.read_text(errors="replace")
    return text[: text.rfind("\n") + 1].splitlines()


def test_lines_have_one_form_name_calls_and_hold_no_secret(node: Running, carrier: Phone) -> None:
    with node.trunk(username="trunk-user", password=TRUNK_PASSWORD, registration={"expires_s": 300}):
        with Phone() as phone:
            phone.do("register", user="ann-desk", password=GUESS, registrar=node.sip)
            phone.wait("registered")
        carrier.do("call", uri=f"sip:+12025550999@{node.sip}", identity=f"sip:{demo_tenant.CALLER_NUMBER}@127.0.0.1")
        carrier.wait("state", state="DISCONNECTED")
        for path in (
            f"/login?token={GUESS}",
            f"/sms/vitelity/{GUESS}",
            f"/login/sso/return?code={GUESS}&state={GUESS}",
        ):
            with suppress(urllib.error.HTTPError):
                asked = urllib.request.Request(
                    f"http://127.0.0.1:{node.runtime.http_port}{path}", headers={"Authorization": f"Bearer {GUESS}"}
                )
                urllib.request.urlopen(asked, timeout=20).close()
        time.sleep(0.2)
    logs = {name: node.data / "logs" / f"{name}.log" for name in PROCESSES}
    found = [json.loads(line) for path in logs.values() for line in whole_lines(path)]
    for one in found:
        assert {"at", "level", "process", "node", "event"} <= set(one), one
    assert set(PROCESSES) == {one["process"] for one in found}
    refused = eventually(
        lambda: [one for one in found if one["process"] == "switch" and "+12025550999" in one.get("text", "")],
        what="the refused call in the log",
    )
    assert all(one["call"] and one["tenant"] for one in refused), refused
    written = "".join(path.read_text(errors="replace") for path in (node.data / "logs").glob("*.log"))
    assert [] == [one[:4] for one in secrets_of(node) if one in written]
