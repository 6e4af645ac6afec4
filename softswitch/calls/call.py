"""One call: runs the IVR session of its route over the caller's leg and the legs it dials.

                 media_opened            a callee answers          BYE of the callee
    OPENING ------------------> RUNNING ------------------> (bridged) ------------+
       |                        |  ^                                              |
       | not acceptable         |  +------------- session goes on ----------------+
       v                        v  session hangs up, caller hangs up, media dies, operator
    ENDING <--------------------+
       | every leg's media closed, every recording done
       v
     DONE   (the record is in the spool, `Finished` was returned)

Inputs are methods, each returns the effects to perform in order. `now` is epoch seconds on a clock that never steps
(the driver's business). A call that was originated rings its "caller" first and then runs the same session.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

from ivr import effects as ask
from ivr import events as happened
from ivr.steps import Step
from softswitch.calls import causes, conference, connected, hold, keys, machine, screening
from softswitch.calls import effects as do
from softswitch.calls.back import back
from softswitch.calls.contact import Contact, Located
from softswitch.calls.desk import CallSettings, Desk
from softswitch.calls.dialling import UNANSWERED
from softswitch.calls.ears import Ears
from softswitch.calls.effects import Effect
from softswitch.calls.guests import Guests
from softswitch.calls.hand import Hand
from softswitch.calls.lasting import Lasting
from softswitch.calls.ledger import Ledger
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.calls.resumption import Resumed, resume
from softswitch.calls.stage import Locate, Stage
from softswitch.calls.transfer import Transfers
from softswitch.routing.route import Route
from softswitch.sip.address import NameAddr
from softswitch.sip.crypto import Protection
from softswitch.sip.errors import NotAcceptable

CLOSING_S_MAX = 5.0


class State(Enum):
    """Where a call stands; see the figure above."""

    OPENING = "opening"
    RUNNING = "running"
    ENDING = "ending"
    DONE = "done"


class Call:
    """The machine. `locate` finds the contacts of a party now; `new_id` makes leg and recording ids."""

    def __init__(
        self,
        call_id: str,
        route: Route,
        ledger: Ledger,
        locate: Locate,
        new_id: Callable[[], str],
        settings: CallSettings,
    ) -> None:
        if route.view is None or route.document is None:
            raise ValueError("a call needs a route that was accepted")
        self.id, self.state, self.route = call_id, State.OPENING, route
        self.desk = Desk(ledger, settings, new_id, ledger.started_at)
        if route.view.tenant.ringback is not None:
            self.desk.ringback = f"prompt:{route.view.tenant.ringback}"
        self._stage = Stage(self.desk, route, route.view, locate, end := back(self._end))
        self._dialling, self.recordings = self._stage.dialling, self._stage.recordings
        self.guests = Guests(self.desk, self._stage.table)
        self.hand, self.ears = Hand(self.desk, self._stage), Ears(self.desk, self._stage, end)
        self.connected = connected.Connected(self.desk, self._stage)
        self.transfers = Transfers(self.desk, self._stage, end)

    @property
    def lasting(self) -> Lasting:
        """Who of it can go on in another process."""
        return self._stage.lasting if self.state is State.RUNNING else Lasting()

    @property
    def transferred(self) -> bool:
        """Whether the caller is one who was transferred."""
        return self._stage.scene.transferred

    def start(self, leg: Leg, now: float) -> tuple[Effect, ...]:
        """An INVITE arrived and was admitted; `leg` is the caller's, its offer not yet answered."""
        self._begin(now)
        self.desk.caller, leg.withheld = leg, self.route.withheld
        self.desk.add(leg)
        return self.desk.flush()

    def originate(self, contacts: tuple[Contact, ...], ring_s: float, now: float) -> tuple[Effect, ...]:
        """Ring the one who asked for the call first; the session runs once they answer."""
        self._begin(now)
        self.state = State.RUNNING
        party = ask.Party("user", self.route.user or self.route.caller)
        self._dialling.ring(((party, Located(contacts)),), ring_s)
        return self.desk.flush()

    def resume(self, what: Resumed, now: float) -> tuple[Effect, ...]:
        """A call of a run that was killed goes on."""
        self.desk.now, self.state = now, State.RUNNING
        resume(self.desk, self._stage, what)
        return self.desk.flush()

    def _begin(self, now: float) -> None:
        desk = self.desk
        desk.now = now
        desk.emit(desk.ledger.opened())
        for step in self.route.steps:
            desk.took(step)
        desk.emit(do.StartTimer("longest", desk.settings.call_s_max), desk.ledger.seen("routing", self.route.label))

    # -- media -----------------------------------------------------------------------------------------------------

    def media_opened(self, leg_id: str, address: str, port: int, now: float, by: Protection) -> tuple[Effect, ...]:
        """The leg has an RTP port; its media is protected `by` these keys, if both want to."""
        leg = self._at(leg_id, now)
        if leg is not None:
            leg.opened(address, port, by)
            if leg.outgoing:
                self._dialling.invite(leg)
            elif not self.guests.opened(leg) and not self.transfers.opened(leg):
                self._accept_caller(leg)
        return self.desk.flush()

    def media_failed(self, leg_id: str, text: str, now: float) -> tuple[Effect, ...]:
        """No RTP port for the leg: a caller is told 503, a callee counts as failed, even if it rings already."""
        leg = self._at(leg_id, now)
        if leg is not None and (leg is self.desk.caller or leg is self.desk.peer):
            self._end(causes.no_channel(text))
        elif leg is not None and leg.outgoing:
            self._dialling.portless(leg, text)
        elif leg is not None:
            self.desk.hang_up(leg, causes.no_channel(text))
        return self.desk.flush()

    def media_closed(self, leg_id: str, quality: dict[str, Any], mos: float | None, now: float) -> tuple[Effect, ...]:
        """The leg's port is closed; `quality` is its summary, `mos` its worst direction."""
        desk = self.desk
        desk.now = now
        leg = desk.legs.get(leg_id)
        if leg is not None and leg.state is LegState.ENDED:
            leg.quality, leg.state = quality, LegState.CLOSED
            desk.ledger.heard(mos)
            desk.emit(desk.ledger.leg_closed(leg))
            self._finish_if_over()
        return desk.flush()

    def media_lost(self, now: float) -> tuple[Effect, ...]:
        """The media worker of this call died: its legs end with a right cause."""
        self.desk.now = now
        if self.state in (State.OPENING, State.RUNNING):
            self.desk.step("media.lost", "The media worker of this call died")
            self._end(causes.MEDIA_LOST)
        self.recordings.give_up()
        self._finish_if_over()
        return self.desk.flush()

    def play_done(self, leg_id: str, token: str, now: float) -> tuple[Effect, ...]:
        """What `PlayTo(token)` played is over."""
        leg = self._at(leg_id, now)
        if leg is not None and leg is self.desk.caller:
            self._feed(happened.PlayDone(token))
        return self.desk.flush()

    def digit(self, leg_id: str, digit: str, now: float, by: Literal["media", "info"] = "media") -> tuple[Effect, ...]:
        """A key: of one who is asked to take the call, of a feature and for the other while two talk, or the session's."""
        desk, leg = self.desk, self._at(leg_id, now)
        if leg is None or leg.repeats(digit, by, now):
            return desk.flush()
        asked = self._dialling.screening.key(leg, digit) or self.guests.key(leg, digit)
        if not asked and not self._stage.key(leg, digit, by) and leg is desk.caller and desk.peer is None:
            self._feed(happened.Digit(digit))
        return desk.flush()

    def quality(self, mos: float | None, now: float) -> tuple[Effect, ...]:
        """The worst MOS of the newest window, for who watches; None when nothing was measured."""
        self.desk.now = now
        if self.state is State.RUNNING and mos is not None:
            self.desk.ledger.mos_now = mos
            self.desk.emit(self.desk.ledger.seen())
        return self.desk.flush()

    def record_done(self, token: str, seconds: float, reason: str, now: float) -> tuple[Effect, ...]:
        """A recording is on disk (`reason`: key, silence, limit, stopped or failed)."""
        self.desk.now = now
        event = self.recordings.done(token, seconds, reason)
        if event is not None:
            self._feed(event)
        self._finish_if_over()
        return self.desk.flush()

    def parked(self, slot: str | None, now: float) -> tuple[Effect, ...]:
        """The slot that was found for the caller; None: it is taken, or all are."""
        self.desk.now = now
        if self.state is State.RUNNING:
            self._stage.parked(slot)
        return self.desk.flush()

    def told_of_room(self, leg_id: str, what: conference.Told, now: float) -> tuple[Effect, ...]:
        """How the caller stands in their conference room now."""
        leg = self._at(leg_id, now)
        if leg is not None and leg is self.desk.caller:
            self._feed(happened.RoomTold(what))
        return self.desk.flush()

    def rings(self, leg: Leg) -> bool:
        """Whether a leg is being rung."""
        return self._dialling.rings(leg)

    @property
    def slots(self) -> dict[str, bool]:
        """The slots in which the caller was, and whether they still are."""
        running = self.state is State.RUNNING
        return {slot: running and slot == self._stage.slot for slot in self._stage.slots}

    # -- the caller ------------------------------------------------------------------------------------------------

    def _accept_caller(self, leg: Leg) -> None:
        try:
            leg.our_sdp()
        except NotAcceptable as error:
            self.desk.step("media.not_acceptable", f"The caller's phone speaks nothing we speak: {error}")
            self._end(causes.NOT_ACCEPTABLE)
            return
        self.desk.connect(leg)
        self.state = State.RUNNING
        self._stage.scene.script.start()

    def ended(self, leg_id: str, cause: Cause, now: float) -> tuple[Effect, ...]:
        """The far end of a leg hung up, or its dialog failed."""
        desk, leg = self.desk, self._at(leg_id, now)
        if leg is not None and leg is desk.caller and self._stage.caller_left_three(leg, cause):
            desk.step("call.caller_left", "The caller hung up; the others talk on")
        elif leg is not None and leg is desk.caller:
            desk.ledger.caller_gone = True
            desk.close(leg, cause)
            desk.step("call.caller_left", "The caller hung up")
            self._feed(happened.CallerGone())
            self._end(cause)
        elif leg is not None and leg is desk.peer:
            self._stage.callee_left(leg, cause)
        elif leg is not None and not self.guests.ended(leg, cause) and not self.transfers.ended(leg, cause):
            self._dialling.failed(leg, cause.sip or 480, cause.text)
        return desk.flush()

    def progress(self, leg_id: str, status: int, sdp: bytes | None, now: float) -> tuple[Effect, ...]:
        """A callee rings (180) or sends early media (183 with SDP)."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._dialling.progress(leg, status, sdp)
        return self.desk.flush()

    def answered(self, leg_id: str, sdp: bytes, now: float) -> tuple[Effect, ...]:
        """A callee answered."""
        leg = self._at(leg_id, now)
        if leg is not None and leg.outgoing:
            self._dialling.answered(leg, sdp)
        return self.desk.flush()

    def failed(self, leg_id: str, status: int, reason: str, now: float, q850: int | None = None) -> tuple[Effect, ...]:
        """A callee's INVITE ended without an answer; `q850` is the cause it named, if any."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._dialling.failed(leg, status, reason, q850)
        return self.desk.flush()

    def redirected(self, leg_id: str, status: int, found: tuple[NameAddr, ...], now: float) -> tuple[Effect, ...]:
        """A callee's INVITE got a 3xx: a gateway's is followed if its trunk may redirect, a phone's to an extension."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._stage.redirected(leg, status, found)
        return self.desk.flush()

    def offer(self, leg_id: str, sdp: bytes | None, now: float) -> tuple[Effect, ...]:
        """A re-INVITE or UPDATE of a leg: new address, hold or resume."""
        desk, leg = self.desk, self._at(leg_id, now)
        if leg is None:
            desk.emit(do.RefuseOffer(leg_id))
        elif sdp is None:
            desk.emit(do.AnswerOffer(leg_id, leg.offer_sdp()))
        else:
            hold.offered(desk, leg, sdp)
        return desk.flush()

    def media_answered(self, leg_id: str, sdp: bytes | None, now: float) -> tuple[Effect, ...]:
        """A leg answers an offer of ours: in the ACK or PRACK of an INVITE without one, or of a re-INVITE."""
        desk, leg = self.desk, self._at(leg_id, now)
        if leg is not None and sdp:
            hold.answered(desk, leg, sdp)
        if leg is not None and leg is desk.caller and desk.caller_answered:
            if leg.negotiated is None:
                self._end(causes.NOT_ACCEPTABLE)
            else:
                self._stage.scene.script.heard()
        return desk.flush()

    def _feed(self, event: happened.Event) -> None:
        if self.state is State.RUNNING:
            self._stage.feed(event)

    def told(self, reply: happened.Reply | happened.Brought, now: float) -> tuple[Effect, ...]:
        """The answer of the switch to an `Ask`."""
        self.desk.now = now
        self._feed(reply)
        return self.desk.flush()

    def limited(self, step: Step, over: bool, now: float) -> tuple[Effect, ...]:
        """A limit is near, or reached (`over`): those who talk hear it, and then the call ends."""
        self.desk.now = now
        if self.state is State.RUNNING:
            self._stage.limited(step, over)
        return self.desk.flush()

    def named(self, name: str, now: float) -> tuple[Effect, ...]:
        """The name of the caller was found in the contacts."""
        self.desk.now = now
        if self.state in (State.OPENING, State.RUNNING):
            self.desk.named(name)
        return self.desk.flush()

    def timer(self, name: str, now: float) -> tuple[Effect, ...]:
        """A timer of this call ran out."""
        desk = self.desk
        desk.now = now
        if name.startswith("ivr:"):
            self._feed(happened.TimerFired(name.removeprefix("ivr:")))
        elif name == "ring":
            self._dialling.timed_out()
        elif name.startswith("silent:"):
            self._dialling.silent(name.removeprefix("silent:"))
        elif name.startswith(screening.TIMER):
            self._dialling.screening.timed_out(name.removeprefix(screening.TIMER))
        elif name.startswith(machine.TIMER):
            self._dialling.machines.timed_out(name.removeprefix(machine.TIMER))
        elif name.startswith(keys.TIMER):
            self._stage.keys.timed_out(name.removeprefix(keys.TIMER))
        elif name in ("goodbye", "limit"):
            self._end(desk.ledger.cause)
        elif name == "let_go":
            self.transfers.let_go()
        elif name == "longest":
            desk.step("call.too_long", "The longest call time was reached")
            self._end(causes.TOO_LONG)
        elif name == "closing":
            self._give_up_waiting()
        return desk.flush()

    def hang_up(self, now: float, code: str = "call.hung_up", cause: Cause = causes.OPERATOR) -> tuple[Effect, ...]:
        """The operator, or an owner, ends the call; or the driver, after a fault of ours."""
        self.desk.now = now
        if self.state in (State.OPENING, State.RUNNING):
            self.desk.step(code, cause.text.capitalize())
            self._end(cause)
        return self.desk.flush()

    def _end(self, cause: Cause) -> None:
        desk = self.desk
        if self.state in (State.ENDING, State.DONE):
            return
        self.state = State.ENDING
        self._stage.close()
        desk.ledger.cause = cause
        desk.ledger.talk_over(desk.now)
        self.recordings.close()
        self._dialling.stop(UNANSWERED)
        self.transfers.close()
        for leg in tuple(desk.legs.values()):
            desk.hang_up(leg, cause)
        desk.peer = None
        desk.step("call.ended", f"Ended: {cause.text}", sip=cause.sip, q850=cause.q850)
        desk.emit(do.CancelTimer("goodbye"), do.CancelTimer("longest"), do.StartTimer("closing", CLOSING_S_MAX))
        desk.emit(desk.ledger.seen("ended"))
        self._finish_if_over()

    def _give_up_waiting(self) -> None:
        self.recordings.give_up()
        self.desk.give_up()
        self._finish_if_over()

    def _finish_if_over(self) -> None:
        desk = self.desk
        waiting = self.recordings.running or any(leg.state is not LegState.CLOSED for leg in desk.legs.values())
        if self.state is State.ENDING and not waiting:
            self.state = State.DONE
            desk.emit(do.CancelTimer("closing"), desk.ledger.closed(desk.now), do.Finished())

    def _at(self, leg_id: str, now: float) -> Leg | None:
        self.desk.now = now
        return self.desk.live_leg(leg_id)
