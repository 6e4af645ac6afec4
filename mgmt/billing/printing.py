"""An invoice as PDF, A4, in English or Russian; as many pages as its lines need. The same invoice is the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from mgmt.billing.heading import Heading
from mgmt.billing.invoicing import Issued

FONT = "Roboto"
WORDS = {
    "en": {
        "title": "Invoice {number}",
        "date": "Date: {date}",
        "due": "To be paid by {date}",
        "term": "{since} to {until}",
        "head": ("What", "Quantity", "Amount"),
        "plan": "Plan, a month in advance",
        "minutes": "Minutes beyond the plan",
        "numbers": "Numbers beyond the plan, a month in advance",
        "number_setup": "New numbers, once",
        "calls": "Calls to {prefix}, minutes",
        "total": "Total",
    },
    "ru": {
        "title": "Счёт {number}",
        "date": "Дата: {date}",
        "due": "Оплатить до {date}",
        "term": "{since} — {until}",
        "head": ("Услуга", "Количество", "Сумма"),
        "plan": "Тариф, месяц вперёд",
        "minutes": "Минуты сверх тарифа",
        "numbers": "Номера сверх тарифа, месяц вперёд",
        "number_setup": "Подключение номеров",
        "calls": "Звонки на {prefix}, минуты",
        "total": "Итого",
    },
}


@cache
def _font() -> str:
    """The typeface that has Cyrillic too, known to the printer from now on."""
    place = files("font_roboto") / "files"
    for name, file in ((FONT, "Roboto-Regular.ttf"), (f"{FONT}-Bold", "Roboto-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(place / file)))
    return FONT


def printed(issued: Issued, heading: Heading) -> bytes:
    """The document."""
    words, out = WORDS.get(heading.language, WORDS["en"]), BytesIO()
    title = str(words["title"]).format(number=issued.number)
    page = {"leftMargin": 22 * mm, "rightMargin": 22 * mm, "topMargin": 20 * mm, "bottomMargin": 20 * mm}
    made = SimpleDocTemplate(
        out, pagesize=A4, title=title, author=heading.issuer.partition("\n")[0], invariant=1, **page
    )
    made.build(list(_story(issued, heading, words, title)))
    return out.getvalue()


def _story(issued: Issued, heading: Heading, words: dict[str, Any], title: str) -> Iterator[Flowable]:
    text = ParagraphStyle("text", fontName=_font(), fontSize=10, leading=14)
    large = ParagraphStyle("large", parent=text, fontName=f"{FONT}-Bold", fontSize=18, leading=24)
    for line in heading.issuer.splitlines()[:12]:
        yield Paragraph(escape(line), text)
    yield Spacer(1, 8 * mm)
    yield Paragraph(escape(heading.company), text)
    yield Spacer(1, 8 * mm)
    yield Paragraph(escape(title), large)
    yield Paragraph(words["date"].format(date=_day(issued.made_at)), text)
    if issued.due_at is not None:
        yield Paragraph(words["due"].format(date=_day(issued.due_at)), text)
    yield Paragraph(words["term"].format(since=_day(issued.since), until=_day(issued.until)), text)
    yield Spacer(1, 6 * mm)
    rows = [words["head"], *(_row(line, issued.currency, words) for line in issued.lines)]
    rows.append((words["total"], "", money(issued.cents, issued.currency)))
    yield _table(rows)


def _table(rows: list[tuple[str, str, str]]) -> Table:
    style = [
        ("FONTNAME", (0, 0), (-1, -1), FONT),
        ("FONTNAME", (0, 0), (-1, 0), f"{FONT}-Bold"),
        ("FONTNAME", (0, -1), (-1, -1), f"{FONT}-Bold"),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black),
    ]
    return Table(rows, (96 * mm, 30 * mm, 40 * mm), repeatRows=1, style=TableStyle(style))


def _row(line: dict[str, Any], currency: str, words: dict[str, Any]) -> tuple[str, str, str]:
    text = str(line["text"])
    named = words["calls"].format(prefix=text) if text.startswith("+") else words[text]
    return str(named), str(line["quantity"]), money(int(line["cents"]), currency)


def money(cents: int, currency: str) -> str:
    """1900 -> "19.00 USD"; below nothing with its sign."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d} {currency}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
