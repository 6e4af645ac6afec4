"""The form of values on HTTP: RFC 3339 UTC stamps for the epoch seconds kept inside, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mgmt.http.errors import Problem


def stamp(seconds: float) -> str:
    """`1764000000.5` -> `2025-11-24T16:00:00.500Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str, what: str) -> float:
    """The epoch seconds of an RFC 3339 stamp; a stamp without an offset is refused with 400."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise Problem(400, "invalid_time", f"{what} needs a time zone offset, for example 2026-12-24T18:05:00Z.")
        return moment.timestamp()
    except (ValueError, OverflowError) as wrong:
        raise Problem(400, "invalid_time", f"{what} is not an RFC 3339 time.") from wrong


def _is_stamp(key: str, value: object) -> bool:
    named = key in ("at", "answer_by") or key.endswith("_at")
    return named and isinstance(value, int | float) and not isinstance(value, bool)


def outward(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a JSON object in which every number named `at` or `..._at` is an RFC 3339 stamp."""
    return {key: stamp(item) if _is_stamp(key, item) else _copy(item) for key, item in document.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return outward(value)
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value
