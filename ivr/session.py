"""The interpreter: runs one flow document over one caller. Events in, effects out; reads no clock.

start --> at a node --event--> its rule --> at another node ... --> done (hung up, or the caller is gone)
              | cannot go on: the flow's fallback, once, else "failed"
              | the caller is a fax machine: the flow's `fax`, or that of the flow that led to this one
              | the caller hangs up: the node's `on_hangup`, for what needs no caller

What happened since the last step is told with the next one (`Step.data["after"]`): with it the steps alone lead a session
the same way again (`ivr.replay`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from configdb.snapshot import TenantView
from ivr.effects import Effect, Took
from ivr.events import CallerGone, Digit, Event, FaxHeard, PlayDone
from ivr.flow import FlowError, read_flow
from ivr.limits import after_hangup_max, depth_max, visits_max
from ivr.nodes.base import Node
from ivr.nodes.collect import Collect
from ivr.notice import AGREE, REFUSE, Saying
from ivr.reach import Reach
from ivr.talk import Caller, Talk
from ivr.told import BEGUN, PLAYED, told

_KEPT = ("variables", "language", "consent")


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow that is being run, and at which node its caller goes on when the flow it called is over."""

    document: Mapping[str, Any]
    nodes: Mapping[str, Node]
    fallback: str | None
    fax: str | None
    back_at: str | None


