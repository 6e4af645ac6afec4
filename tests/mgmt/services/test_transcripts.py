"""A recorded call is written down: only where it is wanted, leg by leg, bit by bit, found by its words, gone with its sound."""

from __future__ import annotations

import sys
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from configdb.log import Change
from history.documents import Call
from history.shelves import TRANSCRIPTS, UNTOLD, Query
from history.store import Batch, CallFilter
from history.transcripts import stretches
from mgmt.limits import recording_unfiled_s_max
from mgmt.services import transcripts
from mgmt.services.parts import Parts
from mgmt.services.runner import Errand
from mgmt.services.sounds import Sounds
from mgmt.transcripts.engine import Engine
from mgmt.transcripts.parts import BLOCK_S
from tests.mgmt.conftest import NOW, World
from tests.mgmt.services.desk import parts_of

RATE_HZ = 8000
LOUDER_SAYS = """
import array, json, sys, wave
sound = wave.open(sys.argv[1])
loudest = max(array.array("h", sound.readframes(sound.getnframes())))
word = "invoice" if loudest > 5000 else "twelve"
end = sound.getnframes() / 8000
print(json.dumps({"words": [{"word": word, "start": 0.5, "end": 0.9, "confidence": 0.8},
                            {"word": "end", "start": end - 0.5, "end": end, "confidence": 0.4}]}))
"""


def engine(tmp_path: Path, program: str = LOUDER_SAYS, languages: frozenset[str] | None = None) -> Engine:
    """What is loud says "invoice", what is not says "twelve"; "end" is its last word."""
    file = tmp_path / "engine.py"
    file.write_text(program)
    return Engine("Test", (sys.executable, str(file)), languages)


def recorded(world: World, parts: Parts, tmp_path: Path, seconds: float, callee: int = 1000, id: str = "r1") -> str:
    """A call whose caller is loud; whom they hear is as loud as said. Its recording is kept as the services keep it."""
    frames = round(seconds * RATE_HZ)
    tone = np.sin(np.arange(frames) / 3)
    sound = np.stack([tone * 9000, tone * callee], axis=1).astype("<i2")
    path = tmp_path / f"{id}.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(sound.tobytes())

    def kept(tenant: str, media: str) -> None:
        transcripts.kept(parts.transcripts, parts.directory().tenants.get(tenant), media, NOW)

    sounds = Sounds(world.context.media, world.context.vault.register, kept)
    media = sounds.keep("riverside", "recording", id, path, NOW, id)
    assert media is not None
    call = Call(
        id, "riverside", "inbound", "+12025550100", "101", NOW - 60, ended_at=NOW, outcome="answered", recording=media
    )
    world.context.history.apply(Batch(calls=[call]), "test", 3)
    return media


def wanting(world: World, wants: bool) -> None:
    company = world.context.config.directory.tenants["riverside"].tenant
    document = company.model_dump(mode="json") | {"transcribe_calls": wants}
    world.context.config.transact("riverside", [Change("tenant", "riverside", document)], "test", "calls")


@pytest.fixture
def parts(world: World, tmp_path: Path) -> Iterator[Parts]:
    wanting(world, True)
    found = replace(parts_of(world), engine=engine(tmp_path))
    yield found
    found.transcripts.close()


def written(parts: Parts) -> None:
    """All that waits, as the runner does it."""
    for _ in range(10):
        transcripts.run(parts)
    assert 0 == len(parts.transcripts)


def test_who_said_what_is_shown_found_and_told(world: World, parts: Parts, tmp_path: Path) -> None:
    media = recorded(world, parts, tmp_path, 6.0)
    assert 1 == transcripts.run(parts).done
    found = world.client().get("/api/v1/calls/r1").json["transcript"]
    said = [(line["party"], line["start"], line["text"]) for line in found["lines"]]
    assert [(0, 0.5, "invoice"), (1, 0.5, "twelve"), (0, 5.5, "end"), (1, 5.5, "end")] == said
    assert (True, 6.0, "Test", []) == (found["done"], found["written_s"], found["engine"], found["failed"])
    for words, calls in (("INVOI twelve", ["r1"]), ("invoice nothing", []), ("", ["r1", "c1"])):
        answer = world.client().get("/api/v1/calls", query_string={"said": words})
        assert calls == sorted((one["id"] for one in answer.json["data"]), reverse=True)
    assert [] == world.client("lakeside").get("/api/v1/calls?said=invoice").json["data"]
    told = [row.body["event"] for row in parts.history.shelves.page(UNTOLD, "riverside", Query())]
    assert [("call.transcribed", media)] == [(one["type"], one["data"]["recording"]) for one in told]


def test_nothing_is_written_down_where_nobody_wants_it(world: World, parts: Parts, tmp_path: Path) -> None:
    wanting(world, False)
    recorded(world, parts, tmp_path, 3.0)
    assert 0 == len(parts.transcripts)
    wanting(world, True)
    recorded(world, parts, tmp_path, 3.0, id="r2")
    wanting(world, False)
    written(parts)
    assert [None, None] == [world.client().get(f"/api/v1/calls/{id}").json["transcript"] for id in ("r1", "r2")]
    assert not world.context.config.directory.tenants["lakeside"].tenant.transcribe_calls


