"""This node among others: says that it lives, hands on what is another node's, keeps copies of rows, adopts and releases tenants.

```
 cluster.node           every node to all, twice a second: who it is, where it listens, whether it is drained, through which
                        nodes its calls go; when it leaves
 cluster.sip.<node>     a message that came in at another node and is for this one
 cluster.send.<node>    what this node is to send on one of its flows
 cluster.lost           a connection is gone
 cluster.rows.<node>    rows of kept state, to one node or to `all`
 cluster.ask            a node starts and wants all rows
```
A node that starts serves no tenant of others before it has their rows, or nobody answers. The bus loses what it cannot deliver:
SIP repeats, and whoever comes back is sent all rows again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.logger import Logger

from configdb.bus import Bus, BusSubscription, Document
from configdb.snapshot import Directory
from configdb.version import own_version
from softswitch.adapters.copies import ALL, Copies
from softswitch.adapters.far_flow import SEPARATOR, Ends, FarFlow, FarPaths, far
from softswitch.adapters.roll import Roll
from softswitch.adapters.state import Address, StateLog
from softswitch.cluster import rows as wire
from softswitch.cluster.lateness import Lateness
from softswitch.cluster.limits import (
    BEAT_S,
    HANDED_UNTOLD_S_MAX,
    HELD_S_MAX,
    LINES_BYTES_MAX,
    ROLL_BEATS,
    SYNC_S_MAX,
)
from softswitch.cluster.members import FORM, UNDERSTOOD, Member, Members, home_of
from softswitch.cluster.places import Places, mark
from softswitch.sip.locate import Transport
from softswitch.sip.message import Request, Response
from softswitch.sip.via import BRANCH_COOKIE
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow, Receiver, Unsendable


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a cluster does to the switch. `tenant_of(request, flow)`: whom a request concerns; `adopt(tenants, handed_over)`.

    handed_over: the node that served them lives, and ends what it has begun.
    renew(rows): their copies were changed last, elsewhere, though their tenants are served here.
    met(): another node is there, perhaps again.
    busy(): the tenants that have calls in progress here.  flows(): that of each leg here, as far as it is known.
    """

    draining: Callable[[], bool]
    tenant_of: Callable[[Request, Flow], str | None]
    adopt: Callable[[frozenset[str], bool], None]
    release: Callable[[frozenset[str]], None]
    renew: Callable[[frozenset[Address]], None]
    busy: Callable[[], set[str]]
    flows: Callable[[], Iterable[Flow | None]]
    met: Callable[[], None]


