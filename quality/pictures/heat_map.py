"""A heat map: MOS of the worst twentieth by row and hour, with the number of calls; grey where nothing was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quality.pictures.svg import document, element, titled, words

CELL_W, CELL_H, LEFT, TOP = 34.0, 24.0, 130.0, 24.0
HOURS = 24


def heat_map(title: str, rows: Sequence[str], cells: Mapping[tuple[str, int], tuple[float | None, int]]) -> str:
    """An SVG. `cells` by (row, hour of the day): MOS (None: not measured) and calls."""
    body = [
        words(LEFT + (h + 0.5) * CELL_W, TOP - 8, f"{h:02d}", class_="dim", text_anchor="middle") for h in range(HOURS)
    ]
    for index, row in enumerate(rows):
        y = TOP + index * CELL_H
        body.append(words(4, y + 16, row[:20]))
        for hour in range(HOURS):
            mos, calls = cells.get((row, hour), (None, 0))
            grey = "none" if mos is None else None
            x = LEFT + hour * CELL_W
            shape = element("rect", x=x, y=y, width=CELL_W - 2, height=CELL_H - 2, rx=3, fill=colour(mos), class_=grey)
            if calls:
                at = LEFT + (hour + 0.5) * CELL_W - 1
                shape += words(at, y + 15, str(calls), text_anchor="middle", style="fill:#fff")
            said = "not measured" if mos is None else f"MOS {mos:.2f}"
            body.append(titled(shape, f"{row} {hour:02d}:00, {calls} calls, {said}"))
    return document(LEFT + HOURS * CELL_W + 4, TOP + max(1, len(rows)) * CELL_H + 4, title, body)


def colour(mos: float | None) -> str | None:
    """Red at 2.5 and below, amber, green at 4.3 and above; None (the style's grey) for none."""
    if mos is None:
        return None
    hue = 120 * min(1.0, max(0.0, (mos - 2.5) / 1.8))
    return f"hsl({hue:.0f} 62% 40%)"
