"""Apps are told of what is new, over real HTTP/2: those whom it is about, once, silently in the night, as long as it is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from configdb import push as configuration
from configdb.log import Change
from configdb.model import SYSTEM
from history.activity import Activity
from history.app import App
from history.documents import Leg
from history.shelves import ACTIVITIES, APPS, Put
from history.store import Batch
from mgmt.push.alerts import Alert, note_of
from mgmt.push.proxy import Link, PushProxy
from mgmt.push.tokens import Tokens
from mgmt.services import alerts
from mgmt.services.parts import Parts
from mgmt.services.runner import Errand
from tests.mgmt.conftest import NOW, World
from tests.mgmt.push.service import PushService
from tests.mgmt.services.desk import parts_of

MORNING = NOW + 6 * 3600
"""NOW is three in the morning in New York."""
TOKENS = {"ann": "ab" * 32, "ben": "cd" * 32, "carla": "ef" * 32}
KEY = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
APPLE = {"id": "apple", "provider": "apns", "account": "TEAM123456", "app": "com.example.phone", "key_id": "K" * 10}


@pytest.fixture
def apple(tmp_path: Path) -> Iterator[PushService]:
    service = PushService(tmp_path).start()
    yield service
    service.stop()


@pytest.fixture
def parts(world: World, apple: PushService) -> Iterator[Parts]:
    """Ann, Ben and Carla have the app."""
    context = world.context
    account = {**APPLE, "key": context.sealer.seal(KEY), "url": apple.url}
    context.config.transact(SYSTEM, [Change("push", "apple", account)], "test", "test")
    box = {"id": "box", "name": "Box", "user": "ann", "members": ["ben"]}
    context.config.transact("riverside", [Change("mailbox", "box", box)], "test", "test")
    world.clock.now = MORNING
    for user in TOKENS:
        context.history.shelves.write([app(user).put()])
    link = Link(apple.trusted)
    tokens = Tokens(context.sealer, world.outside, context.clock)
    push = PushProxy(
        "here", lambda: context.config.directory, tokens, link.ask, world.outside, context.bus, lambda _: None
    )
    yield replace(parts_of(world), push=push)
    push.close()
    link.close()


def app(who: str, **more: Any) -> App:
    push = {
        "platform": "ios",
        "token": TOKENS[who],
        "voip_token": "99" * 32,
        "bundle": "com.example.phone",
        "locale": "en",
    }
    made = App(f"app-{who}", "riverside", who, f"d-{who}", "Phone", "ios", MORNING - 60, MORNING - 60, push=push)
    return replace(made, **more)


def came(world: World, kind: str, **more: Any) -> None:
    """Something new in the inbox, of this moment."""
    made = Activity("x1", "riverside", kind, "cx", MORNING, "+12025550100", "+12025550123", from_name="Zoë", **more)
    world.context.history.shelves.write([Put(ACTIVITIES, "riverside", made.id, made.to_document())])


def told(parts: Parts) -> None:
    """Twice, as the services do again and again."""
    for _ in range(2):
        alerts.run(parts)
        parts.delivery.run(parts)


def to(apple: PushService) -> set[str]:
    return {user for user, token in TOKENS.items() for one in apple.asked if one.path == f"/3/device/{token}"}


@pytest.mark.parametrize(
    "kind, more, expected",
    [
        ("missed_call", {}, {"ben"}),
        ("missed_call", {"assigned_to": "carla"}, {"carla"}),
        ("voicemail", {"mailbox": "box"}, {"ann", "ben"}),
        ("voicemail", {"mailbox": "gone"}, set()),
        ("message", {}, {"ann", "ben", "carla"}),
        ("message", {"to": "102"}, {"carla"}),
        ("task", {"assigned_to": "ann"}, set()),
        ("message", {"unread": False}, set()),
        ("message", {"state": "resolved"}, set()),
        ("message", {"at": MORNING - 61}, set()),
    ],
)
def test_those_are_told_whom_it_is_about_and_each_once(
    world: World, parts: Parts, apple: PushService, kind: str, more: dict[str, Any], expected: set[str]
) -> None:
    legs = [
        Leg("lx1", "cx", "riverside", "caller", "+12025550100", "192.0.2.1", MORNING),
        Leg("lx2", "cx", "riverside", "callee", "ben", "192.0.2.2", MORNING),
    ]
    world.context.history.apply(Batch(legs=legs), "test", 2)
    to_, at = more.pop("to", "+12025550123"), more.pop("at", MORNING)
    made = Activity("x1", "riverside", kind, "cx", at, "+12025550100", to_, **more)
    world.context.history.shelves.write([Put(ACTIVITIES, "riverside", made.id, made.to_document())])
    told(parts)
    assert expected == to(apple)
    assert len(expected) == len(apple.asked)


def test_an_alert_says_who_and_what_kind_and_nothing_of_what_was_written(
    world: World, parts: Parts, apple: PushService
) -> None:
    came(world, "message", text="the code is 4711", assigned_to="ann")
    told(parts)
    (asked,) = apple.asked
    shown = {"alert": {"title": "Message", "body": "Zoë"}, "thread-id": "message", "sound": "default"}
    assert {"aps": shown, "kind": "message", "activity": "x1", "from": "Zoë", "call": "cx"} == asked.document
    expected = {
        "apns-push-type": "alert",
        "apns-topic": "com.example.phone",
        "apns-priority": "10",
        "apns-collapse-id": "x1",
        "apns-expiration": str(int(MORNING) + 6 * 3600),
    }
    assert expected == {name: value for name, value in asked.headers.items() if name.startswith("apns-")}
    assert asked.headers["authorization"].startswith("bearer ")


@pytest.mark.parametrize("night", [True, False])
def test_in_the_night_and_for_who_is_not_to_be_disturbed_it_makes_no_sound(
    world: World, parts: Parts, apple: PushService, night: bool
) -> None:
    changes = {"quiet_from": 4, "quiet_until": 12} if night else {}
    tenant = {"id": "riverside", "name": "Riverside", **changes}
    world.context.config.transact("riverside", [Change("tenant", "riverside", tenant)], "test", "test")
    if not night:
        ann = {"id": "ann", "name": "Ann", "extension": "100", "role": "owner", "dnd": True}
        world.context.config.transact("riverside", [Change("user", "ann", ann)], "test", "test")
    came(world, "message", assigned_to="ann")
    told(parts)
    (asked,) = apple.asked
    assert ("passive", None) == (asked.document["aps"].get("interruption-level"), asked.document["aps"].get("sound"))
    assert "5" == asked.headers["apns-priority"]


def test_what_was_seen_before_it_went_out_is_not_told(world: World, parts: Parts, apple: PushService) -> None:
    came(world, "message", assigned_to="ann")
    alerts.run(parts)
    assert 200 == world.client().patch("/api/v1/activities/x1", json={"unread": False}).status_code
    parts.delivery.run(parts)
    assert [] == apple.asked


def test_an_app_that_is_gone_is_forgotten_there_but_calls_still_wake_it(
    world: World, parts: Parts, apple: PushService
) -> None:
    apple.script = lambda asked: (410, {"reason": "Unregistered"})
    came(world, "message", assigned_to="ann")
    told(parts)
    kept = world.context.history.shelves.get(APPS, "riverside", "app-ann")
    assert kept is not None
    assert (None, "99" * 32) == (kept["push"]["token"], kept["push"]["voip_token"])
    assert 1 == len(apple.asked)


def test_a_service_that_is_busy_is_asked_again_later(world: World, parts: Parts, apple: PushService) -> None:
    answers: list[tuple[int, dict[str, Any]]] = [(200, {}), (503, {})]
    apple.script = lambda asked: answers.pop()
    came(world, "message", assigned_to="ann")
    told(parts)
    assert 1 == len(apple.asked)
    world.clock.now += 600
    parts.delivery.run(parts)
    assert [] == answers


@pytest.mark.parametrize("more", [{"push": None}, {"seen_at": 0.0}, {"created_at": MORNING + 1}, {"user": "gone"}])
def test_apps_that_sleep_no_more_or_came_later_are_not_told(
    world: World, parts: Parts, apple: PushService, more: dict[str, Any]
) -> None:
    world.context.history.shelves.write([app("ann", **more).put()])
    came(world, "message", assigned_to="ann")
    told(parts)
    assert [] == apple.asked


def test_a_dry_run_sends_nothing(world: World, parts: Parts, apple: PushService) -> None:
    came(world, "message", assigned_to="ann")
    dry = replace(parts, errand=Errand(dry=True))
    assert 1 == alerts.run(dry).done
    assert None is parts.outbox.get("riverside", "alert-x1-app-ann")


@pytest.mark.parametrize("quiet, priority", [(True, "NORMAL"), (False, "HIGH")])
def test_an_android_app_gets_the_same_as_data(quiet: bool, priority: str) -> None:
    google = configuration.PushService(
        id="g", provider="fcm", account="push@p1.example.com", app="p1", key="sealed:v1:x"
    )
    said = Alert("x1", "voicemail", "Zoë", "cx", "ru", quiet)
    note = note_of(said, {"token": "z" * 40}, google, NOW)
    assert note is not None
    assert "https://fcm.googleapis.com/v1/projects/p1/messages:send" == note.url
    message = json.loads(note.body)["message"]
    assert ("z" * 40, {"priority": priority, "ttl": "21600s"}) == (message["token"], message["android"])
    about = {"kind": "voicemail", "activity": "x1", "from": "Zoë", "call": "cx"}
    assert {**about, "quiet": "1" if quiet else "0"} == message["data"]
    assert note_of(said, {"token": "short"}, google, NOW) is None


def test_an_alert_speaks_the_language_of_the_app() -> None:
    apple = configuration.PushService(id="a", provider="apns", account="T", app="com.example.phone", key="sealed:v1:x")
    note = note_of(Alert("x1", "missed_call", "+12025550100", "cx", "ru-RU", False), {"token": "ab" * 32}, apple, NOW)
    assert note is not None
    assert "Пропущенный звонок" == json.loads(note.body)["aps"]["alert"]["title"]
