"""Where a request inside a dialog goes (RFC 3261 12.2.1.1): by the route set, to the remote target, or on the flow behind a NAT.

A phone that registered here may name itself by a GRUU that we gave it. We are its home, so such a request goes to the Contact
that it registered, wherever that is by now (RFC 5627 5.3); to a phone that is registered no more, on the flow of its leg.
Who names itself by the GRUU of another phone is told nothing of that one: its requests go as they are, on the flow of its leg.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from softswitch.sip.dialog import Dialog
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request
from softswitch.sip.secure import asks_for_tls
from softswitch.sip.uri import Uri, parse_uri
from softswitch.transport.flows import Destination, Flow, behind_nat, destination_of, join_address

Whose = tuple[str, str, str]
"""A phone: its tenant, its user, its device."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a phone is: its Contact, the proxies before it (RFC 3327), and the way to the first of them."""

    whose: Whose
    uri: str
    path: tuple[str, ...]
    way: Destination | Flow


PhoneOf = Callable[[Uri], Registered | None]
"""The phone behind a GRUU of ours, None when the URI is none or nobody is there now."""


def way_of(dialog: Dialog, flow: Flow | None) -> Destination | Flow:
    """The way of the next request; `flow` is that of the leg so far. Raises BadMessage when there is none."""
    try:
        hop = dialog.next_hop()
    except BadMessage:
        if flow is None:
            raise
        return flow
    to = destination_of(hop)
    if flow is None:
        return to
    ours = to.port is not None and join_address(to.host, to.port) == flow.sent_by
    kept = flow.reliable and flow.alive and not dialog.routes and (flow.secure or not to.secure)
    return flow if kept or ours or to.is_end_of(flow) or behind_nat(to.host, flow.host) else to


def at_home(request: Request, phone_of: PhoneOf, whose: Whose | None) -> tuple[Request, Registered | None]:
    """A request to `whose` phone: one to its GRUU as it goes there, and where that is. One that asks for TLS stays on it."""
    phone = phone_of(parse_uri(request.uri)) if whose is not None and ";gr" in request.uri else None
    if phone is None or phone.whose != whose or (asks_for_tls(request.uri) and not _is_secure(phone.way)):
        return request, None
    return Request(request.method, phone.uri, request.headers, request.body), phone


def _is_secure(way: Destination | Flow) -> bool:
    return way.secure or (isinstance(way, Destination) and way.transport in ("tls", "wss"))


def aimed(
    request: Request, dialog: Dialog, flow: Flow | None, phone_of: PhoneOf, whose: Whose | None
) -> tuple[Request, Destination | Flow]:
    """A request made by `dialog` with `whose` phone, and its way. Raises as `way_of`."""
    request, phone = at_home(request, phone_of, whose)
    if phone is None or dialog.routes:
        return request, way_of(dialog, flow)
    if phone.path:
        request.headers.set("Route", phone.path)
    return request, flow if flow is not None and flow.reliable and flow.alive else phone.way
