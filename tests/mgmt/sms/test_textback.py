"""Who called and reached nobody gets a text: once a call, once a day, in opening hours its own words, never after STOP."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.log import Change
from history.activity import Activity
from history.shelves import ACTIVITIES, Put
from mgmt.sms import textback
from tests.mgmt.conftest import NOW, World
from tests.mgmt.sms.desk import NUMBER, PHONE, Desk

HOURS = {"mon": [{"start": "00:00", "end": "24:00"}], "fri": [{"start": "00:00", "end": "03:30"}]}
"""NOW is a Friday, 08:00 UTC, 03:00 in New York."""


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(
        world, texting={"text_back": "{company} missed you", "text_back_closed": "we are closed", "schedule": None}
    )


def missed(desk: Desk, id: str, **fields: Any) -> None:
    at = desk.world.clock.now
    values = {"kind": "missed_call", "call": id, "at": at, "from_": PHONE, "to": NUMBER, "phone": PHONE, **fields}
    made = Activity(id=f"m{id}", tenant="riverside", number=NUMBER, **values)
    desk.world.context.history.shelves.write([Put(ACTIVITIES, "riverside", made.id, made.to_document())])


def texts(desk: Desk) -> list[str]:
    for _ in range(2):
        textback.run(desk.parts)
        desk.deliver()
    return [text for _, text in desk.sent()]


def test_a_missed_call_is_answered_once(desk: Desk) -> None:
    missed(desk, "a")
    assert ["Riverside missed you"] == texts(desk)
    desk.world.clock.now += 120
    assert ["Riverside missed you"] == texts(desk)
    assert [] == desk.activities()


def test_not_again_to_the_same_caller_before_its_time(desk: Desk) -> None:
    missed(desk, "a")
    texts(desk)
    for hours, expected in ((1, 1), (22, 1), (2, 2)):
        desk.world.clock.now += hours * 3600
        missed(desk, f"b{hours}")
        assert expected == len(texts(desk))


@pytest.mark.parametrize(("later_s", "expected"), [(0, "Riverside missed you"), (3600, "we are closed")])
def test_opening_hours_have_their_own_words(desk: Desk, later_s: int, expected: str) -> None:
    change = Change("schedule", "hours", {"id": "hours", "name": "Hours", "weekly": HOURS})
    desk.world.context.config.transact("riverside", [change], "test", "hours")
    desk.texts(text_back="{company} missed you", text_back_closed="we are closed", schedule="hours")
    desk.world.clock.now = NOW + later_s
    missed(desk, "a")
    assert [expected] == texts(desk)


@pytest.mark.parametrize(
    "fields",
    [
        {"from_": "anonymous", "phone": None},
        {"from_": "102", "phone": "102", "origin": "internal"},
        {"origin": "outbound"},
        {"kind": "voicemail"},
        {"at": NOW - 86_400},
        {"phone": NUMBER},
    ],
)
def test_who_cannot_or_need_not_be_texted_is_not(desk: Desk, fields: dict[str, Any]) -> None:
    missed(desk, "a", **fields)
    assert [] == texts(desk)


def test_who_sent_stop_is_not_texted(desk: Desk) -> None:
    desk.came("k", "STOP")
    desk.deliver()
    before = len(desk.sent())
    missed(desk, "a")
    assert before == len(texts(desk))


def test_a_crash_between_the_message_and_its_mark_makes_no_second_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed(desk, "a")

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mgmt.sms.textback.replace", die)
        with pytest.raises(KeyboardInterrupt):
            textback.run(desk.parts)
    assert ["Riverside missed you"] == texts(desk)


def test_nothing_is_sent_by_who_did_not_ask_for_it(world: World) -> None:
    desk = Desk(world)
    missed(desk, "a")
    assert [] == texts(desk)
