"""A call on the board, with what the driver needs for it; ids and the clock of its stamps."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from softswitch.calls import effects as do
from softswitch.calls.call import Call
from softswitch.calls.lines import Line
from softswitch.peers.crossing import Side
from softswitch.peers.identity import HIDDEN_HOST, told_of_answer, told_of_partner
from softswitch.peers.meter import Account
from softswitch.sip.causes import reason_value
from softswitch.sip.keys import DTMF_RELAY, relay_body
from softswitch.transport.clock import Delayed
from softswitch.transport.referral import Referral
from softswitch.transport.session import Session

Signal = do.Ring | do.AnswerLeg | do.RejectLeg | do.EndLeg | do.OfferLeg | do.AnswerOffer | do.RefuseOffer | do.TellKey


@dataclass(slots=True)
class LiveCall:
    """A call with what the driver needs for it. `side` is who began it; None when we did.

    tokens: its recordings that are not done.  wanted: what each leg is to hear.  closed: its last record is written.
    opened: tells it of ports that were there at once, when what it asked for is performed.
    broken: a fault of ours is ending it.  over: it is off the board.  payer: who pays for it beside tenant and user.
    """

    call: Call
    started_at: float
    started_mono: float
    view: Any
    sessions: dict[str, Session] = field(default_factory=dict)
    timers: dict[str, Delayed] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    sip_call_ids: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, do.PlayTo] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    opened: list[Callable[[], None]] = field(default_factory=list)
    side: Side | None = None
    closed: bool = False
    broken: bool = False
    over: bool = False
    payer: Account | None = None
    referrals: dict[str, Referral] = field(default_factory=dict)

    def is_for_help(self, leg: str) -> bool:
        """Whether a leg is one of an emergency call."""
        contact = self.call.desk.legs[leg].contact
        return self.call.route.emergency or (contact is not None and contact.emergency)

    def is_named_for(self, leg: str) -> bool:
        """Whether a leg is of a phone that shows a caller from outside: who that is may be found while its port is asked for."""
        contact = self.call.desk.legs[leg].contact
        return self.call.route.direction == "inbound" and contact is not None and contact.kind == "phone"

    def signals_from(self, leg: str) -> str | None:
        """The numeric address of a leg's far end, once it is known."""
        session = self.sessions.get(leg)
        return session.flow.host if session is not None and session.flow is not None else None

    def signal(self, effect: Signal) -> None:
        """Answer or end a leg; nothing when its session is over."""
        session = self.sessions.get(effect.leg)
        match effect:
            case _ if session is None:
                pass
            case do.Ring(_, status, sdp):
                session.ring(status, sdp)
            case do.AnswerLeg(_, sdp, by):
                host = session.request.request_uri.host
                session.identity = told_of_answer(self.side, self.view.users.get(by), host) or session.identity
                session.answer(sdp)
            case do.RejectLeg(_, status, reason, q850):
                session.reject(status, reason, (("Reason", reason_value(q850, reason)),))
            case do.EndLeg(_, q850, text):
                session.bye(reason_value(q850, text))
            case do.OfferLeg(_, sdp):
                session.reinvite(sdp)
            case do.AnswerOffer(_, sdp):
                session.answer_offer(sdp)
            case do.RefuseOffer(_, status):
                session.refuse_offer(status)
            case do.TellKey(_, digit):
                session.inform(DTMF_RELAY, relay_body(digit))

    def refer(self, effect: do.AcceptRefer | do.RefuseRefer | do.Report | do.ShowParty) -> None:
        """Answer the REFER of a leg, or report to it, nothing when nobody referred; or tell a leg who it talks with."""
        referral, session = self.referrals.get(effect.leg), self.sessions.get(effect.leg)
        match effect:
            case do.ShowParty(_, number, name) if session is not None:
                session.identify(told_of_partner(number, name, host_of(session)))
            case _ if referral is None:
                pass
            case do.AcceptRefer():
                referral.accept()
            case do.RefuseRefer(_, status):
                referral.refuse(status)
            case do.Report(_, status):
                referral.report(status)


def host_of(session: Session) -> str:
    """What the far end calls us: where it was called by somebody who hides, From does not say."""
    request = session.request
    if session.direction == "in":
        return request.request_uri.host
    return (request.to if request.from_.uri.host == HIDDEN_HOST else request.from_).uri.host


def new_leg_id() -> str:
    """An id for a leg or a recording."""
    return "l" + _unique()


def new_call_id() -> str:
    """An id for a call."""
    return "c" + _unique()


def _unique() -> str:
    """32 digits that nobody guesses, in order of time (as RFC 9562 5.7): what is filed together lies together on disk."""
    return f"{int(wall_clock() * 1000):012x}{secrets.token_hex(10)}"


def wall_clock() -> float:
    """Epoch seconds, for stamps alone."""
    return time.time()


Referred = Callable[[LiveCall, str, Referral], None]
"""Gets the REFER of a leg."""

OnLines = Callable[[str, Mapping[str, Line], Mapping[str, Line]], None]
"""Gets the tenant, and the lines of a call's users by leg as they were and as they are."""

Invite = Callable[[LiveCall, do.InviteLeg], None]
