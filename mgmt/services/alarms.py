"""Background service: tells when a trunk, a network or a telephone begins to sound bad, and when it is well again.

The switches hear of each look how far every trunk is behind the best one, for routes whose choice is `best_sound`.

What stands is kept with the event that tells of it, in one go, so that each is told once, whichever node looks next. Owners get
a letter too when it begins; its id is made of the alarm, so that it is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from configdb.snapshot import TenantView
from history.happened import event_id
from history.shelves import ALARMS, Change, Drop, Put, Query
from mgmt.conversations import Past, conversations
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from quality.blame.preference import demerits, trunk_scores
from quality.blame.watch import PERIOD_S, PERIODS, raised

period_s = 300.0
alarms_max = 1000
OF_CALLS = frozenset({"trunk", "site", "device"})
THINGS = {
    "en": {"trunk": "The trunk", "site": "The network", "device": "The telephone"},
    "ru": {"trunk": "Транк", "site": "Сеть", "device": "Телефон"},
}
WORDS = {
    "en": (
        "{thing} {key} sounds bad",
        "{thing} {key} of {company} has sounded bad for half an hour: the worst calls have MOS {mos:.1f}.\n\n"
        "Quality shows the calls and who is to blame. You will not hear of it again until it has been well.\n",
    ),
    "ru": (
        "{thing} {key}: плохая связь",
        "{thing} {key} компании {company}: связь плохая уже полчаса, у худших разговоров MOS {mos:.1f}.\n\n"
        "Раздел «Качество» показывает разговоры и виновника. Больше мы не напишем, пока не станет хорошо.\n",
    ),
}
NODES = "nodes"
NODES_WORDS = {
    "en": (
        "Calls between {key} sound bad",
        "Two test calls in a row between the nodes {key} failed or sounded bad; the last one had MOS {mos:.1f}.\n\n"
        "The page of the node shows them. You will not hear of it again until two were well.\n",
    ),
    "ru": (
        "Плохая связь между {key}",
        "Два пробных звонка подряд между узлами {key} не прошли или звучали плохо; у последнего MOS {mos:.1f}.\n\n"
        "Они показаны на странице узла. Больше мы не напишем, пока два звонка не пройдут хорошо.\n",
    ),
}


def run(parts: Parts) -> Report:
    """One look at every tenant. Raises `StoreAway`."""
    told, scores = 0, defaultdict[str, list[float]](list)
    for view in parts.directory().tenants.values():
        told += _look(parts, view, scores)
        if parts.errand.stopping():
            break
    else:
        parts.bus.publish("quality.trunks", {"demerits": demerits(scores)})
    return Report(told, f"{told} alarms told")


def _look(parts: Parts, view: TenantView, scores: dict[str, list[float]]) -> int:
    """Events told; `scores` gets what the trunks sounded like."""
    now, tenant = parts.clock(), view.tenant.id
    past = Past(parts.history, parts.analyses, tenant, view.tenant.timezone)
    calls = list(conversations(past, now - PERIODS * PERIOD_S, now))
    for trunk, found in trunk_scores(calls).items():
        scores[trunk] += found
    return tell(parts, view, OF_CALLS, raised(calls, now)[:alarms_max])


def standing(parts: Parts, tenant: str, groups: frozenset[str]) -> dict[str, dict[str, Any]]:
    """The alarms of these groups that were told and not taken back, by "group key"."""
    rows = parts.history.shelves.page(ALARMS, tenant, Query(limit=alarms_max))
    return {row.id: row.body for row in rows if row.body["group"] in groups}


def tell(parts: Parts, view: TenantView, groups: frozenset[str], bad: Iterable[Mapping[str, Any]]) -> int:
    """What of these groups is bad now (group, key, mos_p5): tell what began and what is over; how many those were."""
    now, tenant = parts.clock(), view.tenant.id
    bad_ones, known = {f"{alarm['group']} {alarm['key']}": alarm for alarm in bad}, standing(parts, tenant, groups)
    for id in bad_ones.keys() - known.keys():
        kept = {name: bad_ones[id][name] for name in ("group", "key", "mos_p5")} | {"raised_at": now}
        _write(parts, view, "quality.alarm.raised", kept, Put(ALARMS, tenant, id, kept))
        _mail(parts, view, kept)
    for id in known.keys() - bad_ones.keys():
        _write(parts, view, "quality.alarm.cleared", known[id], Drop(ALARMS, tenant, id))
    return len(bad_ones.keys() ^ known.keys())


def _write(parts: Parts, view: TenantView, type: str, kept: Mapping[str, Any], change: Change) -> None:
    source = kept["group"], kept["key"], kept["raised_at"]
    parts.history.shelves.write([change, parts.news.teller.told(view.tenant.id, type, None, kept, *source)])


def _mail(parts: Parts, view: TenantView, kept: Mapping[str, Any]) -> None:
    """To the owners."""
    language = view.tenant.language if view.tenant.language in WORDS else "en"
    words = NODES_WORDS if kept["group"] == NODES else WORDS
    said = {"thing": THINGS[language].get(kept["group"]), "key": kept["key"], "mos": kept["mos_p5"] or 1.0}
    subject, text = (form.format(company=view.tenant.name, **said) for form in words[language])
    for user in view.users.values():
        if user.role == "owner":
            with suppress(NoAddress):
                id = event_id("alarm", view.tenant.id, kept["group"], kept["key"], kept["raised_at"], user.id)
                parts.outbox.put(item(view.tenant.id, id, user.email or "", subject, text, kept["raised_at"]))
