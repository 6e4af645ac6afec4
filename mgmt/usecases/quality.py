"""How calls sounded: what was heard in a recording, pictures, score cards, who is to blame, and hearing old recordings again."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from media.audio.wav import HEADER_SIZE, SAMPLE_SIZE
from media.storage.names import media_id, name_of
from media.storage.store import Stat
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.conversations import Past, conversation, conversations
from mgmt.http.errors import Problem, not_found
from mgmt.limits import backfill_media_max, quality_span_s_max, quality_worst_max
from mgmt.usecases import media
from quality.blame.preference import demerits, trunk_scores
from quality.blame.score_card import percentile, score_card
from quality.blame.sides import Conversation, Kind
from quality.blame.verdict import verdicts
from quality.blame.watch import raised
from quality.pictures.heat_map import heat_map
from quality.pictures.report import report as page
from quality.pictures.sound import sound_picture
from quality.pictures.spectrogram import spectrogram as drawn
from quality.pictures.timeline import timeline as along
from quality.words import Language

Document = dict[str, Any]
DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ru": ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"),
}
TITLES: dict[Language, tuple[str, str, str]] = {
    "en": ("Voice quality", "Weekday and hour", "Trunk and hour"),
    "ru": ("Качество связи", "День недели и час", "Транк и час"),
}
DIRECTIONS = {"rx": "from", "tx": "to"}


def analysis(context: Context, scope: Scope, id: str) -> Document:
    """What was heard in a recording: `state` heard, waiting or unheard. Raises Problem 404, 503."""
    media.find(context, scope, id)
    found = context.analyses.of(scope.tenant, id)
    if found is not None:
        return {"state": "heard", **found}
    return {"state": "waiting" if context.analyses.waiting(scope.tenant, id) else "unheard", "channels": []}


def of_call(context: Context, scope: Scope, id: str) -> Document:
    """Verdicts and, when it was recorded, what was heard. Raises Problem 404."""
    call = context.history.call(scope.tenant, id)
    if call is None:
        raise not_found("call")
    said = [one.to_document() for one in verdicts(conversation(_past(context, scope), call))]
    heard = context.analyses.of(scope.tenant, call.recording) if call.recording else None
    waits = call.recording is not None and context.analyses.waiting(scope.tenant, call.recording) > 0
    return {"verdicts": said, "heard": heard, "waiting": waits}


def waveform(context: Context, scope: Scope, id: str, language: Language) -> str:
    """The waveform with its defects, SVG. Raises Problem 404, 422, 503."""
    peaks = media.peaks(context, scope, id)
    found = context.analyses.of(scope.tenant, id) or {"channels": []}
    return sound_picture(peaks["channels"], peaks["duration_s"], found["channels"], (), language)


def spectrogram(context: Context, scope: Scope, id: str) -> bytes:
    """The spectrogram with its defects, PNG. Raises Problem 404, 422, 503."""
    stat = media.find(context, scope, id)
    head = b"".join(media.read(context, stat, 0, HEADER_SIZE))
    channels, rate_hz = int.from_bytes(head[22:24], "little"), int.from_bytes(head[24:28], "little")
    if len(head) < HEADER_SIZE or channels not in (1, 2) or head[34:36] != b"\x10\x00" or not rate_hz:
        raise Problem(422, "not_a_recording", "Only recordings of this node can be drawn.")
    size = channels * SAMPLE_SIZE
    found = context.analyses.of(scope.tenant, id) or {"channels": []}
    defects = [channel["defects"] for channel in found["channels"]]

    def read(start: int, end: int) -> NDArray[np.int16]:
        data = b"".join(media.read(context, stat, HEADER_SIZE + start * size, HEADER_SIZE + end * size))
        return np.frombuffer(data, dtype="<i2").astype(np.int16).reshape(-1, channels)

    return drawn(read, _frames(stat, size), channels, rate_hz, defects)


def _frames(stat: Stat, size: int) -> int:
    return max(0, (stat.size_bytes - HEADER_SIZE) // size)


def timeline(context: Context, scope: Scope, id: str) -> str:
    """The call's windows and steps on one axis, SVG. Raises Problem 404."""
    call = context.history.call(scope.tenant, id)
    if call is None:
        raise not_found("call")
    legs = {leg.id: leg.party for leg in context.history.legs(scope.tenant, id)}
    names = {(leg, way): f"{word} {party}" for leg, party in legs.items() for way, word in DIRECTIONS.items()}
    windows = [window.to_document() for window in context.history.quality(scope.tenant, id)]
    events = [(step.at, step.text) for step in context.history.steps(scope.tenant, id)]
    return along(windows, names, events, call.started_at)