def test_a_long_call_comes_bit_by_bit_and_goes_on_where_it_was(world: World, parts: Parts, tmp_path: Path) -> None:
    media = recorded(world, parts, tmp_path, 290.0, callee=0)
    transcripts.run(parts)
    first = world.client().get("/api/v1/calls/r1").json["transcript"]
    assert not first["done"]
    assert 100 <= first["written_s"] <= 120
    again = replace(parts, transcripts=transcripts.open_queue(tmp_path, lambda: NOW, lambda text: None))
    written(again)
    again.transcripts.close()
    found = stretches(parts.history.shelves, "riverside", media)
    assert 3 == len(found)
    assert [0.0, *(one.end for one in found[:-1])] == [one.start for one in found]
    assert 290.0 == found[-1].end
    lines = [line for one in found for line in one.lines]
    assert {0} == {line["party"] for line in lines}  # who is silent is not listened to
    ends = [line["end"] for line in lines if line["text"].endswith("end")]
    assert [one.end for one in found] == pytest.approx(ends, abs=BLOCK_S)
    written(parts)
    assert found == stretches(parts.history.shelves, "riverside", media)


def test_a_recording_of_any_number_of_frames_is_done(world: World, parts: Parts, tmp_path: Path) -> None:
    recorded(world, parts, tmp_path, 23_999 / RATE_HZ)
    written(parts)
    found = world.client().get("/api/v1/calls/r1").json["transcript"]
    assert (True, 23_999 / RATE_HZ) == (found["done"], found["written_s"])


def test_a_recording_that_is_deleted_takes_its_words_along(world: World, parts: Parts, tmp_path: Path) -> None:
    media = recorded(world, parts, tmp_path, 3.0)
    written(parts)
    assert 204 == world.client().delete(f"/api/v1/media/{media}?reason=the+caller+asked").status_code
    detail = world.client().get("/api/v1/calls/r1").json
    assert (None, None) == (detail["recording"], detail["transcript"])
    assert ("riverside/ann", "the caller asked") == tuple(detail["call"]["removed"][name] for name in ("by", "reason"))
    assert [] == parts.history.shelves.page(TRANSCRIPTS, "riverside", Query())
    assert () == parts.history.calls("riverside", CallFilter(said="invoice"), None, 9).rows
    again = Call("r1", "riverside", "inbound", "+12025550100", "101", NOW - 60, ended_at=NOW, outcome="answered")
    world.context.history.apply(Batch(calls=[again]), "test", 4)  # its record is read again
    assert "the caller asked" == world.client().get("/api/v1/calls/r1").json["call"]["removed"]["reason"]


def test_an_engine_that_fails_leaves_a_gap_that_is_said(world: World, parts: Parts, tmp_path: Path) -> None:
    recorded(world, parts, tmp_path, 3.0)
    broken = replace(parts, engine=engine(tmp_path, "raise SystemExit(3)"))
    assert "not written down" in transcripts.run(broken).text
    found = world.client().get("/api/v1/calls/r1").json["transcript"]
    assert ([[0.0, 3.0]], [], True) == (found["failed"], found["lines"], found["done"])


def test_who_stops_begins_the_stretch_anew(world: World, parts: Parts, tmp_path: Path) -> None:
    recorded(world, parts, tmp_path, 3.0)
    slow = engine(tmp_path, "import signal; signal.pause()")
    transcripts.run(replace(parts, engine=slow, errand=Errand(stopping=lambda: True)))
    assert 1 == len(parts.transcripts)
    found = world.client().get("/api/v1/calls/r1").json["transcript"]
    assert (False, 0.0) == (found["done"], found["written_s"])


@pytest.mark.parametrize("who", [None, "ru"])
def test_without_an_engine_that_knows_the_language_nobody_waits(
    world: World, parts: Parts, tmp_path: Path, who: str | None
) -> None:
    recorded(world, parts, tmp_path, 3.0)
    here = engine(tmp_path, languages=frozenset({who})) if who else None
    report = transcripts.run(replace(parts, engine=here))
    assert ("does not know en" if who else "make voice") in report.text
    assert 0 == len(parts.transcripts)


def test_a_call_that_goes_on_is_waited_for_and_not_for_ever(world: World, parts: Parts, tmp_path: Path) -> None:
    media = recorded(world, parts, tmp_path, 3.0)
    going = Call("r1", "riverside", "inbound", "+12025550100", "101", NOW - 60, recording=media)
    world.context.history.apply(Batch(calls=[going]), "test", 4)
    transcripts.run(parts)
    assert 1 == len(parts.transcripts)
    world.clock.now += recording_unfiled_s_max + 1
    transcripts.run(parts)
    assert 0 == len(parts.transcripts)


def test_words_are_found_page_by_page_with_the_other_filters(world: World, parts: Parts, tmp_path: Path) -> None:
    for number in range(5):
        recorded(world, parts, tmp_path, 3.0 if number else 130.0, id=f"r{number}")
    written(parts)
    seen, cursor = [], ""
    while cursor is not None:
        query = {
            "said": "invoice",
            "limit": "2",
            "party": "0100",
            "outcome": "answered",
            **({"cursor": cursor} if cursor else {}),
        }
        page = world.client().get("/api/v1/calls", query_string=query).json
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert [f"r{number}" for number in (4, 3, 2, 1, 0)] == sorted(seen, reverse=True)
    assert 5 == len(seen)
    assert [] == world.client().get("/api/v1/calls?said=invoice&direction=outbound").json["data"]


def test_a_container_carries_the_transcript_as_its_analysis(world: World, parts: Parts, tmp_path: Path) -> None:
    recorded(world, parts, tmp_path, 3.0)
    written(parts)
    found = world.client().get("/api/v1/calls/r1/vcon").get_json(force=True)
    (analysis,) = found["analysis"]
    assert ("transcript", 0, "Test", "json") == tuple(
        analysis[name] for name in ("type", "dialog", "vendor", "encoding")
    )
    assert [0, 1] == sorted({line["party"] for line in analysis["body"]["lines"]})
    assert [] == found["attachments"]
