"""Background service: two telephones call each other over every pair of nodes, and what arrived is scored (`installer.between`).

Which telephones is in the settings of the node (`test_phones`). Results are kept with those of acceptance tests. Two bad calls
in a row over a pair raise an alarm, two good ones take it back.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from configdb.snapshot import TenantView
from installer.between import Station
from mgmt.limits import between_pairs_max, between_period_s
from mgmt.services import alarms
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from mgmt.usecases import tests

period_s = float(between_period_s)
OF_NODES = frozenset({alarms.NODES})
IN_A_ROW = 2


def run(parts: Parts) -> Report:
    """One round. Raises LookupError, ImportError: there are no such telephones. Raises `ControlError`, `StoreAway`."""
    if not parts.test_phones:
        return Report(0, "no test_phones in the settings")
    company, names = _telephones(parts.test_phones)
    view = parts.directory().tenants.get(company)
    if view is None:
        raise LookupError(f"test_phones: there is no company {company}")
    nodes = _nodes(parts)
    pairs = list(combinations(sorted(nodes), 2))
    if not pairs:
        return Report(0, "this node is alone")
    passed = done = 0
    turn = int(parts.clock() // period_s) * between_pairs_max % len(pairs)
    for pair in (pairs[turn:] + pairs[:turn])[:between_pairs_max]:
        if parts.errand.stopping():
            break
        parts.errand.tell(f"{pair[0]} and {pair[1]}")
        passed += _call(parts, view, names, pair, nodes)
        done += 1
    alarms.tell(parts, view, OF_NODES, _bad(parts, company, pairs))
    return Report(done, f"{passed} of {done} calls between nodes were well")


def _telephones(named: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    company = named[0].partition("/")[0]
    return company, tuple(one.partition("/")[2] for one in named)


def _nodes(parts: Parts) -> dict[str, str]:
    """Where each living node takes SIP over UDP."""
    known = parts.control.request("cluster")
    return {str(one["node"]): str(one["sip"]) for one in (known, *known["others"]) if one.get("sip")}


def _call(parts: Parts, view: TenantView, names: tuple[str, ...], pair: tuple[str, str], nodes: dict[str, str]) -> bool:
    caller, called = (_station(parts, view, name, node, nodes[node]) for name, node in zip(names, pair, strict=True))
    number = _number(view, names[1])
    checks = [one.to_document() for one in parts.between(caller, called, number)]
    return bool(tests.keep_between(parts.analyses, pair, number, checks, parts.clock())["passed"])


def _station(parts: Parts, view: TenantView, name: str, node: str, at: str) -> Station:
    device = view.devices.get(name)
    if device is None:
        raise LookupError(f"test_phones: {view.tenant.id} has no telephone {name}")
    return Station(node, at, device.username, device.realm, parts.sealer.open(device.ha1_md5))


def _number(view: TenantView, name: str) -> str:
    """Which extension rings that telephone."""
    user = view.users.get(view.devices[name].user)
    if user is None:
        raise LookupError(f"test_phones: nobody is called at {name}")
    return user.extension


def _bad(parts: Parts, company: str, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The pairs whose last calls were bad; of those that were told of, also who had a bad one among them."""
    told, found = alarms.standing(parts, company, OF_NODES), tests.of_pairs(parts.analyses)
    bad = []
    for pair in pairs:
        newest, key = found.get(pair, [])[:IN_A_ROW], " – ".join(pair)
        failed = sum(not one["passed"] for one in newest)
        if failed == IN_A_ROW or (failed and f"{alarms.NODES} {key}" in told):
            bad.append({"group": alarms.NODES, "key": key, "mos_p5": tests.worst_mos(newest[0])})
    return bad
