"""What a command prints: tables for people, JSON for programs (`--json`), one clear line when it fails."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from softswitch.sip.plain import plain_lines

# JSON escapes the controls below a space itself; these are as bad for a terminal, and inside strings only.
_UNFIT_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
CELL_CHARS_MAX = 60
PIPE_COLUMNS = 200


class CliError(Exception):
    """What went wrong and, in the same sentence, what to do about it."""


class Output:
    """Prints to stdout; `as_json` decides how. Messages that are not the answer go to stderr."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        wide = (
            None if sys.stdout.isatty() else PIPE_COLUMNS
        )  # a pipe has no width: do not fold what is read by programs
        self.console = Console(highlight=False, width=wide)
        self.aside = Console(stderr=True, highlight=False, soft_wrap=True)

    def document(self, document: Any) -> None:
        """Any answer as JSON, indented for people."""
        text = json.dumps(document, indent=None if self.as_json else 2, ensure_ascii=False)
        print(_UNFIT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))

    def table(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]], title: str = "") -> None:
        """Rows as a table of `(key, heading)` columns; as JSON the rows whole."""
        kept = list(rows)
        if self.as_json:
            self.document({"data": kept})
            return
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for _, heading in columns:
            table.add_column(heading, overflow="fold")
        for row in kept:
            table.add_row(*(Text(plain_lines(cell(row.get(key)))) for key, _ in columns))
        self.console.print(table if kept else f"{title + ': ' if title else ''}nothing yet", markup=False)

    def lines(self, lines: Iterable[str], document: Any) -> None:
        """Text lines for people, the document for programs."""
        if self.as_json:
            self.document(document)
            return
        for line in lines:
            self.console.print(plain_lines(line), markup=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """A remark beside the answer."""
        self.aside.print(plain_lines(text), markup=False)


def cell(value: Any) -> str:
    """A value in a table."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.2f}"
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= CELL_CHARS_MAX else text[: CELL_CHARS_MAX - 1] + "…"
    return local_time(str(value))


def local_time(text: str) -> str:
    """An RFC 3339 stamp in this machine's time zone; anything else as it is."""
    if len(text) < 20 or text[4:5] != "-" or text[10:11] != "T":
        return text
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text


def fail(error: CliError, as_json: bool) -> typer.Exit:
    """Print the error on stderr; the exit to raise."""
    text = json.dumps({"error": str(error)}) if as_json else plain_lines(f"softswitch: {error}")
    print(text, file=sys.stderr)
    return typer.Exit(1)
