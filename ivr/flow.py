"""The flow document: read into nodes, checked against a tenant, described as JSON Schema.

{"start": "<node id>", "nodes": {"<node id>": {"kind": "<kind>", ...}, ...}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json import dumps, loads
from typing import Any

from pydantic import ValidationError

from configdb.snapshot import TenantView
from ivr.nodes.base import Node
from ivr.nodes.registry import BY_NAME, KINDS

NODES_MAX = 500
DOCUMENT_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a flow, at which node (None: the document), for people and (`code`) for programs."""

    node: str | None
    code: str
    text: str


class FlowError(Exception):
    """Theirs: the document is not a flow. `problems` say why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.text for problem in problems))
        self.problems = problems


def read_nodes(document: Mapping[str, Any]) -> tuple[dict[str, Node], str]:
    """The nodes by id and the id of the first. Raises `FlowError`. Reading the same document again costs little."""
    try:
        text = dumps(document, sort_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise FlowError((Problem(None, "flow.malformed", f"not a JSON document: {error}"),)) from error
    return _read(text)


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[dict[str, Node], str]:
    if len(text) > DOCUMENT_BYTES_MAX:
        raise FlowError((Problem(None, "flow.too_large", f"more than {DOCUMENT_BYTES_MAX} bytes"),))
    document = loads(text)
    nodes, start = document.get("nodes"), document.get("start")
    if not isinstance(nodes, dict) or not isinstance(start, str) or set(document) - {"start", "nodes", "layout"}:
        raise FlowError((Problem(None, "flow.malformed", 'a flow has "start" and "nodes", and may have "layout"'),))
    if len(nodes) > NODES_MAX:
        raise FlowError((Problem(None, "flow.too_large", f"more than {NODES_MAX} nodes"),))
    read: dict[str, Node] = {}
    problems: list[Problem] = []
    for node_id, node in nodes.items():
        try:
            read[node_id] = _read_node(node)
        except ValidationError as error:
            problems += [Problem(node_id, "node.malformed", _words(item)) for item in error.errors()]
        except ValueError as error:
            problems.append(Problem(node_id, "node.malformed", str(error)))
    if problems:
        raise FlowError(tuple(problems))
    return read, start


def _read_node(node: Any) -> Node:
    kind = node.get("kind") if isinstance(node, dict) else None
    if not isinstance(kind, str) or kind not in BY_NAME:
        raise ValueError(f"kind must be one of {', '.join(BY_NAME)}")
    return BY_NAME[kind].model_validate(node)


def _words(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    return f"{where}: {item['msg']}" if where else str(item["msg"])


def check(document: Mapping[str, Any], view: TenantView) -> list[Problem]:
    """Everything that would let a caller down: in node order, empty when the flow is fit to go live."""
    try:
        nodes, start = read_nodes(document)
    except FlowError as error:
        return list(error.problems)
    found = [
        Problem(id, "node.not_drawn", f"{node.title}: made by the switch alone")
        for id, node in nodes.items()
        if not node.drawn
    ]
    found += _dangling(nodes, start)
    found += _unknown_references(nodes, view)
    if not found:
        found += _unreachable(nodes, start)
        found += _loops(nodes)
    return found


def _dangling(nodes: Mapping[str, Node], start: str) -> Iterator[Problem]:
    if start not in nodes:
        yield Problem(None, "flow.start_missing", f"the start node {start!r} does not exist")
    for node_id, node in nodes.items():
        for edge, target in node.edges().items():
            if target not in nodes:
                yield Problem(node_id, "edge.dangling", f"{edge} leads to {target!r}, which does not exist")


def _unknown_references(nodes: Mapping[str, Node], view: TenantView) -> Iterator[Problem]:
    known: dict[str, Mapping[str, object]] = {
        "user": view.users,
        "group": view.groups,
        "queue": view.queues,
        "mailbox": view.mailboxes,
        "schedule": view.schedules,
        "prompt": view.prompts,
        "flow": view.flows,
        "room": view.rooms,
    }
    for node_id, node in nodes.items():
        for kind, object_id in node.references():
            if object_id not in known[kind]:
                yield Problem(node_id, "reference.unknown", f"there is no {kind} {object_id!r}")


def _unreachable(nodes: Mapping[str, Node], start: str) -> Iterator[Problem]:
    seen, todo = set(), [start]
    while todo:
        node_id = todo.pop()
        if node_id not in seen:
            seen.add(node_id)
            todo += nodes[node_id].edges().values()
    for node_id in nodes:
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


def flow_schema() -> dict[str, Any]:
    """The JSON Schema of a flow document; node kinds carry their titles for editors."""
    definitions: dict[str, Any] = {}
    kinds = []
    for kind in (kind for kind in KINDS if kind.drawn):
        schema = kind.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= schema.pop("$defs", {})
        definitions[kind.__name__] = {**schema, "title": kind.title}
        kinds.append({"$ref": f"#/$defs/{kind.__name__}"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Call flow",
        "type": "object",
        "required": ["start", "nodes"],
        "additionalProperties": False,
        "properties": {
            "start": {"type": "string"},
            "layout": {"type": "object"},
            "nodes": {"type": "object", "maxProperties": NODES_MAX, "additionalProperties": {"oneOf": kinds}},
        },
        "$defs": definitions,
    }
