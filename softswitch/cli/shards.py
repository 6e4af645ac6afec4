"""`config move`: a tenant goes to another shard of the configuration; both serve its calls until the old one lets go.

A shard with servers of its own, as every region has, is reached by the API of one of its nodes (--to): the tenant goes there as
the file that `config bundle` writes. Who tries again after a failure goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from configdb import shards
from configdb.bundle import unpack
from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.log_jetstream import JetStreamLog
from configdb.moving import is_moving, mark
from configdb.nats_link import link_of
from configdb.node import load_settings, secret
from configdb.secrets import Sealer
from softswitch.cli.api import Api, FarApi
from softswitch.cli.bundles import tenants_of, whole
from softswitch.cli.context import Context, of
from softswitch.cli.output import CliError

CURRENT_S_MAX = 20.0
LOOKS = 100
"""At the node's own file of the tenant until it holds all that was written before it was frozen."""
ACTOR = "operator"


def add(commands: typer.Typer) -> None:
    """Add the command to the group `config`."""
    commands.command("move")(move)


def move(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument()],
    shard: Annotated[str, typer.Argument(help="The shard it goes to.")],
    to: Annotated[
        str | None, typer.Option(help="http(s)://host:port of a node there, when that shard has servers of its own.")
    ] = None,
    token: Annotated[Path | None, typer.Option(help="File with the operator token of that node.")] = None,
    finish: Annotated[bool, typer.Option("--finish", help="Its calls go there by now: remove it here.")] = False,
) -> None:
    """Copy a tenant to another shard and freeze it here; with --finish, once its calls go there, remove it here."""
    here = of(context)
    there = None if to is None else _far(to, token)
    try:
        with _shards(here, shard, there is None) as (source, *others):
            if finish:
                is_there = tenant in tenants_of(there) if there else others[0].get(tenant, "tenant", tenant) is not None
                sequence = shards.let_go(source, is_there, tenant, ACTOR)
                here.output.lines((f"{tenant} is removed here",), {"tenant": tenant, "sequence": sequence})
                return
            if there is not None:
                missing = send(source, here.api, there, tenant, shard)
            else:
                shards.copy(source, others[0], tenant, shard, ACTOR)
                missing = []
    except Refused as refused:
        raise CliError(refused.message) from refused
    except Unknown as unknown:
        raise CliError(f"{unknown}: try the same command again") from unknown
    lines = [f"{tenant} is in {shard} and frozen here: send its calls there, then `config move ... --finish`"]
    lines += [f"its sounds are not there yet: `softswitch vault carry-out`, `carry-in` ({len(missing)})"] * bool(
        missing
    )
    here.output.lines(lines, {"tenant": tenant, "shard": shard, "missing_prompts": missing})


def send(source: ConfigClient, near: Api, far: Api, tenant: str, shard: str) -> list[str]:
    """Freeze a tenant, bring it to a node of the other shard, and say so in the map; the sounds that are not there.

    Raises `CliError`: what the other shard does not take is free again here; `Refused`, `Unknown`.
    """
    found = source.get(tenant, "tenant", tenant)
    moves = found is not None and is_moving(found.value)
    is_there = tenant in tenants_of(far)
    if is_there and not moves:
        raise CliError(f"the other shard has another tenant {tenant}")
    shards.freeze(source, tenant, shard, ACTOR)
    missing: list[str] = []
    if not is_there:
        try:
            data = _file(near, tenant, mark(shard))
            missing = far.request("POST", "/api/v1/config-bundle", data)["missing_prompts"]
        except CliError:
            if tenant not in tenants_of(far):
                shards.thaw(source, tenant, shard, ACTOR)
            raise
    shards.place(source, tenant, shard, ACTOR)
    return missing


def _file(node: Api, tenant: str, frozen: str) -> bytes:
    """The tenant as it is since it was frozen: the process that writes it follows the log as all do."""
    for _ in range(LOOKS):
        data = node.download(whole(tenant))
        if unpack(data).objects["tenant"][tenant].get("frozen") == frozen:
            return data
    raise CliError("the node's pages do not follow its configuration: look at `softswitch status`")


def _far(site: str, token: Path | None) -> Api:
    if token is None:
        raise CliError("--to needs --token: a file with that node's secrets/operator.token")
    try:
        return FarApi(site, token.read_text().strip())
    except OSError as error:
        raise CliError(f"cannot read {token}: {error}") from error


@contextmanager
def _shards(here: Context, shard: str, both: bool) -> Iterator[list[ConfigClient]]:
    """A replica of this node's shard, and one of the other if `both` have the same servers. Raises `CliError`."""
    try:
        settings = load_settings(here.data)
        link = link_of(here.data, settings)
    except (OSError, ValueError) as error:
        raise CliError(f"no node runs in {here.data}: {error}") from error
    if shard == settings.shard:
        raise CliError(f"{shard} is this node's own shard")
    sealer = Sealer(bytes.fromhex(secret(here.data, "node.key")))
    clients = [
        ConfigClient(here.data, f"mover-{name}", JetStreamLog(link, name, settings.log_replicas), sealer)
        for name in (settings.shard, *([shard] if both else []))
    ]
    try:
        for client in clients:
            client.start()
            if not client.wait_current(CURRENT_S_MAX):
                raise CliError(f"the configuration log does not answer: {client.status.text}")
        yield clients
    finally:
        for client in clients:
            client.stop()
        link.close()
