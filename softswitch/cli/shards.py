"""`config move`: a tenant goes to another shard of the configuration; both serve its calls until the old one lets go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from configdb import shards
from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.log_jetstream import JetStreamLog
from configdb.nats_link import link_of
from configdb.node import load_settings, secret
from configdb.secrets import Sealer
from softswitch.cli.context import Context, of
from softswitch.cli.output import CliError

CURRENT_S_MAX = 20.0
ACTOR = "operator"


def add(commands: typer.Typer) -> None:
    """Add the command to the group `config`."""
    commands.command("move")(move)


def move(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument()],
    shard: Annotated[str, typer.Argument(help="The shard it goes to.")],
    finish: Annotated[bool, typer.Option("--finish", help="Its calls go there by now: remove it here.")] = False,
) -> None:
    """Copy a tenant to another shard and freeze it here; with --finish, once its calls go there, remove it here."""
    here = of(context)
    try:
        with _both(here, shard) as (source, target):
            if finish:
                sequence = shards.let_go(source, target, tenant, ACTOR)
                here.output.lines((f"{tenant} is removed here",), {"tenant": tenant, "sequence": sequence})
            else:
                sequence = shards.copy(source, target, tenant, shard, ACTOR)
                text = f"{tenant} is in {shard} and frozen here: send its calls there, then `config move ... --finish`"
                here.output.lines((text,), {"tenant": tenant, "shard": shard, "sequence": sequence})
    except Refused as refused:
        raise CliError(refused.message) from refused
    except Unknown as unknown:
        raise CliError(f"{unknown}: try the same command again") from unknown


@contextmanager
def _both(here: Context, shard: str) -> Iterator[tuple[ConfigClient, ConfigClient]]:
    """A replica of this node's shard and one of the other. Raises `CliError`."""
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
        for name in (settings.shard, shard)
    ]
    try:
        for client in clients:
            client.start()
            if not client.wait_current(CURRENT_S_MAX):
                raise CliError(f"the configuration log does not answer: {client.status.text}")
        yield clients[0], clients[1]
    finally:
        for client in clients:
            client.stop()
        link.close()
