"""`link`: a link that signs in once, as an operator: the first sign-in at a node that was set up, and of who lost all others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from softswitch.cli.context import of
from softswitch.cli.output import CliError

MADE_S_MAX = 30


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(link)


def link(
    context: typer.Context,
    user: Annotated[str | None, typer.Option(help="Whom it signs in (default: the tenant's first owner).")] = None,
) -> None:
    """Print a link that signs in once within 15 minutes, as an operator. Who has the data directory may."""
    here = of(context)
    url = sign_in_url(here.data, here.tenant, user)
    here.output.lines([url], {"url": url})


def sign_in_url(data: Path, tenant: str | None = None, user: str | None = None) -> str:
    """A link that signs in once. The web process owns accounts; its program makes the link. Raises `CliError`."""
    command = [sys.executable, "-m", "mgmt.one_time_token", "--data", str(data)]
    for name, value in (("--tenant", tenant), ("--user", user)):
        command += [] if value is None else [name, value]
    made = subprocess.run(command, capture_output=True, text=True, timeout=MADE_S_MAX, check=False)
    if made.returncode:
        raise CliError(f"{made.stderr.strip()}: start it with `softswitch up`")
    return made.stdout.strip()
