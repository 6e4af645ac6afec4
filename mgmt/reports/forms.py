"""How a table is written: one row a form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import BinaryIO

from mgmt.reports import xlsx
from mgmt.reports.table import Table, plain, shown

HTML_ROWS_MAX = 500
BORDER = "border-bottom:1px solid #ccc;padding:3px 8px;text-align:left"


@dataclass(frozen=True, slots=True)
class Form:
    """write: into a file, giving the number of rows."""

    ending: str
    type: str
    write: Callable[[Table, BinaryIO], int]


def _csv(table: Table, file: BinaryIO) -> int:
    """RFC 4180, UTF-8 with the mark by which spreadsheets know it."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer, count = csv.writer(text), 0
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([plain(cell) for cell in row])
        count += 1
    text.flush()
    text.detach()
    return count


def _html(table: Table, file: BinaryIO) -> int:
    """A page for a mail: its look is in its elements, and nothing is fetched."""
    head = "".join(f'<th style="{BORDER}">{escape(name)}</th>' for name in table.columns)
    lines = [
        '<!doctype html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:14px">',
        f"<h1>{escape(table.title)}</h1><p>{escape(table.about)}</p>",
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>',
    ]
    file.write("".join(lines).encode())
    count = 0
    for row in table.rows:
        if count >= HTML_ROWS_MAX:
            file.write(f'<tr><td style="{BORDER}">…</td></tr>'.encode())
            break
        count += 1
        file.write(
            ("<tr>" + "".join(f'<td style="{BORDER}">{escape(shown(one))}</td>' for one in row) + "</tr>").encode()
        )
    file.write(b"</tbody></table></body></html>")
    return count


def _pdf(table: Table, file: BinaryIO) -> int:
    """Pages to print."""
    from mgmt.reports import pdf  # the printer takes a second to load, and most processes print nothing

    return pdf.write(table, file)


def _json(table: Table, file: BinaryIO) -> int:
    """For programs and for the screen: `title`, `about`, `columns`, and `rows` with their cells as they are."""
    head = json.dumps({"title": table.title, "about": table.about, "columns": table.columns})
    file.write(f'{head[:-1]}, "rows": ['.encode())
    count = 0
    for row in table.rows:
        file.write(f"{',' if count else ''}\n{json.dumps(list(row))}".encode())
        count += 1
    file.write(b"\n]}\n")
    return count


FORMS: Mapping[str, Form] = {
    "csv": Form("csv", "text/csv; charset=utf-8", _csv),
    "xlsx": Form("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write),
    "pdf": Form("pdf", "application/pdf", _pdf),
    "html": Form("html", "text/html; charset=utf-8", _html),
    "json": Form("json", "application/json", _json),
}
