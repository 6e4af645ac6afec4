"""A past call in words: its steps with local time and seconds since the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from softswitch.routing.russian import in_russian


def said(code: str, text: str, language: str) -> str:
    """A step in a language: English as it was written, or Russian."""
    return in_russian(code, text) if language.startswith("ru") else text


def explain(call: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], zone: str, language: str = "en") -> list[str]:
    """One line a step: local time, offset, node, text in the language. Times are epoch seconds."""
    place = ZoneInfo(zone)
    lines = []
    for step in steps:
        local = datetime.fromtimestamp(step["at"], UTC).astimezone(place).strftime("%H:%M:%S")
        where = f" [{step['node']}]" if step.get("node") else ""
        text = said(step["code"], step["text"], language)
        lines.append(f"{local}  {step['at'] - call['started_at']:+7.2f} s{where}  {text}")
    return lines
