"""`up`: a whole node on this machine, in the foreground: ports, processes, demo tenant, one link to click."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from configdb.node import NodeSettings, load_settings
from installer import self_signed
from installer.seed import NotSeeded, seed
from installer.sounds import NoSounds, install_sounds
from softswitch.cli.cluster import joined
from softswitch.cli.context import Context, of
from softswitch.cli.demo import demo_call
from softswitch.cli.link import sign_in_url
from softswitch.cli.output import CliError, Output
from softswitch.supervisor import service_manager
from softswitch.supervisor.child import Child
from softswitch.supervisor.node import Node, NotStarted, choose_ports, prepare
from softswitch.supervisor.ports import NoPort

DEMO_PORTS = {"sip_tls_port": 5061, "sip_ws_port": 5066, "sip_wss_port": 7443}  # a newcomer may try any phone
LOOK_S = 3.0  # time to open the link before the demo call begins


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings file (default: DATA/node.toml).")] = None,
    listen: Annotated[str | None, typer.Option(help="Address for SIP, RTP and HTTP.")] = None,
    sip_port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    http_port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    rtp_ports: Annotated[str | None, typer.Option(metavar="A-B", help="Ports for RTP, the first one even.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With a demo tenant and a demo call.")] = False,
    join: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Join the nodes that invited this one first.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name in the cluster (default: the next free node-N).")] = None,
) -> None:
    """Start a node and keep it running until Ctrl-C."""
    here = of(context)
    say = here.output.note
    overrides: dict[str, Any] = {
        "listen": listen,
        "sip_port": sip_port,
        "http_port": http_port,
        **port_range(rtp_ports),
    }
    settings = effective(here.data, overrides, config)
    if join is not None and (became := joined(here.data, join, name, settings)) is not None:
        say(f"joined as {became}")
        settings = effective(here.data, {**overrides, "name": became}, config)
    if demo:
        missing = {name: port for name, port in DEMO_PORTS.items() if name not in settings.model_fields_set}
        settings = effective(here.data, {**overrides, **missing}, config)
    began = time.monotonic()
    with alone(here.data):
        node = start(here.data, settings, say)
        try:
            if demo:
                plant(here.data, say)
            service_manager.notify("READY=1")
            say(f"ready after {time.monotonic() - began:.1f} s")
            if service_manager.managed():  # no link in a journal
                say(f"softswitch --data {here.data} link: prints a link that signs in")
            else:
                welcome(here, node, began, demo)
            node.watch()
        finally:
            service_manager.notify("STOPPING=1")
            say("stopping")
            node.stop()


def welcome(here: Context, node: Node, began: float, demo: bool) -> None:
    """The link, and the demo call, for who sits in front of it."""
    url = sign_in_url(here.data)
    here.output.lines([url], {"url": url, "started_in_s": round(time.monotonic() - began, 1)})
    if demo:
        show_demo(here.data, here.output, node, url)
    here.output.note("Ctrl-C ends it.")


def port_range(text: str | None) -> dict[str, int | None]:
    """Settings of "A-B". Raises `CliError`."""
    if text is None:
        return {}
    low, _, high = text.partition("-")
    if not (low.isdigit() and high.isdigit()):
        raise CliError(f"--rtp-ports is two numbers, for example 20000-20999, not {text!r}")
    return {"rtp_port_min": int(low), "rtp_port_max": int(high)}


def effective(data: Path, overrides: dict[str, Any], config: Path | None) -> NodeSettings:
    """The settings, also put into the environment of the processes that follow. Raises `CliError`."""
    if config is not None and not config.is_file():
        raise CliError(f"there is no settings file {config}")
    try:
        settings = load_settings(data, overrides, config)
    except ValidationError as error:
        wrong = "\n".join(f"  {'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}" for one in error.errors())
        raise CliError(
            f"the settings are wrong (options, SOFTSWITCH_* or {config or data / 'node.toml'}):\n{wrong}"
        ) from error
    except ValueError as error:
        raise CliError(f"{config or data / 'node.toml'} is not TOML: {error}") from error
    for name, value in settings.model_dump(mode="json", exclude_unset=True, exclude={"data_dir"}).items():
        if value is not None:
            os.environ[f"SOFTSWITCH_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return settings


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """One supervisor for one data directory. Raises `CliError`."""
    try:
        prepare(data)
        path = data / "run" / "supervisor.lock"
        path.touch(mode=0o600)
    except OSError as error:
        raise CliError(f"the data directory {data} cannot be used: {error.strerror or error}") from error
    with open(path, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CliError(
                f"a node already runs in {data} (process {lock.read().strip()}): stop it, or choose another --data"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def start(data: Path, settings: NodeSettings, say: Any) -> Node:
    """Sounds, ports, processes. Raises `CliError`."""
    try:
        install_sounds(data)
        made = self_signed.ensure(settings)
        if made is not None:
            say(f"made a certificate for TLS that nobody vouches for: {made} (setting tls_certificates)")
        runtime = choose_ports(settings, say)
        runtime.write(data)
        node = Node(data, runtime, settings, say)
        node.plan()
        node.stop_on_signals()
        node.start(lambda child: None, lambda child: started(child, node, say))
    except (NoPort, NotStarted, NoSounds, OSError) as error:
        raise CliError(str(error)) from error
    streams = (("TLS", runtime.sip_tls_port), ("WS", runtime.sip_ws_port), ("WSS", runtime.sip_wss_port))
    more = "".join(f", {name} {port}" for name, port in streams if port is not None)
    hosts = ", ".join(runtime.sip_hosts)
    rtp = f"RTP {runtime.rtp_port_min}-{runtime.rtp_port_max}"
    say(f"SIP on {hosts}: UDP and TCP {runtime.sip_port}{more}; {rtp}")
    return node


def started(child: Child, node: Node, say: Any) -> None:
    """One line of progress."""
    number = node.children.index(child) + 1
    say(f"[{number}/{len(node.children)}] {child.name} (process {child.pid})")


def plant(data: Path, say: Any) -> None:
    """The demo tenant. Raises `CliError`."""
    try:
        made = seed(data)
    except (NotSeeded, OSError) as error:
        raise CliError(f"the demo tenant cannot be written: {error}") from error
    passwords = data / "secrets" / "demo-phones.json"
    say("Riverside Dental " + (f"is ready (passwords of its phones: {passwords})" if made else "is there already"))


def show_demo(data: Path, output: Output, node: Node, url: str) -> None:
    """The demo call; the node goes on when it fails."""
    output.note("open the link to watch the demo call live; it begins in a moment")
    deadline = time.monotonic() + LOOK_S
    while time.monotonic() < deadline and not node.stopping:
        time.sleep(0.05)
    if node.stopping:
        return
    try:
        demo_call(data, output)
    except CliError as error:
        output.note(f"the demo call failed: {error}")
    output.note("")
    output.lines([f"Open {url}"], {"url": url})
