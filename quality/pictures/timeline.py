"""A call on one axis of time: of every leg and direction the loss, what came late, jitter and MOS; and what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quality.pictures.svg import document, element, grade, seconds_axis, titled, words

WIDTH, LEFT, RIGHT, LANE, GAP = 1000.0, 150.0, 12.0, 46.0, 12.0
LOSS_FULL_PERCENT, JITTER_FULL_MS = 10.0, 80.0
EVENTS_MAX = 40


def timeline(
    windows: Sequence[Mapping[str, Any]],
    names: Mapping[tuple[str, str], str],
    events: Sequence[tuple[float, str]],
    start: float,
) -> str:
    """An SVG. `windows` as in the history, `names` by (leg, direction), `events` (time, words); times in epoch seconds."""
    lanes = list(dict.fromkeys((window["leg"], window["direction"]) for window in windows))
    end = max([window["at"] for window in windows] + [at for at, _ in events] + [start + 1])
    seconds, top = end - start, 26.0
    height = top + max(1, len(lanes)) * (LANE + GAP) + 22
    body = [seconds_axis(LEFT, WIDTH - LEFT - RIGHT, top, height - 22, seconds)]
    for index, lane in enumerate(lanes):
        y = top + index * (LANE + GAP)
        mine = [window for window in windows if (window["leg"], window["direction"]) == lane]
        body.append(words(4, y + 16, names.get(lane, " ".join(lane))[:24]))
        body.append(_lane(mine, y, start, seconds))
    for at, said in events[:EVENTS_MAX]:
        x = _x(at - start, seconds)
        body.append(titled(element("line", x1=x, x2=x, y1=top - 8, y2=height - 22, class_="event"), said))
    if not lanes:
        body.append(words(LEFT, top + 24, "not measured", class_="dim"))
    return document(WIDTH, height, "Quality of the call over time", body)


def _x(at_s: float, seconds: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, at_s / seconds))


def _lane(windows: Sequence[Mapping[str, Any]], y: float, start: float, seconds: float) -> str:
    parts = [element("rect", x=LEFT, y=y, width=WIDTH - LEFT - RIGHT, height=LANE, class_="lane")]
    jitter = []
    for window in windows:
        left, right = _x(window["at"] - window["seconds"] - start, seconds), _x(window["at"] - start, seconds)
        wide = max(1.0, right - left - 1)
        mos = window["mos"]
        tall = 4.0 if mos is None else LANE * (mos - 1) / 3.5
        shapes = element(
            "rect", x=left, y=y + LANE - tall, width=wide, height=tall, class_=grade(mos), fill_opacity=0.45
        )
        expected = max(1, window["packets"] + window["lost"])
        at = y
        for name in ("lost", "late"):
            percent = 100 * window[name] / expected
            size = min(LANE, LANE * percent / LOSS_FULL_PERCENT)
            if size > 0:
                shapes += element("rect", x=left, y=at, width=wide, height=max(1.5, size), class_=name)
                at += size
        parts.append(titled(shapes, _said(window, expected)))
        jitter.append(
            f"{(left + right) / 2:.1f},{y + LANE - min(LANE, LANE * window['jitter_ms'] / JITTER_FULL_MS):.1f}"
        )
    parts.append(element("polyline", points=" ".join(jitter), class_="line"))
    return "".join(parts)


def _said(window: Mapping[str, Any], expected: int) -> str:
    mos = window.get("reason") or "not measured" if window["mos"] is None else f"MOS {window['mos']}"
    loss = f"lost {100 * window['lost'] / expected:.1f} %, late {100 * window['late'] / expected:.1f} %"
    return f"{mos}; {loss}, jitter {window['jitter_ms']} ms"
