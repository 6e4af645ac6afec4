"""A company uses its own domain: the records it takes, a click that writes them where that is offered, what is live."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent
from mgmt.partners import domain_connect
from mgmt.partners.dns import Lookup
from mgmt.partners.domain_connect import NotOffered, Record, Template
from mgmt.partners.front import front
from mgmt.partners.signatures import Forged

Document = dict[str, Any]


def _domain(text: object) -> str:
    try:
        return domain_connect.domain_of(text if isinstance(text, str) else "")
    except Forged as wrong:
        detail = "must be a domain name as example.org"
        raise Problem(422, "invalid_field", f"domain {detail}.", (FieldError("/domain", detail),)) from wrong


def _records(context: Context, domain: str) -> tuple[str, tuple[Record, ...]]:
    """Our name, and the records. Raises Problem 409."""
    server = urlsplit(context.settings.public_url or "").hostname or ""
    if not server or "." not in server:
        raise Problem(409, "no_public_name", "This node has no public name yet: set public_url.")
    return server, domain_connect.records(domain, server, context.settings.sip_port, context.settings.tls_port)


def begin(context: Context, text: object, lookup: Lookup, way_back: str) -> Document:
    """The records, and `url` where they are written by a click (None, with `why`: by hand). Raises Problem 409, 422."""
    domain = _domain(text)
    server, wanted = _records(context, domain)
    url, why, provider = None, "", None
    ours = front(context.config.directory, context.sealer, domain_connect.ID)
    try:
        if ours is None:
            raise NotOffered("this node has no template")
        zone = domain_connect.discovered(domain, lookup, context.web)
        provider, template = zone.provider, Template.of(ours.client)
        domain_connect.require_template(zone, template, context.web)
        values = {"server": server, "port": str(context.settings.sip_port)}
        url = domain_connect.apply_url(zone, template, values, way_back, ours.secret)
    except (NotOffered, NotAllowed, Unsent, Unanswered) as wrong:
        why = str(wrong)
    return {"domain": domain, "url": url, "provider": provider, "why": why, "records": _shown(wanted, lookup)}


def state(context: Context, text: str, lookup: Lookup) -> Document:
    """Which of the records the DNS says now. Raises Problem 409, 422."""
    domain = _domain(text)
    _, wanted = _records(context, domain)
    shown = _shown(wanted, lookup)
    return {"domain": domain, "live": all(one["live"] for one in shown), "records": shown}


def _shown(wanted: tuple[Record, ...], lookup: Lookup) -> list[Document]:
    return [
        {"type": one.type, "name": one.name, "value": one.value, "live": domain_connect.is_live(one, lookup)}
        for one in wanted
    ]


def template(context: Context) -> Document:
    """Our template for DNS providers. Raises Problem 409."""
    ours = front(context.config.directory, context.sealer, domain_connect.ID)
    if ours is None:
        raise Problem(409, "no_template", "Write a store_front domain-connect first.")
    server, _ = _records(context, "example.org")
    return domain_connect.template_document(Template.of(ours.client), context.region.name, server)
