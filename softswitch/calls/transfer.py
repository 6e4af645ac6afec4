"""Transfers and replacements within a call (RFC 3515, RFC 3891, RFC 5589): who leaves, who stays, who takes whose place.

             transfer()          somebody, or a flow, speaks with the one who stays
    IDLE ---------------> TRYING -----------------------------------------------> LETTING_GO ---> IDLE
      ^                     | |                                                       ^   BYE, or ours after LET_GO_S
      |  nobody: taken back | | the transferor hangs up: an ordinary call goes on     |
      +---------------------+-+ (IDLE; the outcome is still reported)                 |
      |                                     hand_over(): the other leg leaves the call
      +-------------------------------------------------------------------------------+

`place` and `arrive` give a leg the seat of another one (that of a phone that rings, too: a pick-up). A leg that arrives is
answered once it has a port; when that fails the one it was to replace stays (RFC 3891 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from weakref import proxy

from ivr.nodes.park import slot_prompts
from softswitch.calls import causes
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.effects import Effect
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.calls.stage import Locate, Scene, Stage
from softswitch.routing.route import Route
from softswitch.sip.errors import NotAcceptable

LET_GO_S = 2.0
"""How long a transferor, told of the success, may take to hang up by itself (RFC 5589 6.1)."""


TELL_SLOT_S = 6.0
"""How long who parked a call is told the slot."""


class Phase(Enum):
    """Where the latest transfer stands; see the figure above."""

    IDLE = "idle"
    TRYING = "trying"
    LETTING_GO = "letting go"


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the call: the leg that has it, or with `opposite` the one that talks with that leg."""

    leg: str
    opposite: bool = False
    early_only: bool = False


