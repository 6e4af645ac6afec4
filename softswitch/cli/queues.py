"""`queues`, `agent`: who waits and who works, as it is now; log agents in and out."""

from __future__ import annotations

from typing import Annotated

import typer

from softswitch.cli.context import of

QUEUES = (
    ("id", "Queue"),
    ("waiting", "Waiting"),
    ("promised_waiting", "Promised"),
    ("longest_wait_s", "Longest s"),
    ("sla_percent", "SLA %"),
    ("free", "Free"),
    ("busy", "Busy"),
    ("paused", "Paused"),
    ("answered", "Answered today"),
    ("abandoned", "Gave up"),
)
PEOPLE = (
    ("user", "Agent"),
    ("name", "Name"),
    ("state", "State"),
    ("reason", "Reason"),
    ("since_s", "Since s"),
    ("calls", "Calls"),
)
PLACES = (
    ("position", "Place"),
    ("number", "Number"),
    ("waited_s", "Waits s"),
    ("priority", "Priority"),
    ("kind", "Kind"),
    ("id", "Id"),
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(queues)
    app.command()(agent)


def queues(
    context: typer.Context,
    queue: Annotated[str | None, typer.Argument(help="One of them, with its people.")] = None,
) -> None:
    """The queues as they are now."""
    here = of(context)
    if queue is None:
        rows = here.api.get("/api/v1/queues")["data"]
        here.output.table(({**row, **row["agents"]} for row in rows), QUEUES, "Queues")
        return
    found = here.api.get(f"/api/v1/queues/{queue}")
    if here.output.as_json:
        here.output.document(found)
        return
    here.output.table(found["people"], PEOPLE, found["name"])
    here.output.table(found["places"], PLACES, "Waiting")


def agent(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="Id of the user.")],
    verb: Annotated[str, typer.Argument(help="login, logout, pause, resume or ready.")],
    queue: Annotated[list[str] | None, typer.Option(help="Only in this queue (again for more).")] = None,
    reason: Annotated[str | None, typer.Option(help="Why somebody pauses.")] = None,
) -> None:
    """Let an agent begin, rest or end their work at the queues."""
    here = of(context)
    body = {"verb": verb} | ({"queues": queue} if queue else {}) | ({"reason": reason} if reason else {})
    here.api.request("POST", f"/api/v1/queues/agents/{user}", body)
    here.output.lines((f"{user}: {verb}",), {"user": user, "verb": verb})
