"""Quality over HTTP: a recording is heard in the background, then shown; score cards, heat maps, reports, hearing again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from history.documents import Call, Leg, QualityWindow
from history.store import Batch
from media.audio.wav import header
from media.storage.names import media_id
from mgmt.analyses import Analyses
from mgmt.conversations import site_of
from mgmt.services import listening
from mgmt.services.parts import Parts
from mgmt.services.sounds import Sounds
from tests.mgmt.conftest import NOW, World
from tests.mgmt.services.desk import parts_of
from tests.quality.voices import over_g711, samples, voice

SECONDS = 16
RECORDING = media_id("recording", NOW + 20, "r1")
SPAN = "since=2027-01-01T00:00:00Z&until=2027-02-01T00:00:00Z"


@pytest.fixture
def parts(world: World) -> Parts:
    return parts_of(world)


@pytest.fixture
def recorded(world: World, tmp_path: Path, parts: Parts) -> World:
    """A call over a trunk whose far end is noisy, recorded; its record is in the history."""
    noisy = over_g711(np.clip(voice(SECONDS, 0, floor_dbov=-38), -1, 1))
    sound = samples(noisy, over_g711(voice(SECONDS, 3)))
    file = tmp_path / "r1.wav"
    file.write_bytes(header(2, len(sound)) + sound.astype("<i2").tobytes())
    sounds = Sounds(
        world.context.media, world.context.vault.register, lambda tenant, known_as: wanted(world, tenant, known_as)
    )
    assert RECORDING == sounds.keep("riverside", "recording", "r1", file, NOW + 20, "q1")
    call = Call(
        "q1", "riverside", "inbound", "+12025550100", "+12025550123", NOW, answered_at=NOW + 1, ended_at=NOW + 21
    )
    call = Call.from_document({**call.to_document(), "recording": RECORDING, "trunk": "north", "talk_ms": 16000})
    stream = {"packets": 800, "lost": 0, "late": 0, "jitter_ms": 1.0, "mos": 4.4, "mos_min": 4.4}
    legs = [
        Leg("q1a", "q1", "riverside", "caller", "+12025550100", "192.0.2.8:5060", NOW, NOW + 1, codec="PCMU"),
        Leg("q1b", "q1", "riverside", "callee", "101", "198.51.100.7:5060", NOW, NOW + 1, codec="PCMU"),
    ]
    more = {"quality": {"rx": stream}}
    legs = [
        Leg.from_document({**legs[0].to_document(), **more}),
        Leg.from_document({**legs[1].to_document(), **more, "device": "ann-desk"}),
    ]
    windows = [
        QualityWindow("q1", "riverside", leg, NOW + 9 + 5 * i, 5.0, "rx", packets=250, mos=4.4)
        for leg in ("q1a", "q1b")
        for i in range(3)
    ]
    world.context.history.apply(Batch(calls=[call], legs=legs, quality=windows), "test", 2)
    return world


def wanted(world: World, tenant: str, known_as: str) -> None:
    world.context.analyses.want(tenant, (known_as,), NOW)


def test_a_kept_recording_waits_is_heard_and_shown_on_its_call(recorded: World, parts: Parts) -> None:
    client = recorded.client()
    before = client.get("/api/v1/calls/q1/quality").get_json()
    assert ([], None, True) == (before["verdicts"], before["heard"], before["waiting"])
    assert "waiting" == client.get(f"/api/v1/media/{RECORDING}/analysis").get_json()["state"]

    assert 1 == listening.run(parts).done
    after = client.get("/api/v1/calls/q1/quality").get_json()
    caller, callee = after["heard"]["channels"]
    assert "noise" in [one["fault"] for one in caller["defects"]]
    assert [] == callee["defects"]
    assert caller["mos"] < callee["mos"]
    assert 4.41 == pytest.approx(caller["opinions"][0]["packet_mos"], abs=0.01)
    assert ("far_end", False) == (after["verdicts"][0]["culprit"], after["waiting"])
    assert "heard" == client.get(f"/api/v1/media/{RECORDING}/analysis").get_json()["state"]
    assert 0 == listening.run(parts).done


def test_pictures_of_a_call_and_its_recording_are_made_before_and_after_it_was_heard(
    recorded: World, parts: Parts
) -> None:
    client = recorded.client("riverside", "carla")
    for heard in (False, True):
        waveform = client.get(f"/api/v1/media/{RECORDING}/waveform.svg?lang=ru")
        assert (200, "image/svg+xml") == (waveform.status_code, waveform.mimetype)
        assert heard is ("сильный фоновый шум" in waveform.text)
        assert client.get(f"/api/v1/media/{RECORDING}/spectrogram.png").data.startswith(b"\x89PNG")
        listening.run(parts)
    timeline = client.get("/api/v1/calls/q1/timeline.svg")
    assert 6 == timeline.text.count("MOS 4.4")
    assert "sandbox" in timeline.headers["Content-Security-Policy"]


def test_score_cards_heat_maps_and_the_report_count_the_same_calls(recorded: World, parts: Parts) -> None:
    listening.run(parts)
    client = recorded.client()
    card = client.get(f"/api/v1/quality?{SPAN}").get_json()
    assert (2, 1) == (card["calls"], card["measured"])
    (north,) = card["groups"]["trunk"]
    assert ("north", 1, {"far_end": 1}) == (north["key"], north["calls"], north["culprits"])
    assert "198.51.100.0/24" in [row["key"] for row in card["groups"]["site"]]
    assert ("ann-desk", 0.3) in [(row["key"], row["minutes"]) for row in card["groups"]["device"]]
    assert "q1" == card["worst"][0]["call"]
    assert "1 calls" in client.get(f"/api/v1/quality/trunks.svg?{SPAN}").text
    assert "Пт" in client.get(f"/api/v1/quality/weekdays.svg?{SPAN}&lang=ru").text
    report = client.get(f"/api/v1/quality/report.html?{SPAN}")
    assert "north" in report.text
    assert 404 == client.get(f"/api/v1/quality/moons.svg?{SPAN}").status_code


def test_score_cards_are_for_managers_and_times_must_make_sense(recorded: World) -> None:
    assert 403 == recorded.client("riverside", "carla").get("/api/v1/quality").status_code
    assert 403 == recorded.client("riverside", "carla").get("/api/v1/quality/report.html").status_code
    client = recorded.client()
    turned = "since=2027-02-01T00:00:00Z&until=2027-01-01T00:00:00Z"
    assert 400 == client.get(f"/api/v1/quality?{turned}").status_code
    assert 0 == client.get("/api/v1/quality?until=2026-01-01T00:00:00Z").get_json()["calls"]


def test_recordings_of_a_time_are_heard_again_once_each(recorded: World, parts: Parts) -> None:
    listening.run(parts)
    client = recorded.client()
    body = {"since": "2027-01-01T00:00:00Z", "until": "2027-02-01T00:00:00Z"}
    answers = [client.post("/api/v1/quality/backfill", json=body) for _ in range(2)]
    assert [(202, 2, 2), (202, 0, 2)] == [(one.status_code, one.json["queued"], one.json["waiting"]) for one in answers]
    assert {"waiting": 2, "heard": 1} == client.get("/api/v1/quality/backfill").get_json()
    early = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    assert 0 == client.post("/api/v1/quality/backfill", json=early).get_json()["queued"]
    assert 403 == recorded.client("riverside", "carla").post("/api/v1/quality/backfill", json=body).status_code


def test_what_cannot_be_heard_is_tried_a_few_times_and_does_not_hold_up_the_rest(recorded: World, parts: Parts) -> None:
    recorded.context.analyses.want("riverside", ("recording-20270115-gone", "nonsense"), NOW - 100)
    for _ in range(4):
        listening.run(parts)
    assert 0 == recorded.context.analyses.waiting()
    assert recorded.context.analyses.of("riverside", RECORDING) is not None


def test_a_node_that_may_not_listen_leaves_them_waiting(recorded: World, parts: Parts) -> None:
    off = replace(parts, listening_percent=0)
    assert 0 == listening.run(off).done
    assert 1 == recorded.context.analyses.waiting("riverside")


def test_wishes_survive_a_restart_and_a_second_one_of_the_same_is_none(tmp_path: Path) -> None:
    first = Analyses(tmp_path / "a.sqlite3")
    assert (2, 0) == (first.want("t", ("m1", "m2"), 1.0), first.want("t", ("m1",), 2.0))
    first.close()
    again = Analyses(tmp_path / "a.sqlite3")
    one = again.next()
    assert one is not None
    again.done(one, {"version": 1}, 3.0)
    assert ({"version": 1}, None, 1) == (again.of("t", one.media), again.of("u", one.media), again.waiting("t"))
    again.close()


@pytest.mark.parametrize(
    "remote, expected",
    [
        ("198.51.100.7:5060", "198.51.100.0/24"),
        ("198.51.100.7", "198.51.100.0/24"),
        ("sip:ann-desk@198.51.100.7:45123;ob", "198.51.100.0/24"),
        ("udp 198.51.100.7:15043", "198.51.100.0/24"),
        ("sip:ann@[2001:db8::7]:5060;transport=tcp", "2001:db8::/48"),
        ("[2001:db8::7]:5060", "2001:db8::/48"),
        ("2001:db8::7", "2001:db8::/48"),
        ("somewhere", None),
    ],
)
def test_the_site_of_a_phone_is_its_network(remote: str, expected: str | None) -> None:
    assert expected == site_of(remote)


CHECK = {
    "name": "speech <both> ways",
    "passed": True,
    "said": "MOS 4.1",
    "call": {"there": {"mos": 4.1}, "back": {"mos": 3.9}},
}


def test_results_of_tests_are_kept_by_operators_and_read_by_managers(world: World) -> None:
    body = {"trunk": "north", "number": "+12025550124", "checks": [CHECK, {**CHECK, "passed": False, "call": None}]}
    kept = world.script().post("/api/v1/quality/tests", json=body)
    assert (201, False) == (kept.status_code, kept.json["passed"])
    client, id = world.client(), kept.json["id"]
    (listed,) = client.get("/api/v1/quality/tests").json["data"]
    assert (id, [3.9, None]) == (listed["id"], [one["mos"] for one in listed["checks"]])
    page = client.get(f"/api/v1/quality/tests/{id}.html?lang=ru").text
    assert "Не пройдено: 1 / 2" in page
    assert "<both>" not in page
    assert client.get(f"/api/v1/quality/tests/{id}.pdf").data.startswith(b"%PDF-1.4")
    assert 404 == client.get("/api/v1/quality/tests/nope.html").status_code
    assert 403 == client.post("/api/v1/quality/tests", json=body).status_code
    assert 403 == world.client("riverside", "carla").get("/api/v1/quality/tests").status_code
    assert [] == world.client("lakeside").get("/api/v1/quality/tests").json["data"]


@pytest.mark.parametrize(
    "wrong", [{}, {"checks": []}, {"checks": [{}]}, {"checks": [{**CHECK, "name": 1}]}, {"trunk": 7}]
)
def test_a_result_that_is_none_is_refused(world: World, wrong: dict[str, Any]) -> None:
    body = {"trunk": "north", "number": "1", "checks": [CHECK], **wrong} if wrong else wrong
    assert 400 == world.script().post("/api/v1/quality/tests", json=body).status_code


def test_only_the_newest_results_stay(tmp_path: Path) -> None:
    kept = Analyses(tmp_path / "a.sqlite3")
    for number in range(103):
        kept.keep_test("t", str(number), {"n": number}, float(number))
    assert [102, 3] == [kept.tests("t")[at]["n"] for at in (0, -1)]
    kept.close()
