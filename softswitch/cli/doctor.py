"""`doctor`: checks the machine and the node, says the fix of what is wrong; `--call` places a real test call."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from configdb.node import load_settings
from installer import doctor as checks
from installer.probes import probes
from softswitch.cli.context import of
from softswitch.cli.demo import demo_call
from softswitch.cli.output import CliError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    call: Annotated[bool, typer.Option("--call", help="Also place the demo call: needs the demo tenant.")] = False,
) -> None:
    """Check the machine and the node; the exit status is 1 when something is wrong."""
    here = of(context)
    try:
        settings = load_settings(here.data)
    except ValueError as error:
        raise CliError(f"the settings in {here.data / 'node.toml'} are wrong: {error}") from error
    found = [*checks.machine(here.data, settings), *probes(here.data, settings), *checks.node(here.data)]
    lines = (
        f"{'ok  ' if one.ok else 'BAD '} {one.name:<20} {one.text}" + ("" if one.ok else f"\n       fix: {one.fix}")
        for one in found
    )
    here.output.lines(lines, {"findings": [asdict(one) for one in found]})
    if call:
        demo_call(here.data, here.output)
    if not all(one.ok for one in found):
        raise typer.Exit(1)
