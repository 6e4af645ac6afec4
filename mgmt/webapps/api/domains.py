"""/domains: a company's own domain: the records it takes, a click that writes them where that is offered, what is live."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import OBJECT, TEXT, described, fields
from mgmt.partners import dns
from mgmt.usecases import domains

blueprint = Blueprint("domains", __name__)
templates = Blueprint("domain_template", __name__)


def _lookup(name: str, kind: str) -> tuple[str, ...]:
    return dns.lookup(name, kind, dns.servers(door.context().settings.dns_servers))


@blueprint.post("/domains")
@described(body=fields({"domain": TEXT}), answer=OBJECT)
def begin() -> dict[str, Any]:
    """The records of a domain; `url` is where its DNS provider writes them by a click (Domain Connect), else `why` not."""
    body = json_object(request)
    known_fields(body, "domain")
    return domains.begin(door.context(), body.get("domain"), _lookup, f"{door.base()}/app/")


@blueprint.get("/domains/<domain>")
@described(answer=OBJECT)
def state(domain: str) -> dict[str, Any]:
    """Which of the records the DNS says now."""
    return domains.state(door.context(), domain, _lookup)


@templates.get("/domain-template")
@described(answer=OBJECT)
def template() -> dict[str, Any]:
    """Our template, for DNS providers who do Domain Connect."""
    return domains.template(door.context())
