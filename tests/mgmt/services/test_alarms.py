"""Who begins to sound bad is told once, and once more when it is well again."""

from __future__ import annotations

from typing import Any

from history.documents import Call, Leg
from history.shelves import OUTBOX, UNTOLD, Where
from history.store import Batch
from mgmt.services import alarms
from quality.blame.alarm import CALLS_MIN
from quality.blame.watch import PERIOD_S
from tests.media.harness import eventually
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

PHONE = "192.0.2.8:5060"


def calls(world: World, at: float, mos: float, count: int = CALLS_MIN, trunk: str = "north") -> None:
    """Calls over a trunk that sounded like that."""
    stream = {"packets": 800, "lost": 0, "late": 0, "jitter_ms": 1.0, "mos": mos, "mos_min": mos}
    batch = Batch()
    for number in range(count):
        id, moment = f"q{at:.0f}-{number}", at + number
        call = Call(id, "riverside", "inbound", "+12025550100", "+12025550123", moment)
        more = {"trunk": trunk, "talk_ms": 9000, "answered_at": moment + 1, "ended_at": moment + 10}
        batch.calls.append(Call.from_document({**call.to_document(), **more}))
        for role, party, quality in (("caller", "+12025550100", {"rx": stream}), ("callee", "101", {})):
            leg = Leg(f"{id}{role}", id, "riverside", role, party, PHONE, moment, moment + 1, codec="PCMU")
            batch.legs.append(Leg.from_document({**leg.to_document(), "quality": quality}))
    world.context.history.apply(batch, f"test {at}", 2)


def told(world: World) -> list[tuple[str, Any, Any]]:
    rows = world.context.history.shelves.everywhere(UNTOLD, (Where("source", "=", "spool people"),))
    events = [row.body["event"] for row in sorted(rows, key=lambda row: row.body["order"])]
    return [(one["type"], one["data"]["group"], one["data"]["key"]) for one in events]


def test_a_trunk_that_begins_to_sound_bad_is_told_once_and_once_more_when_it_is_well(world: World) -> None:
    parts, start = parts_of(world), world.clock() // PERIOD_S * PERIOD_S
    for period in range(2):
        calls(world, start + period * PERIOD_S, 2.0)
    world.clock.now = start + 2 * PERIOD_S
    assert (1, 0) == (alarms.run(parts).done, alarms.run(parts).done)
    assert [("quality.alarm.raised", "trunk", "north")] == told(world)
    letters = [row.body["payload"] for row in world.context.history.shelves.everywhere(OUTBOX, ())]
    assert [("ann@riverside.example", "The trunk north sounds bad")] == [(one["to"], one["subject"]) for one in letters]
    assert "MOS 2.0" in letters[0]["text"]
    for period in range(2, 5):
        calls(world, start + period * PERIOD_S, 4.3)
    world.clock.now = start + 5 * PERIOD_S
    assert (1, 0) == (alarms.run(parts).done, alarms.run(parts).done)
    assert ["quality.alarm.raised", "quality.alarm.cleared"] == [type for type, *_ in told(world)]


def test_switches_hear_how_far_each_trunk_is_behind_the_best(world: World) -> None:
    parts, heard = parts_of(world), list[Any]()
    listening = parts.bus.subscribe("quality.trunks", lambda _, document: heard.append(document))
    calls(world, world.clock() - 3_600, 4.3)
    calls(world, world.clock() - 1_800, 3.2, trunk="south")
    alarms.run(parts)
    eventually(lambda: heard, "what the switches are told")
    assert [{"demerits": {"north": 0, "south": 2}}] == heard
    listening.close()


def test_a_trunk_that_sounds_well_is_not_told(world: World) -> None:
    calls(world, world.clock() - 60, 4.3)
    assert 0 == alarms.run(parts_of(world)).done
    assert [] == told(world)
