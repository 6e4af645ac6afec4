"""What would let a caller down in a flow, found before it goes live.

errors    dangling, unknown reference, unreachable, loop without anybody acting, silence of more than two seconds
warnings  a dead end: the call is simply cut off
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from configdb.snapshot import TenantView
from ivr.flow import FlowError, FlowNodes, Problem, read_flow
from ivr.limits import quiet_s_max
from ivr.nodes.base import Node


def check(document: Mapping[str, Any], view: TenantView) -> list[Problem]:
    """Everything that keeps a flow from going live: in node order, empty when it is fit to."""
    return [problem for problem in check_all(document, view) if problem.severity == "error"]


def check_all(document: Mapping[str, Any], view: TenantView) -> list[Problem]:
    """The same with the warnings."""
    try:
        flow = read_flow(document)
    except FlowError as error:
        return list(error.problems)
    found = list(_not_drawn(flow))
    found += _dangling(flow)
    found += _unknown_references(flow.nodes, view)
    if not found:
        found += _unreachable(flow)
        found += _loops(flow.nodes)
        found += _silence(flow)
        found += _dead_ends(flow)
    return found


def _not_drawn(flow: FlowNodes) -> Iterator[Problem]:
    for node_id, node in flow.nodes.items():
        if not node.drawn:
            yield Problem(node_id, "node.not_drawn", f"{node.title}: made by the switch alone")


def _dangling(flow: FlowNodes) -> Iterator[Problem]:
    if flow.start not in flow.nodes:
        yield Problem(None, "flow.start_missing", f"the start node {flow.start!r} does not exist")
    if flow.fallback is not None and flow.fallback not in flow.nodes:
        yield Problem(None, "flow.fallback_missing", f"the fallback node {flow.fallback!r} does not exist")
    if flow.fax is not None and flow.fax not in flow.nodes:
        yield Problem(None, "flow.fax_missing", f"the node for faxes {flow.fax!r} does not exist")
    for node_id, node in flow.nodes.items():
        for edge, target in node.ways().items():
            if target not in flow.nodes:
                yield Problem(node_id, "edge.dangling", f"{edge} leads to {target!r}, which does not exist")
        after = flow.nodes.get(node.on_hangup or "")
        if after is not None and not after.needs_nobody:
            text = f"on_hangup leads to {node.on_hangup!r}, which needs a caller who is there ({after.title})"
            yield Problem(node_id, "edge.needs_caller", text)


def _unknown_references(nodes: Mapping[str, Node], view: TenantView) -> Iterator[Problem]:
    for node_id, node in nodes.items():
        for kind, object_id in node.references():
            if object_id not in view.objects.get(kind, {}):
                yield Problem(node_id, "reference.unknown", f"there is no {kind} {object_id!r}")


def _unreachable(flow: FlowNodes) -> Iterator[Problem]:
    seen: set[str] = set()
    todo = [*flow.ways_in]
    while todo:
        node_id = todo.pop()
        if node_id not in seen:
            seen.add(node_id)
            todo += flow.nodes[node_id].ways().values()
    for node_id in flow.nodes:
        if node_id not in seen:
            yield Problem(node_id, "node.unreachable", "no caller can come here")


def _loops(nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """Circles in which nobody can act: a caller would hear the same for ever."""
    quiet = {i: [t for t in n.edges().values() if not nodes[t].waits] for i, n in nodes.items() if not n.waits}
    for node_id in quiet:
        seen: set[str] = set()
        todo = list(quiet[node_id])
        while todo:
            at = todo.pop()
            if at == node_id:
                yield Problem(node_id, "flow.loop", "the call comes back here without anybody having acted")
                break
            if at not in seen:
                seen.add(at)
                todo += quiet.get(at, [])


def _silence(flow: FlowNodes) -> Iterator[Problem]:
    """Ways on which a caller hears nothing for too long: said at the node where it becomes too long."""
    longest: dict[str, float] = {}
    todo = [(node_id, 0.0) for node_id in flow.nodes]
    while todo:
        node_id, before_s = todo.pop()
        node = flow.nodes[node_id]
        if node.quiet_s is None:
            continue
        here_s = before_s + node.quiet_s
        if here_s <= longest.get(node_id, -1.0) or (known := longest.get(node_id, 0.0)) > quiet_s_max:
            continue
        longest[node_id] = max(known, here_s)
        if here_s > quiet_s_max:
            continue
        todo += [(target, here_s) for target in node.edges().values()]
    for node_id in flow.nodes:
        if longest.get(node_id, 0.0) > quiet_s_max:
            text = f"the caller hears nothing for {longest[node_id]:g} s: let them hear something"
            yield Problem(node_id, "flow.silence", text)


def _dead_ends(flow: FlowNodes) -> Iterator[Problem]:
    for node_id, node in flow.nodes.items():
        for edge in node.cut_off():
            text = f"{edge} is not drawn: the call is cut off without a word"
            yield Problem(node_id, "node.dead_end", text, "warning")
