"""In front of the parser: what is not worth parsing is dropped, or answered 503 from its raw headers (RFC 5390, 7339).

```
 message -> banned source? -> dropped
         -> answer, or in a dialog -> exchange             (never shed; a stranger's are limited, far above any phone)
         -> scanner? -> dropped                              (a stream that speaks no SIP is closed, see `framing`)
         -> emergency call -> exchange                     (a few a second from one source; more are calls like others)
         -> waited longer than 4*T1 in the socket? -> dropped: the client has sent it again
         -> ping of a trunk -> exchange
         -> over the rate of its source? -> 503, then dropped
         -> no room for a call, or shed by the overload controller? -> 503
         -> usual OPTIONS, REGISTER without credentials? -> answered from its lines    (`adapters/at_once.py`)
         -> exchange
```
A repeated request whose transaction is alive always goes to it. Trunks and trusted networks are neither banned nor limited.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from configdb.node import NodeSettings
from configdb.reach import source_of
from softswitch.adapters.strain import StrainGauge
from softswitch.peers.guard import Guard, is_scanner
from softswitch.peers.rates import Rated, Rates
from softswitch.sip.errors import BadMessage, NotSip
from softswitch.sip.glance import Kind, dialled, kind_of, refusal, top_via, user_agent
from softswitch.sip.timers import Timing
from softswitch.sip.via import noted, parse_via
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow, Unsendable
from softswitch.transport.limits import RETRY_AFTER_S_MAX, RETRY_AFTER_S_MIN
from softswitch.transport.udp import UdpFlow

PASSING_PER_S_MAX = 1_000
"""Answers and requests in dialogs of one stranger: a phone system of a thousand phones stays below."""

ARRIVING_PER_S_MAX = 100
"""Connections and STUN requests of one stranger: a TLS handshake costs a millisecond, an office of phones stays below."""

BANNED_PER_S_MAX = 0.2
"""Connections of a banned source: an emergency call over TCP or TLS needs one, in which nothing else is heard."""

EMERGENCY_PER_S_MAX = 2
STALE_S = 4 * Timing().t1_s


class Limit(Enum):
    """What is limited by source besides the kinds of requests."""

    PASSING = "passing"
    EMERGENCY = "emergency"
    MALFORMED = "malformed"
    ARRIVING = "arriving"
    BANNED = "banned"


@dataclass(slots=True)
class GateCounts:
    """What did not get through, since the start. `limited` and `shed` were answered 503, the rest was dropped.

    not_sip: connections closed for it.
    """

    banned: int = 0
    scanners: int = 0
    stale: int = 0
    spent: int = 0
    limited: int = 0
    flooded: int = 0
    full: int = 0
    shed: int = 0
    malformed: int = 0
    not_sip: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate asks about others. `is_trunk(host)`; `share_of(host, dialled)`: whose share a call is taken from.

    calls_for_help(dialled): whether it may be an emergency call.
    """

    is_trunk: Callable[[str], bool]
    share_of: Callable[[str, str], str]
    is_full: Callable[[], bool]
    calls_for_help: Callable[[str], bool]


