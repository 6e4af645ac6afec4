"""A supplier of text messages calls: is it the one it says, from where it may, and what does it bring?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.outbox.box import Outbox
from mgmt.sms.inbox import Inbox, NoSuchNumber
from mgmt.sms.news import News
from mgmt.sms.sending import known_supplier
from mgmt.sms.suppliers.table import WIRES
from mgmt.sms.wire import Known, Malformed, Request, Unproved, same


def take(context: Context, supplier: str, key: str, request: Request, source: str) -> tuple[str, str]:
    """Body and type of the answer, when everything is on disk. Raises Problem 403, 404, 422."""
    known = known_supplier(context.config.directory, context.sealer, supplier)
    if known is None or not same(key, known.key):
        raise not_found("page")
    if not _from(known, source):
        raise Problem(403, "foreign_network", "This supplier does not call from there.")
    wire, now = WIRES[known.row.kind], context.clock()
    request = replace(request, url=_as_called(known, request.url))
    try:
        if request.method == "POST":
            wire.proved(known, request, now)
            inbox = _inbox(context)
            for one in wire.parsed(request, now):
                inbox.take(supplier, one)
    except Unproved as wrong:
        raise Problem(403, "unproved", f"This is not the supplier: {wrong}.") from wrong
    except Malformed as wrong:
        raise Problem(422, "malformed", f"This is not what the supplier sends: {wrong}.") from wrong
    except NoSuchNumber as wrong:
        raise Problem(404, "unknown_number", "Nobody here has this number.") from wrong
    return wire.acknowledged


def _inbox(context: Context) -> Inbox:
    shelves, clock = context.history.shelves, context.clock
    news = News(context.bus, context.teller)
    return Inbox(shelves, Outbox(shelves, clock), context.config.directory, clock, news)


def _from(known: Known, source: str) -> bool:
    if not known.row.sources:
        return True
    try:
        address = ip_address(source)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in known.row.sources)


def _as_called(known: Known, url: str) -> str:
    """The URL under which the supplier called: signatures cover it, and a proxy may have changed it."""
    if known.row.inbound_url is None:
        return url
    parts = urlsplit(url)
    return known.row.inbound_url.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
