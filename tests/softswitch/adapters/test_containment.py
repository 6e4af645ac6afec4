"""A fault anywhere in a call ends that call, with its record and a line in the log, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from media.plane.events import Digit, Window
from softswitch.adapters import legs, switchboard
from softswitch.adapters.live_feed import LiveFeed
from softswitch.adapters.locate import Locator
from softswitch.adapters.outgoing import Outgoing
from softswitch.adapters.quality import Quality
from softswitch.adapters.sounds import Sounds
from softswitch.calls.call import Call
from softswitch.calls.dialling import Dialling
from softswitch.calls.script import Script
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.outgoing import OutgoingSession
from softswitch.transport.trace import Trace
from tests.softswitch.calls.world import SDP
from tests.softswitch.fakes import FakeMedia
from tests.softswitch.street import Station, Street


class Broken(Exception):
    """Nobody foresaw it."""


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """All phones are registered; another call is up, and has to stay up."""
    street = Street(tmp_path)
    street.register()
    street.phones["carla-desk"].dial("102")
    street.run(2)
    assert 1 == len(street.board.calls)
    yield street
    street.switch.close()


def breaking(owner: Any, name: str) -> Any:
    """That function raises."""

    def broken(*_: Any, **__: Any) -> None:
        raise Broken(name)

    return patch.object(owner, name, broken)


def call(street: Street) -> Station:
    """Ben's phone is busy with Carla, so Ann is called, from outside; her phones ring."""
    for name in ("ann-desk", "ann-mobile"):
        street.phones[name].answer = lambda session: session.ring()
    street.carrier.dial("+12025550124")
    return street.carrier


def judge(street: Street, others: int = 1) -> dict[str, Any]:
    """The call that broke is over for everybody, the other one is up; the record of the broken one."""
    street.run(60)
    assert others == len(street.board.calls)
    closed = street.records("call.close")
    assert 1 == len(closed)
    assert ["Broken"] == list(
        {text.strip().splitlines()[-1].split(":")[0].rpartition(".")[2] for text in street.switch.troubles}
    )
    for name in ("ann-desk", "ann-mobile"):
        assert 0 == street.phones[name].agent.sessions
    assert 0 == street.carrier.agent.sessions
    left = others and 2
    assert left == street.switch.service._agent.sessions
    street.phones["carla-desk"].sessions[-1].bye()
    street.run(60)
    assert 2 == len(street.records("call.close"))
    return dict(closed[0]["call"])


def cause(record: dict[str, Any]) -> tuple[int, int]:
    """Status and Q.850 cause of a call's record."""
    return record["cause"]["sip"], record["cause"]["q850"]


BEFORE = [
    (Call, "__init__"),
    (Call, "start"),
    (Call, "media_opened"),
    (Locator, "of_call"),
    (Script, "start"),
    (Trace, "joined"),
    (FakeMedia, "open"),
    (Outgoing, "_send"),
    (Dialling, "invite"),
]


@pytest.mark.parametrize("owner, name", BEFORE, ids=lambda what: getattr(what, "__name__", what))
def test_a_caller_whose_call_breaks_at_its_beginning_gets_500(street: Street, owner: Any, name: str) -> None:
    with breaking(owner, name):
        carrier = call(street)
        street.run(5)
    assert "failed 500 Server Internal Error" == carrier.heard.words[-1].replace(
        "a fault of the switch", "Server Internal Error"
    )
    assert (500, 41) == cause(judge(street))


def answer(session: Any, said: Any = IncomingSession.answer) -> None:
    """A phone answers, also when the answers of the switch are broken."""
    said(session, SDP)


IN_IT = [
    (Call, "progress"),
    (legs, "plain"),
    (Call, "answered"),
    (Dialling, "answered"),
    (IncomingSession, "answer"),
    (FakeMedia, "ask"),
    (Call, "ended"),
]


@pytest.mark.parametrize("owner, name", IN_IT, ids=lambda what: getattr(what, "__name__", what))
def test_a_call_that_breaks_while_it_rings_or_talks_ends_for_all(street: Street, owner: Any, name: str) -> None:
    with breaking(owner, name):
        carrier = call(street)
        street.run(2)
        for phone in ("ann-desk", "ann-mobile"):
            for session in street.phones[phone].sessions:
                answer(session)
        street.run(2)
        carrier.sessions[-1].bye()
        street.run(60)
    assert 1 == len([word for word in carrier.heard.words if word.startswith(("failed", "ended"))])
    judge(street)


