"""`status`, `calls`, `explain`, `simulate`, `call`: what happens, what happened and why, what would happen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from softswitch.cli.context import of
from softswitch.cli.output import CliError, local_time
from softswitch.cli.standing import standing

DRAIN_LOOK_S = 0.5  # how often who waits for the last call looks
DRAIN_SEEN_S = 5.0  # until then those who ask a node by OPTIONS every two seconds have heard twice that it is drained

CALLS = (
    ("started_at", "Started"),
    ("direction", "Direction"),
    ("from", "From"),
    ("to", "To"),
    ("outcome", "Outcome"),
    ("who", "Who"),
    ("talk_s", "Talk s"),
    ("mos", "MOS"),
    ("id", "Call"),
)
LIVE = (
    ("started_at", "Since"),
    ("from", "From"),
    ("to", "To"),
    ("state", "State"),
    ("where", "Where"),
    ("mos", "MOS"),
    ("id", "Call"),
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, drain, calls, explain, simulate, call, transfer, hangup):
        app.command()(command)


def status(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Every fact and counter, one a line.")] = False,
) -> None:
    """How the node is: calls, ports, trunks, phones, services, disk. A line that begins with ! is where to look first."""
    here = of(context)
    document = here.api.get("/api/v1/status")
    here.output.lines(flat(document) if every else standing(document), document)


def drain(
    context: typer.Context,
    off: Annotated[bool, typer.Option("--off", help="Take new calls again.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when no call needs this node any more.")] = False,
    at_most_s: Annotated[
        float | None, typer.Option("--at-most", min=1, help="With --wait: give up after so many seconds.")
    ] = None,
) -> None:
    """Send new calls elsewhere (503; OPTIONS says so too) while those in progress go on: before a planned stop.

    Who waits, waits for calls of other nodes that go through this one too, and until balancers have seen the 503.
    """
    here = of(context)
    answer = here.api.request("PUT", "/api/v1/drain", {"on": not off})
    text = "New calls are taken again" if off else f"New calls go elsewhere; {answer['calls']} in progress"
    here.output.lines((text,), answer)
    if not wait or off:
        return
    began = time.monotonic()
    while (needed := left(here.api.get("/api/v1/status")["switch"])) or time.monotonic() - began < DRAIN_SEEN_S:
        if at_most_s is not None and time.monotonic() - began >= at_most_s:
            raise CliError(f"still {needed}: wait longer, or end them (`softswitch calls --live`, `softswitch hangup`)")
        time.sleep(DRAIN_LOOK_S)


def left(switch: dict[str, Any]) -> str:
    """What a switch is still needed for, empty: nothing; one that is away has no calls."""
    cluster = switch.get("cluster") or {}
    relieved = any(not other["draining"] for other in cluster.get("others", ()))
    counts = {
        "calls": switch.get("calls", 0),
        "legs of other nodes through this one": cluster.get("passing", 0),
        "tenants that no other node has taken": cluster.get("tenants", 0) if relieved else 0,
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def flat(document: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Nested facts as `a.b: value` lines."""
    for key, value in document.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            value = {str(one.get("name", index)): one for index, one in enumerate(value)}
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}: {value}"


def calls(
    context: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="Calls in progress instead of past ones.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 20,
) -> None:
    """The newest calls, or those in progress."""
    here = of(context)
    if live:
        here.output.table(here.api.get("/api/v1/calls/live")["data"], LIVE, "Live calls")
        return
    rows = here.api.every("/api/v1/calls", limit)
    here.output.table(({**row, "talk_s": round(row["talk_ms"] / 1000, 1)} for row in rows), CALLS, "Calls")


def explain(
    context: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="Call id, or `last`.")],
    language: Annotated[str, typer.Option(help="en or ru.")] = "en",
    pcap: Annotated[Path | None, typer.Option(help="Write the SIP messages to a capture file (Wireshark).")] = None,
) -> None:
    """Why a call went where it went: each decision with its reason, the SIP ladder, the quality."""
    here = of(context)
    if call_id == "last":
        newest = here.api.every("/api/v1/calls", 1)
        if not newest:
            raise CliError("there is no call to explain yet")
        call_id = newest[0]["id"]
    detail = here.api.get(f"/api/v1/calls/{call_id}", language=language)
    if pcap is not None:
        pcap.write_bytes(here.api.download(f"/api/v1/calls/{call_id}/trace.pcap"))
    here.output.lines(explanation(detail), detail)


def explanation(detail: dict[str, Any]) -> Iterator[str]:
    """A call in words."""
    call = detail["call"]
    yield f"{call['direction'].capitalize()} call {call['id']}: {name_of(call, 'from')} -> {name_of(call, 'to')}"
    yield f"{local_time(call['started_at'])}, {call['duration_ms'] / 1000:.1f} s, {call['outcome']}" + (
        f" by {call['who']}" if call.get("who") else ""
    )
    yield f"Ended: {call['cause']['text']} (Q.850 {call['cause']['q850']})"
    yield ""
    yield from detail.get("explained") or (f"  {step['text']}" for step in detail["steps"])
    if detail["messages"]:
        yield ""
        yield "SIP"
        first = detail["messages"][0]["at_us"]
        for message in detail["messages"]:
            yield f"  {(message['at_us'] - first) / 1e6:9.6f}  {message['from']} -> {message['to']}  {message['summary']}"
    yield ""
    for leg in detail["legs"]:
        yield f"Leg {leg['role']} {leg['party']} ({leg['codec'] or 'no media'}): {quality_of(leg['quality'])}"


