"""`quality`: score cards, who is to blame for a call, a report as one page, and hearing old recordings again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from softswitch.cli.context import of

ROWS = (
    ("key", "Of"),
    ("calls", "Calls"),
    ("minutes", "Minutes"),
    ("mos", "MOS"),
    ("mos_p5", "Worst 5 %"),
    ("bad_percent", "Bad %"),
    ("lost_percent", "Lost %"),
    ("jitter_ms", "Jitter ms"),
)
Days = Annotated[int, typer.Option(min=1, max=400, help="How many days back.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="How calls sounded, and who is to blame.", no_args_is_help=True)
    for command in (card, call, report, backfill):
        group.command()(command)
    app.add_typer(group, name="quality")


def _since(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def card(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="trunk, range, site, device, codec or hour.")] = "trunk",
    days: Days = 7,
) -> None:
    """The score card, the worst first."""
    here = of(context)
    groups = here.api.get("/api/v1/quality", since=_since(days))["groups"]
    if by not in groups:
        raise typer.BadParameter(f"one of {', '.join(groups)}", param_hint="--by")
    here.output.table(groups[by], ROWS, f"Quality by {by}")


def call(context: typer.Context, call_id: Annotated[str, typer.Argument(metavar="CALL", help="Call id.")]) -> None:
    """Who is to blame for a call, and what was heard in its recording."""
    here = of(context)
    document = here.api.get(f"/api/v1/calls/{call_id}/quality")
    here.output.lines(in_words(document), document)


def in_words(document: dict[str, Any]) -> Iterator[str]:
    """A call's quality as lines."""
    yield from (one["text"]["en"] for one in document["verdicts"])
    if not document["verdicts"]:
        yield "Nothing was wrong, as far as it was measured."
    if document["heard"] is None:
        yield "The recording waits to be heard." if document["waiting"] else "No recording was heard."
        return
    for name, channel in zip(("The caller", "What the caller heard"), document["heard"]["channels"], strict=False):
        mos = "no opinion" if channel["mos"] is None else f"MOS {channel['mos']:.2f} ± {channel['error']:.2f}"
        level = "silent" if channel["level_dbov"] is None else f"{channel['level_dbov']} dBov"
        yield f"{name}: {mos}, {level}"
        for one in channel["defects"]:
            yield f"  {one['start_s']:7.1f} – {one['end_s']:.1f} s  {one['text']['en']} ({one['value']} {one['unit']})"


def report(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="File to write.")] = Path("quality.html"),
    days: Days = 7,
    lang: Annotated[str, typer.Option(help="en or ru.")] = "en",
) -> None:
    """Write a self-contained HTML page: heat maps, score cards, the worst calls with their reasons."""
    here = of(context)
    query = f"since={_since(days).replace('+', '%2B')}&lang={'ru' if lang == 'ru' else 'en'}"
    to.write_bytes(here.api.download(f"/api/v1/quality/report.html?{query}"))
    here.output.lines((f"written: {to}",), {"file": str(to)})


def backfill(context: typer.Context, days: Days = 7) -> None:
    """Hear the recordings of the last days again, in the background; says how many wait."""
    here = of(context)
    body = {"since": _since(days), "until": datetime.now(UTC).isoformat()}
    document = here.api.request("POST", "/api/v1/quality/backfill", body)
    here.output.lines(
        (f"{document['queued']} queued, {document['waiting']} wait, {document['heard']} heard",), document
    )
