"""How a table is written: every form holds what it was given, and nothing that a program would run."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from mgmt.reports.forms import FORMS
from mgmt.reports.pdf import ROWS_MAX
from mgmt.reports.table import Cell, Table, plain

ROWS: list[tuple[Cell, ...]] = [
    ("2026-01-01", "+12025550100", 3, 1.5, None),
    ("=1+1", "@SUM(A1)", -1, 0, ""),
    ("Анна <b>&", ' =HYPERLINK("http://x")', 2, 0.1, "a\x00b\ud800c"),
]
SAFE = [
    ["2026-01-01", "+12025550100", "3", "1.5", ""],
    ["'=1+1", "'@SUM(A1)", "-1", "0", ""],
    ["Анна <b>&", '\' =HYPERLINK("http://x")', "2", "0.1", "abc"],
]


def written(form: str, rows: Any = ROWS, **more: str) -> bytes:
    """The file."""
    file = io.BytesIO()
    FORMS[form].write(Table("Calls", "Riverside, January", ("a", "b", "c", "d", "e"), rows, **more), file)
    return file.getvalue()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", " ="])
def test_no_cell_is_a_formula(begin: str) -> None:
    assert f"'{begin}cmd" == plain(f"{begin}cmd")


def test_a_telephone_number_stays_one() -> None:
    assert ("+12025550100", "101", 7, None) == tuple(plain(cell) for cell in ("+12025550100", "101", 7, None))


def test_csv_is_read_back_as_it_was_given() -> None:
    data = written("csv")
    assert data.startswith(b"\xef\xbb\xbfa,b,c,d,e\r\n")
    assert [["a", "b", "c", "d", "e"], *SAFE] == list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_another_program_reads_the_workbook() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx"))).active
    assert sheet is not None
    found = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert ("Calls", [["a", "b", "c", "d", "e"], *SAFE]) == (sheet.title, found)
    assert {"s", "n", "inlineStr"} >= {cell.data_type for row in sheet.iter_rows() for cell in row}


def test_a_page_for_a_mail_holds_no_markup_of_strangers() -> None:
    page = written("html", [("<script>alert(1)</script>", "a", None)]).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "src=" not in page
    assert "href=" not in page


def test_pages_to_print_are_a_pdf_of_any_language() -> None:
    (page,) = PdfReader(io.BytesIO(written("pdf", language="ru"))).pages
    assert {"Calls", "a", "e", "+12025550100", "Анна"} <= {*page.extract_text().split()}


def test_a_long_table_has_its_columns_on_every_page_and_its_number_below() -> None:
    pages = PdfReader(io.BytesIO(written("pdf", [(f"row {n}", *"wxyz") for n in range(100)]))).pages
    texts = [page.extract_text().split() for page in pages]
    assert [(True, str(number)) for number in range(1, len(texts) + 1)] == [("b" in text, text[-1]) for text in texts]
    assert 100 == sum(text.count("row") for text in texts)


def test_what_is_too_much_to_print_is_cut_off() -> None:
    file = io.BytesIO()
    rows = ((n,) for n in range(ROWS_MAX + 10))
    assert ROWS_MAX == FORMS["pdf"].write(Table("t", "", ("n",), rows), file)


class Counting:
    """A file that keeps nothing."""

    def __init__(self) -> None:
        self.at = 0

    def write(self, data: bytes) -> int:
        self.at += len(data)
        return len(data)

    def tell(self) -> int:
        return self.at

    def flush(self) -> None:
        """Nothing waits."""

    def seekable(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    closed = False


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_table_needs_little_memory(form: str) -> None:
    def rows() -> Iterator[tuple[Cell, ...]]:
        for number in range(30_000):
            yield f"row {number}", "x" * 50, number, None, 0.5

    file: Any = Counting()
    tracemalloc.start()
    try:
        count = FORMS[form].write(Table("t", "", ("a", "b", "c", "d", "e"), rows()), file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 30_000 == count
    assert peak < 2_000_000
