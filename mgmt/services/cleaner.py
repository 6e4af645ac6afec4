"""Background services: what is older than its tenant keeps goes, and tenants that left are erased, a bounded piece a run."""

from __future__ import annotations

from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from vault.retention import Sweeper

period_s = 60.0
erasure_period_s = 5.0
sweep_max = 200


def run(parts: Parts) -> Report:
    """One sweep over all tenants."""
    done: list[str] = []
    total = 0
    for tenant, view in sorted(parts.directory().tenants.items()):
        dry = parts.errand.dry
        sweeper = Sweeper(parts.history.shelves, parts.vault.register, tenant, parts.clock(), dry, sweep_max)
        counts = sweeper.sweep(view.tenant.retention_days)
        boxes = sweeper.mailboxes(view.mailboxes.values())
        total += sum(counts.values()) + boxes
        done += [f"{tenant}: {boxes} messages of mailboxes"] if boxes else []
        done += [f"{tenant}: {count} {kind}" for kind, count in counts.items()]
    return Report(total, ", ".join(done) or "nothing is too old")


def erase(parts: Parts) -> Report:
    """One step of each erasure. Raises `EventsAway`: what was told of a tenant goes before each step, and none is certified
    while it may still be there.
    """
    moved = []
    for tenant in parts.eraser.pending():
        parts.relay.forget(tenant)
        if parts.eraser.step(tenant):
            moved.append(tenant)
    return Report(len(moved), f"erasing {', '.join(moved)}" if moved else "nobody is erased")
