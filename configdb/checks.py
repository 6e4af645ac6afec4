"""What must fit together over objects, checked by the writer before a transaction goes to the log.

Every problem's pointer is `/kind/id/field...` within the tenant. A transaction is refused for problems it adds; those
that were there before do not stand in the way of repairing them one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from configdb.checks_more import MORE, dates, estate_problems
from configdb.errors import Problem
from configdb.features import FEATURES
from configdb.model import Schedule, Target, Trunk, User
from configdb.schema import pointer
from configdb.snapshot import Directory, TenantView
from configdb.tracking import Tracking
from configdb.widgets import Widget

Node = tuple[str, str]
"""Kind and id of what may pass an unanswered call on."""

ExtraChecks = Callable[[TenantView], list[Problem]]


def tenant_problems(view: TenantView, directory: Directory) -> list[Problem]:
    """All that does not fit in one tenant as it would be; `directory` gives the trunks."""
    checks = (
        *(_tenant, _extensions, _users, _devices, _numbers, _groups, _queues, _rooms),
        *(_schedules, _mailboxes, _circles, _open_ends, _addresses, _widgets, _trackings),
    )
    return [problem for check in (*checks, *MORE) for problem in check(view, directory)]


def system_problems(node: Directory, users: Directory) -> list[Problem]:
    """All that does not fit in the node's trunks, prices and routes as they would be; `users` gives the tenants."""
    return [
        *_sources(node.trunks),
        *_still_used(node.trunks, users),
        *_prices(node),
        *_routes(node, users),
        *estate_problems(node.system, users),
    ]


