"""`config log|show|diff|blame|rollback|...|schema|doctor`: the configuration as a history of changes, and its replicas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from softswitch.cli import bundles, shards
from softswitch.cli.context import of
from softswitch.cli.objects import whole

LOG = (("sequence", "Version"), ("at", "When"), ("actor", "Who"), ("reason", "Why"), ("changes", "Changed"))

OLDER = {"sequence": None, "at": None, "reason": "older than the history that is kept"}
BLAME = (("field", "Field"), ("sequence", "Version"), ("at", "When"), ("actor", "Who"), ("reason", "Why"))
REPLICAS = (
    ("node", "Node"),
    ("process", "Process"),
    ("sequence", "Version"),
    ("chain", "History"),
    ("verdict", "Verdict"),
    ("text", "Why"),
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    commands = typer.Typer(no_args_is_help=True)
    for name, command in (
        ("log", log),
        ("show", show),
        ("diff", diff),
        ("export", export),
        ("import", import_),
        ("watch", watch),
        ("blame", blame),
        ("rollback", rollback),
        ("prune", prune),
        ("rebuild-log", rebuild_log),
        ("schema", schema),
        ("doctor", doctor),
    ):
        commands.command(name)(command)
    bundles.add(commands)
    shards.add(commands)
    app.add_typer(commands, name="config", help="Versions of the configuration: who changed what, when and why.")


def log(
    context: typer.Context,
    since: Annotated[int, typer.Option(help="After this version.")] = 0,
    file: Annotated[Path | None, typer.Option(help="Of the tenant in a file that `bundle --history` wrote.")] = None,
) -> None:
    """Every change with its author and reason."""
    here = of(context)
    rows = here.api.get("/api/v1/config-log", since=since)["data"] if file is None else bundles.past(file, since)
    named = ({**row, "changes": ", ".join(f"{c['kind']}/{c['id']}" for c in row["changes"])} for row in rows)
    here.output.table(named, LOG)


def show(context: typer.Context, at: Annotated[str | None, typer.Argument(metavar="[VERSION|TIME]")] = None) -> None:
    """The tenant's configuration now, or at a version or time (2026-12-01T09:00Z)."""
    here = of(context)
    here.output.document(here.api.get("/api/v1/config-export", at=at))


def diff(
    context: typer.Context,
    older: Annotated[str, typer.Argument(metavar="FROM")],
    newer: Annotated[str | None, typer.Argument(metavar="[TO]")] = None,
) -> None:
    """What changed between two versions or times."""
    here = of(context)
    document = here.api.request("GET", "/api/v1/config-diff", None, None, **{"from": older, "to": newer})
    lines = [f"{row['kind']}/{row['id']}: {line}" for row in document["data"] for line in row["lines"]]
    here.output.lines(lines or ("nothing differs",), document)


def blame(
    context: typer.Context,
    kind: Annotated[str, typer.Argument()],
    object_id: Annotated[str, typer.Argument(metavar="ID")],
) -> None:
    """Who gave each field of an object its present value."""
    here = of(context)
    rows = here.api.get(f"/api/v1/config-blame/{kind}/{object_id}")["data"]
    kept = rows if here.output.as_json else (row if row["sequence"] else {**row, **OLDER} for row in rows)
    here.output.table(kept, BLAME)


def rollback(
    context: typer.Context,
    to: Annotated[str, typer.Argument(metavar="VERSION|TIME")],
    kind: Annotated[str | None, typer.Option(help="With --id: only this object.")] = None,
    id: Annotated[str | None, typer.Option(help="With --kind: only this object.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, for the configuration log.")] = None,
) -> None:
    """Bring the tenant, or one object, back to a version or time, in one transaction. Passwords stay as they are."""
    here = of(context)
    asked = {"to": to, "kind": kind, "id": id, "dry_run": int(dry_run), "reason": reason}
    document = here.api.request("POST", "/api/v1/config-rollback", None, None, **asked)
    lines = [f"{row['kind']}/{row['id']} {row['change']}: {'; '.join(row['lines'])}" for row in document["data"]]
    said = "nothing would change" if dry_run else "nothing changed"
    here.output.lines([*lines, document["applied"]["text"]] if document["applied"] else lines or [said], document)


def export(context: typer.Context, file: Annotated[Path, typer.Argument(help="Where to write.")]) -> None:
    """Write the tenant as one file."""
    here = of(context)
    document = here.api.get("/api/v1/config-export")
    file.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    here.output.lines((f"written: {file}",), {"file": str(file)})


def import_(context: typer.Context, file: Annotated[Path, typer.Argument(help="What `export` wrote.")]) -> None:
    """Make the tenant what the file says, in one transaction."""
    here = of(context)
    document, _ = whole(file)
    here.output.document(here.api.request("POST", "/api/v1/config-import", document))


def watch(context: typer.Context) -> None:
    """Print changes as they happen, until Ctrl-C."""
    here = of(context)
    try:
        for event, document in here.api.events():
            if event == "config":
                here.output.lines((json.dumps(document, ensure_ascii=False),), document)
    except KeyboardInterrupt:
        return


def prune(
    context: typer.Context,
    to: Annotated[int, typer.Argument(metavar="VERSION", help="It and older ones go, on every node, for good.")],
    reason: Annotated[str, typer.Option(help="Why, for the configuration log.")] = "pruned on the command line",
) -> None:
    """Cut the history of all tenants off at a version: what it says stays as a snapshot, who wrote it and before goes."""
    here = of(context)
    document = here.api.request("POST", "/api/v1/config-prune", {"to": to, "reason": reason})
    here.output.lines((f"the history up to version {to} is pruned, {document['applied']['text']}",), document)


def rebuild_log(context: typer.Context) -> None:
    """Write this node's replica into a log that was lost or lost its end: run it on the node that is furthest."""
    here = of(context)
    document = here.api.request("POST", "/api/v1/config-log/rebuild", {})
    here.output.lines((f"{document['written']} entries written back",), document)


def schema(context: typer.Context, kind: Annotated[str, typer.Argument(help="user, trunk, ...")]) -> None:
    """The JSON Schema of a kind's documents."""
    here = of(context)
    here.output.document(here.api.get(f"/api/v1/config-schema/{kind}"))


def doctor(
    context: typer.Context,
    deep: Annotated[bool, typer.Option("--deep", help="Read every replica's disk, with all checksums.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Have wrong replicas read again from the log.")] = False,
) -> None:
    """Compare all replicas of the configuration by hash; the exit status is 1 when one is wrong."""
    here = of(context)
    found = here.api.get("/api/v1/config-replicas", deep=int(deep))
    here.output.table(({**row, "chain": row["chain"][:12]} for row in found["data"]), REPLICAS)
    for row in found["data"] if repair else ():
        if row["verdict"] in ("damaged", "different"):
            named = {"node": row["node"], "process": row["process"]}
            here.api.request("POST", "/api/v1/config-replicas/repair", named)
            here.output.note(f"{row['node']}/{row['process']} reads its replica again from the log")
    if not found["fine"]:
        raise typer.Exit(1)
