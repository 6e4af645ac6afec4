"""What an operator reads first: one line a part, and what is wrong stands out."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from softswitch.cli.standing import spelled, standing

WELL: dict[str, Any] = {
    "version": "1.2.3",
    "switch": {
        "state": "up",
        "up_s": 140.0,
        "calls": 2,
        "calls_total": 7,
        "calls_refused": 1,
        "phones": 3,
        "draining": False,
        "media_workers": [
            {"name": "media-0", "ready": True, "legs": 4, "busy_percent": 1.6, "dropped": {"foreign": 0}}
        ],
        "spool_healthy": True,
        "network": {
            "listening": {"udp": ["192.0.2.1:5060"], "tcp": ["192.0.2.1:5060"]},
            "connections": {"tcp": 0, "tls": 2},
        },
        "speech": {"engine": "espeak-ng", "waiting": 0, "trouble": ""},
        "defence": {"state": "calm", "bans": 0, "dropped_scanners": 0, "shed": 0, "lag_ms": 0.2},
        "trunks": {
            "carrier": {"channels_in": 1, "channels_out": 0, "channels_max": 100, "gateways": 2, "gateways_up": 2}
        },
        "cluster": {"node": "node-1", "joined": True, "others": [{"node": "node-2", "draining": True}], "tenants": 5},
    },
    "config": {"state": "following", "sequence": 3, "behind": 0, "text": ""},
    "history": {"spool_bytes": 5245, "shared": False},
    "services": {"rating": {"ok": True, "failing": 0, "text": "", "ran_at": None}},
    "web": {"url": "http://192.0.2.1:8080", "live_calls": 2},
    "disk": {"free_mb": 62_000, "total_mb": 250_000},
    "certificates": [{"name": "sip", "days_left": 60}],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """All is well but for one fact."""
    document = deepcopy(WELL)
    *names, last = path.split(".")
    at: Any = document
    for name in names:
        at = at[int(name) if name.isdigit() else name]
    at[last] = value
    return document


def test_a_node_that_is_well_is_a_screen_without_marks() -> None:
    lines = list(standing(WELL))
    assert [] == [line for line in lines if line.startswith("!")]
    assert "  node                node-1, 1.2.3, up 2 min 20 s" == lines[0]
    assert "  calls               2 in progress, 7 since the start, 1 refused; new ones are taken" == lines[1]
    assert "  cluster             tenants served here: 5; node-2 drained" in lines
    assert "  services            1 of 1 in order" in lines


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("switch", {"state": "away", "text": "no socket"}, "! switch              does not answer: no socket"),
        (
            "switch.draining",
            True,
            "! calls               2 in progress, 7 since the start, 1 refused; new ones are sent elsewhere: drained",
        ),
        (
            "switch.trunks.carrier.gateways_up",
            1,
            "! trunk carrier       1 of 2 gateways answer; 1 calls in, 0 out, of 100",
        ),
        ("switch.media_workers.0.ready", False, "! media media-0       is not ready"),
        ("switch.defence.state", "shedding", "! defence             shedding, 0 bans; nothing was dropped"),
        ("switch.cluster.joined", False, "! cluster             does not reach the bus of the nodes"),
        ("switch.speech.trouble", "died", "! speech              espeak-ng, texts that wait: 0: died"),
        ("switch.spool_healthy", False, "! history             the disk does not take records"),
        ("config.behind", 4, "! configuration       following, version 3, 4 behind"),
        ("config.state", "replaced", "! configuration       replaced, version 3, 0 behind"),
        ("services.rating.failing", 2, "! service rating      failed 2 times in a row, last at None: "),
        ("disk.free_mb", 1024, "! disk                1.0 of 244.1 GiB free"),
        ("certificates.0.days_left", 5, "! certificate sip     good for 5 days"),
        ("certificates.0.days_left", None, "! certificate sip     cannot be read"),
    ],
)
def test_what_is_wrong_is_marked(path: str, value: object, said: str) -> None:
    assert said in [line for line in standing(changed(path, value)) if line.startswith("!")]


def test_packets_that_a_media_worker_dropped_are_counted() -> None:
    document = changed("switch.media_workers.0.dropped", {"foreign": 3, "stale": 0, "flooded": 7})
    said = "  media media-0       4 legs, 2 % busy; packets dropped since its start: foreign 3, flooded 7"
    assert said in list(standing(document))


def test_a_switch_of_an_earlier_release_counts_no_packets_and_is_shown_all_the_same() -> None:
    worker = {"name": "media-0", "ready": True, "legs": 4, "busy_percent": 1.6}
    assert "  media media-0       4 legs, 2 % busy" in list(standing(changed("switch.media_workers", [worker])))


def test_what_was_dropped_is_counted() -> None:
    (line,) = (line for line in standing(changed("switch.defence.dropped_scanners", 12)) if "defence" in line)
    assert "  defence             calm, 0 bans; dropped or refused since the start: scanners 12" == line


def test_a_long_name_is_apart_from_what_is_said_of_it() -> None:
    (line,) = (one for one in standing(changed("certificates.0.name", "TLS: self-signed.pem")) if "certificate" in one)
    assert "  certificate TLS: self-signed.pem good for 60 days" == line


@pytest.mark.parametrize(("seconds", "text"), [(5, "0 min 5 s"), (3_700, "1 h 1 min"), (90_000, "1 d 1 h")])
def test_a_time_is_spelled(seconds: float, text: str) -> None:
    assert text == spelled(seconds)
