"""`config bundle|restore|from|replicate`: whole tenants as signed files, from other systems' tables, and from another node."""

from __future__ import annotations

import time
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from configdb import importers
from configdb.bundle import unpack
from configdb.errors import Refused
from softswitch.cli.api import Api, FarApi
from softswitch.cli.context import Context, of
from softswitch.cli.output import CliError

BUNDLE_FORMAT = "softswitch-tenant-1"


def add(commands: typer.Typer) -> None:
    """Add the commands to the group `config`."""
    for name, command in (("bundle", bundle), ("restore", restore), ("from", from_), ("replicate", replicate)):
        commands.command(name)(command)


def bundle(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument()],
    file: Annotated[Path, typer.Argument(help="Where to write.")],
    at: Annotated[int | None, typer.Option(help="As it was at this version.")] = None,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="With its secrets, sealed with secrets/bundle.key.")
    ] = False,
    history: Annotated[bool, typer.Option("--history", help="With every change so far, without secrets.")] = False,
) -> None:
    """Write a tenant as one signed file; `config log --file` reads its history."""
    here = of(context)
    query = urllib.parse.urlencode(
        {"secrets": int(secrets), "history": int(history), **({} if at is None else {"at": at})}
    )
    file.write_bytes(here.api.download(f"/api/v1/config-bundle/{urllib.parse.quote(tenant)}?{query}"))
    here.output.lines((f"written: {file}",), {"file": str(file)})


def past(file: Path, since: int) -> list[dict[str, Any]]:
    """The history in a file, as the log is shown. Raises `CliError`."""
    try:
        entries = unpack(file.read_bytes()).history
    except (OSError, Refused) as error:
        raise CliError(f"{file}: {error}") from error
    rows = [entry for entry in entries if entry["sequence"] > since]
    return [{**row, "at": datetime.fromtimestamp(row["at"], UTC).isoformat(timespec="seconds")} for row in rows]


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `bundle` wrote.")],
    as_: Annotated[str | None, typer.Option("--as", help="Make another tenant like it, of this id.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Take it although another node signed it.")] = False,
) -> None:
    """Make a tenant what a file says, in one transaction."""
    here = of(context)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CliError(f"cannot read {file}: {error}") from error
    here.output.document(_restored(here, data, **{"as": as_, "dry_run": int(dry_run), "trust": int(trust)}))


def _restored(here: Context, data: bytes, **query: Any) -> Any:
    return here.api.request("POST", "/api/v1/config-bundle", data, None, **query)


def whole(tenant: str) -> str:
    """The path of a tenant's file with its secrets."""
    return f"/api/v1/config-bundle/{urllib.parse.quote(tenant)}?secrets=1"


def tenants_of(node: Api) -> list[str]:
    """The ids of all tenants that a node has."""
    return [str(row["id"]) for row in node.get("/api/v1/config/tenant")["data"]]


def from_(
    context: typer.Context,
    system: Annotated[str, typer.Argument(help="freepbx, fusionpbx or csv.")],
    tables: Annotated[list[Path], typer.Argument(help="Its CSV files: users, then numbers.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come.")] = False,
    country_code: Annotated[str, typer.Option(help="Of numbers without one.")] = "1",
) -> None:
    """Bring users, phones and numbers of another system into the tenant; says what could not be carried over."""
    here = of(context)
    try:
        found = importers.read(system, [path.read_text(errors="replace") for path in tables], country_code)
    except (OSError, importers.NotATable) as error:
        raise CliError(str(error)) from error
    tenant = here.tenant or here.api.get("/api/v1/config-export")["tenant"]
    document = {"format": BUNDLE_FORMAT, "tenant": tenant, "objects": found.objects}
    done = here.api.request(
        "POST", "/api/v1/config-import", document, None, dry_run=int(dry_run), reason=f"from {system}"
    )
    report = [str(left) for left in found.left]
    counts = ", ".join(f"{kind} {len(ids)}" for kind, ids in found.objects.items())
    lines = [*report, f"{counts}: {done['added']} added, {done['changed']} changed, {done['unchanged']} as they were"]
    lines += [f"password of {device}: {password}" for device, password in done["passwords"].items()]
    here.output.lines(lines, {**done, "left": report})


def replicate(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="http(s)://host:port of the other node.")],
    token: Annotated[Path, typer.Option(help="File with the operator token of the other node.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="These tenants; default: all.")] = None,
    every_s: Annotated[float, typer.Option("--every", min=0, help="Look again after so many seconds; 0: once.")] = 0.0,
) -> None:
    """Keep tenants here like those of another node, one way: what was changed here is overwritten. Both share bundle.key."""
    here = of(context)
    try:
        there = FarApi(source, token.read_text().strip())
        while True:
            for tenant in only or tenants_of(there):
                done = _restored(here, there.download(whole(tenant)))
                counts = ", ".join(f"{done[what]} {what}" for what in ("added", "changed", "removed"))
                here.output.lines((f"{tenant}: {counts}",), {"tenant": tenant, **done})
            if not every_s:
                return
            time.sleep(every_s)
    except OSError as error:
        raise CliError(f"cannot read {token}: {error}") from error
    except KeyboardInterrupt:
        return
