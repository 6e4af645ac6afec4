"""`cluster`: more nodes. `invite` lets them in, `status` says who is there, `call` tries the ways between them.

A node joins by `join TOKEN` before it is started, or by `up --join TOKEN`.
"""

from __future__ import annotations

import sys
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import typer

from configdb import membership, nats_server, servers_jetstream
from configdb.joining import NotJoined
from configdb.membership import Membership
from configdb.node import NodeSettings, load_settings
from configdb.runtime import Runtime
from configdb.servers_jetstream import NotAnswered
from installer import self_signed
from softswitch.cli.context import Context, of
from softswitch.cli.output import CliError
from softswitch.supervisor.invitation import Invitation, join
from softswitch.supervisor.node import prepare
from softswitch.supervisor.ports import NoPort, next_free_stream, reachable_address

CLUSTER_PORT, JOIN_PORT = 6222, 6223
REBUILD_S_MAX = 120.0
SETTLED_S = 1.0
CALLS_S_MAX = 600.0
ROWS = (("between", "Between"), ("at", "At"), ("passed", "Passed"), ("name", "Check"), ("said", "Evidence"))
FORGET_S_MAX = 15.0
APART = "each node lists its own past calls and voicemail alone: set history_url (MongoDB) on all of them"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = typer.Typer(no_args_is_help=True)
    commands.command()(invite)
    commands.command("join")(enter)
    commands.command()(status)
    commands.command()(remove)
    commands.command()(call)
    app.add_typer(commands, name="cluster", help="Several nodes as one system.")


def invite(
    context: typer.Context,
    address: Annotated[str | None, typer.Option(help="Where other nodes reach this one (default: `listen`).")] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port for joining, open as long as this runs.")
    ] = JOIN_PORT,
    minutes: Annotated[float, typer.Option(min=0.1, max=1440, help="How long the token is good.")] = 60.0,
    count: Annotated[int, typer.Option(min=1, max=16, help="How many nodes may join.")] = 1,
) -> None:
    """Print a token for `softswitch up --join`, and let nodes in until COUNT have come or it is over."""
    here = of(context)
    settings = load_settings(here.data)
    if settings.nats_url is not None:
        raise CliError("this node uses NATS servers of your own (nats_url): nodes that use the same need no token")
    host = _own_address(address, _listens(here.data) or settings.listen)
    before = nats_server.membership_of(here.data, settings)
    try:
        own = before or Membership(settings.name, _at(host, next_free_stream(host, CLUSTER_PORT)))
        pair = self_signed.make([host])
        invitation = Invitation(here.data, own, host, next_free_stream(host, port), minutes, pair, settings.shard)
    except (OSError, NoPort, ValueError) as error:
        raise CliError(f"nobody can be invited to {host}: {error}; choose another --address or --port") from error
    try:
        here.output.lines([str(invitation.token)], {"token": str(invitation.token)})
        sys.stdout.flush()
        here.output.note(f"on the other node: softswitch up --listen ADDRESS --join {str(invitation.token)[:16]}...")
        for number in range(count):
            if not invitation.serve(lambda name: here.output.note(f"{name} has joined"), here.output.note):
                raise CliError(f"the time is over; {number} of {count} nodes have joined: invite again")
            if before is None and number == 0:
                _rebuild(here)
    finally:
        invitation.close()


def enter(
    context: typer.Context,
    token: Annotated[
        str, typer.Argument(help="What `softswitch cluster invite` printed on a node that runs; - reads it.")
    ],
    name: Annotated[str | None, typer.Option(help="Name in the cluster (default: the next free node-N).")] = None,
    address: Annotated[str | None, typer.Option(help="Where other nodes reach this one (default: `listen`).")] = None,
) -> None:
    """Join the nodes that made a token, without starting: for a node that a service manager starts. Once more is no harm."""
    here = of(context)
    settings = load_settings(here.data)
    text = sys.stdin.readline().strip() if token == "-" else token
    became = joined(here.data, text, name, settings, address)
    said = f"joined as {became}" if became is not None else "this node has joined already"
    here.output.lines([f"{said}: now start it"], {"joined": became})


def _rebuild(here: Context) -> None:
    """The log of a node that was alone begins anew between the nodes, with all that was in it.

    NATS is started again first: until this node says that the log it followed is gone, it is the old one that answers.
    """
    here.output.note("the configuration log moves to the cluster, as soon as the other node runs")
    deadline, said, moved = time.monotonic() + REBUILD_S_MAX, "", False
    while time.monotonic() < deadline:
        try:
            state = here.api.get("/api/v1/status")["config"]["state"]
            if moved and state == "following":
                return here.output.note("the configuration log is that of the cluster now")
            if state == "replaced":
                here.api.request("POST", "/api/v1/config-log/rebuild", {})
                moved = True
        except CliError as error:
            said = f" ({error})"
        time.sleep(1.0)
    raise CliError(f"the log did not move{said}: once both nodes run, `softswitch config rebuild-log` does it")


def status(context: typer.Context) -> None:
    """This node's view: who is alive, who is drained, how many tenants each serves here."""
    here = of(context)
    document = here.api.get("/api/v1/status")["switch"].get("cluster")
    if document is None:
        raise CliError("the switch does not answer: look at `softswitch status`")
    others = [
        f"{one['node']}: {'drained' if one['draining'] else 'alive'}, {one['version']}" for one in document["others"]
    ]
    apart = [APART] if others and load_settings(here.data).history_url is None else []
    lines = [f"{document['node']} (this node) serves {document['tenants']} tenants", *others, *apart]
    here.output.lines(lines, document)


