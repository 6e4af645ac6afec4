"""The waveform of a recording, one lane a channel, with its defects marked and named and its opinions below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quality.pictures.svg import document, element, grade, seconds_axis, titled, words

WIDTH, LANE, GAP, OPINION, LEFT = 1000.0, 70.0, 26.0, 8.0, 14.0


def sound_picture(
    peaks: Sequence[Sequence[float]],
    seconds: float,
    channels: Sequence[dict[str, Any]],
    names: Sequence[str],
    language: str,
) -> str:
    """An SVG. `peaks` as `media.audio.peaks`; `channels` as `quality.recording` tells them, or none yet."""
    body, y = [], 18.0
    height = y + len(peaks) * (LANE + GAP + OPINION) + 8
    body.append(seconds_axis(LEFT, WIDTH - 2 * LEFT, y, height - 26, seconds))
    for index, pairs in enumerate(peaks):
        heard = channels[index] if index < len(channels) else {}
        body.append(_lane(pairs, y, seconds, heard, names[index] if index < len(names) else "", language))
        y += LANE + GAP + OPINION
    return document(WIDTH, height, "Waveform with defects", body)


def _x(at_s: float, seconds: float) -> float:
    return LEFT + (WIDTH - 2 * LEFT) * min(1.0, max(0.0, at_s / max(seconds, 1e-9)))


def _lane(pairs: Sequence[float], y: float, seconds: float, heard: dict[str, Any], name: str, language: str) -> str:
    middle, half = y + LANE / 2, LANE / 2
    columns = max(1, len(pairs) // 2)
    step = (WIDTH - 2 * LEFT) / columns
    path = "".join(
        f"M{LEFT + i * step:.1f} {middle - pairs[2 * i + 1] * half:.1f}h{max(step * 0.8, 0.4):.1f}"
        f"V{middle - pairs[2 * i] * half + 0.6:.1f}h-{max(step * 0.8, 0.4):.1f}z"
        for i in range(len(pairs) // 2)
    )
    parts = [words(LEFT, y - 5, name, class_="dim"), element("path", d=path or "M0 0", class_="wave")]
    for one in heard.get("defects", ()):
        start, end = _x(one["start_s"], seconds), _x(one["end_s"], seconds)
        box = element("rect", x=start, y=y, width=max(2.0, end - start), height=LANE, class_="mark")
        said = one.get("text", {}).get(language, one["fault"])
        parts.append(titled(box, f"{said}: {one['value']} {one['unit']}"))
    for one in heard.get("opinions", ()):
        start, end = _x(one["at_s"], seconds), _x(one["at_s"] + 8, seconds)
        bar = element(
            "rect", x=start, y=y + LANE + 3, width=max(1.0, end - start - 1), height=OPINION, class_=grade(one["mos"])
        )
        parts.append(titled(bar, f"MOS {one['mos']} ± {one['error']}"))
    return "".join(parts)
