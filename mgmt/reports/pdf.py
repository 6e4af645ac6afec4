"""A table as pages to print (PDF, A4 across), in a typeface that knows Latin, Cyrillic and Greek."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import BinaryIO

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from mgmt.reports.table import Table, shown

ROWS_MAX = 5_000
CELL_CHARS_MAX = 60
MARGIN, ROW, SIZE, GAP = 34.0, 15.5, 7.0, 4.0
"""Points."""
HEAD_GREY, LINE_GREY = 0.9, 0.7
MORE = {
    "en": "There are more rows than fit here: take the report as CSV or XLSX.",
    "ru": "Строк больше, чем помещается: возьмите отчёт в CSV или XLSX.",
}


@cache
def _font() -> str:
    path = files("font_roboto") / "files" / "Roboto-Regular.ttf"
    pdfmetrics.registerFont(TTFont("report", str(path)))
    return "report"


class _Paper:
    """Pages that are filled from above: each begins with the names of the columns and ends with its number."""

    def __init__(self, file: BinaryIO, table: Table) -> None:
        self._canvas, self._columns = Canvas(file, pagesize=landscape(A4)), table.columns
        self._canvas.setTitle(table.title)
        self._width, self._height = landscape(A4)
        self._top = self._height - MARGIN
        for size, words in ((15.0, table.title), (9.0, table.about)):
            self.text(words, size)
        self._head()

    def text(self, words: str, size: float = SIZE) -> None:
        """A line across the page."""
        self._canvas.setFont(_font(), size)
        self._top -= size + 2 * GAP
        self._canvas.drawString(MARGIN, self._top + GAP, words)

    def row(self, texts: tuple[str, ...]) -> None:
        """One row of the table, on a new page when this one is full."""
        if self._top - ROW < MARGIN + ROW:
            self._end_page()
            self._top = self._height - MARGIN
            self._head()
        self._line(texts)

    def close(self) -> None:
        """Write the last page and the file."""
        self._end_page()
        self._canvas.save()

    def _head(self) -> None:
        self._canvas.setFillGray(HEAD_GREY)
        self._canvas.rect(MARGIN, self._top - ROW, self._width - 2 * MARGIN, ROW, stroke=0, fill=1)
        self._canvas.setFillGray(0)
        self._line(self._columns)

    def _line(self, texts: tuple[str, ...]) -> None:
        width = (self._width - 2 * MARGIN) / max(1, len(self._columns))
        self._top -= ROW
        self._canvas.setFont(_font(), SIZE)
        for place, words in enumerate(texts):
            self._canvas.drawString(MARGIN + place * width + GAP / 2, self._top + GAP, _fitting(words, width - GAP))
        self._canvas.setStrokeGray(LINE_GREY)
        self._canvas.line(MARGIN, self._top, self._width - MARGIN, self._top)

    def _end_page(self) -> None:
        self._canvas.setFont(_font(), SIZE)
        self._canvas.drawCentredString(self._width / 2, MARGIN / 2, str(self._canvas.getPageNumber()))
        self._canvas.showPage()


def write(table: Table, file: BinaryIO) -> int:
    """Write it; how many rows it shows."""
    paper, count = _Paper(file, table), 0
    for row in table.rows:
        if count >= ROWS_MAX:
            paper.text(MORE.get(table.language, MORE["en"]))
            break
        count += 1
        paper.row(tuple(shown(cell) for cell in row))
    paper.close()
    return count


def _fitting(words: str, width: float) -> str:
    """As much of it as the column has room for."""
    words = " ".join(words.split())[:CELL_CHARS_MAX]
    while words and pdfmetrics.stringWidth(words, _font(), SIZE) > width:
        words = words[:-2] + "…" if len(words) > 2 else ""
    return words
