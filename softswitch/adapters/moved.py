"""A tenant that moves to another shard: its new calls and its phones belong to the nodes there (RFC 3261 21.3.3).

A phone that follows is registered there before the old shard lets go of its tenant; what it ends is ended here.
"""

from __future__ import annotations

from dataclasses import replace

from twisted.logger import Logger

from configdb.moving import new_address
from configdb.snapshot import Directory, TenantView
from softswitch.routing.route import Route
from softswitch.sip.glance import dialled_in
from softswitch.sip.message import Request
from softswitch.sip.uri import parse_uri
from softswitch.transport.incoming import IncomingSession

_log = Logger(namespace="softswitch.moved")


def sent_on(session: IncomingSession, request: Request, route: Route, directory: Directory) -> bool:
    """Whether the caller was told where to call instead. Who calls for help is never told to call elsewhere."""
    view = route.view if not route.emergency else None
    contact = None if view is None else _contact(request, view, directory)
    if contact is None:
        return False
    _log.info("302 for {dialled}: its tenant moves to {contact}", dialled=route.dialled, contact=contact)
    session.reject(302, headers=(contact,))
    return True


def elsewhere(request: Request, view: TenantView, directory: Directory) -> tuple[str, str] | None:
    """The Contact where a phone is to ask instead; None: what it asks is answered here."""
    if request.to.tag is not None or (request.method == "REGISTER" and not _binds(request)):
        return None
    return _contact(request, view, directory)


def _contact(request: Request, view: TenantView, directory: Directory) -> tuple[str, str] | None:
    address = new_address(directory, view.tenant)
    if address is None:
        return None
    return "Contact", f"<{replace(parse_uri(f'sip:{address}'), user=dialled_in(request.uri) or None)}>"


def _binds(request: Request) -> bool:
    """Whether a REGISTER asks for more than what there is, or its end."""
    lives = request.headers.get("Expires")
    return any(not one.is_wildcard and one.params.get("expires", lives) != "0" for one in request.contacts)
