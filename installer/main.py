"""`softswitch-install`: plan, apply, doctor, migrate, rollback, bundle; this machine, a root directory, or others over SSH."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from installer import aps_package, offline, sbom
from installer import deb as debian
from installer import migrate as migrations
from installer.apply import NotApplied, verify
from installer.apply import apply as carry_out
from installer.apply import rollback as take_back
from installer.facts import gather
from installer.owner import become_owner
from installer.plan import Impossible, Plan, make_plan
from installer.site import BadSite, Site, read_site
from installer.steps import all as steps
from installer.target import Failed, Target, over_ssh, this_machine

app = typer.Typer(
    name="softswitch-install",
    help="Sets machines up for a softswitch from one site file, and takes it back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
SiteFile = Annotated[Path, typer.Argument(help="The site file (TOML).")]
Root = Annotated[Path, typer.Option(help="A root directory instead of this machine.")]
Hosts = Annotated[list[str] | None, typer.Option("--host", help="user@host over SSH; may be given several times.")]
ERRORS = (BadSite, Failed, Impossible, NotApplied, offline.NoWheels, OSError, ValueError)


def _targets(root: Path, hosts: list[str] | None) -> dict[str, Target]:
    if hosts:
        return {host: over_ssh(host) for host in hosts}
    return {"this machine" if root == Path("/") else str(root): this_machine(root)}


def _plan(site: Site, target: Target, token: str | None = None) -> Plan:
    wanted, effects = steps.wanted(site), steps.effects(site, token)
    return make_plan(wanted, effects, gather(target, wanted, effects))


@app.command()
def plan(site: SiteFile, root: Root = Path("/"), host: Hosts = None) -> None:
    """Say what `apply` would do; nothing is changed."""
    read = read_site(site)
    for name, target in _targets(root, host).items():
        lines = _plan(read, target).lines()
        typer.echo(f"{name}: {len(lines)} steps" if lines else f"{name}: everything is as it should be")
        for line in lines:
            typer.echo(f"  {line}")


@app.command()
def apply(
    site: SiteFile,
    root: Root = Path("/"),
    host: Hosts = None,
    join: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="New machines join the node that printed this before they begin."),
    ] = None,
) -> None:
    """Make it so, one machine after another; a step that fails takes back those before it, and the other machines wait."""
    read = read_site(site)
    for name, target in _targets(root, host).items():
        if join is not None and not target.runs:
            raise NotApplied(
                f"{name} does not run: there it joins with `softswitch --data {read.data} cluster join TOKEN`"
            )
        made = _plan(read, target, join)
        typer.echo(f"{name}: {len(made.changes) + len(made.effects)} steps")
        if join is not None and not made.effects:
            typer.echo(f"{name}: its node has begun before; one that is alone joins with an empty {read.data} only")
        carry_out(made, target, typer.echo)
        left = verify(steps.wanted(read), (), target)
        if left:
            raise NotApplied(f"{name} is not as it should be: {'; '.join(left)}")
    typer.echo(f"done; the first sign-in, where the node runs: softswitch --data {read.data} link")


@app.command()
def doctor(site: SiteFile, root: Root = Path("/"), host: Hosts = None) -> None:
    """Compare machines with the site file; status 1 when something differs. `softswitch doctor` looks at a node itself."""
    read, wrong = read_site(site), 0
    for name, target in _targets(root, host).items():
        for line in verify(steps.wanted(read), (), target):
            typer.echo(f"{name}: BAD {line}\n  fix: softswitch-install apply {site}")
            wrong += 1
    if wrong:
        raise typer.Exit(1)
    typer.echo("everything is as it should be")


@app.command()
def rollback(site: SiteFile, root: Root = Path("/"), host: Hosts = None) -> None:
    """Take back what the last `apply` changed."""
    read = read_site(site)
    for name, target in _targets(root, host).items():
        count = take_back(target, steps.effects(read), typer.echo)
        typer.echo(f"{name}: {count} changes taken back" if count else f"{name}: there is nothing to take back")


@app.command()
def migrate(
    data: Annotated[Path, typer.Option(help="Data directory of the node.")] = Path("/var/lib/softswitch"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Bring what a node keeps to this version: numbered steps, each once. `softswitch backup` first."""
    become_owner(data)
    if dry_run:
        for one in migrations.due(data):
            typer.echo(f"{one.number} {one.name}: {one.pending(data)}")
        return
    typer.echo(f"{migrations.migrate(data, typer.echo)} migrations done")


@app.command()
def bundle(
    wheels: Annotated[Path, typer.Argument(help="Folder with the wheel of softswitch and all it needs.")],
    target: Annotated[Path, typer.Argument(help="The bundle to write (.tar.gz).")],
) -> None:
    """Pack wheels, SBOM, checksums and a script for machines without a network."""
    typer.echo(f"{offline.pack(wheels, target)} wheels in {target}")


@app.command()
def deb(
    wheels: Annotated[Path, typer.Argument(help="Folder with the wheel of softswitch and all it needs.")],
    target: Annotated[Path, typer.Argument(help="The package to write (.deb).")],
) -> None:
    """Make a Debian package of wheels: it makes a venv at /opt/softswitch, without a network."""
    typer.echo(f"softswitch {debian.build(wheels, target)} in {target}")


@app.command("aps-package")
def aps(
    endpoint: Annotated[str, typer.Argument(help="Where hosters' controllers reach the node: https://NODE/aps.")],
    out: Annotated[Path, typer.Option(help="The package to write.")] = Path("softswitch.app.zip"),
    name: Annotated[str, typer.Option(help="What the application is called in panels.")] = "Softswitch",
    version: Annotated[str, typer.Option(help="Version of the package.")] = "1.0",
) -> None:
    """Write the APS 2 package for hosters' panels."""
    out.write_bytes(aps_package.built(name, version, endpoint))
    typer.echo(f"{out}")


@app.command("sbom")
def bill() -> None:
    """What is inside this installation (CycloneDX JSON)."""
    typer.echo(json.dumps(sbom.document(), indent=1))


def run() -> None:
    """The program: errors are one clear line."""
    try:
        app()
    except ERRORS as error:
        sys.stderr.write(f"softswitch-install: {error}\n")
        raise SystemExit(1) from error
