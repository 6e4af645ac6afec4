"""What a call does with its caller now: the script that speaks to them, the dial that rings for them, who talks with them.

A transfer sets another scene (`run`): the one who stays becomes the caller of a new script. The old scene can be kept and
come back (`restore`), while a `returnable` script gives its caller back instead of following a no-answer rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from configdb.features import codes_of
from configdb.snapshot import TenantView
from ivr import effects as ask
from ivr import events as happened
from ivr.session import Session
from ivr.steps import Step
from ivr.talk import Caller
from softswitch.calls import causes, hold
from softswitch.calls import effects as do
from softswitch.calls.back import back
from softswitch.calls.contact import Contact, Located
from softswitch.calls.desk import Desk
from softswitch.calls.dialling import UNANSWERED, Dialling
from softswitch.calls.hunt import Outcome
from softswitch.calls.keys import Keys
from softswitch.calls.lasting import Lasting, lasting
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.calls.recordings import Recordings
from softswitch.calls.redirects import instead
from softswitch.calls.script import Script
from softswitch.calls.table import Guest, Table
from softswitch.routing.route import Route
from softswitch.sip.address import NameAddr

BUSY_TONE_S = 3.0
LIMIT_S = 5.0  # as long as the announcement

Locate = Callable[[ask.Party], Located]


class Audience(Protocol):
    """Who wants to know how it goes on: the transfers of the call."""

    def rang(self, status: int) -> None:
        """Somebody who was dialled rings."""

    def reached(self) -> None:
        """The caller talks, with a person or with a flow."""

    def given_back(self, status: int) -> None:
        """Nobody could be reached, and the script was returnable."""

    def parked(self, slot: str) -> None:
        """The caller is parked there."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What can be put aside: the route that is followed and the script that follows it."""

    route: Route
    locate: Locate
    script: Script
    transferred: bool = False


