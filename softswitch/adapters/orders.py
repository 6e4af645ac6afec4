"""What calls ask of the rest of the switch: a setting of a user in the configuration, a slot to park in, a transfer by keys."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from configdb.errors import Refused, Unknown
from configdb.features import SLOTS_MAX
from configdb.log import Change
from configdb.snapshot import Directory
from ivr.events import Changed
from softswitch.adapters.boxes import Boxes
from softswitch.adapters.conferences import Conferences
from softswitch.adapters.incoming import Incoming
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.state import Table
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.transfers import Transfers
from softswitch.calls import effects as do
from softswitch.calls.call_backs import CallBack, CallBacks
from softswitch.calls.effects import Order
from softswitch.calls.lines import PARK
from softswitch.calls.slots import free_slot
from softswitch.transport.clock import Delayed

CALM_S = 5.0
"""After a start, or while no call can be made: when who waits for somebody is thought of again."""

Transact = Callable[[str, Sequence[Change], str, str], Any]
"""`ConfigClient.transact`: tenant, changes, actor, reason. Blocks."""


class Orders:
    """The `orders` of the switchboard. `wishes` keeps who waits for whom, `now` is epoch seconds that never step."""

    _log = Logger(namespace="softswitch.orders")

    def __init__(
        self,
        reactor: Any,
        board: Switchboard,
        transfers: Transfers,
        directory: Callable[[], Directory],
        transact: Transact,
        is_busy: Callable[[str, str], bool],
        incoming: Callable[[], Incoming],
        wishes: Table,
        now: Callable[[], float],
        boxes: Boxes,
        defer: Callable[..., Any] = deferToThread,
    ) -> None:
        self._board, self._transfers, self._directory = board, transfers, directory
        self.rooms = Conferences(board)
        self._reactor, self._is_busy, self._incoming = reactor, is_busy, incoming
        self._wishes, self._now = wishes, now
        self._waiting = CallBacks(wishes.put)
        self._next_look: Delayed | None = None
        self._boxes = boxes
        self._transact, self._defer = transact, defer

    def adopt(self, tenants: Container[str]) -> None:
        """Take back what was promised in tenants; who is free is called, a little later."""
        self._waiting.restore(
            {key: row for key, row in self._wishes.load().items() if key.partition("/")[0] in tenants}
        )
        self._look(CALM_S)

    def release(self, tenants: Container[str]) -> None:
        """Another node keeps what was promised in tenants."""
        self._waiting.leave(tenants)

    def __call__(self, live: LiveCall, effect: Order) -> None:
        """Do it; the call is told how it went."""
        match effect:
            case do.AskBox(wish):
                self._boxes.ask(live, wish, lambda reply: self._board.feed(live, lambda c, now: c.told(reply, now)))
            case do.ChangeUser():
                self._change(live, effect)
            case do.ChangeDesk():
                self._change_desk(live, effect)
            case do.FindSlot(wanted):
                slot = free_slot(self._taken(live), wanted, SLOTS_MAX)
                self._board.later(live, lambda call, now: call.parked(slot, now))
            case do.SendTo(leg, dialled):
                self._transfers.pressed(live, leg, dialled)
            case do.FetchOther(leg):
                self._transfers.fetch_other(live, leg)
            case do.AskWhenFree(user, target):
                fine = self._waiting.ask(CallBack(live.view.tenant.id, user, target), self._now())
                answer = Changed("" if fine else "too many wait to be called")
                self._board.later(live, lambda call, now: call.told(answer, now))
            case do.EnterRoom() | do.InRoom() | do.QuitRoom():
                self.rooms(live, effect)

    def lines_changed(self) -> None:
        """Somebody may be free now: who waited for that is called."""
        self._look(0)

    def _look(self, after_s: float) -> None:
        if self._waiting and self._next_look is None:
            self._next_look = self._reactor.callLater(after_s, self._call_back)

    def _call_back(self) -> None:
        """Those who are called are busy from then on. While the node takes no calls, it makes none."""
        self._next_look = None
        if self._incoming().is_full():
            self._look(CALM_S)
            return
        for wish in self._waiting.due(self._is_busy, self._now()):
            view = self._directory().tenants.get(wish.tenant)
            user = view.users.get(wish.user) if view is not None else None
            target = view.users.get(wish.target) if view is not None else None
            if view is not None and user is not None and target is not None:
                self._log.info("{user} is called: {target} is free", user=user.id, target=target.id)
                self._incoming().originate(view, user, target.extension)

    def parked(self) -> int:
        """How many calls are parked now."""
        return sum(any(live.call.slots.values()) for live in self._board.calls.values())

    def _taken(self, asks: LiveCall) -> frozenset[str]:
        """The slots of the tenant in which somebody else is parked."""
        tenant = asks.view.tenant.id
        others = (live for live in self._board.calls.values() if live is not asks and live.view.tenant.id == tenant)
        lines = (line for live in others for line in live.lines.values() if line.state != "terminated")
        return frozenset(line.user.removeprefix(PARK) for line in lines if line.user.startswith(PARK))

    def _change(self, live: LiveCall, effect: do.ChangeUser) -> None:
        view = self._directory().tenants.get(live.view.tenant.id)
        user = view.users.get(effect.user) if view is not None else None
        if user is None:
            self._tell(live, "there is no such user any more")
            return
        document = user.model_dump(mode="json") | dict(effect.fields)
        reason = f"{', '.join(effect.fields)} set by telephone"
        self._write(live, [Change("user", user.id, document)], f"user:{user.id}", reason)

    def _change_desk(self, live: LiveCall, effect: do.ChangeDesk) -> None:
        """Who logs in at one phone leaves every other at which they are a guest."""
        view = self._directory().tenants.get(live.view.tenant.id)
        device = view.devices.get(effect.device) if view is not None else None
        if view is None or device is None or not device.hot_desk:
            self._tell(live, "nobody may log in at this phone")
            return
        others = (one for one in view.devices.values() if one.id != device.id and one.home is not None)
        left = [one.of(None) for one in others if effect.user is not None and one.user == effect.user]
        changes = [Change("device", one.id, one.model_dump(mode="json")) for one in (device.of(effect.user), *left)]
        what = "logged out" if effect.user is None else f"{effect.user} logged in"
        self._write(live, changes, f"user:{effect.user or device.user}", f"{what} at {device.id} by telephone")

    def _write(self, live: LiveCall, changes: list[Change], actor: str, reason: str) -> None:
        """Change the configuration, off the reactor."""

        def failed(failure: Failure) -> None:
            failure.trap(Refused, Unknown)
            self._told(live, str(failure.value))

        asked = self._defer(self._transact, live.view.tenant.id, changes, actor, reason)
        asked.addCallbacks(lambda _: self._told(live, ""), failed)
        asked.addErrback(lambda failure: self._log.failure("a setting was not changed", failure))

    def _told(self, live: LiveCall, problem: str) -> None:
        self._board.feed(live, lambda call, now: call.told(Changed(problem), now))

    def _tell(self, live: LiveCall, problem: str) -> None:
        """The same, when what asks for it has been performed."""
        self._board.later(live, lambda call, now: call.told(Changed(problem), now))