class Cluster:
    """See the module. `boot` names this run."""

    _log = Logger(namespace="softswitch.cluster")

    def __init__(
        self,
        reactor: Any,
        name: str,
        boot: str,
        bus: Bus,
        state: StateLog,
        exchange: Exchange,
        receiver: Receiver,
        directory: Callable[[], Directory],
        hooks: Hooks,
        roll: Roll,
    ) -> None:
        self._roll = roll
        self._reactor, self._name, self._bus, self._state = reactor, name, bus, state
        self._exchange, self._receiver, self._directory, self._hooks = exchange, receiver, directory, hooks
        self.members, self.lateness = Members(name), Lateness(boot)
        self._places = Places(self.members)
        self._ends = Ends(self._carry, self._lives, self._sent_by)
        self._mine: frozenset[str] = frozenset()
        self._leaving: frozenset[str] = frozenset()
        self._able: tuple[str, ...] = ()
        self._known: object = None
        self._joined = False
        self._version = own_version()
        self._strangers: set[str] = set()
        self._roll_told: dict[str, Any] | None = None
        self._beats, self._handed_at = 0, -HANDED_UNTOLD_S_MAX
        self._heard: list[BusSubscription] = []
        self._timer: Delayed | None = None
        self.handed_on = 0
        exchange.branch_prefix = BRANCH_COOKIE + mark(name)
        exchange.hands_on, exchange.is_alone = self._hands_on, lambda: not self.members.others
        exchange.paths = FarPaths(exchange.paths, self._ends)
        state.seen = lambda row: wire.taken(row, name, self._lives)
        self._copies = Copies(name, bus, state, lambda: self._mine, directory, hooks.renew)
        state.on_put = self._put

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self, alone: bool) -> None:
        """Listen to the others. alone: there are none, every tenant is served at once."""
        self._heard = [
            self._bus.subscribe(pattern, partial(self._on_bus, what))
            for pattern, what in (
                ("cluster.node", self._on_node),
                (f"cluster.sip.{self._name}", self._on_sip),
                (f"cluster.send.{self._name}", self._on_send),
                ("cluster.lost", self._on_lost),
                ("cluster.rows.*", self._on_rows),
                ("cluster.ask", self._on_ask),
            )
        ]
        if alone:
            self._join()
        else:
            self._ask(SYNC_S_MAX)

    def close(self) -> None:
        """Leave: the others take over at once."""
        self._say("cluster.node", {"leaves": True})
        stop(self._timer)
        for subscription in self._heard:
            subscription.close()

    def look(self) -> None:
        """Homes may be others now: adopt what is new here, release what is not any more."""
        self.members.draining = self._hooks.draining() or not self._joined
        self.members.passed(self._reactor.seconds())
        tenants, able = self._directory().tenants, self.members.able
        if self._joined and (able != self._able or tenants is not self._known):
            mine = frozenset(tenant for tenant in tenants if self.members.home(tenant) == self._name)
            if self._known is None and (astray := frozenset(self._hooks.busy()) - mine):
                self._hooks.release(astray)  # calls that outlived this node's last run, of tenants that moved meanwhile
            new, gone = mine - self._mine, self._mine - mine
            before, self._able, self._known, self._mine = self._able, able, tenants, mine
            self._leaving = (self._leaving | gone) - mine
            self._adopt(new, before)
        self._release()

    def _adopt(self, new: frozenset[str], before: tuple[str, ...]) -> None:
        handed = frozenset(tenant for tenant in new if before and self._lives(home_of(tenant, before)))
        for tenants, handed_over in ((handed, True), (new - handed, False)):
            if tenants:
                self._log.info("serves {count} more tenants", count=len(tenants))
                self._hooks.adopt(tenants, handed_over)

    def _release(self) -> None:
        over = self._leaving - self._hooks.busy() if self._leaving else self._leaving
        if over:
            self._log.info("{count} tenants are served elsewhere", count=len(over))
            self._hooks.release(over)
            self._leaving -= over

    def lost(self, flow: Flow) -> None:
        """A connection of this node is gone: whoever sent on it should know."""
        if SEPARATOR not in flow.name and self.members.others:
            self._bus.publish("cluster.lost", {"node": self._name, "flow": f"{self._name}{SEPARATOR}{flow.name}"})

    def document(self) -> dict[str, Any]:
        """For people, and for who waits until nobody needs this node."""
        others = [
            {"node": one.name, "draining": one.draining, "version": one.version, "sip": one.sent_by.get("udp", "")}
            for one in self.members.others
        ]
        own = {"node": self._name, "joined": self._joined, "sip": self._exchange.paths.sent_by("udp")}
        return {**own, "others": others, **self._needed()}

    def _needed(self) -> dict[str, int]:
        """The tenants that it serves, and the legs that other nodes serve and that go through here."""
        told = sum(one.through_here for one in self.members.others)
        new = self._reactor.seconds() - self._handed_at < HANDED_UNTOLD_S_MAX
        return {"tenants": len(self._mine), "passing": max(told, int(new))}

    def _ask(self, left_s: float) -> None:
        """Once a beat, as long as nobody has answered: the link may need a moment."""
        if self._joined:
            return
        if left_s <= 0:
            self._join()
        else:
            self._bus.publish("cluster.ask", {"node": self._name})
            self._timer = self._reactor.callLater(BEAT_S, self._ask, left_s - BEAT_S)

    def _join(self) -> None:
        self._able = tuple(one.name for one in self.members.others if not one.draining)
        self._joined = True
        self._beat()

    def _beat(self) -> None:
        self.look()
        sent_by = {kind: self._exchange.paths.sent_by(kind) for kind in ("udp", "tcp", "tls", "ws", "wss")}
        self._say(
            "cluster.node",
            {
                "form": FORM,
                "version": self._version,
                "draining": self.members.draining,
                "sent_by": sent_by,
                "through": Counter(flow.node for flow in self._hooks.flows() if isinstance(flow, FarFlow)),
                "roll": self._told(),
            },
        )
        self._timer = self._reactor.callLater(BEAT_S, self._beat)

    def _say(self, subject: str, document: Document) -> bool:
        """To other nodes, from this one, now."""
        return self._bus.publish(
            subject, self.lateness.stamped({"node": self._name, **document}, self._reactor.seconds())
        )

    def _told(self) -> dict[str, Any] | None:
        """The roll, when it is another one than was told, and now and again."""
        self._beats += 1
        try:
            roll = self._roll.told()
        except (OSError, ValueError) as error:
            self._log.error("who the other nodes are cannot be read: {error}", error=error)
            return None
        if roll == self._roll_told and self._beats % ROLL_BEATS:
            return None
        self._roll_told = roll
        return roll

    # -- what others say -------------------------------------------------------------------------------------------

    def _on_bus(self, what: Callable[[str, Document], None], subject: str, document: Document) -> None:
        """On a thread of the bus."""
        if document.get("node") != self._name:
            self._reactor.callFromThread(self._quietly, what, subject, document)

    def _quietly(self, what: Callable[[str, Document], None], subject: str, document: Document) -> None:
        try:
            what(subject, document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._log.warn("{subject} of {node} means nothing: {error}", subject=subject, node=document, error=error)

    def _on_node(self, subject: str, document: Document) -> None:
        name = str(document["node"])
        self.lateness.late_s(document, self._reactor.seconds())
        if document.get("leaves") or not self._belongs(name, document.get("roll")):
            self.members.left(name)
        elif self._understands(name, document.get("form", 1)):
            known = self.members.find(name)
            sent_by = {str(kind): str(text) for kind, text in document["sent_by"].items()}
            now = float(self._reactor.seconds())
            version = str(document.get("version", ""))
            through = int(document.get("through", {}).get(self._name, 0))
            member = Member(name, str(document["boot"]), document["draining"] is True, version, sent_by, now, through)
            if known is None:
                self._log.info("{node} is there", node=name)
                self._send_all(name)
                self._roll_told = None
            self.members.heard(member)
            if self.members.find(name) is member:
                self._copies.heard(name, known is None, now)
                if known is None:
                    self._hooks.met()
        self.look()

    def _understands(self, name: str, form: object) -> bool:
        """A node of a version too far away is none of the cluster; it is told once."""
        if form in UNDERSTOOD:
            self._strangers.discard(name)
            return True
        if name not in self._strangers:
            text = "{node} speaks form {form}, this version {own}: upgrade nodes one version at a time"
            self._log.error(text, node=name, form=form, own=FORM)
            self._strangers.add(name)
        return False

    def _belongs(self, name: str, roll: object) -> bool:
        """Whether a node is one of ours, after what it tells: one that was removed is not, whatever it says."""
        try:
            if isinstance(roll, dict):
                self._roll.heard(roll)
            return self._roll.knows(name)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            self._log.error("what {node} tells is not written down: {error}", node=name, error=error)
            return self.members.find(name) is not None

    def _is_late(self, document: Document) -> bool:
        """Whether a link has held a SIP message back for so long that nobody waits for it any more."""
        late_s = self.lateness.late_s(document, self._reactor.seconds())
        if late_s > HELD_S_MAX:
            self._log.info("a message of {node} has come {late_s:.1f} s late", node=document["node"], late_s=late_s)
        return late_s > HELD_S_MAX

    def _on_sip(self, subject: str, document: Document) -> None:
        flow = far(self._ends, str(document["flow"]))
        if flow is not None and not self._is_late(document):
            self._receiver.received(str(document["data"]).encode("latin-1"), flow)

    def _on_send(self, subject: str, document: Document) -> None:
        flow = self._exchange.paths.find(str(document["flow"]))
        if flow is None:
            gone = f"{self._name}{SEPARATOR}{document['flow']}"
            self._bus.publish("cluster.lost", {"node": self._name, "flow": gone})
        if flow is None or isinstance(flow, FarFlow) or self._is_late(document):
            return
        try:
            flow.send(str(document["data"]).encode("latin-1"))
        except Unsendable as error:
            self._log.info("not sent for {node}: {error}", node=document["node"], error=error)

    def _on_lost(self, subject: str, document: Document) -> None:
        flow = far(self._ends, str(document["flow"]))
        if flow is not None:
            self._exchange.lost(flow)

    # -- messages of others ----------------------------------------------------------------------------------------

    def _hands_on(self, message: Request | Response, data: bytes, flow: Flow) -> bool:
        if isinstance(flow, FarFlow) or len(data) > LINES_BYTES_MAX:
            return False
        node = self._places.of(message, lambda request: self._hooks.tenant_of(request, flow))
        if node is None:
            return False
        name = wire.named(self._name, flow.kind, flow.host, flow.port, flow.name)
        sent = self._say(f"cluster.sip.{node}", {"flow": name, "data": data.decode("latin-1")})
        self.handed_on += sent
        if sent and isinstance(message, Request) and message.method == "INVITE":
            self._handed_at = self._reactor.seconds()
        return sent

    def _carry(self, node: str, flow: str, data: bytes) -> bool:
        return self._say(f"cluster.send.{node}", {"flow": flow, "data": data.decode("latin-1")})

    def _lives(self, name: str) -> bool:
        return self.members.find(name) is not None

    def _sent_by(self, node: str, kind: Transport) -> str:
        member = self.members.find(node)
        found = member.sent_by.get(kind) if member is not None else None
        return found or self._exchange.paths.sent_by(kind)

    # -- kept state ------------------------------------------------------------------------------------------------

    def _put(self, table: str, key: str, value: Any, changed_at: float) -> None:
        if self.members.others:
            self._copies.changed(table, key, value, changed_at)

    def _on_ask(self, subject: str, document: Document) -> None:
        self._send_all(str(document["node"]))

    def _send_all(self, node: str) -> None:
        if self._joined:
            self._copies.send_all(node, self.members.able)

    def _on_rows(self, subject: str, document: Document) -> None:
        if subject.rpartition(".")[2] not in (ALL, self._name):
            return
        self._copies.take(str(document["node"]), document)
        if "whole" in document and not self._joined:
            self._reactor.callLater(BEAT_S, self._joins)

    def _joins(self) -> None:
        if not self._joined:
            self._join()
