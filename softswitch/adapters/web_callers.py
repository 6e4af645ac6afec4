"""Visitors of web sites as callers: INVITEs with a pass instead of a password, and calls that ring the agents first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from configdb.model import User
from configdb.node import secret
from configdb.passes import Passes
from configdb.snapshot import Directory, TenantView
from configdb.widgets import Widget
from softswitch.adapters.incoming import Incoming
from softswitch.adapters.legs import Deaf
from softswitch.adapters.live_call import wall_clock
from softswitch.adapters.spending import Spending
from softswitch.calls.contact import Contact
from softswitch.control import verbs
from softswitch.control.messages import ControlError
from softswitch.control.server import Operation
from softswitch.peers.crossing import Side
from softswitch.peers.meter import Account
from softswitch.routing.web import route_click, route_visitor
from softswitch.sip.message import Request
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.listener import SessionListener

VISITOR = "visitor."
"""How the user part of a Request-URI begins that holds a pass."""

PURPOSE = "visitor"
RING_S = 30.0


class WebCallers:
    """`passes` takes what the web process issued; `wall` is epoch seconds."""

    _log = Logger(namespace="softswitch.web")

    def __init__(
        self,
        incoming: Incoming,
        spending: Spending,
        contacts: Callable[[TenantView, str], tuple[Contact, ...]],
        directory: Callable[[], Directory],
        passes: Passes,
        wall: Callable[[], float],
    ) -> None:
        self._incoming, self._spending, self._contacts = incoming, spending, contacts
        self._directory, self._passes, self._wall = directory, passes, wall

    def table(self) -> dict[str, Operation]:
        """Operations of the control socket."""
        return {"click": self._click}

    def arrived(self, session: IncomingSession, request: Request) -> SessionListener | None:
        """The call of a visitor; None when the INVITE is none. A pass that is not good any more gets 403, never a challenge."""
        user = request.request_uri.user or ""
        if not user.startswith(VISITOR):
            return None
        facts = self._passes.take(PURPOSE, user.removeprefix(VISITOR))
        view, widget = self._widget(*facts) if facts is not None and len(facts) == 2 else (None, None)
        if view is None or widget is None:
            self._log.info("403: a visitor without a pass")
            session.reject(403, "Forbidden")
            return Deaf()
        if not session.admit(session.policy):
            return Deaf()
        return self._incoming.begin(session, request, route_visitor(view, widget), None, Side.UNTRUSTED, None)

    def _widget(self, tenant: str, id: str) -> tuple[TenantView | None, Widget | None]:
        view = self._directory().tenants.get(tenant)
        found = view.objects.get("widget", {}).get(id) if view is not None else None
        return view, found if isinstance(found, Widget) else None

    def _click(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: tenant, widget, to (E.164). Nothing is sent to anybody when a limit is reached or no agent is there."""
        verbs.check_version(request)
        view, widget = self._widget(str(request.get("tenant")), str(request.get("widget")))
        if view is None or widget is None:
            raise ControlError("no_widget", "there is no such widget", 404)
        agents = [view.users[id] for id in widget.agents if id in view.users and not view.users[id].dnd]
        ringing = tuple(contact for agent in agents for contact in self._contacts(view, agent.id))
        if not ringing or self._incoming.is_full():
            raise ControlError("nobody", "nobody can take the call now", 409)
        return {"call": self._called(view, widget, agents[0], str(request.get("to")), ringing)}

    def _called(self, view: TenantView, widget: Widget, agent: User, number: str, ringing: tuple[Contact, ...]) -> str:
        at = datetime.fromtimestamp(self._wall(), UTC)
        route = route_click(self._directory(), view, widget, agent, number, at)
        if route.document is None or route.reject is not None:
            why = route.steps[-1].text if route.steps else "refused"
            raise ControlError("refused", why, route.reject.status if route.reject else 409)
        tenant = view.tenant
        payer = Account(f"widget/{tenant.id}/{widget.id}", widget.name, widget.limits, tenant.timezone)
        full = self._spending.full(view, agent, payer)
        if full is not None:
            raise ControlError("limit", full.text, 429)
        shown = tuple(replace(contact, caller=number) for contact in ringing)
        live = self._incoming.two_legs(view, agent, route, shown, RING_S, payer)
        return live.call.id


def web_callers(
    data: Path,
    incoming: Incoming,
    spending: Spending,
    contacts: Callable[[TenantView, str], tuple[Contact, ...]],
    directory: Callable[[], Directory],
) -> WebCallers:
    """Those of a node."""
    passes = Passes(bytes.fromhex(secret(data, "visitors.key")), wall_clock, wall_clock())
    return WebCallers(incoming, spending, contacts, directory, passes, wall_clock)


class Sites:
    """The web sites whose pages have a widget that calls: they may open a WebSocket, whatever the node's own pages are."""

    def __init__(self, directory: Callable[[], Directory]) -> None:
        self._directory = directory
        self._seen: object = None
        self._origins: frozenset[str] = frozenset()

    def __contains__(self, origin: object) -> bool:
        tenants = self._directory().tenants
        if tenants is not self._seen:
            widgets = [one for view in tenants.values() for one in view.objects.get("widget", {}).values()]
            calling = [one for one in widgets if isinstance(one, Widget) and "browser" in one.ways]
            self._origins = frozenset(origin for one in calling for origin in one.origins)
            self._seen = tenants
        return origin in self._origins
