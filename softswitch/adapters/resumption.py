"""A call that a killed run of the switch left goes on in this one: machine, dialogs and media of its legs are put together again.

Its media never stopped: the worker kept it. A call outside takes its channel again, and is metered from now on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twisted.logger import Logger

from configdb.snapshot import Directory, TenantView
from media.plane.client import Opened
from softswitch.adapters.accounts import Accounts
from softswitch.adapters.carriers import Carriers
from softswitch.adapters.legs import LegListener, policy_with
from softswitch.adapters.live_call import LiveCall, new_leg_id
from softswitch.adapters.locate import Locator, reached
from softswitch.adapters.media_address import told_of
from softswitch.adapters.spending import Spending
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.way_back import WayBack
from softswitch.calls import survival
from softswitch.calls.call import Call
from softswitch.calls.desk import CallSettings
from softswitch.calls.leg import Leg
from softswitch.calls.resumption import Resumed
from softswitch.peers.channels import Direction
from softswitch.peers.diverted import Diverted
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.locate import TRANSPORTS
from softswitch.transport import resumed
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.user_agent import UserAgent

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is needed of a call, read before anything is begun. `dialogs` has the row of each leg."""

    call: Call
    view: TenantView
    what: Resumed
    dialogs: Mapping[str, tuple[Row, resumed.Known]]


class Resumption:
    """`boot` names this run of the node; `now` is epoch seconds."""

    _log = Logger(namespace="softswitch.survivors")

    def __init__(
        self,
        board: Switchboard,
        agent: UserAgent,
        locator: Locator,
        directory: Callable[[], Directory],
        carriers: Carriers,
        accounts: Accounts,
        spending: Spending,
        way_back: WayBack,
        now: Callable[[], float],
        seconds: Callable[[], float],
        boot: str,
        settings: CallSettings,
    ) -> None:
        self._board, self._agent, self._locator, self._settings = board, agent, locator, settings
        self._directory, self._carriers, self._accounts, self._spending = directory, carriers, accounts, spending
        self._way_back = way_back
        self._now, self._seconds, self._boot = now, seconds, boot

    def resume(self, row: Row, found: Mapping[str, Opened]) -> list[str]:
        """Go on with a call whose legs were all found: the ids of the call, its legs and recordings. None: it cannot go on."""
        try:
            plan = self._plan(row) if row["kept"] and all(leg["id"] in found for leg in row["legs"]) else None
        except (KeyError, TypeError, ValueError, NotAcceptable) as error:
            self._log.error("a call of the last run cannot go on: {error!r}", error=error)
            return []
        if plan is None:
            return []
        live = self._board.add(plan.call, plan.view, self._now())
        for leg in plan.what.legs:
            self._take(live, leg, *plan.dialogs[leg.id], found[leg.id])
        for token, of in plan.what.recordings.items():
            self._board.media.goes_on(of, token)
        self._board.feed(live, lambda call, now: call.resume(plan.what, now))
        for leg in plan.what.legs:
            self._charge(live, leg)
        return [plan.call.id, *plan.dialogs, *plan.what.recordings]

    def _plan(self, row: Row) -> _Plan | None:
        """Raises KeyError, TypeError, ValueError or NotAcceptable for a row that is damaged, or of another release."""
        document = row["kept"]
        ledger = survival.ledger_of(document, self._boot)
        view = self._directory().tenants.get(ledger.tenant)
        if view is None:
            return None
        route = survival.route_of(document, view)
        locate = self._locator.of_call(view, route, Diverted())
        legs = tuple(survival.leg_of(leg) for leg in document["legs"])
        dialogs = {leg["id"]: (leg, resumed.read(leg)) for leg in row["legs"]}
        if set(dialogs) != {leg.id for leg in legs}:
            raise ValueError("the dialogs are not those of the legs")
        alone, place = survival.alone_of(document, route), survival.place_of(document, view)
        what = Resumed(legs, document["recordings"], alone, locate, place, document.get("recorded", {}))
        call = Call(ledger.id, route, ledger, locate, new_leg_id, self._settings)
        return _Plan(call, view, what, dialogs)

    def _take(self, live: LiveCall, leg: Leg, row: Row, known: resumed.Known, where: Opened) -> None:
        """Dialog and media of one leg; where it has a trunk, its channel and its price."""
        board = self._board
        told, by = told_of(leg, where, board.srtp_rule, board.media_public)
        leg.opened(told, where.port, by)
        trunk = self._directory().trunks.get(leg.trunk or "")
        way = reached(self._agent.exchange.paths, *row["way"])
        if isinstance(way, Destination) and trunk is None:
            way = gone(*row["way"]) or way
        policy, account = policy_with(self._agent.policy, trunk), self._accounts.of(trunk)
        session = resumed.ResumedSession(self._agent, leg.id, known, policy, leg.said, way, account)
        session.listener = LegListener(board, leg.id)
        if leg.user is not None and leg.phone is not None:
            session.phone = (live.view.tenant.id, leg.user, leg.phone)
        board.attach(live, leg.id, session)
        if isinstance(way, resumed.GoneFlow):
            self._way_back.lost((session,))
        if leg.negotiated is not None:
            board.quality.connected(leg.id, live.call.id, live.view.tenant.id, leg.negotiated.codec)
        if trunk is None:
            return
        direction: Direction = "out" if leg.outgoing else "in"
        taken = (leg.id, trunk, direction, live.view.tenant.id, self._seconds())
        self._carriers.channels.take(*taken, emergency=True)  # it is no new call: no limit stands in its way

    def _charge(self, live: LiveCall, leg: Leg) -> None:
        trunk = self._directory().trunks.get(leg.trunk or "")
        if leg.outgoing and leg.contact is not None and trunk is not None and not live.over:
            self._spending.goes_on(live, leg.id, leg.contact, trunk)


def gone(name: str | None, host: str, port: int, kind: str) -> resumed.GoneFlow | None:
    """The connection of the last run that a phone was reached over; None over UDP, or where there was none."""
    kinds = (known for known in TRANSPORTS if known == kind and known != "udp")
    return next((resumed.GoneFlow(name, host, port, known) for known in kinds), None) if name is not None else None


def written_way(way: Destination | Flow) -> list[str | int | None]:
    """As `reached` takes it."""
    if isinstance(way, Destination):
        return [None, way.host, way.port, way.transport or ("tls" if way.secure else "")]
    return [way.name, way.host, way.port, way.kind]
