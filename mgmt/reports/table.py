"""A table on its way to a file: rows come one by one, so that a table of any length needs little memory.

What a spreadsheet would run as a formula (OWASP: CSV injection) is made a text, in every form that a spreadsheet opens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Cell = str | int | float | None
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_number = re.compile(r"\+?[0-9]+")
_control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Table:
    """`title` and `about` (whose it is, from when to when) stand above it where the form has a place for them.

    language: of its fixed words.
    """

    title: str
    about: str
    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]
    language: str = "en"


def plain(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs; a telephone number stays one."""
    if not isinstance(cell, str):
        return cell
    text = _control.sub("", cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULAS) and not _number.fullmatch(text) else text


def shown(cell: Cell) -> str:
    """A cell as people read it."""
    if cell is None:
        return "–"
    return _control.sub("", cell) if isinstance(cell, str) else str(cell)
