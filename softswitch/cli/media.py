"""`recordings`, `voicemail`: list what was recorded, fetch the sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from softswitch.cli.context import of

VOICEMAIL = (
    ("at", "When"),
    ("from", "From"),
    ("mailbox", "Mailbox"),
    ("duration_s", "Seconds"),
    ("unread", "New"),
    ("media", "Media"),
)
RECORDINGS = (
    ("started_at", "When"),
    ("from", "From"),
    ("to", "To"),
    ("who", "Who"),
    ("talk_ms", "Talk ms"),
    ("recording", "Media"),
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(recordings)
    app.command()(voicemail)


def recordings(
    context: typer.Context,
    save: Annotated[str | None, typer.Option(metavar="MEDIA", help="Fetch one.")] = None,
    to: Annotated[Path, typer.Option(help="File to write.")] = Path("recording.wav"),
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """Recorded calls; `--save MEDIA --to FILE` fetches one."""
    here = of(context)
    if save:
        fetch(context, save, to)
        return
    rows = [row for row in here.api.every("/api/v1/calls", limit) if row.get("recording")]
    here.output.table(rows, RECORDINGS, "Recordings")


def voicemail(
    context: typer.Context,
    save: Annotated[str | None, typer.Option(metavar="MEDIA", help="Fetch one.")] = None,
    to: Annotated[Path, typer.Option(help="File to write.")] = Path("voicemail.wav"),
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """Voicemail messages; `--save MEDIA --to FILE` fetches one."""
    here = of(context)
    if save:
        fetch(context, save, to)
        return
    rows = [row for row in here.api.every("/api/v1/activities", limit, state="all") if row["kind"] == "voicemail"]
    here.output.table(rows, VOICEMAIL, "Voicemail")


def fetch(context: typer.Context, media: str, to: Path) -> None:
    """Write a medium to a file."""
    here = of(context)
    to.write_bytes(here.api.download(f"/api/v1/media/{media}"))
    here.output.lines((f"written: {to}",), {"file": str(to)})
