"""Who may transfer what where: REFER within a call and beside it, INVITE with Replaces, orders of the control socket.

Phones transfer with their user's permissions; a trunk's REFER is refused unless its configuration says otherwise (toll
fraud), and then stays within the tenant. Dialogs of other tenants do not exist for anybody (RFC 3891 3, RFC 4538 8).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from configdb.model import User
from configdb.snapshot import Directory, TenantView
from softswitch.adapters.legs import LegListener
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.locate import Locate, Locator, Only
from softswitch.adapters.requests import Asker
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls.ledger import Ledger
from softswitch.calls.leg import Leg
from softswitch.calls.table import Mode
from softswitch.calls.transfer import Seat
from softswitch.peers.diverted import Diverted
from softswitch.peers.identity import number_of
from softswitch.routing.route import Fetch, Route
from softswitch.routing.transfer import route_transfer
from softswitch.sip.body import sdp_of
from softswitch.sip.dialog import Dialog
from softswitch.sip.fields.dialogs import Replaces, parse_replaces, parse_target_dialog
from softswitch.sip.message import Request
from softswitch.sip.replacing import opposite, replaced, targeted
from softswitch.sip.uri import Uri
from softswitch.transport.aim import at_home
from softswitch.transport.client import OnFailure, OnResponse
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.referral import Referral
from softswitch.transport.server import ServerHandle
from softswitch.transport.user_agent import UserAgent

GONE, UNKNOWN = 603, 481


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call does not go where it was told to."""

    status: int
    text: str


NOBODY = Refusal(409, "nobody in this call can be transferred now")


def refusal_of(route: Route) -> Refusal | None:
    """Why routing says no."""
    if route.document is not None and route.reject is None:
        return None
    text = route.steps[-1].text if route.steps else "refused"
    return Refusal(route.reject.status if route.reject is not None else 480, text)


