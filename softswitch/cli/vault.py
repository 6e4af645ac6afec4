"""`vault check` and `erasure`: is every recording as it was kept, and the end of a company that left."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated, Any

import typer

from softswitch.cli.context import Context, of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The recording vault.", no_args_is_help=True)
    group.command("check")(check)
    app.add_typer(group, name="vault")
    ends = typer.Typer(help="Erase a company that left.", no_args_is_help=True)
    ends.command("start")(start)
    ends.command("show")(show)
    app.add_typer(ends, name="erasure")


def check(context: typer.Context) -> None:
    """Read every recording and the chain over them (`--tenant ID`: of one company); exit status 1 when something is wrong."""
    here = of(context)
    only = ["--tenant", here.tenant] if here.tenant else []
    command = [sys.executable, "-m", "vault", "check", "--data", str(here.data), *only]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


def start(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(metavar="TENANT")],
    confirm: Annotated[str | None, typer.Option(metavar="TENANT", help="The id once more: do it.")] = None,
) -> None:
    """Erase a closed company for ever; without --confirm only say what there is."""
    body = {"tenant": tenant, **({"confirm": confirm} if confirm else {})}
    _say(of(context), of(context).api.request("POST", "/api/v1/erasures", body))


def show(context: typer.Context, tenant: Annotated[str, typer.Argument(metavar="TENANT")]) -> None:
    """How far it is; at the end the signed certificate."""
    _say(of(context), of(context).api.get(f"/api/v1/erasures/{tenant}"))


def _say(here: Context, document: Any) -> None:
    here.output.lines(json.dumps(document, indent=2).splitlines(), document)
