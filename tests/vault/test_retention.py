"""Retention: of each kind what is older than the tenant keeps it, nothing else; dry runs count; holds hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from configdb.log import Change
from configdb.model import Mailbox
from history.documents import Leg, QualityWindow, SipMessage, Step
from history.shelves import ACTIVITIES, AUDIT, Put
from history.store import ActivityFilter, Batch, CallFilter
from mgmt.context import Context
from mgmt.services.sounds import Sounds
from tests.history.stores import call, item
from tests.mgmt.conftest import NOW, World
from vault.retention import DAY_S, Sweeper

OLD, NEW = NOW - 40 * DAY_S, NOW - 10 * DAY_S
KINDS = ("recording", "voicemail", "detail", "call", "activity", "audit")


@pytest.fixture
def filled(world: World, tmp_path: Path) -> World:
    """A call of each age with everything, in both companies."""
    context = world.context
    sounds = Sounds(context.media, context.vault.register)
    for tenant in ("riverside", "lakeside"):
        for name, at in (("old", OLD), ("new", NEW)):
            sound = tmp_path / "sound.wav"
            media = {}
            for kind in ("recording", "voicemail"):
                sound.write_bytes(bytes(100))
                media[kind] = sounds.keep(tenant, kind, f"{name}{kind[0]}", sound, at, name)
            batch = Batch(
                calls=[call(name, tenant, at, recording=media["recording"])],
                legs=[Leg(f"l{name}", name, tenant, "caller", "x", "y", at)],
                steps=[Step(name, tenant, 0, at, "a", "b")],
                quality=[QualityWindow(name, tenant, "l", at, 5.0, "rx")],
                messages=[(tenant, name, [SipMessage(1, "l", "a", "b", "c", "d").to_document()])],
                activities=[item(f"v{name}v"[1:], tenant, at), item(f"v{name}v", tenant, at, media=media["voicemail"])],
            )
            context.history.apply(batch, "test", 1)
            context.history.shelves.write(
                [Put(AUDIT, tenant, name, {"at": at, "actor": "a", "action": "b", "object": "c"})]
            )
    return world


def sweeper(world: World, dry: bool = False, count_max: int = 100) -> Sweeper:
    context = world.context
    return Sweeper(context.history.shelves, context.vault.register, "riverside", NOW, dry, count_max)


def kept(world: World, tenant: str) -> dict[str, int]:
    history = world.context.history
    calls = [one.id for one in history.calls(tenant, CallFilter(until=NOW), None, 99).rows]
    return {
        "sound": len(list(world.context.media.names(f"{tenant}/"))),
        "calls": len(calls),
        "details": sum(
            len(found(tenant, id))  # type: ignore[operator]
            for id in ("old", "new")
            for found in (history.legs, history.steps, history.quality, history.messages)
        ),
        "activities": len(history.activities(tenant, ActivityFilter(until=NOW), None, 99).rows),
        "audit": history.shelves.size(AUDIT, tenant),
    }


ALL = {"sound": 5, "calls": 2, "details": 8, "activities": 4, "audit": 2}


@pytest.mark.parametrize(
    ("kind", "gone", "said"),
    [
        ("recording", {"sound": 4}, 1),
        ("voicemail", {"sound": 4}, 1),
        ("detail", {"details": 4}, 1),
        ("call", {"calls": 1, "details": 4}, 1),
        ("activity", {"activities": 2}, 2),
        ("audit", {"audit": 1}, 1),
    ],
)
def test_of_a_kind_goes_what_is_too_old_and_nothing_else(
    filled: World, kind: str, gone: dict[str, int], said: int
) -> None:
    assert {kind: said} == sweeper(filled, dry=True).sweep({kind: 30})
    assert ALL == kept(filled, "riverside")
    assert {kind: said} == sweeper(filled).sweep({kind: 30})
    assert {} == sweeper(filled).sweep({kind: 30})
    assert ALL | gone == kept(filled, "riverside")
    assert ALL == kept(filled, "lakeside")


def test_without_a_policy_nothing_goes(filled: World) -> None:
    assert {} == sweeper(filled).sweep({})
    assert ALL == kept(filled, "riverside")


def test_a_sweep_is_bounded_and_the_next_goes_on(filled: World) -> None:
    policy = dict.fromkeys(KINDS, 1)
    turns = 0
    while sweeper(filled, count_max=1).sweep(policy):
        turns += 1
    assert 4 == turns
    assert {"sound": 1, "calls": 0, "details": 0, "activities": 0, "audit": 0} == kept(filled, "riverside")


def test_what_is_held_stays_and_the_rest_goes(filled: World) -> None:
    register = filled.context.vault.register
    register.hold("riverside", "recording-20261206-oldr", "ann", "case")
    assert ["recording-20261206-oldr"] == [one["id"] for one in register.older("riverside", "recording", NEW)]
    assert {"voicemail": 1} == sweeper(filled).sweep({"recording": 30, "voicemail": 30})


def test_who_looks_at_a_call_is_not_offered_a_recording_that_is_gone(filled: World) -> None:
    sweeper(filled).sweep({"recording": 30, "voicemail": 30})
    history = filled.context.history
    assert None is history.call("riverside", "old").recording  # type: ignore[union-attr]
    assert "recording-20270105-newr" == history.call("riverside", "new").recording  # type: ignore[union-attr]
    assert None is history.activity("riverside", "voldv").media  # type: ignore[union-attr]


def test_a_manager_sees_the_policy_and_what_is_due(filled: World) -> None:
    config = filled.context.config
    tenant = config.get("riverside", "tenant", "riverside").value.model_dump(mode="json")  # type: ignore[union-attr]
    config.transact("riverside", [Change("tenant", "riverside", {**tenant, "retention_days": {"call": 30}})], "t", "t")
    found = filled.client(user="ben").get("/api/v1/retention").json
    assert ({"call": 30}, {"call": 1}) == (found["days"], found["due"])
    assert 403 == filled.client(user="carla").get("/api/v1/retention").status_code


def test_a_mailbox_keeps_what_was_heard_and_what_was_deleted_as_long_as_it_says(world: World, tmp_path: Path) -> None:
    context, sound = world.context, tmp_path / "sound.wav"
    sounds, kept = Sounds(context.media, context.vault.register), {}
    marks = {
        "new": {"unread": True},
        "heard": {"unread": False},
        "deleted": {"unread": False, "state": "resolved", "flags": ["deleted"], "closed_at": NOW - 8 * DAY_S},
        "fresh": {"unread": False, "state": "resolved", "flags": ["deleted"], "closed_at": NOW - 6 * DAY_S},
        "held": {"unread": False, "state": "resolved", "flags": ["deleted"], "closed_at": NOW - 8 * DAY_S},
    }
    for name, fields in marks.items():
        sound.write_bytes(bytes(100))
        kept[name] = sounds.keep("riverside", "voicemail", name, sound, OLD, name)
        one = item(f"v{name}", "riverside", OLD, media=kept[name], mailbox="ann", **fields)
        context.history.shelves.write([Put(ACTIVITIES, "riverside", one.id, one.to_document())])
    context.vault.register.hold("riverside", kept["held"] or "", "somebody", "a lawsuit")
    sweeper = Sweeper(context.history.shelves, context.vault.register, "riverside", NOW, False, 100)
    assert 1 == sweeper.mailboxes([Mailbox(id="ann", name="Ann"), Mailbox(id="ben", name="Ben", kept_days=1)])
    assert {"vnew", "vheard", "vfresh", "vheld"} == here(context, marks)
    assert 1 == sweeper.mailboxes([Mailbox(id="ann", name="Ann", kept_days=30)])
    assert {"vnew", "vfresh", "vheld"} == here(context, marks)
    assert context.vault.register.one("riverside", kept["deleted"] or "") is None
    assert context.vault.register.one("riverside", kept["held"] or "") is not None


def here(context: Context, names: Iterable[str]) -> set[str]:
    return {f"v{name}" for name in names if context.history.activity("riverside", f"v{name}") is not None}
