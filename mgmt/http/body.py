"""What a request carries: its JSON object and its paging arguments, checked once at the door."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Request

from mgmt.http.errors import FieldError, Problem
from mgmt.limits import cursor_chars_max, json_depth_max, page_items_default, page_items_max


@dataclass(frozen=True, slots=True)
class Page:
    """`limit` items after `cursor` (None: from the newest)."""

    limit: int
    cursor: str | None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _depth_is_fine(value: Any) -> bool:
    level = [value]
    for _ in range(json_depth_max):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return True
    return False


def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Problem 400 (malformed), 413 (too big, by Flask), 415, 422 (not an object)."""
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type", "Send the body as application/json.")
    try:
        value = json.loads(request.get_data(), parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # no half surrogate pairs, no 1e999
    except (ValueError, RecursionError) as wrong:
        raise Problem(400, "malformed_json", f"The body is not JSON: {wrong}.") from wrong
    if not _depth_is_fine(value):
        raise Problem(400, "malformed_json", f"The body is nested deeper than {json_depth_max} levels.")
    if not isinstance(value, dict):
        raise Problem(422, "not_an_object", "The body must be a JSON object.", (FieldError("", "must be an object"),))
    return value


def text_field(document: dict[str, Any], name: str, chars_max: int, required: bool = True) -> str | None:
    """A string member of a body, or None when it may be missing."""
    value = document.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= chars_max:
        detail = f"must be a text of 1 to {chars_max} characters"
        raise Problem(422, "invalid_field", f"{name} {detail}.", (FieldError(f"/{name}", detail),))
    return value


def object_field(document: dict[str, Any], name: str) -> dict[str, Any]:
    """An object member of a body."""
    value = document.get(name)
    if not isinstance(value, dict):
        raise Problem(
            422, "invalid_field", f"{name} must be an object.", (FieldError(f"/{name}", "must be an object"),)
        )
    return value


def known_fields(document: dict[str, Any], *names: str) -> None:
    """Refuse members that mean nothing here: a misspelt field must not look accepted."""
    unknown = sorted(set(document) - set(names))
    if unknown:
        errors = tuple(FieldError(f"/{name}", "is not known here", "unknown_field") for name in unknown)
        raise Problem(422, "unknown_field", f"Not known here: {', '.join(unknown)}.", errors)


def page(request: Request) -> Page:
    """`limit` and `cursor` of the query. Raises Problem 400."""
    limit = count(request, "limit", page_items_default, page_items_max)
    cursor = request.args.get("cursor") or None
    if cursor is not None and len(cursor) > cursor_chars_max:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.")
    return Page(limit, cursor)


def count(request: Request, name: str, default: int, most: int) -> int:
    """A number of the query from 1 to `most`. Raises Problem 400."""
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most):
        raise Problem(400, f"invalid_{name}", f"{name} must be a number from 1 to {most}.")
    return int(text)
