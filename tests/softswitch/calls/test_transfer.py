"""Transfers within a call: every (phase, input) pair, and what may be asked for whose place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from installer.demo_tenant import TENANT
from softswitch.calls import effects as do
from softswitch.calls.leg import Leg, LegState
from softswitch.calls.transfer import Phase, Seat
from softswitch.routing.simulate import route_of
from tests.softswitch.calls.test_call import DIRECTORY, HOLD, TUESDAY_NOON, invited, talking, world
from tests.softswitch.calls.world import SDP, World

INPUTS = (
    "callee transfers",
    "caller transfers",
    "callee hands over",
    "redirect",
    "target rings",
    "target answers",
    "target is busy",
    "caller hangs up",
    "callee hangs up",
    "timer",
    "place of the callee",
    "place of the caller",
)
TOLD = (do.AcceptRefer, do.RefuseRefer, do.Report, do.EndLeg, do.Bridge)

ROWS: dict[tuple[Phase, str], tuple[list[str], Phase]] = {
    (Phase.IDLE, "callee transfers"): (["accept callee"], Phase.TRYING),
    (Phase.IDLE, "caller transfers"): (["accept caller"], Phase.TRYING),
    (Phase.IDLE, "callee hands over"): (["accept callee", "report callee 200"], Phase.LETTING_GO),
    (Phase.IDLE, "caller hangs up"): (["end callee"], Phase.IDLE),
    (Phase.IDLE, "callee hangs up"): (["end caller"], Phase.IDLE),
    (Phase.IDLE, "place of the callee"): (["end callee", "bridge caller new"], Phase.IDLE),
    (Phase.IDLE, "place of the caller"): (["end caller", "bridge new callee"], Phase.IDLE),
    (Phase.TRYING, "callee transfers"): (["refuse callee"], Phase.TRYING),
    (Phase.TRYING, "caller transfers"): (["refuse caller"], Phase.TRYING),
    (Phase.TRYING, "target rings"): (["report callee 180"], Phase.TRYING),
    (Phase.TRYING, "target answers"): (["bridge caller target", "report callee 200"], Phase.LETTING_GO),
    (Phase.TRYING, "target is busy"): (["report callee 486", "bridge caller callee"], Phase.IDLE),
    (Phase.TRYING, "caller hangs up"): (["end target", "report callee 487", "end callee"], Phase.IDLE),
    (Phase.TRYING, "callee hangs up"): ([], Phase.IDLE),
    (Phase.LETTING_GO, "callee transfers"): (["refuse callee"], Phase.LETTING_GO),
    (Phase.LETTING_GO, "caller transfers"): (["end callee", "accept caller"], Phase.TRYING),
    (Phase.LETTING_GO, "timer"): (["end callee"], Phase.IDLE),
    (Phase.LETTING_GO, "callee hangs up"): ([], Phase.IDLE),
    (Phase.LETTING_GO, "caller hangs up"): (["end callee", "end target"], Phase.IDLE),
    (Phase.LETTING_GO, "place of the caller"): (["end caller", "bridge new target"], Phase.LETTING_GO),
}


class Talk:
    """Somebody from outside talks with Ann; `target` is Ben's phone once he is dialled."""

    def __init__(self, phase: Phase) -> None:
        self.world: World = world()
        self.callee = talking(self.world)
        self.route = route_of(DIRECTORY, TENANT, "102", "101", datetime.fromtimestamp(TUESDAY_NOON, UTC))
        self.world.phones = {"ben": "no_answer"}
        self.give("callee transfers" if phase is not Phase.IDLE else "nothing")
        if phase is Phase.LETTING_GO:
            self.give("target answers")
        assert phase is self.world.call.transfers.phase

    @property
    def target(self) -> str:
        return invited(self.world)[-1]

    def give(self, what: str) -> list[str]:
        """An input; what others are told of it, in words."""
        one, call, transfers = self.world, self.world.call, self.world.call.transfers
        before = len(one.log)
        match what.split():
            case [("caller" | "callee") as who, "transfers"]:
                one.perform(transfers.transfer(self.leg(who), self.route, one.locate, one.now))
            case ["callee", "hands", "over"]:
                one.perform(transfers.hand_over(self.callee, "c2", one.now))
            case ["redirect"]:
                one.perform(transfers.redirect(self.route, one.locate, one.now))
            case ["target", "rings"]:
                one.perform(call.progress(self.target, 180, None, one.now))
            case ["target", "answers"]:
                one.perform(call.answered(self.target, SDP, one.now))
            case ["target", "is", "busy"]:
                one.perform(call.failed(self.target, 486, "Busy Here", one.now))
            case [("caller" | "callee") as who, "hangs", "up"]:
                one.hangs_up(self.leg(who))
            case ["timer"]:
                one.perform(call.timer("let_go", one.now))
            case ["place", "of", "the", who]:
                seat = Seat(self.leg(who))
                if transfers.refusal(seat) is None:
                    one.perform(transfers.place(seat, self.moved(), "c2", one.now))
        told = [self.word(effect) for effect in one.log[before:] if isinstance(effect, TOLD)]
        one.run(0.001)
        return told

    def moved(self) -> Leg:
        """A leg that comes from another call."""
        leg = Leg("new", "callee", "103", "udp 192.0.2.3:5060", self.world.now, outgoing=False, user="carla")
        leg.state, leg.answered_at = LegState.ANSWERED, self.world.now
        return leg

    def leg(self, who: str) -> str:
        return {"callee": self.callee}.get(who, who)

    def word(self, effect: do.Effect) -> str:
        names = {self.callee: "callee", self.target: "target"} | {self.callee: "callee"}
        match effect:
            case do.AcceptRefer(leg):
                return f"accept {names.get(leg, leg)}"
            case do.RefuseRefer(leg):
                return f"refuse {names.get(leg, leg)}"
            case do.Report(leg, status):
                return f"report {names.get(leg, leg)} {status}"
            case do.EndLeg(leg):
                return f"end {names.get(leg, leg)}"
            case do.Bridge(a, b):
                return f"bridge {names.get(a, a)} {names.get(b, b)}"
        raise AssertionError(effect)


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("phase", Phase)
def test_every_input_in_every_phase(phase: Phase, what: str) -> None:
    talk = Talk(phase)
    told = talk.give(what)
    assert ROWS.get((phase, what), ([], phase)) == (told, talk.world.call.transfers.phase)


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("phase", Phase)
def test_whatever_came_the_call_ends_and_each_leg_has_one_record(phase: Phase, what: str) -> None:
    talk = Talk(phase)
    talk.give(what)
    one = talk.world
    one.perform(one.call.hang_up(one.now))
    one.run(60)
    closed = [record["id"] for record in one.records if record["kind"] == "leg.close"]
    assert (1, len(set(closed))) == (one.finished, len(closed))
    assert set(one.call.desk.legs) == set(closed)


def test_who_meets_a_leg_that_is_on_hold_hears_music_and_who_leaves_takes_it_along() -> None:
    talk = Talk(Phase.IDLE)
    one = talk.world
    one.perform(one.call.offer("caller", HOLD, one.now))
    talk.give("callee transfers")
    talk.give("target answers")
    plays = [(effect.leg, effect.token) for effect in one.log if isinstance(effect, do.PlayTo)]
    assert [(talk.callee, "hold"), ("caller", "ringback"), (talk.target, "hold")] == plays
    assert talk.callee in [effect.leg for effect in one.log if isinstance(effect, do.StopPlaying)]


def test_an_early_place_is_only_for_whom_we_called() -> None:
    one = world()
    one.answers = False
    one.run(0.5)
    (ringing,) = invited(one)
    refusal = one.call.transfers.refusal
    assert [None, None, 481, None, 603] == [
        refusal(Seat(ringing)),
        refusal(Seat(ringing, early_only=True)),
        refusal(Seat("caller")),
        refusal(Seat("caller"), early=True),
        refusal(Seat("nobody")),
    ]
