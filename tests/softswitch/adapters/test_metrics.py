"""The switch in the text form of Prometheus."""

from __future__ import annotations

from typing import Any

from mgmt.metrics import Metrics
from softswitch.adapters.metrics import TRUNKS_MAX, House, Parts, SwitchMetrics
from softswitch.queues.agent import State
from tests.softswitch.adapters.test_gate import OFFICE, STRANGER, Site, request

IDLE = {state.value: 0 for state in State if state is not State.OUT}
QUEUES = [
    {"waiting": 2, "promised_waiting": 1, "longest_wait_s": 40, "agents": {**IDLE, "free": 1, "paused": 2}},
    {"waiting": 0, "promised_waiting": 0, "longest_wait_s": None, "agents": {**IDLE, "free": 1}},
]
WORKERS = [{"ready": True, "losses": 1}, {"ready": False, "losses": 2}]


def metrics(site: Site, live: list[dict[str, Any]] | None = None) -> SwitchMetrics:
    exchange, house = site.node.exchange, House(lambda: QUEUES, lambda: 2, lambda: [3, 1], lambda: WORKERS)
    calls, phones, now = lambda: live or [], lambda: 3, site.clock.seconds
    return SwitchMetrics(Parts(exchange, site.gate, site.gauge, site.guard, calls, phones, now, house))


def closed(trunk: str | None, status: int, **more: Any) -> dict[str, Any]:
    call = {"trunk": trunk, "cause": {"sip": status}, "started_at": 10.0, "answered_at": None, "mos": None, **more}
    return {"kind": "call.close", "id": "c1", "call": call}


def test_no_metric_is_told_by_the_web_process_and_by_the_switch_as_both_stand_in_one_answer() -> None:
    told = [text.splitlines() for text in (metrics(Site()).text(), Metrics().text().decode())]
    switch, web = ({line.split()[2] for line in lines if line.startswith("# TYPE ")} for lines in told)
    assert min(len(switch), len(web)) > 10
    assert set() == switch & web


def test_requests_repeats_and_what_the_gate_did_are_counted() -> None:
    site = Site()
    site.send(OFFICE, request("REGISTER", 1, host=OFFICE))
    site.send(OFFICE, request("REGISTER", 1, host=OFFICE))
    site.send(OFFICE, request("ROCKET", 2, host=OFFICE))
    site.send(STRANGER, request("OPTIONS", 3, extra="User-Agent: friendly-scanner\r\n"))
    site.full = True
    site.send(OFFICE, request("INVITE", 4, host=OFFICE))
    text = metrics(site).text()
    for line in (
        'softswitch_sip_requests_total{method="REGISTER",transport="udp"} 2.0',
        'softswitch_sip_requests_total{method="other",transport="udp"} 1.0',
        "softswitch_sip_retransmissions_total 1.0",
        'softswitch_sip_dropped_total{reason="scanners"} 1.0',
        'softswitch_sip_refused_total{reason="full"} 1.0',
        "softswitch_phones_registered 3.0",
        "softswitch_bans 0.0",
    ):
        assert line in text.splitlines()


def test_calls_are_counted_by_trunk_and_class_when_they_are_over() -> None:
    shown = metrics(Site(), [{"direction": "inbound", "trunk": "carrier"}, {"direction": "internal", "trunk": None}])
    shown.recorded(closed("carrier", 0, answered_at=13.5, ring_ms=3000, mos=4.3))
    shown.recorded(closed(None, 486))
    shown.recorded(closed(None, 0))
    shown.recorded({"kind": "quality", "direction": "rx", "lost": 2, "packets": 250, "jitter_ms": 3.0})
    shown.recorded({"kind": "quality", "direction": "tx", "lost": 9, "packets": 9, "jitter_ms": 9.0})
    shown.recorded({"kind": "heartbeat"})
    lines = shown.text().splitlines()
    for line in (
        'softswitch_call_setups_total{code_class="2xx",trunk="carrier"} 1.0',
        'softswitch_call_setups_total{code_class="4xx",trunk=""} 1.0',
        'softswitch_call_setups_total{code_class="none",trunk=""} 1.0',
        'softswitch_call_answer_seconds_bucket{le="5.0"} 1.0',
        'softswitch_call_mos_bucket{le="4.2"} 0.0',
        'softswitch_call_mos_bucket{le="4.4"} 1.0',
        "softswitch_rtp_packets_lost_total 2.0",
        'softswitch_calls_active{direction="inbound",trunk="carrier"} 1.0',
        'softswitch_calls_active{direction="internal",trunk=""} 1.0',
    ):
        assert line in lines


def test_labels_are_bounded() -> None:
    shown = metrics(Site())
    for index in range(TRUNKS_MAX + 5):
        shown.recorded(closed(f"trunk{index}", 200))
    assert 'softswitch_call_setups_total{code_class="2xx",trunk="other"} 5.0' in shown.text().splitlines()


def test_queues_parked_calls_and_conferences_are_shown_as_they_are_now() -> None:
    lines = metrics(Site()).text().splitlines()
    for line in (
        'softswitch_queue_callers{kind="present"} 2.0',
        'softswitch_queue_callers{kind="promised"} 1.0',
        'softswitch_queue_agents{state="free"} 2.0',
        'softswitch_queue_agents{state="paused"} 2.0',
        "softswitch_queue_longest_wait_seconds 40.0",
        "softswitch_calls_parked 2.0",
        "softswitch_conference_rooms 2.0",
        "softswitch_conference_members 4.0",
    ):
        assert line in lines


def test_media_workers_that_serve_and_that_died_are_counted() -> None:
    lines = metrics(Site()).text().splitlines()
    assert {"softswitch_media_workers_ready 1.0", "softswitch_media_workers_lost_total 3.0"} <= set(lines)
