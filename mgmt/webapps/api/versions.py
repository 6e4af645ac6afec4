"""If-Match, If-None-Match and ETag: the version of a configuration object on HTTP (RFC 9110 13)."""

from __future__ import annotations

import re
from typing import Any

from flask import Request, Response, jsonify

from mgmt.http.errors import Problem
from mgmt.usecases.config import Condition

_tag = re.compile(r'^(?:W/)?"?([0-9]{1,18})"?$')


def condition(request: Request) -> Condition:
    """Which version the client changes. Raises Problem 400 for a tag that was not made here."""
    if request.headers.get("If-None-Match", "").strip() == "*":
        return Condition(version=0)
    text = request.headers.get("If-Match", "").strip()
    if not text:
        return Condition(version=None)
    if text == "*":
        return Condition(version=None, any_version=True)
    found = _tag.match(text)
    if found is None:
        raise Problem(400, "invalid_if_match", 'If-Match takes the version that was read, for example "12".')
    return Condition(version=int(found.group(1)))


def tagged(document: dict[str, Any], status: int, version: str = "version") -> Response:
    """The document with its version, the member of that name, as ETag."""
    answer = jsonify(document)
    answer.status_code = status
    answer.headers["ETag"] = f'"{document[version]}"'
    return answer
