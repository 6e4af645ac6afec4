"""A company's account is suspended or closed while its people talk: a warning first, then the calls are led to their end.

A minute later callers from outside are led to a mailbox, calls to the outside end with an announcement. Emergency calls go on,
and within the company everybody talks on until the account is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from configdb.log import Entry
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.transfers import Transfers
from softswitch.routing import standing
from softswitch.routing.route import Route
from softswitch.transport.clock import Clock, Delayed, stop

WARN_S = 60.0
AGAIN_S = 5.0
"""Who rings or is on the way somewhere cannot be led elsewhere just now."""


@dataclass(slots=True)
class _Ending:
    """A company whose calls end; `led` are those that were."""

    timer: Delayed
    led: set[str] = field(default_factory=set)


class Suspension:
    """Over the calls of the board."""

    def __init__(
        self, clock: Clock, board: Switchboard, transfers: Transfers, directory: Callable[[], Directory]
    ) -> None:
        self._clock, self._board, self._transfers, self._directory = clock, board, transfers, directory
        self._ending: dict[str, _Ending] = {}

    def config_changed(self, entry: Entry) -> None:
        """A company's account may be another one now."""
        if all(change.kind != "tenant" for change in entry.changes):
            return
        view = self._directory().tenants.get(entry.tenant)
        if view is None or view.tenant.in_service:
            ended = self._ending.pop(entry.tenant, None)
            stop(ended.timer if ended is not None else None)
        elif entry.tenant not in self._ending and (calls := self._calls(view)):
            text = f"The call ends in {WARN_S:.0f} s: {standing.why(view).text}"
            for live in calls:
                self._say(live, Step("account.warning", text), False)
            self._ending[entry.tenant] = _Ending(self._clock.callLater(WARN_S, self._over, entry.tenant))

    def _over(self, tenant: str) -> None:
        view, ending = self._directory().tenants.get(tenant), self._ending[tenant]
        calls = [live for live in self._calls(view) if live.call.id not in ending.led] if view is not None else []
        if view is None or not calls:
            del self._ending[tenant]
            return
        ending.led |= {live.call.id for live in calls if self._led(live, view)}
        ending.timer = self._clock.callLater(AGAIN_S, self._over, tenant)

    def _calls(self, view: TenantView) -> list[LiveCall]:
        """Those that began while the account allowed them, and that it does not allow any longer."""
        everything = view.tenant.status == "closed"
        mine = (live for live in self._board.calls.values() if live.view.tenant.id == view.tenant.id)
        return [
            live for live in mine if live.view.tenant.in_service and (everything or _outside(live)) and not _help(live)
        ]

    def _led(self, live: LiveCall, view: TenantView) -> bool:
        """Whether a call is on the way to its end."""
        about = live.call.desk.ledger.identity
        if about["direction"] != "inbound" or view.tenant.status == "closed":
            self._say(live, standing.why(view), True)
            return True
        number = view.numbers.get(str(about["to"]))
        document = standing.away(view, number.target if number is not None else None)
        caller, dialled, label = str(about["from"]), str(about["to"]), "mailbox"
        route = Route(view, "inbound", caller, dialled, label, document, steps=(standing.why(view),))
        return self._transfers.send(live, route, "caller") is None

    def _say(self, live: LiveCall, step: Step, over: bool) -> None:
        self._board.feed(live, lambda call, now: call.limited(step, over, now))


def _outside(live: LiveCall) -> bool:
    """Whether somebody from outside is in it."""
    peer = live.call.desk.peer
    return live.call.desk.ledger.identity["direction"] != "internal" or (peer is not None and peer.user is None)


def _help(live: LiveCall) -> bool:
    """Whether an emergency service is called."""
    contacts = (leg.contact for leg in live.call.desk.legs.values() if leg.live)
    return any(contact is not None and contact.emergency for contact in contacts)