@pytest.mark.parametrize("name", ["_progressed", "_accepted"])
def test_a_leg_whose_answers_break_has_failed_and_the_call_goes_on(street: Street, name: str) -> None:
    sound = getattr(OutgoingSession, name)

    def broken(session: OutgoingSession, *arguments: Any) -> None:
        if session._home is street.switch.service._agent:
            raise Broken(name)
        sound(session, *arguments)  # the far ends are of the same class

    with patch.object(OutgoingSession, name, broken):
        call(street)
        street.run(2)
        for phone in ("ann-desk", "ann-mobile"):
            for session in street.phones[phone].sessions:
                answer(session)
        street.run(10)
        assert 2 == len(street.board.calls)  # the caller is with Ann's voicemail
        street.carrier.sessions[-1].bye()
        street.run(60)
    assert 2 == len([step for step in street.records("step") if ": 500 " in step["text"]])
    assert 16 == judge(street)["cause"]["q850"]


def talking(street: Street) -> Any:
    """Outside and Ann talk; the live call."""
    call(street)
    street.run(2)
    answer(street.phones["ann-desk"].sessions[-1])
    street.run(2)
    return list(street.board.calls.values())[-1]


def test_a_media_event_that_breaks_ends_its_call(street: Street) -> None:
    live = talking(street)
    leg = next(iter(live.sessions))
    with breaking(Quality, "window"):
        street.board.media_event(Window(leg, 0.0, 5.0, None, None))  # type: ignore[arg-type]  # nobody looks at them
    judge(street)


def test_a_key_that_breaks_ends_its_call(street: Street) -> None:
    live = talking(street)
    with breaking(Call, "digit"):
        street.board.media_event(Digit(next(iter(live.sessions)), "1", 100))
    judge(street)


def test_a_timer_that_breaks_ends_its_call(street: Street) -> None:
    call(street)
    with breaking(Call, "timer"):
        street.run(60)
    judge(street)


def test_a_call_that_cannot_even_hang_up_is_ended_without_its_machine(street: Street) -> None:
    live, queues = talking(street), street.switch.service._queues
    users = {leg.user for leg in live.call.desk.legs.values() if leg.user is not None}
    assert {True} == {queues.is_in_a_call("riverside", user) for user in users}
    with breaking(Call, "digit"), breaking(Call, "_end"):
        street.board.media_event(Digit(next(iter(live.sessions)), "1", 100))
        street.run(20)
    assert (500, 41) == cause(judge(street))
    assert {False} == {queues.is_in_a_call("riverside", user) for user in users}


def test_a_call_whose_end_gets_lost_is_ended_without_its_machine(street: Street) -> None:
    live = talking(street)
    with breaking(Call, "digit"), patch.object(Call, "hang_up", lambda *_: ()):
        street.board.media_event(Digit(next(iter(live.sessions)), "1", 100))
        street.run(20)
    judge(street)


def test_a_control_operation_that_breaks_ends_the_call_that_it_is_about(street: Street) -> None:
    live = talking(street)
    with breaking(Call, "hang_up"):
        street.board.feed(live, lambda machine, now: machine.hang_up(now))
    judge(street)


def test_a_ladder_that_breaks_costs_the_ladder_alone(street: Street) -> None:
    talking(street)
    with breaking(switchboard, "ladder"):
        street.carrier.sessions[-1].bye()
        street.run(60)
    assert "answered" == judge(street)["outcome"]


def test_prompts_that_break_end_the_call(street: Street) -> None:
    with breaking(Sounds, "resolve"):
        street.carrier.dial("+12025550123")  # the menu
        street.run(60)
    judge(street)


def test_who_looks_on_and_breaks_costs_no_call(street: Street) -> None:
    with breaking(LiveFeed, "changed"):
        talking(street)
        street.carrier.sessions[-1].bye()
        street.run(60)
    assert "answered" == judge(street)["outcome"]


def test_lamps_that_break_cost_no_call(street: Street) -> None:
    def broken(*_: Any) -> None:
        raise Broken("lamps")

    street.board.on_lines = broken
    talking(street)
    street.run(60)
    assert 2 == len(street.board.calls)
    street.carrier.sessions[-1].bye()
    assert "answered" == judge(street)["outcome"]
