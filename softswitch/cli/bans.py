"""`bans list`, `bans lift`: which sources the switch does not listen to, and why a phone may be silent."""

from __future__ import annotations

from typing import Annotated

import typer

from softswitch.cli.context import of

BANS = (("source", "Source"), ("user", "User (none: all of the source)"), ("left_s", "Seconds left"))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Sources banned for wrong passwords.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("lift")(lift)
    app.add_typer(group, name="bans")


def listed(context: typer.Context) -> None:
    """The bans in force."""
    here = of(context)
    here.output.table(here.api.get("/api/v1/bans")["data"], BANS, "Bans")


def lift(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Address, or IPv6 /64, as `bans list` shows it.")],
) -> None:
    """Listen to a source again, and to all its users."""
    here = of(context)
    here.api.request("DELETE", "/api/v1/bans", source=source)
    here.output.lines((f"{source} is heard again",), {"source": source})
