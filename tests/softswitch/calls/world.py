"""A virtual world around one call: performs its effects on a virtual clock, with scripted phones and a scripted caller."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from configdb.log import Change, Entry
from configdb.model import SYSTEM
from configdb.replica import State, apply
from configdb.snapshot import Directory
from installer import demo_tenant
from ivr.behaviour import NOT_ASKED, WAITS, Availability, Reply, answered
from ivr.effects import AskRoom, OpenBox, Party, Turn
from ivr.events import BoxOpened, BoxTold, Changed, TextSent, TurnOf
from ivr.session import Session
from ivr.simulate import ANSWER_S, KEY_S, MESSAGE_S, REPLY_S, TALK_S, prompt_seconds_default
from softswitch.calls import effects as do
from softswitch.calls.call import Call
from softswitch.calls.causes import CANCELLED
from softswitch.calls.contact import Contact, Located
from softswitch.calls.desk import CallSettings
from softswitch.calls.ledger import Ledger
from softswitch.calls.leg import Cause, Leg
from softswitch.routing.route import Route
from softswitch.sip.crypto import IN_CLEAR, Protection

STEPS_OF_THE_CALL = (
    "call.",
    "media.",
    "record.",
    "dial.ring",
    "dial.unregistered",
    "dial.answered",
    "dial.failed",
    "dial.timeout",
    "mailbox.left",
    "mailbox.nothing",
)
ANSWERS = {"busy": (486, "Busy Here"), "declined": (603, "Decline")}
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
)
EVENTS_MAX = 3000


def entry(state: State, tenant: str, changes: list[Change]) -> State:
    """The state after one transaction."""
    applied = apply(state, Entry(state.sequence + 1, "", 0.0, "test", "test", tenant, tuple(changes)))
    assert not applied.problems, applied.problems
    return applied.state


def riverside(
    more: Mapping[tuple[str, str], dict[str, Any]] | None = None,
    patches: Mapping[tuple[str, str], dict[str, Any]] | None = None,
) -> Directory:
    """The demo tenant, with some objects replaced, some fields changed."""
    documents = demo_tenant.documents(lambda *_: ("a" * 32, "b" * 64)) | dict(more or {})
    changed = dict(patches or {})
    carrier = demo_tenant.trunk((5070,), 5070) | changed.pop(("trunk", demo_tenant.TRUNK), {})
    for key, fields in changed.items():
        documents[key] = documents.get(key, {"id": key[1]}) | fields
    unasked = {**carrier, "health": {"interval_s": 0}}  # a test hears of its own calls only
    trunk = Change("trunk", demo_tenant.TRUNK, unasked)
    changes = [Change(kind, id, document) for (kind, id), document in documents.items()]
    return entry(entry(State(), SYSTEM, [trunk]), demo_tenant.TENANT, changes).directory


def gateway(number: str, name: str = "gw", **more: Any) -> Contact:
    """A gateway of a trunk."""
    uri = f"sip:{number}@{name}"
    return Contact("gateway", number, f"{number} via {name}", uri, "192.0.2.8", 5060, "udp", trunk="t", **more)


@dataclass
class World:
    """`phones` says how each user behaves; `log` holds every effect, `records` what was written."""

    route: Route
    at: float
    phones: Mapping[str, Availability] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    replies: Mapping[str, Reply] = field(default_factory=dict)
    devices: Mapping[str, int] = field(default_factory=dict)
    answers: bool = True
    offer: bytes | None = SDP
    reliable: bool = False
    hops: int = 70
    gateways: tuple[Contact, ...] = ()
    settings: CallSettings = field(default_factory=CallSettings)
    protection: Protection = IN_CLEAR
    log: list[do.Effect] = field(default_factory=list)
    records: list[Mapping[str, Any]] = field(default_factory=list)
    finished: int = 0

    def __post_init__(self) -> None:
        numbers = itertools.count(1)
        tenant = self.route.view.tenant.id if self.route.view else "none"
        identity = {
            "id": "c1",
            "tenant": tenant,
            "direction": self.route.direction,
            "from": self.route.caller,
            "from_name": None,
            "to": self.route.dialled,
            "to_name": self.route.label,
            "trunk": None,
        }
        self.now = self.at
        self.call = Call(
            "c1",
            self.route,
            Ledger("c1", tenant, "boot", identity, self.at),
            self.locate,
            lambda: f"l{next(numbers)}",
            self.settings,
        )
        self._queue: list[tuple[float, int, Callable[[], tuple[do.Effect, ...]]]] = []
        self._order = itertools.count()
        self._dropped: set[int] = set()
        self._timers: dict[str, int] = {}
        self._playing: dict[str, int] = {}
        self._invited: dict[str, int] = {}
        self._ring_s = 0.0
        self._talking: str | None = None

    def locate(self, party: Party) -> Located:
        """The phones of a user, or the gateways."""
        if party.kind == "number":
            return Located(self.gateways or (gateway(party.id),))
        if self.phones.get(party.id) == "unregistered":
            return Located()
        count = self.devices.get(party.id, 1)
        return Located(
            tuple(
                Contact("phone", party.id, f"{party.id}-{n}", f"sip:{party.id}{n}@h", "192.0.2.7", 5060 + n, "udp")
                for n in range(count)
            )
        )

    # -- what a test does ------------------------------------------------------------------------------------------

    def start(self) -> World:
        """The caller's INVITE."""
        leg = Leg("caller", "caller", self.route.caller, "udp 192.0.2.9:5060", self.now, outgoing=False)
        leg.offer, leg.signalling_address = self.offer, "192.0.2.9"
        leg.offered, leg.hears_early_offers, leg.hops = self.offer is not None, self.reliable, self.hops
        self.perform(self.call.start(leg, self.now))
        return self

    def run(self, seconds: float = 36_000.0) -> World:
        """Let the time pass, until nothing more happens."""
        end = self.now + seconds
        for _ in range(EVENTS_MAX):
            if not self._queue or self._queue[0][0] > end:
                break
            self.now, number, happen = heapq.heappop(self._queue)
            if number not in self._dropped:
                self.perform(happen())
        self.now = max(self.now, min(end, self.now + seconds)) if seconds < 36_000 else self.now
        return self

    def caller_cancels(self) -> None:
        """CANCEL, which SIP answered already."""
        self.perform(self.call.ended("caller", CANCELLED, self.now))

    def hangs_up(self, leg: str) -> None:
        """BYE of a leg's far end."""
        self.perform(self.call.ended(leg, Cause(None, 16, "normal clearing"), self.now))

    # -- what a test looks at --------------------------------------------------------------------------------------

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """All steps in order."""
        return [record for record in self.records if record["kind"] == "step"]

    @property
    def codes(self) -> list[str]:
        """Their codes."""
        return [step["code"] for step in self.steps]

    @property
    def decisions(self) -> list[tuple[str, str | None, str]]:
        """The steps that routing and the interpreter took: (code, node, text)."""
        return [
            (step["code"], step["node"], step["text"])
            for step in self.steps
            if not step["code"].startswith(STEPS_OF_THE_CALL)
        ]

    @property
    def record(self) -> Mapping[str, Any]:
        """The finished call's record."""
        (found,) = [record["call"] for record in self.records if record["kind"] == "call.close"]
        return found

    def effects(self, kind: type[Any]) -> list[Any]:
        """All effects of a kind."""
        return [effect for effect in self.log if isinstance(effect, kind)]

    # -- effects ---------------------------------------------------------------------------------------------------

    def perform(self, effects: tuple[do.Effect, ...]) -> None:
        """In order, as the switchboard does. Who watches is told of every step."""
        told = [type(effect) is do.Publish for effect in effects]
        for place, effect in enumerate(effects):
            step = isinstance(effect, do.Write) and effect.record["kind"] == "step"
            assert not step or any(told[place:]), effect
            self.log.append(effect)
            self._perform(effect)

    def later(self, seconds: float, happen: Callable[[], tuple[do.Effect, ...]]) -> int:
        """Something that happens then; its number, for `_dropped`."""
        number = next(self._order)
        heapq.heappush(self._queue, (self.now + seconds, number, happen))
        return number

    def _drop(self, number: int | None) -> None:
        if number is not None:
            self._dropped.add(number)

    def _perform(self, effect: do.Effect) -> None:
        call = self.call
        match effect:
            case do.Write(record):
                self.records.append(record)
            case do.OpenMedia(leg):
                by = self.protection if call.desk.legs[leg].outgoing else IN_CLEAR
                self.later(0, lambda: call.media_opened(leg, "192.0.2.1", 20_000, self.now, by))
            case do.CloseMedia(leg):
                self.later(0, lambda: call.media_closed(leg, {}, None, self.now))
            case do.StartTimer(name, seconds):
                self._drop(self._timers.get(name))
                self._timers[name] = self.later(seconds, lambda: call.timer(name, self.now))
                self._ring_s = seconds if name == "ring" else self._ring_s
            case do.CancelTimer(name):
                self._drop(self._timers.pop(name, None))
            case do.PlayTo():
                self._play(effect)
            case do.StopPlaying(leg):
                self._drop(self._playing.get(leg))
            case do.InviteLeg(leg, contact):
                self._invite(leg, contact)
            case do.EndLeg(leg):
                self._drop(self._invited.get(leg))
            case do.StartRecording(_, token, "voicemail", seconds_max):
                seconds = min(MESSAGE_S, seconds_max)
                self.later(seconds, lambda: call.record_done(token, MESSAGE_S, "key", self.now))
            case do.StopRecording(token):
                self.later(0, lambda: call.record_done(token, 3.0, "stopped", self.now))
            case do.AskBox(AskRoom()):
                self.later(0, lambda: call.told(BoxTold(False), self.now))
            case do.AskBox(OpenBox()):
                self.later(0, lambda: call.told(BoxOpened("open"), self.now))
            case do.AskBox():
                self.later(0, lambda: call.told(Changed(), self.now))
            case do.AskServer(request):
                reply = self.replies.get(self.session.node or "", NOT_ASKED)
                self.later(REPLY_S, lambda: call.told(answered(request, reply), self.now))
            case do.SendText(token):
                self.later(0, lambda: call.told(TextSent(token), self.now))
            case do.Bridge(_, callee):
                self._talking = callee
                self._invited[callee] = self.later(TALK_S, lambda: self._callee_hangs_up(callee))
            case do.Ask(Turn()):
                self.later(0, lambda: call.told(TurnOf(0), self.now))
            case do.Finished():
                self.finished += 1

    def _callee_hangs_up(self, callee: str) -> tuple[do.Effect, ...]:
        return self.call.ended(callee, Cause(None, 16, "normal clearing"), self.now)

    def _play(self, effect: do.PlayTo) -> None:
        self._drop(self._playing.get(effect.leg))
        if effect.loop:
            return
        length = sum(prompt_seconds_default(name) for name in effect.prompts)
        leg, token = effect.leg, effect.token
        self._playing[leg] = self.later(length, lambda: self.call.play_done(leg, token, self.now))
        if self.session.asks:
            self._key(leg, min(KEY_S, length))

    @property
    def session(self) -> Session:
        """What the caller goes through."""
        return self.call._stage.scene.script.session

    def _key(self, leg: str, seconds: float) -> None:
        key = self.keys.pop(0) if self.keys else WAITS
        if key != WAITS:
            self.later(seconds, lambda: self._pressed(leg, key))

    def _pressed(self, leg: str, key: str) -> tuple[do.Effect, ...]:
        effects = self.call.digit(leg, key, self.now)
        kinds = {type(effect) for effect in effects}
        if (
            self.session.asks
            and do.PlayTo not in kinds
            and any(isinstance(one, do.StartTimer) and one.name.startswith("ivr:") for one in effects)
        ):
            self._key(leg, KEY_S)
        return effects

    def _invite(self, leg: str, contact: Contact) -> None:
        if self.gateways and contact.kind == "gateway":
            return  # the test says what gateways do
        state = self.phones.get(contact.party, "free")
        if state in ANSWERS:
            status, reason = ANSWERS[state]
            self._invited[leg] = self.later(0.05, lambda: self.call.failed(leg, status, reason, self.now))
            return
        self.later(0.02, lambda: self.call.progress(leg, 180, None, self.now))
        if state == "free" and self.answers:
            seconds = min(ANSWER_S, self._ring_s) - 0.1
            self._invited[leg] = self.later(seconds, lambda: self.call.answered(leg, SDP, self.now))
