"""`backup` and `restore` of a node; `support`: what helps others to help. (Of a tenant: `config bundle|restore`.)"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from configdb.node import load_settings
from installer import backup as backups
from installer import support as supports
from installer.backup import NoBackup
from softswitch.cli.context import of
from softswitch.cli.output import CliError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, restore, support):
        app.command()(command)


def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where backups are kept.")],
    keep: Annotated[int, typer.Option(min=1, max=1000, help="How many of this node stay there.")] = 7,
) -> None:
    """Write everything this node keeps as one file, while it runs. It holds secrets: keep it as you keep them."""
    here = of(context)
    try:
        made = backups.backup(here.data, folder.absolute(), load_settings(here.data), keep, time.time())
    except (NoBackup, ValueError) as error:
        raise CliError(str(error)) from error
    here.output.lines([f"written: {made} ({made.stat().st_size // 1000} kB)"], {"file": str(made)})


def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="What `backup` wrote.")]) -> None:
    """Make a new node of a backup, in an empty --data; then `softswitch up`."""
    here = of(context)
    try:
        count = backups.restore(file.absolute(), here.data)
    except (NoBackup, OSError) as error:
        raise CliError(str(error)) from error
    text = f"restored into {here.data}: {count} versions of the configuration; start it with `softswitch up`"
    here.output.lines([text], {"entries": count, "data": str(here.data)})


def support(context: typer.Context, file: Annotated[Path, typer.Argument(help="The file to write (.tar.gz).")]) -> None:
    """Write what others need to find a fault: settings, findings, logs, versions; passwords, keys and numbers removed."""
    here = of(context)
    try:
        count = supports.write(here.data, file.absolute(), load_settings(here.data))
    except (OSError, ValueError) as error:
        raise CliError(f"{file} cannot be written: {error}") from error
    here.output.lines([f"written: {file} ({count} files); look into it before you send it"], {"file": str(file)})