def name_of(call: dict[str, Any], side: str) -> str:
    """A number with its name when there is one."""
    name = call.get(f"{side}_name")
    return f"{call[side]} ({name})" if name and name != call[side] else str(call[side])


def quality_of(quality: dict[str, Any]) -> str:
    """Both directions in one line; an unmeasured MOS is said to be so."""
    parts = []
    for direction, word in (("rx", "heard"), ("tx", "sent")):
        one = quality.get(direction)
        if one:
            mos = "not measured" if one.get("mos") is None else f"{one['mos']:.2f}"
            parts.append(
                f"{word} {one['packets']} packets, {one['lost']} lost, jitter {one['jitter_ms']:.1f} ms, MOS {mos}"
            )
    return "; ".join(parts) or "not measured"


def simulate(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The number or extension that is dialled.")],
    caller: Annotated[str, typer.Option("--from", help="Who calls.")] = "+12025550100",
    at: Annotated[str | None, typer.Option(help="When: 2026-12-24T18:05 in the tenant's zone (default: now).")] = None,
    keys: Annotated[str, typer.Option(help="Keys the caller presses; w lets a prompt pass.")] = "",
    state: Annotated[
        list[str] | None,
        typer.Option("--user", help="How a user or a number outside is: ann=busy, +12025550177=machine."),
    ] = None,
    flow: Annotated[str | None, typer.Option(help="The flow that --draft is.")] = None,
    draft: Annotated[
        Path | None, typer.Option(help="A flow document to try instead of the live one (with --flow).")
    ] = None,
    all_paths: Annotated[bool, typer.Option("--paths", help="Every way such a call can take.")] = False,
) -> None:
    """What would happen: the same interpreter that runs live calls, on virtual time."""
    here = of(context)
    body: dict[str, Any] = {"number": number, "from": caller, "keys": keys, **({"at": at} if at else {})}
    if state:
        body["free"] = dict(one.partition("=")[::2] for one in state)
    if draft is not None:
        body |= {"flow": flow or "main", "document": json.loads(draft.read_text())}
    document = here.api.request("POST", "/api/v1/simulate", {**body, **({"paths": True} if all_paths else {})})
    here.output.lines(all_ways(document) if all_paths else way(document), document)


def way(document: dict[str, Any]) -> Iterator[str]:
    """One simulated call in words."""
    for step in document["steps"]:
        yield f"  {step.get('offset_s', 0):7.1f} s  {step['text']}"
    heard = [one["text"] or one["prompt"] for one in document["heard"]]
    yield f"Heard: {'; '.join(heard) or 'nothing'}"
    reached = document["reached_s"]
    yield f"Outcome: {document['outcome']} after {document['duration_s']:.1f} s" + (
        "" if reached is None else f", reached after {reached:.1f} s"
    )


def all_ways(document: dict[str, Any]) -> Iterator[str]:
    """All ways, one after another."""
    for number, path in enumerate(document["paths"], start=1):
        yield f"Way {number}: {', '.join(path['choices']) or 'without a choice'}"
        yield from way(path)
    if not document["complete"]:
        yield "There are more ways than these."


def call(
    context: typer.Context,
    caller: Annotated[str, typer.Argument(metavar="FROM", help="User or extension that is rung first.")],
    callee: Annotated[str, typer.Argument(metavar="TO", help="Extension or number.")],
    machines: Annotated[
        str | None,
        typer.Option(help="An answering machine outside: connect, skip (hang up) or wait (till it greeted)."),
    ] = None,
) -> None:
    """Connect two parties: rings FROM, then TO."""
    here = of(context)
    body = {"from": caller, "to": callee} | ({} if machines is None else {"machines": machines})
    document = here.api.request("POST", "/api/v1/calls", body)
    here.output.lines((f"Ringing {caller}; call {document['id']}",), document)


def transfer(
    context: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="A call in progress (`calls --live`).")],
    target: Annotated[str, typer.Argument(help="As dialled, or user:ID, group:ID, flow:ID, mailbox:ID.")],
    keep: Annotated[str | None, typer.Option(help="Who stays: caller or callee (default: the one outside).")] = None,
    user: Annotated[str | None, typer.Option("--as", help="Whose permissions count (default: who is let go).")] = None,
) -> None:
    """Send a call in progress elsewhere; while nobody answers there, who is let go may still have it back."""
    here = of(context)
    wanted = {"target": target, "keep": keep, "as": user}
    body = {name: value for name, value in wanted.items() if value is not None}
    here.api.request("POST", f"/api/v1/calls/live/{call_id}/transfer", body)
    here.output.lines((f"{call_id} goes to {target}",), {"id": call_id, "target": target})


def hangup(context: typer.Context, call_id: Annotated[str, typer.Argument(metavar="CALL")]) -> None:
    """End a call in progress."""
    here = of(context)
    here.api.request("DELETE", f"/api/v1/calls/live/{call_id}")
    here.output.lines((f"Ended {call_id}",), {"id": call_id})
