"""The counters of the web process, for Prometheus (ECOSYSTEM.md 3.4). No tenant, user or number is ever a label."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from configdb.client import ConfigClient

content_type = "text/plain; version=0.0.4; charset=utf-8"


SERVICES_SAY: Mapping[str, str] = {
    "blob_upload_queue": "Recordings that wait to be uploaded.",
    "blob_upload_oldest_seconds": "For how long the oldest of them has waited.",
    "history_lag_seconds": "For how long the history has been behind the records on this disk.",
    "events_untold": "Events that the event log does not have yet.",
    "webhook_deliveries_waiting": "Deliveries that wait for their moment, their turn or their server.",
    "push_sent": "Phones that were woken since the services began.",
    "push_dead": "Phones that their push service knows no more.",
    "push_later": "Pushes that were not taken in time.",
    "push_refused": "Pushes that will never be taken: accounts, tokens, unknown phones.",
    "push_slowest_s": "The longest that a push took lately.",
}
"""What is known in the process of the services only; it says so in DATA/run/services.json."""


class Metrics:
    """One registry per process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "softswitch_http_requests", "Requests answered.", ["app", "method", "code_class"], registry=self._registry
        )
        self._seconds = Histogram(
            "softswitch_http_request_seconds", "Time to answer.", ["app"], registry=self._registry
        )
        self.stream_clients = Gauge("softswitch_event_stream_clients", "Open event streams.", registry=self._registry)
        self.stream_drops = Counter(
            "softswitch_event_stream_drops", "Streams dropped for being too slow.", registry=self._registry
        )
        self.switch_up = Gauge("softswitch_switch_up", "Whether the switch answers.", registry=self._registry)
        self.config_sequence = Gauge(
            "softswitch_configdb_sequence", "Last applied sequence of the configuration log.", registry=self._registry
        )
        self.config_behind = Gauge(
            "softswitch_configdb_behind", "Entries of the log that are not applied yet.", registry=self._registry
        )
        self.config_lag = Gauge(
            "softswitch_configdb_replication_lag_seconds",
            "Since the replica was known to be current.",
            registry=self._registry,
        )
        self._config_writes = Gauge(
            "softswitch_configdb_writes_failed", "Writes by how they ended.", ["end"], registry=self._registry
        )
        self._config_replica = Gauge(
            "softswitch_configdb_replica_sequence", "By replica.", ["node", "process"], registry=self._registry
        )

        self._about_trunks()
        self._about_services()

    def _about_trunks(self) -> None:
        labels = ["trunk", "gateway"]
        self._channels = Gauge(
            "softswitch_trunk_channels", "Calls on a trunk.", ["trunk", "direction"], registry=self._registry
        )
        self._up = Gauge("softswitch_trunk_gateway_up", "1 while a gateway is up.", labels, registry=self._registry)
        self._registered = Gauge(
            "softswitch_trunk_registered",
            "1 while a registration of ours is in force.",
            labels,
            registry=self._registry,
        )

        pair = ["one", "two"]
        self._between_passed = Gauge(
            "softswitch_between_nodes_passed",
            "1 when all was well in the newest test call between two nodes.",
            pair,
            registry=self._registry,
        )
        self._between_mos = Gauge(
            "softswitch_between_nodes_mos", "The worse direction of that call.", pair, registry=self._registry
        )

    def _about_services(self) -> None:
        self._service_ran = Gauge(
            "softswitch_service_last_run_timestamp_seconds",
            "End of the last run.",
            ["service"],
            registry=self._registry,
        )
        self._service_done = Gauge("softswitch_service_done", "Items since ever.", ["service"], registry=self._registry)
        self._service_failing = Gauge(
            "softswitch_service_failing", "Failures since it last went well.", ["service"], registry=self._registry
        )
        self._build = Gauge("softswitch_build_info", "1; what runs.", ["version", "python"], registry=self._registry)
        self._build.labels(version("softswitch"), platform.python_version()).set(1)
        self._told = {
            name: Gauge(f"softswitch_{name}", text, registry=self._registry) for name, text in SERVICES_SAY.items()
        }
        self.outbox_waiting = Gauge("softswitch_outbox_waiting", "What is to go out.", registry=self._registry)
        self.outbox_late = Gauge(
            "softswitch_outbox_late_seconds", "How long the oldest of it is due.", registry=self._registry
        )

    def services(self, found: Iterable[Mapping[str, Any]]) -> None:
        """The background services of this node and its region as they are now."""
        for one in found:
            self._service_ran.labels(one["name"]).set(one["ran_at"] or 0)
            self._service_done.labels(one["name"]).set(one["done"])
            self._service_failing.labels(one["name"]).set(one["failing"])

    def told(self, said: Mapping[str, float]) -> None:
        """What the services of this node say of themselves."""
        for name, gauge in self._told.items():
            gauge.set(said.get(name, float("nan")))

    def trunks(self, found: Iterable[Mapping[str, Any]]) -> None:
        """The trunks as they are now, and no others."""
        for gauge in (self._channels, self._up, self._registered):
            gauge.clear()
        for trunk in found:
            self._channels.labels(trunk["id"], "in").set(trunk["channels_in"])
            self._channels.labels(trunk["id"], "out").set(trunk["channels_out"])
            for gateway in trunk["gateways"]:
                self._up.labels(trunk["id"], gateway["gateway"]).set(gateway["state"] == "up")
                if "registration" in gateway:
                    registered = gateway["registration"]["registered"]
                    self._registered.labels(trunk["id"], gateway["gateway"]).set(registered)

    def between(self, found: Iterable[tuple[tuple[str, str], bool, float | None]]) -> None:
        """The newest test calls between nodes, and no others."""
        self._between_passed.clear()
        self._between_mos.clear()
        for pair, passed, mos in found:
            self._between_passed.labels(*pair).set(passed)
            if mos is not None:
                self._between_mos.labels(*pair).set(mos)

    def config(self, client: ConfigClient) -> None:
        """The configuration as it is now: this replica, and what it heard of the others."""
        status = client.status
        self.config_sequence.set(status.sequence)
        self.config_behind.set(status.behind)
        self.config_lag.set(float("inf") if status.age_s is None else status.age_s)
        self._config_writes.labels("refused").set(status.refused)
        self._config_writes.labels("unknown").set(status.unknown)
        self._config_replica.clear()
        for report in client.replicas:
            self._config_replica.labels(report.node, report.process).set(report.sequence)

    def answered(self, app: str, method: str, status: int, seconds: float) -> None:
        """Count one answer of a web app."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
        self._requests.labels(app, known, f"{status // 100}xx").inc()
        self._seconds.labels(app).observe(seconds)

    def text(self) -> bytes:
        """All of it in the text form."""
        return generate_latest(self._registry)
