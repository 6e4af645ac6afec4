"""`dashboards export`: rules for Prometheus and dashboards for Grafana, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installer.monitoring.dashboards import export as write
from softswitch.cli.context import of
from softswitch.cli.output import CliError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What Prometheus and Grafana are given.", no_args_is_help=True)
    group.command("export")(export)
    group.callback()(lambda: None)
    app.add_typer(group, name="dashboards")


def export(
    context: typer.Context, folder: Annotated[Path, typer.Argument(help="Where to write; made when it is not there.")]
) -> None:
    """Write recording rules with alerts, and a dashboard each for nodes, trunks and quality."""
    try:
        files = [str(path) for path in write(folder)]
    except OSError as error:
        raise CliError(f"{folder} cannot be written: {error}") from error
    of(context).output.lines(tuple(files), {"files": files})
