"""Every metric that a dashboard, a rule or the convention names is in /metrics of a node, and no label grows with its use."""

from __future__ import annotations

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from configdb.node import secret
from installer.monitoring.dashboards import DASHBOARDS, rules
from installer.monitoring.names import recorded, scraped, used
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop
LABELS = {
    *("le", "direction", "trunk", "gateway", "code_class", "method", "transport", "type", "reason", "kind", "state"),
    *("app", "node", "process", "end", "service", "version", "python"),
}
CONVENTION = """softswitch_calls_active softswitch_call_setups_total softswitch_call_pdd_seconds_bucket
softswitch_call_mos_bucket softswitch_rtp_packets_lost_total softswitch_rtp_jitter_seconds_bucket softswitch_sip_requests_total
softswitch_sip_retransmissions_total softswitch_ivr_step_seconds_bucket softswitch_reactor_lag_seconds
softswitch_configdb_replication_lag_seconds softswitch_blob_upload_queue softswitch_blob_upload_oldest_seconds
softswitch_build_info"""


def metrics(node: Running) -> str:
    headers = {"Authorization": f"Bearer {secret(node.data, 'operator.token')}"}
    request = urllib.request.Request(f"http://127.0.0.1:{node.runtime.http_port}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def test_every_metric_that_is_named_exists(node: Running) -> None:
    text = eventually(
        lambda: found if "softswitch_calls_active" in (found := metrics(node)) else None, what="the switch"
    )
    names = {name for _, _, panels in DASHBOARDS for panel in panels for one, _ in panel.curves for name in used(one)}
    names |= used(rules()) | used(CONVENTION)
    assert set() == names - scraped(text) - recorded(rules())


def test_labels_are_of_a_known_few(node: Running) -> None:
    families = list(text_string_to_metric_families(metrics(node)))
    assert 30 < len(families) == len({family.name for family in families})
    labels = {
        label
        for family in families
        if family.name.startswith("softswitch")
        for s in family.samples
        for label in s.labels
    }
    assert set() == labels - LABELS
