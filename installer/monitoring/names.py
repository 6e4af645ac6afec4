"""Which metrics an expression uses, and which a scrape or a rules file has."""

from __future__ import annotations

import re

_NAME = re.compile(r"\b(?:[a-z]+:)?softswitch_[a-z0-9_]+(?::[a-z0-9_]+)?")
_RECORDED = re.compile(r"^\s*- record: (\S+)$", re.MULTILINE)
_TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def used(expression: str) -> set[str]:
    """The names in an expression, or in any text with expressions."""
    return set(_NAME.findall(expression))


def recorded(rules: str) -> set[str]:
    """The names that recording rules make."""
    return set(_RECORDED.findall(rules))


def scraped(text: str) -> set[str]:
    """The names that a /metrics has, with the three of each histogram; also of families without a sample just now."""
    return {
        f"{name}{part}" for name, type in _TYPE.findall(text) for part in _PARTS.get(type, ("",)) if type != "unknown"
    }
