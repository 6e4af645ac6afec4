"""Background service: sends what is due in the outbox, by the channels of its table."""

from __future__ import annotations

from history.shelves import MAIL_TOKENS, NODE, OUTBOX, RECEIPTS, Change, Drop, Query
from mgmt.billing import channel as billing
from mgmt.limits import mail_tokens_age_s_max, outbox_forgotten_max, outbox_kept_s, receipts_age_s_max
from mgmt.mail import sending as letters
from mgmt.market import listings, ordering, trial
from mgmt.marketing import sync
from mgmt.outbox.channels import Channel
from mgmt.outbox.delivery import words
from mgmt.outbox.item import Item
from mgmt.partners import channel
from mgmt.services import alerts, unheard
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from mgmt.sms import media, sending
from mgmt.tracking import upload

period_s = 0.5
forget_period_s = 3600.0

CHANNELS: tuple[Channel[Parts], ...] = (
    sending.channel(),
    media.channel(),
    ordering.channel(),
    listings.channel(),
    trial.channel(),
    letters.channel(),
    channel.channel(),
    sync.channel(),
    billing.channel(),
    unheard.channel(),
    alerts.channel(),
    *upload.channels(),
)


def run(parts: Parts) -> Report:
    """A page of what is due."""
    tried = parts.delivery.run(parts)
    return Report(len(tried), words(tried))


def forget(parts: Parts) -> Report:
    """What ended long ago is removed, and letters that nobody will answer any more are forgotten, some of each tenant a run."""
    until, shelves, old = parts.clock() - outbox_kept_s, parts.history.shelves, list[Change]()
    answered = Query(until=parts.clock() - mail_tokens_age_s_max, limit=outbox_forgotten_max, oldest_first=True)
    early = Query(until=parts.clock() - receipts_age_s_max, limit=outbox_forgotten_max, oldest_first=True)
    for tenant in (NODE, *parts.directory().tenants):
        rows = shelves.page(OUTBOX, tenant, Query(until=until, limit=outbox_forgotten_max, oldest_first=True))
        old += [Drop(OUTBOX, tenant, row.id) for row in rows if Item.from_document(row.body).ended]
        old += [Drop(RECEIPTS, tenant, row.id) for row in shelves.page(RECEIPTS, tenant, early)]
        old += [Drop(MAIL_TOKENS, tenant, row.id) for row in shelves.page(MAIL_TOKENS, tenant, answered)]
    if old and not parts.errand.dry:
        shelves.write(old)
    return Report(len(old), f"{len(old)} old items")
