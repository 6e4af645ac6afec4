"""Members of JSON that a stranger sent, each of the right type or `Malformed`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from mgmt.sms.wire import MEDIA_MAX, TEXT_CHARS_MAX, Malformed


def read(body: bytes) -> Any:
    """A document. Raises `Malformed`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("not JSON") from error


def table(value: Any, name: str) -> dict[str, Any]:
    """A member that is an object."""
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise Malformed(f"{name} is missing")
    return found


def text(value: Any, name: str, default: str | None = None, chars_max: int = TEXT_CHARS_MAX) -> str:
    """A member that is a text; `default` when it is missing or null."""
    found = value.get(name) if isinstance(value, dict) else None
    if found is None and default is not None:
        return default
    if not isinstance(found, str) or len(found) > chars_max:
        raise Malformed(f"{name} is no text")
    return found


def items(value: Any, name: str) -> list[Any]:
    """A member that is a list, none when it is missing or null."""
    found = value.get(name) if isinstance(value, dict) else None
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > 100:
        raise Malformed(f"{name} is no list")
    return found


def first(value: Any, name: str) -> Any:
    """The first of a list, an empty object when there is none."""
    return next(iter(items(value, name)), {})


def media_urls(found: list[str]) -> tuple[tuple[str, str], ...]:
    """As `Came.media`, the first ten."""
    return tuple((url, "") for url in found[:MEDIA_MAX])


def moment(stamp: str) -> float | None:
    """The seconds of an RFC 3339 stamp, None when it is none."""
    try:
        return datetime.fromisoformat(stamp).timestamp() if stamp else None
    except (ValueError, OverflowError):
        return None
