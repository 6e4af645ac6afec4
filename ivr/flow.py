"""The flow document: read into nodes, and described as JSON Schema.

{"start": "<node id>", "nodes": {"<node id>": {"kind": "<kind>", ...}, ...}, "fallback": "<node id>", "fax": "<node id>"}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from json import dumps, loads
from typing import Any, Literal

from pydantic import ValidationError

from ivr.limits import document_bytes_max, nodes_max
from ivr.nodes.base import Node
from ivr.nodes.registry import BY_NAME, KINDS

FIELDS = frozenset({"start", "nodes", "layout", "fallback", "fax"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a flow, at which node (None: the document), for people and (`code`) for programs.

    An error keeps a flow from going live, a warning does not.
    """

    node: str | None
    code: str
    text: str
    severity: Literal["error", "warning"] = "error"


class FlowError(Exception):
    """Theirs: the document is not a flow. `problems` say why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.text for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class FlowNodes:
    """A flow that was read: the nodes by id, the first, and where a call goes on that cannot go on where it is.

    fax: where a caller goes on that turns out to be a fax machine.
    """

    nodes: Mapping[str, Node]
    start: str
    fallback: str | None = None
    fax: str | None = None

    @property
    def ways_in(self) -> tuple[str, ...]:
        """The nodes to which no other needs to lead."""
        return tuple(node for node in (self.start, self.fallback, self.fax) if node is not None)


def read_flow(document: Mapping[str, Any]) -> FlowNodes:
    """The nodes of a document. Raises `FlowError`. Reading the same document again costs little."""
    try:
        text = dumps(document, sort_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise FlowError((Problem(None, "flow.malformed", f"not a JSON document: {error}"),)) from error
    return _read(text)


@lru_cache(maxsize=1024)
def _read(text: str) -> FlowNodes:
    if len(text) > document_bytes_max:
        raise FlowError((Problem(None, "flow.too_large", f"more than {document_bytes_max} bytes"),))
    document = loads(text)
    nodes, start, fallback = document.get("nodes"), document.get("start"), document.get("fallback")
    if not isinstance(nodes, dict) or not isinstance(start, str) or set(document) - FIELDS:
        text = 'a flow has "start" and "nodes", and may have "fallback", "fax" and "layout"'
        raise FlowError((Problem(None, "flow.malformed", text),))
    fax = document.get("fax")
    if not all(one is None or isinstance(one, str) for one in (fallback, fax)):
        raise FlowError((Problem(None, "flow.malformed", "the fallback and the way of faxes are ids of nodes"),))
    if len(nodes) > nodes_max:
        raise FlowError((Problem(None, "flow.too_large", f"more than {nodes_max} nodes"),))
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
    return FlowNodes(read, start, fallback, fax)


def _read_node(node: Any) -> Node:
    kind = node.get("kind") if isinstance(node, dict) else None
    if not isinstance(kind, str) or kind not in BY_NAME:
        raise ValueError(f"kind must be one of {', '.join(BY_NAME)}")
    return BY_NAME[kind].model_validate(node)


def _words(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    return f"{where}: {item['msg']}" if where else str(item["msg"])


def flow_schema() -> dict[str, Any]:
    """The JSON Schema of a flow document. Kinds carry their titles, fields what an editor offers for them (`x-form`)."""
    definitions: dict[str, Any] = {}
    kinds = []
    for kind in (kind for kind in KINDS if kind.drawn):
        name = f"{kind.__name__}Node"
        schema = kind.model_json_schema(ref_template=f"#/$defs/{name}{{model}}")
        definitions |= {f"{name}{inner}": one for inner, one in schema.pop("$defs", {}).items()}
        definitions[name] = {**schema, "title": kind.title, "x-group": kind.family}
        kinds.append({"$ref": f"#/$defs/{name}"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Call flow",
        "type": "object",
        "required": ["start", "nodes"],
        "additionalProperties": False,
        "properties": {
            "start": {"type": "string"},
            "fallback": {"type": ["string", "null"]},
            "fax": {"type": ["string", "null"]},
            "layout": {"type": "object"},
            "nodes": {"type": "object", "maxProperties": nodes_max, "additionalProperties": {"oneOf": kinds}},
        },
        "$defs": definitions,
    }
