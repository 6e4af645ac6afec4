"""Text in which variables stand: "Your balance is {balance|money:EUR}". Read once, from left to right.

{name} the value, {name|digits} key by key, {name|number}, {name|money}, {name|money:EUR}, {name|date}, {name|time};
{now|date}, {now|time} the moment. What is not known is nothing; a brace that begins no variable is itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.spoken import speech

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]{0,40})(?:\|([a-z]{1,10})(?::([A-Za-z]{3}))?)?\}")
NOW = "now"


def filled(text: str, variables: Mapping[str, str], language: str | None, now: datetime, zone: str) -> str:
    """The text with its values, as `language` says them; None: as they are, for programs."""

    def said(found: re.Match[str]) -> str:
        name, format, detail = found.groups()
        local = now.astimezone(ZoneInfo(zone)) if name == NOW else None
        value = local.isoformat(timespec="minutes") if local is not None else variables.get(name, "")
        return (
            value
            if language is None or format is None or not value
            else _formatted(value, format, detail or "", language)
        )

    return _VARIABLE.sub(said, text)


def _formatted(value: str, format: str, detail: str, language: str) -> str:
    if format == "money":
        return speech.money(value, language, detail)
    plain: dict[str, Callable[[str, str], str]] = {
        "digits": speech.digits,
        "number": speech.number,
        "date": speech.day,
        "time": speech.clock,
    }
    return plain[format](value, language) if format in plain else value


def variables_in(text: str) -> frozenset[str]:
    """The names that stand in a text."""
    return frozenset(found[1] for found in _VARIABLE.finditer(text))
