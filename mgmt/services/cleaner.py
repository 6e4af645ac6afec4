"""Background services: what is older than its tenant keeps goes, and tenants that left are erased, a bounded piece a run."""

from __future__ import annotations

from configdb.log import Change
from history import subscription
from history.app import dropped, idle
from mgmt.limits import app_idle_s_max
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from vault.retention import Sweeper

period_s = 60.0
erasure_period_s = 5.0
rehearsal_s = 24 * 3600.0
sweep_max = 200


def run(parts: Parts) -> Report:
    """One sweep over all tenants but those under legal hold."""
    done: list[str] = []
    total = 0
    for tenant, view in sorted(parts.directory().tenants.items()):
        if view.tenant.legal_hold:
            continue
        dry = parts.errand.dry
        sweeper = Sweeper(parts.history.shelves, parts.vault.register, tenant, parts.clock(), dry, sweep_max)
        counts = sweeper.sweep(view.tenant.retention_days)
        boxes = sweeper.mailboxes(view.mailboxes.values())
        apps = _idle_apps(parts, tenant)
        browsers = _idle_browsers(parts, tenant)
        total += sum(counts.values()) + boxes + apps + browsers
        done += [f"{tenant}: {browsers} browsers that nobody used"] if browsers else []
        done += [f"{tenant}: {apps} apps that nobody used"] if apps else []
        done += [f"{tenant}: {boxes} messages of mailboxes"] if boxes else []
        done += [f"{tenant}: {count} {kind}" for kind, count in counts.items()]
    return Report(total, ", ".join(done) or "nothing is too old")


def _idle_apps(parts: Parts, tenant: str) -> int:
    """Sign-ins of apps that nobody used for long go, and their telephones."""
    found = idle(parts.history.shelves, tenant, parts.clock() - app_idle_s_max, sweep_max)
    if found and not parts.errand.dry:
        known = parts.directory().tenants[tenant].devices
        phones = [Change("device", app.id, None) for app in found if app.id in known]
        if phones:
            parts.config.transact(tenant, phones, "cleaner", "apps that nobody used")
        parts.history.shelves.write([dropped(app) for app in found])
    return len(found)


def _idle_browsers(parts: Parts, tenant: str) -> int:
    """Browsers whose pages nobody opened for long are woken no more."""
    found = subscription.idle(parts.history.shelves, tenant, parts.clock() - app_idle_s_max, sweep_max)
    if not parts.errand.dry:
        parts.history.shelves.write(found)
    return len(found)


def erase(parts: Parts) -> Report:
    """One step of each erasure. Raises `EventsAway`: what was told of a tenant goes before each step, and none is certified
    while it may still be there.
    """
    moved = []
    for tenant in parts.eraser.pending():
        parts.relay.forget(tenant)
        parts.analyses.forget(tenant)
        if parts.eraser.step(tenant):
            moved.append(tenant)
    return Report(len(moved), f"erasing {', '.join(moved)}" if moved else "nobody is erased")
