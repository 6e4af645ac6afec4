"""A node calls itself: a company of two telephones is made for the length of one test call, which must be heard both ways."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configdb.client import ConfigClient
from configdb.log import Change
from configdb.log_jetstream import log_of
from configdb.nats_link import link_of
from configdb.node import load_settings, secret
from configdb.runtime import Runtime
from configdb.secrets import Sealer
from installer.acceptance import Check
from installer.between import Station, between
from installer.demo_tenant import REALM
from installer.seed import ha1
from softswitch.control.client import ControlClient

TENANT, ACTOR = "doctor", "doctor"
PEOPLE = {"caller": "101", "called": "102"}
CURRENT_S_MAX, KNOWN_S_MAX = 20.0, 20.0


class NoCall(Exception):
    """Why no call was tried, for the operator."""


def own_call(data: Path) -> list[Check]:
    """Make the call at the node that runs; at least one check. Blocks for half a minute. Raises NoCall, ImportError, Refused."""
    try:
        runtime = Runtime.read(data)
    except (OSError, ValueError) as error:
        raise NoCall(f"no node runs in {data}: start it") from error
    host = "127.0.0.1" if runtime.sip_host in ("0.0.0.0", "::") else runtime.sip_host
    at, name = f"{host}:{runtime.sip_port}", load_settings(data).name
    with _company(data) as passwords:
        one, two = (
            Station(name, at, username, REALM, ha1(username, REALM, password)[0])
            for username, password in passwords.items()
        )
        return between(one, two, PEOPLE["called"])


@contextmanager
def _company(data: Path) -> Iterator[dict[str, str]]:
    """The company, known to the switch; the passwords of its telephones by name."""
    settings = load_settings(data)
    link = link_of(data, settings)
    client = ConfigClient(data, "doctor", log_of(link, settings), Sealer(bytes.fromhex(secret(data, "node.key"))))
    try:
        client.start()
        if not client.wait_current(CURRENT_S_MAX):
            raise NoCall(f"the configuration log does not answer: {client.status.text}")
        _forget(client)  # of one that was interrupted
        passwords = {f"doctor-{secrets.token_hex(4)}": secrets.token_urlsafe(12) for _ in PEOPLE}
        try:
            _wait_known(data, client.transact(TENANT, _changes(passwords), ACTOR, "a test call").sequence)
            yield passwords
        finally:
            _forget(client)
    finally:
        client.stop()
        link.close()


def _changes(passwords: dict[str, str]) -> list[Change]:
    made = [Change("tenant", TENANT, {"id": TENANT, "name": "Test call of doctor", "record_calls": False})]
    for (user, extension), (username, password) in zip(PEOPLE.items(), passwords.items(), strict=True):
        md5, sha256 = ha1(username, REALM, password)
        made.append(Change("user", user, {"id": user, "name": user, "extension": extension}))
        keys = {"ha1_md5": md5, "ha1_sha256": sha256}
        made.append(Change("device", username, {"id": username, "user": user, "username": username, **keys}))
    return made


def _forget(client: ConfigClient) -> None:
    found = client.directory.tenants.get(TENANT)
    gone = [Change(kind, id, None) for kind, ids in found.objects.items() for id in ids] if found is not None else []
    if gone:
        client.transact(TENANT, gone, ACTOR, "the test call is over")


def _wait_known(data: Path, sequence: int) -> None:
    """Until the switch follows so far."""
    control, deadline = ControlClient(data / "run" / "control.sock"), time.monotonic() + KNOWN_S_MAX
    while int(control.request("status")["config_sequence"]) < sequence:
        if time.monotonic() > deadline:
            raise NoCall("the switch does not follow the configuration: softswitch status")
        time.sleep(0.05)
