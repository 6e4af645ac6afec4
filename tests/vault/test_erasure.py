"""A company is erased while another with the same ids lives on; killed anywhere, it is done again until exactly one is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from configdb.log import Change
from configdb.node import NodeSettings
from history.embedded import EmbeddedStore
from history.shelves import ERASURES, NODE, SHELVES, SIGNUPS, STOCK, Put
from mgmt.market.inventory import Inventory
from mgmt.market.stock import HOUSE, QUARANTINE, StockNumber
from mgmt.services import cleaner
from mgmt.services.sounds import Sounds
from mgmt.signup.machine import Signup
from tests.history.stores import call, item, keep
from tests.mgmt.conftest import NOW, World, past
from tests.mgmt.services.desk import parts_of
from vault.erasure import Eraser, signed_form
from vault.stores import Vault, open_vault

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TENANTS = ("acme", "acme2")  # one is the beginning of the other


class Killed(Exception):
    """The process ends here."""


@dataclass
class Countdown:
    """Kills at the n-th thing that changes something."""

    left: int | None = None

    def tick(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed


class Mortal:
    """Shelves or a media store whose changes may be the last."""

    def __init__(self, inner: Any, countdown: Countdown) -> None:
        self._inner, self._countdown = inner, countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("write", "change", "wipe", "delete"):
            return found

        def called(*given: Any) -> Any:
            self._countdown.tick()
            return found(*given)

        return called


@dataclass
class Lab:
    folder: Path
    history: EmbeddedStore
    vault: Vault
    countdown: Countdown

    def eraser(self) -> Eraser:
        shelves: Any = Mortal(self.history.shelves, self.countdown)
        media: Any = Mortal(self.vault.media, self.countdown)
        return Eraser(shelves, media, KEY, lambda: NOW)

    def fill(self, tenant: str) -> None:
        keep(self.history, *(call(f"c{n}", tenant, NOW + n) for n in range(20)), item("a1", tenant, text="zebra"))
        self.history.apply(past(tenant, "c9", "m"), "test", 2)
        sounds = Sounds(self.vault.media, self.vault.register)
        for number in range(3):
            path = self.folder / "sound.wav"
            path.write_bytes(bytes(100 + number))
            sounds.keep(tenant, "recording", f"r{number}", path, NOW, "c1")

    def all_of(self, tenant: str) -> dict[str, int]:
        sizes = {shelf.name: self.history.shelves.size(shelf, tenant) for shelf in SHELVES}
        files = [name for name in self.vault.media.names("") if name.startswith(f"{tenant}/")]
        return {name: size for name, size in (sizes | {"files": len(files)}).items() if size}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    history = EmbeddedStore(tmp_path / "history.sqlite3")
    vault = open_vault(tmp_path, NodeSettings(data_dir=tmp_path), history.shelves, lambda: NOW)
    found = Lab(tmp_path, history, vault, Countdown())
    for tenant in TENANTS:
        found.fill(tenant)
    yield found
    history.close()


def erase(eraser: Eraser) -> dict[str, Any]:
    eraser.ask("acme", "operator", {"objects": {"user": 3}, "sha256": "f" * 64})
    eraser.closed("acme")
    while eraser.step("acme"):
        pass
    found = eraser.known("acme")
    assert found is not None
    return found


def test_exactly_one_is_gone_and_the_certificate_says_what_it_was(lab: Lab) -> None:
    before = lab.all_of("acme")
    assert before == lab.all_of("acme2")
    found = erase(lab.eraser())
    assert ("certified", {}) == (found["state"], lab.all_of("acme"))
    assert before == lab.all_of("acme2")
    certificate = found["certificate"]
    assert before["calls"] == certificate["erased"]["documents"]["calls"] == 20
    assert (3, {"user": 3}) == (certificate["erased"]["files"], certificate["configuration"]["objects"])
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(certificate["public_key"]))
    public.verify(bytes.fromhex(certificate["signature"]), signed_form(certificate))
    certificate["erased"]["files"] = 2
    with pytest.raises(InvalidSignature):
        public.verify(bytes.fromhex(certificate["signature"]), signed_form(certificate))
    assert "zebra" not in json.dumps(certificate)
    raw = b"".join(path.read_bytes() for path in lab.folder.glob("media/**/*") if path.is_file())
    assert raw


def test_killed_anywhere_it_is_done_again_until_exactly_one_is_gone(lab: Lab) -> None:
    before, last = lab.all_of("acme2"), None
    for instant in range(200):
        lab.history.shelves.wipe(ERASURES, NODE)
        if not lab.all_of("acme"):
            lab.fill("acme")
        lab.countdown.left = instant
        try:
            erase(lab.eraser())
            lab.countdown.left = None
            break
        except Killed:
            lab.countdown.left = None
        last = erase(lab.eraser())
        assert ("certified", {}) == (last["state"], lab.all_of("acme"))
        assert 3 == last["certificate"]["erased"]["files"]
        assert 20 == last["certificate"]["erased"]["documents"]["calls"]
    assert instant > len(SHELVES)
    assert before == lab.all_of("acme2")


def test_what_came_after_the_inventory_is_erased_and_counted_too(lab: Lab) -> None:
    eraser = lab.eraser()
    eraser.ask("acme", "operator", {})
    eraser.closed("acme")
    assert [True, True] == [eraser.step("acme"), eraser.step("acme")]
    keep(lab.history, call("late", "acme"))
    while eraser.step("acme"):
        pass
    found: Any = eraser.known("acme")
    assert ({}, 21) == (lab.all_of("acme"), found["certificate"]["erased"]["documents"]["calls"])


def test_nothing_is_erased_before_the_configuration_is_gone(lab: Lab) -> None:
    before, eraser = lab.all_of("acme"), lab.eraser()
    eraser.ask("acme", "operator", {})
    assert not eraser.step("acme")
    assert before == lab.all_of("acme")


# -- over HTTP ------------------------------------------------------------------------------------------------------------


def asked(world: World, **body: str) -> tuple[int, Any]:
    answer = world.script(None).post("/api/v1/erasures", json=body)
    return answer.status_code, answer.json


def close(world: World, tenant: str) -> None:
    document = world.context.config.get(tenant, "tenant", tenant).value.model_dump(mode="json")  # type: ignore[union-attr]
    world.context.config.transact(tenant, [Change("tenant", tenant, {**document, "status": "closed"})], "t", "t")


def test_a_dry_run_says_what_there_is_and_does_nothing(world: World) -> None:
    status, found = asked(world, tenant="riverside")
    assert (200, True, 1) == (status, found["dry_run"], found["found"]["files"])
    assert "riverside" in world.context.config.directory.tenants
    assert [] == world.context.eraser.pending()


def test_an_active_tenant_a_wrong_word_and_a_hold_are_refused(world: World) -> None:
    assert (409, "tenant_active") == (lambda s, d: (s, d["code"]))(
        *asked(world, tenant="riverside", confirm="riverside")
    )
    close(world, "riverside")
    assert (422, "invalid_field") == (lambda s, d: (s, d["code"]))(
        *asked(world, tenant="riverside", confirm="lakeside")
    )
    media = world.context.vault.register.all("riverside")[0]["id"]
    world.context.vault.register.hold("riverside", media, "x", "case")
    assert (409, "legal_hold") == (lambda s, d: (s, d["code"]))(*asked(world, tenant="riverside", confirm="riverside"))
    assert (404, "not_found") == (lambda s, d: (s, d["code"]))(*asked(world, tenant="nobody"))
    assert "riverside" in world.context.config.directory.tenants


def test_a_closed_tenant_is_erased_with_its_configuration_and_sessions(world: World) -> None:
    client = world.client("riverside")
    close(world, "riverside")
    assert 202 == asked(world, tenant="riverside", confirm="riverside")[0]
    assert 202 == asked(world, tenant="riverside", confirm="riverside")[0]
    assert ["lakeside"] == list(world.context.config.directory.tenants)
    assert 401 == client.get("/api/v1/calls").status_code
    while world.context.eraser.step("riverside"):
        pass
    found = world.script(None).get("/api/v1/erasures/riverside").json
    assert ("certified", 1) == (found["state"], found["certificate"]["erased"]["files"])
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["certificate"]["public_key"]))
    public.verify(bytes.fromhex(found["certificate"]["signature"]), signed_form(found["certificate"]))
    assert world.context.history.activity("lakeside", "vc2")
    assert 403 == world.client("lakeside").get("/api/v1/erasures/riverside").status_code


def test_a_company_under_legal_hold_is_neither_swept_nor_erased(world: World) -> None:
    document = world.context.config.get("lakeside", "tenant", "lakeside").value.model_dump(mode="json")  # type: ignore[union-attr]
    held = {**document, "status": "closed", "legal_hold": "case 7", "retention_days": {"activity": 1}}
    free = {**document, "id": "riverside", "name": "Riverside", "retention_days": {"activity": 1}}
    for tenant, changed in (("lakeside", held), ("riverside", free)):
        world.context.config.transact(tenant, [Change("tenant", tenant, changed)], "test", "test")
    status, answer = asked(world, tenant="lakeside", confirm="lakeside")
    assert (409, "legal_hold") == (status, answer["code"])
    world.clock.now += 3 * 86_400
    assert "riverside: 1 activity" == cleaner.run(parts_of(world)).text


def test_who_left_gives_numbers_back_and_is_forgotten_as_a_customer(world: World) -> None:
    shelves, inventory = world.context.history.shelves, Inventory(world.context.history.shelves, world.clock)
    for tenant, number in (("lakeside", "+12025550188"), ("riverside", "+12025550123")):
        made = StockNumber(number, "US", "local", HOUSE, world.clock.now, state="assigned", holder=tenant)
        shelves.write([Put(STOCK, NODE, number, made.to_document())])
        signed = Signup(f"s-{tenant}", tenant, f"boss@{tenant}.example", tenant, "p", world.clock.now)
        shelves.write([Put(SIGNUPS, NODE, signed.id, signed.to_document())])
    close(world, "lakeside")
    assert 202 == asked(world, tenant="lakeside", confirm="lakeside")[0]
    assert [QUARANTINE, "assigned"] == [
        one.state for one in map(inventory.get, ("+12025550188", "+12025550123")) if one
    ]
    assert ["riverside"] == [row.body["tenant"] for row in shelves.everywhere(SIGNUPS, ())]
