"""What the workers said against what the log holds: every promise of a configuration log, checked over one history.

K1  what was acknowledged is in the log, at the sequence that was said; what was refused is not
K2  watchers are told in the order of the log, once; each life reads on where nothing goes back
K3  writes are ordered as they were in time; compare-and-set compared with the version before; lists keep every element
K4  after a receipt of all nodes no node reads less than that
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` are sentences; `counts` say how much was looked at."""

    broken: tuple[str, ...]
    counts: dict[str, int]


def check(said: list[Said], shown: Said) -> Verdict:
    """`said` by all workers in all lives; `shown` is the final replica of one of them, equal to the others'."""
    entries = {reason: sequence for sequence, reason, _, _ in shown["entries"]}
    begun = {one["id"]: one for one in said if one["what"] == "begin"}
    ended = {one["id"]: one for one in said if one["what"] == "end"}
    acknowledged = {id: one for id, one in ended.items() if one["result"] == "ok"}
    broken = [
        *_lost(acknowledged, ended, entries),
        *_unordered(begun, acknowledged),
        *_miscompared(begun, shown["entries"]),
        *_lists(begun, acknowledged, entries, shown["lists"]),
        *_told(said, shown["entries"]),
        *_gone_back(said),
        *_stale(said),
    ]
    counts: dict[str, int] = defaultdict(int)
    for one in said:
        counts[one["what"] if one["what"] != "end" else one["result"]] += 1
    return Verdict(tuple(broken), dict(counts))


def _lost(acknowledged: dict[str, Said], ended: dict[str, Said], entries: dict[str, int]) -> list[str]:
    lost = [
        f"acknowledged {id} at {one['sequence']}, the log has it at {entries.get(id)}"
        for id, one in acknowledged.items()
        if entries.get(id) != one["sequence"]
    ]
    made = [
        f"refused ({one['code']}) {id} is in the log at {entries[id]}"
        for id, one in ended.items()
        if one["result"] == "refused" and id in entries
    ]
    return lost + made


def _unordered(begun: dict[str, Said], acknowledged: dict[str, Said]) -> list[str]:
    """Real time: who began after another had ended comes after it in the log."""
    ends = sorted((one["t"], one["sequence"]) for one in acknowledged.values())
    broken, at, highest = [], 0, 0
    for began, sequence in sorted((begun[id]["t"], one["sequence"]) for id, one in acknowledged.items()):
        while at < len(ends) and ends[at][0] < began:
            highest = max(highest, ends[at][1])
            at += 1
        if sequence <= highest:
            broken.append(f"entry {sequence} began after {highest} had ended")
    return broken


def _miscompared(begun: dict[str, Said], entries: list[Any]) -> list[str]:
    """Each entry that expected a version followed that version of the object."""
    versions: dict[tuple[str, str], int] = {}
    broken = []
    for sequence, reason, _, keys in sorted(entries):
        about = begun.get(reason)
        tenant = about["tenant"] if about is not None else ""
        for key, version in (about["expect"] if about is not None else {}).items():
            if versions.get((tenant, key), 0) != version:
                broken.append(
                    f"entry {sequence} expected {key} at {version}, it was at {versions.get((tenant, key), 0)}"
                )
        versions |= {(tenant, key): sequence for key in keys}
    return broken


def _lists(
    begun: dict[str, Said], acknowledged: dict[str, Said], entries: dict[str, int], lists: dict[str, str]
) -> list[str]:
    """Each acknowledged element is in a list once, in the order of the log."""
    found: dict[str, list[str]] = {name: text.rstrip(",").split(",") for name, text in lists.items() if "list" in name}
    everything = [element for elements in found.values() for element in elements]
    wanted = {begun[id]["appended"]: entries.get(id, 0) for id in acknowledged if begun[id]["appended"]}
    missing = [
        f"element {element} of entry {at} is in no list" for element, at in wanted.items() if element not in everything
    ]
    twice = [f"element {element} is there twice" for element in set(everything) if everything.count(element) > 1]
    orders = {name: [wanted[one] for one in elements if one in wanted] for name, elements in found.items()}
    mixed = [f"{name} has another order than the log" for name, order in orders.items() if order != sorted(order)]
    return missing + twice + mixed


def _told(said: list[Said], entries: list[Any]) -> list[str]:
    ids = {sequence: id for sequence, _, id, _ in entries}
    broken, last = [], dict[tuple[int, int], int]()
    for one in said:
        if one["what"] == "told":
            life, sequence = (one["node"], one["life"]), one["sequence"]
            if sequence <= last.get(life, 0):
                broken.append(f"node {one['node']} was told {sequence} after {last[life]}")
            if ids.get(sequence) != one["id"]:
                broken.append(f"node {one['node']} was told another entry {sequence} than the log's")
            between = [s for s in ids if last.get(life, sequence) < s < sequence]
            if between:
                broken.append(f"node {one['node']} was not told {between[:3]}")
            last[life] = sequence
    return broken


def _gone_back(said: list[Said]) -> list[str]:
    broken, last = [], dict[int, int]()
    for one in said:
        if one["what"] == "rebuilt":
            last.pop(one["node"], None)
        if one["what"] == "read":
            if one["sequence"] < last.get(one["node"], 0):
                broken.append(f"node {one['node']} read {one['sequence']} after {last[one['node']]}")
            last[one["node"]] = one["sequence"]
    return broken


def _stale(said: list[Said]) -> list[str]:
    full = [one for one in said if one["what"] == "receipt" and one["nodes"] == one["of"] == 3]
    reads = sorted(
        ((one["begin"], one["sequence"], one["node"]) for one in said if one["what"] == "read"), reverse=True
    )
    broken = []
    receipts = sorted((one["t"], one["sequence"]) for one in full)
    at, highest = 0, 0
    for begin, sequence, node in reversed(reads):
        while at < len(receipts) and receipts[at][0] < begin:
            highest = max(highest, receipts[at][1])
            at += 1
        if sequence < highest:
            broken.append(f"node {node} read {sequence} after a receipt of {highest} on all nodes")
    return broken
