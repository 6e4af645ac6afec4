"""A table as a workbook of one sheet (ECMA-376, SpreadsheetML), row by row into its ZIP; texts are inline, never formulas."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape

from mgmt.reports.table import Cell, Table, plain

ROWS_MAX = 1_048_576
CELL_CHARS_MAX = 32_767
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/>'
    "</cellXfs>"
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write(table: Table, file: BinaryIO) -> int:
    """Write it; how many rows (without the head) it has. More than a sheet holds is cut off, and said in the last row."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            book.writestr(name, _XML + text)
        title = escape(_sheet_name(table.title), {'"': "&quot;"})
        book.writestr(
            "xl/workbook.xml",
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{title}" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            return _sheet(table, sheet.write)


def _sheet(table: Table, write: Callable[[bytes], object]) -> int:
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    head = f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews><sheetData>'
    write((_XML + head + _row(table.columns, 1)).encode())
    count = 0
    for row in table.rows:
        if count >= ROWS_MAX - 2:
            write(_row(["..."], 0).encode())
            break
        count += 1
        write(_row(row, 0).encode())
    write(b"</sheetData></worksheet>")
    return count


def _row(cells: Sequence[Cell], style: int) -> str:
    return f"<row>{''.join(_cell(plain(cell), style) for cell in cells)}</row>"


def _cell(cell: Cell, style: int) -> str:
    look = f' s="{style}"' if style else ""
    if cell is None:
        return f"<c{look}/>"
    if isinstance(cell, str):
        return f'<c{look} t="inlineStr"><is><t xml:space="preserve">{escape(cell[:CELL_CHARS_MAX])}</t></is></c>'
    return f"<c{look}><v>{cell}</v></c>" if math.isfinite(cell) else f"<c{look}/>"


def _sheet_name(title: str) -> str:
    """What Excel allows: 31 characters without some."""
    return "".join("_" if char in "[]:*?/\\'" else char for char in title)[:31] or "Report"
