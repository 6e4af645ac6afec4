"""Dialling: rings the contacts of the parties, connects early media, tells the call who answered or that nobody did."""

from __future__ import annotations

from collections.abc import Callable

from ivr.effects import Party
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.effects import Contact
from softswitch.calls.hunt import Hunt, Outcome
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.sip.errors import NotAcceptable

ELSEWHERE = Cause(487, 26, "answered elsewhere")
UNANSWERED = Cause(487, 19, "no answer")

Found = tuple[tuple[Party, tuple[Contact, ...]], ...]


class Dialling:
    """One dial at a time. `won(leg)` and `over(outcome)` tell the call; `identity(contact)` is who the called one sees."""

    def __init__(
        self,
        desk: Desk,
        identity: Callable[[Contact], tuple[str, str | None, bool]],
        won: Callable[[Leg], None],
        over: Callable[[Outcome], None],
    ) -> None:
        self._desk, self._identity, self._won, self._over = desk, identity, won, over
        self._hunt: Hunt | None = None

    @property
    def active(self) -> bool:
        """Somebody is being rung."""
        return self._hunt is not None

    def ring(self, found: Found, ring_s: float) -> None:
        """Ring everybody found."""
        desk = self._desk
        self._hunt = Hunt.of(tuple(party for party, _ in found), found, ring_s)
        for party, contacts in found:
            if not contacts:
                desk.step("dial.unregistered", f"{party.id} has no phone registered", party=party.id)
        desk.emit(do.StartTimer("ring", ring_s), desk.ledger.seen("ringing", ", ".join(p.id for p, _ in found)))
        self._ring_next()

    def _ring_next(self) -> None:
        hunt, desk = self._hunt, self._desk
        if hunt is None:
            return
        for lane, contact in hunt.next_contacts():
            leg = Leg(desk.new_id(), "callee", contact.party, contact.uri, desk.now, outgoing=True, contact=contact)
            leg.signalling_address = contact.host
            lane.leg = leg.id
            desk.step("dial.ring", f"Ring {contact.label}", party=contact.party, leg=leg.id)
            desk.add(leg)
        if hunt.over:
            self._finish(hunt.outcome())

    def invite(self, leg: Leg) -> None:
        """The leg's media is open: send the INVITE."""
        if leg.contact is not None:
            caller, name, withheld = self._identity(leg.contact)
            self._desk.emit(do.InviteLeg(leg.id, leg.contact, caller, name, leg.offer_sdp(), withheld))

    def progress(self, leg: Leg, status: int, sdp: bytes | None) -> None:
        """A callee rings (180) or sends early media (183 with SDP); the caller hears of it while unanswered."""
        desk, caller = self._desk, self._desk.caller
        if not leg.outgoing or leg.state is LegState.ANSWERED or status < 180:
            return
        leg.state = LegState.RINGING
        if caller is None or caller.state is LegState.ANSWERED or not caller.live:
            return
        if sdp and self._hunt is not None and self._hunt.ringing() == [leg.id] and self._takes(leg, sdp):
            desk.connect(leg)
            desk.emit(do.Ring(caller.id, 183, caller.answer_sdp()), do.Bridge(caller.id, leg.id))
        elif caller.state is LegState.NEW:
            caller.state = LegState.RINGING
            desk.emit(do.Ring(caller.id))

    def _takes(self, leg: Leg, sdp: bytes) -> bool:
        try:
            leg.accept_sdp(sdp)
        except NotAcceptable as error:
            self._desk.step("media.not_acceptable", f"{leg.party} answered with media we do not speak: {error}")
            return False
        return leg.negotiated is not None

    def answered(self, leg: Leg, sdp: bytes) -> None:
        """A callee answered: the first one wins, everybody else stops ringing."""
        desk = self._desk
        if self._hunt is None:
            desk.hang_up(leg, ELSEWHERE)
            return
        if not self._takes(leg, sdp):
            desk.emit(do.EndLeg(leg.id, 88, "incompatible destination"))
            self.failed(leg, 488, "incompatible destination")
            return
        leg.state, leg.answered_at = LegState.ANSWERED, desk.now
        self.stop(ELSEWHERE, but=leg.id)
        desk.connect(leg)
        desk.watch(leg)
        desk.step("dial.answered", f"{leg.label} answered", party=leg.party, leg=leg.id)
        self._won(leg)

    def failed(self, leg: Leg, status: int, reason: str) -> None:
        """A callee's INVITE ended without an answer: try the next contact, or give up."""
        desk, hunt = self._desk, self._hunt
        desk.step("dial.failed", f"{leg.label}: {status} {reason}", party=leg.party, status=status)
        desk.close(leg, Cause(status, 31, reason))
        if hunt is None:
            return
        hunt.failed(leg.id, status)
        for silenced in hunt.silenced():
            desk.hang_up(desk.legs[silenced], UNANSWERED)
            hunt.failed(silenced, 603)
        self._ring_next()

    def timed_out(self) -> None:
        """The ring time is over."""
        if self._hunt is not None:
            self._desk.step("dial.timeout", f"Nobody answered within {self._hunt.ring_s:.0f} s")
            self._finish("no_answer")

    def stop(self, cause: Cause, but: str | None = None) -> None:
        """Nobody rings any more but the one named."""
        desk, hunt, self._hunt = self._desk, self._hunt, None
        if hunt is None:
            return
        desk.emit(do.CancelTimer("ring"))
        for leg_id in hunt.ringing():
            if leg_id != but:
                desk.hang_up(desk.legs[leg_id], cause)

    def _finish(self, outcome: Outcome) -> None:
        self.stop(UNANSWERED)
        self._over(outcome)
