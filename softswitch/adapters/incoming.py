"""An INVITE arrives: admitted or turned away, identified, authenticated, routed; then a call of the switchboard begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from twisted.logger import Logger

from configdb import model
from configdb.model import User
from configdb.snapshot import Directory, TenantView
from ivr.effects import Machines
from ivr.steps import Step
from softswitch.adapters.caller_leg import caller_leg, hops_of
from softswitch.adapters.carriers import Carriers
from softswitch.adapters.door import Challenge, Door
from softswitch.adapters.last_resort import NOBODY, PHONE, USER
from softswitch.adapters.legs import Deaf, LegListener, policy_with
from softswitch.adapters.live_call import LiveCall, new_call_id, new_leg_id
from softswitch.adapters.locate import Locator, Only
from softswitch.adapters.moved import sent_on
from softswitch.adapters.records import Records
from softswitch.adapters.sources import Sources
from softswitch.adapters.stir import Verifier
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.transfers import Refusal, Transfers
from softswitch.calls.call import Call
from softswitch.calls.contact import Contact
from softswitch.calls.desk import CallSettings
from softswitch.calls.effects import Effect
from softswitch.calls.ledger import Ledger
from softswitch.calls.leg import Cause
from softswitch.peers import diverted
from softswitch.peers.channels import Full
from softswitch.peers.crossing import Side
from softswitch.peers.identify import Phone, Trunk
from softswitch.peers.identity import asserted_number, caller_of, wishes_of
from softswitch.peers.limits import NUMBER_CHARS_MAX
from softswitch.peers.meter import Account
from softswitch.queues.effects import CallBack
from softswitch.routing.call_back import route_back
from softswitch.routing.implicit import with_machines
from softswitch.routing.inbound import route_inbound
from softswitch.routing.internal import emergency_route, route_phone
from softswitch.routing.numbers import ANONYMOUS
from softswitch.routing.route import Fetch, Reject, Route
from softswitch.routing.vouched import vouched
from softswitch.sip.causes import q850_of
from softswitch.sip.glance import dialled_in
from softswitch.sip.message import Request
from softswitch.sip.plain import plain
from softswitch.sip.status import reason_of
from softswitch.sip.uri import Uri
from softswitch.stir.verify import Verdict, refuses
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.listener import SessionListener
from softswitch.transport.session import Session
from softswitch.transport.session import State as SessionState

RETRY_AFTER_S = (1, 10)


@dataclass(frozen=True, slots=True)
class Admission:
    """How many calls, and how fast."""

    calls_max: int
    calls_per_s_max: int


class Incoming:
    """The `on_incoming` of the user agent."""

    _log = Logger(namespace="softswitch.incoming")

    def __init__(
        self,
        board: Switchboard,
        door: Door,
        locator: Locator,
        carriers: Carriers,
        records: Records,
        directory: Callable[[], Directory],
        boot: str,
        admission: Admission,
        settings: CallSettings,
        seconds: Callable[[], float],
        wall: Callable[[], float],
        random: Callable[[], float],
        verifier: Verifier,
        gruu: Callable[[Uri, str, float], Only | None],
        transfers: Transfers,
    ) -> None:
        self._board, self._door, self._locator, self._records = board, door, locator, records
        self._carriers, self._sources = carriers, Sources(directory)
        self._directory, self._boot, self._admission, self._settings = directory, boot, admission, settings
        self._seconds, self._wall, self._random = seconds, wall, random
        self._verifier = verifier
        self._gruu, self._transfers = gruu, transfers
        self._recent: deque[float] = deque()
        self.refused, self.closed, self.draining = 0, False, False
        self.is_relieved: Callable[[], bool] = lambda: False
        self.begun: Callable[[LiveCall], None] = lambda live: None
        self.visitors: tuple[Callable[[IncomingSession, Request], SessionListener | None], ...] = ()

    def arrived(self, session: IncomingSession, request: Request) -> SessionListener:
        """Decide; the session is answered, refused or rings when this returns or soon after."""
        source = session.source
        if hops_of(request) == 0:
            return self._refuse(session, 483, "Too Many Hops")
        if source is None:
            return self._refuse(session, 403, "Forbidden")
        for visitors in self.visitors:
            if (visitor := visitors(session, request)) is not None:
                return visitor
        who = self._sources.who(request, source.host, source.port, self._carriers.lines)
        if isinstance(who, Trunk):
            if not session.admit(policy_with(session.policy, who.trunk)):
                return Deaf()
            return self._from_trunk(session, request, who.trunk)
        directory = self._directory()
        nobody = directory.tenants.get(NOBODY)
        if nobody is not None and dialled_in(request.uri) in directory.emergencies.everywhere:
            return self._from_nobody(session, request, nobody)
        device = self._door.check(who, request, source.host)
        if isinstance(device, Challenge):
            session.reject(401, headers=device.headers)
            return Deaf()
        if not session.admit(session.policy):
            return Deaf()
        return self._from_phone(session, request, who, device)

    def _from_trunk(self, session: IncomingSession, request: Request, trunk: model.Trunk) -> SessionListener:
        caller = caller_of(request, trunk.trusted_identity)
        number = ANONYMOUS if caller.withheld else caller.number
        dialled = self._carriers.lines.dialled(trunk, request)
        route = route_inbound(self._directory(), dialled, number, trunk.id, trunk.country, trunk.numbers_in)
        if "Replaces" in request.headers and route.view is not None:
            return self._replace_by(session, request, route.view, trunk)
        side = Side.TRUSTED if trunk.trusted_identity else Side.UNTRUSTED
        name = None if caller.withheld else caller.name
        if trunk.stir_verify == "off" or route.reject is not None:
            return self.begin(session, request, route, name, side, trunk, trunk)

        def judged(verdict: Verdict) -> None:
            if session.state is SessionState.SETUP:  # else the caller gave up while the certificate was fetched
                fault = refuses(verdict, trunk.stir_verify)
                reject = None if fault is None else Reject(fault.status, fault.reason)
                known = vouched(route, verdict.outcome, verdict.why, verdict.attestation, reject)
                session.listener = self.begin(session, request, known, name, side, trunk, trunk)

        session.listener = Deaf()
        orig = asserted_number(request) if caller.withheld else route.caller
        self._verifier.verify(request, orig, route.dialled, trunk.stir_verify == "require", judged)
        return session.listener

    def _from_phone(
        self, session: IncomingSession, request: Request, who: object, device: model.Device
    ) -> SessionListener:
        view = self._directory().tenants.get(who.tenant) if isinstance(who, Phone) else None
        user = view.users.get(device.user) if view is not None else None
        if view is None or user is None:
            return self._refuse(session, 403, "Forbidden")
        session.phone = (view.tenant.id, user.id, device.id)
        if "Replaces" in request.headers:
            return self._replace(session, request, view, user, None)
        only = self._gruu(request.request_uri, view.tenant.id, self._seconds())
        dialled = request.request_uri.user or ""
        if only is not None:
            owner = view.users.get(only[0].user) if only else None
            if owner is None:
                return self._refuse(session, 480, "Temporarily Unavailable")
            dialled = owner.extension
        wishes, at = wishes_of(request), datetime.fromtimestamp(self._wall(), UTC)
        number = plain(dialled, NUMBER_CHARS_MAX)
        route = route_phone(self._directory(), view, user, number, at, wishes.numbers, wishes.withheld, device)
        if route.fetch is not None:
            return self._fetch(session, request, view, user, route, route.fetch)
        return self.begin(session, request, route, user.name, Side.PHONE, device, None, only)

    def _from_nobody(self, session: IncomingSession, request: Request, view: TenantView) -> SessionListener:
        """An emergency call on a node that has no configuration: nobody can be asked who they are."""
        dialled = plain(request.request_uri.user or "", NUMBER_CHARS_MAX)
        route = emergency_route(self._directory(), view, USER, dialled)
        if not session.admit(session.policy):
            return Deaf()
        return self.begin(session, request, route, None, Side.PHONE, PHONE)

    def _fetch(
        self, session: IncomingSession, request: Request, view: TenantView, user: User, route: Route, fetch: Fetch
    ) -> SessionListener:
        """A phone wants a call of others."""
        if not self._admitted():
            return self._refuse(session, 503)
        answer = self._transfers.fetching(session, request, view, user, fetch)
        if not isinstance(answer, Refusal):
            return answer
        why = Step("feature.refused", f"Cannot be done: {answer.text}")
        reject = Reject(answer.status, reason_of(answer.status))
        refused = replace(route, reject=reject, steps=(*route.steps, why))
        return self._turn_away(session, refused, self._ledger(refused, user.name, None))

    def _replace_by(
        self, session: IncomingSession, request: Request, view: TenantView, trunk: model.Trunk
    ) -> SessionListener:
        if trunk.refer != "inside":
            return self._refuse(session, 403, "Forbidden")
        full = self._carriers.channels.take(session.id, trunk, "in", view.tenant.id, self._seconds())
        if full is not None:
            return self._refuse(session, full.status)
        listener = self._replace(session, request, view, None, trunk.id)
        if isinstance(listener, Deaf):
            self._carriers.channels.free(session.id)
        return listener

    def _replace(
        self, session: IncomingSession, request: Request, view: TenantView, user: User | None, trunk: str | None
    ) -> SessionListener:
        """An INVITE for somebody's place in a call: it belongs to one that goes on while the node is drained."""
        if self.is_loaded():
            return self._refuse(session, 503)
        self._recent.append(self._seconds())
        answer = self._transfers.replacing(session, request, view, user, trunk)
        if isinstance(answer, int):
            self._log.info("{status}: no place in a call for {who}", status=answer, who=user.id if user else trunk)
            return self._refuse(session, answer)
        return answer

    def begin(
        self,
        session: IncomingSession,
        request: Request,
        route: Route,
        name: str | None,
        side: Side,
        peer: model.Device | model.Trunk | None,
        trunk: model.Trunk | None = None,
        only: Only | None = None,
    ) -> SessionListener:
        """The call of an admitted session begins, or is turned away with its reasons. `peer` None: nobody we know."""
        if not route.emergency and not self._admitted():
            wait = RETRY_AFTER_S[0] + int(self._random() * (RETRY_AFTER_S[1] - RETRY_AFTER_S[0]))
            session.reject(503, headers=(("Retry-After", str(wait)),))
            self.refused += 1
            return Deaf()
        if sent_on(session, request, route, self._directory()):
            return Deaf()
        ledger = self._ledger(route, name, trunk.id if trunk is not None else None)
        if route.view is None or route.document is None or route.reject is not None:
            return self._turn_away(session, route, ledger)
        if trunk is not None:
            tenant, channels = route.view.tenant.id, self._carriers.channels
            full = channels.take(session.id, trunk, "in", tenant, self._seconds())
            if full is not None:
                return self._turn_away(session, _full(route, full), ledger)
        try:
            self.announce(route, ledger)
            locate = self._locator.of_call(route.view, route, diverted.read(request), only)
            call = Call(ledger.id, route, ledger, locate, new_leg_id, self._settings)
            leg = caller_leg(session, request, route, name, ledger.started_at, peer)
        except Exception:  # the boundary of a call that is not on the board yet
            self._log.failure("call {call} does not begin", call=ledger.id, tenant=ledger.tenant)
            self._board.released(session.id)
            return self._turn_away(session, replace(route, reject=Reject(500, reason_of(500))), ledger)
        live = self._board.add(call, route.view, ledger.started_at, side)

        def begin(machine: Call, now: float) -> tuple[Effect, ...]:
            machine.desk.heritage = self._board.heritage(request.call_id)
            self._board.attach(live, session.id, session)
            return machine.start(leg, now)

        self._board.feed(live, begin)
        self.begun(live)
        return LegListener(self._board, session.id)

    def originate(self, view: TenantView, user: User, dialled: str, machines: Machines = "connect") -> LiveCall | Route:
        """A two-leg call: rings the user, then what they dialled; the route when it is refused."""
        at = datetime.fromtimestamp(self._wall(), UTC)
        route = route_phone(self._directory(), view, user, dialled, at)
        if route.document is None or route.reject is not None:
            return route
        if machines != "connect":
            route = replace(route, document=with_machines(route.document, machines))
        return self.two_legs(view, user, route, self._locator.of_user(view, user.id), float(user.ring_s))

    def two_legs(
        self,
        view: TenantView,
        user: User,
        route: Route,
        contacts: tuple[Contact, ...],
        ring_s: float,
        payer: Account | None = None,
        begun: Callable[[str], None] = lambda call: None,
    ) -> LiveCall:
        """Rings `contacts` in the name of `user`, then runs the route. `begun` is told the call's id before it rings."""
        ledger = self._ledger(route, user.name, None)
        self.announce(route, ledger)
        locate = self._locator.of_call(view, route, diverted.Diverted())
        call = Call(ledger.id, route, ledger, locate, new_leg_id, self._settings)
        live = self._board.add(call, view, ledger.started_at)
        live.payer = payer
        begun(call.id)
        self._board.feed(live, lambda machine, now: machine.originate(contacts, ring_s, now))
        return live

    def call_back(self, wanted: CallBack, begun: Callable[[str], None]) -> str | None:
        """A promised call: rings the agent, who sees whom they are about to call, then runs the node `call_back`."""
        view = self._directory().tenants.get(wanted.tenant)
        user = view.users.get(wanted.agent) if view is not None else None
        if view is None or user is None:
            return "the agent does not exist any more"
        at = datetime.fromtimestamp(self._wall(), UTC)
        route = route_back(self._directory(), view, user, wanted.number, wanted.promise, at)
        if route.document is None or route.reject is not None:
            return route.steps[-1].text if route.steps else "refused"
        contacts = () if self.is_full() else self._locator.of_user(view, user.id)
        ringing = tuple(replace(contact, caller=wanted.number) for contact in contacts)
        self.two_legs(view, user, route, ringing, wanted.ring_s, begun=begun)
        return None

    def _ledger(self, route: Route, name: str | None, trunk: str | None) -> Ledger:
        call_id, tenant = new_call_id(), route.view.tenant.id if route.view is not None else "_unknown"
        identity = {
            "id": call_id,
            "tenant": tenant,
            "direction": route.direction,
            "from": route.caller,
            "from_name": name,
            "to": route.dialled,
            "to_name": route.label,
            "trunk": trunk,
            "attestation": route.attestation,
        }
        return Ledger(call_id, tenant, self._boot, identity, self._wall())

    def _turn_away(self, session: IncomingSession, route: Route, ledger: Ledger) -> SessionListener:
        """A refused call is a call: it has its record and its reasons, where there is a tenant to keep them for."""
        reject = route.reject
        status, reason = (reject.status, reject.reason) if reject is not None else (480, "Temporarily Unavailable")
        if route.view is not None:
            ledger.cause = Cause(status, 20 if status == 480 else q850_of(status), reason)
            effects = [ledger.opened(), *(ledger.step(ledger.started_at, step) for step in route.steps)]
            for write in (*effects, ledger.closed(self._wall())):
                self._records.write(write.record)
        last = route.steps[-1].text if route.steps else ""
        self._log.info("{status} for {dialled}: {why}", status=status, dialled=route.dialled, why=last, **ledger.about)
        session.reject(status, reason)
        return Deaf()

    def announce(self, route: Route, ledger: Ledger) -> None:
        """An emergency call is told to those in the house at once (47 CFR 9.16(b)(2)), and stays in their list."""
        if not route.emergency:
            return
        where = route.location.text if route.location is not None else None
        document = {
            "tenant": ledger.tenant,
            "call": ledger.id,
            "at": ledger.started_at,
            "from": route.caller,
            "from_name": ledger.identity["from_name"],
            "to": route.dialled,
            "location": where,
        }
        self._records.write({"kind": "emergency", "id": f"{ledger.id}-emergency", **document})
        self._board.announce("emergency", document)
        who = f"{route.dialled} from {route.caller}, {where}"
        self._log.warn("emergency call {who}", who=who, **ledger.about)

    def _refuse(self, session: Session, status: int, reason: str | None = None) -> SessionListener:
        session.reject(status, reason)
        return Deaf()

    def is_full(self) -> bool:
        """Whether the next call would be refused: no room, or nobody can take over from this node, which is drained."""
        return (self.draining and not self.is_relieved()) or self.is_loaded()

    def is_loaded(self) -> bool:
        """Whether there is no room: limits reached, media plane away, disk not taking records, closing."""
        now, recent = self._seconds(), self._recent
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        fits = len(self._board.calls) < self._admission.calls_max and len(recent) < self._admission.calls_per_s_max
        return self.closed or not (fits and self._board.media.ready and self._records.healthy)

    def _admitted(self) -> bool:
        """Room for one more call, which takes it."""
        if self.is_full():
            return False
        self._recent.append(self._seconds())
        return True


def _full(route: Route, full: Full) -> Route:
    """A route that a limit stands in the way of."""
    reject = Reject(full.status, "Service Unavailable" if full.status == 503 else "Temporarily Unavailable")
    return replace(route, document=None, reject=reject, steps=(*route.steps, Step(full.code, f"Refused: {full.text}")))
