"""A past call in words: its steps with local time and seconds since the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


def explain(call: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], zone: str) -> list[str]:
    """One line a step: local time, offset, node, text. Times are epoch seconds."""
    place = ZoneInfo(zone)
    lines = []
    for step in steps:
        local = datetime.fromtimestamp(step["at"], UTC).astimezone(place).strftime("%H:%M:%S")
        where = f" [{step['node']}]" if step.get("node") else ""
        lines.append(f"{local}  {step['at'] - call['started_at']:+7.2f} s{where}  {step['text']}")
    return lines
