"""A voice message that nobody hears: a text, then a call that plays it; each once, whoever dies; nights are quiet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from configdb.log import Change
from history.activity import Activity
from history.shelves import ACTIVITIES, Put
from history.store import ActivityFilter
from mgmt.outbox.box import Outbox
from mgmt.services import unheard
from mgmt.services.parts import Parts
from mgmt.services.runner import Errand
from softswitch.control.messages import ControlError
from tests.mgmt.conftest import NOW, World
from tests.mgmt.services.desk import parts_of
from tests.mgmt.sms.desk import Desk

MORNING = NOW + 6 * 3600
"""NOW is three in the morning in New York."""
MOBILE = "+12025550177"


@pytest.fixture
def parts(world: World) -> Parts:
    Desk(world)
    world.clock.now = MORNING
    box(world)
    return parts_of(world)


def box(world: World, **fields: Any) -> None:
    """Ann's, told more and more loudly."""
    document = {"id": "box", "name": "Box", "user": "ann", "unheard_text_min": 10, "unheard_call_min": 30}
    document |= {"unheard_phones": [MOBILE], **fields}
    world.context.config.transact("riverside", [Change("mailbox", "box", document)], "test", "test")


def left(world: World, minutes_ago: float, id: str = "v9", **fields: Any) -> None:
    """A caller left a message."""
    values: dict[str, Any] = {"mailbox": "box", "origin": "inbound", "number": "+12025550123", **fields}
    at = world.clock.now - 60 * minutes_ago
    one = Activity(id, "riverside", "voicemail", "c", at, "+12025550100", "+12025550123", **values)
    world.context.history.shelves.write([Put(ACTIVITIES, "riverside", id, one.to_document())])


def waiting(parts: Parts) -> list[tuple[str, str]]:
    """Channel and to whom, of what is about to go out."""
    found = [parts.outbox.get(tenant, id) for tenant, id in parts.outbox.due()]
    kinds = [(one.channel, str(one.payload.get("user", ""))) for one in found if one is not None]
    return sorted(kind for kind in kinds if kind[0] in ("sms", "ring"))


@pytest.mark.parametrize(
    "minutes, told",
    [
        (9, []),
        (10, [("sms", "")]),
        (29, [("sms", "")]),
        (30, [("ring", "ann"), ("sms", "")]),
        (60 * 49, []),
    ],
)
def test_a_message_is_told_more_loudly_the_longer_nobody_hears_it(
    world: World, parts: Parts, minutes: float, told: list[tuple[str, str]]
) -> None:
    left(world, minutes)
    for _ in range(3):
        unheard.run(parts)
    assert told == waiting(parts)


def test_the_text_says_who_called_and_the_call_plays_the_message(world: World, parts: Parts) -> None:
    left(world, 31)
    unheard.run(parts)
    parts.delivery.run(parts)
    (asked,) = [ask for ask in world.outside.asked if b"nobody has heard it" in (ask.body or b"")]
    assert MOBILE.encode() in (asked.body or b"")
    wish = {"op": "originate", "tenant": "riverside", "from": "ann", "to": "*97", "key": "ring-v9-ann"}
    assert [wish] == [one for one in world.switch.asked if one["op"] == "originate"]
    for _ in range(3):
        world.clock.now += 60
        unheard.run(parts)
        parts.delivery.run(parts)
    assert 1 == len([one for one in world.switch.asked if one["op"] == "originate"])
    assert 1 == len([ask for ask in world.outside.asked if b"nobody has heard it" in (ask.body or b"")])


@pytest.mark.parametrize("fields", [{"unread": False}, {"state": "finished"}, {"mailbox": "riverside-only"}])
def test_what_was_heard_or_is_elsewhere_is_told_to_nobody(world: World, parts: Parts, fields: dict[str, Any]) -> None:
    left(world, 60, **fields)
    unheard.run(parts)
    assert [] == waiting(parts)


def test_what_was_heard_before_the_call_is_not_called_for(world: World, parts: Parts) -> None:
    left(world, 31)
    unheard.run(parts)
    world.client().patch("/api/v1/activities/v9", json={"unread": False})
    parts.delivery.run(parts)
    assert [] == [one for one in world.switch.asked if one["op"] == "originate"]


def test_the_night_is_quiet_but_for_who_is_on_call(world: World, parts: Parts) -> None:
    world.clock.now = NOW
    left(world, 31)
    unheard.run(parts)
    assert [] == waiting(parts)
    box(world, unheard_at_night=True)
    unheard.run(parts)
    assert [("ring", "ann"), ("sms", "")] == waiting(parts)


def test_the_company_says_when_its_night_is(world: World, parts: Parts) -> None:
    world.clock.now = NOW
    tenant = {"id": "riverside", "name": "Riverside", "quiet_from": 4, "quiet_until": 9}
    world.context.config.transact("riverside", [Change("tenant", "riverside", tenant)], "test", "test")
    left(world, 11)
    unheard.run(parts)
    assert [("sms", "")] == waiting(parts)


def test_a_leader_that_dies_in_the_middle_leaves_nothing_twice_and_nothing_out(
    world: World, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        left(world, 31, f"v9{number}")
    put = Outbox.put
    for instant in range(3):
        count = 0

        def dies(self: Outbox, item: Any, instant: int = instant) -> None:
            nonlocal count
            count += 1
            if count > instant:
                raise SystemExit
            put(self, item)

        with monkeypatch.context() as patched:
            patched.setattr(Outbox, "put", dies)
            with pytest.raises(SystemExit):
                unheard.run(parts)
        parts.delivery.run(parts)
    unheard.run(parts)
    parts.delivery.run(parts)
    keys = [one["key"] for one in world.switch.asked if one["op"] == "originate"]
    assert [f"ring-v9{number}-ann" for number in range(4)] == sorted(keys)


def test_a_switch_that_is_away_is_asked_again_and_one_that_refuses_is_not(world: World, parts: Parts) -> None:
    left(world, 31)
    unheard.run(parts)
    world.switch.away = True
    parts.delivery.run(parts)
    known = parts.outbox.get("riverside", "ring-v9-ann")
    assert known is not None
    assert "waiting" == known.state
    world.switch.away, world.switch.refuse = False, ControlError("refused", "nobody is there", 409)
    world.clock.now += 60
    parts.delivery.run(parts)
    known = parts.outbox.get("riverside", "ring-v9-ann")
    assert known is not None
    assert ("dead", "refused: nobody is there") == (known.state, known.said)


def test_a_dry_run_tells_nobody(world: World, parts: Parts) -> None:
    left(world, 31)
    assert 2 == unheard.run(replace(parts, errand=Errand(dry=True))).done
    assert [] == waiting(parts)
    wanted = ActivityFilter(kinds=("message",))
    assert () == tuple(world.context.history.activities("riverside", wanted, None, 10).rows)
