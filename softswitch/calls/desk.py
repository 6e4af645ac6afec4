"""The desk a call works at: its legs, its ledger and the effects it has not yet returned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ivr.steps import Step
from softswitch.calls import effects as do
from softswitch.calls.effects import Effect
from softswitch.calls.ledger import Ledger
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.sip.offer_answer import Negotiated
from softswitch.sip.payloads import G711


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Limits of a call: longest call, and how long a leg may send no media before the call is given up.

    `codecs` are those of a leg that has none of its own, best first; `spoken` all that the media plane can.
    ours: hosts and ports at which this node takes SIP.
    """

    call_s_max: float = 14_400.0
    media_silent_s: float | None = 60.0
    codecs: tuple[str, ...] = G711
    spoken: tuple[str, ...] = G711
    ours: frozenset[tuple[str, int]] = frozenset()

    def usable(self, own: tuple[str, ...]) -> tuple[str, ...]:
        """What a leg can use of its own codecs; G.711 when there is nothing else."""
        return tuple(codec for codec in own or self.codecs if codec in self.spoken) or G711


@dataclass(slots=True)
class Desk:
    """Shared by the parts of one call. `now` is the time of the input being worked on.

    dialled: the URIs that the call sent an INVITE to; `heritage` those of the calls that it came back from (a loop).
    ringback: what a caller who was answered hears while somebody is rung.
    """

    ledger: Ledger
    settings: CallSettings
    new_id: Callable[[], str]
    now: float
    legs: dict[str, Leg] = field(default_factory=dict)
    caller: Leg | None = None
    peer: Leg | None = None
    dialled: set[str] = field(default_factory=set)
    heritage: frozenset[str] = frozenset()
    ringback: str = "tone:ringback"
    _out: list[Effect] = field(default_factory=list)

    def emit(self, *effects: Effect) -> None:
        """Ask the driver for these, in this order."""
        self._out.extend(effects)

    def flush(self) -> tuple[Effect, ...]:
        """Everything asked for since the last time."""
        out, self._out = tuple(self._out), []
        return out

    def step(self, code: str, text: str, **data: str | int | float | None) -> None:
        """A decision of the call itself; those of the session come as `Step` values to `took`."""
        self.took(Step(code, text, data))

    def took(self, step: Step) -> None:
        """Write a decision down, and tell who watches."""
        self.emit(self.ledger.step(self.now, step), self.ledger.seen())

    def signed(self, attestation: str, trunk: str) -> None:
        """The call went to a trunk with our word for its caller (RFC 8588)."""
        self.ledger.identity["attestation"] = attestation
        self.step("stir.signed", f"Signed for {trunk} with attestation {attestation}", attestation=attestation)

    def sent_on(self, by: str, trunk: str) -> None:
        """The call went to a trunk with the signatures it came with, and with ours that it was sent on (RFC 8946)."""
        self.step("stir.sent_on", f"To {trunk} with the caller's signature, and ours that {by} sent the call on", by=by)

    def named(self, name: str) -> None:
        """The company knows who calls: from now on the call is shown with the name."""
        self.ledger.identity["from_name"] = name
        if self.caller is not None:
            self.caller.name = name
        self.step("caller.known", f"{self.ledger.identity['from']} is {name}, of the contacts")

    def time(self) -> datetime:
        """`now` as the interpreter wants it."""
        return datetime.fromtimestamp(self.now, UTC)

    def live_leg(self, leg_id: str) -> Leg | None:
        """The leg of that id if it has not ended."""
        leg = self.legs.get(leg_id)
        return leg if leg is not None and leg.live else None

    @property
    def caller_answered(self) -> bool:
        """True while the caller's leg is answered and alive."""
        return self.caller is not None and self.caller.state is LegState.ANSWERED

    @property
    def answered_by(self) -> str | None:
        """The user whose phone talks with the caller; None while it is a menu, or a number outside."""
        return None if self.peer is None else self.peer.user

    def partner(self, leg: Leg | None) -> Leg | None:
        """Who talks with that leg; None when nobody does."""
        if self.caller is None or self.peer is None or leg is None:
            return None
        return {self.caller.id: self.peer, self.peer.id: self.caller}.get(leg.id)

    def add(self, leg: Leg) -> None:
        """A leg joins the call: it is written down and gets an RTP port."""
        self.legs[leg.id] = leg
        leg.codecs = self.settings.usable(leg.codecs)
        self.emit(self.ledger.leg_opened(leg), do.OpenMedia(leg.id))

    def connect(self, leg: Leg) -> None:
        """Tell the media plane what was negotiated."""
        if leg.negotiated is not None:
            self.emit(do.ConnectMedia(leg.id, leg.negotiated, leg.signalling_address, leg.digits))
            self._tell_secured(leg, leg.negotiated)

    def _tell_secured(self, leg: Leg, negotiated: Negotiated) -> None:
        if negotiated.rtc is None:
            self.secured(leg, negotiated.srtp.ours.suite if negotiated.srtp is not None else None)

    def secured(self, leg: Leg, suite: str | None) -> None:
        """What protects a leg's media now; None: nothing."""
        if suite is not None and suite != leg.secured:
            self.step("media.secured", f"Media with {leg.label} is protected by {suite}", leg=leg.id, suite=suite)
        elif suite != leg.secured:
            self.step("media.unsecured", f"Media with {leg.label} is no longer protected", leg=leg.id)
        leg.secured = suite

    def watch(self, leg: Leg, on: bool = True) -> None:
        """Watch (or no longer watch) that media comes from the leg."""
        self.emit(do.WatchMedia(leg.id, self.settings.media_silent_s if on else None))

    def hang_up(self, leg: Leg, cause: Cause) -> None:
        """End a leg from our side with whatever SIP needs now."""
        if not leg.live:
            return
        if leg.outgoing or leg.state is LegState.ANSWERED:
            self.emit(do.EndLeg(leg.id, cause.q850, cause.text))
        else:
            self.emit(do.RejectLeg(leg.id, cause.sip or 480, cause.text, cause.q850))
        self.close(leg, cause)

    def close(self, leg: Leg, cause: Cause) -> None:
        """A leg is over: give its port back."""
        leg.ended(self.now, cause)
        self.emit(do.CloseMedia(leg.id))

    def give_up(self) -> None:
        """Nobody says any more how the ended legs sounded: close them as they are."""
        for leg in self.legs.values():
            if leg.state is LegState.ENDED:
                leg.state = LegState.CLOSED
                self.emit(self.ledger.leg_closed(leg))
