"""`acceptance`: independent phones play a carrier and a user; the result is shown, kept, and written as page or PDF."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from configdb.runtime import Runtime
from installer.acceptance import Line, acceptance
from installer.sounds import BUILT
from softswitch.cli.api import Api
from softswitch.cli.context import of
from softswitch.cli.output import CliError

ROWS = (("passed", "Passed"), ("name", "Check"), ("said", "Evidence"))
RECORD_S_MAX = 20.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="acceptance")(run)


def run(
    context: typer.Context,
    trunk: Annotated[str, typer.Argument(help="Id of the trunk.")],
    gateway: Annotated[list[str], typer.Option(help="host:port of a gateway on this machine; again for the next one.")],
    device: Annotated[str, typer.Option(help="User name of a telephone.")],
    password: Annotated[str, typer.Option(envvar="SOFTSWITCH_PHONE_PASSWORD", help="Its password.")],
    number: Annotated[str, typer.Option(help="A number of the tenant that rings that telephone.")],
    outside: Annotated[str, typer.Option(help="A number that is called over the trunk.")] = "+12025550100",
    speech: Annotated[list[Path] | None, typer.Option(help="Two WAV files to speak (default: the demo's).")] = None,
    page: Annotated[Path | None, typer.Option(help="Write the result as HTML.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the result as PDF.")] = None,
    every_s: Annotated[float, typer.Option("--every", min=0, help="Again after so many seconds, until Ctrl-C.")] = 0,
) -> None:
    """Try everything a carrier promises: calls both ways, speech, keys, numbers, strangers, fail-over, the record."""
    here = of(context)
    runtime = Runtime.read(here.data)
    folder = BUILT / "system" / "en"
    said = tuple(speech) if speech else (folder / "demo-caller.wav", folder / "demo-person.wav")
    if len(said) != 2:
        raise CliError("--speech is given twice: for the carrier's side and for the user's")
    address = f"{runtime.sip_host}:{runtime.sip_port}"
    line = Line(trunk, address, tuple(map(_address, gateway)), device, password, number, outside, (said[0], said[1]))
    while True:
        checks = [check.to_document() for check in acceptance(line, lambda: _newest(here.api))]
        kept = here.api.request("POST", "/api/v1/quality/tests", {"trunk": trunk, "number": number, "checks": checks})
        for path, kind in ((page, "html"), (pdf, "pdf")):
            if path is not None:
                path.write_bytes(here.api.download(f"/api/v1/quality/tests/{kept['id']}.{kind}"))
        here.output.table(kept["checks"], ROWS, f"Acceptance of {trunk}")
        if not every_s:
            break
        time.sleep(every_s)
    if not kept["passed"]:
        raise CliError("the trunk is not accepted: see what failed above")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise CliError(f"{text} is not host:port")
    return host.strip("[]"), int(port)


def _newest(api: Api) -> dict[str, Any]:
    """The newest call that is finished; its record may take a moment to be written. Raises LookupError."""
    end = time.monotonic() + RECORD_S_MAX
    while time.monotonic() < end:
        if not api.get("/api/v1/calls/live")["data"]:
            rows = api.get("/api/v1/calls", limit=1)["data"]
            if rows and rows[0]["ended_at"]:
                time.sleep(1.0)
                newest = api.get("/api/v1/calls", limit=1)["data"][0]["id"]
                found: dict[str, Any] = api.get(f"/api/v1/calls/{newest}")
                return found
        time.sleep(0.3)
    raise LookupError("no finished call in the history")
