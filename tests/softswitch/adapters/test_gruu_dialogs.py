"""A phone that names itself by a GRUU of ours inside its calls is reached where it is registered, now (RFC 5627 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from softswitch.sip.message import Request
from softswitch.sip.parse import parse_message
from tests.softswitch.street import ADDRESSES, Station, Street
from tests.softswitch.whole_switch import SIP_HOST, SIP_PORT

INSTANCE = "urn:uuid:0577a5f3-6d96-004a-9f09-17da318c247f"
GRUU = f"sip:ben-desk@{SIP_HOST}:{SIP_PORT};gr={INSTANCE}"


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path)
    street.register()
    yield street
    street.switch.close()


def named(phone: Station, path: str = "", line: int = 7) -> None:
    """It registers its instance, and from then on its Contact is its public GRUU."""
    more = (("Supported", "gruu, path"), ("Expires", "3600"), *((("Path", path),) if path else ()))
    registered = f'<sip:{phone.name}@{phone.host}:5060;line={line}>;+sip.instance="<{INSTANCE}>"'
    phone.ask("REGISTER", f"sip:{phone.name}@{SIP_HOST}", *more, contact=registered)
    takes_name(phone)


def takes_name(phone: Station) -> None:
    """Its Contact is that GRUU, whosever it is."""
    phone.agent.contact = lambda flow, secure=False: f"<{GRUU}>"  # type: ignore[method-assign]
    phone.agent.headers = lambda flow, secure=False: (("Contact", f"<{GRUU}>"),)  # type: ignore[method-assign]


def got(street: Street, *methods: str, phone: str = "ben-desk") -> list[Request]:
    """What the phone was sent of those methods."""
    sent = [parse_message(data) for _, _, to, data in street.network.wire if to[0] == ADDRESSES[phone]]
    return [one for one in sent if isinstance(one, Request) and one.method in methods]


@pytest.mark.parametrize("direction", ["called", "caller"])
def test_its_dialogs_reach_it(street: Street, direction: str) -> None:
    ben, carla = street.phones["ben-desk"], street.phones["carla-desk"]
    named(ben)
    street.run(1)
    session = carla.dial("102") if direction == "called" else ben.dial("103")
    street.run(3)
    (session if direction == "called" else carla.sessions[-1]).bye()
    street.run(3)
    assert {f"sip:ben-desk@{ben.host}:5060;line=7"} == {one.uri for one in got(street, "ACK", "BYE")}
    assert "BYE" in [one.method for one in got(street, "BYE")]
    assert 1 == len(street.records("call.close"))
    assert [] == list(street.board.calls)


def test_a_call_follows_it_to_where_it_registers_meanwhile_and_by_the_proxies_there(street: Street) -> None:
    ben, carla = street.phones["ben-desk"], street.phones["carla-desk"]
    named(ben)
    street.run(1)
    session = carla.dial("102")
    street.run(3)
    named(ben, f"<sip:edge@{ben.host}:5060;lr>", line=8)
    street.run(1)
    session.bye()
    street.run(3)
    [bye] = got(street, "BYE")
    assert (f"sip:ben-desk@{ben.host}:5060;line=8", f"<sip:edge@{ben.host}:5060;lr>") == (
        bye.uri,
        bye.headers.get("Route"),
    )


def test_a_phone_that_is_registered_no_more_is_hung_up_where_it_was(street: Street) -> None:
    ben, carla = street.phones["ben-desk"], street.phones["carla-desk"]
    named(ben)
    street.run(1)
    session = carla.dial("102")
    street.run(3)
    ben.ask("REGISTER", f"sip:{ben.name}@{SIP_HOST}", ("Expires", "0"), contact="*")
    street.run(1)
    session.bye()
    street.run(3)
    assert [GRUU] == [one.uri for one in got(street, "BYE")]


def test_what_it_watches_is_told_to_it(street: Street) -> None:
    ben = street.phones["ben-desk"]
    named(ben)
    street.run(1)
    ben.ask("SUBSCRIBE", f"sip:103@{SIP_HOST}", ("Event", "dialog"), ("Expires", "60"), contact=f"<{GRUU}>")
    street.run(3)
    assert {f"sip:ben-desk@{ben.host}:5060;line=7"} == {one.uri for one in got(street, "NOTIFY")}


def test_who_takes_the_name_of_another_phone_is_not_told_where_that_is_and_sends_it_nothing(street: Street) -> None:
    ben, carla = street.phones["ben-desk"], street.phones["carla-desk"]
    named(ben)
    takes_name(carla)
    street.run(1)
    carla.dial("102")
    carla.ask("SUBSCRIBE", f"sip:102@{SIP_HOST}", ("Event", "dialog"), ("Expires", "60"), contact=f"<{GRUU}>")
    street.run(3)
    ben.sessions[-1].bye()
    street.run(3)
    sent = got(street, "BYE", "NOTIFY", phone="carla-desk")
    assert ({"BYE", "NOTIFY"}, {GRUU}) == ({one.method for one in sent}, {one.uri for one in sent})
    assert [] == got(street, "BYE", "NOTIFY")
