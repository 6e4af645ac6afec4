"""What must fit together beside the telephones: plans, holidays, keys, ways in, parents, partners, regions, shards.

The form of problems and the rule for them are those of `configdb.checks`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from configdb.errors import Problem
from configdb.estate import ClusterNode, Partner, Placement, Plan, Shard, StoreFront
from configdb.mail_address import MailAddress
from configdb.model import PRIVATE_KINDS
from configdb.numbering import countries_of
from configdb.office import ApiKey, Holiday, HolidaySet, Planned
from configdb.schema import pointer
from configdb.secrets import SECRET_FIELDS
from configdb.snapshot import Directory, TenantView
from configdb.texting import Supplier, Texting
from configdb.value import Value

System = Mapping[str, Mapping[str, Value]]


def dates(here: str, holidays: Iterable[Holiday]) -> Iterator[Problem]:
    """Dates that are in no calendar."""
    for index, holiday in enumerate(holidays):
        try:
            datetime.date.fromisoformat(holiday.date)
        except ValueError:
            yield Problem(f"{here}/{index}/date", f"{holiday.date} is not in the calendar", "invalid_date")


def _plan(view: TenantView, directory: Directory) -> Iterator[Problem]:
    if view.tenant.plan is None:
        return
    here, plan = pointer("tenant", view.tenant.id, "plan"), directory.system.get("plan", {}).get(view.tenant.plan)
    if not isinstance(plan, Plan):
        yield Problem(here, f"there is no plan {view.tenant.plan!r}", "dangling")
        return
    if plan.priced(view.tenant.currency) is None:
        here = pointer("tenant", view.tenant.id, "currency")
        yield Problem(here, f"{plan.name} has no price in {view.tenant.currency}", "no_price")
    limits = (
        ("users", len(view.users), plan.users_max),
        ("devices", len(view.devices), plan.devices_max),
        ("numbers", len(view.numbers), plan.numbers_max),
        ("countries", len(countries_of(view.numbers)) if plan.countries_max is not None else 0, plan.countries_max),
    )
    for what, have, most in limits:  # a problem for each one too many: to remove one of them adds none
        for number in range((have if most is None else most) + 1, have + 1):
            yield Problem(here, f"{plan.name} has room for {most} {what}, this would be number {number}", "plan_limit")


def _holidays(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, found in view.objects.get("holidays", {}).items():
        if isinstance(found, HolidaySet):
            yield from dates(pointer("holidays", id, "holidays"), found.holidays)


def _keys(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, key in view.objects.get("api_key", {}).items():
        if isinstance(key, ApiKey) and key.user is not None and key.user not in view.users:
            yield Problem(pointer("api_key", id, "user"), f"there is no user {key.user!r}", "dangling")


def _planned(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, planned in view.objects.get("planned", {}).items():
        for index, change in enumerate(planned.changes if isinstance(planned, Planned) else ()):
            here = pointer("planned", id, "changes", index)
            if change.kind == "planned":
                yield Problem(here, "a planned change must not plan another", "circle")
            for name in sorted(set(SECRET_FIELDS.get(change.kind, ())) & set(change.patch or ())):
                yield Problem(f"{here}/patch/{name}", "a secret cannot be planned", "secret_field")


def _ways_in(view: TenantView, directory: Directory) -> Iterator[Problem]:
    """Credentials and invitations are of users that there are: who comes later under an id must not find them."""
    for kind in sorted(PRIVATE_KINDS):
        for id in view.objects.get(kind, {}):
            if id not in view.users:
                yield Problem(pointer(kind, id), f"there is no user {id!r}", "dangling")


def _parent(view: TenantView, directory: Directory) -> Iterator[Problem]:
    """The company above is there, and nobody is above themselves."""
    here, above, seen = pointer("tenant", view.tenant.id, "parent"), view.tenant.parent, {view.tenant.id}
    while above is not None:
        if above in seen:
            yield Problem(here, f"{above} would be above itself", "circle")
            return
        found = directory.tenants.get(above)
        if found is None:
            yield Problem(here, f"there is no tenant {above!r}", "dangling")
            return
        seen.add(above)
        above = found.tenant.parent


def _texting(view: TenantView, directory: Directory) -> Iterator[Problem]:
    known = view.objects.get("texting", {})
    for id, number in view.numbers.items():
        if number.texting is not None and number.texting not in known:
            yield Problem(pointer("number", id, "texting"), f"there is no texting {number.texting!r}", "dangling")
    for id, found in known.items():
        if not isinstance(found, Texting):
            continue
        if found.supplier not in directory.system.get("supplier", {}):
            here = pointer("texting", id, "supplier")
            yield Problem(here, f"there is no supplier {found.supplier!r}", "dangling")
        if found.schedule is not None and found.schedule not in view.schedules:
            here = pointer("texting", id, "schedule")
            yield Problem(here, f"there is no schedule {found.schedule!r}", "dangling")


def _mail_addresses(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, found in view.objects.get("mail_address", {}).items():
        if isinstance(found, MailAddress) and found.assigned_to is not None and found.assigned_to not in view.users:
            here = pointer("mail_address", id, "assigned_to")
            yield Problem(here, f"there is no user {found.assigned_to!r}", "dangling")


MORE = (_plan, _holidays, _keys, _planned, _ways_in, _parent, _texting, _mail_addresses)


def estate_problems(system: System, users: Directory) -> Iterator[Problem]:
    """All that does not fit among the kinds of `configdb.estate`; `users` gives the tenants."""
    regions, shards = system.get("region", {}), system.get("shard", {})
    accounts: dict[tuple[str, str], str] = {}
    for kind, ids in sorted(system.items()):
        for id, found in sorted(ids.items()):
            if isinstance(found, ClusterNode | Shard) and found.region is not None and found.region not in regions:
                yield Problem(pointer(kind, id, "region"), f"there is no region {found.region!r}", "dangling")
            if isinstance(found, Placement) and found.shard not in shards:
                yield Problem(pointer(kind, id, "shard"), f"there is no shard {found.shard!r}", "dangling")
            if isinstance(found, StoreFront) and found.plan not in system.get("plan", {}):
                yield Problem(pointer(kind, id, "plan"), f"there is no plan {found.plan!r}", "dangling")
            if isinstance(found, Partner):
                if found.tenant not in users.tenants:
                    yield Problem(pointer(kind, id, "tenant"), f"there is no tenant {found.tenant!r}", "dangling")
                first = accounts.setdefault((found.partner, found.account), id)
                if first != id:
                    yield Problem(pointer(kind, id, "account"), f"is the account of {first}", "duplicate_account")
            if isinstance(found, Supplier) and found.fallback is not None and found.fallback not in ids:
                yield Problem(pointer(kind, id, "fallback"), f"there is no supplier {found.fallback!r}", "dangling")
    yield from _in_use(system, users)


def _in_use(system: System, users: Directory) -> Iterator[Problem]:
    plans, suppliers = system.get("plan", {}), system.get("supplier", {})
    for name, view in sorted(users.tenants.items()):
        if view.tenant.plan is not None and view.tenant.plan not in plans:
            yield Problem(pointer("plan", view.tenant.plan), f"is the plan of tenant {name}", "in_use")
        plan = plans.get(view.tenant.plan or "")
        if isinstance(plan, Plan) and plan.priced(view.tenant.currency) is None:
            here = pointer("plan", plan.id, "prices")
            yield Problem(here, f"has no price in {view.tenant.currency}, in which tenant {name} pays", "in_use")
        for texting in view.objects.get("texting", {}).values():
            if isinstance(texting, Texting) and texting.supplier not in suppliers:
                here = pointer("supplier", texting.supplier)
                yield Problem(here, f"carries the messages of tenant {name}", "in_use")
