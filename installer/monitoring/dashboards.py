"""The Grafana dashboards (node, trunks, quality): one row a panel, made into Grafana's JSON (schema 39, Grafana 10 and later)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 24, 8, 8
SOURCE = {"type": "prometheus", "uid": "${source}"}
HERE = 'instance=~"$instance"'
RULES = "softswitch-rules.yml"


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves: (expression, legend) each. `unit` is Grafana's: s, reqps, percentunit, short, none."""

    title: str
    curves: tuple[tuple[str, str], ...]
    unit: str = "short"
    text: str = ""


def _here(*curves: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The curves of the chosen instances: `#` stands for their label."""
    return tuple((expression.replace("#", HERE), legend) for expression, legend in curves)


def quantiles(name: str) -> tuple[tuple[str, str], ...]:
    """Median and 95th percentile of a histogram."""
    each = "histogram_quantile({}, sum by (le) (rate({}_bucket{{{}}}[5m])))"
    return tuple((each.format(share, name, HERE), legend) for share, legend in (("0.5", "half"), ("0.95", "95 %")))


NODE = (
    Panel("Switch", _here(("softswitch_switch_up{#}", "{{instance}}")), "none", "1 while the switch answers."),
    Panel("Calls", _here(("sum by (direction) (softswitch_calls_active{#})", "{{direction}}"))),
    Panel("Phones", _here(("softswitch_phones_registered{#}", "{{instance}}"))),
    Panel("Requests", _here(("sum by (method) (rate(softswitch_sip_requests_total{#}[5m]))", "{{method}}")), "reqps"),
    Panel(
        "Repeated and malformed",
        _here(
            ("rate(softswitch_sip_retransmissions_total{#}[5m])", "repeated"),
            ("rate(softswitch_sip_malformed_total{#}[5m])", "malformed"),
        ),
        "reqps",
    ),
    Panel(
        "Turned away",
        _here(
            ("sum by (reason) (rate(softswitch_sip_dropped_total{#}[5m]))", "dropped: {{reason}}"),
            ("sum by (reason) (rate(softswitch_sip_refused_total{#}[5m]))", "refused: {{reason}}"),
        ),
        "reqps",
    ),
    Panel("Late timers", _here(("softswitch_reactor_lag_seconds{#}", "{{instance}}")), "s"),
    Panel("Share of time at work", _here(("softswitch_reactor_busy_ratio{#}", "{{instance}}")), "percentunit"),
    Panel("Bans", _here(("softswitch_bans{#}", "{{instance}}"))),
    Panel("Configuration lag", _here(("softswitch_configdb_replication_lag_seconds{#}", "{{instance}}")), "s"),
    Panel(
        "What waits",
        _here(
            ("softswitch_blob_upload_queue{#}", "uploads"),
            ("softswitch_events_untold{#}", "events"),
            ("softswitch_webhook_deliveries_waiting{#}", "webhooks"),
            ("softswitch_outbox_waiting{#}", "outbox"),
        ),
    ),
    Panel("Oldest upload that waits", _here(("softswitch_blob_upload_oldest_seconds{#}", "{{instance}}")), "s"),
    Panel("Services that fail", _here(("softswitch_service_failing{#} > 0", "{{service}}"))),
    Panel(
        "HTTP answers",
        _here(("sum by (code_class) (rate(softswitch_http_requests_total{#}[5m]))", "{{code_class}}")),
        "reqps",
    ),
    Panel("HTTP time", quantiles("softswitch_http_request_seconds"), "s"),
    Panel("Event streams", _here(("softswitch_event_stream_clients{#}", "{{instance}}"))),
)
TRUNKS = (
    Panel("Channels", _here(("sum by (trunk, direction) (softswitch_trunk_channels{#})", "{{trunk}} {{direction}}"))),
    Panel(
        "Gateways", _here(("softswitch_trunk_gateway_up{#}", "{{trunk}} {{gateway}}")), "none", "1 while it answers."
    ),
    Panel("Registrations", _here(("softswitch_trunk_registered{#}", "{{trunk}} {{gateway}}")), "none"),
    Panel("Calls over", _here(("trunk:softswitch_call_setups:rate5m{#}", "{{trunk}}")), "reqps"),
    Panel("Answered (ASR)", _here(("trunk:softswitch_call_asr:ratio_rate5m{#}", "{{trunk}}")), "percentunit"),
    Panel(
        "Network effectiveness (NER)", _here(("trunk:softswitch_call_ner:ratio_rate5m{#}", "{{trunk}}")), "percentunit"
    ),
    Panel("Call length (ACD)", _here(("instance:softswitch_call_acd_seconds:avg1h{#}", "{{instance}}")), "s"),
    Panel("Until it rings (PDD)", quantiles("softswitch_call_pdd_seconds"), "s"),
    Panel("Until it is answered", quantiles("softswitch_call_answer_seconds"), "s"),
    Panel(
        "How calls end",
        _here(("sum by (code_class) (rate(softswitch_call_setups_total{#}[5m]))", "{{code_class}}")),
        "reqps",
    ),
)
QUALITY = (
    Panel("MOS of calls, worst direction", quantiles("softswitch_call_mos"), "none"),
    Panel(
        "One call in ten is worse than", _here(("instance:softswitch_call_mos:p10_rate1h{#}", "{{instance}}")), "none"
    ),
    Panel(
        "Test calls between nodes, worse direction",
        _here(("softswitch_between_nodes_mos{#}", "{{one}} {{two}}")),
        "none",
        "By MOS.",
    ),
    Panel("Packets lost", _here(("instance:softswitch_rtp_loss:ratio_rate5m{#}", "{{instance}}")), "percentunit"),
    Panel("Jitter", quantiles("softswitch_rtp_jitter_seconds"), "s"),
    Panel("Packets", _here(("rate(softswitch_rtp_packets_received_total{#}[5m])", "{{instance}}")), "pps"),
    Panel(
        "Time in a step of a flow, 95 %",
        _here(
            (
                "histogram_quantile(0.95, sum by (type, le) (rate(softswitch_ivr_step_seconds_bucket{#}[15m])))",
                "{{type}}",
            )
        ),
        "s",
    ),
    Panel("Callers in queues", _here(("sum by (kind) (softswitch_queue_callers{#})", "{{kind}}"))),
    Panel("Longest wait", _here(("softswitch_queue_longest_wait_seconds{#}", "{{instance}}")), "s"),
    Panel("Agents", _here(("sum by (state) (softswitch_queue_agents{#})", "{{state}}"))),
)
DASHBOARDS: tuple[tuple[str, str, tuple[Panel, ...]], ...] = (
    ("node", "Softswitch: nodes", NODE),
    ("trunks", "Softswitch: trunks", TRUNKS),
    ("quality", "Softswitch: quality", QUALITY),
)


def dashboard(name: str, title: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """Grafana's JSON."""
    return {
        "uid": f"softswitch-{name}",
        "title": title,
        "tags": ["softswitch"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_source(), _instances()]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}}


def _instances() -> dict[str, Any]:
    wanted = "label_values(softswitch_build_info, instance)"
    return {
        "name": "instance",
        "label": "Node",
        "type": "query",
        "datasource": SOURCE,
        "definition": wanted,
        "query": {"query": wanted, "refId": "instances"},
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    across = WIDTH // PANEL_WIDTH
    return {
        "id": number + 1,
        "title": panel.title,
        "description": panel.text,
        "type": "timeseries",
        "datasource": SOURCE,
        "gridPos": {
            "x": number % across * PANEL_WIDTH,
            "y": number // across * PANEL_HEIGHT,
            "w": PANEL_WIDTH,
            "h": PANEL_HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for at, (expression, legend) in enumerate(panel.curves)
        ],
    }


def rules() -> str:
    """The rules file, as Prometheus reads it."""
    return (resources.files("installer.monitoring") / "rules.yml").read_text()


def export(folder: Path) -> list[Path]:
    """Write rules and dashboards; the files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {RULES: rules()}
    for name, title, panels in DASHBOARDS:
        texts[f"softswitch-{name}.json"] = json.dumps(dashboard(name, title, panels), indent=2) + "\n"
    for file, text in texts.items():
        (folder / file).write_text(text)
    return [folder / file for file in texts]
