"""Past calls as `quality.blame` sees them: two sides, their packets from the history, their sound from the analyses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any
from zoneinfo import ZoneInfo

from history.documents import Call, Leg
from history.store import CallFilter, HistoryStore
from mgmt.analyses import Analyses
from mgmt.limits import quality_calls_max
from quality.blame.sides import Conversation, Kind, Side, Stream


@dataclass(frozen=True, slots=True)
class Past:
    """Where the past of a tenant is; hours and weekdays are those of `timezone`."""

    history: HistoryStore
    analyses: Analyses
    tenant: str
    timezone: str


def conversations(past: Past, since: float, until: float) -> Iterator[Conversation]:
    """Answered calls of the time, newest first, at most `quality_calls_max`."""
    cursor: str | None = None
    left = quality_calls_max
    while left > 0:
        page = past.history.calls(past.tenant, CallFilter(since=since, until=until), cursor, min(left, 200))
        yield from (conversation(past, call) for call in page.rows if call.answered_at is not None)
        left -= len(page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return


def conversation(past: Past, call: Call) -> Conversation:
    """One call. Of several who answered, the last one is the other side."""
    legs = past.history.legs(past.tenant, call.id)
    heard = past.analyses.of(past.tenant, call.recording) if call.recording else None
    channels: list[dict[str, Any]] = heard["channels"] if heard is not None else []
    found: list[Leg] = [leg for leg in legs if leg.role == "caller"][:1]
    found += [leg for leg in legs if leg.role != "caller" and leg.answered_at is not None][-1:]
    sides = [_side(call, leg, channels) for leg in found]
    moment = datetime.fromtimestamp(call.started_at, ZoneInfo(past.timezone))
    number = call.from_ if call.direction == "inbound" else call.to
    begin = call.answered_at or call.started_at
    seconds = max(0.0, (call.ended_at or begin) - begin)
    return Conversation(call.id, call.started_at, moment.hour, moment.weekday(), seconds, number, tuple(sides))


def _side(call: Call, leg: Leg, channels: list[dict[str, Any]]) -> Side:
    is_caller = leg.role == "caller"
    outside = call.trunk is not None and call.direction == ("inbound" if is_caller else "outbound")
    index = 0 if is_caller else 1
    channel = channels[index] if index < len(channels) else {}
    return Side(
        kind=Kind.TRUNK if outside else Kind.PHONE,
        name=call.trunk if outside and call.trunk else leg.party,
        codec=leg.codec,
        site=None if outside else site_of(leg.remote),
        device=None if outside else leg.device or leg.party,
        came=_stream(leg.quality.get("rx")),
        went=_stream(leg.quality.get("tx")),
        faults=frozenset(defect["fault"] for defect in channel.get("defects", ())),
        opinion=channel.get("mos"),
    )


def _stream(summary: dict[str, Any] | None) -> Stream | None:
    if not summary:
        return None
    expected = max(1, summary["packets"] + summary["lost"])
    return Stream(
        summary["packets"],
        100 * summary["lost"] / expected,
        100 * summary.get("late", 0) / expected,
        summary["jitter_ms"],
        summary["mos"],
        summary.get("mos_min"),
    )


def site_of(remote: str) -> str | None:
    """The network a phone is in: /24, or /48 of IPv6; None for what is no address.

    A leg's `remote` is a contact ("sip:ann@192.0.2.8:5060;ob") or an address with its transport ("udp 192.0.2.8:5060").
    """
    remote = remote.rpartition("@")[2].rpartition(" ")[2].partition(";")[0].removeprefix("sip:")
    host = remote.rpartition(":")[0].strip("[]") if remote.count(":") == 1 or remote.startswith("[") else remote
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))
