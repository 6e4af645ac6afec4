"""`doctor`: checks the machine and the node, says the fix of what is wrong; `--call` makes a real test call."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from configdb.errors import Refused, Unknown
from configdb.node import load_settings
from installer import doctor as checks
from installer.finding import Finding
from installer.probes import probes
from softswitch.cli.context import of
from softswitch.cli.output import CliError
from softswitch.cli.own_call import NoCall, own_call
from softswitch.control.messages import ControlError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    call: Annotated[
        bool,
        typer.Option("--call", help="Also make a test call: two telephones of a company made for it hear each other."),
    ] = False,
) -> None:
    """Check the machine and the node; the exit status is 1 when something is wrong."""
    here = of(context)
    try:
        settings = load_settings(here.data)
    except ValueError as error:
        raise CliError(f"the settings in {here.data / 'node.toml'} are wrong: {error}") from error
    found = [*checks.machine(here.data, settings), *probes(here.data, settings), *checks.node(here.data)]
    if call:
        found += _call(here.data)
    lines = (
        f"{'ok  ' if one.ok else 'BAD '} {one.name:<20} {one.text}" + ("" if one.ok else f"\n       fix: {one.fix}")
        for one in found
    )
    here.output.lines(lines, {"findings": [asdict(one) for one in found]})
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def _call(data: Path) -> list[Finding]:
    """What was heard of a test call. Raises `CliError`."""
    try:
        checks = own_call(data)
    except (NoCall, ImportError, Refused, Unknown, ControlError) as error:
        raise CliError(f"no test call was made: {error}") from error
    fix = f"what was refused is in {data / 'logs' / 'switch.log'}; sound is lost where the machine has too much else to do"
    return [Finding("test call", one.passed, f"{one.name}: {one.said}", fix) for one in checks]