def added(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """The problems that were not there before."""
    known = set(before)
    return [problem for problem in after if problem not in known]


def _tenant(view: TenantView, directory: Directory) -> Iterator[Problem]:
    here, tenant = pointer("tenant", view.tenant.id), view.tenant
    if tenant.trunk is not None and tenant.trunk not in directory.trunks:
        yield Problem(f"{here}/trunk", f"there is no trunk {tenant.trunk!r}", "unknown_trunk")
    if tenant.ringback is not None and tenant.ringback not in view.prompts:
        yield Problem(f"{here}/ringback", f"there is no prompt {tenant.ringback!r}", "dangling")
    yield from _zone(f"{here}/timezone", tenant.timezone)
    yield from _codes(f"{here}/codes", tenant.codes)


def _codes(here: str, chosen: Mapping[str, str]) -> Iterator[Problem]:
    """Codes are of features that there are, and each is of one feature; in a call and outside are two tables."""
    known = {feature.id for feature in FEATURES}
    for id in sorted(set(chosen) - known):
        yield Problem(f"{here}/{id}", f"there is no feature {id!r}", "unknown_feature")
    taken: dict[tuple[bool, str], str] = {}
    for feature in FEATURES:
        code = chosen.get(feature.id, feature.code)
        first = taken.setdefault((feature.in_call, code), feature.id)
        if code and first != feature.id:
            yield Problem(f"{here}/{feature.id}", f"{code} is the code of {first}", "duplicate_code")


def _zone(here: str, name: str | None) -> Iterator[Problem]:
    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Problem(here, f"{name!r} is no time zone", "unknown_timezone")


def _extensions(view: TenantView, directory: Directory) -> Iterator[Problem]:
    owners = [("user", id, user.extension) for id, user in sorted(view.users.items())]
    owners += [("group", id, group.extension) for id, group in sorted(view.groups.items()) if group.extension]
    owners += [("queue", id, queue.extension) for id, queue in sorted(view.queues.items()) if queue.extension]
    taken: dict[str, str] = {}
    for kind, id, extension in owners:
        first = taken.setdefault(extension or "", f"{kind} {id}")
        if first != f"{kind} {id}":
            here = pointer(kind, id, "extension")
            yield Problem(here, f"{extension} is the extension of {first}", "duplicate_extension")


def _users(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, user in view.users.items():
        if user.mailbox is not None and user.mailbox not in view.mailboxes:
            yield Problem(pointer("user", id, "mailbox"), f"there is no mailbox {user.mailbox!r}", "dangling")
        for field in ("no_answer", "on_busy", "on_unreachable", "forward"):
            yield from _target(view, pointer("user", id, field), getattr(user, field))
            if field != "no_answer" and getattr(user, field) == Target(kind="user", id=id):
                yield Problem(pointer("user", id, field), "calls would come back here for ever", "circle")
        for index, target in enumerate(user.follow_me):
            yield from _follow_me(view, pointer("user", id, "follow_me", index), id, target)
        yield from _statuses(view, id, user)


def _follow_me(view: TenantView, here: str, user: str, target: Target) -> Iterator[Problem]:
    yield from _target(view, here, target)
    if target.kind not in ("user", "number") or target == Target(kind="user", id=user):
        yield Problem(f"{here}/kind", "only another user or a number can ring too", "cannot_ring")


def _statuses(view: TenantView, id: str, user: User) -> Iterator[Problem]:
    if user.status is not None and user.now is None:
        yield Problem(pointer("user", id, "status"), f"there is no status {user.status!r}", "dangling")
    for index, status in enumerate(user.statuses):
        here = pointer("user", id, "statuses", index)
        yield from _target(view, f"{here}/forward", status.forward)
        if status.greeting is not None and status.greeting not in view.prompts:
            yield Problem(f"{here}/greeting", f"there is no prompt {status.greeting!r}", "dangling")


def _devices(view: TenantView, directory: Directory) -> Iterator[Problem]:
    names = Counter(device.username for device in view.devices.values())
    for id, device in view.devices.items():
        if device.user not in view.users:
            yield Problem(pointer("device", id, "user"), f"there is no user {device.user!r}", "dangling")
        if device.home is not None and device.home not in view.users:
            yield Problem(pointer("device", id, "home"), f"there is no user {device.home!r}", "dangling")
        owner = directory.device_by_username.get(device.username, (view.tenant.id, device))[0]
        if names[device.username] > 1 or owner != view.tenant.id:
            here = pointer("device", id, "username")
            yield Problem(here, f"{device.username} is taken by another device", "duplicate_username")


def _numbers(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, number in view.numbers.items():
        if directory.tenant_of_number.get(id, view.tenant.id) != view.tenant.id:
            yield Problem(pointer("number", id, "id"), f"{id} belongs to another tenant", "duplicate_number")
        yield from _target(view, pointer("number", id, "target"), number.target)


def _groups(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, group in view.groups.items():
        yield from _people(view, pointer("group", id, "members"), group.members)
        for index, stage in enumerate(group.stages):
            here = pointer("group", id, "stages", index)
            for place, member in enumerate(stage.members):
                if member not in group.members:
                    yield Problem(f"{here}/members/{place}", f"{member} is no member of this group", "dangling")
            if stage.schedule is not None and stage.schedule not in view.schedules:
                yield Problem(f"{here}/schedule", f"there is no schedule {stage.schedule!r}", "dangling")
        yield from _target(view, pointer("group", id, "no_answer"), group.no_answer)


def _people(view: TenantView, here: str, members: Sequence[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, member in enumerate(members):
        if member not in view.users:
            yield Problem(f"{here}/{index}", f"there is no user {member!r}", "dangling")
        elif member in seen:
            yield Problem(f"{here}/{index}", f"{member} is here twice", "duplicate_member")
        seen.add(member)


def _queues(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, queue in view.queues.items():
        yield from _people(view, pointer("queue", id, "agents"), [agent.user for agent in queue.agents])
        for name, prompt in (("welcome", queue.welcome), ("music", queue.music)):
            if prompt is not None and prompt not in view.prompts:
                yield Problem(pointer("queue", id, name), f"there is no prompt {prompt!r}", "dangling")
        for key, target in queue.exits.items():
            yield from _target(view, pointer("queue", id, "exits", key), target)
        yield from _target(view, pointer("queue", id, "no_answer"), queue.no_answer)


def _target(view: TenantView, here: str, target: Target | None) -> Iterator[Problem]:
    if target is None:
        return
    if target.kind == "number":
        if not (target.id.startswith("+") and target.id[1:].isascii() and target.id[1:].isdigit()):
            yield Problem(f"{here}/id", f"{target.id!r} is no E.164 number", "invalid_number")
        return
    known: Mapping[str, Mapping[str, object]] = {
        "flow": view.flows,
        "user": view.users,
        "group": view.groups,
        "queue": view.queues,
        "mailbox": view.mailboxes,
    }
    if target.id not in known[target.kind]:
        yield Problem(f"{here}/id", f"there is no {target.kind} {target.id!r}", "dangling")


def _widgets(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, widget in view.objects.get("widget", {}).items():
        if not isinstance(widget, Widget):
            continue
        yield from _target(view, pointer("widget", id, "target"), widget.target)
        yield from _people(view, pointer("widget", id, "agents"), widget.agents)
        known: Mapping[str, Mapping[str, object]] = {
            "assigned_to": view.users,
            "schedule": view.schedules,
            "number": view.numbers,
        }
        for field, there in known.items():
            named = getattr(widget, field)
            if named is not None and named not in there:
                yield Problem(pointer("widget", id, field), f"there is no {field} {named!r}", "dangling")


def _trackings(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, tracking in view.objects.get("tracking", {}).items():
        for number in (*tracking.numbers, tracking.fallback) if isinstance(tracking, Tracking) else ():
            if number not in view.numbers:
                yield Problem(pointer("tracking", id), f"{number} is no number of this company", "dangling")


def _schedules(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, schedule in view.schedules.items():
        yield from _zone(pointer("schedule", id, "timezone"), schedule.timezone)
        yield from _intervals(id, schedule)
        for index, name in enumerate(schedule.holiday_sets):
            if name not in view.objects.get("holidays", {}):
                here = pointer("schedule", id, "holiday_sets", index)
                yield Problem(here, f"there are no holidays {name!r}", "dangling")
        yield from dates(pointer("schedule", id, "holidays"), schedule.holidays)


def _intervals(id: str, schedule: Schedule) -> Iterator[Problem]:
    for day, intervals in schedule.weekly.items():
        for index, interval in enumerate(intervals):
            here = pointer("schedule", id, "weekly", day, index)
            if interval.start >= interval.end:
                yield Problem(here, f"ends at {interval.end}, not after {interval.start}", "empty_interval")
            elif any(one.start < interval.end and interval.start < one.end for one in intervals[:index]):
                yield Problem(here, "overlaps another interval of the day", "overlap")


def _mailboxes(view: TenantView, directory: Directory) -> Iterator[Problem]:
    for id, mailbox in view.mailboxes.items():
        if mailbox.user is not None and mailbox.user not in view.users:
            yield Problem(pointer("mailbox", id, "user"), f"there is no user {mailbox.user!r}", "dangling")
        for name in ("greeting", "greeting_busy", "greeting_temporary", "spoken_name"):
            prompt = getattr(mailbox, name)
            if prompt is not None and prompt not in view.prompts:
                yield Problem(pointer("mailbox", id, name), f"there is no prompt {prompt!r}", "dangling")
        for member in mailbox.members:
            if member not in view.users:
                yield Problem(pointer("mailbox", id, "members"), f"there is no user {member!r}", "dangling")


def _after(view: TenantView) -> dict[Node, Target | None]:
    """Where an unanswered call of each user, group and queue goes; None: it ends there."""
    following: dict[Node, Target | None] = {("user", id): _after_user(user) for id, user in view.users.items()}
    following |= {("group", id): group.no_answer for id, group in view.groups.items()}
    return following | {("queue", id): queue.no_answer for id, queue in view.queues.items()}


def _after_user(user: User) -> Target | None:
    if user.no_answer is None and user.mailbox is not None:
        return Target(kind="mailbox", id=user.mailbox)
    return user.no_answer


def _circles(view: TenantView, directory: Directory) -> Iterator[Problem]:
    """A call that nobody answers must end somewhere: `no_answer` of users, groups and queues must not lead back."""
    following = _after(view)
    settled: set[Node] = set()
    for start in sorted(following):
        path: dict[Node, None] = {}
        at: Node | None = start
        while at in following and at not in settled and at not in path:
            path[at] = None
            target = following[at]
            at = (target.kind, target.id) if target is not None else None
        if at in path:
            words = " -> ".join(f"{kind} {id}" for kind, id in [*list(path)[list(path).index(at) :], at])
            yield Problem(pointer(*at, "no_answer"), f"an unanswered call never ends: {words}", "circle")
        settled |= set(path)


def _open_ends(view: TenantView, directory: Directory) -> Iterator[Problem]:
    """A call to a group or queue that nobody answers has to reach a mailbox, a flow or a number at last."""
    following = _after(view)
    for kind, id in sorted(node for node in following if node[0] != "user"):
        seen: set[Node] = set()
        at: Node | None = (kind, id)
        while at in following and at not in seen:
            seen.add(at)
            target = following[at]
            at = (target.kind, target.id) if target is not None else None
        if at is None:
            text = "an unanswered call would be hung up: let it end at a mailbox, a flow or a number"
            yield Problem(pointer(kind, id, "no_answer"), text, "open_end")


def _sources(trunks: Mapping[str, Trunk]) -> Iterator[Problem]:
    for id, trunk in trunks.items():
        for index, source in enumerate(trunk.sources):
            try:
                ip_network(source, strict=False)
            except ValueError:
                yield Problem(pointer("trunk", id, "sources", index), f"{source!r} is no address or network", "invalid")


def _prices(node: Directory) -> Iterator[Problem]:
    for trunk, indexes in sorted(node.rates.decks.items()):
        for index in indexes:
            deck, here = index.deck, pointer("deck", index.deck.id)
            if trunk not in node.trunks:
                yield Problem(f"{here}/trunk", f"there is no trunk {trunk!r}", "unknown_trunk")
            if deck.effective_to is not None and deck.effective_to <= deck.effective_from:
                yield Problem(f"{here}/effective_to", "is not after effective_from", "empty_interval")


def _routes(node: Directory, users: Directory) -> Iterator[Problem]:
    for id, route in node.routes.items():
        for trunk in sorted(set(route.trunks) - set(node.trunks)):
            yield Problem(pointer("route", id, "trunks"), f"there is no trunk {trunk!r}", "unknown_trunk")
        for tenant in sorted(set(route.tenants) - set(users.tenants)):
            yield Problem(pointer("route", id, "tenants"), f"there is no tenant {tenant!r}", "dangling")
        if not route.trunks and not route.blocked:
            yield Problem(pointer("route", id, "trunks"), "names no trunk", "missing")


def _addresses(view: TenantView, directory: Directory) -> Iterator[Problem]:
    named = [("tenant", view.tenant.id, view.tenant.address)]
    named += [("user", id, user.address) for id, user in view.users.items()]
    named += [("device", id, device.address) for id, device in view.devices.items()]
    named += [("number", id, number.address) for id, number in view.numbers.items()]
    for kind, id, address in named:
        if address is not None and address not in view.addresses:
            yield Problem(pointer(kind, id, "address"), f"there is no address {address!r}", "dangling")


def _rooms(view: TenantView, directory: Directory) -> Iterator[Problem]:
    numbers: dict[str, str] = {}
    for id, room in view.rooms.items():
        if numbers.setdefault(room.number, id) != id:
            yield Problem(
                pointer("room", id, "number"), f"{room.number} is the number of {numbers[room.number]}", "taken"
            )
        for index, leader in enumerate(room.leaders):
            if leader not in view.users:
                yield Problem(pointer("room", id, "leaders", index), f"there is no user {leader!r}", "dangling")


def _still_used(trunks: Mapping[str, Trunk], directory: Directory) -> Iterator[Problem]:
    for name, view in sorted(directory.tenants.items()):
        if view.tenant.trunk is not None and view.tenant.trunk not in trunks:
            here = pointer("trunk", view.tenant.trunk)
            yield Problem(here, f"is the trunk of tenant {name}", "in_use")
