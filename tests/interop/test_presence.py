"""Lamps, message waiting, presence and text between real phones (pjsua2), with calls going on, on a whole node."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from configdb.bus_nats import NatsBus
from installer.demo_tenant import ANN_NUMBER
from installer.phone_driver import Phone
from installer.sounds import BUILT
from softswitch.control.messages import ControlError
from softswitch.sip.message import Request, Response
from tests.interop.conftest import Registered
from tests.interop.handset import Handset
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop

VOICE = BUILT / "system" / "en" / "demo-caller.wav"
INSTANCE = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
REG = "{urn:ietf:params:xml:ns:reginfo}"


@pytest.fixture
def carla(node: Running) -> Iterator[Handset]:
    """A phone of which the test sees every message."""
    with Handset(node.sip, "carla-desk", node.passwords["carla-desk"]) as phone:
        yield phone


def subscribe(phone: Handset, package: str, name: str, expires: int = 600) -> Response:
    headers = (f"Event: {package}", f"Expires: {expires}", f"Contact: {phone.contact}")
    return phone.ask("SUBSCRIBE", f"sip:{name}@{phone.node}", *headers)


def state(notify: Request) -> tuple[str | None, list[str | None]]:
    """Whole or new, and the states of the dialogs."""
    root = ElementTree.fromstring(notify.body)
    return root.get("state"), [dialog.findtext("{urn:ietf:params:xml:ns:dialog-info}state") for dialog in root]


def test_a_lamp_shows_an_extension_ring_talk_and_hang_up(node: Running, carla: Handset, phones: Registered) -> None:
    ann, ben = phones("ann-desk"), phones("ben-desk")
    assert 200 == subscribe(carla, "dialog", "101").status
    assert ("full", []) == state(carla.wait("NOTIFY"))
    ben.do("call", uri=f"sip:101@{node.sip}")
    ann.wait("incoming")
    assert ("partial", ["trying"]) == state(carla.wait("NOTIFY"))
    assert ("partial", ["early"]) == state(ringing := carla.wait("NOTIFY"))
    assert b"sip:102@" in ringing.body
    ann.do("answer")
    assert ("partial", ["confirmed"]) == state(carla.wait("NOTIFY"))
    ben.do("hangup")
    assert ("partial", ["terminated"]) == state(carla.wait("NOTIFY"))
    ann.wait("state", state="DISCONNECTED")


def test_a_lamp_of_nobody_or_of_another_tenant_is_dark(carla: Handset) -> None:
    assert [404, 404] == [subscribe(carla, "dialog", name).status for name in ("999", "front-desk")]


def test_registrations_are_watched_as_they_come_and_go(carla: Handset) -> None:
    assert 200 == subscribe(carla, "reg", "103").status
    assert 0 == len(list(ElementTree.fromstring(carla.wait("NOTIFY").body).iter(f"{REG}contact")))
    for expires, event in ((60, "created"), (0, "unregistered")):
        headers = (f"Contact: {carla.contact}", f"Expires: {expires}")
        carla.ask("REGISTER", f"sip:{carla.node}", *headers, to=f"<sip:carla-desk@{carla.node}>")
        notify = carla.got.pop() if carla.got else carla.wait("NOTIFY")
        [contact] = ElementTree.fromstring(notify.body).iter(f"{REG}contact")
        assert event == contact.get("event")


def test_path_outbound_and_gruu(node: Running, phones: Registered) -> None:
    ben, ann = phones("ben-desk"), phones("ann-desk")
    with Handset(node.sip, "ann-mobile", node.passwords["ann-mobile"]) as mobile:
        answer = mobile.ask(
            "REGISTER",
            f"sip:{node.sip}",
            f'Contact: <sip:ann-mobile@192.0.2.55>;+sip.instance="<{INSTANCE}>";reg-id=1',
            f"Path: <sip:token@{mobile.address};lr;ob>",
            "Supported: path, outbound, gruu",
            "Expires: 60",
            to=f"<sip:ann-mobile@{node.sip}>",
        )
        assert (200, "outbound") == (answer.status, answer.headers.get("Require"))
        assert f"<sip:token@{mobile.address};lr;ob>" == answer.headers.get("Path")
        [contact] = answer.headers.all("Contact")
        for kind in ("pub", "temp"):
            gruu = contact.partition(f'{kind}-gruu="')[2].partition('"')[0]
            ben.do("call", uri=f"<{gruu}>")
            invite = mobile.wait("INVITE", 486)
            assert ("sip:ann-mobile@192.0.2.55", f"<sip:token@{mobile.address};lr;ob>") == (
                invite.uri,
                invite.headers.get("Route"),
            )
            mobile.wait("ACK", 200)
            ben.do("hangup")
            ben.wait("state", state="DISCONNECTED")
    assert not ann.has("incoming")


def test_a_message_lights_the_lamp_and_hearing_it_puts_it_out(
    node: Running, carrier: Phone, phones: Registered
) -> None:
    for one in node.api.every("/api/v1/activities", 1000):
        if one["kind"] == "voicemail" and one["mailbox"] == "ann":
            node.api.request("PATCH", f"/api/v1/activities/{one['id']}", {"state": "finished"})
    ann = phones("ann-desk", lamp=True)
    assert "Messages-Waiting: no" in ann.wait("lamp")["text"]
    before = node.newest()
    node.dial(carrier, ANN_NUMBER)
    ann.wait("incoming")
    ann.do("reject")
    carrier.wait("state", state="CONFIRMED")
    eventually(lambda: [call for call in node.live() if call["steps"][-1]["code"] == "mailbox.record"], what="the tone")
    time.sleep(0.8)
    carrier.do("play", path=str(VOICE))
    carrier.wait("played")
    carrier.do("hangup")
    text = ann.wait("lamp", 30)["text"]
    assert "Messages-Waiting: yes" in text
    assert "Voice-Message: 1/0" in text
    call = node.finished(before)["call"]["id"]
    message = next(one for one in node.api.every("/api/v1/activities", 1000) if one["call"] == call)
    node.api.request("PATCH", f"/api/v1/activities/{message['id']}", {"unread": False})
    text = ann.wait("lamp")["text"]
    assert "Messages-Waiting: no" in text
    assert "Voice-Message: 0/1" in text
    node.api.request("PATCH", f"/api/v1/activities/{message['id']}", {"state": "finished"})
    assert "Voice-Message: 0/0" in ann.wait("lamp")["text"]


def test_presence_and_texts_between_real_phones(node: Running, phones: Registered) -> None:
    ben = phones("ben-desk")
    ben.do("watch", uri=f"sip:101@{node.sip}")
    ben.wait("presence", open=False)
    ann = phones("ann-desk")
    ben.wait("presence", open=True)
    ben.do("write", uri=f"sip:101@{node.sip}", text="Lunch at one?")
    read = ann.wait("read")
    assert ("Lunch at one?", "sip:102@" in read["from"]) == (read["text"], True)
    assert 200 == ben.wait("written")["status"]
    ben.do("write", uri=f"sip:103@{node.sip}", text="And you?")
    assert 480 == ben.wait("written")["status"]
    missed = eventually(
        lambda: [one for one in node.api.every("/api/v1/activities", 1000) if one["kind"] == "message"], what="a record"
    )
    assert "Text message from Ben Carter to Carla Diaz reached no phone" == missed[0]["title"]
    assert "And you?" not in str(missed)


def registered(node: Running) -> list[dict[str, Any]]:
    """The phones that the switch knows; none while it is away."""
    try:
        return node.phones()
    except ControlError:
        return []


def test_lamps_outlive_a_killed_switch(own_node: Running) -> None:
    node = own_node
    with (
        node.registered("ann-desk", lamp=True) as ann,
        node.registered("ben-desk") as ben,
        Handset(node.sip, "carla-desk", node.passwords["carla-desk"]) as carla,
    ):
        assert "Messages-Waiting: no" in ann.wait("lamp")["text"]
        ben.do("watch", uri=f"sip:101@{node.sip}")
        ben.wait("presence", open=True)
        assert 200 == subscribe(carla, "dialog", "101").status
        ben.do("call", uri=f"sip:101@{node.sip}")
        ann.wait("incoming")
        ann.do("answer")
        while state(carla.wait("NOTIFY"))[1] != ["confirmed"]:
            pass
        time.sleep(1)  # what lasts is written down half a second after it changed
        assert ann.has("lamp")  # those of before the kill are no proof
        node.kill("switch")
        ann.wait("lamp", 60)
        while state(carla.wait("NOTIFY", seconds=60)) != ("full", ["confirmed"]):
            pass
        assert {"ann-desk", "ben-desk"} <= {phone["device"] for phone in eventually(lambda: registered(node))}
        ann.do("hangup")
        while state(carla.wait("NOTIFY")) != (
            "partial",
            ["terminated"],
        ):  # what the phones had before the kill may come late
            pass
        ben.wait("state", state="DISCONNECTED")


def test_a_sleeping_phone_is_woken_and_rings_when_it_registers_again(tmp_path: Path) -> None:
    pushed: list[tuple[str, dict[str, Any]]] = []
    node = Running(tmp_path / "data", {"SOFTSWITCH_PUSH_PROVIDERS": '["fcm"]'}).start()
    try:
        NatsBus(node._link).subscribe("push.>", lambda subject, document: pushed.append((subject, document)))
        with (
            Handset(node.sip, "ann-mobile", node.passwords["ann-mobile"]) as mobile,
            node.registered("ben-desk") as ben,
        ):
            contact = f"Contact: <sip:ann-mobile@{mobile.address};pn-provider=fcm;pn-prid=token-1>"

            def register() -> Response:
                return mobile.ask("REGISTER", f"sip:{node.sip}", contact, to=f"<sip:ann-mobile@{node.sip}>")

            assert '*;+sip.pns="fcm"' == register().headers.get("Feature-Caps")
            ben.do("call", uri=f"sip:101@{node.sip}")
            subject, document = eventually(lambda: pushed and pushed[0], what="the wish to wake")
            assert ("push.riverside.wake", "fcm", "token-1", "102") == (
                subject,
                *(document[key] for key in ("provider", "prid", "from")),
            )
            assert [] == mobile.got
            assert 200 == register().status
            invite = mobile.got.pop() if mobile.got else mobile.wait("INVITE", 486)
            assert invite.uri.startswith("sip:ann-mobile@")
            ben.do("hangup")
    finally:
        node.stop()
