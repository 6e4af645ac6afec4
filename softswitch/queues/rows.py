"""What of the queues survives the process: rows of one table, by key, and back. A damaged row is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from softswitch.queues.agent import Agent, Key
from softswitch.queues.place import Kind, Place

Row = Mapping[str, Any]


def place_key(tenant: str, id: str) -> str:
    """Of somebody who waits."""
    return f"place/{tenant}/{id}"


def agent_key(key: Key) -> str:
    """Of an agent."""
    return f"agent/{key[0]}/{key[1]}"


def figures_key(tenant: str, queue: str) -> str:
    """Of the figures of a queue."""
    return f"figures/{tenant}/{queue}"


def turn_key(tenant: str, group: str) -> str:
    """Of whose turn it is in a group."""
    return f"turn/{tenant}/{group}"


def place_row(place: Place) -> Row:
    """Somebody who waits."""
    return {
        "queue": place.queue,
        "number": place.number,
        "name": place.name,
        "joined_at": place.joined_at,
        "priority": place.priority,
        "skills": sorted(place.skills),
        "number_in": place.number_in,
        "kind": place.kind.value,
        "promised_at": place.promised_at,
    }


def read_place(tenant: str, id: str, row: Row) -> Place:
    """The place of a row. Raises KeyError, TypeError, ValueError."""
    promised_at = row["promised_at"]
    return Place(
        id,
        tenant,
        str(row["queue"]),
        row["number"],
        row["name"],
        float(row["joined_at"]),
        int(row["priority"]),
        frozenset(map(str, row["skills"])),
        int(row["number_in"]),
        Kind(row["kind"]),
        promised_at=None if promised_at is None else float(promised_at),
    )


def agent_row(agent: Agent) -> Row:
    """An agent: where they are logged in, why they pause, what they did."""
    return {
        "queues": sorted(agent.queues),
        "paused": agent.paused,
        "idle_since": agent.idle_since,
        "calls": agent.calls,
        "turn": agent.turn,
    }


def read_agent(key: Key, row: Row) -> Agent:
    """The agent of a row. Raises KeyError, TypeError, ValueError."""
    return Agent(
        key,
        set(map(str, row["queues"])),
        paused=None if row["paused"] is None else str(row["paused"]),
        idle_since=float(row["idle_since"]),
        calls=int(row["calls"]),
        turn=int(row["turn"]),
    )
