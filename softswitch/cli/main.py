"""`softswitch`: the commands, grouped as an operator thinks of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from configdb.version import own_version
from installer.owner import become_owner
from softswitch.cli import (
    acceptance,
    backup,
    bans,
    calls,
    cluster,
    config,
    dashboards,
    demo,
    doctor,
    link,
    media,
    objects,
    quality,
    queues,
    up,
    vault,
    voices,
)
from softswitch.cli.context import Context
from softswitch.cli.output import CliError, Output, fail

app = typer.Typer(
    name="softswitch",
    help="A telephone system: start a node, see and explain its calls, change its configuration.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"softswitch {own_version()}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    data: Annotated[Path, typer.Option(envvar="SOFTSWITCH_DATA_DIR", help="Data directory of the node.")] = Path(
        "data"
    ),
    tenant: Annotated[str | None, typer.Option(help="Whose objects (default: the only tenant).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Options of every command; `--json` and `--data` also work after the command's name."""
    become_owner(data)
    context.obj = Context(data.absolute(), tenant, Output(as_json))


up.register(app)
demo.register(app)
doctor.register(app)
link.register(app)
calls.register(app)
queues.register(app)
bans.register(app)
media.register(app)
quality.register(app)
acceptance.register(app)
config.register(app)
objects.register(app)
vault.register(app)
dashboards.register(app)
cluster.register(app)
backup.register(app)
voices.register(app)


def run() -> None:
    """The program: global options may stand anywhere, errors are one clear line."""
    import sys

    arguments = hoist(sys.argv[1:])
    as_json = "--json" in arguments
    try:
        app(arguments, standalone_mode=True)
    except CliError as error:
        raise SystemExit(fail(error, as_json).exit_code) from error


def hoist(arguments: list[str]) -> list[str]:
    """Global options moved to the front, so that `softswitch calls --json` is what it looks like."""
    front: list[str] = []
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--json":
            front.append(item)
        elif item in ("--data", "--tenant"):
            front += [item, next(items, "")]
        elif item.startswith(("--data=", "--tenant=")):
            front.append(item)
        else:
            rest.append(item)
    return front + rest
