"""The acceptance of a trunk by what is seen of the real carrier: its gateways now, and the newest calls over it.

Each check is a line of evidence, or says which call still has to be made. `softswitch acceptance` makes those calls itself where
both ends are on the machine; here the carrier is the real one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from history.documents import Call, Leg
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.limits import trunk_checks_calls_max
from mgmt.usecases import tests, trunk_figures, trunks

Document = dict[str, Any]
DAYS = 7
MOS_MIN = 3.6


def accepted(context: Context, scope: Scope, id: str) -> Document:
    """Check, and keep the result, which is a page and a PDF then. Raises Problem 403, 404, `ControlError`."""
    scope.require_operator()
    trunk = trunks.one(context, id)
    calls = [one for one in trunk_figures.newest(context, id, DAYS) if one.answered_at is not None]
    checks = [*_now(trunk), *_by_calls(context, calls)]
    number = next((one.to for one in calls if one.direction == "inbound"), "")
    return tests.keep(context, scope, {"trunk": id, "number": number, "checks": checks})


def _now(trunk: Document) -> Iterator[Document]:
    for gateway in trunk["gateways"]:
        rtt, answer = gateway.get("rtt_ms"), gateway.get("said", "")
        said = f"{answer} after {rtt:.0f} ms" if rtt is not None else answer or "not asked"
        yield _check(
            f"gateway {gateway['gateway']} answers OPTIONS", gateway["state"] == "up" and rtt is not None, said
        )
        registration = gateway.get("registration")
        if registration is not None:
            said = f"{registration['state']}, {registration.get('said') or 'no answer'}"
            yield _check(f"registered at {gateway['gateway']}", registration["registered"], said)


def _by_calls(context: Context, calls: Sequence[Call]) -> Iterator[Document]:
    for direction, name in (("inbound", "from"), ("outbound", "to")):
        wanted = f"a call {name} the carrier"
        mine = [one for one in calls if one.direction == direction][:trunk_checks_calls_max]
        if not mine:
            yield _check(wanted, False, f"none was answered in the last {DAYS} days: make one and check again")
            continue
        newest, legs = mine[0], context.history.legs(mine[0].tenant, mine[0].id)
        shown = newest.from_ if direction == "inbound" else newest.to
        yield _check(wanted, True, f"call {newest.id}, {newest.talk_ms / 1000:.0f} s")
        yield _check(f"{wanted}: sound both ways", *_sound(legs))
        yield _check(f"{wanted}: numbers in E.164", shown.startswith("+"), shown)
        known = sorted(one.mos for one in mine if one.mos is not None)
        worst = f"{len(known)} calls, the worst MOS {known[0]:.2f}" if known else "nothing was measured"
        yield _check(f"{wanted}: good sound (MOS of at least {MOS_MIN})", bool(known) and known[0] >= MOS_MIN, worst)


def _sound(legs: Sequence[Leg]) -> tuple[bool, str]:
    """Whether packets came from everybody who talked, and which codecs."""
    talked = [one for one in legs if one.answered_at is not None]
    heard = [int(one.quality.get("rx", {}).get("packets", 0)) for one in talked]
    said = ", ".join(f"{one.codec or 'no codec'} {count} packets" for one, count in zip(talked, heard, strict=True))
    return bool(heard) and all(heard), said or "no leg was answered"


def _check(name: str, passed: bool, said: str) -> Document:
    return {"name": name, "passed": passed, "said": said}
