"""Live registrations over all devices of a user."""

from __future__ import annotations

import json
from typing import Any

import pytest

from softswitch.peers.phones import Contact, Device, Phones
from softswitch.sip.bindings import Policy, Refused, Registered, Source
from softswitch.sip.fields.outbound import Push
from tests.softswitch.sip.messages import register

PUSHES = Policy(push_providers=frozenset({"apns", "fcm"}))
UDP = Source("udp", "203.0.113.7", 40000)
TCP = Source("tcp", "203.0.113.8", 40001, "tcp:203.0.113.8:40001#1")


def two_phones() -> Phones:
    phones = Phones()
    phones.register("t", "ann", "desk", register("Contact: <sip:desk@h>;q=0.5;expires=100"), 0.0, UDP)
    phones.register("t", "ann", "cell", register("Contact: <sip:cell@h>;expires=200"), 0.0, TCP)
    return phones


def names(contacts: tuple[Contact, ...]) -> list[str]:
    return [contact.device for contact in contacts]


def test_all_devices_of_a_user_are_reached_best_first() -> None:
    phones = two_phones()
    assert ["cell", "desk"] == names(phones.contacts_of("t", "ann", 0.0))
    assert [] == names(phones.contacts_of("t", "ben", 0.0)) + names(phones.contacts_of("other", "ann", 0.0))
    assert TCP == phones.contacts_of("t", "ann", 0.0)[0].binding.source


def test_an_ended_contact_is_not_rung_even_before_it_is_forgotten() -> None:
    phones = two_phones()
    assert ["cell"] == names(phones.contacts_of("t", "ann", 100.0))
    assert ["desk"] == names(phones.expire(100.0))
    assert [] == names(phones.expire(100.0))


def test_a_refused_update_changes_nothing() -> None:
    phones = two_phones()
    refused = phones.register("t", "ann", "desk", register("Contact: <sip:new@h>;expires=1", cseq=2), 1.0, UDP)
    assert isinstance(refused, Refused)
    assert ["cell", "desk"] == names(phones.contacts_of("t", "ann", 1.0))


def test_a_device_cannot_touch_the_contacts_of_another() -> None:
    phones = two_phones()
    gone = phones.register("t", "ann", "desk", register("Contact: *", "Expires: 0", cseq=2), 1.0, UDP)
    assert isinstance(gone, Registered)
    assert ["cell"] == names(phones.contacts_of("t", "ann", 1.0))


def test_a_closed_connection_takes_its_contacts_along() -> None:
    phones = two_phones()
    assert ["cell"] == names(phones.lose_flow(TCP.flow or ""))
    assert ["desk"] == names(phones.all(0.0))


def test_a_removed_device_is_reached_no_more() -> None:
    phones = two_phones()
    assert (["desk"], []) == (names(phones.remove("t", "ann", "desk")), names(phones.remove("t", "ann", "desk")))
    assert ["cell"] == names(phones.all(0.0))


def rows(phones: Phones, epoch: float) -> dict[Device, Any]:
    """What the state log gives back."""
    return {device: json.loads(json.dumps(phones.row(device, epoch))) for device in phones.devices()}


def test_registrations_survive_a_restart_with_their_lives() -> None:
    restarted = Phones(Policy())
    for device, row in rows(two_phones(), epoch=1000.0).items():
        restarted.restore(device, row, now=5.0, epoch=1045.0)
    [desk] = restarted.all(5.0)
    assert ("desk", 55.0, UDP) == (desk.device, desk.binding.expires_at, desk.binding.source)
    assert isinstance(restarted.register("t", "ann", "desk", register("Contact: <sip:desk@h>"), 6.0, UDP), Refused)


def test_everything_of_a_contact_survives_a_restart() -> None:
    phones = Phones(PUSHES)
    contact = '<sip:a@h;pn-provider=apns;pn-prid=x;pn-param=y>;+sip.instance="<urn:uuid:1>";reg-id=2;q=0.1'
    wanted = register(f"Contact: {contact}", "Supported: outbound, path", "Path: <sip:edge;lr;ob>")
    phones.register("t", "ann", "cell", wanted, 0.0, UDP)
    restarted = Phones()
    [(device, row)] = rows(phones, epoch=10.0).items()
    assert 1 == restarted.restore(device, row, 0.0, 10.0)
    assert phones.all(0.0) == restarted.all(0.0)
    assert Push("apns", "x", "y") == restarted.all(0.0)[0].binding.push


def test_a_phone_that_can_be_woken_keeps_its_contact_without_its_connection() -> None:
    phones = Phones(PUSHES)
    phones.register("t", "ann", "cell", register("Contact: <sip:a@h;pn-provider=fcm;pn-prid=x>"), 0.0, TCP)
    before = rows(phones, 0.0)
    assert () == phones.lose_flow(TCP.flow or "")
    [cell] = phones.all(0.0)
    assert None is cell.binding.source.flow
    restarted = Phones()
    assert 1 == restarted.restore(("t", "ann", "cell"), before["t", "ann", "cell"], 0.0, 0.0)
    assert (cell,) == restarted.all(0.0)


def test_what_ended_meanwhile_is_not_restored() -> None:
    [_, desk] = sorted(rows(two_phones(), epoch=0.0).items())
    assert 0 == Phones().restore(*desk, now=0.0, epoch=101.0)


@pytest.mark.parametrize("row", [[{}], [{"uri": "sip:a@h"}], ["x"]])
def test_another_row_is_refused(row: Any) -> None:
    phones = Phones(PUSHES)
    with pytest.raises(ValueError, match="row"):
        phones.restore(("t", "ann", "desk"), row, 0.0, 0.0)
    assert () == phones.all(0.0)


def test_each_end_is_found_when_it_comes_whatever_was_registered_later() -> None:
    phones = two_phones()
    again = register("Contact: <sip:desk@h>;expires=1000", "Contact: <sip:two@h>;expires=60", cseq=2)
    phones.register("t", "ann", "desk", again, 50.0, UDP)
    assert [] == names(phones.expire(109.9))
    assert ["sip:two@h"] == [contact.binding.uri for contact in phones.expire(110.0)]
    assert ["cell"] == names(phones.expire(200.0))
    assert ["desk"] == names(phones.expire(1050.0))
    assert () == phones.all(0.0)


def test_one_contact_can_be_dropped() -> None:
    phones = two_phones()
    [cell, desk] = phones.all(0.0)
    assert (True, False) == (phones.drop(cell), phones.drop(cell))
    assert (desk,) == phones.all(0.0)
