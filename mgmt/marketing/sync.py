"""The service that looks which stages sign-ups reached, and the channel of the outbox that tells them, each once.

Nothing is told of who did not agree; who withdraws, or is erased, is forgotten wherever they were told.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from configdb.marketing import Sink
from configdb.secrets import SealError
from history.shelves import CALLS, NODE, SIGNUPS, Query
from mgmt.limits import marketing_looked_max, marketing_patience_s
from mgmt.marketing import wire
from mgmt.marketing.stages import reached
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.services.ledger import Report
from mgmt.signup.machine import LIVING, Signup
from mgmt.signup.sweep import engine_of

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 300.0
FIELDS = ("email", "company", "plan", "country", "language", "campaign", "tenant")


def run(parts: Parts) -> Report:
    """All sign-ups that agreed, or no longer do."""
    done, after = 0, None
    while _sinks(parts):
        query = Query(after=after, limit=marketing_looked_max)
        rows = parts.history.shelves.page(SIGNUPS, NODE, query)
        for row in rows:
            done += follow(parts, Signup.from_document(row.body))
        if len(rows) < marketing_looked_max:
            break
        after = (rows[-1].at or 0.0, rows[-1].id)
    return Report(done, f"{done} stages to tell")


def _sinks(parts: Parts) -> list[Sink]:
    rows = parts.directory().system.get("sink", {})
    return [one for _, one in sorted(rows.items()) if isinstance(one, Sink)]


def follow(parts: Parts, found: Signup) -> int:
    """Put what is new into the outbox, then note that it is there: a crash between the two puts the same items again."""
    now, new, sinks = parts.clock(), list[tuple[Sink, str]](), _sinks(parts)
    if found.consent == "yes":
        called = found.state in LIVING and bool(parts.history.shelves.page(CALLS, found.tenant, Query(limit=1)))
        new = [
            (sink, one)
            for sink in sinks
            for one in reached(found, called, now, 3_600.0 * sink.abandoned_h)
            if one in sink.stages
        ]
    elif found.consent == "withdrawn":
        told = {one.partition(" ")[0] for one in found.told}
        new = [(sink, wire.FORGET) for sink in sinks if sink.id in told]
    new = [(sink, stage) for sink, stage in new if f"{sink.id} {stage}" not in found.told]
    if new and not parts.errand.dry:
        said = {name: str(getattr(found, name)) for name in FIELDS}
        for sink, stage in new:
            parts.outbox.put(_item(found.id, sink, stage, said, now))
        engine_of(parts).signups.told(found.id, [f"{sink.id} {stage}" for sink, stage in new])
    return len(new)


def _item(signup: str, sink: Sink, stage: str, said: dict[str, str], now: float) -> Item:
    id = hashlib.sha256(f"{signup} {sink.id} {stage}".encode()).hexdigest()[:40]
    payload = {"sink": sink.id, "stage": stage, "said": said}
    until = now + marketing_patience_s
    return Item(f"marketing-{id}", NODE, "marketing", sink.id, payload, now, until, True, 60, due_at=now)


def send(parts: Parts, item: Item) -> Outcome:
    """One attempt."""
    sink = parts.directory().system.get("sink", {}).get(item.destination)
    if not isinstance(sink, Sink):
        return Refused("this sink is gone")
    stage, said = str(item.payload["stage"]), dict(item.payload["said"])
    if sink.kind == "csv":
        return _dropped(parts, sink, item, stage, said)
    try:
        token = parts.sealer.open(sink.token) if sink.token else ""
    except SealError as wrong:
        return Refused(str(wrong))
    return wire.outcome(stage, parts.web(wire.ask(sink, token, item.id, stage, said, item.made_at)))


def _dropped(parts: Parts, sink: Sink, item: Item, stage: str, said: dict[str, str]) -> Outcome:
    """A file, whole or not at all; the same one however often it is written."""
    folder = parts.data / "marketing" / sink.id
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = folder / f"{item.id}.csv"
        part = whole.with_suffix(".part")
        part.write_text(wire.row(sink, item.id, stage, said, item.made_at))
        os.replace(part, whole)
    except OSError as error:
        return Failed(f"the file cannot be written: {error.strerror}")
    return Sent(None, "written")


def forgotten(parts: Parts, item: Item) -> None:
    """What was told is not kept here a second time."""
    parts.outbox.empty(item, {"sink": item.destination, "stage": item.payload["stage"], "said": {}})


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("marketing", send, forgotten)
