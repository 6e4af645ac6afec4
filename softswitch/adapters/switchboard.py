"""The live calls of the switch: feeds them what happens, performs the effects they return. Decides nothing.

Sessions (SIP), media events and timers find their call by leg, token or name; effects are performed in order. A call's
clock starts at the wall clock and then follows the monotonic one, so that a clock step changes no duration.

`feed` is the boundary of one call: whatever breaks in it is logged and ends that call with its record, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from twisted.logger import Logger

from ivr.effects import Wish
from ivr.events import TextSent
from logs.about import About
from media.plane import events as heard
from media.plane.client import Opened
from softswitch.adapters.errands import Errands
from softswitch.adapters.far_end import remote_of
from softswitch.adapters.ladder import ladder
from softswitch.adapters.legs import Deaf
from softswitch.adapters.live_call import Invite, LiveCall, OnLines, Referred, Signal
from softswitch.adapters.live_feed import LiveFeed
from softswitch.adapters.media import MediaPlane
from softswitch.adapters.media_address import told_of
from softswitch.adapters.media_family import media_family
from softswitch.adapters.quality import Quality
from softswitch.adapters.records import Records
from softswitch.adapters.sounds import Sounds
from softswitch.adapters.wreck import WRECK_S_MAX, end_sessions, quietly, wind_up
from softswitch.calls import effects as do
from softswitch.calls.call import Call
from softswitch.calls.causes import FAULT
from softswitch.calls.lines import Line, lines_of
from softswitch.peers.crossing import Side
from softswitch.peers.security import SrtpRule
from softswitch.transport.clock import Clock, stop
from softswitch.transport.session import Session
from softswitch.transport.trace import Trace, TraceEntry


class Switchboard:
    """All live calls. `invite` calls for a leg and attaches its session; `watched` is told of each change.

    released(leg): hears that a leg is over.  announce(kind, document): tells who watches the document's tenant.
    asked(call, wish): answers what sessions want of the whole switch.  over(call): hears that a call is.
    touched: the calls to which something has happened; who reads it begins a new one.
    """

    _log = Logger(namespace="softswitch.calls")

    def __init__(
        self,
        clock: Clock,
        records: Records,
        sounds: Sounds,
        trace: Trace,
        recordings: Path,
        watched: LiveFeed,
    ) -> None:
        self._clock, self._records, self.sounds, self._trace = clock, records, sounds, trace
        self._recordings, self._watched = recordings, watched
        self.media: MediaPlane
        self.invite: Invite
        self.referred: Referred
        self.orders: Callable[[LiveCall, do.Order], None]
        self.errands: Errands
        self.srtp_rule, self.media_public = SrtpRule(), tuple[str, ...]()
        self.on_lines: OnLines = _unwatched
        self.released: Callable[[str], None] = lambda _: None
        self.announce: Callable[[str, dict[str, Any]], None]
        self.asked: Callable[[LiveCall, Wish], None]
        self.over: Callable[[str], None] = lambda _: None
        self.quality = Quality(records.write)
        self.calls: dict[str, LiveCall] = {}
        self._by_leg: dict[str, LiveCall] = {}
        self._by_token: dict[str, LiveCall] = {}
        self._by_sip_call: dict[str, LiveCall] = {}
        self.touched: set[str] = set()
        self.total = 0

    # -- calls come and go -----------------------------------------------------------------------------------------

    def add(self, call: Call, view: Any, started_at: float, side: Side | None = None) -> LiveCall:
        """A call begins; the caller of this feeds it its first input."""
        live = LiveCall(call, started_at, self._clock.seconds(), view, side=side)
        self.calls[call.id] = live
        self.total += 1
        return live

    def attach(self, live: LiveCall, leg_id: str, session: Session) -> None:
        """A session carries a leg of the call."""
        live.sessions[leg_id] = session
        live.sip_call_ids[session.call_id] = leg_id
        self._trace.joined(session.call_id, next(iter(live.sip_call_ids)))
        if session.direction == "out":
            self._by_sip_call[session.call_id] = live
        self._by_leg[leg_id] = live

    def move(self, leg_id: str, source: LiveCall, target: LiveCall) -> None:
        """A leg leaves one call for another: what happens to it is told there, and its messages belong to both."""
        session = source.sessions.pop(leg_id)
        if leg_id in source.referrals:
            target.referrals[leg_id] = source.referrals.pop(leg_id)
        self.attach(target, leg_id, session)
        self.quality.moved(leg_id, target.call.id)

    def now(self, live: LiveCall) -> float:
        """Epoch seconds on the call's own clock."""
        return live.started_at + (float(self._clock.seconds()) - live.started_mono)

    def feed(self, live: LiveCall, step: Callable[[Call, float], tuple[do.Effect, ...]]) -> None:
        """Give the call an input and perform what it asks for: what is to be written first, at once."""
        if live.over:
            return
        with About(live.view.tenant.id, live.call.id):
            self.touched.add(live.call.id)
            effects, sound = tuple[do.Effect, ...](), True
            try:
                effects = step(live.call, self.now(live))
                self._write(live, effects)
            except Exception:  # the boundary of one call, see the module
                sound = self._fault(live)
            for effect in effects:
                if type(effect) is do.Write:
                    continue
                try:
                    self._perform(live, effect)
                except Exception:  # the same; the others are performed: what gives things back is among them
                    sound = self._fault(live)
            if not sound:
                self._broke(live)
            quietly("lamps", self._tell_lines, live)
            while live.opened:
                live.opened.pop(0)()

    def later(self, live: LiveCall, step: Callable[[Call, float], tuple[do.Effect, ...]]) -> None:
        """Feed it once the effects of now are performed."""
        self._clock.callLater(0, self.feed, live, step)

    def _write(self, live: LiveCall, effects: tuple[do.Effect, ...]) -> None:
        records = [effect.record for effect in effects if type(effect) is do.Write]
        if records:
            self._records.write(*records)
            live.closed |= records[-1]["kind"] == "call.close"

    def _tell_lines(self, live: LiveCall) -> None:
        before, live.lines = live.lines, lines_of(live.call)
        if live.lines != before:
            self.on_lines(live.view.tenant.id, before, live.lines)

    def _fault(self, live: LiveCall) -> Literal[False]:
        self._log.failure("call {call} broke and is ended", call=live.call.id)
        return False

    def _broke(self, live: LiveCall) -> None:
        """The call ends in order if its machine still can; else, or when that takes too long, without it."""
        if live.broken:
            self._abandon(live)
        elif not live.over:
            live.broken = True
            live.timers["wreck"] = self._clock.callLater(WRECK_S_MAX, self._abandon, live)
            self.feed(live, lambda call, now: call.hang_up(now, "call.broke", FAULT))
            end_sessions(live)

    def _abandon(self, live: LiveCall) -> None:
        if not live.over:
            wind_up(live, self.media, self._records, self.now(live))
            quietly("live feed", self._watched.changed, live.call.desk.ledger)
            quietly("lamps", self._tell_lines, live)
            quietly("the end of a call", self._finished, live)

    def of_leg(self, leg_id: str) -> LiveCall | None:
        """The call of a leg."""
        return self._by_leg.get(leg_id)

    def heritage(self, sip_call_id: str) -> frozenset[str]:
        """The URIs that led to an INVITE of ours which came back to us, those of its own forebears included."""
        came_from = self._by_sip_call.get(sip_call_id)
        return frozenset() if came_from is None else came_from.call.desk.heritage | came_from.call.desk.dialled

    def documents(self, tenants: Container[str] | None) -> list[dict[str, Any]]:
        """The live documents of tenants, or of all, oldest first."""
        found = (live for live in self.calls.values() if tenants is None or live.view.tenant.id in tenants)
        return [live.call.desk.ledger.document() for live in found]

    # -- what the media plane tells --------------------------------------------------------------------------------

    def media_event(self, event: heard.MediaEvent) -> None:
        """Find the call and feed it."""
        match event:
            case heard.RecordDone():
                self._recorded(event)
            case heard.Lost(reason):
                self._log.error("media plane: {reason}", reason=reason)
            case heard.Overload(busy_percent):
                self._log.warn("media plane is {busy} % busy", busy=round(busy_percent))
            case heard.Latched():
                pass
            case _:
                live = self._by_leg.get(event.leg)
                if live is not None:
                    self._leg_event(live, event)

    def _leg_event(self, live: LiveCall, event: heard.MediaEvent) -> None:
        match event:
            case heard.Digit(leg, digit):
                self.feed(live, lambda call, now: call.digit(leg, digit, now))
            case heard.PlayDone(leg, token):
                self.feed(live, lambda call, now: call.play_done(leg, token, now))
            case heard.Speaking(leg, on):
                self.feed(live, lambda call, now: call.ears.voice(leg, on, now))
            case heard.Secured(leg, suite):
                self.feed(live, lambda call, now: call.ears.secured(leg, suite, now))
            case heard.MediaFailed(leg, reason):
                self.feed(live, lambda call, now: call.ears.broke(leg, reason, now))
            case heard.Fax(leg, tone):
                self.feed(live, lambda call, now: call.ears.fax(leg, tone, now))
            case heard.RxTimeout(leg):
                self.feed(live, lambda call, now: call.ears.silent(leg, now))
            case heard.Window():
                self.feed(live, lambda call, now: call.quality(self.quality.window(event), now))

    def _recorded(self, event: heard.RecordDone) -> None:
        live = self._by_token.pop(event.token, None) or self._by_leg.get(event.leg)
        if live is not None:
            live.tokens.discard(event.token)
            self.feed(live, lambda call, now: call.record_done(event.token, event.seconds, event.reason, now))

    def media_lost(self, legs: Collection[str]) -> None:
        """A worker died: every call that had a leg there ends."""
        for live in [live for live in self.calls.values() if any(leg in legs for leg in live.call.desk.legs)]:
            self.feed(live, lambda call, now: call.media_lost(now))

    # -- effects ---------------------------------------------------------------------------------------------------

    def _perform(self, live: LiveCall, effect: do.Effect) -> None:
        if type(effect) in _OF_MEDIA:  # half of all: not asked what else it could be
            return self._media(live, effect)
        match effect:
            case do.Publish():
                quietly("live feed", self._watched.changed, live.call.desk.ledger)
            case do.StartTimer(name, seconds):
                self._stop_timer(live, name)
                live.timers[name] = self._clock.callLater(seconds, self._timer, live, name)
            case do.CancelTimer(name):
                self._stop_timer(live, name)
            case do.Ask(wish):
                self.asked(live, wish)
            case do.Finished():
                self._finished(live)
            case _ if isinstance(effect, Signal):
                live.signal(effect)
            case do.AcceptRefer() | do.RefuseRefer() | do.Report() | do.ShowParty():
                live.refer(effect)
            case _ if isinstance(effect, do.Order):
                self.orders(live, effect)
            case do.AskServer(request):
                self.errands.ask(live.view, request, lambda event: self.later(live, lambda c, now: c.told(event, now)))
            case do.SendText(token, to, text):
                sent = TextSent(token, self.errands.text(live.view, to, text))
                self.later(live, lambda call, now: call.told(sent, now))
            case do.InviteLeg():
                self._by_leg[effect.leg] = live
                self.invite(live, effect)
        return None

    def _media(self, live: LiveCall, effect: do.Effect) -> None:
        ask = self.media.ask
        match effect:
            case do.OpenMedia(leg):
                self._open(live, leg)
            case do.ConnectMedia():
                self._connect(live, effect)
            case do.CloseMedia(leg):
                self.released(leg)
                self._close(live, leg)
            case do.Bridge(a, b):
                self.media.bridge(a, b)
            case do.Unbridge(leg):
                self.media.unbridge(leg)
            case do.JoinRoom() | do.LeaveRoom():
                self.media.seat(effect)
            case do.SendKeys(leg, digits):
                ask("keys", leg, lambda m: m.send_dtmf(leg, digits))
            case do.SetRecording(token, mode):
                ask("recording", token, lambda m: m.record_mode(token, mode))
            case do.PlayTo():
                self._play(live, effect)
            case do.StopPlaying(leg):
                live.wanted.pop(leg, None)
                ask("stop", leg, lambda m: m.stop(leg))
            case do.WatchMedia(leg, seconds):
                ask("watch", leg, lambda m: m.rx_timeout(leg, seconds))
            case do.StartRecording():
                self._record(live, effect)
            case do.StopRecording(token):
                failed = self._lost_recording
                ask("stop recording", token, lambda m: m.stop_record(token), failed=lambda _: failed(token))

    def _open(self, live: LiveCall, leg: str) -> None:
        self._by_leg[leg] = live

        def opened(where: Opened) -> None:
            def step(call: Call, now: float) -> tuple[do.Effect, ...]:
                told, by = told_of(call.desk.legs[leg], where, self.srtp_rule, self.media_public)
                return call.media_opened(leg, told, where.port, now, by)

            self.feed(live, step)

        def failed(text: str) -> None:
            self.feed(live, lambda call, now: call.media_failed(leg, text, now))

        legs = live.call.desk.legs
        how = live.is_for_help(leg), not live.is_named_for(leg)
        at = self.media.open(leg, legs, media_family(legs[leg]), opened, failed, *how)
        if at is not None:
            live.opened.append(partial(opened, at))

    def _connect(self, live: LiveCall, effect: do.ConnectMedia) -> None:
        remote = remote_of(effect, live.signals_from(effect.leg))
        self.quality.connected(effect.leg, live.call.id, live.view.tenant.id, remote.codec)
        self.media.ask("remote", effect.leg, lambda m: m.remote(effect.leg, remote))

    def _close(self, live: LiveCall, leg: str) -> None:
        def closed(total: heard.LegStatistics | None) -> None:
            self.feed(live, lambda call, now: call.media_closed(leg, *self.quality.closed(leg, total), now))

        self.media.close(leg, closed)

    def _play(self, live: LiveCall, effect: do.PlayTo) -> None:
        """A newer play, or a stop, overtakes one whose words are still being spoken."""
        live.wanted[effect.leg] = effect

        def ready(sounds: list[str]) -> None:
            if live.wanted.get(effect.leg) is effect:
                leg, token, how = effect.leg, effect.token, (effect.loop, effect.stop_on_key)
                failed = partial(self.feed, live, lambda call, now: call.play_done(leg, token, now))
                self.media.ask("play", leg, lambda m: m.play(leg, token, sounds, *how), failed=lambda _: failed())

        self.sounds.resolve(live.view, effect.prompts, ready)

    def _record(self, live: LiveCall, effect: do.StartRecording) -> None:
        self._by_token[effect.token] = live
        live.tokens.add(effect.token)
        leg, token, path = effect.leg, effect.token, str(self._recordings / f"{effect.token}.wav")
        how, failed = (effect.kind, effect.seconds_max, effect.silence_s or 0.0), self._lost_recording
        self.media.record(leg, token, lambda m: m.record(leg, token, path, *how), failed=lambda _: failed(token))

    def _lost_recording(self, token: str) -> None:
        live = self._by_token.pop(token, None)
        if live is not None:
            self.feed(live, lambda call, now: call.record_done(token, 0.0, "failed", now))

    # -- timers and the end ----------------------------------------------------------------------------------------

    def _timer(self, live: LiveCall, name: str) -> None:
        live.timers.pop(name, None)
        self.feed(live, lambda call, now: call.timer(name, now))

    @staticmethod
    def _stop_timer(live: LiveCall, name: str) -> None:
        stop(live.timers.pop(name, None))

    def _finished(self, live: LiveCall) -> None:
        live.over = True
        for name in list(live.timers):
            self._stop_timer(live, name)
        for call_id in live.sip_call_ids:
            if self._by_sip_call.get(call_id) is live:  # an INVITE of ours that came back is in two calls
                del self._by_sip_call[call_id]
        for leg in {*live.call.desk.legs, *live.sessions}:
            self._by_leg.pop(leg, None)
            self.released(leg)
        for session in live.sessions.values():  # SIP remembers them for half a minute more, but not the call
            session.listener = Deaf()
        for token in live.tokens:
            self._by_token.pop(token, None)
        self.calls.pop(live.call.id, None)
        self.over(live.call.id)
        messages = ladder({call_id: self._messages(live, call_id) for call_id in live.sip_call_ids}, live.sip_call_ids)
        about = {"id": live.call.id, "call": live.call.id, "tenant": live.view.tenant.id}
        self._records.write({"kind": "messages", **about, "messages": messages})

    def _messages(self, live: LiveCall, call_id: str) -> list[TraceEntry]:
        """What was said in a dialog: kept when its leg has gone on to another call."""
        now_in = self._by_leg.get(live.sip_call_ids[call_id])
        return self._trace.take(call_id) if now_in in (live, None) else list(self._trace.get(call_id))


_OF_MEDIA = frozenset(get_args(do.Media) + get_args(do.Sound))


def _unwatched(tenant: str, before: Mapping[str, Line], after: Mapping[str, Line]) -> None:
    """Nobody watches."""
