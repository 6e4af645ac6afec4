"""The switch in the text form of Prometheus: counted where it happens, put into words when somebody asks.

Names as usual: prefix, base units, `_total`. No tenant, user or number is ever a label; trunks are, being few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from softswitch.adapters.gate import Gate
from softswitch.adapters.step_times import StepTimes
from softswitch.adapters.strain import StrainGauge
from softswitch.peers.guard import Guard
from softswitch.queues.agent import State
from softswitch.transport.exchange import Exchange

REFUSED = ("limited", "full", "shed")
"""Of `GateCounts`: what was answered 503; the rest was dropped."""

TRUNKS_MAX = 100
_ANSWER_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60)
_PDD_S = (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20)
_TALK_S = (5, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOS = (1.5, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.4)


@dataclass(frozen=True, slots=True)
class House:
    """What people wait and work in: documents of queues and media workers, calls parked, members of each conference room."""

    queues: Callable[[], list[dict[str, Any]]]
    parked: Callable[[], int]
    rooms: Callable[[], list[int]]
    media: Callable[[], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is asked. `live` gives the live documents of all calls, `now` is monotonic."""

    exchange: Exchange
    gate: Gate
    gauge: StrainGauge
    guard: Guard
    live: Callable[[], list[dict[str, Any]]]
    phones: Callable[[], int]
    now: Callable[[], float]
    house: House


class SwitchMetrics:
    """`recorded` is given each spool record; `text` is what /metrics shows of the switch."""

    def __init__(self, parts: Parts) -> None:
        registry = self._registry = CollectorRegistry()
        self._setups = Counter("softswitch_call_setups", "Calls over.", ["trunk", "code_class"], registry=registry)
        self._answered = Histogram(
            "softswitch_call_answer_seconds", "Time to the answer.", buckets=_ANSWER_S, registry=registry
        )
        self._pdd = Histogram(
            "softswitch_call_pdd_seconds",
            "Until the far end of an outgoing leg rings or answers.",
            buckets=_PDD_S,
            registry=registry,
        )
        self._steps = StepTimes()
        self._talk = Histogram(
            "softswitch_call_talk_seconds", "Length of answered calls.", buckets=_TALK_S, registry=registry
        )
        self._mos = Histogram("softswitch_call_mos", "MOS of calls, worst direction.", buckets=_MOS, registry=registry)
        self._lost = Counter("softswitch_rtp_packets_lost", "Packets lost on their way to us.", registry=registry)
        self._received = Counter("softswitch_rtp_packets_received", "Packets received.", registry=registry)
        self._jitter = Histogram(
            "softswitch_rtp_jitter_seconds",
            "Jitter of windows.",
            buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1),
            registry=registry,
        )
        self._trunks: set[str] = set()
        registry.register(self._steps)
        registry.register(_Asked(parts))

    def recorded(self, record: Mapping[str, Any]) -> None:
        """Counts what a record says."""
        if record["kind"] == "call.close":
            self._closed(record["call"])
        elif record["kind"] == "step":
            self._steps.stepped(record["call"], record["code"], record["at"])
        elif record["kind"] == "leg.close":
            self._leg_closed(record["leg"])
        elif record["kind"] == "quality" and record["direction"] == "rx":
            self._lost.inc(record["lost"])
            self._received.inc(record["packets"])
            self._jitter.observe(record["jitter_ms"] / 1000)

    def text(self) -> str:
        """All of it."""
        return generate_latest(self._registry).decode()

    def _leg_closed(self, leg: Mapping[str, Any]) -> None:
        heard = leg.get("rang_at") or leg.get("answered_at")
        if leg["role"] == "callee" and heard is not None:
            self._pdd.observe(max(0.0, heard - leg["started_at"]))

    def _closed(self, call: Mapping[str, Any]) -> None:
        self._steps.ended(call.get("id", ""), call.get("ended_at") or 0.0)
        status = 200 if call.get("answered_at") is not None else int(call["cause"].get("sip") or 0)
        self._setups.labels(self._trunk(call.get("trunk")), f"{status // 100}xx" if status else "none").inc()
        if call.get("answered_at") is not None:
            self._answered.observe(max(0.0, call["answered_at"] - call["started_at"]))
            self._talk.observe((call.get("talk_ms") or 0) / 1000)
        if call.get("mos") is not None:
            self._mos.observe(call["mos"])

    def _trunk(self, trunk: str | None) -> str:
        """A label for each trunk, as long as they are few."""
        if trunk is None:
            return ""
        if len(self._trunks) < TRUNKS_MAX:
            self._trunks.add(trunk)
        return trunk if trunk in self._trunks else "other"