class Gate:
    """A `Receiver` that hands on what is to be parsed. `now` is monotonic; `random` gives 0..1.

    answers(data, flow): whether this was a request outside dialogs that could be answered unparsed, and was.
    """

    def __init__(
        self,
        guard: Guard,
        exchange: Exchange,
        gauge: StrainGauge,
        rates: Rates[Kind | Limit],
        policy: Policy,
        now: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._guard, self._exchange, self._gauge, self._rates = guard, exchange, gauge, rates
        self._policy, self._now, self._random = policy, now, random
        self.counts = GateCounts()
        self.answers: Callable[[bytes, Flow], bool] = lambda data, flow: False
        exchange.answers_malformed = self.answers_malformed
        exchange.is_stranger = self.is_stranger

    def admits(self, host: str) -> bool:
        """Whether one more connection or STUN request from there is taken."""
        now = self._now()
        if not self._guard.admits(host, now):
            return False
        if self._guard.trusts(host) or self._rates.take(Limit.ARRIVING, source_of(host), now) is Rated.HEARD:
            return True
        self.counts.flooded += 1
        return False

    def connects(self, host: str) -> bool:
        """Whether one more connection from there is taken; of a banned source one now and then, for an emergency call."""
        now = self._now()
        if self._guard.admits(host, now):
            return self.admits(host)
        return self._rates.take(Limit.BANNED, source_of(host), now) is Rated.HEARD

    def received(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one message of a stream."""
        now = self._now()
        waited_s = flow.waited_s if isinstance(flow, UdpFlow) else 0.0
        self._gauge.waited(waited_s)
        if not self._guard.admits(flow.host, now) and not self._pardoned(data, flow, now):
            self.counts.banned += 1
            return
        kind = kind_of(data)
        if kind is Kind.SPENT:
            self.counts.spent += 1
        elif kind is Kind.PASS:
            if self._guard.trusts(flow.host) or self._rated(Limit.PASSING, flow, now) is Rated.HEARD:
                self._exchange.received(data, flow)
            else:
                self.counts.flooded += 1
        elif not self._guard.trusts(flow.host) and is_scanner(user_agent(data)):
            self.counts.scanners += 1
        else:
            self._outside_dialogs(data, flow, kind, now, waited_s)

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """A stream that cannot be followed any more. To what is no SIP there is no answer."""
        if isinstance(error, NotSip):
            self.counts.not_sip += 1
        else:
            self._exchange.broken(data, flow, error)

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""
        self._exchange.lost(flow)

    def unreachable(self, flows: Collection[Flow]) -> None:
        """ICMP says that nobody is there."""
        self._exchange.unreachable(flows)

    def answers_malformed(self, flow: Flow) -> bool:
        """Whether one more message of that source which cannot be read is looked into and answered."""
        if self._guard.trusts(flow.host) or self._rated(Limit.MALFORMED, flow, self._now()) is Rated.HEARD:
            return True
        self.counts.malformed += 1
        return False

    def is_stranger(self, flow: Flow) -> bool:
        """Whether that is nobody we know: what it says of itself, and its address, may be forged."""
        return not (self._guard.trusts(flow.host) or self._policy.is_trunk(flow.host))

    def _outside_dialogs(self, data: bytes, flow: Flow, kind: Kind, now: float, waited_s: float) -> None:
        number = dialled(data) if kind is Kind.INVITE else ""
        urgent = self._policy.calls_for_help(number) and self._rated(Limit.EMERGENCY, flow, now) is Rated.HEARD
        if urgent:
            self._exchange.received(data, flow)
        elif waited_s > STALE_S:
            self.counts.stale += 1
        elif kind is Kind.OTHER and self._policy.is_trunk(flow.host):
            self._hand_on(data, flow, kind)
        else:
            rated = Rated.HEARD if self._guard.trusts(flow.host) else self._rated(kind, flow, now)
            if rated is Rated.DROPPED:
                self.counts.flooded += 1
            elif rated is Rated.REFUSED:
                self.counts.limited += self._refused(data, flow)
            elif self._gauge.sheds(kind, self._policy.share_of(flow.host, number), waited_s):
                self.counts.shed += self._refused(data, flow)
            elif kind is Kind.INVITE and self._policy.is_full():
                self.counts.full += self._refused(data, flow)
            else:
                self._hand_on(data, flow, kind)

    def _hand_on(self, data: bytes, flow: Flow, kind: Kind) -> None:
        if kind is Kind.INVITE or not self.answers(data, flow):
            self._exchange.received(data, flow)

    def _pardoned(self, data: bytes, flow: Flow, now: float) -> bool:
        """Whether a banned source begins an emergency call, and is listened to for it."""
        calls = kind_of(data) is Kind.INVITE and self._policy.calls_for_help(dialled(data))
        return calls and self._guard.pardon(flow.host, now)

    def _rated(self, kind: Kind | Limit, flow: Flow, now: float) -> Rated:
        return self._rates.take(kind, source_of(flow.host), now)

    def _refused(self, data: bytes, flow: Flow) -> bool:
        """Answers 503, or hands on what belongs to a live transaction (False). What has no usable Via is dropped."""
        written = top_via(data) or ""
        try:
            via = parse_via(written)
            if self._exchange.holds(via, data.partition(b" ")[0].decode("latin-1")):
                self._exchange.received(data, flow)
                return False
            back = noted(self._exchange.with_feedback(via), flow.host, flow.port)
        except BadMessage:
            return True
        wait = RETRY_AFTER_S_MIN + int(self._random() * (RETRY_AFTER_S_MAX - RETRY_AFTER_S_MIN + 1))
        answer = refusal(data, written, str(back), self._exchange.ids()[:16].encode(), wait)
        if answer is not None:
            self._exchange.paths.reply(flow, back, lambda way: _send(answer, way), _unreachable)
        return True


def rates_of(settings: NodeSettings) -> Rates[Kind | Limit]:
    """The rates of strangers."""
    return Rates(
        {
            Kind.INVITE: settings.source_invites_per_s_max,
            Kind.REGISTER: settings.source_registers_per_s_max,
            Kind.OTHER: settings.source_others_per_s_max,
            Limit.PASSING: PASSING_PER_S_MAX,
            Limit.ARRIVING: ARRIVING_PER_S_MAX,
            Limit.BANNED: BANNED_PER_S_MAX,
            Limit.EMERGENCY: EMERGENCY_PER_S_MAX,
            Limit.MALFORMED: settings.source_malformed_per_s_max,
        }
    )


def _send(data: bytes, way: Flow) -> None:
    try:
        way.send(data)
    except Unsendable:
        return  # the client sends again


def _unreachable(reason: str) -> None:
    """The client sends again."""
