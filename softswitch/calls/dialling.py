"""Dialling: rings the contacts of the parties, connects early media, tells the call who answered or that nobody did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.effects import Party
from softswitch.calls import causes
from softswitch.calls import effects as do
from softswitch.calls.back import back
from softswitch.calls.contact import Contact, Located
from softswitch.calls.desk import Desk
from softswitch.calls.hunt import Hunt, Outcome
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.calls.machine import Machines
from softswitch.calls.screening import SCREEN_S, Screening
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.payloads import offered_to
from softswitch.sip.status import reason_of

ELSEWHERE = Cause(487, 26, "answered elsewhere")
REDIRECTS_MAX = 5
"""Addresses of 3xx answers that one dial follows."""

MEDIA_REFUSED = (415, 488, 606)
"""What a phone says that takes protected media alone, and was offered RTP/AVP with keys: it is offered RTP/SAVP then."""

ANSWER_AT_ONCE = (
    ("Answer-Mode", "Auto"),
    ("Call-Info", "<sip:intercom>;answer-after=0"),
    ("Alert-Info", "<urn:alert:source:internal>;info=alert-autoanswer;delay=0"),
)
"""RFC 5373, and the two ways in which phones that do not know it are told to answer by themselves."""

UNANSWERED = Cause(487, 19, "no answer")

Found = tuple[tuple[Party, Located], ...]


class Dialling:
    """One dial at a time. `won(leg)`, `over(outcome)` and `rang(status)` tell the call.

    identity(contact): who the called one sees.  greeting_s: see `Machines`.
    """

    def __init__(
        self,
        desk: Desk,
        identity: Callable[[Contact], tuple[str, str | None, bool]],
        won: Callable[[Leg], None],
        over: Callable[[Outcome], None],
        rang: Callable[[int], None],
        greeting_s: float,
    ) -> None:
        self._desk, self._identity, self._won, self._over, self._rang = desk, identity, won, over, rang
        self._hunt: Hunt | None = None
        self._redirects = 0
        self.refusal: Cause | None = None
        self.declined: tuple[str, ...] = ()
        self.answer = ""
        self._ringback = False
        self._pages, self._heard_by = False, 0
        taken = back(self._take)
        self.screening = Screening(desk, taken, back(self.failed))
        self.machines = Machines(desk, taken, back(self._machine), greeting_s)

    @property
    def active(self) -> bool:
        """Somebody is being rung."""
        return self._hunt is not None

    def ring(self, found: Found, ring_s: float, page: bool = False) -> None:
        """Ring everybody found; the first who answers talks, or with `page` everybody who does listens."""
        self._pages, self._heard_by = page, 0
        desk = self._desk
        self.refusal, self._redirects = None, 0
        found = tuple((party, _as_wanted(party, located)) for party, located in found)
        self._hunt = Hunt.of(tuple(party for party, _ in found), found, ring_s)
        for party, located in found:
            for step in located.steps:
                desk.took(step)
            if not located.contacts and not located.steps:
                desk.step("dial.unregistered", f"{party.id} has no phone registered", party=party.id)
        desk.emit(do.StartTimer("ring", ring_s), desk.ledger.seen("ringing", ", ".join(p.id for p, _ in found)))
        self._ring_next()

    def _ring_next(self) -> None:
        hunt, desk = self._hunt, self._desk
        if hunt is None:
            return
        for lane, contact in hunt.next_contacts():
            leg = Leg(desk.new_id(), "callee", contact.party, contact.uri, desk.now, outgoing=True, contact=contact)
            leg.signalling_address, leg.trunk = contact.host, contact.trunk
            leg.codecs = offered_to(desk.settings.usable(contact.codecs), self._spoken())
            leg.user = contact.party if contact.kind == "phone" else None
            leg.srtp, leg.transport, leg.digits = contact.srtp, contact.transport, contact.digits
            lane.leg = leg.id
            if self._loops(contact):
                hunt.failed(leg.id, 482)
                continue
            desk.step("dial.ring", f"Ring {contact.label}", party=contact.party, leg=leg.id)
            desk.add(leg)
        if hunt.over:
            self._finish(hunt.outcome())
        elif not hunt.ringing():
            self._ring_next()

    def _loops(self, contact: Contact) -> bool:
        """Whether this call came back from there, or has no hop left (RFC 3261 16.3)."""
        desk, caller = self._desk, self._desk.caller
        if contact.uri in desk.heritage:
            desk.step("dial.loop", f"{contact.label}: this call came back from there", party=contact.party)
            return True
        if caller is not None and caller.hops <= 1:
            desk.step("dial.hops", f"{contact.label}: too many hops", party=contact.party)
            return True
        desk.dialled.add(contact.uri)
        return False

    def invite(self, leg: Leg) -> None:
        """The leg's media is open: send the INVITE."""
        contact, desk = leg.contact, self._desk
        if contact is None:
            return
        try:
            sdp = leg.offer_sdp()
        except NotAcceptable as error:
            self.failed(leg, 488, str(error))
            return
        caller, name, withheld = self._identity(contact)
        leg.hops = leg.hops if desk.caller is None else desk.caller.hops - 1
        if contact.trunk is not None:
            desk.ledger.identity["trunk"] = contact.trunk
        leg.shows = None if desk.caller is None else desk.caller.id
        desk.emit(do.InviteLeg(leg.id, contact, contact.caller or caller, name, sdp, withheld, leg.hops))
        if contact.first_answer_s is not None:
            desk.emit(do.StartTimer(_silence(leg), contact.first_answer_s))

    def progress(self, leg: Leg, status: int, sdp: bytes | None) -> None:
        """A callee tries (100), rings (180) or sends early media (183 with SDP); the caller hears of it while unanswered."""
        desk, caller = self._desk, self._desk.caller
        self._spoke(leg)
        if not leg.outgoing or leg.state is LegState.ANSWERED or status < 180:
            return
        leg.state = LegState.RINGING
        leg.rang_at = desk.now if leg.rang_at is None else leg.rang_at
        self._rang(status)
        heard = bool(sdp) and sdp is not None and self._takes(leg, sdp)
        if caller is None or not caller.live:
            return
        policy = leg.contact.early_media if leg.contact is not None else "pass"
        alone = policy == "pass" and self._hunt is not None and self._hunt.ringing() == [leg.id]
        early = heard and alone
        if early:
            self._suit(leg)
            desk.connect(leg)
        if caller.state is not LegState.ANSWERED and policy == "ringback":
            self._ring_back(caller)
        elif caller.state is not LegState.ANSWERED:
            self._tell(caller, leg, 180 if policy == "ignore" and sdp else status, early)
        elif early:
            desk.emit(do.StopPlaying(caller.id), do.Bridge(caller.id, leg.id))

    def _is_settled(self, caller: Leg) -> bool:
        """The caller knows our codec, so it stays."""
        return caller.state is LegState.ANSWERED or 183 in caller.rang or self._ringback

    def _spoken(self) -> tuple[str, ...]:
        caller = self._desk.caller
        return () if caller is None else caller.spoken(self._is_settled(caller))

    def _suit(self, leg: Leg) -> None:
        """A caller who has no answer yet gets the codec of the one who was called: nothing needs to be transcoded."""
        caller = self._desk.caller
        if caller is None or leg.negotiated is None or self._is_settled(caller):
            return
        if caller.suit(leg.negotiated.codec):
            self._desk.connect(caller)

    def _tell(self, caller: Leg, leg: Leg, status: int, early: bool) -> None:
        """A provisional answer goes on to a caller who waits, each status once, early media as 183."""
        ours = caller.early_sdp() if early else None
        caller.state = LegState.RINGING
        if ours is not None:
            caller.rang.add(183)
            self._desk.emit(do.Ring(caller.id, 183, ours), do.Bridge(caller.id, leg.id))
        elif status not in caller.rang:
            caller.rang.add(status)
            self._desk.emit(do.Ring(caller.id, status))

    def _ring_back(self, caller: Leg) -> None:
        """Our own ringback instead of what the gateway sends; a caller without a description rings by himself."""
        ours = None if self._ringback else caller.early_sdp()
        caller.state = LegState.RINGING
        if ours is not None:
            self._ringback = True
            self._desk.emit(do.Ring(caller.id, 183, ours))
            self._desk.emit(do.PlayTo(caller.id, "ringback", (self._desk.ringback,), loop=True))
        elif not self._ringback and 180 not in caller.rang:
            caller.rang.add(180)
            self._desk.emit(do.Ring(caller.id))

    def silent(self, leg_id: str) -> None:
        """A gateway has not said a word to its INVITE: it is left for the next one, and cancelled should it wake up."""
        leg = self._desk.live_leg(leg_id)
        if leg is not None and leg.contact is not None:
            self._desk.emit(do.EndLeg(leg.id, 102, "no answer from the gateway"))
            self.failed(leg, 408, f"no answer within {leg.contact.first_answer_s:g} s")

    def portless(self, leg: Leg, text: str) -> None:
        """There is no port for a leg, which is cancelled if it is rung already."""
        if leg.local is not None:
            self._desk.emit(do.EndLeg(leg.id, 47, text))
        self.failed(leg, 500, text)

    def _spoke(self, leg: Leg) -> None:
        if leg.contact is not None and leg.contact.first_answer_s is not None:
            self._desk.emit(do.CancelTimer(_silence(leg)))

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
        self._spoke(leg)
        if leg.state is LegState.ANSWERED:
            return
        if self._hunt is None:
            desk.hang_up(leg, ELSEWHERE)
            return
        if not (self._takes(leg, sdp) if sdp else leg.negotiated is not None):
            desk.emit(do.EndLeg(leg.id, 88, "incompatible destination"))
            self.failed(leg, 488, "incompatible destination")
            return
        leg.state, leg.answered_at = LegState.ANSWERED, desk.now
        screened = leg.contact is not None and leg.contact.screened and desk.caller is not None
        if not screened:
            self._suit(leg)
        desk.connect(leg)
        desk.watch(leg)
        if screened:
            self.screening.ask(leg)
        elif leg.contact is not None and leg.contact.machines != "connect":
            self.machines.listen(leg, leg.contact.machines)
        else:
            self._take(leg)

    def _take(self, leg: Leg) -> None:
        """It is the one who talks, or one of those who listen."""
        desk = self._desk
        if self._pages and self._hunt is not None:
            self._heard_by += 1
            self._hunt.answered(leg.id)
            if self._hunt.over:
                self.stop(UNANSWERED)
        else:
            self.stop(ELSEWHERE, but=leg.id)
        desk.step("dial.answered", f"{leg.label} answered", party=leg.party, leg=leg.id)
        self._won(leg)

    def _machine(self, leg: Leg, what: str) -> None:
        """An answering machine, or a fax machine, is nobody to talk with."""
        if self._hunt is not None:
            self._hunt.machine = True
        self.failed(leg, 480, what)

    def rings(self, leg: Leg) -> bool:
        """Whether the leg is one that is being rung."""
        return self._hunt is not None and leg.id in self._hunt.ringing()

    def picked_up(self, leg: Leg) -> None:
        """Somebody answered for those who ring."""
        self.stop(ELSEWHERE)
        self._desk.step("dial.picked_up", f"{leg.label} picked the call up", party=leg.party, leg=leg.id)
        self._won(leg)

    def failed(self, leg: Leg, status: int, reason: str, q850: int | None = None) -> None:
        """A callee's INVITE ended without an answer: try the next contact, or give up."""
        desk, hunt, cause = self._desk, self._hunt, causes.of_failure(status, reason, q850)
        self._spoke(leg)
        self._forget(leg)
        desk.step("dial.failed", f"{leg.label}: {status} {reason}", party=leg.party, status=status)
        desk.close(leg, cause)
        if hunt is None:
            return
        other = leg.another_srtp if status in MEDIA_REFUSED else None
        is_gateway = leg.contact is not None and leg.contact.kind == "gateway"  # it would not have DTLS alone
        if other is not None and leg.contact is not None and not (other == "dtls" and is_gateway):
            hunt.redirected(leg.id, [replace(leg.contact, srtp=other)])
            self._ring_next()
            return
        self.refusal = cause if len(hunt.lanes) == 1 else None
        hunt.failed(leg.id, status)
        for silenced in hunt.silenced():
            self._hang_up(desk.legs[silenced], UNANSWERED)
            hunt.failed(silenced, 603)
        self._ring_next()

    def redirected(self, leg: Leg, status: int, contacts: tuple[Contact, ...]) -> None:
        """A callee's INVITE got a 3xx that may be followed: call there, nowhere twice (RFC 3261 8.1.3.4)."""
        desk, hunt = self._desk, self._hunt
        new = [contact for contact in contacts if contact.uri not in desk.dialled]
        new = new[: REDIRECTS_MAX - self._redirects]
        if hunt is None or not new:
            self.failed(leg, status, reason_of(status))
            return
        self._redirects += len(new)
        desk.step("dial.redirected", f"{leg.label}: {status}, go to {new[0].label}", party=leg.party, status=status)
        desk.close(leg, causes.of_failure(status, reason_of(status)))
        hunt.redirected(leg.id, new)
        self._ring_next()

    def timed_out(self) -> None:
        """The ring time is over; who is asked whether they take the call, or is listened to, has the time for that."""
        if self._hunt is not None and (self.screening.active or self.machines.active):
            self._desk.emit(do.StartTimer("ring", SCREEN_S))
            return
        self.refusal = None
        if self._hunt is not None:
            self._desk.step("dial.timeout", f"Nobody answered within {self._hunt.ring_s:.0f} s")
            self._finish("no_answer")

    def stop(self, cause: Cause, but: str | None = None) -> None:
        """Nobody rings any more but the one named."""
        desk, hunt, self._hunt = self._desk, self._hunt, None
        if hunt is None:
            return
        desk.emit(do.CancelTimer("ring"))
        if self._ringback and desk.caller is not None:
            desk.emit(do.StopPlaying(desk.caller.id))
        self._ringback = False
        for leg_id in hunt.ringing():
            if leg_id != but:
                self._hang_up(desk.legs[leg_id], cause)

    def _hang_up(self, leg: Leg, cause: Cause) -> None:
        self._spoke(leg)
        self._forget(leg)
        self._desk.hang_up(leg, cause)

    def _forget(self, leg: Leg) -> None:
        self.screening.forget(leg)
        self.machines.forget(leg)

    def _finish(self, outcome: Outcome) -> None:
        self.declined = self._hunt.declined() if self._hunt is not None else ()
        status = self._hunt.answer() if self._hunt is not None and outcome in ("failed", "unreachable") else None
        self.answer = "" if status is None else f"{status} {reason_of(status)}"
        self.stop(UNANSWERED)
        if not self._heard_by:
            self._over(outcome)

    @property
    def pages(self) -> bool:
        """Whoever answers listens, and is not heard."""
        return self._pages


def _as_wanted(party: Party, found: Located) -> Located:
    """Whoever answers there is asked or listened to first, or answers at once."""
    if not party.screened and not party.intercom and party.machines == "connect":
        return found
    headers = ANSWER_AT_ONCE if party.intercom else ()
    wanted = (
        replace(one, screened=party.screened, machines=party.machines, headers=(*one.headers, *headers))
        for one in found.contacts
    )
    return replace(found, contacts=tuple(wanted))


def _silence(leg: Leg) -> str:
    """The timer that runs until a gateway says its first word."""
    return f"silent:{leg.id}"
