"""REGISTER as phones send it (RFC 3665 2), and what becomes of registrations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.message import Request, Response
from softswitch.sip.uri import parse_uri
from tests.softswitch.adapters.front import Front, Handset, device, directory, view

PUSH = "<sip:ann@h;pn-provider=fcm;pn-prid=x>"
INSTANCE = '+sip.instance="<urn:uuid:1>"'


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


def contacts(answer: Response) -> list[str]:
    return answer.headers.all("Contact")


def test_a_new_phone_is_challenged_and_registered(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    answer = phone.register("Expires: 600")
    assert [401, 200] == [each.status for each in phone.answered]
    assert [f"{phone.contact};expires=600;q=1"] == contacts(answer)
    assert ["created ann-desk"] == front.changes
    assert "Mon, 12 Jan 1970 13:46:40 GMT" == answer.headers.get("Date")


def test_a_list_is_asked_for_updated_and_cancelled(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    phone.register()
    phone.register(contact="<sip:second@h>;q=0.3")
    listed = phone.ask("REGISTER", "sip:pbx", to="<sip:ann-desk@pbx>")
    assert [phone.contact, "<sip:second@h>"] == [each.partition(";")[0] for each in contacts(listed)]
    assert [] == contacts(phone.register("Expires: 0", contact="*"))
    assert ["created ann-desk"] * 2 + ["unregistered ann-desk"] * 2 == front.changes


def test_a_wrong_password_is_no_registration(front: Front) -> None:
    assert 401 == Handset(front, "ann-desk").register(secret="wrong").status
    assert [] == front.changes


@pytest.mark.parametrize(
    ("name", "status"), [("ben-desk", 403), ("102", 403), ("101", 200), ("ann", 200), ("line-1", 200)]
)
def test_nobody_registers_for_a_colleague(front: Front, name: str, status: int) -> None:
    phone = Handset(front, "ann-desk")
    assert status == phone.ask("REGISTER", "sip:pbx", f"Contact: {phone.contact}", to=f"<sip:{name}@pbx>").status
    assert ["created ann-desk"] * (status == 200) == front.changes


@pytest.mark.parametrize(
    ("name", "status"), [("101", 200), ("ann", 200), ("ann-desk", 200), ("102", 200), ("103", 403)]
)
def test_a_phone_at_which_a_colleague_has_logged_in_goes_on_registering(front: Front, name: str, status: int) -> None:
    shared = device("ann-desk", "ben", hot_desk=True, home="ann")
    front.configure(directory(view("riverside", device={"ann-desk": shared}), view("other")))
    phone = Handset(front, "ann-desk")
    assert status == phone.ask("REGISTER", "sip:pbx", f"Contact: {phone.contact}", to=f"<sip:{name}@pbx>").status


def test_a_registration_ends_with_its_life(front: Front) -> None:
    Handset(front, "ann-desk").register("Expires: 60")
    front.run(62)
    assert ["created ann-desk", "expired ann-desk"] == front.changes


def test_registrations_outlive_a_killed_process(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    phone.register("Expires: 600")
    Handset(front, "ben-desk").register("Expires: 60")
    front.run(100)
    again = front.restarted()
    [contact] = again.phones.all(front.clock.seconds())
    assert ("ann-desk", phone.host) == (contact.device, contact.binding.source.address)
    assert 490 < contact.binding.expires_in_s(front.clock.seconds()) < 500


def test_a_damaged_row_costs_only_itself(front: Front) -> None:
    Handset(front, "ann-desk").register()
    front.state.table("registrations").put("riverside/carla/carla-desk", [{"uri": 3}])
    again = front.restarted()
    assert ["ann-desk"] == [contact.device for contact in again.phones.all(front.clock.seconds())]


def test_a_lost_connection_takes_the_contacts_on_it(front: Front) -> None:
    phone = Handset(front, "ann-desk", transport="tcp")
    phone.register()
    front.network.cut((phone.host, 5060), ("10.0.0.1", 5060))
    assert ["created ann-desk", "deactivated ann-desk"] == front.changes
    assert [] == list(front.restarted().phones.all(front.clock.seconds()))


def test_a_device_that_is_no_more_or_has_a_new_password_is_not_registered(front: Front) -> None:
    for name in ("ann-desk", "ben-desk", "carla-desk"):
        Handset(front, name).register()
    before = front.directory.tenants["riverside"]
    changed = before.devices["ann-desk"].model_copy(update={"ha1_md5": "new"})
    devices = {"ann-desk": changed, "carla-desk": before.devices["carla-desk"]}
    front.configure(directory(replace(before, devices=devices), view("other")))
    assert ["deactivated ann-desk", "deactivated ben-desk"] == sorted(front.changes[3:])


def test_a_device_removed_while_the_switch_was_down_is_not_restored(front: Front) -> None:
    Handset(front, "ann-desk").register()
    row = front.phones.row(("riverside", "ann", "ann-desk"), 0.0)
    front.state.table("registrations").put("riverside/ann/ann-gone", row)
    again = front.restarted()
    assert ["ann-desk"] == [contact.device for contact in again.phones.all(front.clock.seconds())]


def test_a_path_is_kept_and_given_back_to_who_understands_it(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    path = ("Path: <sip:edge.example;lr>", "Path: <sip:outer.example;lr>")
    answer = phone.register("Supported: path", *path)
    assert ["<sip:edge.example;lr>", "<sip:outer.example;lr>"] == answer.headers.all("Path")
    [contact] = front.phones.all(front.clock.seconds())
    assert ("<sip:edge.example;lr>", "<sip:outer.example;lr>") == contact.binding.path
    assert [] == phone.register(*path).headers.all("Path")


def test_each_flow_is_registered_and_the_answer_requires_outbound(front: Front) -> None:
    phone = Handset(front, "ann-desk", transport="tcp")
    for reg_id in (1, 2):
        answer = phone.register("Supported: outbound, path", contact=f"{phone.contact};{INSTANCE};reg-id={reg_id}")
    assert "outbound" == answer.headers.get("Require")
    assert {"reg-id=1", "reg-id=2"} == {each.rpartition(";")[2] for each in contacts(answer)}


def test_a_phone_that_asks_gets_its_names_and_they_lead_to_it_alone(front: Front) -> None:
    phone, other = Handset(front, "ann-desk"), '+sip.instance="<urn:uuid:2>"'
    phone.register(contact=f"<sip:two@h>;{other}")
    answer = phone.register("Supported: gruu", contact=f"{phone.contact};{INSTANCE}", call_id="run-1")
    [mine] = [each for each in contacts(answer) if "uuid:1>" in each]
    assert 'pub-gruu="sip:ann-desk@10.0.0.1:5060;gr=urn:uuid:1"' in mine
    names = [parse_uri(mine.partition(f'{kind}-gruu="')[2].partition('"')[0]) for kind in ("pub", "temp")]
    now = front.clock.seconds()
    for name in names:
        found = front.registrar.contacts_of_gruu(name, "riverside", now)
        assert [f"sip:ann-desk@{phone.host}"] == [contact.binding.uri for contact in found or ()]
        assert () == front.registrar.contacts_of_gruu(name, "other", now)
    assert None is front.registrar.contacts_of_gruu(parse_uri("sip:101@pbx"), "riverside", now)
    phone.register("Supported: gruu", contact=f"{phone.contact};{INSTANCE}", call_id="run-2")
    assert () == front.registrar.contacts_of_gruu(names[1], "riverside", now)
    assert 1 == len(front.registrar.contacts_of_gruu(names[0], "riverside", now) or ())


def test_push_services_are_told_and_unknown_ones_refused(tmp_path: Path) -> None:
    front = Front(tmp_path, push_providers=("fcm", "apns"))
    phone = Handset(front, "ann-desk")
    assert ['*;+sip.pns="fcm"'] == phone.register(contact=PUSH).headers.all("Feature-Caps")
    asked = phone.register(contact="<sip:ann@h;pn-provider>").headers.all("Feature-Caps")
    assert ['*;+sip.pns="apns"', '*;+sip.pns="fcm"'] == asked
    assert 555 == phone.register(contact="<sip:ann@h;pn-provider=acme;pn-prid=1>").status
    assert [] == phone.register().headers.all("Feature-Caps")


def test_a_service_route_is_given_where_there_is_one(tmp_path: Path) -> None:
    front = Front(tmp_path, service_route="<sip:edge;lr>")
    assert "<sip:edge;lr>" == Handset(front, "ann-desk").register().headers.get("Service-Route")


def test_options_tells_phones_of_the_tenant_who_exists_and_nobody_else(front: Front) -> None:
    phone, stranger = Handset(front, "ann-desk"), Handset(front, "nobody", "192.0.2.9")
    for user in ("101", "999"):
        answer = stranger.ask("OPTIONS", f"sip:{user}@pbx")
        assert 200 == answer.status
        assert {"path", "outbound", "gruu"} <= set(answer.values("Supported"))
    for user, status in (("102", 200), ("ben", 200), ("999", 404), ("104", 404)):
        challenge = phone.ask("REGISTER", "sip:pbx", secret=None)
        assert status == phone.ask("OPTIONS", f"sip:{user}@pbx", *credentials(phone, challenge, user)).status


def credentials(phone: Handset, challenge: Response, user: str) -> list[str]:
    """An answer given without having been asked, as phones do that know the nonce."""
    request = phone_request(user)
    account = Account(phone.username, phone.username[::-1], lambda realm: True)
    return [f"{name}: {value}" for name, value in answer_challenges(challenge, request, account, user)]


def phone_request(user: str) -> Request:
    return Request("OPTIONS", f"sip:{user}@pbx")


def test_a_method_nobody_serves_is_405(front: Front) -> None:
    answer = Handset(front, "ann-desk").ask("REFER", "sip:101@pbx")
    assert (405, "OPTIONS, REGISTER, SUBSCRIBE, PUBLISH, MESSAGE") == (answer.status, answer.headers.get("Allow"))


def test_the_phones_of_who_is_disabled_ring_no_more(front: Front) -> None:
    for name in ("ann-desk", "ben-desk"):
        Handset(front, name).register()
    row = front.phones.row(("riverside", "ann", "ann-desk"), front.wall() - float(front.clock.seconds()))
    before = front.directory.tenants["riverside"]
    ann = before.users["ann"].model_copy(update={"disabled": True})
    front.configure(directory(replace(before, users={**before.users, "ann": ann}), view("other")))
    assert ["deactivated ann-desk"] == front.changes[2:]
    front.state.table("registrations").put("riverside/ann/ann-desk", row)
    front.parts.registrar.load({"riverside"})
    assert ["ben-desk"] == [contact.device for contact in front.phones.all(front.clock.seconds())]
