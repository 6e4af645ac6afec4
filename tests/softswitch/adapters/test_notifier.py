"""Subscriptions of phones over the wire: lamps, message waiting, registrations, presence; who may watch whom."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from softswitch.calls.lines import Line
from softswitch.events import dialoginfo, limits, reginfo
from softswitch.sip.message import Response
from tests.conftest import NIGHTLY
from tests.softswitch.adapters.front import SWITCH, Front, Handset, directory, view
from tests.softswitch.adapters.watching import dialogs, refresh, states, subscribe

REG = f"{{{reginfo.NAMESPACE}}}"
PIDF = """<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:102@pbx"><tuple id="a"><status><basic>open</basic>
</status><note>at lunch</note></tuple></presence>"""


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


def line(state: Any, leg: str = "l1") -> Line:
    return Line("ann", leg, "c1", "recipient", state, "+12025550100", None)


def ring(front: Front, *states: Any, leg: str = "l1") -> None:
    """A call at Ann's, state by state."""
    before: dict[str, Line] = {}
    for state in states:
        after = {leg: line(state, leg)}
        front.parts.lines_changed("riverside", before, after)
        before = after
        front.run(0.1)


def test_a_lamp_shows_idle_ringing_talking_idle(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    answer = subscribe(phone, "dialog", "101")
    assert (200, "600") == (answer.status, answer.headers.get("Expires"))
    ring(front, "trying", "early", "confirmed", "terminated")
    assert [
        ("1", "full", []),
        ("2", "partial", ["trying"]),
        ("3", "partial", ["early"]),
        ("4", "partial", ["confirmed"]),
        ("5", "partial", ["terminated"]),
    ] == [dialogs(request) for request in phone.got]
    assert ["1 NOTIFY", "2 NOTIFY"] == [str(request.cseq) for request in phone.got[:2]]
    assert answer.call_id == phone.got[0].call_id
    assert f"sip:ben-desk@{phone.host}" == phone.got[0].uri


def test_changes_while_a_notify_is_on_its_way_are_in_the_next(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    subscribe(phone, "dialog", "101")
    phone.answers = lambda request: None
    ring(front, "trying", "early")
    ring(front, "trying", leg="l2")
    phone.answers = lambda request: 200
    front.run(3)
    assert [("2", "partial", ["trying"]), ("3", "partial", ["early", "trying"])] == [
        dialogs(request) for request in {str(r.cseq): r for r in phone.got[1:]}.values()
    ]


def test_a_call_that_is_there_already_is_in_the_first_notify(front: Front) -> None:
    ring(front, "trying", "confirmed")
    phone = Handset(front, "ben-desk")
    subscribe(phone, "dialog", "ann")
    assert ("1", "full", ["confirmed"]) == dialogs(phone.got[0])


@pytest.mark.parametrize(
    "package, name, status",
    [
        ("dialog", "101", 200),
        ("dialog", "104", 404),
        ("dialog", "zoe", 404),
        ("dialog", "yan-desk", 404),
        ("dialog", "999", 404),
        ("presence", "102", 200),
        ("presence", "yan", 404),
        ("reg", "101", 200),
        ("reg", "102", 404),
        ("message-summary", "ann-desk", 200),
        ("message-summary", "102", 404),
        ("message-summary", "zoe", 404),
        ("conference", "101", 489),
    ],
)
def test_only_what_is_of_ones_own_tenant_can_be_watched(front: Front, package: str, name: str, status: int) -> None:
    answer = subscribe(Handset(front, "ann-desk"), package, name)
    assert status == answer.status
    if status == 489:
        assert "reg, message-summary, dialog, presence" == answer.headers.get("Allow-Events")


def test_who_proves_nothing_watches_nobody(front: Front) -> None:
    stranger = Handset(front, "nobody", "192.0.2.1")
    assert 401 == subscribe(stranger, "dialog", "101", secret=None).status
    front.run(5)
    assert [] == stranger.got


def test_a_subscription_without_an_event_is_489_too_short_423_and_without_our_documents_406(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    assert 489 == phone.ask("SUBSCRIBE", "sip:102@pbx", f"Contact: {phone.contact}").status
    brief = subscribe(phone, "dialog", "102", expires=59)
    assert (423, "60") == (brief.status, brief.headers.get("Min-Expires"))
    other = subscribe(phone, "dialog", "102", "Accept: text/html")
    assert (406, dialoginfo.CONTENT_TYPE) == (other.status, other.headers.get("Accept"))
    assert 200 == subscribe(phone, "dialog", "102", f"Accept: text/html, {dialoginfo.CONTENT_TYPE}").status


def test_a_subscription_is_refreshed_and_ended_in_its_dialog(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    answer = subscribe(phone, "dialog;id=7", "101")
    assert 200 == refresh(phone, answer, "dialog;id=7", 1200).status
    assert 481 == refresh(phone, answer, "dialog;id=8", 1200).status
    assert 200 == refresh(phone, answer, "dialog;id=7", 0).status
    front.run(1)
    assert ["active;expires=600", "active;expires=1200", "terminated;reason=timeout"] == states(phone)
    assert {"dialog;id=7"} == {request.headers.get("Event") for request in phone.got}
    assert 481 == refresh(phone, answer, "dialog;id=7", 600).status


def test_another_phone_cannot_touch_the_subscription(front: Front) -> None:
    answer = subscribe(Handset(front, "ben-desk"), "dialog", "101")
    assert 481 == refresh(Handset(front, "carla-desk"), answer, "dialog", 0).status


def test_a_subscription_with_no_time_only_asks(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    assert (200, "0") == (
        (answer := subscribe(phone, "dialog", "101", expires=0)).status,
        answer.headers.get("Expires"),
    )
    front.run(1)
    ring(front, "early")
    assert ["terminated;reason=timeout"] == states(phone)


def test_a_subscription_that_is_not_refreshed_expires(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    subscribe(phone, "dialog", "101", expires=60)
    front.run(61)
    ring(front, "early")
    assert ["active;expires=60", "terminated;reason=timeout"] == states(phone)


@pytest.mark.parametrize("status", [481, 404, 489, 603])
def test_a_phone_that_does_not_want_a_notify_gets_no_more(front: Front, status: int) -> None:
    phone = Handset(front, "ben-desk")
    phone.answers = lambda request: status
    subscribe(phone, "dialog", "101")
    ring(front, "early")
    assert 1 == len(phone.got)


def test_a_phone_that_is_gone_gets_no_more(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    subscribe(phone, "dialog", "101")
    phone.answers = lambda request: None
    ring(front, "early")
    front.run(40)
    before = len(phone.got)
    ring(front, "early", leg="l2")
    assert before == len(phone.got)


def test_lamps_are_right_after_a_killed_process(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    answer = subscribe(phone, "dialog", "101")
    gone = subscribe(phone, "dialog", "103")
    refresh(phone, gone, "dialog", 0)
    ring(front, "trying", "early")
    before = phone.got[-1]
    phone.got.clear()
    front.run(100)
    again = phone.front = front.restarted()
    again.run(1)
    [told] = phone.got
    assert ("full", [], answer.call_id) == (*dialogs(told)[1:], told.call_id)
    assert "active;expires=499" == told.headers.get("Subscription-State")
    assert told.cseq.number > before.cseq.number
    assert int(dialogs(told)[0] or 0) > int(dialogs(before)[0] or 0)
    ring(again, "early")
    assert 200 == refresh(phone, answer, "dialog", 600).status
    assert ["full", "partial", "full"] == [dialogs(request)[1] for request in phone.got]


def test_a_process_killed_twice_goes_on_above_the_numbers_of_both(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    subscribe(phone, "dialog", "101")
    numbers = [phone.got[-1].cseq.number]
    for _ in range(2):
        phone.got.clear()
        front = phone.front = front.restarted()
        front.run(1)
        [told] = phone.got
        numbers.append(told.cseq.number)
    assert sorted(set(numbers)) == numbers


def test_a_thousand_subscriptions_at_once_are_served_in_turn(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    subscribe(phone, "dialog", "101", expires=3600)
    table = front.state.table("subscriptions")
    [row] = table.load().values()
    (_, *tags), *rest = row["dialog"]
    for number in range(1000):
        table.put(f"s{number}", {**row, "dialog": [[f"call-{number}", *tags], *rest]})
    phone.got.clear()
    again = phone.front = front.restarted()
    told = []
    for _ in range(6):
        again.run(1)
        told.append(len(phone.got))
    assert all(count <= (n + 1) * limits.NOTIFY_PER_S_MAX + limits.NOTIFY_BURST_MAX for n, count in enumerate(told))
    assert 1001 == told[-1] == len({request.call_id for request in phone.got})
    ring(again, "early")
    assert 1001 + limits.NOTIFY_BURST_MAX <= len(phone.got)


def shown(phone: Handset) -> dict[str, set[str | None]]:
    """What each lamp of a phone shows, by subscription: its NOTIFYs put together in their order (RFC 4235 4.3)."""
    lamps: dict[str, dict[str | None, str | None]] = {}
    for told in {(request.call_id, request.cseq.number): request for request in phone.got}.values():
        root, lamp = ElementTree.fromstring(told.body), lamps.setdefault(told.call_id, {})
        if root.get("state") == "full":
            lamp.clear()
        for dialog in root:
            lamp[dialog.get("id")] = dialog.findtext(f"{{{dialoginfo.NAMESPACE}}}state")
    return {call: {state for state in lamp.values() if state != "terminated"} for call, lamp in lamps.items()}


@pytest.mark.parametrize("seed", range(30 if NIGHTLY else 1))
def test_after_a_storm_of_subscriptions_while_calls_come_and_go_every_lamp_shows_what_is(
    front: Front, seed: int
) -> None:
    dice, made = random.Random(seed), list[tuple[Handset, Response]]()
    phones = [Handset(front, "ben-desk"), Handset(front, "carla-desk")]
    for _ in range(60):
        phone = dice.choice(phones)
        match dice.randrange(4):
            case 0 | 1:
                answer = subscribe(phone, "dialog", "101", expires=dice.choice((60, 600, 3600)))
                made += [(phone, answer)] if answer.status == 200 else []
            case 2 if made:
                owner, known = dice.choice(made)
                refresh(owner, known, "dialog", 3600)
            case _:
                ring(front, *dice.choice((("trying", "early", "terminated"), ("early", "confirmed", "terminated"))))
        phone.answers = lambda request: dice.choice((200, 200, 200, None))
        front.run(dice.choice((0.0, 0.01, 0.5)))
    for phone in phones:
        phone.answers = lambda request: 200
    ring(front, "early", "confirmed", leg="last")
    for owner, known in made:
        refresh(owner, known, "dialog", 3600)
    front.run(70)
    alive = {known.call_id for owner, known in made if refresh(owner, known, "dialog", 3600).status == 200}
    front.run(10)
    assert alive
    assert {"confirmed"} == set().union(*(shown(phone).get(call, set()) for phone in phones for call in alive))
    ring(front, "confirmed", "terminated", leg="last")
    front.run(10)
    assert all(not shown(phone).get(call) for phone in phones for call in alive)


def test_a_device_has_so_many_subscriptions_and_no_more(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softswitch.adapters.notifier.SUBSCRIPTIONS_PER_DEVICE_MAX", 2)
    phone = Handset(front, "ben-desk")
    assert [200, 200, 503] == [subscribe(phone, "dialog", name).status for name in ("101", "102", "103")]
    assert 200 == subscribe(Handset(front, "ann-desk"), "dialog", "101").status


def test_a_registration_is_watched_by_its_owner(front: Front) -> None:
    phone = Handset(front, "ann-desk")
    phone.register("Expires: 60")
    subscribe(phone, "reg", "101")
    phone.register(contact="<sip:two@h>")
    front.run(70)
    seen = []
    for request in phone.got:
        root = ElementTree.fromstring(request.body)
        contacts = [
            (c.get("event"), c.findtext(f"{{{reginfo.NAMESPACE}}}uri"))
            for c in root.iter(f"{{{reginfo.NAMESPACE}}}contact")
        ]
        seen.append((root.get("state"), root[0].get("state"), contacts))
    mine = f"sip:ann-desk@{phone.host}"
    assert [
        ("full", "active", [("registered", mine)]),
        ("partial", "active", [("created", "sip:two@h")]),
        ("partial", "active", [("expired", mine)]),
    ] == seen


def test_presence_follows_phones_calls_do_not_disturb_and_what_is_published(front: Front) -> None:
    phone, ann = Handset(front, "ben-desk"), Handset(front, "ann-desk")
    subscribe(phone, "presence", "101")
    ann.register()
    ring(front, "early", "terminated")
    people = dict(front.directory.tenants["riverside"].users)
    people["ann"] = people["ann"].model_copy(update={"dnd": True})
    front.configure(directory(replace(front.directory.tenants["riverside"], users=people), view("other")))
    front.run(1)
    body = PIDF.encode()
    published = ann.ask(
        "PUBLISH", "sip:101@pbx", "Event: presence", "Expires: 600", "Content-Type: application/pidf+xml", body=body
    )
    front.run(1)
    texts = [request.body.decode() for request in phone.got]
    assert ["closed", "open", "open", "open", "open", "open"] == [
        t.partition("<basic>")[2].partition("<")[0] for t in texts
    ]
    assert [False, False, True, False, False, False] == ["on-the-phone" in text for text in texts]
    assert [False, False, False, False, True, True] == ["Do not disturb" in text for text in texts]
    assert "at lunch" in texts[-1]
    assert 200 == published.status
    assert published.headers.get("SIP-ETag")


def test_subscriptions_end_with_the_phone_and_with_who_is_watched(front: Front) -> None:
    ben, carla = Handset(front, "ben-desk"), Handset(front, "carla-desk")
    subscribe(ben, "dialog", "101")
    subscribe(carla, "dialog", "101")
    subscribe(carla, "dialog", "102")
    before = front.directory.tenants["riverside"]
    users = {id: user for id, user in before.users.items() if id != "ann"}
    devices = {id: device for id, device in before.devices.items() if id != "ben-desk"}
    front.configure(directory(replace(before, users=users, devices=devices), view("other")))
    front.run(1)
    assert ["active;expires=600", "terminated;reason=rejected"] == states(ben)
    assert ["active;expires=600"] * 2 + ["terminated;reason=noresource"] == states(carla)


def test_a_notify_goes_to_the_host_that_subscribed_whatever_its_contact_says(front: Front) -> None:
    phone, victim = Handset(front, "ben-desk"), Handset(front, "carla-desk")
    route = f"Record-Route: <sip:{victim.host};lr>"
    phone.ask("SUBSCRIBE", "sip:101@pbx", "Event: dialog", f"Contact: {victim.contact}", route)
    front.run(1)
    assert (1, 0) == (len(phone.got), len(victim.got))


def test_a_lamp_over_a_connection_survives_the_connection(front: Front) -> None:
    phone = Handset(front, "ben-desk", transport="tcp")
    subscribe(phone, "dialog", "101")
    front.network.cut((phone.host, 5060), (SWITCH, 5060))
    ring(front, "early")
    assert 2 == len(phone.got)
