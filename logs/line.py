"""An event as one line of a log: a JSON object with the same names in every process. Pure.

    at, level, process, node   when (RFC 3339, UTC), how bad (debug to critical), which process of which node
    event                      what kind: words of the web and the services, the part of the switch that speaks
    tenant, call               what it is about, where that is known
    text                       the sentence for people; then its facts by name, and `failure`: a traceback

JSON escapes what strangers wrote: a line stays a line, and a terminal stays what it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from logs.secret import HIDDEN, NAME, hidden

FIRST = ("at", "level", "process", "node", "event", "tenant", "call", "text")
ABOUT = ("at", "level", "process", "node", "event", "tenant", "call")
"""What we make ourselves, and is as it is."""
TEXT_CHARS_MAX = 8_192
FACTS_MAX = 40


def line(facts: Mapping[str, Any]) -> str:
    """The line, without its end. What is None is left out; what is no value of JSON is written as a text."""
    known = {name: facts[name] for name in FIRST if facts.get(name) is not None}
    others = {name: value for name, value in facts.items() if name not in FIRST and value is not None}
    shown = {name: value if name in ABOUT else _shown(name, value) for name, value in known.items()}
    shown |= {name: _shown(name, value) for name, value in list(others.items())[:FACTS_MAX]}
    return json.dumps(shown, default=lambda value: _text(repr(value)), skipkeys=True)


def stamp(seconds: float) -> str:
    """Epoch seconds as the lines have them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(name: str, value: Any) -> Any:
    if NAME.search(name) and not isinstance(value, bool | int | float):
        return HIDDEN
    match value:
        case bool() | int() | float():
            return value
        case str():
            return _text(value)
        case Mapping():
            return {str(key): _shown(str(key), item) for key, item in list(value.items())[:FACTS_MAX]}
        case list() | tuple() | set() | frozenset():
            return [_shown("", item) for item in list(value)[:FACTS_MAX]]
    return _text(str(value))


def _text(text: str) -> str:
    """Of a long text the beginning and the end, where a traceback says what it was."""
    if len(text) > TEXT_CHARS_MAX:
        half = TEXT_CHARS_MAX // 2
        text = f"{text[:half]} ... {text[-half:]}"
    return hidden(text)