class Transfers:
    """The transfers of one call. `end(cause)` is the call's."""

    def __init__(self, desk: Desk, stage: Stage, end: Callable[[Cause], None]) -> None:
        self._desk, self._stage, self._end = desk, stage, end
        stage.audience = proxy(self)
        self.phase = Phase.IDLE
        self._by: Leg | None = None
        self._kept: Scene | None = None
        self._by_called = False
        self._told: int | None = None
        self._joining: dict[str, Seat] = {}

    # -- a blind transfer ------------------------------------------------------------------------------------------

    def transfer(self, leg_id: str, route: Route, locate: Locate, now: float) -> tuple[Effect, ...]:
        """The leg sends its partner where the route says, and may take it back while nobody answers there."""
        desk = self._desk
        desk.now = now
        by = desk.live_leg(leg_id)
        stays = desk.partner(by)
        if by is None or stays is None or self.phase is Phase.TRYING:
            desk.emit(do.RefuseRefer(leg_id, 603))
            return desk.flush()
        self._finish_letting_go()
        desk.emit(do.AcceptRefer(by.id))
        self._by, self._kept, self._by_called = by, self._stage.scene, by is desk.caller
        self._told, self.phase = None, Phase.TRYING
        desk.step("transfer.blind", f"{by.label} transfers {stays.label} to {route.label}", to=route.dialled)
        self._put_aside(by, stays)
        self._follow(route, locate, returnable=True)
        return desk.flush()

    @property
    def is_alone(self) -> bool:
        """Whether the caller is answered, talks with nobody and can be sent elsewhere."""
        return self._desk.caller_answered and self._desk.peer is None and self.phase is Phase.IDLE

    def redirect(self, route: Route, locate: Locate, now: float) -> tuple[Effect, ...]:
        """A caller who talks with nobody goes somewhere else, on somebody's order."""
        desk = self._desk
        desk.now = now
        caller = desk.caller
        if caller is not None and self.is_alone:
            desk.step("transfer.redirected", f"{caller.label} is sent to {route.label}", to=route.dialled)
            self._stage.dialling.stop(causes.TRANSFERRED)
            self._stage.recordings.stop(caller)
            desk.emit(do.StopPlaying(caller.id), do.CancelTimer("goodbye"))
            self._follow(route, locate, returnable=False)
        return desk.flush()

    def _put_aside(self, by: Leg, stays: Leg) -> None:
        self._stage.part()
        self._stage.recordings.stop(by)
        self._desk.watch(by, False)
        self._desk.emit(do.StopPlaying(by.id))
        self._desk.caller = stays

    def _follow(self, route: Route, locate: Locate, returnable: bool) -> None:
        for step in route.steps:
            self._desk.took(step)
        self._stage.run(route, locate, returnable)

    def refused(self, leg_id: str, why: str, status: int, now: float) -> tuple[Effect, ...]:
        """The leg asked for a transfer that it does not get."""
        desk = self._desk
        desk.now = now
        leg = desk.live_leg(leg_id)
        if leg is not None:
            desk.step("transfer.refused", f"{leg.label} wants to transfer the call: {why}", status=status)
        return desk.flush()

    def say(self, leg_id: str, prompt: str, now: float) -> tuple[Effect, ...]:
        """Somebody who asked for something hears an answer, beside what they hear."""
        self._desk.now = now
        if self._desk.live_leg(leg_id) is not None:
            self._desk.emit(do.PlayTo(leg_id, "said", (prompt,)))
        return self._desk.flush()

    @property
    def user(self) -> str | None:
        """Whose call it is now: of who transferred it, if it was."""
        return self._stage.scene.route.user

    @property
    def dialled(self) -> str:
        """What was dialled by who sent the call where it is now."""
        return self._stage.scene.route.dialled

    @property
    def by(self) -> Leg | None:
        """Who transferred the one who is being connected now."""
        return self._by

    # -- how it goes on (the stage's audience) ---------------------------------------------------------------------

    def rang(self, status: int) -> None:
        """Somebody who was dialled rings: who asked for it is told once."""
        if self._by is not None and self.phase is not Phase.LETTING_GO and self._told is None:
            self._report(180 if status < 183 else 183)

    def reached(self) -> None:
        """The one who stays talks with somebody: the transfer has succeeded."""
        by = self._by
        if by is None or self.phase is Phase.LETTING_GO:
            return
        self._report(200)
        if self.phase is Phase.TRYING:
            self._desk.step("transfer.done", f"{by.label} has transferred the call")
            self._stage.scene.script.returnable = False
            self._let_go()
        else:
            self._by = None
        self._kept = None

    def given_back(self, status: int) -> None:
        """Nobody could be reached: who transferred the call has it again."""
        desk, by, kept, stays = self._desk, self._by, self._kept, self._desk.caller
        if by is None or kept is None or stays is None or self.phase is not Phase.TRYING:
            return
        self._report(status)
        desk.step("transfer.taken_back", f"Nobody answered ({status}): {by.label} has the call again", status=status)
        self._by, self._kept, self.phase = None, None, Phase.IDLE
        self._stage.restore(kept)
        desk.emit(do.StopPlaying(stays.id))
        desk.watch(by, not by.on_hold)
        desk.caller, peer = (by, stays) if self._by_called else (stays, by)
        self._stage.talk(peer)

    def parked(self, slot: str) -> None:
        """Who parked the caller hears where, before they are let go."""
        by = self._by
        if by is not None and by.live and self.phase is Phase.LETTING_GO:
            self._desk.emit(do.PlayTo(by.id, "slot", slot_prompts(slot)))
            self._desk.emit(do.StartTimer("let_go", TELL_SLOT_S))

    def _report(self, status: int) -> None:
        if self._by is not None:
            self._told = status
            self._desk.emit(do.Report(self._by.id, status))

    # -- an attended transfer: two calls become one ----------------------------------------------------------------

    def hands(self, leg_id: str) -> Leg | None:
        """The leg that `hand_over` would give away."""
        return None if self.phase is Phase.TRYING else self._desk.partner(self._desk.live_leg(leg_id))

    def hand_over(self, leg_id: str, to_call: str, now: float, at_once: bool = False) -> tuple[Effect, ...]:
        """The partner of the leg leaves for another call; the leg is let go, and with it this call ends.

        at_once: its phone knows nothing of that, and is not waited for.
        """
        desk = self._desk
        desk.now = now
        by, goes = desk.live_leg(leg_id), self.hands(leg_id)
        if by is None or goes is None:
            return desk.flush()
        self._finish_letting_go()
        desk.emit(do.AcceptRefer(by.id))
        desk.step("transfer.attended", f"{by.label} hands {goes.label} over to another call", call=to_call)
        self._stage.recordings.stop()
        self._put_aside(by, goes)
        desk.emit(do.StopPlaying(goes.id))
        del desk.legs[goes.id]
        self._stage.close()
        desk.caller, self._by = None, by
        self._report(200)
        self._let_go()
        if at_once:
            self.let_go()
        return desk.flush()

    def depart(self, to_call: str, now: float) -> tuple[Effect, ...]:
        """A caller who talks with nobody leaves for another call, and this one ends."""
        desk = self._desk
        desk.now = now
        caller = desk.caller
        if caller is not None and self.is_alone:
            desk.step("transfer.bridged", f"{caller.label} joins another call", call=to_call)
            self._stage.dialling.stop(causes.TRANSFERRED)
            self._stage.recordings.stop()
            desk.emit(do.StopPlaying(caller.id))
            del desk.legs[caller.id]
            self._stage.close()
            desk.caller = None
            self._end(causes.TRANSFERRED)
        return desk.flush()

    def place(self, seat: Seat, leg: Leg, from_call: str, now: float) -> tuple[Effect, ...]:
        """A leg that was handed over takes a seat."""
        desk = self._desk
        desk.now = now
        desk.legs[leg.id] = leg
        desk.emit(desk.ledger.leg_opened(leg))
        desk.step("transfer.joined", f"{leg.label} comes from another call", call=from_call, leg=leg.id)
        self._sit(seat, leg)
        return desk.flush()

    # -- an INVITE with Replaces -----------------------------------------------------------------------------------

    def refusal(self, seat: Seat, early: bool = False) -> int | None:
        """The status that the wish for a seat gets; None: it may be taken (RFC 3891 3). `early`: a caller may wait."""
        desk, leg = self._desk, self._desk.legs.get(seat.leg)
        if leg is None or not leg.live:
            return 603
        if leg.local is None:
            return 481
        if self._stage.dialling.rings(leg):
            return None
        if leg.state is LegState.ANSWERED and seat.early_only:
            return 486
        if leg.state is not LegState.ANSWERED and not (early and leg is desk.caller):
            return 481
        alone = leg is desk.caller and self.phase is Phase.IDLE and not (seat.opposite and self._stage.dialling.active)
        return None if desk.partner(leg) is not None or alone else 481

    def arrive(self, seat: Seat, leg: Leg, now: float) -> tuple[Effect, ...]:
        """An INVITE came for a seat: it is answered once it has a port."""
        self._desk.now = now
        self._joining[leg.id] = seat
        self._desk.add(leg)
        return self._desk.flush()

    def opened(self, leg: Leg) -> bool:
        """Whether the leg is one that arrived; then it takes its seat."""
        seat = self._joining.pop(leg.id, None)
        if seat is None:
            return False
        desk, refusal = self._desk, self.refusal(seat)
        if refusal is not None:
            desk.hang_up(leg, Cause(refusal, 16, "the dialog to be replaced is gone"))
            return True
        try:
            sdp = self._suited(seat, leg)
        except NotAcceptable as error:
            desk.step("media.not_acceptable", f"{leg.label} speaks nothing we speak: {error}")
            desk.hang_up(leg, causes.NOT_ACCEPTABLE)
            return True
        leg.state, leg.answered_at = LegState.ANSWERED, desk.now
        meets = self._meets(seat)
        if meets is not None:
            self._stage.introduce(leg, meets)
        desk.emit(do.AnswerLeg(leg.id, sdp))
        desk.connect(leg)
        desk.watch(leg)
        self._sit(seat, leg)
        return True

    def _suited(self, seat: Seat, leg: Leg) -> bytes:
        """What we answer: with the codec of whom the leg will meet, if it can, so that nothing needs to be transcoded."""
        sdp, meets = leg.our_sdp(), self._meets(seat)
        if meets is not None and meets.negotiated is not None and leg.suit(meets.negotiated.codec):
            sdp = leg.our_sdp()
        return sdp

    def _meets(self, seat: Seat) -> Leg | None:
        """Who talks with the one that takes a seat."""
        named = self._desk.legs[seat.leg]
        stays = named if seat.opposite else self._desk.partner(named)
        return self._desk.caller if self._stage.dialling.rings(named) else stays

    def _sit(self, seat: Seat, leg: Leg) -> None:
        desk, stage = self._desk, self._stage
        named = desk.legs[seat.leg]
        old = desk.partner(named) if seat.opposite and not stage.dialling.rings(named) else named
        if stage.dialling.rings(named):
            stage.dialling.picked_up(leg)
        elif old is None:
            desk.step("transfer.retrieved", f"{leg.label} takes {named.label} out of the flow")
            stage.close()
            stage.recordings.stop(named)
            desk.emit(do.StopPlaying(named.id), do.CancelTimer("goodbye"))
            stage.talk(leg)
        else:
            self._replace(old, leg)

    def _replace(self, old: Leg, leg: Leg) -> None:
        desk, stage, peer = self._desk, self._stage, self._desk.peer
        desk.step("transfer.replaced", f"{leg.label} takes the place of {old.label}", leg=leg.id)
        stage.part()
        stage.recordings.stop(old)
        cause = causes.TRANSFERRED if old.state is LegState.ANSWERED else causes.REPLACED
        desk.hang_up(old, cause)
        if old is not desk.caller:
            stage.talk(leg)
            return
        desk.caller = leg
        desk.ledger.answered(desk.now)
        if peer is not None:
            stage.talk(peer)
        elif stage.dialling.active:
            stage.ringback()
        else:
            desk.emit(do.CancelTimer("goodbye"))
            stage.again()

    # -- ends ------------------------------------------------------------------------------------------------------

    def ended(self, leg: Leg, cause: Cause) -> bool:
        """Whether a leg whose far end is gone was one of a transfer."""
        desk = self._desk
        if self._joining.pop(leg.id, None) is not None:
            desk.close(leg, cause)
            return True
        if leg is not self._by:
            return False
        desk.close(leg, cause)
        if self.phase is Phase.LETTING_GO:
            self._gone()
        else:
            desk.step("transfer.left", f"{leg.label} hung up; the transfer goes on")
            self._stage.scene.script.returnable = False
            self._kept, self.phase = None, Phase.IDLE
        return True

    def let_go(self) -> None:
        """The transferor had its time to hang up."""
        if self.phase is Phase.LETTING_GO and self._by is not None:
            self._desk.hang_up(self._by, causes.TRANSFERRED)
            self._gone()

    def close(self) -> None:
        """The call ends: who waits for the outcome of a transfer is told that there is none."""
        if self._by is not None and self.phase is not Phase.LETTING_GO:
            self._report(self._desk.ledger.cause.sip or 487)
        self._desk.emit(do.CancelTimer("let_go"))
        self._by, self._kept, self.phase = None, None, Phase.IDLE

    def _let_go(self) -> None:
        self.phase = Phase.LETTING_GO
        self._desk.emit(do.StartTimer("let_go", LET_GO_S))

    def _gone(self) -> None:
        self._by, self.phase = None, Phase.IDLE
        self._desk.emit(do.CancelTimer("let_go"))
        if self._desk.caller is None:
            self._end(causes.TRANSFERRED)

    def _finish_letting_go(self) -> None:
        """Another transfer begins: who was on the way out of the last one leaves now."""
        self.let_go()
        self._by = None