class Session:
    """A caller in a flow. `done` after the hang-up; `node` is the id of the node the call is at."""

    def __init__(self, view: TenantView, document: Mapping[str, Any], caller: Caller, answered: bool = False) -> None:
        self._document = document
        self._talk = Talk(view, caller, answered, now=datetime.min)
        self._nodes: Mapping[str, Node] = {}
        self._fallback: str | None = None
        self._fax: str | None = None
        self._frames: list[Frame] = []
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
        node = self._nodes.get(self._talk.node or "")
        return node.kind if node is not None else ""

    @property
    def asks(self) -> bool:
        """The call is where keys are asked for, and waits for no server."""
        node = self._nodes.get(self._talk.node or "")
        return node is not None and (node.asks_now(self._talk) or self._is_asked_first)

    @property
    def _is_asked_first(self) -> bool:
        """Before somebody is reached the caller is asked whether they may be recorded."""
        doing = (self._talk.memory.get(name) for name in ("reach", "notice"))
        return any(isinstance(one, Reach | Saying) and one.asks for one in doing)

    @property
    def right_keys(self) -> str:
        """The right answer to what the call is asked, where that is a secret; only to do it again."""
        node = self._nodes.get(self._talk.node or "")
        return node.right_keys(self._talk.view) if node is not None else ""

    @property
    def examples(self) -> tuple[str, ...]:
        """Answers worth trying where keys are asked for."""
        node = self._nodes.get(self._talk.node or "")
        if self._is_asked_first:
            return (AGREE, REFUSE)
        return node.examples(self._talk.view) if node is not None else ()

    @property
    def caller(self) -> Caller:
        """Who calls."""
        return self._talk.caller

    @property
    def expects_fax(self) -> bool:
        """Whether there is a way for a caller that is a fax machine."""
        return not self.done and (self._fax is not None or any(frame.fax is not None for frame in self._frames))

    @property
    def variables(self) -> Mapping[str, str]:
        """What the flow has learnt so far."""
        return self._talk.variables

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
        if self.returnable:
            self._talk.happened(BEGUN)
        self._load(self._document)
        self._run()
        return self._talk.taken()

    def kept(self) -> dict[str, Any] | None:
        """Where the caller is, for `resume` in another process; None: what was begun here cannot begin again.

        What was asked for as a secret is written down nowhere.
        """
        talk, node = self._talk, self._nodes.get(self._talk.node or "")
        if self.done or talk.returnable or node is None or not node.can_begin_again(talk):
            return None
        flows = [(frame.nodes, frame.document, frame.back_at) for frame in self._frames]
        if any(_secrets(nodes) & set(talk.variables) for nodes, _, _ in [*flows, (self._nodes, None, None)]):
            return None
        return {
            "node": talk.node,
            "flow": self._named(self._document),
            "frames": [[self._named(document), back_at] for _, document, back_at in flows],
            **{name: getattr(talk, name) for name in _KEPT},
            "declined": sorted(talk.declined),
        }

    def resume(self, kept: Mapping[str, Any], now: datetime) -> tuple[Effect, ...]:
        """Go on where `kept` says: the node begins again. Raises KeyError, TypeError or ValueError."""
        talk = self._talk
        talk.now, talk.answered, talk.declined = now, True, set(kept["declined"])
        for name in _KEPT:
            setattr(talk, name, type(getattr(talk, name))(kept[name]))
        for flow, back_at in kept["frames"]:
            self._load(self._flow(flow))
            self._frames.append(Frame(self._document, self._nodes, self._fallback, self._fax, back_at))
        self._load(self._flow(kept["flow"]))
        talk.go(str(kept["node"]))
        self._run()
        return talk.taken()

    def _named(self, document: Mapping[str, Any]) -> str | Mapping[str, Any]:
        """A flow by its id, one that nobody drew as it is."""
        flows = self._talk.view.flows.items()
        return next((id for id, flow in flows if flow.document is document), document)

    def _flow(self, named: str | Mapping[str, Any]) -> Mapping[str, Any]:
        return self._talk.view.flows[named].document if isinstance(named, str) else named

    def feed(self, event: Event, now: datetime) -> tuple[Effect, ...]:
        """Something happened. Late and unknown events change nothing."""
        talk = self._talk
        talk.now = now
        if self.done:
            return ()
        if isinstance(event, CallerGone):
            return self._hung_up()
        if isinstance(event, Digit):
            self._visits.clear()
        if isinstance(event, FaxHeard):
            return self._fax_heard()
        node = self._nodes.get(talk.node or "")
        if node is not None:
            if word := told(event, node, talk.hushed):
                talk.happened(word)
            node.hear(event, talk)
            self._run()
        effects = talk.taken()
        if isinstance(event, PlayDone) and effects and not any(isinstance(one, Took) for one in effects):
            talk.happened(PLAYED)
        return effects

    def _fax_heard(self) -> tuple[Effect, ...]:
        """On at the node for faxes; wherever the call was, nobody listens there."""
        while self._fax is None and self._frames:
            self._restore(self._frames.pop())
        if self._fax is not None:
            self._talk.happened("fax")
            self._talk.take("flow.fax", f"The caller is a fax machine: on at {self._fax}")
            self._visits.clear()
            self._talk.go(self._fax)
            self._fax = None
            self._run()
        return self._talk.taken()

    def _hung_up(self) -> tuple[Effect, ...]:
        """What the flow wants done when the caller is gone: nodes that need nobody, one after another."""
        talk, node = self._talk, self._nodes.get(self._talk.node or "")
        talk.gone, talk.answered = True, True
        self._gone = True
        at = node.on_hangup if node is not None else None
        for _ in range(after_hangup_max):
            following = self._nodes.get(at or "")
            if following is None or not following.needs_nobody or talk.over:
                break
            talk.node, talk.memory, talk.going_to = at, {}, None
            following.enter(talk)
            at = talk.going_to
        return talk.taken()

    def _load(self, document: Mapping[str, Any]) -> None:
        try:
            flow = read_flow(document)
        except FlowError as error:
            self._nodes, self._fallback, self._fax = {}, None, None
            self._talk.fail("flow.broken", f"The flow cannot be run: {error}")
            return
        self._document, self._nodes, self._fallback, self._fax = document, flow.nodes, flow.fallback, flow.fax
        self._talk.go(flow.start)

    def _run(self) -> None:
        talk = self._talk
        while not talk.over:
            if talk.failing:
                self._fall_back()
            elif talk.going_to_flow is not None:
                self._switch(talk.going_to_flow, talk.coming_back_at)
            elif talk.going_back:
                self._back()
            elif talk.going_to is not None:
                target, talk.going_to = talk.going_to, None
                self._enter(target)
            else:
                return

    def _fall_back(self) -> None:
        """On at the flow's fallback, the first time; then at that of the flow that called this one."""
        talk = self._talk
        cause, talk.failing = talk.failing, ""
        talk.going_to, talk.going_to_flow, talk.going_back = None, None, False
        fallback, self._fallback = self._fallback, None
        if fallback is not None:
            talk.take("flow.fallback", f"On at {fallback}, the fallback of this flow")
            self._visits.clear()
            talk.go(fallback)
        elif self._frames:
            self._restore(self._frames.pop())
            talk.failing = cause
        else:
            talk.hang_up(cause)

    def _switch(self, flow_id: str, back_at: str | None) -> None:
        talk = self._talk
        talk.going_to_flow = talk.coming_back_at = None
        flow = talk.view.flows.get(flow_id)
        self._visits[f"flow {flow_id}"] = visits = self._visits.get(f"flow {flow_id}", 0) + 1
        if flow is None or visits > visits_max or len(self._frames) >= depth_max:
            talk.fail("flow.unknown" if flow is None else "flow.loop", f"Flow {flow_id} cannot be entered")
            return
        if back_at is not None:
            self._frames.append(Frame(self._document, self._nodes, self._fallback, self._fax, back_at))
        self._load(flow.document)

    def _back(self) -> None:
        talk = self._talk
        talk.going_back = False
        if not self._frames:
            talk.hang_up()
            return
        frame = self._frames.pop()
        self._restore(frame)
        if frame.back_at is not None:
            talk.go(frame.back_at)

    def _restore(self, frame: Frame) -> None:
        self._document, self._nodes, self._fallback, self._fax = (
            frame.document,
            frame.nodes,
            frame.fallback,
            frame.fax,
        )

    def _enter(self, node_id: str) -> None:
        talk = self._talk
        node = self._nodes.get(node_id)
        self._visits[node_id] = visits = self._visits.get(node_id, 0) + 1
        if node is None:
            talk.fail("flow.dangling", f"Node {node_id} does not exist")
            return
        if visits > visits_max:
            talk.fail("flow.loop", f"Node {node_id} was entered {visits_max} times without a key pressed")
            return
        talk.node, talk.memory = node_id, {}
        node.enter(talk)


def _secrets(nodes: Mapping[str, Node]) -> set[str]:
    """The variables of a flow that hold what callers are asked for as a secret."""
    return {node.variable for node in nodes.values() if isinstance(node, Collect) and node.secret}
