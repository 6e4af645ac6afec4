"""A table as pages to print (PDF, by fpdf2), with a font of its own that knows Latin, Cyrillic and Greek."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from mgmt.reports.table import Table, shown

FONT = Path(__file__).parent / "fonts" / "DejaVuSans-subset.ttf"
ROWS_MAX = 5_000
CELL_CHARS_MAX = 60
MORE = {
    "en": "There are more rows than fit here: take the report as CSV or XLSX.",
    "ru": "Строк больше, чем помещается: возьмите отчёт в CSV или XLSX.",
}


class _Paper(FPDF):
    """Pages with their number below."""

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-12)
        self.set_font("report", size=7)
        self.cell(0, 8, f"{self.page_no()} / {{nb}}", align="C")


def write(table: Table, file: BinaryIO) -> int:
    """Write it; how many rows it shows."""
    paper = _Paper("L", "mm", "A4")
    paper.add_font("report", fname=FONT)
    paper.alias_nb_pages()
    paper.set_margin(12)
    paper.set_auto_page_break(True, 15)
    paper.set_title(table.title)
    paper.add_page()
    for size, text in ((15, table.title), (9, table.about)):
        paper.set_font("report", size=size)
        paper.cell(0, 7, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font("report", size=7)
    width = paper.epw / max(1, len(table.columns))
    _line(paper, table.columns, width, True)
    count = 0
    for row in table.rows:
        if count >= ROWS_MAX:
            paper.cell(0, 6, MORE.get(table.language, MORE["en"]), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            break
        count += 1
        if paper.will_page_break(5.5):
            paper.add_page()
            paper.set_font("report", size=7)
            _line(paper, table.columns, width, True)
        _line(paper, tuple(shown(cell) for cell in row), width, False)
    paper.output(file)
    return count


def _line(paper: FPDF, texts: tuple[str, ...], width: float, head: bool) -> None:
    paper.set_fill_color(230)
    for text in texts:
        paper.cell(width, 5.5, _fitting(paper, text, width - 1.5), border="B", fill=head)
    paper.ln()


def _fitting(paper: FPDF, text: str, width: float) -> str:
    """As much of it as the column has room for."""
    text = " ".join(text.split())[:CELL_CHARS_MAX]
    while text and paper.get_string_width(text) > width:
        text = text[:-2] + "…" if len(text) > 2 else ""
    return text
