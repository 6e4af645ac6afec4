"""What nodes tell each other of kept state: rows of tables (`softswitch.adapters.state`), in pages, with flows named for all.

A flow of another node is written "node/flow", "node-2/udp:192.0.2.1:5060": the edge that the phone is behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from softswitch.cluster.limits import ROWS_A_PAGE_MAX

Stamped = tuple[str, str, Any, float]
"""Table, key, value, when it was changed (epoch seconds); a value of None: the row is removed."""

OF_PHONES = frozenset({"registrations", "subscriptions"})
"""The tables of what phones did, which is true whichever node they asked; all others are what the home of a tenant decided."""


def tenant_of(table: str, key: str, value: Any) -> str | None:
    """Whose a row is; None: nobody's, it stays on its node. A removed subscription does not say whose it was: "" ."""
    match table:
        case "registrations" | "call_backs":
            return key.partition("/")[0]
        case "subscriptions":
            return str(value["device"][0]) if isinstance(value, Mapping) else ""
        case "queues" | "spending":
            kind, _, rest = key.partition("/")
            return rest.partition("/")[0] if kind != "trunk" else None
    return None


def pages(rows: Iterable[Stamped]) -> Iterator[list[Stamped]]:
    """The rows in messages of bounded size; at least one page, which may be empty."""
    left = iter(rows)
    yield list(islice(left, ROWS_A_PAGE_MAX))
    while page := list(islice(left, ROWS_A_PAGE_MAX)):
        yield page


def told(value: Any, node: str) -> Any:
    """A row as others can use it: flows of `node` named as its own."""
    return _with_flows(value, lambda kind, address, port, flow: named(node, kind, address, port, flow))


def taken(value: Any, node: str, alive: Callable[[str], bool]) -> Any:
    """A row that was told, as `node` uses it: its own flows by their plain names, UDP of a dead node straight from here."""

    def mine(kind: str, address: str, port: int, flow: str | None) -> str | None:
        edge, _, near = (flow or "").rpartition("/")
        if edge == node:
            return None if kind == "udp" else near
        return None if kind == "udp" and edge and not alive(edge) else flow

    return _with_flows(value, mine)


def named(node: str, kind: str, address: str, port: int, flow: str | None) -> str:
    """The name of a flow for all nodes; one of another node has it already."""
    host = f"[{address}]" if ":" in address else address
    return flow if flow is not None and "/" in flow else f"{node}/{flow or f'{kind}:{host}:{port}'}"


def _with_flows(value: Any, change: Callable[[str, str, int, str | None], str | None]) -> Any:
    if isinstance(value, list):
        return [_with_flows(one, change) for one in value]
    if not isinstance(value, Mapping) or "source" not in value:
        return value
    kind, address, port, flow = value["source"]
    return {**value, "source": [kind, address, port, change(kind, address, port, flow)]}
