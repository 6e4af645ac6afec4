"""While a tenant moves to another shard its new calls are sent there, those that are up go on, and calls for help stay here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configdb.estate import Shard
from configdb.moving import mark
from tests.softswitch.adapters.front import Front, Handset, directory
from tests.softswitch.street import Street

WEST = "west.example.net:5070"


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """All phones are registered."""
    street = Street(tmp_path)
    street.register()
    yield street
    street.switch.close()


def move(street: Street, address: str | None) -> None:
    """The tenant is frozen on its way to another shard."""
    config = street.switch.config
    known = config.directory
    (view,) = known.tenants.values()
    moving = replace(view, tenant=view.tenant.model_copy(update={"frozen": mark("west")}))
    shards = {"west": Shard(id="west", address=address)}
    config.directory = replace(known, tenants={view.tenant.id: moving}, system={**known.system, "shard": shards})


@pytest.mark.parametrize(("caller", "dialled"), [("carrier", "+12025550124"), ("ben-desk", "101")])
def test_new_calls_are_sent_to_the_nodes_of_the_new_shard_and_leave_no_record(
    street: Street, caller: str, dialled: str
) -> None:
    move(street, WEST)
    station, heard = street.carrier if caller == "carrier" else street.phones[caller], street.heard()
    station.dial(dialled, listener=heard)
    street.run(5)
    assert ["failed 302 Moved Temporarily"] == heard.words
    assert f"<sip:{dialled}@{WEST}>" == heard.headers.get("Contact")
    assert [] == street.records("call.open")


def test_without_an_address_calls_are_served_here(street: Street) -> None:
    move(street, None)
    street.carrier.dial("+12025550124")
    street.run(5)
    assert 1 == len(street.board.calls)


def test_a_call_that_is_up_goes_on(street: Street) -> None:
    street.carrier.dial("+12025550124")
    street.run(5)
    move(street, WEST)
    street.run(30)
    assert 1 == len(street.board.calls)


def test_a_call_for_help_is_served_here(street: Street) -> None:
    move(street, WEST)
    street.phones["ben-desk"].dial("911")
    street.run(5)
    assert 1 == len(street.board.calls)


def moving(front: Front, address: str | None = WEST) -> Handset:
    """A phone that was registered before its tenant began to move."""
    phone = Handset(front, "ann-desk")
    phone.register()
    views = [front.directory.tenants[name] for name in ("riverside", "other")]
    views[0] = replace(views[0], tenant=views[0].tenant.model_copy(update={"frozen": mark("west")}))
    shards = {"shard": {"west": Shard(id="west", address=address)}}
    front.directory = replace(directory(*views), system=shards)
    return phone


@pytest.mark.parametrize(
    ("method", "uri", "headers", "there"),
    [
        ("REGISTER", "sip:pbx", ("Contact: <sip:ann@10.0.1.1>",), f"<sip:{WEST}>"),
        ("SUBSCRIBE", "sip:102@pbx", ("Event: dialog", "Contact: <sip:ann@10.0.1.1>"), f"<sip:102@{WEST}>"),
        ("MESSAGE", "sip:102@pbx", ("Content-Type: text/plain",), f"<sip:102@{WEST}>"),
        ("PUBLISH", "sip:ann-desk@pbx", ("Event: presence",), f"<sip:ann-desk@{WEST}>"),
    ],
)
def test_a_phone_is_sent_there_with_all_it_asks(
    tmp_path: Path, method: str, uri: str, headers: tuple[str, ...], there: str
) -> None:
    phone = moving(Front(tmp_path))
    answer = phone.ask(method, uri, *headers, to=f"<{uri}>" if method != "REGISTER" else "<sip:ann-desk@pbx>")
    assert (302, there) == (answer.status, answer.headers.get("Contact"))


def test_what_ends_here_is_ended_here_and_without_an_address_phones_stay(tmp_path: Path) -> None:
    front = Front(tmp_path)
    phone = moving(front)
    assert 200 == phone.ask("REGISTER", "sip:pbx", to="<sip:ann-desk@pbx>").status
    assert 200 == phone.register("Expires: 0", contact="*").status
    assert ["created ann-desk", "unregistered ann-desk"] == front.changes
    assert 200 == moving(Front(tmp_path / "other"), None).register().status
    zoe = Handset(front, "zoe-desk")
    assert 200 == zoe.register().status


def test_who_does_not_know_the_password_is_not_told_where_a_tenant_goes(tmp_path: Path) -> None:
    assert 401 == moving(Front(tmp_path)).register(secret="wrong").status
