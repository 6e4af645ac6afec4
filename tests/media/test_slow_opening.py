"""A disk that takes its time to create the file of a recording: no command waits for it, and no sound is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from media.plane import recording
from media.plane.client import MediaError
from media.plane.events import RecordDone
from media.plane.wavfile import WavFile
from tests.media.harness import eventually
from tests.media.test_recordings import LOUD, done, samples, speak, starts
from tests.media.workshop import Desk, Workshop

WAIT_S = 5.0


class Frozen:
    """Creates no file until it thaws."""

    def __init__(self) -> None:
        self.is_asked, self.thaws = threading.Event(), threading.Event()

    def __call__(self, path: Path, channels: int) -> WavFile:
        self.is_asked.set()
        assert self.thaws.wait(WAIT_S)
        return WavFile(path, channels)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Frozen]:
    made = Frozen()
    monkeypatch.setattr(recording, "WavFile", made)
    yield made
    made.thaws.set()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def begun(pool: ThreadPoolExecutor, desk: Desk, disk: Frozen, path: Path) -> Future[None]:
    """The answer to a command whose file is being created."""
    answer = pool.submit(desk.ask, lambda c: c.record("a", "r", str(path), "call", 60, 0))
    assert disk.is_asked.wait(WAIT_S)
    return answer


def test_no_command_waits_for_it_and_all_that_is_said_meanwhile_is_recorded(
    workshop: Workshop, disk: Frozen, pool: ThreadPoolExecutor
) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    answer = begun(pool, desk, disk, workshop.folder / "call.wav")
    desk.ask(lambda c: c.open("b"))
    speak(ann, port, [LOUD] * 20)
    assert not answer.done()
    disk.thaws.set()
    answer.result(WAIT_S)
    speak(ann, port, [LOUD] * 20)
    desk.ask(lambda c: c.stop_record("r"))
    assert "stopped" == done(workshop).reason
    assert 40 == len(starts(samples(done(workshop).path)[:, 0], LOUD))


def test_what_is_asked_of_it_meanwhile_is_done(fast_workshop: Workshop, disk: Frozen, pool: ThreadPoolExecutor) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port = desk.call("a", ann)
    answer = begun(pool, desk, disk, fast_workshop.folder / "call.wav")
    speak(ann, port, [LOUD] * 10)
    desk.ask(lambda c: c.record_mode("r", "masked"))
    speak(ann, port, [LOUD] * 30)
    desk.ask(lambda c: c.stop_record("r"))
    assert [] == [event for event in desk.told if isinstance(event, RecordDone)]
    disk.thaws.set()
    answer.result(WAIT_S)
    told = done(fast_workshop)
    assert "stopped" == told.reason
    assert 0.8 <= told.seconds < 1.5
    assert 9 <= len(starts(samples(told.path)[:, 0], LOUD)) <= 10


def test_where_it_is_refused_after_all_the_leg_is_free_and_nothing_else_is_told(
    workshop: Workshop, disk: Frozen, pool: ThreadPoolExecutor
) -> None:
    desk, path = workshop.desk, workshop.folder / "call.wav"
    desk.ask(lambda c: c.open("a"))
    answer = begun(pool, desk, disk, path)
    desk.ask(lambda c: c.stop_record("r"))
    path.touch()
    disk.thaws.set()
    with pytest.raises(MediaError) as refused:
        answer.result(WAIT_S)
    assert "path" == refused.value.code
    desk.ask(lambda c: c.record("a", "r", str(workshop.folder / "other.wav"), "call", 60, 0))
    desk.ask(lambda c: c.stop_record("r"))
    assert str(workshop.folder / "other.wav") == done(workshop).path
    assert 1 == len(desk.heard(RecordDone))


def test_a_leg_that_ends_before_its_file_is_refused_is_gone_for_good(
    workshop: Workshop, disk: Frozen, pool: ThreadPoolExecutor
) -> None:
    desk, path = workshop.desk, workshop.folder / "call.wav"
    desk.ask(lambda c: c.open("a"))
    answer = begun(pool, desk, disk, path)
    desk.ask(lambda c: c.close("a"))
    path.touch()
    disk.thaws.set()
    with pytest.raises(MediaError):
        answer.result(WAIT_S)
    eventually(lambda: 0 == desk.ask(lambda c: c.status())["legs"], "the leg's place free")


def test_of_one_that_waited_for_its_turn_it_is_told_that_there_is_no_file(fast_workshop: Workshop) -> None:
    desk, path = fast_workshop.desk, fast_workshop.folder / "two.wav"
    desk.ask(lambda c: c.open("a"))
    path.touch()
    desk.ask(lambda c: c.record("a", "one", str(fast_workshop.folder / "one.wav"), "call", 60, 0))
    desk.ask(lambda c: c.stop_record("one"))
    desk.ask(lambda c: c.record("a", "two", str(path), "call", 60, 0))
    told = desk.heard(RecordDone, 2)
    assert [("one", "stopped"), ("two", "failed")] == [(event.token, event.reason) for event in told]
    desk.ask(lambda c: c.record("a", "three", str(fast_workshop.folder / "three.wav"), "call", 60, 0))
