"""The SIP ladder of a call: the traced messages of its dialogs in one order, each with its summary line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from softswitch.transport.trace import TraceEntry


def ladder(entries: Mapping[str, list[TraceEntry]], legs: Mapping[str, str]) -> list[dict[str, Any]]:
    """Documents of `history.documents.SipMessage` in microsecond order; `legs` names the leg of a Call-ID."""
    messages = [message(entry, legs[call_id]) for call_id, found in entries.items() for entry in found]
    return sorted(messages, key=lambda one: one["at_us"])


def message(entry: TraceEntry, leg: str) -> dict[str, Any]:
    """One message."""
    raw = entry.data.decode("utf-8", "replace")
    return {
        "at_us": entry.at_us,
        "leg": leg,
        "from": entry.source,
        "to": entry.destination,
        "summary": summary(raw.partition("\r\n")[0]),
        "raw": raw,
        "transport": entry.transport,
    }


def summary(start_line: str) -> str:
    """A start line without its protocol version: "INVITE sip:101@example.org", "180 Ringing"."""
    if start_line.startswith("SIP/2.0 "):
        return start_line.removeprefix("SIP/2.0 ")
    return start_line.removesuffix(" SIP/2.0")
