"""Live registrations over all devices of a user."""

from __future__ import annotations

import json

import pytest

from softswitch.peers.phones import Contact, Phones
from softswitch.sip.bindings import Policy, Refused, Registered, Source
from tests.softswitch.sip.messages import register

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


def test_registrations_survive_a_restart_with_their_lives() -> None:
    document = json.loads(json.dumps(two_phones().dump(40.0)))
    restarted = Phones(Policy())
    assert 1 == restarted.load(document, now=5.0, elapsed_s=10.0)
    [desk] = restarted.all(5.0)
    assert ("desk", 55.0, UDP) == (desk.device, desk.binding.expires_at, desk.binding.source)
    assert isinstance(restarted.register("t", "ann", "desk", register("Contact: <sip:desk@h>"), 6.0, UDP), Refused)


def test_what_ended_meanwhile_is_not_loaded() -> None:
    assert 0 == Phones().load(two_phones().dump(40.0), now=0.0, elapsed_s=61.0)


@pytest.mark.parametrize("document", [{}, {"format": 2, "contacts": []}, {"format": 1, "contacts": [{"tenant": "t"}]}])
def test_another_document_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Phones().load(document, 0.0)
