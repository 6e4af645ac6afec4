"""Limits of calls outside while they are made and while they last: warns a minute before, then ends them with the reason."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import UTC, datetime

from configdb.carrier import Limits
from configdb.model import Trunk, User
from configdb.rates import Rate
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.state import Table
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls.contact import Contact
from softswitch.cluster.rows import tenant_of
from softswitch.peers.channels import Full
from softswitch.peers.meter import Account, Left, Meter
from softswitch.transport.clock import Clock, Delayed, stop

WARN_S = 60.0
LOOK_S_MAX = 30.0
"""How often what is left is worked out anew (others spend it too), and how much a crash can forget."""


class Spending:
    """Over one meter. `now` is epoch seconds that never step; `table` keeps what was used."""

    def __init__(
        self,
        clock: Clock,
        board: Switchboard,
        directory: Callable[[], Directory],
        table: Table,
        now: Callable[[], float],
    ) -> None:
        self._clock, self._board, self._directory, self._table, self._now = clock, board, directory, table, now
        self._meter = Meter()
        self._began = False
        self._timers: dict[str, Delayed] = {}
        self._warned: set[str] = set()

    def adopt(self, tenants: Container[str]) -> None:
        """Take back what tenants have used, and this node's trunks; a damaged row is forgotten."""
        for key, row in self._table.load().items():
            whose = tenant_of("spending", key, row)
            if self._began if whose is None else whose not in tenants:
                continue
            try:
                self._meter.restore(key, row, self._now())
            except (KeyError, TypeError, ValueError, ArithmeticError):
                self._table.put(key, None)
        self._began = True

    def begin(self, live: LiveCall, leg: str, contact: Contact, trunk: Trunk) -> Full | None:
        """A call to a gateway is about to be made; the limit that does not let it. Emergency calls are let through unmetered."""
        accounts, now = self._accounts(live, contact, trunk), self._now()
        return self._meter.begin(leg, accounts, self._rate(contact, trunk), now) if accounts else None

    def goes_on(self, live: LiveCall, leg: str, contact: Contact, trunk: Trunk) -> None:
        """A call to a gateway that the last run made costs on: it is no new one."""
        if accounts := self._accounts(live, contact, trunk):
            self._meter.goes_on(leg, accounts, self._rate(contact, trunk), self._now())
            self.answered(leg)

    def _rate(self, contact: Contact, trunk: Trunk) -> Rate | None:
        return self._directory().rates.rate(trunk.id, contact.party, datetime.fromtimestamp(self._now(), UTC))

    def _accounts(self, live: LiveCall, contact: Contact, trunk: Trunk) -> tuple[Account, ...]:
        if contact.emergency:
            return ()
        user = live.view.users.get(live.call.transfers.user or "")
        found = _of_tenant(live.view, user, live.payer)
        found.append(Account(f"trunk/{trunk.id}", f"trunk {trunk.id}", trunk.limits, "UTC", 503))
        return tuple(account for account in found if account.limits != Limits())

    def full(self, view: TenantView, user: User, payer: Account) -> Full | None:
        """The limit that would not let the user call outside just now, `payer` paying too."""
        return self._meter.full(tuple(_of_tenant(view, user, payer)), self._now())

    def answered(self, leg: str) -> None:
        """From now on it costs."""
        self._meter.answered(leg, self._now())
        if self._meter.rows(leg, self._now()):
            self._look(leg)

    def released(self, leg: str) -> None:
        """It is over."""
        stop(self._timers.pop(leg, None))
        self._warned.discard(leg)
        rows = self._meter.rows(leg, self._now())
        self._meter.end(leg, self._now())
        self._save(rows)

    def _save(self, rows: dict[str, dict[str, object]]) -> None:
        for key, row in rows.items():
            self._table.put(key, row)

    def _look(self, leg: str) -> None:
        self._timers.pop(leg, None)
        now = self._now()
        self._save(self._meter.rows(leg, now))
        left = self._meter.left(leg, now)
        if left is not None and left.seconds <= 0.5:
            self._say(leg, Step(left.code, f"The call ends: {left.text}", {"leg": leg}), True)
            return
        if left is not None and left.seconds <= WARN_S and leg not in self._warned:
            self._warned.add(leg)
            text = f"The call ends in {left.seconds:.0f} s: {left.text}"
            self._say(leg, Step("limit.warning", text, {"leg": leg, "left_s": round(left.seconds)}), False)
        self._timers[leg] = self._clock.callLater(_next_look_s(left), self._look, leg)

    def _say(self, leg: str, step: Step, over: bool) -> None:
        live = self._board.of_leg(leg)
        if live is not None:
            self._board.feed(live, lambda call, now: call.limited(step, over, now))


def _next_look_s(left: Left | None) -> float:
    if left is None:
        return LOOK_S_MAX
    ahead = left.seconds - WARN_S if left.seconds > WARN_S else left.seconds
    return min(LOOK_S_MAX, max(0.5, ahead))


def _of_tenant(view: TenantView, user: User | None, payer: Account | None) -> list[Account]:
    tenant = view.tenant
    found = [Account(f"tenant/{tenant.id}", tenant.name, tenant.limits, tenant.timezone)]
    if user is not None:
        found.append(Account(f"user/{tenant.id}/{user.id}", user.name, user.limits, tenant.timezone))
    return found if payer is None else [*found, payer]
