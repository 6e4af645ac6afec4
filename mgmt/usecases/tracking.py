"""Call tracking for pages and people: a number for a visitor, and the conversions of a time as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from configdb.snapshot import TenantView
from configdb.tracking import Tracking
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import tracking_leases_per_hour_max, visitor_page_chars_max
from mgmt.tracking.calls import tracked
from mgmt.tracking.pool import Pool
from mgmt.tracking.tables import for_google, for_metrica

Document = dict[str, Any]
_client = re.compile(r"[A-Za-z0-9._-]{1,64}")
_click = re.compile(r"[A-Za-z0-9._-]{0,200}")
FORMS = {"metrica": for_metrica, "google": for_google}


def find(context: Context, key: str) -> tuple[TenantView, Tracking]:
    """The tracking `TENANT.ID` of an active company. Raises Problem 404."""
    tenant, _, id = key.partition(".")
    view = context.config.directory.tenants.get(tenant)
    found = view.objects.get("tracking", {}).get(id) if view is not None else None
    if view is None or not isinstance(found, Tracking) or view.tenant.status == "closed":
        raise not_found("tracking")
    return view, found


def lease(context: Context, key: str, origin: str | None, address: str, given: Mapping[str, Any]) -> Document:
    """A number for the visitor of a page: `{number, own, hold_s}`. Raises Problem 403, 404, 422, 429."""
    view, tracking = find(context, key)
    if origin is None or origin.lower() not in tracking.origins:
        raise Problem(403, "foreign_origin", "This script belongs to another web site.")
    client = _text(given, "client", _client)
    url = given.get("url", "")
    if not isinstance(url, str) or len(url) > visitor_page_chars_max:
        raise _invalid("url", f"must be a text of up to {visitor_page_chars_max} characters")
    seen = {"url": url, **{name: _text(given, name, _click) for name in ("yclid", "gclid")}}
    context.visitors.count((f"track {address}", tracking_leases_per_hour_max))
    pool = Pool(context.history.shelves, view.tenant.id, tracking)
    number, own = pool.lease(client, seen, context.clock())
    return {"number": number, "own": own, "hold_s": tracking.hold_s}


def conversions(context: Context, scope: Scope, id: str, form: str, since: float, until: float) -> str:
    """The tracked calls of a time as a table. Raises Problem 403, 404."""
    scope.require_insight()
    found = scope.view.objects.get("tracking", {}).get(id)
    if not isinstance(found, Tracking) or form not in FORMS:
        raise not_found("tracking")
    return FORMS[form](found, tracked(context.history.shelves, scope.tenant, found, since, until))


def _text(given: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _invalid(name, "must be letters, digits, dots, - and _")
    return value


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
