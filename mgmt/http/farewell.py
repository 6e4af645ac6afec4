"""What the answers of an app say that is on its way out: Deprecation (RFC 9745), Sunset (RFC 8594), and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from configdb.estate import Region
from mgmt.http import door


def install(app: Flask, rules: Mapping[str, door.Rules]) -> None:
    """Has the answers say it; `rules` by the name of the blueprint."""

    @app.after_request
    def say(response: Response) -> Response:
        rule = rules.get(request.blueprint or "")
        if rule is not None:
            add_farewell(response.headers, door.context().region, rule.app)
        return response


def add_farewell(headers: Headers, region: Region, app: str) -> None:
    """Says it in the headers of an answer of `app`, as the region's manifest has it."""
    found = region.deprecated.get(app)
    if found is None:
        return
    headers["Deprecation"] = f"@{int(found.since.timestamp())}"
    if found.until is not None:
        headers["Sunset"] = format_datetime(found.until.astimezone(UTC), usegmt=True)
    if app in region.moved and "successor-version" not in headers.get("Link", ""):
        headers.add("Link", f'<{region.moved[app]}>; rel="successor-version"')
