"""Background service: makes reports that people asked for or planned, each once, and mails those that are to be mailed.

A report is made into a file on this disk row by row, then kept in the media store, then called ready; a maker that dies leaves it
waiting, and it is made anew. Its letters are made of its id, so that each is one. While it is made, the report says how far it
is; one that somebody removes meanwhile is given up at the next look.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from configdb.report_plan import ReportPlan
from configdb.snapshot import TenantView
from history.rollups import TooLong
from history.shelves import REPORTS, Drop, Put, Query, Where
from media.storage.names import checked
from mgmt.limits import report_age_s_max, reports_at_once_max
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.outbox.item import Item
from mgmt.reports.forms import FORMS
from mgmt.reports.job import FAILED, READY, WAITING, Job, planned_id
from mgmt.reports.kinds import table
from mgmt.reports.plans import due
from mgmt.reports.source import Source
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s, nice = 5.0, 10
look_s = 1.0
"""How often a report that is being made says how far it is, and looks whether it is still wanted."""
old_period_s = 3600.0
WORDS = {
    "en": "{name}\n{about}\n\nThe report is attached. It is also in the WebUI of {company}, under Reports.\n",
    "ru": "{name}\n{about}\n\nОтчёт приложен. Он есть и в веб-интерфейсе компании {company}, в разделе «Отчёты».\n",
}


class Unwanted(Exception):
    """Theirs: the report was removed while it was being made."""


def run(parts: Parts) -> Report:
    """Puts what is due, then makes what waits."""
    for view in parts.directory().tenants.values():
        for plan in view.objects.get("report_plan", {}).values():
            if isinstance(plan, ReportPlan) and plan.enabled:
                _put(parts, view, plan)
    made = failed = 0
    for job in _waiting(parts):
        if parts.errand.stopping():
            break
        try:
            after = _make(parts, job)
        except Unwanted:
            continue
        made += after.state == READY
        failed += after.state == FAILED
    return Report(made + failed, f"{made} reports made" + (f", {failed} failed" if failed else ""))


def _put(parts: Parts, view: TenantView, plan: ReportPlan) -> None:
    now, tenant = parts.clock(), view.tenant.id
    time = due(plan, now, ZoneInfo(view.tenant.timezone))
    if time is None:
        return
    id = planned_id(tenant, plan.id, time[1])
    if parts.history.shelves.get(REPORTS, tenant, id) is None:
        kind, form, by = plan.report, plan.form, f"plan {plan.id}"
        job = Job(id, tenant, now, kind, form, *time, by, plan.name, plan.id, list(plan.emails))
        parts.history.shelves.write([Put(REPORTS, tenant, id, job.to_document())])


def _waiting(parts: Parts) -> list[Job]:
    found: list[Job] = []
    for row in parts.history.shelves.everywhere(REPORTS, (Where("state", "=", WAITING),)):
        found.append(Job.from_document(row.body))
        if len(found) >= reports_at_once_max:
            break
    return sorted(found, key=lambda job: job.at)


def _make(parts: Parts, job: Job) -> Job:
    view, now = parts.directory().tenants.get(job.tenant), parts.clock()
    if view is None:
        return _end(parts, replace(job, state=FAILED, problem="the company is gone", ended_at=now))
    parts.errand.tell(f"{job.tenant}: {job.kind}")
    reached = _telling(parts, job)
    source, form = Source(parts.history, parts.analyses, view, job.since, job.until, reached), FORMS[job.form]
    day = datetime.fromtimestamp(job.at, UTC).strftime("%Y%m%d")
    name = checked(f"{job.tenant}/report/{day}/{job.id}.{form.ending}")
    made = table(job.kind, source)
    with tempfile.NamedTemporaryFile() as file:
        try:
            rows = form.write(made, file)  # type: ignore[arg-type]  # a file of bytes
        except TooLong as wrong:
            return _end(parts, replace(job, state=FAILED, problem=str(wrong), ended_at=now))
        file.flush()
        reached(1.0)
        stat = parts.vault.media.put_file(name, Path(file.name), {"tenant": job.tenant}, form.type)
        page = Path(file.name).read_text() if job.form == "html" and job.emails else ""
    done = replace(job, state=READY, progress=1.0, file=name, size_bytes=stat.size_bytes, rows=rows, ended_at=now)
    title, text = job.name or made.title, WORDS[source.language]
    words = text.format(name=title, about=made.about, company=view.tenant.name)
    return _end(parts, done, _letters(done, title, words, page))


def _telling(parts: Parts, job: Job) -> Callable[[float], None]:
    """Keeps how far the report is. What it gives raises `Unwanted`."""
    looked, most = parts.clock(), 0.0

    def reached(share: float) -> None:
        nonlocal looked, most
        most = max(most, round(share, 2))
        if parts.clock() < looked + look_s:
            return
        looked = parts.clock()
        if parts.history.shelves.change(REPORTS, job.tenant, job.id, lambda body: {**body, "progress": most}) is None:
            raise Unwanted(job.id)

    return reached


def _letters(job: Job, title: str, text: str, page: str) -> list[Item]:
    form, found = FORMS[job.form], list[Item]()
    attached = () if page else ((job.file or "", f"{job.kind}.{form.ending}", form.type.partition(";")[0]),)
    for number, to in enumerate(job.emails):
        with suppress(NoAddress):
            id = f"report-{job.id}-{number}"
            found.append(item(job.tenant, id, to, title, text, job.ended_at or job.at, page, attachments=attached))
    return found


def _end(parts: Parts, job: Job, letters: list[Item] | None = None) -> Job:
    """Its letters first: a maker that dies between makes the same ones again. Raises `Unwanted`, and keeps no file of it then."""
    shelves, id = parts.history.shelves, job.id
    changes = [change for letter in letters or () for change in parts.outbox.changes(letter)]
    if changes and shelves.get(REPORTS, job.tenant, id) is not None:
        shelves.write(changes)
    if shelves.change(REPORTS, job.tenant, id, lambda _: job.to_document()) is None:
        if job.file is not None:
            parts.vault.register.forget_file(job.file)
        raise Unwanted(id)
    parts.bus.publish(f"events.{job.tenant}.report", job.to_document())
    return job


def forget(parts: Parts) -> Report:
    """Reports that are old go with their files."""
    count, until = 0, parts.clock() - report_age_s_max
    for tenant in parts.directory().tenants:
        query = Query(until=until, limit=reports_at_once_max, oldest_first=True)
        for row in parts.history.shelves.page(REPORTS, tenant, query):
            count += 1
            if parts.errand.dry:
                continue
            if row.body.get("file"):
                parts.vault.register.forget_file(row.body["file"])
            parts.history.shelves.write([Drop(REPORTS, tenant, row.id)])
    return Report(count, f"{count} old reports")