class Stage:
    """One scene at a time. `end(cause)` is the call's."""

    audience: Audience

    def __init__(
        self, desk: Desk, route: Route, view: TenantView, locate: Locate, end: Callable[[Cause], None]
    ) -> None:
        self._desk, self._view, self._end = desk, view, end
        self.left: Cause | None = None
        self._quiet = False
        self.recordings = Recordings(desk)
        self.table = Table(desk)
        self.keys = Keys(desk, lambda: codes_of(view.tenant.codes), self.table.apart, back(self.together))
        self.slots: list[str] = []
        told = back(self._identity), back(self._won), back(self._nobody), back(self._rang)
        self.dialling = Dialling(desk, *told, view.tenant.machine_after_s)
        self.scene = self._scene(
            route, locate, Caller(route.caller, desk.ledger.identity["from_name"], route.user, route.dialled)
        )

    # -- scenes ----------------------------------------------------------------------------------------------------

    def _scene(self, route: Route, locate: Locate, caller: Caller, transferred: bool = False) -> Scene:
        if route.document is None:
            raise ValueError("a call needs a route that was accepted")
        session = Session(self._view, route.document, caller)
        told = back(self._dial), back(self._hang_up), back(self._back), back(self._spoke)
        script = Script(self._desk, session, self.recordings, back(self.answer_caller), *told)
        return Scene(route, locate, script, transferred)

    def run(self, route: Route, locate: Locate, returnable: bool = False, at: Mapping[str, Any] | None = None) -> None:
        """The caller, who is answered, goes where the route says; `at`: to a place in its flow."""
        caller = self._desk.caller
        if caller is None:
            return
        self.scene.script.leave(caller, keeps_place=at is not None)
        number, name = self._shown(caller)
        self._desk.emit(self._desk.ledger.known())
        who = Caller(number, name, caller.user, route.dialled, self.recordings.said)
        self.scene = self._scene(route, locate, who, transferred=True)
        self.scene.script.returnable = returnable
        self.scene.script.start(answered=True, at=at)

    @property
    def lasting(self) -> Lasting:
        """Who can go on in another process."""
        return lasting(self._desk, self.table, self.scene.script.session, self.slot)

    def resume(self, alone: Route | None, locate: Locate, place: Mapping[str, Any] | None) -> None:
        """Another process had the call: its two hear each other; or who was `alone` is parked again, or at a place of a flow."""
        self.feed(happened.CallerGone())
        if alone is not None:
            self.run(alone, locate, at=place)
            return
        self.table.arrange()
        self._desk.emit(self._desk.ledger.seen("talking", self._desk.peer.label if self._desk.peer else None))

    def again(self) -> None:
        """The script begins anew, for a caller who took the place of another; in a queue they wait on in that place."""
        scene, caller = self.scene, self._desk.caller
        if caller is None:
            return
        place, (number, name) = scene.script.place, self._shown(caller)
        if place is not None:
            place = {**place, "variables": {**place["variables"], "caller": number, "caller_name": name or ""}}
        self.run(scene.route, scene.locate, at=place)

    def restore(self, scene: Scene) -> None:
        """What was kept goes on."""
        self.scene = scene

    def close(self) -> None:
        """No script speaks any more."""
        if self._desk.caller is not None:
            self.scene.script.left(self._desk.caller)
        self.feed(happened.CallerGone())

    def feed(self, event: happened.Event) -> None:
        """Something the script may wait for."""
        self.scene.script.feed(event)

    def parked(self, slot: str | None) -> None:
        """A slot was found, or none."""
        if slot is not None and slot not in self.slots:
            self.slots.append(slot)
        self.scene.script.slot = slot
        self.feed(happened.Parked(slot))
        if slot is not None:
            self.audience.parked(slot)
            self._desk.emit(self._desk.ledger.seen(where=f"slot {slot}"))

    @property
    def language(self) -> str:
        """What the company speaks."""
        return self._view.tenant.language

    @property
    def slot(self) -> str | None:
        """Where the caller is parked now. `slots` are all in which they ever were."""
        script = self.scene.script
        leaves = self._desk.peer is not None or self.dialling.active or script.done
        return None if leaves else script.slot

    # -- the caller's leg ------------------------------------------------------------------------------------------

    def answer_caller(self) -> None:
        """Pick up for the caller, once."""
        desk, leg = self._desk, self._desk.caller
        if leg is None or not leg.live or leg.state is LegState.ANSWERED:
            return
        leg.state, leg.answered_at = LegState.ANSWERED, desk.now
        desk.emit(do.AnswerLeg(leg.id, leg.our_sdp(), desk.answered_by))
        desk.watch(leg)
        desk.ledger.answered(desk.now)

    def _hang_up(self, cause_name: str) -> None:
        desk, caller = self._desk, self._desk.caller
        if self.scene.script.returnable:
            self._back(cause_name)
            return
        cause, refusal = causes.HANGUP_CAUSES[cause_name], self.dialling.refusal
        if cause_name == "normal":
            cause = self.left or cause
        elif refusal is not None and not desk.caller_answered:
            cause = causes.unreached(refusal) if cause_name == "failed" else causes.passed_on(refusal) or cause
        desk.ledger.cause = cause
        if cause_name == "normal" or caller is None or not desk.caller_answered:
            self._end(cause)
            return
        tone = do.PlayTo(caller.id, "goodbye", ("tone:busy",), loop=True)
        desk.emit(tone, do.StartTimer("goodbye", BUSY_TONE_S))

    # -- dialling --------------------------------------------------------------------------------------------------

    def _identity(self, contact: Contact) -> tuple[str, str | None, bool]:
        """Phones see who calls; carriers the number routing chose, or the tenant's own when a call goes out again."""
        route, caller = self.scene.route, self._desk.caller
        if contact.kind == "gateway" and route.direction == "inbound":
            return self._view.tenant.caller_id or route.dialled, None, False
        if contact.kind == "phone" and self.scene.transferred and caller is not None:
            return (*self._shown(caller), caller.withheld)
        name = None if self.scene.transferred else self._desk.ledger.identity["from_name"]
        return route.caller, name, route.withheld

    def _shown(self, leg: Leg) -> tuple[str, str | None]:
        """The number and name that others see of a leg's far end."""
        user = self._view.users.get(leg.user or "")
        return (user.extension, user.name) if user is not None else leg.connected or (leg.party, leg.name)

    def ringback(self) -> None:
        """A caller who is answered hears that it rings."""
        if self._desk.caller is not None and self._desk.caller_answered:
            self._desk.emit(do.PlayTo(self._desk.caller.id, "ringback", (self._desk.ringback,), loop=True))

    def _dial(self, wanted: ask.Dial | ask.StopDial) -> None:
        if isinstance(wanted, ask.StopDial):
            self.dialling.stop(UNANSWERED)
            return
        self._quiet = wanted.quiet
        if not wanted.quiet:
            self.ringback()
        found = tuple((party, self.scene.locate(party)) for party in wanted.parties)
        self.dialling.ring(found, wanted.ring_s, wanted.page)

    def redirected(self, leg: Leg, status: int, found: tuple[NameAddr, ...]) -> None:
        """A callee's INVITE got a 3xx: a gateway's is followed if its trunk may redirect, a phone's to an extension."""
        who = self.scene.script.session.caller
        there = instead(self._desk, leg.contact, found, who, self._view, self.scene.locate)
        self.dialling.redirected(leg, status, there)

    def _rang(self, status: int) -> None:
        self.audience.rang(status)

    def _spoke(self) -> None:
        self.audience.reached()

    def _back(self, outcome: str) -> None:
        refusal = self.dialling.refusal
        told = None if refusal is None else causes.passed_on(refusal)
        self.audience.given_back(told.sip or 480 if told is not None else causes.STATUS_OF_OUTCOME.get(outcome, 480))

    def _nobody(self, outcome: Outcome) -> None:
        caller = self._desk.caller
        if caller is None:
            self._end(UNANSWERED)
            return
        if self._desk.caller_answered and not self._quiet:
            self._desk.emit(do.StopPlaying(caller.id))
        self.feed(happened.DialDone(outcome, declined=self.dialling.declined, answer=self.dialling.answer))

    def fax(self, leg: Leg) -> None:
        """A caller that is a fax machine goes where the flow has a way for it; who was rung or spoke is let go."""
        desk, script = self._desk, self.scene.script
        if leg is not desk.caller or not script.session.expects_fax:
            return
        self.dialling.stop(UNANSWERED)
        script.left(leg)
        peer = desk.peer
        self.part()
        if peer is not None:
            desk.hang_up(peer, causes.FAX)
        desk.emit(do.StopPlaying(leg.id))
        self.feed(happened.FaxHeard())

    def limited(self, step: Step, over: bool) -> None:
        """Those who talk hear that a limit is near, or that it is reached and the call ends."""
        desk, sound = self._desk, "sound:limit-reached" if over else "sound:limit-warning"
        desk.took(step)
        legs = [leg for leg in (desk.caller, desk.peer) if leg is not None and leg.state is LegState.ANSWERED]
        if over:
            self.part()
            desk.ledger.cause = causes.LIMIT
            desk.emit(do.StartTimer("limit", LIMIT_S))
        desk.emit(*(do.PlayTo(leg.id, "limit", (sound,)) for leg in legs))

    # -- talking ---------------------------------------------------------------------------------------------------

    def _won(self, leg: Leg) -> None:
        caller = self._desk.caller
        if caller is None:  # the one who asked for the call answered: now it runs like any other
            leg.role, self._desk.caller = "caller", leg
            self._desk.ledger.answered(self._desk.now)
            self.scene.script.start(answered=True)
            return
        if self.dialling.pages and self._desk.peer is not None:
            self.table.invite(Guest(leg, "page", caller.id))
            return
        if self.dialling.pages:
            self.table.listeners.add(leg.id)
        self.talk(leg)
        self.audience.reached()
        self.feed(happened.Connected(leg.party))

    def talk(self, peer: Leg) -> None:
        """The caller talks with `peer` from now."""
        desk, caller = self._desk, self._desk.caller
        if caller is None:
            return
        desk.peer = peer
        if desk.caller_answered:
            desk.emit(do.StopPlaying(caller.id))
        else:
            caller.shows = peer.id
            if peer.connected is not None and caller.user is not None:
                desk.emit(do.ShowParty(caller.id, *peer.connected))
            self.answer_caller()
        self.introduce(caller, peer)
        self.introduce(peer, caller)
        self.table.arrange()
        desk.ledger.talking(desk.now, self._name_of(peer))
        desk.emit(desk.ledger.known())
        desk.emit(desk.ledger.seen("talking", peer.label))
        hold.music(desk)
        if self._view.tenant.record_calls:
            self.record(caller)

    def record(self, caller: Leg) -> None:
        """Record who talks; who of them is outside and has not heard of it yet does now."""
        self.recordings.conversation(caller)
        if self._view.tenant.recording_notice != "none":
            self.recordings.tell(caller, self._desk.peer)

    def introduce(self, leg: Leg, other: Leg) -> None:
        """A phone of ours that talks with somebody else than it was told shows who that is."""
        if leg.user is None or leg.shows == other.id or leg.state is not LegState.ANSWERED:
            return
        leg.shows = other.id
        number, name = (None, None) if other.withheld else self._shown(other)
        self._desk.emit(do.ShowParty(leg.id, number, name))

    def together(self) -> None:
        """Caller and peer hear each other again."""
        self.table.arrange()
        hold.music(self._desk)

    def key(self, leg: Leg, digit: str, by: Literal["media", "info"]) -> bool:
        """A key while two talk: of a feature, and for the other one, where the media plane takes what it hears by itself."""
        partner = self._desk.partner(leg)
        if partner is None:
            return False
        self.keys.key(leg, digit)
        if partner.digits == "info":
            self._desk.emit(do.TellKey(partner.id, digit))
        elif by == "info":
            self._desk.emit(do.SendKeys(partner.id, digit))
        return True

    def _name_of(self, leg: Leg) -> str:
        user = self._view.users.get(leg.user or leg.party)
        return user.name if user is not None else leg.party

    def part(self) -> None:
        """Nobody talks with the caller any more, nor is music played to them or their partner."""
        desk, peer = self._desk, self._desk.peer
        for leg in (desk.caller, peer):
            if leg is not None:
                self.keys.forget(leg)
        self.table.part()
        desk.peer = None
        desk.ledger.talk_over(desk.now)
        if desk.caller is not None and desk.caller.live:
            held = ((desk.caller, peer), (peer, desk.caller))
            desk.emit(*(do.StopPlaying(a.id) for a, b in held if a and b and a.live and b.on_hold))

    def caller_left_three(self, leg: Leg, cause: Cause) -> bool:
        """Whether a caller who hung up leaves two who talk on."""
        desk, peer = self._desk, self._desk.peer
        third = self.table.next_party() if peer is not None else None
        if third is None or peer is None:
            return False
        desk.close(leg, cause)
        self.part()
        self.recordings.stop(leg)
        desk.caller = third
        self.talk(peer)
        return True

    def callee_left(self, leg: Leg, cause: Cause) -> None:
        """The one the caller talked with hung up."""
        desk = self._desk
        desk.close(leg, cause)
        self.part()
        self.left = cause
        desk.step("call.callee_left", f"{leg.label} hung up")
        third = self.table.next_party()
        if third is not None and desk.caller is not None:
            self.talk(third)
        elif self.scene.script.done:
            self._end(cause)
        else:
            self.feed(happened.DialDone("answered", leg.party))
