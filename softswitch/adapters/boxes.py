"""The voicemail of the node for calls: opens boxes, keeps marks in the history, greetings and PINs in the configuration.

Everything that a caller is told was done is durable then: marks are in the history, a forwarded message is in the spool.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, Protocol

from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from configdb.bus import Bus
from configdb.errors import Refused, Unknown
from configdb.log import Change
from configdb.model import Mailbox
from configdb.node import NodeSettings
from configdb.questions import Questions
from configdb.secrets import Sealer, SealError
from configdb.snapshot import Directory, TenantView
from history.activity import OPEN, RESOLVED, Activity, marked
from history.opened import open_history
from history.store import HistoryStore, StoreAway
from ivr.effects import AskRoom, BoxWish, ChangePin, ForwardMessage, KeepGreeting, KeepPrompt, MarkMessage, OpenBox
from ivr.events import BoxOpened, BoxTold, Changed, Message
from media.audio.wav import BadWave
from media.storage.local import LocalStore
from media.storage.names import BadName
from media.storage.store import MediaStore, NoSuchMedia, StoreError
from softswitch.adapters.box_sounds import BoxSounds
from softswitch.adapters.live_call import LiveCall, new_leg_id
from softswitch.adapters.pin_locks import PinLocks
from softswitch.adapters.records import Records
from softswitch.adapters.sounds import Sounds
from softswitch.adapters.state import StateLog
from vault.peers import OtherNodes, others_of
from vault.retention import DELETED
from vault.stores import open_vault

MESSAGES_MAX = 100
SWEEP_S = 3600.0
CANNOT = (StoreAway, StoreError, NoSuchMedia, BadName, BadWave, OSError, Refused, Unknown)
GREETING_NAMES = {
    "greeting": "greeting",
    "greeting_busy": "greeting while busy",
    "greeting_temporary": "temporary greeting",
    "spoken_name": "name",
}

Answer = Callable[[BoxOpened | BoxTold | Changed], None]


class Config(Protocol):
    """The configuration, as far as it is read and changed here."""

    @property
    def directory(self) -> Directory:
        """As it is now."""

    def transact(self, tenant: str, changes: Sequence[Change], actor: str, reason: str) -> Any:
        """Change it; blocks. Raises `Refused`, `Unknown`."""


class Boxes:
    """`waiting(tenant, mailbox)` counts the messages of a mailbox."""

    _log = Logger(namespace="softswitch.voicemail")

    def __init__(
        self,
        reactor: Any,
        data: Path,
        settings: NodeSettings,
        config: Config,
        state: StateLog,
        sealer: Sealer,
        bus: Bus,
        records: Records,
        waiting: Callable[[str, str], int],
        boot: str,
        wall: Callable[[], float],
        questions: Questions,
    ) -> None:
        self._reactor, self._config, self._sealer, self._bus = reactor, config, sealer, bus
        self._records, self._waiting, self._boot, self._wall = records, waiting, boot, wall
        self._locks = PinLocks(state.table("pins"), wall)
        self._history: Callable[[], HistoryStore] = cache(lambda: open_history(data, settings.history_url))

        def store() -> MediaStore:
            peers = OtherNodes(settings.name, questions, others_of(data, settings))
            return open_vault(data, settings, self._history().shelves, wall, peers=peers).media

        self.sounds = BoxSounds(data, cache(store), LocalStore(data / "media"))

    def start(self) -> None:
        """Tidy up, now and again."""
        deferToThread(self.sounds.sweep, self._wall()).addErrback(self._broken)
        self._reactor.callLater(SWEEP_S, self.start)

    def fetch(self, name: str, done: Callable[[Path | None], None]) -> None:
        """A medium as a file that can be played; None when it cannot be read now."""
        fetched = deferToThread(self.sounds.fetched, name)
        fetched.addErrback(self._unreadable).addCallback(done)

    def ask(self, live: LiveCall, wish: BoxWish, answer: Answer) -> None:
        """Calls `answer` once, later."""
        view = self._config.directory.tenants.get(live.view.tenant.id, live.view)
        match wish:
            case AskRoom(mailbox):
                box = view.mailboxes.get(mailbox)
                full = box is not None and self._waiting(view.tenant.id, mailbox) >= box.messages_max
                self._reactor.callLater(0, answer, BoxTold(full))
            case OpenBox(mailbox, pin):
                self._open(view, view.mailboxes.get(mailbox), pin, answer)
            case MarkMessage(_, message, mark):
                self._do(answer, partial(self._mark, view.tenant.id, message, mark, _actor(live)))
            case ForwardMessage():
                self._do(answer, partial(self._forward, live, wish))
            case KeepGreeting():
                self._do(answer, partial(self._keep_greeting, live, view, wish))
            case KeepPrompt():
                self._do(answer, partial(self._keep_prompt, live, view, wish))
            case ChangePin(mailbox, pin):
                self._locks.right(view.tenant.id, mailbox)
                self._do(answer, partial(self._set, live, view, mailbox, {"pin": self._sealer.seal(pin)}, "its PIN"))

    # -- opening ---------------------------------------------------------------------------------------------------

    def _open(self, view: TenantView, box: Mailbox | None, pin: str | None, answer: Answer) -> None:
        if box is None:
            self._reactor.callLater(0, answer, BoxOpened("unknown"))
            return
        refused = "" if pin is None else self._refused(view, box, pin)
        if refused:
            self._reactor.callLater(0, answer, BoxOpened(refused))
            return
        messages = deferToThread(self._messages, view.tenant.id, box.id)
        messages.addCallbacks(lambda found: answer(BoxOpened("open", found)), lambda why: self._shut(why, answer))

    def _refused(self, view: TenantView, box: Mailbox, pin: str) -> Literal["", "locked", "no_pin", "wrong"]:
        tenant = view.tenant.id
        if self._locks.locked(tenant, box.id):
            return "locked"
        try:
            right = box.pin is not None and hmac.compare_digest(self._sealer.open(box.pin), pin)
        except (SealError, TypeError):
            self._log.error("the PIN of mailbox {box} of {tenant} cannot be read", box=box.id, tenant=tenant)
            return "no_pin"
        if right:
            self._locks.right(tenant, box.id)
            return ""
        self._locks.wrong(tenant, box.id)
        self._log.warn("a wrong PIN for mailbox {box} of {tenant}", box=box.id, tenant=tenant)
        return "locked" if self._locks.locked(tenant, box.id) else "wrong"

    def _shut(self, failure: Failure, answer: Answer) -> None:
        failure.trap(*CANNOT)
        self._log.warn("a mailbox cannot be opened: {error}", error=failure.value)
        answer(BoxOpened("failed"))

    def _messages(self, tenant: str, mailbox: str) -> tuple[Message, ...]:
        """In a thread: urgent ones first, then the oldest."""
        found = [
            Message(
                one.id,
                one.media or "",
                one.at,
                one.from_,
                one.from_name,
                one.duration_s or 0.0,
                one.unread,
                "urgent" in one.flags,
            )
            for one in self._history().messages_in(tenant, mailbox, MESSAGES_MAX)
            if one.media is not None
        ]
        return tuple(sorted(found, key=lambda one: not one.urgent))

    # -- changes, each in a thread ---------------------------------------------------------------------------------

    def _do(self, answer: Answer, work: Callable[[], str]) -> None:
        deferToThread(work).addErrback(self._why).addCallback(lambda problem: answer(Changed(problem)))

    def _mark(self, tenant: str, message: str, mark: str, actor: str) -> str:
        now = self._wall()

        def make(found: Activity) -> Activity:
            flags = tuple(flag for flag in found.flags if flag != DELETED)
            match mark:
                case "deleted":
                    return marked(found, now, actor, unread=False, state=RESOLVED, flags=(*flags, DELETED))
                case "restored":
                    return marked(found, now, actor, state=OPEN, flags=flags)
            return marked(found, now, actor, unread=False)

        changed = self._history().update_activity(tenant, message, make)
        if changed is None:
            return "the message is gone"
        self._bus.publish(f"events.{tenant}.activity", changed.to_document())
        return ""

    def _forward(self, live: LiveCall, wish: ForwardMessage) -> str:
        tenant = live.view.tenant.id
        message = self._history().activity(tenant, wish.message)
        if message is None or message.media is None:
            return "the message is gone"
        token = new_leg_id()
        seconds = self.sounds.copied(tenant, message.media, wish.draft, token)
        about = {"id": token, "call": live.call.id, "tenant": tenant, "at": self._wall(), "boot": self._boot}
        where = {"path": f"recordings/{token}.wav", "mailbox": wish.to, "forwarded_by": _actor(live)}
        who = {"from": message.from_, "from_name": message.from_name}
        opened = {"kind": "voicemail.open", **about, **where, **who}
        closed = {"kind": "voicemail.close", **about, **where, "seconds": seconds, "urgent": "urgent" in message.flags}
        self._reactor.callFromThread(self._records.write, opened, closed)
        return ""

    def _keep_greeting(self, live: LiveCall, view: TenantView, wish: KeepGreeting) -> str:
        box = view.mailboxes.get(wish.mailbox)
        if box is None:
            return "the mailbox is gone"
        if wish.draft is None:
            return self._set(live, view, box.id, {wish.which: None}, f"no {GREETING_NAMES[wish.which]} of its own")
        media = self.sounds.prompt(view.tenant.id, wish.draft, self._wall())
        prompt = f"{box.id}-{wish.which.replace('_', '-')}"[-63:]
        name = f"{box.name}: {GREETING_NAMES[wish.which]}"[:120]
        made = Change("prompt", prompt, {"id": prompt, "name": name, "media": media, "text": ""})
        return self._set(live, view, box.id, {wish.which: prompt}, GREETING_NAMES[wish.which], made)

    def _keep_prompt(self, live: LiveCall, view: TenantView, wish: KeepPrompt) -> str:
        prompt = view.prompts.get(wish.prompt)
        if prompt is None:
            return "the prompt is gone"
        media = self.sounds.prompt(view.tenant.id, wish.draft, self._wall())
        document = prompt.model_dump(mode="json") | {"media": media, "text": ""}
        changes = [Change("prompt", prompt.id, document)]
        self._config.transact(view.tenant.id, changes, _actor(live), "a prompt recorded by telephone")
        return ""

    def _set(
        self, live: LiveCall, view: TenantView, mailbox: str, fields: Mapping[str, Any], what: str, *more: Change
    ) -> str:
        box = view.mailboxes.get(mailbox)
        if box is None:
            return "the mailbox is gone"
        change = Change("mailbox", box.id, box.model_dump(mode="json") | dict(fields))
        self._config.transact(view.tenant.id, [*more, change], _actor(live, box.id), f"{what} set by telephone")
        return ""

    # -- what goes wrong -------------------------------------------------------------------------------------------

    def _why(self, failure: Failure) -> str:
        failure.trap(*CANNOT)
        self._log.warn("voicemail: {error}", error=failure.value)
        return str(failure.value) or "it cannot be done now"

    def _unreadable(self, failure: Failure) -> None:
        failure.trap(*CANNOT)
        self._log.warn("a sound cannot be played: {error}", error=failure.value)

    def _broken(self, failure: Failure) -> None:
        self._log.failure("voicemail: tidying up", failure)


def boxes_of(sounds: Sounds, reactor: Any, *parts: Any) -> Boxes:
    """The voicemail of a node, whose messages its `sounds` can play; it tidies up once the reactor runs."""
    boxes = Boxes(reactor, *parts)
    sounds.fetch = boxes.fetch
    reactor.callLater(0, boxes.start)
    return boxes


def _actor(live: LiveCall, mailbox: str = "") -> str:
    """Who does it: the user whose phone this is, else whoever knows the PIN."""
    caller = live.call.desk.caller
    user = caller.user if caller is not None else None
    return f"user:{user}" if user is not None else f"mailbox:{mailbox}" if mailbox else "phone"