class Transfers:
    """The `referred` of the switchboard. `agent` knows the dialogs, `gruu` finds the phones of a GRUU now.

    announce: tells the house of a route to an emergency service; set by who knows how.
    """

    announce: Callable[[Route, Ledger], None]

    def __init__(
        self,
        board: Switchboard,
        agent: UserAgent,
        locator: Locator,
        directory: Callable[[], Directory],
        wall: Callable[[], float],
        gruu: Callable[[Uri, str], Only | None],
    ) -> None:
        self._board, self._agent, self._locator, self._directory = board, agent, locator, directory
        self._wall, self._gruu = wall, gruu

    # -- REFER -----------------------------------------------------------------------------------------------------

    def referred(self, live: LiveCall, leg_id: str, referral: Referral) -> None:
        """A leg asks for a transfer."""
        leg, wish = live.call.desk.live_leg(leg_id), referral.wish
        if leg is None:
            return referral.refuse(UNKNOWN)
        if not self._may_transfer(leg):
            return self._refuse(live, leg, referral, 403, "its trunk may not transfer calls (`refer`)")
        if wish.to.method != "INVITE":
            return self._refuse(live, leg, referral, 403, f"it asks for {wish.to.method[:16]}, not for a call")
        replaces = wish.to.replaces
        if replaces is not None:
            return self._attended(live, leg, referral, replaces)
        return self._blind(live, leg, referral, wish.to.address.uri)

    def serve(self, handle: ServerHandle, request: Request, asker: Asker) -> None:
        """A REFER outside of calls: only one that names a call of the asker as its Target-Dialog is heard (RFC 4538)."""
        target = request.read("Target-Dialog", parse_target_dialog)
        session = self._agent.find(targeted(target)) if target is not None else None
        live = self._board.of_leg(session.id) if session is not None else None
        leg = live.call.desk.live_leg(session.id) if live is not None and session is not None else None
        if live is None or leg is None or live.view.tenant.id != asker.view.tenant.id or leg.user != asker.user.id:
            return handle.reply(403, "Not In A Call")
        return self.referred(live, leg.id, self._beside(handle, request, asker))

    def _beside(self, handle: ServerHandle, request: Request, asker: Asker) -> Referral:
        """A REFER that makes a dialog of its own."""
        dialog, exchange = Dialog.called(request, handle.to_tag), self._agent.exchange
        dialog.confirm()

        def send(notify: Request, answered: OnResponse, failed: OnFailure) -> None:
            sent, _ = at_home(notify, self._agent.phone_of, asker.key)
            exchange.request(sent, handle.flow, answered, failed)

        return Referral(handle, dialog, exchange.clock, send, lambda: self._agent.headers(handle.flow))

    def _may_transfer(self, leg: Leg) -> bool:
        if leg.user is not None:
            return True
        trunk = self._directory().trunks.get(leg.trunk or "")
        return trunk is not None and trunk.refer == "inside"

    def _blind(self, live: LiveCall, leg: Leg, referral: Referral, uri: Uri) -> None:
        if live.call.transfers.hands(leg.id) is None:
            return self._refuse(live, leg, referral, GONE, "nobody is there to be transferred now")
        view, by = self._view(live), self._user(live, leg)
        only = self._gruu(uri, view.tenant.id)
        owner = view.users.get(only[0].user) if only else None
        route = self._route(view, by, number_of(uri) if owner is None else owner.extension)
        refused = refusal_of(route) if only is None or owner is not None else Refusal(480, "that phone is away")
        if refused is not None:
            return self._refuse(live, leg, referral, refused.status, refused.text)
        live.referrals[leg.id] = referral
        return self._transfer(live, leg.id, route, only)

    def _transfer(self, live: LiveCall, leg_id: str, route: Route, only: Only | None = None) -> None:
        locate = self._locate(live, route, only)
        self._board.feed(live, lambda call, now: call.transfers.transfer(leg_id, route, locate, now))

    def _attended(self, live: LiveCall, leg: Leg, referral: Referral, replaces: Replaces) -> None:
        """The partner of the leg takes the leg's place in another call."""
        found = self._seat(live.view, leg.trunk, replaces)
        if isinstance(found, int):
            return self._refuse(live, leg, referral, found, "there is no such call to hand it over to")
        other, seat = found
        refusal = other.call.transfers.refusal(seat, early=True)
        goes = live.call.transfers.hands(leg.id)
        if refusal is not None or goes is None or other is live:
            return self._refuse(live, leg, referral, refusal or GONE, "the calls cannot be joined now")
        live.referrals[leg.id] = referral
        self._board.feed(live, lambda call, now: call.transfers.hand_over(leg.id, other.call.id, now))
        self._board.move(goes.id, live, other)
        goes.shifted(self._board.now(other) - self._board.now(live))
        self._board.feed(other, lambda call, now: call.transfers.place(seat, goes, live.call.id, now))
        return None

    def _refuse(self, live: LiveCall, leg: Leg, referral: Referral, status: int, why: str) -> None:
        self._board.feed(live, lambda call, now: call.transfers.refused(leg.id, why, status, now))
        referral.refuse(status)

    # -- INVITE with Replaces --------------------------------------------------------------------------------------

    def replacing(
        self, session: IncomingSession, request: Request, view: TenantView, user: User | None, trunk: str | None
    ) -> LegListener | int:
        """A phone or a trunk takes a place in a call; the status of the refusal when it may not."""
        value = request.read("Replaces", parse_replaces)
        if value is None:
            return UNKNOWN
        found = self._watched(view, user, value) or self._seat(view, trunk, value)
        if isinstance(found, int):
            return found
        live, seat = found
        refusal = live.call.transfers.refusal(seat)
        return refusal or self._arrive(session, request, live, seat, user, trunk)

    def _arrive(
        self,
        session: IncomingSession,
        request: Request,
        live: LiveCall,
        seat: Seat,
        user: User | None,
        trunk: str | None,
    ) -> LegListener:
        leg = self._leg(session, request, live, user, trunk)
        self._board.feed(live, lambda call, now: call.transfers.arrive(seat, leg, now))
        return LegListener(self._board, session.id)

    def _leg(
        self, session: IncomingSession, request: Request, live: LiveCall, user: User | None, trunk: str | None
    ) -> Leg:
        """The leg of an INVITE that comes into a call."""
        party = user.extension if user is not None else number_of(request.from_.uri)
        leg = Leg(session.id, "callee", party, session.remote, self._board.now(live), outgoing=False)
        leg.user, leg.trunk = (user.id, None) if user is not None else (None, trunk)
        leg.name = user.name if user is not None else None
        leg.offer = sdp_of(request)
        leg.offered = leg.offer is not None
        if session.source is not None:
            leg.signalling_address, leg.transport = session.source.host, session.source.kind
        self._board.attach(live, session.id, session)
        return leg

    def _seat(self, view: TenantView, trunk: str | None, value: Replaces) -> tuple[LiveCall, Seat] | int:
        """Which place in which call is meant. A trunk may mean its own legs only."""
        for key, is_opposite in ((replaced(value), False), (opposite(value), True)):
            session = self._agent.find(key)
            live = self._board.of_leg(session.id) if session is not None else None
            if session is None or live is None or live.view.tenant.id != view.tenant.id:
                continue
            leg = live.call.desk.legs.get(session.id)
            if trunk is None or (leg is not None and leg.trunk == trunk):
                return live, Seat(session.id, is_opposite, value.early_only)
        return GONE if self._agent.has_ended(replaced(value)) else UNKNOWN

    def _watched(self, view: TenantView, user: User | None, value: Replaces) -> tuple[LiveCall, Seat] | None:
        """A place named as lamps name dialogs (`events.dialoginfo`): what rings may be picked up by any colleague.

        A call that is answered may be taken only by its own user's other phones: everybody can watch.
        """
        live = self._board.calls.get(value.call_id)
        if live is None or user is None or live.view.tenant.id != view.tenant.id:
            return None
        for name in {value.to_tag, value.from_tag} & live.call.desk.legs.keys():
            own = live.call.desk.legs[name].user == user.id
            if any(live.call.slots.values()) and live.call.desk.legs[name] is live.call.desk.caller:
                return live, Seat(name, opposite=True)
            return live, Seat(name, early_only=value.early_only or not own)
        return None

    # -- features ---------------------------------------------------------------------------------------------------

    def pressed(self, live: LiveCall, leg_id: str, dialled: str) -> None:
        """A leg wants to transfer its partner, by keys."""
        leg = live.call.desk.live_leg(leg_id)
        if leg is None:
            return
        route = self._route(self._view(live), self._user(live, leg), dialled)
        refused = refusal_of(route)
        if refused is None:
            self._transfer(live, leg_id, route)
            return
        self._board.feed(live, lambda call, now: call.transfers.refused(leg_id, refused.text, refused.status, now))
        self._board.feed(live, lambda call, now: call.transfers.say(leg_id, "sound:option-invalid", now))

    def fetching(
        self, session: IncomingSession, request: Request, view: TenantView, user: User, fetch: Fetch
    ) -> LegListener | Refusal:
        """A phone takes a call that rings elsewhere, or that is parked."""
        if fetch.listen is not None:
            return self._listen(session, request, view, user, fetch.users, fetch.listen)
        seats = self._parked(view, fetch.slot) if fetch.slot is not None else self._ringing(view, user, fetch.users)
        for live, seat in seats:
            if live.call.transfers.refusal(seat) is None:
                return self._arrive(session, request, live, seat, user, None)
        what = f"nobody is parked in slot {fetch.slot}" if fetch.slot is not None else "nothing rings there"
        return Refusal(404, what)

    def _listen(
        self,
        session: IncomingSession,
        request: Request,
        view: TenantView,
        user: User,
        users: Collection[str],
        mode: Mode,
    ) -> LegListener | Refusal:
        """A supervisor sits down beside somebody who talks."""
        found = self._talking(view, set(users) - {user.id})
        if found is None:
            return Refusal(404, "nobody talks there")
        live, beside = found
        leg = self._leg(session, request, live, user, None)
        self._board.feed(live, lambda call, now: call.guests.arrive(leg, beside.id, mode, now))
        return LegListener(self._board, session.id)

    def _talking(self, view: TenantView, users: Collection[str]) -> tuple[LiveCall, Leg] | None:
        for live in self._board.calls.values():
            for leg in live.call.desk.legs.values() if live.view.tenant.id == view.tenant.id else ():
                if leg.user in users and live.call.guests.can_take(leg.id):
                    return live, leg
        return None

    def fetch_other(self, live: LiveCall, leg_id: str) -> None:
        """Three-way: who talks with the same person in another call joins this one, and that other call ends."""
        leg = live.call.desk.live_leg(leg_id)
        found = self._other_of(live, leg) if leg is not None else None
        if found is None:
            self._board.feed(live, lambda call, now: call.transfers.refused(leg_id, "there is no other call", 404, now))
            return
        other, mine, goes = found
        self._board.feed(other, lambda call, now: call.transfers.hand_over(mine.id, live.call.id, now, True))
        self._board.move(goes.id, other, live)
        goes.shifted(self._board.now(live) - self._board.now(other))
        self._board.feed(live, lambda call, now: call.guests.place(goes, other.call.id, now))

    def _other_of(self, live: LiveCall, leg: Leg) -> tuple[LiveCall, Leg, Leg] | None:
        """Another call of the same person: their leg there, and who talks with it."""
        for other in self._board.calls.values():
            if other is live or other.view.tenant.id != live.view.tenant.id:
                continue
            for mine in other.call.desk.legs.values():
                goes = other.call.transfers.hands(mine.id) if mine.user == leg.user and mine.live else None
                if goes is not None:
                    return other, mine, goes
        return None

    def _ringing(self, view: TenantView, user: User, users: Collection[str]) -> Iterator[tuple[LiveCall, Seat]]:
        """The legs that ring for one of these users, the oldest call first; not those that the asker calls."""
        for live in list(self._board.calls.values()):
            desk = live.call.desk
            if live.view.tenant.id != view.tenant.id or (desk.caller is not None and desk.caller.user == user.id):
                continue
            for leg in list(desk.legs.values()):
                if leg.user in users and live.call.rings(leg):
                    yield live, Seat(leg.id)

    def _parked(self, view: TenantView, slot: str) -> Iterator[tuple[LiveCall, Seat]]:
        for live in list(self._board.calls.values()):
            caller = live.call.desk.caller
            if live.view.tenant.id == view.tenant.id and caller is not None and live.call.slots.get(slot):
                yield live, Seat(caller.id, opposite=True)

    # -- orders ----------------------------------------------------------------------------------------------------

    def order(self, live: LiveCall, target: str, keep: str | None, by: User | None) -> Refusal | None:
        """Somebody who is no party sends a call elsewhere; None when it goes.

        keep: "caller" or "callee", who stays in the call; without it the one outside does. by: whose permissions count,
        else those of who is let go.
        """
        leaves = live.call.desk.partner(self._staying(live, keep))
        if not self._can_leave(live, leaves):
            return NOBODY
        user = by or (self._user(live, leaves) if leaves is not None else None)
        route = self._route(self._view(live), user, target)
        return refusal_of(route) or self.send(live, route, keep)

    def send(self, live: LiveCall, route: Route, keep: str | None) -> Refusal | None:
        """The same, to where an accepted route leads."""
        leaves = live.call.desk.partner(self._staying(live, keep))
        if not self._can_leave(live, leaves):
            return NOBODY
        if leaves is not None:
            self._transfer(live, leaves.id, route)
        else:
            locate = self._locate(live, route)
            self._board.feed(live, lambda call, now: call.transfers.redirect(route, locate, now))
        return None

    def bridge(self, live: LiveCall, other: LiveCall) -> Refusal | None:
        """The caller of another call, who talks with nobody, joins this one: with a caller who is alone too, or as a third."""
        goes, stays = other.call.desk.caller, live.call.desk.caller
        if live is other or goes is None or not other.call.transfers.is_alone:
            return Refusal(409, "nobody in the other call waits to be joined")
        if stays is None or not (live.call.transfers.is_alone or live.call.guests.can_take(stays.id)):
            return Refusal(409, "nobody in this call can be joined now")
        seat = Seat(stays.id, opposite=True) if live.call.transfers.is_alone else None
        self._board.move(goes.id, other, live)  # first: nothing is left of the other call when its caller has gone
        self._board.feed(other, lambda call, now: call.transfers.depart(live.call.id, now))
        goes.shifted(self._board.now(live) - self._board.now(other))
        if seat is not None:
            self._board.feed(live, lambda call, now: call.transfers.place(seat, goes, other.call.id, now))
        else:
            self._board.feed(live, lambda call, now: call.guests.place(goes, other.call.id, now))
        return None

    @staticmethod
    def _can_leave(live: LiveCall, leaves: Leg | None) -> bool:
        transfers = live.call.transfers
        return transfers.hands(leaves.id) is not None if leaves is not None else transfers.is_alone

    @staticmethod
    def _staying(live: LiveCall, keep: str | None) -> Leg | None:
        caller, peer = live.call.desk.caller, live.call.desk.peer
        inside_calls_out = caller is not None and caller.user is not None and peer is not None and peer.user is None
        return peer if keep == "callee" or (keep is None and inside_calls_out) else caller

    # -- inside ----------------------------------------------------------------------------------------------------

    def _view(self, live: LiveCall) -> TenantView:
        """The tenant as it is now: a transfer is a new call."""
        return self._directory().tenants.get(live.view.tenant.id) or live.view

    def _locate(self, live: LiveCall, route: Route, only: Only | None = None) -> Locate:
        if route.emergency:
            self.announce(route, live.call.desk.ledger)
        return self._locator.of_call(self._view(live), route, Diverted(), only)

    def _route(self, view: TenantView, by: User | None, target: str) -> Route:
        return route_transfer(self._directory(), view, by, target, datetime.fromtimestamp(self._wall(), UTC))

    def _user(self, live: LiveCall, leg: Leg) -> User | None:
        return self._view(live).users.get(leg.user or "")