def card(context: Context, scope: Scope, since: float, until: float) -> Document:
    """Score cards of a time, its worst calls with their verdicts, and the cells of the heat maps. Raises Problem 400, 403."""
    scope.require_insight()
    if not 0 < until - since <= quality_span_s_max:
        raise Problem(400, "invalid_time", "since must be before until, and both within 400 days.")
    calls = list(conversations(_past(context, scope), since, until))
    groups = score_card(calls)
    scored = [call for call in calls if call.mos is not None]
    worst = sorted(scored, key=lambda call: call.mos or 0)[:quality_worst_max]
    return {
        "since_at": since,
        "until_at": until,
        "calls": len(calls),
        "measured": len(scored),
        "groups": {name: [row.to_document() for row in rows] for name, rows in groups.items()},
        "demerits": demerits(trunk_scores(calls)),
        "alarms": raised(calls, until),
        "worst": [_worst(call) for call in worst],
        "weekdays": _cells((str(call.weekday), call) for call in scored),
        "trunks": _cells((side.name, call) for call in scored for side in call.sides if side.kind is Kind.TRUNK),
    }


def _past(context: Context, scope: Scope) -> Past:
    return Past(context.history, context.analyses, scope.tenant, scope.view.tenant.timezone)


def _worst(call: Conversation) -> Document:
    said = [one.to_document() for one in verdicts(call)]
    return {"call": call.call, "when_at": call.at, "number": call.number, "mos": call.mos, "verdicts": said}


def _cells(found: Any) -> list[Document]:
    kept: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row, call in found:
        kept[row, call.hour].append(call.mos)
    return [
        {"row": row, "hour": hour, "mos_p5": percentile(scores, 0.05), "calls": len(scores)}
        for (row, hour), scores in sorted(kept.items())
    ]


def heat(document: Document, kind: str, language: Language) -> str:
    """A heat map of a card: "weekdays" or "trunks". Raises Problem 404."""
    if kind not in ("weekdays", "trunks"):
        raise not_found("heat map")
    cells = {(one["row"], one["hour"]): (one["mos_p5"], one["calls"]) for one in document[kind]}
    title = TITLES[language][1 if kind == "weekdays" else 2]
    if kind == "trunks":
        return heat_map(title, sorted({row for row, _ in cells}), cells)
    days = DAYS[language]
    return heat_map(title, days, {(days[int(row)], hour): value for (row, hour), value in cells.items()})


def report(context: Context, scope: Scope, since: float, until: float, language: Language) -> str:
    """A self-contained HTML page. Raises Problem 400, 403."""
    document, zone = card(context, scope, since, until), ZoneInfo(scope.view.tenant.timezone)

    def local(at: float) -> str:
        return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"

    for one in document["worst"]:
        one["when"] = local(one["when_at"])
    title = f"{TITLES[language][0]}: {scope.view.tenant.name}, {local(since)[:10]} – {local(until)[:10]}"
    maps = [(TITLES[language][i], heat(document, kind, language)) for i, kind in ((1, "weekdays"), (2, "trunks"))]
    return page(document, title, maps, language)


def backfill(context: Context, scope: Scope, since: float, until: float) -> Document:
    """All recordings of a time are heard (again) in the background. Raises Problem 400, 403."""
    scope.require_manager()
    if not 0 < until - since <= quality_span_s_max:
        raise Problem(400, "invalid_time", "since must be before until, and both within 400 days.")
    first, last = (media_id("recording", at, "x").split("-")[1] for at in (since, until))
    wanted = []
    for kind in ("recording", "voicemail"):
        for name in context.media.names(f"{scope.tenant}/{kind}/"):
            _, _, day, file = name.split("/")
            if first <= day <= last:
                wanted.append(f"{kind}-{day}-{file.removesuffix('.wav')}")
    known = [one for one in wanted[:backfill_media_max] if name_of(scope.tenant, one)]
    return {"queued": context.analyses.want(scope.tenant, known, context.clock()), **progress(context, scope)}


def progress(context: Context, scope: Scope) -> Document:
    """How many recordings wait and how many were heard."""
    return {"waiting": context.analyses.waiting(scope.tenant), "heard": context.analyses.count(scope.tenant)}
