"""The queues of this node: what calls ask of them, what phones do, what is kept; performs what the floor decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any, Protocol

from configdb.snapshot import Directory
from ivr import effects as ask
from ivr.events import AgentDone, TurnOf
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.state import StateLog
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls.lines import Line
from softswitch.cluster.rows import tenant_of
from softswitch.queues import effects as do
from softswitch.queues.floor import Floor
from softswitch.queues.place import Kind, Place
from softswitch.queues.rows import place_key, read_place
from softswitch.queues.verbs import verb
from softswitch.routing.numbers import ANONYMOUS
from softswitch.transport.clock import Clock, Delayed, stop

GATHER_S = 0.5  # figures are told as one, however many callers come at once


class CallBacks(Protocol):
    """Who makes the calls that were promised."""

    def call_back(self, wanted: do.CallBack, begun: Callable[[str], None]) -> str | None:
        """Ring the agent; `begun(call)` before anything can happen to the call. Why it is not possible, else None."""


class Queues:
    """Over one floor. `publish(tenant, document)` tells who watches the figures; `wall` is epoch seconds, read once."""

    def __init__(
        self,
        clock: Clock,
        board: Switchboard,
        state: StateLog,
        directory: Callable[[], Directory],
        calls: Callable[[], CallBacks],
        wall: Callable[[], float],
        dice: Callable[[], float],
        write: Callable[[Mapping[str, Any]], None],
        publish: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._clock, self._board, self._state, self._directory = clock, board, state, directory
        self._calls, self._write, self._publish = calls, write, publish
        self._table = state.table("queues")
        self._started_at, self._started_mono = wall(), float(clock.seconds())
        self._floor = Floor(dice)
        self._timer: Delayed | None = None
        self._changed: set[tuple[str, str]] = set()

    def now(self) -> float:
        """Epoch seconds on a clock that never steps."""
        return self._started_at + float(self._clock.seconds()) - self._started_mono

    def start(self) -> None:
        """Open; what is kept of tenants comes with `adopt`."""
        self.config_changed(self._directory())

    def adopt(self, tenants: Container[str], handed_over: bool = False) -> None:
        """This node serves these tenants from now. handed_over: by a node that lives; who waits there is served there."""
        rows = {
            key: row
            for key, row in self._table.load().items()
            if tenant_of("queues", key, row) in tenants and not (handed_over and row.get("kind") == Kind.PRESENT.value)
        }
        self.config_changed(self._directory())
        self._do(lambda floor: floor.restore(rows))

    def release(self, tenants: Container[str]) -> None:
        """Other nodes serve these tenants from now; what is kept of their queues stays kept."""
        self._do(lambda floor: floor.forget(tenants))

    def config_changed(self, directory: Directory) -> None:
        """The configuration is another one."""
        self._do(lambda floor: floor.configured(directory.tenants))

    def close(self) -> None:
        """No timer any more."""
        stop(self._timer)

    # -- what happens ----------------------------------------------------------------------------------------------

    def asked(self, live: LiveCall, wish: ask.Wish) -> None:
        """The `asked` of the switchboard: a session wants something."""
        call, tenant = live.call.id, live.view.tenant.id
        match wish:
            case ask.Turn(group):
                number = 0

                def turn(floor: Floor) -> None:
                    nonlocal number
                    number = floor.turn(tenant, group)

                self._do(turn)
                self._tell(do.Tell(call, TurnOf(number)))
            case ask.AgentWish(user, name):
                self._tell(do.Tell(call, AgentDone(self.order(verb(tenant, user, name)))))
            case ask.QueueJoin(queue, priority, skills):
                what = queue, _caller(live), priority, frozenset(skills), self._held(tenant, call, queue)
                self._do(lambda f: f.callers.join(call, tenant, *what))
            case ask.QueueAsk():
                self._do(lambda f: f.callers.ask(call))
            case ask.QueuePromise():
                self._do(lambda f: f.callers.promise(call))
            case ask.QueueLeave(reason):
                self._do(lambda f: f.callers.leave(call, reason))
            case ask.QueueResult(agent, outcome):
                self._do(lambda f: f.callers.result(call, agent, outcome))
            case ask.CallingBack(promise):
                self._do(lambda f: f.promises.may_call(promise, call))
            case ask.CalledBack(_, reached):
                self._do(lambda f: f.promises.called(call, reached))

    def _held(self, tenant: str, call: str, queue: str) -> Place | None:
        """The place that a call has in the queue, of the last run of the switch or of who was the caller before."""
        row = self._table.row(place_key(tenant, call))
        try:
            return None if row is None or row["queue"] != queue else read_place(tenant, call, row)
        except (KeyError, TypeError, ValueError):
            return None

    def over(self, call: str) -> None:
        """The `over` of the switchboard: a call is finished."""
        self._do(lambda floor: floor.callers.gone(call))

    def lines(self, tenant: str, before: Mapping[str, Line], after: Mapping[str, Line]) -> None:
        """The lines of a call's users have changed."""
        changes = _busy(after)
        changes.subtract(_busy(before))
        for user, change in changes.items():
            if change:
                self._do(partial(_line, tenant, user, change))

    def is_in_a_call(self, tenant: str, user: str) -> bool:
        """Whether a user is in any call, or rung for one."""
        return self._floor.staff.is_in_a_call(tenant, user)

    # -- what people ask -------------------------------------------------------------------------------------------

    def documents(self, tenant: str | None) -> list[dict[str, Any]]:
        """The live figures."""
        return self._floor.documents(self.now(), tenant)

    def document(self, tenant: str, queue: str) -> dict[str, Any] | None:
        """One queue with the people in it."""
        return self._floor.document(self.now(), tenant, queue)

    def order(self, what: Callable[[Floor], object]) -> bool:
        """A verb of an agent, or of who looks after the queues; whether it had any effect."""
        done: list[object] = []
        self._do(lambda floor: done.append(what(floor)))
        return bool(done[0])

    # -- effects ---------------------------------------------------------------------------------------------------

    def _do(self, what: Callable[[Floor], object]) -> None:
        effects = self._floor.do(self.now(), what)
        for effect in effects:
            if isinstance(effect, do.Save):
                self._table.put(effect.key, effect.row)
        for effect in effects:
            self._perform(effect)
        self._arm()

    def _perform(self, effect: do.Effect) -> None:
        match effect:
            case do.Tell(durable=True):
                self._state.durable(lambda: self._tell(effect))
            case do.Tell():
                self._tell(effect)
            case do.CallBack():
                self._clock.callLater(0, self._call_back, effect)
            case do.Write(record):
                self._write(record)
            case do.Changed(tenant, queue):
                if not self._changed:
                    self._clock.callLater(GATHER_S, self._publish_changed)
                self._changed.add((tenant, queue))
            case do.Save():
                pass  # saved by `_do`, before anybody is told

    def _tell(self, tell: do.Tell) -> None:
        """In another turn: the call may be in the middle of performing effects."""

        def feed() -> None:
            live = self._board.calls.get(tell.call)
            if live is not None:
                self._board.feed(live, lambda call, now: call.told(tell.reply, now))

        self._clock.callLater(0, feed)

    def _call_back(self, wanted: do.CallBack) -> None:
        why = self._calls().call_back(
            wanted, lambda call: self._do(lambda floor: floor.promises.calling(wanted.promise, call))
        )
        if why is not None:
            self._do(lambda floor: floor.promises.cannot(wanted.promise, why))

    def _publish_changed(self) -> None:
        changed, self._changed = self._changed, set()
        for tenant, queue in sorted(changed):
            document = self._floor.figures(self.now(), tenant, queue)
            if document is not None:
                self._publish(tenant, document)

    def _arm(self) -> None:
        stop(self._timer)
        at = self._floor.next_at
        self._timer = None if at is None else self._clock.callLater(max(0.0, at - self.now()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._do(lambda _: None)


def _line(tenant: str, user: str, change: int, floor: Floor) -> None:
    floor.staff.lines(tenant, user, change)


def _busy(lines: Mapping[str, Line]) -> Counter[str]:
    return Counter(line.user for line in lines.values() if line.state != "terminated")


def _caller(live: LiveCall) -> tuple[str | None, str | None]:
    leg = live.call.desk.caller
    if leg is None or leg.party == ANONYMOUS:
        return None, None
    user = live.view.users.get(leg.user or "")
    return (leg.party, leg.name) if user is None else (user.extension, user.name)
