"""The interpreter: runs one flow document over one caller. Events in, effects out; reads no clock.

start --> at a node --event--> its rule --> at another node ... --> done (hung up, or the caller is gone)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from configdb.snapshot import TenantView
from ivr.effects import Effect
from ivr.events import CallerGone, Digit, Event
from ivr.flow import FlowError, read_nodes
from ivr.nodes.base import Node
from ivr.talk import Caller, Talk

VISITS_MAX = 10


class Session:
    """A caller in a flow. `done` after the hang-up; `node` is the id of the node the call is at."""

    def __init__(self, view: TenantView, document: Mapping[str, Any], caller: Caller, answered: bool = False) -> None:
        self._document = document
        self._talk = Talk(view, caller, answered, now=datetime.min)
        self._nodes: dict[str, Node] = {}
        self._visits: dict[str, int] = {}
        self._gone = False

    @property
    def done(self) -> bool:
        """Nothing more will come."""
        return self._talk.over or self._gone

    @property
    def node(self) -> str | None:
        """Where the call is."""
        return self._talk.node

    @property
    def kind(self) -> str:
        """What kind of node it is; empty before the first."""
        return str(self._document.get("nodes", {}).get(self._talk.node, {}).get("kind", ""))

    @property
    def returnable(self) -> bool:
        """Whether a caller whom nobody answers goes back to who transferred them (`GiveBack`) at once."""
        return self._talk.returnable

    @returnable.setter
    def returnable(self, on: bool) -> None:
        self._talk.returnable = on

    def answered_elsewhere(self) -> None:
        """The caller's leg was answered before the flow began (a two-leg call)."""
        self._talk.answered = True

    def start(self, now: datetime) -> tuple[Effect, ...]:
        """Begin at the start of the flow."""
        self._talk.now = now
        self._load(self._document)
        self._run()
        return self._talk.taken()

    def feed(self, event: Event, now: datetime) -> tuple[Effect, ...]:
        """Something happened. Late and unknown events change nothing."""
        talk = self._talk
        talk.now = now
        if self.done:
            return ()
        if isinstance(event, CallerGone):
            self._gone = True
            return ()
        if isinstance(event, Digit):
            self._visits.clear()
        node = self._nodes.get(talk.node or "")
        if node is not None:
            node.hear(event, talk)
            self._run()
        return talk.taken()

    def _load(self, document: Mapping[str, Any]) -> None:
        try:
            self._nodes, start = read_nodes(document)
        except FlowError as error:
            self._talk.take("flow.broken", f"The flow cannot be run: {error}")
            self._talk.hang_up("failed")
            return
        self._talk.go(start)

    def _run(self) -> None:
        talk = self._talk
        while not talk.over and (talk.going_to is not None or talk.going_to_flow is not None):
            if talk.going_to_flow is not None:
                self._switch(talk.going_to_flow)
                continue
            target, talk.going_to = talk.going_to or "", None
            self._enter(target)

    def _switch(self, flow_id: str) -> None:
        talk = self._talk
        talk.going_to_flow = None
        flow = talk.view.flows.get(flow_id)
        self._visits[f"flow {flow_id}"] = visits = self._visits.get(f"flow {flow_id}", 0) + 1
        if flow is None or visits > VISITS_MAX:
            talk.take("flow.unknown" if flow is None else "flow.loop", f"Flow {flow_id} cannot be entered")
            talk.hang_up("failed")
            return
        self._load(flow.document)

    def _enter(self, node_id: str) -> None:
        talk = self._talk
        node = self._nodes.get(node_id)
        self._visits[node_id] = visits = self._visits.get(node_id, 0) + 1
        if node is None or visits > VISITS_MAX:
            why = "does not exist" if node is None else f"was entered {VISITS_MAX} times without a key pressed"
            talk.take("flow.dangling" if node is None else "flow.loop", f"Node {node_id} {why}: the call ends")
            talk.hang_up("failed")
            return
        talk.node, talk.memory = node_id, {}
        node.enter(talk)
