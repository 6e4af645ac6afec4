"""The background services of a node: one row each."""

from __future__ import annotations

from typing import Literal

from mgmt.billing import meter, minutes, months
from mgmt.billing import sweep as billing
from mgmt.countrycom import sync as countrycom
from mgmt.market import listings, sweep
from mgmt.marketing import sync
from mgmt.partners import aps_usage, shoppers, yola
from mgmt.services import (
    alarms,
    alerts,
    between,
    cleaner,
    expectations,
    gauges,
    history_writer,
    listening,
    notices,
    outbox,
    packing,
    prompts,
    relay,
    reminder,
    reports,
    rollups,
    transcripts,
    unheard,
    uploads,
    voicemail,
    webhooks,
)
from mgmt.services.parts import Parts
from mgmt.services.runner import Service
from mgmt.signup import sweep as signups
from mgmt.signup import trials
from mgmt.sms import textback
from mgmt.tracking import upload

REGION: Literal["region"] = "region"

SERVICES: tuple[Service[Parts], ...] = (
    Service("history_writer", history_writer.period_s, history_writer.run),
    Service("relay", relay.period_s, lambda parts: parts.relay.run()),
    Service("webhooks", webhooks.period_s, webhooks.run),
    Service("gauges", gauges.period_s, gauges.run),
    Service("deliveries", webhooks.clean_period_s, webhooks.clean),
    Service("listening", listening.period_s, listening.run, listening.nice, app="voice-quality-analyzer"),
    Service("prompts", prompts.period_s, prompts.run),
    Service("uploads", uploads.period_s, uploads.run),
    Service("packing", packing.period_s, packing.run, packing.nice),
    Service("packing_far", packing.period_s, packing.run_far, packing.nice, scope=REGION),
    Service("between", between.period_s, between.run),
    Service("alarms", alarms.period_s, alarms.run, scope=REGION),
    Service("rollups", rollups.period_s, rollups.run, scope=REGION),
    Service(
        "cleaner",
        cleaner.period_s,
        cleaner.run,
        scope=REGION,
        dry=True,
        app="tenants-cleaner",
        rehearsal_s=cleaner.rehearsal_s,
    ),
    Service("erasures", cleaner.erasure_period_s, cleaner.erase),
    Service("listings", listings.period_s, listings.run, scope=REGION, dry=True),
    Service("numbers", sweep.period_s, sweep.run, scope=REGION, dry=True),
    Service("signups", signups.period_s, signups.run, scope=REGION, dry=True),
    Service("trials", trials.period_s, trials.run, scope=REGION, dry=True, app="prerecurly-trial-stopper"),
    Service("reminder", reminder.period_s, reminder.run, scope=REGION, dry=True, app="reminder"),
    Service("notices", notices.period_s, notices.run, scope=REGION, dry=True),
    Service("unheard", unheard.period_s, unheard.run, scope=REGION, dry=True, app="reminder"),
    Service("alerts", alerts.period_s, alerts.run, scope=REGION, dry=True),
    Service("marketing", sync.period_s, sync.run, scope=REGION, dry=True, app="marketing-sync"),
    Service("yola", yola.period_s, yola.run, scope=REGION, dry=True),
    Service("shoppers", shoppers.period_s, shoppers.run, scope=REGION, dry=True),
    Service("aps_usage", aps_usage.period_s, aps_usage.run, scope=REGION, dry=True),
    Service("rating", meter.period_s, meter.run, scope=REGION),
    Service("minutes", minutes.period_s, minutes.run, scope=REGION, dry=True),
    Service("invoices", months.period_s, months.run, scope=REGION, dry=True),
    Service("billing", billing.period_s, billing.run, scope=REGION, dry=True),
    Service("countrycom", countrycom.period_s, countrycom.run, scope=REGION, dry=True, app="countrycom-db-sync"),
    Service("text_back", textback.period_s, textback.run, scope=REGION),
    Service("expectations", expectations.period_s, expectations.run, scope=REGION, dry=True),
    Service("voicemail", voicemail.period_s, voicemail.run, voicemail.nice),
    Service("transcripts", transcripts.period_s, transcripts.run, transcripts.nice),
    Service("call_tracking", upload.period_s, upload.run, scope=REGION, dry=True),
    Service("reports", reports.period_s, reports.run, reports.nice, scope=REGION, app="reporting-utils"),
    Service("reports_old", reports.old_period_s, reports.forget, scope=REGION, dry=True),
    Service("outbox", outbox.period_s, outbox.run, scope=REGION),
    Service("outbox_old", outbox.forget_period_s, outbox.forget, scope=REGION, dry=True),
)
