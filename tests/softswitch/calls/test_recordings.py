"""What the records of a recording say beside its sound: consent, and where it is masked, paused, or goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from softswitch.calls import effects as do
from softswitch.calls.hand import CannotBeDone
from softswitch.calls.recordings import MARKS_MAX, Running
from tests.softswitch.calls.test_call import talking, world
from tests.softswitch.calls.world import World


def told(one: World, kind: str) -> Mapping[str, Any]:
    """The last record of a kind."""
    return [record for record in one.records if record["kind"] == kind][-1]


def test_a_mark_is_in_the_record_at_once_and_in_the_last_one() -> None:
    one = world()
    talking(one)
    began = one.now
    assert "marks" not in told(one, "recording.open")
    one.perform(one.call.hand.record("mask", began + 3))
    first = {"mode": "mask", "at": began + 3, "offset_s": 3.0}
    assert [first] == told(one, "recording.open")["marks"]
    one.perform(one.call.hand.record("resume", began + 5.5))
    (token,) = one.call.recordings.conversations
    one.perform(one.call.record_done(token, 9.0, "stopped", began + 9))
    second = {"mode": "resume", "at": began + 5.5, "offset_s": 5.5}
    assert [first, second] == told(one, "recording.close")["marks"]


def test_what_was_paused_is_not_in_the_sound_and_counts_for_no_place_in_it() -> None:
    running = Running("call", "l1", 100.0)
    for way, at in (("pause", 110.0), ("resume", 130.0), ("mask", 135.0), ("pause", 140.0), ("mask", 150.0)):
        running.mark(way, at)  # type: ignore[arg-type]  # one of its words
    assert [10.0, 10.0, 15.0, 20.0, 20.0] == [mark["offset_s"] for mark in running.marks]


def test_a_recording_takes_a_limited_number_of_marks() -> None:
    one = world()
    talking(one)
    for number in range(MARKS_MAX):
        one.perform(one.call.hand.record("mask" if number % 2 else "resume", one.now + number))
    with pytest.raises(CannotBeDone, match="too often"):
        one.call.hand.record("mask", one.now)
    one.perform(one.call.hand.record("stop", one.now))


def test_another_process_knows_consent_and_marks() -> None:
    one = world()
    talking(one)
    one.call.recordings.consented("agreed")
    one.perform(one.call.hand.record("mask", one.now + 1))
    before, after = one.call.recordings, world().call.recordings
    after.resume(before.conversations, before.known)
    assert (before.known, "agreed", True) == (after.known, after.said, after.allowed)
    of_an_older_release = world().call.recordings
    of_an_older_release.resume(before.conversations, {})
    assert ("", before.conversations) == (of_an_older_release.said, of_an_older_release.conversations)


def test_what_a_conversation_was_recorded_up_to_the_death_of_the_media_worker_is_kept() -> None:
    one = world()
    talking(one)
    (token,) = one.call.recordings.conversations
    one.perform(one.call.media_lost(one.now + 60))
    assert (f"recordings/{token}.wav", "failed") == tuple(
        told(one, "recording.close")[name] for name in ("path", "reason")
    )


def test_a_message_that_nobody_settled_is_kept_when_another_one_is_left() -> None:
    one = world(phones={"ann": "busy"}).run(1)
    for token in ("m1", "m2"):
        one.call.recordings._running[token] = Running("voicemail", "caller", one.now)
        one.perform(one.call.record_done(token, 5.0, "stopped", one.now))
    one.perform(one.call.hang_up(one.now))
    assert ["m1", "m2"] == [record["id"] for record in one.records if record["kind"] == "voicemail.close"]


def test_a_conversation_that_comes_back_from_a_transfer_at_once_is_recorded_again() -> None:
    one = world("102", "101")
    talking(one)
    nowhere = replace(one.route, document={"start": "bye", "nodes": {"bye": {"kind": "hangup", "cause": "busy"}}})
    one.perform(one.call.transfers.transfer("caller", nowhere, one.locate, one.now))
    assert "transfer.taken_back" in one.codes
    first, second = one.effects(do.StartRecording)
    assert ([first.token], "caller") == ([stop.token for stop in one.effects(do.StopRecording)], second.leg)
    one.run(0.1)
    assert {second.token: "caller"} == one.call.recordings.conversations


def test_a_recording_that_never_began_has_no_sound_to_be_filed() -> None:
    one = world()
    talking(one)
    (token,) = one.call.recordings.conversations
    one.perform(one.call.record_done(token, 0.0, "failed", one.now))
    assert (None, "failed") == tuple(told(one, "recording.close")[name] for name in ("path", "reason"))
