"""Calls of a tenant that moves to another shard: they belong to its nodes, which write their records (RFC 3261 21.3.3)."""

from __future__ import annotations

from dataclasses import replace

from twisted.logger import Logger

from configdb.moving import new_address
from configdb.snapshot import Directory
from softswitch.routing.route import Route
from softswitch.sip.glance import dialled_in
from softswitch.sip.message import Request
from softswitch.sip.uri import parse_uri
from softswitch.transport.incoming import IncomingSession

_log = Logger(namespace="softswitch.moved")


def sent_on(session: IncomingSession, request: Request, route: Route, directory: Directory) -> bool:
    """Whether the caller was told where to call instead. Who calls for help is never told to call elsewhere."""
    address = new_address(directory, route.view.tenant) if route.view is not None and not route.emergency else None
    if address is None:
        return False
    contact = replace(parse_uri(f"sip:{address}"), user=dialled_in(request.uri) or None)
    _log.info("302 for {dialled}: its tenant moves to {address}", dialled=route.dialled, address=address)
    session.reject(302, headers=(("Contact", f"<{contact}>"),))
    return True
