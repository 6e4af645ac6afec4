"""`vault` and `erasure`: is every recording as it was kept, a company that goes elsewhere, and one that left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from softswitch.cli.context import Context, of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The recording vault.", no_args_is_help=True)
    group.command("check")(check)
    group.command("carry-out")(carry_out)
    group.command("carry-in")(carry_in)
    app.add_typer(group, name="vault")
    ends = typer.Typer(help="Erase a company that left.", no_args_is_help=True)
    ends.command("start")(start)
    ends.command("show")(show)
    app.add_typer(ends, name="erasure")


def check(context: typer.Context) -> None:
    """Read every recording and the chain over them (`--tenant ID`: of one company); exit status 1 when something is wrong."""
    here = of(context)
    only = ["--tenant", here.tenant] if here.tenant else []
    _vault(here, "check", *only)


def carry_out(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(metavar="TENANT")],
    file: Annotated[Path, typer.Argument(help="Where to write.")],
) -> None:
    """Write a company's history and all its sound as one file, for a node of another region or shard."""
    _vault(of(context), "carry-out", tenant, str(file))


def carry_in(context: typer.Context, file: Annotated[Path, typer.Argument(help="What carry-out wrote.")]) -> None:
    """Take such a file in; again, or with what came meanwhile, is no harm. Both nodes share secrets/bundle.key."""
    _vault(of(context), "carry-in", str(file))


def _vault(here: Context, *words: str) -> None:
    command = [sys.executable, "-m", "vault", words[0], "--data", str(here.data), *words[1:]]
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