def remove(
    context: typer.Context, name: Annotated[str, typer.Argument(help="A node that does not come back.")]
) -> None:
    """Take a node out: its certificate is refused from now on, here and at all nodes that this one reaches.

    The configuration log counts it no more, and makes its copy on another node. Run it again if it could not be told.

    Nobody can take back what it knew: who has its disk has the keys of the configuration and of recordings.
    """
    here = of(context)
    known = membership.read(here.data)
    if known is None:
        raise CliError("this node has not joined others by a token: their settings say who is there")
    settings = load_settings(here.data)
    if name not in known.others and name in _counted_away(here.data, settings):
        _forget(here.data, settings, name)
        return here.output.lines([f"{name} was removed: the log counts it no more"], {"removed": name})
    if name not in known.others:
        raise CliError(f"there is no other node {name}: {', '.join(sorted(known.others)) or 'none'}")
    if len(known.others) == 1:
        raise CliError(
            f"without {name} this node would be alone: make a backup and restore it, which is a node of its own"
        )
    try:
        membership.write(here.data, membership.without(known, name))
    except ValueError as error:
        raise CliError(str(error)) from error
    time.sleep(SETTLED_S)  # the switch writes this file too, when others tell whom they know
    if (again := membership.read(here.data)) is None or name in again.others:
        raise CliError(f"{name} came back in the same moment: try again")
    _forget(here.data, settings, name)
    return here.output.lines([f"{name} is removed"], {"removed": name})


def _counted_away(data: Path, settings: NodeSettings) -> list[str]:
    """The servers that the configuration log counts, and that are not there; none when nobody says."""
    try:
        return [name for name, there in servers_jetstream.counted(data, settings, 0.0).items() if not there]
    except (NotAnswered, OSError, ValueError):
        return []


def _forget(data: Path, settings: NodeSettings, name: str) -> None:
    """Have the configuration log count a server no more. Raises `CliError`."""
    try:
        servers_jetstream.forget(data, settings, name, FORGET_S_MAX)
    except (NotAnswered, OSError, ValueError) as error:
        again = f"when most nodes run: softswitch cluster remove {name}"
        raise CliError(
            f"{name} is no node any more, but the configuration log still counts it ({error}); {again}"
        ) from error


def call(context: typer.Context) -> None:
    """Let the telephones of `test_phones` call each other over pairs of nodes now; the newest call of each pair."""
    here = of(context)
    wanted = here.api.request("POST", "/api/v1/services/between/runs", {})["id"]
    deadline = time.monotonic() + CALLS_S_MAX
    while True:
        runs = here.api.get("/api/v1/services/between/runs")["data"]
        run = next((one for one in runs if one["id"] == wanted and one["ended_at"]), None)
        if run is not None:
            break
        if time.monotonic() > deadline:
            raise CliError("no end of it yet: the page of the background services shows how far it is")
        time.sleep(1.0)
    if not run["ok"] or not run["done"]:
        raise CliError(run["text"])
    newest: dict[tuple[str, ...], dict[str, Any]] = {}
    for one in here.api.get("/api/v1/quality/tests")["data"]:
        if one.get("nodes"):
            newest.setdefault(tuple(one["nodes"]), one)
    rows = [
        {"between": " – ".join(pair), "at": one["at"], **check}
        for pair, one in sorted(newest.items())
        for check in one["checks"]
    ]
    here.output.table(rows, ROWS, run["text"])
    if not all(one["passed"] for one in newest.values()):
        raise CliError("not everything was well: see what failed above")


def joined(data: Path, token: str, name: str | None, settings: NodeSettings, address: str | None = None) -> str | None:
    """Join by a token unless this node has joined already; its name if it joined now. Raises `CliError`."""
    if membership.read(data) is not None:
        return None
    if None is not name != settings.name and "name" in settings.model_fields_set:
        raise CliError(f"the settings call this node {settings.name}: leave --name out, or `name` there")
    prepare(data, shared=False)
    host = _own_address(address, settings.listen)
    chosen = name or (settings.name if "name" in settings.model_fields_set else None)
    try:
        said = settings.shard if "shard" in settings.model_fields_set else None
        made = join(data, token, _at(host, next_free_stream(host, CLUSTER_PORT)), chosen, said)
    except (NotJoined, NoPort, OSError) as error:
        raise CliError(f"this node did not join: {error}") from error
    return made.name


def _listens(data: Path) -> str | None:
    """Where the node that runs here listens, whatever its settings say."""
    try:
        return Runtime.read(data).sip_host
    except (OSError, ValueError):
        return None


def _own_address(wanted: str | None, listens: str) -> str:
    """Where other nodes reach this one. Raises `CliError`."""
    host = wanted or reachable_address(listens)
    if host != listens and host != wanted and ip_address(host).is_loopback:
        raise CliError(
            "this machine has no address but those of loopback, where no other node reaches it: name one (--address)"
        )
    return host


def _at(host: str, port: int) -> str:
    return f"[{host}]:{port}" if _is_ipv6(host) else f"{host}:{port}"


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False