class _Asked(Collector):
    """What is known elsewhere already."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """The families, now."""
        yield from self._signalling()
        yield from self._defence()
        yield from self._house()
        yield from self._media()
        calls = GaugeMetricFamily("softswitch_calls_active", "Calls in progress.", labels=["direction", "trunk"])
        counted: dict[tuple[str, str], int] = {}
        for document in self._parts.live():
            key = str(document.get("direction")), str(document.get("trunk") or "")
            counted[key] = counted.get(key, 0) + 1
        for labels, count in counted.items():
            calls.add_metric(labels, count)
        yield calls
        yield GaugeMetricFamily("softswitch_phones_registered", "Registered contacts.", value=self._parts.phones())

    def _signalling(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        exchange, counts = self._parts.exchange, self._parts.exchange.counts
        requests = CounterMetricFamily("softswitch_sip_requests", "Requests.", labels=["method", "transport"])
        for (method, transport), count in counts.requests.items():
            requests.add_metric([method, transport], count)
        yield requests
        for name, text, value in (
            ("softswitch_sip_retransmissions", "Requests that came again.", counts.repeated),
            ("softswitch_sip_messages", "Messages parsed.", counts.messages),
            ("softswitch_sip_malformed", "Messages that could not be read.", counts.refused + counts.dropped),
            ("softswitch_sip_strays", "Answers and ACKs of no transaction.", counts.strays),
        ):
            yield CounterMetricFamily(name, text, value=value)
        yield GaugeMetricFamily("softswitch_sip_transactions", "Live transactions.", value=exchange.transactions)

    def _defence(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        parts, counts = self._parts, asdict(self._parts.gate.counts)
        dropped = CounterMetricFamily("softswitch_sip_dropped", "Dropped unread.", labels=["reason"])
        refused = CounterMetricFamily("softswitch_sip_refused", "Answered 503 unread.", labels=["reason"])
        for reason, count in counts.items():
            (refused if reason in REFUSED else dropped).add_metric([reason], count)
        yield dropped
        yield refused
        strain = parts.gauge.strain
        for name, text, value in (
            ("softswitch_bans", "Bans in force.", len(parts.guard.bans(parts.now()))),
            ("softswitch_reactor_lag_seconds", "How late the reactor's timers are.", strain.lag_s),
            ("softswitch_sip_queue_seconds", "How long the freshest datagram had waited.", strain.waited_s),
            ("softswitch_reactor_busy_ratio", "Share of time at work.", strain.busy),
            ("softswitch_overload_shed_ratio", "Part of the load that is turned away.", parts.gauge.percent / 100),
        ):
            yield GaugeMetricFamily(name, text, value=value)

    def _media(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        workers = self._parts.house.media()
        ready, losses = sum(one["ready"] for one in workers), sum(one["losses"] for one in workers)
        yield GaugeMetricFamily("softswitch_media_workers_ready", "Media workers that serve.", value=ready)
        yield CounterMetricFamily("softswitch_media_workers_lost", "Media workers that died.", value=losses)

    def _house(self) -> Iterator[GaugeMetricFamily]:
        """Queues of all tenants together: which one it is says the API, to who may know."""
        queues, rooms = self._parts.house.queues(), self._parts.house.rooms()
        callers = GaugeMetricFamily("softswitch_queue_callers", "Callers in queues.", labels=["kind"])
        for kind, name in (("present", "waiting"), ("promised", "promised_waiting")):
            callers.add_metric([kind], sum(queue[name] for queue in queues))
        yield callers
        agents = GaugeMetricFamily("softswitch_queue_agents", "Agents at work, once a queue.", labels=["state"])
        for state in (state.value for state in State if state is not State.OUT):
            agents.add_metric([state], sum(queue["agents"][state] for queue in queues))
        yield agents
        for name, text, value in (
            (
                "softswitch_queue_longest_wait_seconds",
                "How long the first of all queues has waited.",
                max((queue["longest_wait_s"] or 0 for queue in queues), default=0),
            ),
            ("softswitch_calls_parked", "Calls in parking slots.", self._parts.house.parked()),
            ("softswitch_conference_rooms", "Conference rooms with members.", len(rooms)),
            ("softswitch_conference_members", "Members of conference rooms.", sum(rooms)),
        ):
            yield GaugeMetricFamily(name, text, value=value)
