"""The IVR session of a call: events go in, what it asks for goes to the desk, to the recordings or back to the call.

What it asks for waits while the caller, answered with an offer of ours, has not said yet what it takes: nothing that is
played would be heard before (RFC 3261 13.2.1: the answer comes with the ACK).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivr import effects as ask
from ivr.events import CallerGone, Event, FaxHeard, QueueRefused
from ivr.session import Session
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg
from softswitch.calls.live import State
from softswitch.calls.recordings import Recordings


class Script:
    """Runs one session, whose caller may be parked in a `slot`; `answer`, `dial` and the others are the call's: `back`
    takes a caller whom nobody answered, `spoke` hears that the flow itself speaks with the caller.
    """

    def __init__(
        self,
        desk: Desk,
        session: Session,
        recordings: Recordings,
        answer: Callable[[], None],
        dial: Callable[[ask.Dial | ask.StopDial], None],
        hang_up: Callable[[str], None],
        back: Callable[[str], None],
        spoke: Callable[[], None],
    ) -> None:
        self._desk, self._session, self._recordings = desk, session, recordings
        self._answer, self._dial, self._hang_up = answer, dial, hang_up
        self._back, self._spoke = back, spoke
        self._held: tuple[ask.Effect, ...] = ()
        self.slot: str | None = None
        self._in_room = False
        self._has_place = False
        self._timers: set[str] = set()

    def start(self, answered: bool = False, at: Mapping[str, Any] | None = None) -> None:
        """Begin, or go on at a place (`Session.kept`); `answered` when the caller was already (a two-leg call)."""
        if answered:
            self._session.answered_elsewhere()
        now = self._desk.time()
        self._perform(self._session.start(now) if at is None else self._session.resume(at, now))

    @property
    def done(self) -> bool:
        """It has nothing more to say."""
        return self._session.done

    @property
    def session(self) -> Session:
        """What it runs."""
        return self._session

    @property
    def returnable(self) -> bool:
        """Somebody waits to take the caller back, should nobody answer: no no-answer rule is followed meanwhile."""
        return self._session.returnable

    @returnable.setter
    def returnable(self, on: bool) -> None:
        self._session.returnable = on

    def feed(self, event: Event) -> None:
        """Something happened; after the end it changes nothing."""
        if isinstance(event, CallerGone) and self._has_place:
            self._wish(ask.QueueLeave("abandoned"))
        elif isinstance(event, FaxHeard) and self._has_place:
            self._wish(ask.QueueLeave("exit"))
        elif isinstance(event, QueueRefused) and event.reason != "anonymous":
            self._has_place = False
        if not self._session.done:
            self._perform(self._session.feed(event, self._desk.time()))

    def left(self, caller: Leg) -> None:
        """The caller goes elsewhere: out of the conference room, if they are in one."""
        if self._in_room:
            self._in_room = False
            self._desk.emit(do.QuitRoom(caller.id), do.LeaveRoom(caller.id))

    def leave(self, caller: Leg, keeps_place: bool = False) -> None:
        """The caller is sent elsewhere: nothing of this is waited for any more, nor do they wait in its queue."""
        self.left(caller)
        if self._has_place and not keeps_place:
            self._wish(ask.QueueLeave("exit"))
        timers, self._timers = self._timers, set()
        self._desk.emit(*(do.CancelTimer(f"ivr:{name}") for name in sorted(timers)))

    @property
    def place(self) -> Mapping[str, Any] | None:
        """Where a caller who waits in a queue is in the flow, for who takes their place there; None: they wait in none."""
        return self._session.kept() if self._has_place else None

    def heard(self) -> None:
        """The caller hears us: what waited for that is done."""
        held, self._held = self._held, ()
        self._perform(held)

    def _perform(self, effects: tuple[ask.Effect, ...]) -> None:
        for at, effect in enumerate(effects):
            if self._is_unheard:
                self._held += effects[at:]
                return
            self._perform_one(effect)

    @property
    def _is_unheard(self) -> bool:
        caller = self._desk.caller
        return caller is not None and self._desk.caller_answered and caller.negotiated is None

    def _perform_one(self, effect: ask.Effect) -> None:
        desk, caller = self._desk, self._desk.caller
        match effect:
            case ask.Took(step):
                desk.took(step)
            case ask.Hangup(cause):
                self._hang_up(cause)
            case ask.StartTimer(name, seconds):
                self._timers.add(name)
                desk.emit(do.StartTimer(f"ivr:{name}", seconds))
            case ask.CancelTimer(name):
                desk.emit(do.CancelTimer(f"ivr:{name}"))
            case ask.Dial() | ask.StopDial():
                self._dial(effect)
            case ask.ChangeUser(user, fields):
                desk.emit(do.ChangeUser(user, fields))
            case ask.ChangeDesk(device, user_at):
                desk.emit(do.ChangeDesk(device, user_at))
            case ask.AskWhenFree(user, target):
                desk.emit(do.AskWhenFree(user, target))
            case ask.Settle(keep, urgent):
                self._recordings.settle(keep, urgent)
            case ask.Consented(consent):
                self._recordings.consented(consent)
            case _ if isinstance(effect, ask.BoxWish):
                desk.emit(do.AskBox(effect))
            case ask.Park(slot):
                desk.emit(do.FindSlot(slot))
            case ask.Fetch():
                desk.emit(do.AskServer(effect))
            case ask.SendText(token, to, text):
                desk.emit(do.SendText(token, to, text))
            case ask.GiveBack(outcome):
                self._back(outcome)
            case ask.Answer() | ask.Play() | ask.StopPlay() | ask.Record() | ask.EnterRoom() | ask.InRoom():
                if caller is not None:
                    self._speak(effect, caller)
            case _:
                self._wish(effect)

    def _wish(self, wish: ask.Wish) -> None:
        """Ask the whole switch; what becomes of a place in a queue is kept in mind for a caller who hangs up."""
        match wish:
            case ask.QueueJoin(queue):
                self._has_place = True
                self._desk.ledger.queued(queue, self._desk.now)
            case ask.QueueLeave() | ask.QueueResult(_, "answered"):
                self._has_place = False
                self._desk.ledger.queue_over(self._desk.now)
        self._desk.emit(do.Ask(wish))

    def _speak(self, effect: ask.Spoken, caller: Leg) -> None:
        desk = self._desk
        match effect:
            case ask.EnterRoom(room, leads):
                self._in_room = True
                desk.emit(do.EnterRoom(caller.id, room, leads))
            case ask.InRoom(room, action):
                desk.emit(do.InRoom(caller.id, room, action))
            case ask.Answer():
                self._answer()
            case ask.Play(token, prompts, stop_on_key, loop):
                self._spoke()
                desk.emit(do.PlayTo(caller.id, token, prompts, loop, stop_on_key))
                desk.emit(desk.ledger.seen(self._doing(), self._where()))
            case ask.StopPlay():
                desk.emit(do.StopPlaying(caller.id))
            case ask.Record():
                self._recordings.spoken(caller, effect)

    def _where(self) -> str:
        if self._session.kind == "park" and self.slot is not None:
            return f"slot {self.slot}"
        return self._session.node or ""

    def _doing(self) -> State:
        if self._has_place:
            return "queue"
        return "voicemail" if self._session.kind in ("mailbox", "messages") else "menu"
